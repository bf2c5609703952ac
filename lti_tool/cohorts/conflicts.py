"""Conflicts of interest between a judge and a learner (S4-31): who is too close may not judge."""

import enum
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from lti_tool.cohorts.models import DeclaredConflict, TeamMember
from lti_tool.cohorts.organisations import comes_from, own_and_next
from lti_tool.cohorts.rules import same_organisation_counts
from lti_tool.errors import Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs import appointments
from lti_tool.programs.catalogue import current_version
from lti_tool.programs.models import Appointment, Program, ProgramVersion


class OneAndTheSame(Refused):
    """A conflict with oneself, or with somebody who does not judge here."""

    status = 422


class Reason(enum.StrEnum):
    """Why somebody is too close."""

    TEAM = "team"
    DECLARED = "declared"
    ORGANISATION = "organisation"


WORDS = {
    Reason.TEAM: "You are or were in one team with this participant: somebody else judges it.",
    Reason.DECLARED: "A conflict of interest was declared between you and this participant: "
    "somebody else judges it.",
    Reason.ORGANISATION: "You come from the same organization as this participant, and in this "
    "program nobody judges work from their own.",
}


@dataclass(frozen=True)
class Conflict:
    """That a judge is too close to a learner, and why."""

    reason: Reason

    @property
    def words(self) -> str:
        """What the judge is told."""
        return WORDS[self.reason]


def between(session: Session, judge_id: int, learner_id: int, program_id: int) -> Conflict | None:
    """Whether a judge is too close to a learner of a program.

    Args:
        session: any session.
        judge_id: the person who would judge.
        learner_id: whose work it is.
        program_id: the program, whose current version says whether organisations count.
    """
    learner = select(Person.id).where(Person.id == learner_id)
    asked = {
        Reason.TEAM: _one_team(judge_id, Person.id),
        Reason.DECLARED: _declared(judge_id, Person.id),
    }
    if _counts(session, program_id) and (ids := own_and_next(session, judge_id)):
        asked[Reason.ORGANISATION] = comes_from(Person.id, ids)
    for reason, condition in asked.items():
        if session.scalar(learner.where(condition)) is not None:
            return Conflict(reason)
    return None


def free_of(
    session: Session,
    judge_id: int,
    *,
    learner: InstrumentedAttribute[int],
    program: InstrumentedAttribute[int],
    now: datetime,
) -> ColumnElement[bool]:
    """The same as a condition on a query: rows whose learner the judge is not too close to.

    Args:
        session: any session.
        judge_id: the person who would judge.
        learner: the column with the learner's id.
        program: the column with the program's id.
        now: the moment, for the seats that hold.
    """
    near = [_one_team(judge_id, learner), _declared(judge_id, learner)]
    strict = _strict_programs(session, judge_id, now=now)
    if strict and (ids := own_and_next(session, judge_id)):
        near.append(and_(program.in_(strict), comes_from(learner, ids)))
    return and_(true(), not_(or_(*near)))


def _strict_programs(session: Session, judge_id: int, *, now: datetime) -> list[int]:
    """The programs they hold a seat in where organisations count; one query."""
    holding = exists().where(
        Appointment.person_id == judge_id,
        Appointment.program_id == ProgramVersion.program_id,
        Appointment.ended_at.is_(None),
        or_(Appointment.until.is_(None), Appointment.until > now),
    )
    newest = (
        select(func.max(ProgramVersion.number).label("number"), ProgramVersion.program_id)
        .group_by(ProgramVersion.program_id)
        .subquery()
    )
    deciders = ProgramVersion.document["deciders"]
    rows = session.execute(
        select(ProgramVersion.program_id, deciders)
        .join(
            newest,
            (newest.c.program_id == ProgramVersion.program_id)
            & (newest.c.number == ProgramVersion.number),
        )
        .where(holding)
        .order_by(ProgramVersion.program_id)
    )
    return [
        program_id
        for program_id, entry in rows
        if same_organisation_counts({"deciders": entry or {}})
    ]


def _counts(session: Session, program_id: int) -> bool:
    version = current_version(session, session.get_one(Program, program_id))
    return same_organisation_counts(version.document)


Column = InstrumentedAttribute[int] | ColumnElement[int]


def _one_team(judge_id: int, learner: Column) -> ColumnElement[bool]:
    """In one team, now or once: leaving a team does not make anybody an outsider."""
    theirs, mine = aliased(TeamMember), aliased(TeamMember)
    return exists(
        select(theirs.id)
        .join(mine, mine.team_id == theirs.team_id)
        .where(theirs.person_id == learner, mine.person_id == judge_id)
        .correlate_except(theirs, mine)
    )


def _declared(judge_id: int, learner: Column) -> ColumnElement[bool]:
    return exists().where(
        DeclaredConflict.judge_id == judge_id, DeclaredConflict.learner_id == learner
    )


def declare(
    session: Session,
    *,
    judge: Person,
    learner: Person,
    by: Person,
    now: datetime,
) -> DeclaredConflict:
    """Say that judge and learner are too close; either of the two may. No reason is asked.

    Raises:
        OneAndTheSame: the two are one person, or a third one declares it.
    """
    if judge.id == learner.id or by.id not in (judge.id, learner.id):
        raise OneAndTheSame("A conflict of interest is declared by one of the two people.")
    held = session.scalars(
        select(DeclaredConflict).where(
            DeclaredConflict.judge_id == judge.id,
            DeclaredConflict.learner_id == learner.id,
            DeclaredConflict.declared_by_id == by.id,
        )
    ).one_or_none()
    if held is None:
        held = DeclaredConflict(judge=judge, learner=learner, declared_by=by, declared_at=now)
        session.add(held)
        session.flush()
        note(session, "cohorts.declare-conflict", f"person {learner.id}", actor=by, now=now)
    return held


def keep_apart(session: Session, one: Person, other: Person, *, now: datetime) -> None:
    """Two people are accounts of one human, who says so: neither judges the other, for good."""
    for judge, learner in ((one, other), (other, one)):
        session.add(
            DeclaredConflict(
                judge=judge, learner=learner, declared_by=one, declared_at=now, is_lasting=True
            )
        )
    session.flush()


def is_one_human(session: Session, one_id: int, other_id: int) -> bool:
    """Whether two people were joined once, and separated again."""
    pair = (one_id, other_id)
    kept = exists().where(
        DeclaredConflict.is_lasting,
        DeclaredConflict.judge_id.in_(pair),
        DeclaredConflict.learner_id.in_(pair),
    )
    return bool(session.scalar(select(kept)))


def withdraw(session: Session, held: DeclaredConflict, *, by: Person, now: datetime) -> None:
    """Take back what one has declared oneself; what the other declared stands."""
    if held.is_lasting:
        raise OneAndTheSame("You have said that both accounts are yours, so this stays.")
    if held.declared_by_id != by.id:
        raise OneAndTheSame("Only whoever declared it takes it back.")
    note(session, "cohorts.withdraw-conflict", f"person {held.learner_id}", actor=by, now=now)
    session.delete(held)


def declared_by(session: Session, person: Person) -> list[DeclaredConflict]:
    """What somebody has declared, oldest first."""
    return list(
        session.scalars(
            select(DeclaredConflict)
            .where(
                DeclaredConflict.declared_by_id == person.id, DeclaredConflict.is_lasting.is_(False)
            )
            .order_by(DeclaredConflict.id)
        )
    )


def judges_of(session: Session, program: Program, *, now: datetime) -> list[Person]:
    """Who judges in a program now, for a learner who wants to say that one of them is too close."""
    seats: list[Appointment] = appointments.all_in(session, program, now=now)
    judging = {Seat.ASSESSOR, Seat.APPROVER}
    found = {one.person_id: one.person for one in seats if one.seat in judging}
    return sorted(found.values(), key=lambda person: (person.name.lower(), person.id))
