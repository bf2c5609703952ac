"""Everything that is one person's becomes another's: a rule for each column that names people.

The rules stand in one place, because the person who leaves is deleted at the end: a column without
a rule stops the joining with a broken reference, and a test compares the rules with the tables.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select, true, update
from sqlalchemy.orm import Session

from lti_tool.accounts.models import Fate
from lti_tool.cohorts.models import TeamMember
from lti_tool.credit.models import Completion
from lti_tool.database import Base
from lti_tool.grades.models import ScoreDelivery
from lti_tool.holdings.models import HeldBadge
from lti_tool.people.models import AuditEvent, Visit
from lti_tool.people.personal_data import mentions
from lti_tool.review.models import Assessment
from lti_tool.roster.models import Member
from lti_tool.stacks.models import StackProposal

HOUSE = (Assessment, Completion, HeldBadge, Member, ScoreDelivery, StackProposal, TeamMember)
"""One of each room's rows: whatever is moved has to be known here."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Goes:
    """The row goes along; nothing else holds such a row back."""


@dataclass(frozen=True)
class Apart:
    """Where both have a row for the same thing they are not joined at all (`obstacles`)."""

    same: tuple[str, ...]


@dataclass(frozen=True)
class OneStays:
    """Where both have a row for the same thing, the better one stays and the other is deleted."""

    same: tuple[str, ...]
    worth: Callable[[Row], Any]
    """The higher the better; between equals the one that is there already stays."""
    where: Callable[[Table], ColumnElement[bool]] = lambda _table: true()
    """Which rows are meant at all."""


@dataclass(frozen=True)
class Nobodys:
    """The column names a stand-in, who is never joined."""


Rule = Goes | Apart | OneStays | Nobodys


def _newest(column: str) -> Callable[[Row], datetime]:
    return lambda row: row[column]


def _running(row: Row) -> tuple[bool, float]:
    """Whoever is still in, before whoever left; then who came first."""
    return row["left_at"] is None, -row["joined_at"].timestamp()


def _not_ended(table: Table) -> ColumnElement[bool]:
    return table.c.ended_at.is_(None)


GOES = Goes()

RULES: Mapping[str, Rule] = {
    "account_request.other_id": GOES,  # those of the two are deleted before
    "account_request.person_id": GOES,
    "affiliation.person_id": OneStays(("organisation_id",), _newest("since")),
    "appointment.person_id": OneStays(
        ("program_id", "seat"),
        lambda row: row["until"].timestamp() if row["until"] else inf,
        where=_not_ended,
    ),
    "assessment.assessor_id": GOES,
    "audit_event.actor_id": GOES,
    "award.person_id": Apart(("credential_id",)),
    "badge_connection.person_id": OneStays(("host_id",), _newest("connected_at")),
    "brought_badge.decided_by_id": GOES,
    "brought_badge.person_id": GOES,
    "circumstances.person_id": OneStays(("program_id",), _newest("told_at")),
    "coach_meeting.logged_by_id": GOES,
    "coaching_entry.coach_id": GOES,
    "coaching_entry.learner_id": GOES,
    "cohort_member.person_id": OneStays(("cohort_id",), _running),
    "cohort_staff.person_id": OneStays(
        ("cohort_id", "seat"), lambda row: -row["placed_at"].timestamp(), where=_not_ended
    ),
    "completion.person_id": GOES,
    "credit_posting.person_id": GOES,
    "credit_reminder.person_id": OneStays(
        ("deadline", "register", "kind", "due_on"), _newest("told_at")
    ),
    "decision.approver_id": GOES,
    # Declared twice about one pair, once as each of the two: the first word stands.
    "declared_conflict.declared_by_id": OneStays(
        ("judge_id", "learner_id"), lambda row: -row["declared_at"].timestamp()
    ),
    "declared_conflict.judge_id": OneStays(
        ("learner_id", "declared_by_id"), lambda row: -row["declared_at"].timestamp()
    ),
    "declared_conflict.learner_id": OneStays(
        ("judge_id", "declared_by_id"), lambda row: -row["declared_at"].timestamp()
    ),
    "deployment.guest_id": Nobodys(),
    "disclosure_choice.person_id": OneStays(("credential_id",), _newest("chosen_at")),
    "draft_share.person_id": OneStays(
        ("credential_id",), lambda row: -row["shared_at"].timestamp(), where=_not_ended
    ),
    "election.person_id": OneStays(("credential_id",), lambda row: row["choice"] != "open"),
    "enrolment.person_id": Apart(("credential_version_id",)),
    "held_badge.person_id": GOES,
    "hours_approval.approver_id": GOES,
    "hours_entry.person_id": GOES,
    "hours_entry.recorded_by_id": GOES,
    "hours_withdrawal.withdrawn_by_id": GOES,
    "intention.person_id": OneStays(("credential_id",), _newest("planned_at")),
    "joined_account.person_id": GOES,
    "launch_record.person_id": GOES,
    "legacy_id.person_id": GOES,
    "licence_number.person_id": OneStays(("register",), _newest("told_at")),
    "licence_term.person_id": OneStays(("register",), _newest("told_at")),
    "licence_years.person_id": OneStays(("register", "kind"), _newest("told_at")),
    "membership.person_id": OneStays(("course_id",), _newest("seen_at")),
    "moved.person_id": GOES,
    "platform_user.person_id": GOES,
    "privacy_request.person_id": GOES,
    "rule_exception.granted_by_id": GOES,
    "rule_exception.person_id": GOES,
    "score_delivery.person_id": GOES,  # `sub` stays: it is what that platform calls them
    "stack_award.person_id": Apart(("program_id", "stack")),
    "stack_proposal.decided_by_id": GOES,
    "stack_proposal.person_id": OneStays(
        ("program_id", "stack"),
        lambda _row: 0,
        where=lambda table: table.c.state == "waiting",
    ),
    "stack_recognition.recorded_by_id": GOES,
    "submission.decided_by_id": GOES,
    "supervisor_wish.person_id": OneStays(("credential_id",), _newest("asked_at")),
    "team_member.person_id": OneStays(("team_id",), _running),
    "visit.person_id": GOES,
    "went_on.person_id": GOES,
    "wrong_code.person_id": GOES,
}
"""What becomes of each column that names a person, by table and column."""


@dataclass(frozen=True)
class Change:
    """What was done to some rows of one table, for the journal."""

    fate: Fate
    name: str
    """Table and column, as in `RULES`."""
    rows: Sequence[Any]
    """Numbers of rows, or whole rows where they are gone."""
    was_kept: bool = False


def move(session: Session, *, keep: int, leave: int) -> list[Change]:
    """Let everything of the person `leave` be the person `keep`'s, and delete `leave`.

    In the caller's transaction, which holds both people; past the session's memory, so the caller
    expires it. What may not be joined was refused before (`obstacles.between`).
    """
    tables = Base.metadata.tables
    changes: list[Change] = []
    for name, rule in RULES.items():
        table_name, column_name = name.split(".")
        table = tables[table_name]
        column = table.c[column_name]
        if isinstance(rule, OneStays):
            changes += _let_one_stay(session, name, rule, keep=keep, leave=leave)
        moving = session.scalars(select(table.c.id).where(column == leave)).all()
        if moving:
            session.execute(update(table).where(column == leave).values({column_name: keep}))
            changes.append(Change(Fate.MOVED, name, moving))
    _move_numbers(session, keep=keep, leave=leave)
    session.execute(delete(tables["person"]).where(tables["person"].c.id == leave))
    return changes


def _let_one_stay(
    session: Session, name: str, rule: OneStays, *, keep: int, leave: int
) -> list[Change]:
    table_name, column = name.split(".")
    table = Base.metadata.tables[table_name]

    def of(person_id: int) -> list[Row]:
        query = select(table).where(table.c[column] == person_id, rule.where(table))
        return [dict(row) for row in session.execute(query).mappings()]

    mine = {tuple(row[one] for one in rule.same): row for row in of(keep)}
    gone = []
    for row in of(leave):
        held = mine.get(tuple(row[one] for one in rule.same))
        if held is not None:
            loser = held if rule.worth(row) > rule.worth(held) else row
            session.execute(delete(table).where(table.c.id == loser["id"]))
            gone.append(Change(Fate.GONE, name, [loser], was_kept=loser is held))
    return gone


def _move_numbers(session: Session, *, keep: int, leave: int) -> None:
    """Numbers of people in lists and words, where no reference leads."""
    for visit in session.scalars(select(Visit).where(mentions(Visit.watched, str(leave)))):
        if leave in visit.watched:
            visit.watched = _once(keep if one == leave else one for one in visit.watched)
    named = mentions(Completion.witnesses, f'"person": {leave}')
    for completion in session.scalars(select(Completion).where(named)):
        if any(one.get("person") == leave for one in completion.witnesses):
            completion.witnesses = [
                {**one, "person": keep} if one.get("person") == leave else one
                for one in completion.witnesses
            ]
    session.execute(
        update(AuditEvent)
        .where(AuditEvent.subject == f"person {leave}")
        .values(subject=f"person {keep}")
    )
    session.flush()


def _once(ids: Iterable[int]) -> list[Any]:
    return list(dict.fromkeys(ids))
