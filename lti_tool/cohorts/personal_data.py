"""Where somebody belongs, with whom they work, what was agreed: given out and erased (T-135)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.cohorts.models import (
    Affiliation,
    CoachingEntry,
    CohortMember,
    CohortStaff,
    DeclaredConflict,
    DraftShare,
    RuleException,
    SupervisorWish,
    TeamMember,
    WentOn,
)
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan, count, when


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Organisations, teams, cohorts, coaching, exceptions, advice, wishes and declarations."""
    return {
        "organizations": [
            {"organization": row.organisation.name, "since": when(row.since)}
            for row in session.scalars(
                select(Affiliation)
                .where(Affiliation.person_id == person.id)
                .options(joinedload(Affiliation.organisation))
                .order_by(Affiliation.id)
            )
        ],
        "teams": [
            {
                "team": row.team.name,
                "leads": row.leads,
                "joined": when(row.joined_at),
                "left": when(row.left_at),
            }
            for row in session.scalars(
                select(TeamMember)
                .where(TeamMember.person_id == person.id)
                .options(joinedload(TeamMember.team))
                .order_by(TeamMember.id)
            )
        ],
        "cohorts": [
            {"cohort": row.cohort.title, "joined": when(row.joined_at), "left": when(row.left_at)}
            for row in session.scalars(
                select(CohortMember)
                .where(CohortMember.person_id == person.id)
                .options(joinedload(CohortMember.cohort))
                .order_by(CohortMember.id)
            )
        ],
        "staff of": [
            {
                "cohort": row.cohort.title,
                "as": row.seat.value,
                "from": when(row.placed_at),
                "until": when(row.ended_at),
            }
            for row in session.scalars(
                select(CohortStaff)
                .where(CohortStaff.person_id == person.id)
                .options(joinedload(CohortStaff.cohort))
                .order_by(CohortStaff.id)
            )
        ],
        "coaching": [
            {
                "on": row.met_on.isoformat(),
                "as": "coach" if row.coach_id == person.id else "learner",
                "kind": row.kind.value,
                "credential": row.credential.slug,
                "phase": row.phase,
                "note": row.note,
            }
            for row in session.scalars(
                select(CoachingEntry)
                .where(
                    or_(CoachingEntry.learner_id == person.id, CoachingEntry.coach_id == person.id)
                )
                .options(joinedload(CoachingEntry.credential))
                .order_by(CoachingEntry.id)
            )
        ],
        **_wishes(session, person),
    }


def _wishes(session: Session, person: Person) -> Mapping[str, Any]:
    """What they wished, allowed or declared, and what was allowed to them."""
    return {
        "exceptions made for them": [
            {"from": row.matter.value, "reason": row.reason, "since": when(row.granted_at)}
            for row in session.scalars(
                select(RuleException)
                .where(RuleException.person_id == person.id)
                .order_by(RuleException.id)
            )
        ],
        "advice they went on after": [
            {"rule": row.rule, "number": row.count, "at": when(row.at)}
            for row in session.scalars(
                select(WentOn).where(WentOn.person_id == person.id).order_by(WentOn.id)
            )
        ],
        "drafts shared with coaches": [
            {
                "credential": row.credential.slug,
                "from": when(row.shared_at),
                "until": when(row.ended_at),
            }
            for row in session.scalars(
                select(DraftShare)
                .where(DraftShare.person_id == person.id)
                .options(joinedload(DraftShare.credential))
                .order_by(DraftShare.id)
            )
        ],
        "supervisors to be told": [
            {
                "credential": row.credential.slug,
                "name": row.name,
                "e-mail": row.email,
                "told": when(row.told_at),
            }
            for row in session.scalars(
                select(SupervisorWish)
                .where(SupervisorWish.person_id == person.id)
                .options(joinedload(SupervisorWish.credential))
                .order_by(SupervisorWish.id)
            )
        ],
        # Whom it names, and what others declared, is theirs as much; it is told without names.
        "conflicts of interest they declared": count(
            session, DeclaredConflict.id, DeclaredConflict.declared_by_id == person.id
        ),
    }


def holdings(session: Session, person: Person, _plan: Plan) -> list[Holding]:
    """What `erase` takes and what it leaves."""
    alone = CoachingEntry.learner_id == person.id
    return [
        Holding(
            "memberships of teams, cohorts and organizations",
            count(session, TeamMember.id, TeamMember.person_id == person.id)
            + count(session, CohortMember.id, CohortMember.person_id == person.id)
            + count(session, CohortStaff.id, CohortStaff.person_id == person.id)
            + count(session, Affiliation.id, Affiliation.person_id == person.id),
        ),
        Holding("entries of the coaching log about them", count(session, CoachingEntry.id, alone)),
        Holding(
            "entries of the coaching log they wrote about others",
            count(session, CoachingEntry.id, CoachingEntry.coach_id == person.id),
            "They are those others' and stay, under a number.",
        ),
        Holding(
            "exceptions, wishes and declarations",
            sum(
                (
                    count(session, RuleException.id, RuleException.person_id == person.id),
                    count(session, WentOn.id, WentOn.person_id == person.id),
                    count(session, DraftShare.id, DraftShare.person_id == person.id),
                    count(session, SupervisorWish.id, SupervisorWish.person_id == person.id),
                    count(session, DeclaredConflict.id, _named(person)),
                )
            ),
        ),
    ]


def erase(session: Session, person: Person, _plan: Plan) -> None:
    """Take all that hangs on them; what they wrote or allowed for others stays, under a number."""
    for kind, theirs in (
        (TeamMember, TeamMember.person_id),
        (CohortMember, CohortMember.person_id),
        (CohortStaff, CohortStaff.person_id),
        (Affiliation, Affiliation.person_id),
        (CoachingEntry, CoachingEntry.learner_id),
        (RuleException, RuleException.person_id),
        (WentOn, WentOn.person_id),
        (DraftShare, DraftShare.person_id),
        (SupervisorWish, SupervisorWish.person_id),
    ):
        session.execute(delete(kind).where(theirs == person.id))
    session.execute(delete(DeclaredConflict).where(_named(person)))


def _named(person: Person) -> ColumnElement[bool]:
    return or_(
        DeclaredConflict.judge_id == person.id,
        DeclaredConflict.learner_id == person.id,
        DeclaredConflict.declared_by_id == person.id,
    )
