"""Public: achievements, issuers, keys, status lists, and Open Badges 2.0."""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from lti_tool.badges import (
    artwork,
    awards,
    documents,
    endorsements,
    stack_achievement,
    wording,
)
from lti_tool.badges.models import Rendering
from lti_tool.badges.views.answering import (
    A_LITTLE_WHILE,
    EACH_TIME,
    FOR_GOOD,
    HTML,
    ID,
    JWT,
    ONLY_THE_EARNER,
    PNG,
    SVG,
    Page,
    answer,
    caching_of,
    json_type,
    own_documents,
)
from lti_tool.sealing import baking
from lti_tool.web.permissions import public
from lti_tool.web.session import glancing, here_or_nobody, reading

bp = Blueprint("badges", __name__)


@bp.get("/badges/achievements/<string(length=22):public_id>/v<int:number>")
@public
def achievement(public_id: str, number: int) -> Page:
    """One version of what can be earned: as a page, or as an Open Badges 3.0 achievement."""
    kinds = [HTML, "application/ld+json", "application/json"]
    accepted = request.accept_mimetypes.best_match(kinds, HTML)
    with reading() as session:
        published = own_documents(session)
        if accepted == HTML:
            version = published.version(public_id, number)
            page = render_template(
                "badges/achievement.html",
                version=version,
                name=wording.name(version),
                description=wording.description(version),
                issuer=published.issuer_of(version),
                creators=wording.creators(version),
                stacks=list(stack_achievement.counting(version)),
                endorsements=endorsements.standing_of(session, version),
                addresses=published.addresses,
                is_demonstration=wording.is_demonstration(version),
            )
            response = Response(page, content_type=f"{HTML}; charset=utf-8")
        else:
            document = published.achievement(public_id, number)
            response = answer(document, accepted, cache=FOR_GOOD)
    response.vary.add("Accept")
    return response


@bp.get("/badges/achievements/<string(length=22):public_id>/v<int:number>.<any(json,png,svg):form>")
@public
def achievement_file(public_id: str, number: int, form: str) -> Page:
    """The same as JSON, and its picture."""
    with reading() as session:
        published = own_documents(session)
        version = published.version(public_id, number)
        if form == "json":
            document = published.achievement(public_id, number)
            return answer(document, "application/ld+json", cache=FOR_GOOD)
        drawn = artwork.artwork_of_version(version, published.issuer_of(version))
        if form == "png":
            return answer(artwork.png(drawn), PNG, cache=FOR_GOOD)
        return answer(artwork.svg(drawn), SVG, cache=FOR_GOOD)


STACK = "/badges/stacks/<program>/<slug>/v<int:number>"


@bp.get(STACK)
@public
def stack(program: str, slug: str, number: int) -> Page:
    """One version of a stack: as a page, or as an Open Badges 3.0 achievement."""
    kinds = [HTML, "application/ld+json", "application/json"]
    accepted = request.accept_mimetypes.best_match(kinds, HTML)
    with reading() as session:
        published = own_documents(session)
        if accepted == HTML:
            version = published.stack(program, slug, number)
            page = render_template(
                "badges/stack.html",
                version=version,
                program=program,
                issuer=published.issuer_of_stack(version),
                members=list(version.members()),
                inner=list(version.inner()),
                endorsements=endorsements.standing_of(session, version),
                addresses=published.addresses,
            )
            response = Response(page, content_type=f"{HTML}; charset=utf-8")
        else:
            document = published.achievement_of_stack(program, slug, number)
            response = answer(document, accepted, cache=FOR_GOOD)
    response.vary.add("Accept")
    return response


@bp.get(f"{STACK}.<any(json,png,svg):form>")
@public
def stack_file(program: str, slug: str, number: int, form: str) -> Page:
    """The same as JSON, and its picture."""
    with reading() as session:
        published = own_documents(session)
        version = published.stack(program, slug, number)
        if form == "json":
            document = published.achievement_of_stack(program, slug, number)
            return answer(document, "application/ld+json", cache=FOR_GOOD)
        drawn = artwork.artwork_of_stack(version, published.issuer_of_stack(version))
        if form == "png":
            return answer(artwork.png(drawn), PNG, cache=FOR_GOOD)
        return answer(artwork.svg(drawn), SVG, cache=FOR_GOOD)


@bp.get(f"/badges/{ID}.clr.<any(json,png,svg):form>")
@public
def record(public_id: str, form: str) -> Page:
    """A stack with its parts as one signed learner record (CLR 2.0), as it is or in a picture."""
    with reading() as session:
        person = here_or_nobody()
        award = awards.find_award(session, public_id, for_=person)
        signed = own_documents(session).record(award, for_=person)
        drawn = artwork.artwork_of_award(award)
    # What is inside depends on who asks: the earner has private parts too.
    if form == "json":
        return answer(signed, "application/ld+json", cache=ONLY_THE_EARNER)
    text = signed.decode("utf-8")
    if form == "png":
        image = baking.bake_png(artwork.png(drawn), text, baking.CLR_2)
        return answer(image, PNG, cache=ONLY_THE_EARNER)
    whole = baking.bake_svg(artwork.svg(drawn), text, baking.CLR_2)
    return answer(whole, SVG, cache=ONLY_THE_EARNER)


@bp.get("/.well-known/did.json")
@public
def default_did() -> Page:
    """The did document of the installation's own issuer."""
    with glancing() as session:
        published = own_documents(session)
        document = published.did_document(published.default_issuer())
    return answer(document, "application/did+json", cache=A_LITTLE_WHILE)


@bp.get("/issuers/<slug>/did.json")
@public
def issuer_did(slug: str) -> Page:
    """The did document of one issuer."""
    with glancing() as session:
        published = own_documents(session)
        document = published.did_document(published.issuer(slug))
    return answer(document, "application/did+json", cache=A_LITTLE_WHILE)


@bp.get("/badges/status/<int:number>")
@public
def status_list(number: int) -> Page:
    """A Bitstring status list, signed."""
    kinds = ["application/vc", "application/ld+json", "application/json", "text/plain", JWT]
    accepted = request.accept_mimetypes.best_match(kinds, "application/vc")
    with glancing() as session:
        document = own_documents(session).status_credential(number)
    media_type = "application/ld+json" if accepted in ("text/plain", JWT) else accepted
    return answer(document, media_type, cache=A_LITTLE_WHILE)


@bp.get(f"/badges/v2/assertions/{ID}")
@public
def assertion(public_id: str) -> Page:
    """The hosted Open Badges 2.0 assertion; 410 once revoked."""
    with reading() as session:
        published = own_documents(session)
        award = published.hosted(public_id, for_=here_or_nobody())
        status, body = published.assertion(award)
        return answer(body, json_type(), status=status, cache=caching_of(award))


@bp.get(f"/badges/v2/assertions/{ID}.<any(png,svg):form>")
@public
def baked_assertion(public_id: str, form: str) -> Page:
    """The badge with the Open Badges 2.0 assertion inside, and nothing of 3.0."""
    with reading() as session:
        published = own_documents(session)
        award = published.hosted(public_id, for_=here_or_nobody())
        status, body = published.assertion(award)
        caching = caching_of(award)
        if status == 410:
            return answer(body, json_type(), status=status, cache=caching)
        drawn = artwork.artwork_of_award(award)
    text = documents.as_json(body).decode("utf-8")
    if form == "png":
        image = baking.bake_png(artwork.png(drawn), text, baking.OPEN_BADGES_2)
        return answer(image, PNG, cache=caching)
    image = baking.bake_svg(artwork.svg(drawn), text, baking.OPEN_BADGES_2).encode("utf-8")
    return answer(image, SVG, cache=caching)


@bp.get(f"/badges/v2/assertions/{ID}.<any(jws,'signed.png','signed.svg'):form>")
@public
def signed_assertion(public_id: str, form: str) -> Page:
    """The badge as a signed Open Badges 2.0 assertion, as it is or inside a picture."""
    with reading() as session:
        award = awards.find_award(session, public_id, for_=here_or_nobody())
        signed = own_documents(session).signed(award, Rendering.OB2_JWS)
        caching = caching_of(award)
        drawn = artwork.artwork_of_award(award)
    text = signed.decode("ascii")
    if form == "jws":
        return answer(signed, "text/plain", cache=caching)
    if form == "signed.png":
        image = baking.bake_png(artwork.png(drawn), text, baking.OPEN_BADGES_2)
        return answer(image, PNG, cache=caching)
    return answer(
        baking.bake_svg(artwork.svg(drawn), text, baking.OPEN_BADGES_2), SVG, cache=caching
    )


@bp.get("/badges/endorsements/<string(length=22):endorsement_id>")
@public
def endorsement(endorsement_id: str) -> Page:
    """What a partner says of an achievement or a shared badge, signed by the partner."""
    with reading() as session:
        document = own_documents(session).endorsement(endorsement_id)
    return answer(document, "application/ld+json", cache=EACH_TIME)


@bp.get("/badges/v2/endorsements/<string(length=22):endorsement_id>")
@public
def endorsement_2(endorsement_id: str) -> Page:
    """The same as a hosted endorsement of Open Badges 2.0; 410 once withdrawn."""
    with reading() as session:
        status, document = own_documents(session).endorsement_2(endorsement_id)
    return answer(document, json_type(), status=status, cache=EACH_TIME)


@bp.get("/badges/v2/badgeclasses/<name>")
@public
def badge_class(name: str) -> Page:
    """The Open Badges 2.0 badge class."""
    with reading() as session:
        document = own_documents(session).badge_class(name)
    return answer(document, json_type(), cache=A_LITTLE_WHILE)


@bp.get("/badges/v2/issuers/<slug>")
@public
def issuer_2(slug: str) -> Page:
    """The Open Badges 2.0 issuer profile."""
    with reading() as session:
        document = own_documents(session).issuer_2(slug)
    return answer(document, json_type(), cache=A_LITTLE_WHILE)


@bp.get("/badges/v2/issuers/<slug>/keys/<int:number>")
@public
def key_2(slug: str, number: int) -> Page:
    """A key that an issuer signs Open Badges 2.0 with."""
    with reading() as session:
        document = own_documents(session).key_2(slug, number)
    return answer(document, json_type(), cache=A_LITTLE_WHILE)


@bp.get("/badges/v2/issuers/<slug>/revocations")
@public
def revocations_2(slug: str) -> Page:
    """The signed Open Badges 2.0 assertions of an issuer that hold no more."""
    with reading() as session:
        document = own_documents(session).revocations_2(slug)
    return answer(document, json_type(), cache=A_LITTLE_WHILE)
