"""Public: share pages, files, issuers, status lists, verification. The earner's own: my badges."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.badges import (
    artwork,
    awards,
    baking,
    documents,
    open_badges_2,
    pages,
    recipients,
    share_card,
    verification,
    wording,
)
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Rendering
from lti_tool.badges.published import Published
from lti_tool.badges.report import Report
from lti_tool.badges.sources import World
from lti_tool.errors import NotFound
from lti_tool.people.models import Person
from lti_tool.web.permissions import public, signed_in
from lti_tool.web.restraint import restrained
from lti_tool.web.session import (
    clock,
    here,
    here_or_nobody,
    house,
    reading,
    settings,
    transaction,
)

bp = Blueprint("badges", __name__)

Page = str | Response | tuple[str, int]

HTML = "text/html"
CREDENTIAL_TYPES = (
    "application/vc",
    "application/vc+ld+json",
    "application/ld+json",
    "application/json",
)
JWT = "application/vc+jwt"
PNG, SVG = "image/png", "image/svg+xml"

A_LITTLE_WHILE = "public, max-age=300"
"""For what may change: status lists, keys (badges.md, 2.8)."""
FOR_GOOD = "public, max-age=86400"
"""For what never changes at its address: an achievement's version."""
ONLY_THE_EARNER = "private, no-store"
EACH_TIME = "no-cache"
"""For what its earner may stop sharing at any moment."""

ALONE = "default-src 'none'; sandbox"

ID = "<string(length=22):public_id>"


def _published(session: Session) -> Published:
    return Published(session, house().keyring, Addresses(settings().base_url))


def _answer(
    body: bytes | str | Mapping[str, Any],
    media_type: str,
    *,
    cache: str = EACH_TIME,
    status: int = 200,
) -> Response:
    """A file for anybody's program: cached as told, with an ETag, readable from any site."""
    content = documents.as_json(body) if isinstance(body, Mapping) else body
    response = Response(content, status=status, content_type=_with_charset(media_type))
    response.headers["Cache-Control"] = cache
    response.headers["Access-Control-Allow-Origin"] = "*"
    # A name stands in the pictures: opened by itself, an SVG is a page that runs nothing.
    response.headers["Content-Security-Policy"] = ALONE
    response.add_etag()
    return response.make_conditional(request.environ)


def _with_charset(media_type: str) -> str:
    is_text = media_type.startswith("text/") or media_type == SVG
    return f"{media_type}; charset=utf-8" if is_text else media_type


# -- the earner's own pages ------------------------------------------------------------------


@bp.get("/badges/")
@signed_in
def mine() -> Page:
    """What I have earned."""
    with reading() as session:
        return _mine(session)


def _mine(session: Session, *, given: str = "", fault: str = "") -> str:
    earned = awards.awards_of(session, here())
    return render_template(
        "badges/mine.html",
        badges=[pages.mine(award, Addresses(settings().base_url)) for award in earned],
        piles=pages.piles(earned),
        lacks_address=bool(recipients.without_address(session, here())),
        given=given,
        fault=fault,
    )


@bp.post("/badges/address")
@signed_in
def make_out() -> Page:
    """Make my badges out to my address, which no LMS has told."""
    given = request.form.get("address", "")
    with transaction() as session:
        me = session.get_one(Person, here().id)
        try:
            count = recipients.make_out(session, me, given, now=clock())
        except recipients.NoAddress as refusal:
            return _mine(session, given=given, fault=str(refusal)), 422
    if count:
        flash("Your badges are made out to your address. Their files are new in about a minute.")
    return redirect(url_for(".mine"), 303)


def _own(session: Session, public_id: str) -> Award:
    award = awards.find_award(session, public_id, for_=here())
    if award.person_id != here().id:
        raise NotFound("This badge is not yours, so its sharing is not yours to decide.")
    return award


@bp.post(f"/badges/{ID}/share")
@signed_in
def share(public_id: str) -> Page:
    """Make my badge public."""
    with transaction() as session:
        awards.share(session, _own(session, public_id), now=clock())
    flash("Your badge is public now: anybody who has its address can see it.")
    return redirect(url_for(".show", public_id=public_id), 303)


@bp.post(f"/badges/{ID}/stop-sharing")
@signed_in
def stop_sharing(public_id: str) -> Page:
    """Make my badge private again."""
    with transaction() as session:
        awards.stop_sharing(session, _own(session, public_id), now=clock())
    flash("Your badge is private again. Files that others saved before stay with them.")
    return redirect(url_for(".show", public_id=public_id), 303)


# -- one award -------------------------------------------------------------------------------


@bp.get(f"/badges/{ID}")
@public
def show(public_id: str) -> Page:
    """What this person demonstrated, and whether it is true: as a page, or as the credential."""
    accepted = request.accept_mimetypes.best_match([HTML, *CREDENTIAL_TYPES, JWT], HTML)
    with reading() as session:
        person = here_or_nobody()
        award = awards.find_award(session, public_id, for_=person)
        published = _published(session)
        if accepted == HTML:
            page = pages.share_page(
                published,
                award,
                is_mine=person is not None and award.person_id == person.id,
                now=clock(),
            )
            response = Response(
                render_template("badges/show.html", page=page),
                content_type=f"{HTML}; charset=utf-8",
            )
            response.headers["Cache-Control"] = _caching(award)
        elif accepted == JWT:
            signed = published.signed(award, Rendering.OB3_JWT)
            response = _answer(signed, JWT, cache=_caching(award))
        else:
            signed = published.signed(award, Rendering.OB3_JSON)
            response = _answer(signed, accepted, cache=_caching(award))
    response.vary.add("Accept")
    return response


def _caching(award: Award) -> str:
    """How long others may keep what belongs to an award."""
    return EACH_TIME if award.shared_at else ONLY_THE_EARNER


def _file(public_id: str, form: str) -> Page:
    """One file of an award, for whoever may see it."""
    with reading() as session:
        award = awards.find_award(session, public_id, for_=here_or_nobody())
        published = _published(session)
        body: bytes | str
        match form:
            case "json":
                body, kind = published.signed(award, Rendering.OB3_JSON), "application/ld+json"
            case "jwt":
                body, kind = published.signed(award, Rendering.OB3_JWT), "text/plain"
            case "png":
                text = published.signed(award, Rendering.OB3_JSON).decode("utf-8")
                body, kind = baking.bake_png(artwork.png(pages.picture(award)), text), PNG
            case "svg":
                text = published.signed(award, Rendering.OB3_JSON).decode("utf-8")
                body, kind = baking.bake_svg(artwork.svg(pages.picture(award)), text), SVG
            case "picture":
                body, kind = artwork.svg(pages.picture(award)), SVG
            case _:
                drawn = pages.picture(award)
                host = settings().host
                shown = share_card.ShareCard(drawn, award.recipient_name, host)
                body, kind = share_card.png(shown), PNG
        return _answer(body, kind, cache=_caching(award))


@bp.get(f"/badges/{ID}.<any(json,jwt,png,svg):form>")
@public
def file(public_id: str, form: str) -> Page:
    """Open Badges 3.0 as JSON with a Data Integrity proof, as VC-JWT, or baked into a picture."""
    return _file(public_id, form)


@bp.get(f"/badges/{ID}/picture.svg")
@public
def picture(public_id: str) -> Page:
    """The badge's picture alone, for our own pages."""
    return _file(public_id, "picture")


@bp.get(f"/badges/{ID}/card.png")
@public
def card(public_id: str) -> Page:
    """The picture networks show when the page's address is posted."""
    return _file(public_id, "card")


# -- what can be earned ----------------------------------------------------------------------


@bp.get("/badges/achievements/<string(length=22):public_id>/v<int:number>")
@public
def achievement(public_id: str, number: int) -> Page:
    """One version of what can be earned: as a page, or as an Open Badges 3.0 achievement."""
    kinds = [HTML, "application/ld+json", "application/json"]
    accepted = request.accept_mimetypes.best_match(kinds, HTML)
    with reading() as session:
        published = _published(session)
        if accepted == HTML:
            version = published.version(public_id, number)
            page = render_template(
                "badges/achievement.html",
                version=version,
                name=wording.name(version),
                description=wording.description(version),
                issuer=published.issuer_of(version),
                creators=wording.creators(version),
                is_demonstration=wording.is_demonstration(version),
            )
            response = Response(page, content_type=f"{HTML}; charset=utf-8")
        else:
            document = published.achievement(public_id, number)
            response = _answer(document, accepted, cache=FOR_GOOD)
    response.vary.add("Accept")
    return response


@bp.get("/badges/achievements/<string(length=22):public_id>/v<int:number>.<any(json,png,svg):form>")
@public
def achievement_file(public_id: str, number: int, form: str) -> Page:
    """The same as JSON, and its picture."""
    with reading() as session:
        published = _published(session)
        version = published.version(public_id, number)
        if form == "json":
            document = published.achievement(public_id, number)
            return _answer(document, "application/ld+json", cache=FOR_GOOD)
        drawn = artwork.artwork_of_version(version, published.issuer_of(version))
        if form == "png":
            return _answer(artwork.png(drawn), PNG, cache=FOR_GOOD)
        return _answer(artwork.svg(drawn), SVG, cache=FOR_GOOD)


# -- issuers, keys and revocation ------------------------------------------------------------


@bp.get("/.well-known/did.json")
@public
def default_did() -> Page:
    """The did document of the installation's own issuer."""
    with reading() as session:
        published = _published(session)
        document = published.did_document(published.default_issuer())
    return _answer(document, "application/did+json", cache=A_LITTLE_WHILE)


@bp.get("/issuers/<slug>/did.json")
@public
def issuer_did(slug: str) -> Page:
    """The did document of one issuer."""
    with reading() as session:
        published = _published(session)
        document = published.did_document(published.issuer(slug))
    return _answer(document, "application/did+json", cache=A_LITTLE_WHILE)


@bp.get("/badges/status/<int:number>")
@public
def status_list(number: int) -> Page:
    """A Bitstring status list, signed."""
    kinds = ["application/vc", "application/ld+json", "application/json", "text/plain", JWT]
    accepted = request.accept_mimetypes.best_match(kinds, "application/vc")
    with reading() as session:
        document = _published(session).status_credential(number)
    media_type = "application/ld+json" if accepted in ("text/plain", JWT) else accepted
    return _answer(document, media_type, cache=A_LITTLE_WHILE)


# -- Open Badges 2.0 -------------------------------------------------------------------------


@bp.get(f"/badges/v2/assertions/{ID}")
@public
def assertion(public_id: str) -> Page:
    """The hosted Open Badges 2.0 assertion; 410 once revoked."""
    with reading() as session:
        person = here_or_nobody()
        award = awards.find_award(session, public_id, for_=person)
        status, body = _published(session).assertion(public_id, for_=person)
        return _answer(body, _json_type(), status=status, cache=_caching(award))


@bp.get(f"/badges/v2/assertions/{ID}.<any(png,svg):form>")
@public
def baked_assertion(public_id: str, form: str) -> Page:
    """The badge with the Open Badges 2.0 assertion inside, and nothing of 3.0."""
    with reading() as session:
        person = here_or_nobody()
        award = awards.find_award(session, public_id, for_=person)
        status, body = _published(session).assertion(public_id, for_=person)
        caching = _caching(award)
        if status == 410:
            return _answer(body, _json_type(), status=status, cache=caching)
        drawn = pages.picture(award)
    text = documents.as_json(body).decode("utf-8")
    if form == "png":
        image = baking.bake_png(artwork.png(drawn), text, baking.OPEN_BADGES_2)
        return _answer(image, PNG, cache=caching)
    image = baking.bake_svg(artwork.svg(drawn), text, baking.OPEN_BADGES_2).encode("utf-8")
    return _answer(image, SVG, cache=caching)


@bp.get("/badges/v2/badgeclasses/<name>")
@public
def badge_class(name: str) -> Page:
    """The Open Badges 2.0 badge class."""
    with reading() as session:
        document = _published(session).badge_class(name)
    return _answer(document, _json_type(), cache=A_LITTLE_WHILE)


@bp.get("/badges/v2/issuers/<slug>")
@public
def issuer_2(slug: str) -> Page:
    """The Open Badges 2.0 issuer profile."""
    with reading() as session:
        published = _published(session)
        document = open_badges_2.issuer_profile(published.issuer(slug), published.addresses)
    return _answer(document, _json_type(), cache=A_LITTLE_WHILE)


def _json_type() -> str:
    """`application/ld+json`, unless only plain JSON is asked for (Open Badges 2.0, section 5)."""
    kinds = ["application/ld+json", "application/json"]
    return request.accept_mimetypes.best_match(kinds, "application/ld+json")


# -- verification for anybody ----------------------------------------------------------------


@bp.get("/verify")
@public
def verify() -> Page:
    """Is this badge genuine? The form."""
    return render_template(
        "badges/verify.html", address=request.args.get("address", "")[:2000], report=None, fault=""
    )


@bp.post("/verify")
@public
def verified() -> Page:
    """Is this badge genuine? The answer."""
    address = request.form.get("address", "").strip()[:2000]
    recipient = request.form.get("recipient", "").strip()[:320] or None
    upload = request.files.get("badge")
    data = upload.read(verification.LARGEST + 1) if upload else b""
    if not data and not address:
        fault = "Choose a file, or give the address of a badge."
        page = render_template("badges/verify.html", address="", report=None, fault=fault)
        return page, 422
    with restrained(), reading() as session:
        world = World(own=_published(session), allow=tuple(settings().lti_http_allow))
        report: Report
        if data:
            report = verification.verify(data, world, now=clock(), recipient=recipient)
        else:
            report = verification.verify_address(address, world, now=clock(), recipient=recipient)
    if request.accept_mimetypes.best_match([HTML, "application/json"], HTML) != HTML:
        return _answer(report.as_json(), "application/json")
    return render_template("badges/verify.html", address=address, report=report, fault="")
