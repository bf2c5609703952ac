"""Cohorts: form one, take people in, open it when it is ready, close it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.cohorts.gauges import Gauge, gauge_of
from lti_tool.cohorts.models import (
    Cohort,
    CohortMember,
    CohortState,
    Delivery,
    Organisation,
)
from lti_tool.cohorts.organisations import counting
from lti_tool.cohorts.rules import Document, cohort_rule
from lti_tool.cohorts.seats import require_admin
from lti_tool.cohorts.teams import enter
from lti_tool.errors import NotFound, Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.models import Program

TITLE_LONGEST = 120
MOST_SEATS = 9999


class CohortRefused(Refused):
    """A cohort that cannot be as it was asked for; says why."""

    status = 422


class NotReady(Refused):
    """A cohort is not opened yet; `gauge` says what is missing, by name (S3-36, S3-37)."""

    def __init__(self, gauge: Gauge) -> None:
        """Keep the gauge for the page."""
        super().__init__("The cohort cannot open yet. " + " ".join(gauge.missing))
        self.gauge = gauge


@dataclass(frozen=True)
class Facts:
    """What a cohort says of itself."""

    title: str
    provider: Organisation | None = None
    delivery: Delivery | None = None
    begins_on: date | None = None
    ends_on: date | None = None
    term: str = ""
    activity_number: str = ""
    listed_on: date | None = None
    apply_by: date | None = None
    """The last day on which one may ask for a place."""
    seats: int | None = None
    """How many people it takes, 1 to 9999."""
    is_announced: bool = False
    """Whether the public catalogue shows it."""


def form(
    session: Session, program: Program, facts: Facts, *, actor: Person, now: datetime
) -> Cohort:
    """Begin a cohort; it is forming until it is opened.

    Raises:
        NotYours: whoever asks does not administer the program.
        CohortRefused: without a title, days that cannot be in this order, or announced without
            a first day.
    """
    require_admin(session, actor, program, now=now)
    cohort = Cohort(program=program, title="", created_at=now)
    _write(cohort, facts)
    session.add(cohort)
    session.flush()
    note(session, "cohorts.form", cohort.public_id, actor=actor, now=now)
    return cohort


def change(session: Session, cohort: Cohort, facts: Facts, *, actor: Person, now: datetime) -> None:
    """Change what a cohort says of itself.

    Raises:
        NotYours, CohortRefused: as for `form`.
    """
    require_admin(session, actor, cohort.program, now=now)
    _write(cohort, facts)
    note(session, "cohorts.change", cohort.public_id, actor=actor, now=now)


def _write(cohort: Cohort, facts: Facts) -> None:
    title = " ".join(facts.title.split())
    if not title or len(title) > TITLE_LONGEST:
        raise CohortRefused(f"Give the cohort a name of at most {TITLE_LONGEST} characters.")
    if facts.begins_on and facts.ends_on and facts.ends_on < facts.begins_on:
        raise CohortRefused("The last day lies before the first.")
    if facts.apply_by and facts.ends_on and facts.apply_by > facts.ends_on:
        raise CohortRefused("The last day to apply lies after the last day of the cohort.")
    if facts.seats is not None and not 0 < facts.seats <= MOST_SEATS:
        raise CohortRefused(f"Seats: a number from 1 to {MOST_SEATS}, or nothing.")
    if facts.is_announced and facts.begins_on is None:
        raise CohortRefused("Say the first day before anybody can read of it in the catalog.")
    cohort.title, cohort.provider, cohort.delivery = title, facts.provider, facts.delivery
    cohort.begins_on, cohort.ends_on = facts.begins_on, facts.ends_on
    cohort.term, cohort.listed_on = facts.term, facts.listed_on
    cohort.activity_number = " ".join(facts.activity_number.split())[:60]
    cohort.apply_by, cohort.seats = facts.apply_by, facts.seats
    cohort.is_announced = facts.is_announced


def find(session: Session, public_id: str) -> Cohort:
    """The cohort of a public id, with its program.

    Raises:
        NotFound: there is none.
    """
    found = session.scalars(
        select(Cohort)
        .where(Cohort.public_id == public_id)
        .options(joinedload(Cohort.program), joinedload(Cohort.provider))
    ).one_or_none()
    if found is None:
        raise NotFound("There is no cohort at this address, or it is not yours to see.")
    return found


def all_of(session: Session, program: Program) -> list[Cohort]:
    """The cohorts of a program, the newest first."""
    return list(
        session.scalars(
            select(Cohort)
            .where(Cohort.program_id == program.id)
            .options(joinedload(Cohort.provider))
            .order_by(Cohort.id.desc())
        )
    )


def members_of(session: Session, cohort: Cohort) -> list[CohortMember]:
    """Everybody who takes part now, with their organisations, by name."""
    return list(
        session.scalars(
            select(CohortMember)
            .join(CohortMember.person)
            .where(CohortMember.cohort_id == cohort.id, CohortMember.left_at.is_(None))
            .options(joinedload(CohortMember.person), joinedload(CohortMember.organisation))
            .order_by(func.lower(Person.name), Person.id)
        )
    )


def join(session: Session, cohort: Cohort, person: Person, *, now: datetime) -> CohortMember:
    """Take somebody into a cohort by its code, without a team (S1-04).

    Raises:
        CohortRefused: the cohort is closed.
    """
    if cohort.state is CohortState.CLOSED:
        raise CohortRefused("This cohort is closed: nobody joins any more.")
    home = counting(session, person, ())
    joined = enter(session, cohort, person, home, now=now)
    note(
        session,
        "cohorts.join",
        f"person {person.id}",
        actor=person,
        now=now,
        cohort=cohort.public_id,
    )
    return joined


def open_(
    session: Session, cohort: Cohort, document: Document, *, actor: Person, now: datetime
) -> None:
    """Open a cohort: from here on its participants may begin.

    Raises:
        NotYours: whoever asks does not administer the program.
        NotReady: organisations or staff are missing, and nobody excepted it.
        CohortRefused: it was closed.
    """
    require_admin(session, actor, cohort.program, now=now)
    # The row alone: PostgreSQL does not lock what an outer join brings along.
    session.execute(select(Cohort.id).where(Cohort.id == cohort.id).with_for_update())
    session.refresh(cohort, ["state"])
    if cohort.state is CohortState.CLOSED:
        raise CohortRefused("This cohort was closed. Form another one.")
    gauge = gauge_of(session, cohort, cohort_rule(document), now=now)
    if not gauge.is_ready:
        raise NotReady(gauge)
    if cohort.state is CohortState.FORMING:
        cohort.state, cohort.opened_at = CohortState.OPEN, now
        note(
            session,
            "cohorts.open",
            cohort.public_id,
            actor=actor,
            now=now,
            organisations=len(gauge.organisations),
            missing=list(gauge.missing),
        )


def close(session: Session, cohort: Cohort, *, actor: Person, now: datetime) -> None:
    """Close a cohort: nobody joins and nobody begins; what was begun goes on."""
    require_admin(session, actor, cohort.program, now=now)
    if cohort.state is not CohortState.CLOSED:
        cohort.state, cohort.closed_at = CohortState.CLOSED, now
        note(session, "cohorts.close", cohort.public_id, actor=actor, now=now)
