"""Exceptions: a program's administrator says that a rule does not bind here, and why."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.cohorts.models import Cohort, Matter, RuleException, Team
from lti_tool.cohorts.seats import require_admin
from lti_tool.errors import Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.models import Program

REASON_LONGEST = 2000

WORDS = {
    Matter.TEAM_SIZE: "the size of the team",
    Matter.TEAM_NEEDED: "taking part in a team",
    Matter.ORGANISATIONS: "the number of organizations",
    Matter.STAFF: "the staff it needs",
    Matter.COHORT_NEEDED: "taking part in an open cohort",
    Matter.PACE: "how much at a time",
}
"""What an exception is from, in words that end a sentence."""

MATTERS_OF_A_TEAM = (Matter.TEAM_SIZE,)
MATTERS_OF_A_COHORT = (Matter.ORGANISATIONS, Matter.STAFF)
MATTERS_OF_A_PERSON = (Matter.TEAM_NEEDED, Matter.COHORT_NEEDED, Matter.PACE)

Subject = Team | Cohort | Person


class ReasonNeeded(Refused):
    """An exception without a reason, or from a matter that does not fit its subject."""

    status = 422


def grant(
    session: Session,
    program: Program,
    matter: Matter,
    subject: Subject,
    *,
    reason: str,
    actor: Person,
    now: datetime,
) -> RuleException:
    """Except a team, a cohort or a person from one rule of a program, for a reason.

    Raises:
        NotYours: whoever asks does not administer the program.
        ReasonNeeded: no reason is given, or the rule is not one about this.
    """
    require_admin(session, actor, program, now=now)
    reason = reason.strip()
    if not reason:
        raise ReasonNeeded("Say why: whoever reads the report later will ask.")
    if len(reason) > REASON_LONGEST:
        raise ReasonNeeded(f"Please keep the reason below {REASON_LONGEST} characters.")
    fitting = (
        MATTERS_OF_A_TEAM
        if isinstance(subject, Team)
        else MATTERS_OF_A_COHORT
        if isinstance(subject, Cohort)
        else MATTERS_OF_A_PERSON
    )
    if matter not in fitting:
        raise ReasonNeeded("There is no such rule here.")
    if held := of(session, program, matter, subject):
        return held
    made = RuleException(
        program=program,
        matter=matter,
        team=subject if isinstance(subject, Team) else None,
        cohort=subject if isinstance(subject, Cohort) else None,
        person=subject if isinstance(subject, Person) else None,
        reason=reason,
        granted_by=actor,
        granted_at=now,
    )
    session.add(made)
    session.flush()
    note(session, "cohorts.except", _name(subject), actor=actor, now=now, matter=matter.value)
    return made


def end(session: Session, made: RuleException, *, actor: Person, now: datetime) -> None:
    """Let the rule bind again; what happened meanwhile stays."""
    require_admin(session, actor, made.program, now=now)
    if made.ended_at is None:
        made.ended_at = now
        subject = made.team or made.cohort or made.person
        assert subject is not None
        name = _name(subject)
        note(session, "cohorts.end-exception", name, actor=actor, now=now, matter=made.matter.value)


def of(
    session: Session, program: Program, matter: Matter, subject: Subject | None
) -> RuleException | None:
    """The exception that holds, or `None`."""
    if subject is None:
        return None
    return session.scalars(
        select(RuleException)
        .where(
            RuleException.program_id == program.id,
            RuleException.matter == matter,
            RuleException.ended_at.is_(None),
            _about(subject),
        )
        .limit(1)
    ).first()


def all_of(session: Session, program: Program, subject: Subject) -> list[RuleException]:
    """Every exception that holds for a team, cohort or person."""
    return list(
        session.scalars(
            select(RuleException)
            .where(
                RuleException.program_id == program.id,
                RuleException.ended_at.is_(None),
                _about(subject),
            )
            .order_by(RuleException.id)
        )
    )


def teams_excepted(session: Session, program: Program) -> dict[int, RuleException]:
    """By id: the teams of a program whose size is excepted; one query."""
    rows = session.scalars(
        select(RuleException).where(
            RuleException.program_id == program.id,
            RuleException.matter == Matter.TEAM_SIZE,
            RuleException.ended_at.is_(None),
            RuleException.team_id.is_not(None),
        )
    )
    return {row.team_id: row for row in rows if row.team_id is not None}


def of_people(session: Session, program: Program) -> list[RuleException]:
    """The exceptions that hold for single people of a program, the newest first."""
    return list(
        session.scalars(
            select(RuleException)
            .where(
                RuleException.program_id == program.id,
                RuleException.ended_at.is_(None),
                RuleException.person_id.is_not(None),
            )
            .options(joinedload(RuleException.person))
            .order_by(RuleException.id.desc())
        )
    )


def _about(subject: Subject) -> ColumnElement[bool]:
    if isinstance(subject, Team):
        return RuleException.team_id == subject.id
    if isinstance(subject, Cohort):
        return RuleException.cohort_id == subject.id
    return RuleException.person_id == subject.id


def _name(subject: Subject) -> str:
    if isinstance(subject, Person):
        return f"person {subject.id}"
    kind = "team" if isinstance(subject, Team) else "cohort"
    return f"{kind} {subject.public_id}"
