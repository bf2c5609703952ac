"""The blueprint that every view of this room hangs from, and what they share."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.cohorts import forming
from lti_tool.cohorts.announcing import Announced, announced
from lti_tool.cohorts.models import Cohort, CohortState, OrganisationKind, StaffSeat, TeamKind
from lti_tool.cohorts.seats import administers, may_see
from lti_tool.errors import NotFound, Refused
from lti_tool.launch.people_known import find_people
from lti_tool.people.models import Person
from lti_tool.people.roles import Role
from lti_tool.programs.catalogue import current_version, find_program
from lti_tool.programs.models import Program, ProgramVersion
from lti_tool.web.permissions import require
from lti_tool.web.session import clock, here, reading, transaction, visit

bp = Blueprint("cohorts", __name__, url_prefix="/cohorts")


@bp.app_template_global()
def cohorts_announced(slug: str, document: Mapping[str, Any]) -> Sequence[Announced]:
    """For the public catalogue: the next cohorts of a program that anybody may read of (S1-22)."""
    with reading() as session:
        return announced(session, slug, document, now=clock())


Page = str | Response | tuple[str, int]
"""What a view of this room answers with."""

STATES = {
    CohortState.FORMING: "Forming",
    CohortState.OPEN: "Open",
    CohortState.CLOSED: "Closed",
}
TEAM_KINDS = {
    TeamKind.SCHOOL: "One school",
    TeamKind.DISTRICT: "One district",
    TeamKind.VIRTUAL: "Virtual, across schools and districts",
}
SEATS = {
    StaffSeat.FACILITATOR: "Facilitator",
    StaffSeat.COACH: "Coach",
    StaffSeat.INSTRUCTOR: "Instructor",
}
KINDS = {
    OrganisationKind.REGIONAL_OFFICE: "Regional office",
    OrganisationKind.SERVICE_CENTER: "Service center",
    OrganisationKind.DISTRICT: "District",
    OrganisationKind.SCHOOL: "School",
    OrganisationKind.UNIVERSITY: "University",
    OrganisationKind.DEPARTMENT: "Department",
    OrganisationKind.ASSOCIATION: "Association",
    OrganisationKind.COALITION: "Coalition",
    OrganisationKind.FOUNDATION: "Foundation",
    OrganisationKind.AGENCY: "Agency",
    OrganisationKind.VENDOR: "Company",
}

Given = Mapping[str, str]


class FieldRefused(Refused):
    """A field of a form that cannot be read; says which."""

    status = 422


def acting(act: Callable[[Session], Response], again: Callable[[Session, str], str]) -> Page:
    """Carry a form out; where a rule says no, show its page again with the words on it.

    Args:
        act: does it in the request's transaction and answers where to go next.
        again: the page with the words of the refusal on it.
    """
    try:
        with transaction() as session:
            return act(session)
    except Refused as fault:
        if fault.status in (401, 403, 404):
            raise
        words, status = str(fault), fault.status
    with reading() as session:
        return again(session, words), status


def the_program(session: Session, slug: str) -> tuple[Program, ProgramVersion]:
    """A program and its current version."""
    program = find_program(session, slug)
    return program, current_version(session, program)


def program_to_run(session: Session, slug: str) -> tuple[Program, ProgramVersion]:
    """The same, for its administrators only."""
    program, version = the_program(session, slug)
    require(
        administers(session, here(), program, now=clock()),
        "Only the program's administrators see this page.",
    )
    return program, version


def cohort_to_see(session: Session, public_id: str) -> Cohort:
    """A cohort, for its staff and the program's administrators.

    Raises:
        NotFound: there is none, or not for who asks.
    """
    cohort = forming.find(session, public_id)
    if not may_see(session, here(), cohort, now=clock()):
        raise NotFound("There is no cohort at this address, or it is not yours to see.")
    return cohort


def require_learner() -> None:
    """Only learners of a course join and form teams."""
    require(visit().role is Role.LEARNER, "Only learners of a course take part in teams.")


def text(name: str) -> str:
    """A field of the form."""
    return request.form.get(name, "").strip()


def day(name: str, label: str) -> date | None:
    """A day of the form, or `None` where it was left empty.

    Raises:
        FieldRefused: it is no day.
    """
    typed = text(name)
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise FieldRefused(f"{label}: this is not a day of the calendar.") from None


def somebody(session: Session, typed: str) -> Person:
    """The one person a name or address stands for. For forms of administrators only.

    Raises:
        FieldRefused: nobody, or several people.
    """
    found = find_people(session, typed, now=clock())
    exact = [
        known
        for known in found
        if typed.lower() in (known.person.name.lower(), (known.person.email or "").lower())
    ]
    found = exact or found
    if not found:
        raise FieldRefused(
            f"Nobody here is called “{typed}”. People are known after their first visit."
        )
    if len(found) > 1:
        raise FieldRefused(
            f"{len(found)} people fit “{typed}”. Enter the whole name or the e-mail address."
        )
    return found[0].person


def given() -> Given:
    """What was typed, so that a refused form keeps it."""
    return request.form if request.method == "POST" else {}
