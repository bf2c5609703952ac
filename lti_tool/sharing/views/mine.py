"""The earner's own: my badges, and what a coming badge is to show."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from lti_tool.badges import awards, disclosure, recipients
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Disclosure
from lti_tool.badges.views.answering import Page
from lti_tool.errors import NotFound
from lti_tool.people.models import Person
from lti_tool.portfolio import enrolments
from lti_tool.programs import catalogue
from lti_tool.programs.models import CredentialVersion
from lti_tool.sharing import held_badges, pages
from lti_tool.sharing.views.blueprint import bp
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, here, reading, settings, transaction


@bp.get("/badges/")
@signed_in
def mine() -> Page:
    """What I have earned."""
    with reading() as session:
        return _mine(session)


def _mine(session: Session, *, given: str = "", fault: str = "") -> str:
    badges = awards.badges_of(session, here())
    earned = [badge for badge in badges if isinstance(badge, Award)]
    return render_template(
        "sharing/mine.html",
        badges=[pages.mine(badge, Addresses(settings().base_url)) for badge in badges],
        piles=pages.piles(earned),
        coming=pages.coming(session, here(), earned),
        held=held_badges.listed(session, here()),
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
