"""Who issues here, with which keys, for whom; and what partners say of badges.

Administrators of the installation change it; administrators of a program look at theirs.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.badges import compromised, documents, endorsements, issuers, issuing
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Badge, Endorsement, Issuer, Issuing
from lti_tool.badges.published import Published
from lti_tool.errors import NotFound, Refused
from lti_tool.keyring import PUBLISHED, Keyring, KeyState, PublishedKey, Purpose, rotation
from lti_tool.keyring.ring import BADGES
from lti_tool.people.audit import note
from lti_tool.people.roles import Role, Seat
from lti_tool.programs import appointments
from lti_tool.programs.catalogue import find_program
from lti_tool.programs.models import CredentialVersion
from lti_tool.web.permissions import administrator, require, signed_in
from lti_tool.web.session import clock, find, here, house, reading, settings, transaction, visit

bp = Blueprint("issuers", __name__, url_prefix="/issuers")

Page = str | Response | tuple[str, int]

PROFILE = ("name", "email", "url", "description", "parent_name", "parent_url")
PURPOSES = {
    Purpose.BADGE_PROOF: "Badges with a proof inside",
    Purpose.BADGE_JWT: "Badges as tokens",
    Purpose.BADGE_JWS: "Signed Open Badges 2.0",
}
STATES = {
    KeyState.STAGED: ("Published, signs later", ""),
    KeyState.ACTIVE: ("Signs", "now"),
    KeyState.RETIRED: ("Retired, its badges stay valid", "good"),
    KeyState.WITHDRAWN: ("Withdrawn", ""),
    KeyState.REVOKED: ("Compromised: nothing it signed is valid", "stop"),
}


def is_administrator() -> bool:
    """Whether the visitor runs the installation."""
    return visit().role is Role.ADMINISTRATOR


def own_programs(session: Session) -> list[int] | None:
    """Ids of the programs whose badges are the visitor's affair; `None` for all of them.

    Raises `NotAllowed` for everybody without such a program.
    """
    if is_administrator():
        return None
    seats = appointments.seats_of(session, here(), now=clock())
    programs = sorted({one.program_id for one in seats if one.seat is Seat.ADMIN})
    require(programs, "Only administrators of a program or of the tool see this page.")
    return programs


def _visible(session: Session, programs: Sequence[int] | None) -> list[Issuer]:
    query = select(Issuer).order_by(Issuer.is_default.desc(), Issuer.name)
    if programs is not None:
        of_mine = select(Issuing.issuer_id).where(Issuing.program_id.in_(programs))
        query = query.where(Issuer.id.in_(of_mine))
    return list(session.scalars(query))


@bp.get("/", strict_slashes=False)
@signed_in
def overview() -> Page:
    """Every issuer, and which partner of which program each one is."""
    with reading() as session:
        return _overview(session)


def _overview(session: Session, fault: Refused | None = None) -> str:
    programs = own_programs(session)
    return render_template(
        "badges/issuers.html",
        issuers=_visible(session, programs),
        places=issuing.places(session, programs),
        addresses=Addresses(settings().base_url),
        may_change=is_administrator(),
        given=request.form,
        fault=fault,
        at=getattr(fault, "member", ""),
    )


@bp.post("/", strict_slashes=False)
@administrator
def make() -> Page:
    """Make an issuer with keys of its own."""
    with transaction() as session:
        try:
            made = issuing.make(
                session,
                request.form.get("slug", "").strip(),
                _profile(),
                actor=here(),
                now=clock(),
            )
        except issuing.IssuerFaulty as fault:
            return _overview(session, fault), 422
        holder, name = made.key_holder, made.name
    house().keyring.prepare(holder, clock())
    flash(f"{name} can issue now: its keys are made and published.")
    return redirect(url_for(".show", slug=holder), 303)


def _profile() -> issuing.Profile:
    return issuing.Profile(**{name: request.form.get(name, "").strip() for name in PROFILE})


@bp.get("/<slug>")
@signed_in
def show(slug: str) -> Page:
    """One issuer: who it is, its keys with their history, and what it endorses."""
    with reading() as session:
        return _show(session, slug)


def _show(session: Session, slug: str, fault: Refused | None = None, form: str = "") -> str:
    programs = own_programs(session)
    issuer = next((one for one in _visible(session, programs) if one.slug == slug), None)
    if issuer is None:
        raise NotFound(
            "No issuer of this name stands behind a program of yours. An administrator of the tool"
            " says which issuer each partner of a program is."
        )
    keyring = house().keyring
    places = issuing.places(session, programs)
    addresses = Addresses(settings().base_url)
    said = endorsements.said_by(session, issuer) if is_administrator() else []
    return render_template(
        "badges/issuer.html",
        issuer=issuer,
        keys=[
            (title, list(reversed(documents.keys_of(issuer, keyring, purpose))))
            for purpose, title in PURPOSES.items()
        ],
        may_be_stolen=[
            (key.kid, f"{PURPOSES[key.purpose]}: {key.kid[:12]}…, {STATES[key.state][0].lower()}")
            for key in _own_keys(issuer, keyring)
            if key.state in PUBLISHED
        ],
        purposes={purpose.value: title for purpose, title in PURPOSES.items()},
        states=STATES,
        addresses=addresses,
        stands_for=[one for one in places if one.issuer is issuer],
        may_stand_for=[one for one in places if one.issuer is not issuer],
        endorsements=[(one, endorsements.subject(one, addresses)) for one in said],
        may_change=is_administrator(),
        is_own=slug == issuers.OWN,
        given=request.form,
        fault=fault,
        form=form,
        at=getattr(fault, "member", ""),
    )


@bp.post("/<slug>")
@administrator
def describe(slug: str) -> Page:
    """Change what everybody may know of an issuer."""
    with transaction() as session:
        issuer = _find(session, slug)
        try:
            issuing.describe(session, issuer, _profile(), actor=here(), now=clock())
        except issuing.IssuerFaulty as fault:
            return _show(session, slug, fault, "profile"), 422
    flash(
        "Kept. Badges that are signed from now on say it; those that are signed stay as they are."
    )
    return redirect(url_for(".show", slug=slug), 303)


def _find(session: Session, slug: str) -> Issuer:
    issuer = issuers.find_issuer(session, slug)
    if issuer is None:
        raise NotFound("There is no issuer of this name.")
    return issuer


@bp.post("/<slug>/stand-for")
@administrator
def appoint(slug: str) -> Page:
    """Let an issuer stand for a partner of a program."""
    program, _, partner = request.form.get("place", "").partition(" ")
    with transaction() as session:
        issuer = _find(session, slug)
        try:
            issuing.appoint(
                session, issuer, find_program(session, program), partner, actor=here(), now=clock()
            )
        except (issuing.NoSuchPartner, NotFound) as fault:
            return _show(session, slug, fault, "place"), 422
    flash("Kept. It awards what is awarded from now on.")
    return redirect(url_for(".show", slug=slug), 303)


@bp.post("/<slug>/stand-for/<row_id>/end")
@administrator
def dismiss(slug: str, row_id: str) -> Page:
    """Let an issuer stand for a partner no longer."""
    with transaction() as session:
        row = find(session, Issuing, id=int(row_id) if row_id.isdecimal() else 0)
        if row.issuer.slug != slug:
            raise NotFound("That is another issuer's.")
        issuing.dismiss(session, row, actor=here(), now=clock())
    flash("Ended. What it awarded stays its own.")
    return redirect(url_for(".show", slug=slug), 303)


@bp.post("/<slug>/keys")
@administrator
def rotate(slug: str) -> Page:
    """Publish the next key of an issuer; or let it sign at once, where that was ticked."""
    name, at_once = request.form.get("purpose", ""), "at_once" in request.form
    keyring = house().keyring
    with transaction() as session:
        issuer = _find(session, slug)
        purpose = next((one for one in BADGES if one.value == name), None)
        if purpose is None:
            raise NotFound("There is no such kind of key.")
        try:
            row = rotation.rotate(
                session,
                keyring.folder,
                purpose,
                pace=rotation.Pace.of(settings()),
                now=clock(),
                at_once=at_once,
                holder=issuer.key_holder,
            )
        except rotation.AlreadyStaged:
            waits = rotation.AlreadyStaged(
                "The next key of this kind is published already and begins by itself. Tick the box"
                " below to let it sign now."
            )
            return _show(session, slug, waits, "keys"), waits.status
        note(
            session,
            "keys.rotate",
            f"key {row.kid}",
            actor=here(),
            now=clock(),
            purpose=name,
            at_once=at_once,
            issuer=slug,
        )
    keyring.look()
    flash("The next key signs from now on." if at_once else "The next key is published.")
    return redirect(url_for(".show", slug=slug), 303)


class NoSuchKey(Refused):
    """Another issuer's key was named, or none."""

    status = 422


def _own_keys(issuer: Issuer, keyring: Keyring) -> list[PublishedKey]:
    """An issuer's own keys, whatever became of them; none that it once shared with others."""
    return [
        key
        for purpose in BADGES
        for key in documents.keys_of(issuer, keyring, purpose)
        if key.holder == issuer.key_holder
    ]


@bp.post("/<slug>/stolen-key")
@administrator
def give_up(slug: str) -> Page:
    """Believe a key no longer: another signs at once, and what is kept is signed anew."""
    keyring, kid = house().keyring, request.form.get("kid", "")
    with transaction() as session:
        issuer = _find(session, slug)
        try:
            if kid not in {key.kid for key in _own_keys(issuer, keyring)}:
                raise NoSuchKey("Choose which of this issuer's keys it is.")
            compromised.give_up(
                session,
                keyring.folder,
                kid,
                pace=rotation.Pace.of(settings()),
                actor=here(),
                now=clock(),
            )
        except (compromised.AlreadyOver, NoSuchKey) as fault:
            return _show(session, slug, fault, "stolen"), fault.status
    keyring.look()
    flash(
        "Nobody believes this key any more. Badges it signed are signed anew within minutes;"
        " copies that people saved before are no longer valid."
    )
    return redirect(url_for(".show", slug=slug), 303)


@bp.post("/<slug>/endorse")
@administrator
def endorse(slug: str) -> Page:
    """Say something of an achievement or a badge in the name of this issuer."""
    with transaction() as session:
        by = _find(session, slug)
        try:
            own = Published(session, house().keyring, Addresses(settings().base_url))
            about = _about(session, own, request.form.get("address", ""))
            issuer = _awards(own, about)
            comment = request.form.get("comment", "")
            endorsements.endorse(
                session, about, issuer=issuer, by=by, comment=comment, actor=here(), now=clock()
            )
        except Refused as fault:
            return _show(session, slug, fault, "endorse"), 422
    flash("It is signed within a minute. New badges hold it then; others show it on their page.")
    return redirect(url_for(".show", slug=slug), 303)


def _about(session: Session, own: Published, address: str) -> endorsements.Endorsed:
    """What an address of ours is about. Raises `NotFound`."""
    match urlsplit(address.strip()).path.strip("/").split("/"):
        case ["badges", "achievements", public_id, number] if number[1:].isdecimal():
            return own.version(public_id, int(number[1:]))
        case ["badges", "stacks", program, slug, number] if number[1:].isdecimal():
            return own.stack(program, slug, int(number[1:]))
        case ["issuers", slug, *_] | ["badges", "v2", "issuers", slug]:
            return own.issuer(slug)
        case ["badges", public_id]:
            found = session.scalar(select(Badge).where(Badge.public_id == public_id))
            # An administrator is no reader of private badges.
            if found is not None and found.shared_at is not None:
                return found
    raise NotFound(
        "Give the address of what can be earned, of a badge that is shared, or of an issuer's"
        " page. A badge that is private can be endorsed once its earner shares it."
    )


def _awards(own: Published, about: endorsements.Endorsed) -> Issuer:
    """Who awards what is endorsed; an issuer itself."""
    match about:
        case Badge():
            return about.issuer
        case CredentialVersion():
            return own.issuer_of(about)
        case Issuer():
            return about
        case _:
            return own.issuer_of_stack(about)


@bp.post("/<slug>/endorsements/<endorsement_id>/withdraw")
@administrator
def withdraw(slug: str, endorsement_id: str) -> Page:
    """Take back what was said."""
    with transaction() as session:
        found = find(session, Endorsement, public_id=endorsement_id)
        if found.issuer.slug != slug:
            raise NotFound("That was said by another issuer.")
        reason = request.form.get("reason", "").strip()[:500]
        endorsements.withdraw(session, found, reason=reason, actor=here(), now=clock())
    flash("Withdrawn. Verifiers see it within five minutes; the badges stay valid.")
    return redirect(url_for(".show", slug=slug), 303)
