"""Badges that were made wrong: look at who is meant, then take back; or make one anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from lti_tool.badges import corrections, stack_badges, wording
from lti_tool.badges.awards import Result
from lti_tool.badges.corrections import Preview, Wanted
from lti_tool.badges.models import Award, Badge
from lti_tool.badges.views.issuers import own_programs
from lti_tool.errors import NotAllowed, NotFound, Refused
from lti_tool.programs.models import Credential, CredentialVersion, Program, ProgramVersion
from lti_tool.programs.stacks import stacks_in
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, here, reading, settings, transaction

bp = Blueprint("corrections", __name__, url_prefix="/badges/corrections")

Page = str | Response | tuple[str, int]

FIELDS = ("program", "earned", "since", "until", "ids")
STACK = "stack:"
"""Before the slug of a stack, where a form names one beside the micro-credentials."""


class OwnBadge(NotAllowed):
    """Nobody corrects or takes back a badge of their own."""


@bp.get("/", strict_slashes=False)
@signed_in
def look() -> Page:
    """Say which badges are meant, and see whose they are before anything happens."""
    with reading() as session:
        return _look(session, request.args)


def _look(session: Session, given: MultiDict[str, str], fault: Refused | None = None) -> str:
    programs = own_programs(session)
    offered = _offered(session, programs)
    wanted, seen = _wanted(given), None
    if not wanted.is_open:
        try:
            seen = corrections.preview(session, wanted, programs=programs)
        except corrections.TooMany as refusal:
            fault = refusal
    return render_template(
        "badges/corrections.html",
        programs=[(one.slug, one.title) for one in offered],
        earnable=[(one.title, one.earnable) for one in offered],
        given=given,
        asked={name: given.get(name, "") for name in FIELDS},
        seen=seen,
        title_of=stack_badges.title_of,
        fault=fault,
    )


@dataclass
class Offered:
    """A program whose badges the visitor may take back, as its newest version calls it."""

    slug: str
    title: str
    earnable: list[tuple[str, str]]
    """Value and title of each micro-credential and each stack there ever was in it."""


def _offered(session: Session, programs: Sequence[int] | None) -> list[Offered]:
    """Two queries, however many there are."""
    versions = (
        select(Program.slug, Program.id, ProgramVersion.title, ProgramVersion.document["stacks"])
        .join(ProgramVersion, ProgramVersion.program_id == Program.id)
        .order_by(Program.slug, ProgramVersion.number.desc())
    )
    credentials = (
        select(Program.id, Credential.slug, CredentialVersion.title)
        .join(Credential, Credential.program_id == Program.id)
        .join(CredentialVersion, CredentialVersion.credential_id == Credential.id)
        .order_by(CredentialVersion.id.desc())
    )
    if programs is not None:
        versions = versions.where(Program.id.in_(programs))
        credentials = credentials.where(Program.id.in_(programs))
    titles: dict[int, dict[str, str]] = {}
    for program_id, slug, title in session.execute(credentials):
        titles.setdefault(program_id, {}).setdefault(slug, title)
    found: dict[str, Offered] = {}
    for slug, program_id, title, document in session.execute(versions):
        if slug not in found:
            found[slug] = Offered(slug, title, sorted(titles.get(program_id, {}).items()))
        known = {value for value, _ in found[slug].earnable}
        for stack in stacks_in({"stacks": document or []}):
            if (value := f"{STACK}{stack.slug}") not in known:
                found[slug].earnable.append((value, f"Stack: {stack.title}"))
    return list(found.values())


def _wanted(given: MultiDict[str, str]) -> Wanted:
    """What the form means; what makes no sense is not asked for."""
    since, until = (_day(given.get(name, "")) for name in ("since", "until"))
    earned = given.get("earned", "")
    is_stack = earned.startswith(STACK)
    return Wanted(
        program=given.get("program", ""),
        credential="" if is_stack else earned,
        stack=earned.removeprefix(STACK) if is_stack else "",
        since=None if since is None else _begins(since),
        before=None if until is None else _begins(until + timedelta(days=1)),
        ids=tuple(
            word.rstrip("/").rpartition("/")[2] for word in given.get("ids", "")[:50_000].split()
        ),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, settings().zone).astimezone(UTC)


@bp.post("/", strict_slashes=False)
@signed_in
def take_back() -> Page:
    """Take back the badges that were looked at, all of them or none."""
    with transaction() as session:
        programs = own_programs(session)
        try:
            seen = corrections.preview(session, _wanted(request.form), programs=programs)
            _not_ones_own(seen)
            count = corrections.revoke_all(
                session,
                seen,
                stamp=request.form.get("stamp", ""),
                reason=request.form.get("reason", ""),
                actor=here(),
                now=clock(),
            )
        except (corrections.ReasonMissing, corrections.SomethingChanged) as fault:
            return _look(session, request.form, fault), fault.status
    many = "One badge is" if count == 1 else f"{count} badges are"
    flash(f"{many} taken back. Verifiers see it within five minutes.")
    return redirect(url_for(".look"), 303)


def _not_ones_own(seen: Preview) -> None:
    if any(one.person_id == here().id for one in seen.awards):
        raise OwnBadge("One of them is your own badge. Ask a colleague to do it.")


@bp.get("/<award_id>")
@signed_in
def one(award_id: str) -> Page:
    """One badge with its name and levels, to be made anew."""
    with reading() as session:
        return _one(_award(session, award_id))


def _award(session: Session, award_id: str) -> Badge:
    """A badge of a program of one's own that is in force. Raises `NotFound` and `OwnBadge`."""
    programs = own_programs(session)
    seen = corrections.preview(session, Wanted(ids=(award_id,)), programs=programs)
    if not seen.awards:
        raise NotFound(
            "There is no badge in force at this address in a program of yours. It may be over"
            " already, or another program's: its office can correct it."
        )
    _not_ones_own(seen)
    return seen.awards[0]


def _one(award: Badge, fault: Refused | None = None) -> str:
    reached = {(part, slug): level for part, slug, level in corrections.results_of(award)}
    rubric = wording.criteria(award.credential_version) if isinstance(award, Award) else ()
    criteria = [
        (f"level.{each.part.slug}.{each.slug}", each, reached[each.part.slug, each.slug])
        for each in rubric
        if (each.part.slug, each.slug) in reached
    ]
    return render_template(
        "badges/correction.html",
        award=award,
        title=stack_badges.title_of(award),
        criteria=criteria,
        given=request.form,
        fault=fault,
    )


@bp.post("/<award_id>")
@signed_in
def correct(award_id: str) -> Page:
    """Make the badge anew; the old one is marked as replaced."""
    with transaction() as session:
        old = _award(session, award_id)
        results = _results(old)
        try:
            fresh = corrections.correct(
                session,
                old,
                name=request.form.get("name", "")[:255],
                results=results,
                reason=request.form.get("reason", ""),
                actor=here(),
                now=clock(),
            )
        except (corrections.ReasonMissing, corrections.NothingWrong) as fault:
            return _one(old, fault), fault.status
        name = fresh.recipient_name
    flash(f"{name} has the corrected badge. The old one says that it was replaced, and why.")
    return redirect(url_for(".look"), 303)


def _results(old: Badge) -> list[Result]:
    """The levels as they were typed, and as they are where nothing was. Raises `NotFound`."""
    found: list[Result] = []
    if not isinstance(old, Award):
        return found
    for row in old.results:
        part, slug = row["part"], row["criterion"]
        given = request.form.get(f"level.{part}.{slug}", "")
        level = int(given) if given.isascii() and given.isdecimal() else int(row["level"])
        result = corrections.result_at(old.credential_version, part, slug, level)
        if result is None:
            raise NotFound("There is no such level.")
        found.append(result)
    return found
