"""The page and the files of one award, for whoever may see it; the earner's own: my badges."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.badges import artwork, awards, disclosure, recipients
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Disclosure, Rendering
from lti_tool.badges.published import Published
from lti_tool.badges.views.answering import (
    CREDENTIAL_TYPES,
    HTML,
    ID,
    JWT,
    PNG,
    SVG,
    Page,
    answer,
    caching_of,
    own_documents,
)
from lti_tool.errors import NotFound
from lti_tool.people.models import Person
from lti_tool.portfolio import enrolments
from lti_tool.programs import catalogue
from lti_tool.programs.models import CredentialVersion
from lti_tool.sealing import baking
from lti_tool.sharing import pages, share_card
from lti_tool.sharing.fresh_pages import FreshPages
from lti_tool.web.permissions import public, signed_in
from lti_tool.web.session import clock, here, here_or_nobody, reading, settings, transaction

bp = Blueprint("sharing", __name__)

FRESH = FreshPages()
"""Pages this process made for strangers a moment ago."""


@bp.get("/badges/")
@signed_in
def mine() -> Page:
    """What I have earned."""
    with reading() as session:
        return _mine(session)


def _mine(session: Session, *, given: str = "", fault: str = "") -> str:
    earned = awards.awards_of(session, here())
    return render_template(
        "sharing/mine.html",
        badges=[pages.mine(award, Addresses(settings().base_url)) for award in earned],
        piles=pages.piles(earned),
        coming=pages.coming(session, here(), earned),
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


@bp.get("/badges/shows/<program>/<credential>")
@signed_in
def shows(program: str, credential: str) -> Page:
    """What my coming badge will say of my results, and the choice as far as there is one."""
    with reading() as session:
        return _shows(session, _begun(session, program, credential))


def _shows(session: Session, version: CredentialVersion, fault: str = "") -> str:
    held = awards.current_award(session, here(), version.credential_id)
    shown = held.disclosure if held else disclosure.wanted(session, here().id, version)
    return render_template(
        "sharing/shows.html",
        version=version,
        limits=disclosure.Limits.of(version),
        words=disclosure.WORDS,
        shown=shown,
        held=held,
        fault=fault,
    )


@bp.post("/badges/shows/<program>/<credential>")
@signed_in
def choose(program: str, credential: str) -> Page:
    """Choose what my coming badge will say of my results."""
    given = request.form.get("shows", "")
    with transaction() as session:
        version = _begun(session, program, credential)
        try:
            if given not in list(Disclosure):
                raise disclosure.NotOffered("Choose one of these.")
            disclosure.choose(session, here(), version, Disclosure(given), now=clock())
        except disclosure.NotOffered as refusal:
            return _shows(session, version, str(refusal)), refusal.status
    flash("Kept. You can change it until your badge is awarded.")
    return redirect(url_for(".shows", program=program, credential=credential), 303)


def _begun(session: Session, program: str, credential: str) -> CredentialVersion:
    """The version I began. Raises `NotFound` where I have not begun any."""
    found = catalogue.find_credential(session, credential, program)
    enrolment = enrolments.enrolment_of(session, here(), found)
    if enrolment is None:
        raise NotFound("You have not begun this micro-credential, so it has no badge of yours yet.")
    return enrolment.credential_version


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


@bp.get(f"/badges/{ID}")
@public
def show(public_id: str) -> Page:
    """What this person demonstrated, and whether it is true: as a page, or as the credential."""
    accepted = request.accept_mimetypes.best_match([HTML, *CREDENTIAL_TYPES, JWT], HTML)
    with reading() as session:
        person = here_or_nobody()
        award = awards.find_award(session, public_id, for_=person)
        published = own_documents(session)
        if accepted == HTML:
            page = _page(published, award, person)
            response = Response(page, content_type=f"{HTML}; charset=utf-8")
            response.headers["Cache-Control"] = caching_of(award)
        elif accepted == JWT:
            signed = published.signed(award, Rendering.OB3_JWT)
            response = answer(signed, JWT, cache=caching_of(award))
        else:
            signed = published.signed(award, Rendering.OB3_JSON)
            response = answer(signed, accepted, cache=caching_of(award))
    response.vary.add("Accept")
    return response


def _page(published: Published, award: Award, person: Person | None) -> str:
    """The page of an award; for a stranger one that was made a moment ago will do."""
    now = clock()
    is_stranger = person is None and not request.cookies and not request.query_string
    if is_stranger and (fresh := FRESH.find(award, now)):
        return fresh
    is_mine = person is not None and award.person_id == person.id
    page = pages.share_page(published, award, is_mine=is_mine, now=now)
    made = render_template("sharing/show.html", page=page)
    if is_stranger and page.is_signed:
        FRESH.keep(award, made, now)
    return made


def _file(public_id: str, form: str) -> Page:
    """One file of an award, for whoever may see it."""
    with reading() as session:
        award = awards.find_award(session, public_id, for_=here_or_nobody())
        published = own_documents(session)
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
        return answer(body, kind, cache=caching_of(award))


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
