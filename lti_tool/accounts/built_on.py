"""On what came along with an account somebody else has built since: it cannot be given back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, exists, or_, select
from sqlalchemy.orm import Session

from lti_tool.accounts.models import Fate, JoinedAccount, Moved
from lti_tool.badges.models import Award, StackBadge
from lti_tool.credit.models import Completion, CreditPosting, HoursApproval, HoursEntry
from lti_tool.database import Base
from lti_tool.portfolio.models import CoachMeeting, Enrolment, Submission
from lti_tool.portfolio.set_aside import included
from lti_tool.programs.models import CredentialVersion
from lti_tool.review.models import Assessment, Decision
from lti_tool.stacks.models import StackAward, StackProposal

JUDGED = "an assessor or approver has worked on it since"
AWARDED = "a badge was awarded for it since"
HOURS = "others have recorded or approved hours for it since"
COACHED = "a coach has written down a meeting about it since"
REPORTED = "it was reported for a licence since"
STACKED = "a stack rests on it that was decided on since"


@dataclass(frozen=True)
class BuiltOn:
    """A credential that stays, and why."""

    credential_id: int
    title: str
    words: str


def credentials_of(session: Session, moved: Sequence[Moved]) -> dict[int, str]:
    """Title by credential of what was begun, set aside or earned in the account that came."""
    found: dict[int, str] = {}
    with included(session):
        for kind, table in ((Enrolment, "enrolment"), (Award, "award")):
            for credential_id, title in session.execute(
                select(CredentialVersion.credential_id, CredentialVersion.title)
                .join(kind, kind.credential_version_id == CredentialVersion.id)
                .where(kind.id.in_(_rows(moved, table)))
                .order_by(kind.id)
            ):
                found.setdefault(credential_id, title)
    return found


def since(session: Session, moved: Sequence[Moved], joined: JoinedAccount) -> list[BuiltOn]:
    """What stays because of others; a constant number of queries for each credential."""
    titles = credentials_of(session, moved)
    hours = _rows(moved, "hours_entry", "person_id")
    for credential_id, title in session.execute(
        select(HoursEntry.credential_id, CredentialVersion.title)
        .join(CredentialVersion, CredentialVersion.credential_id == HoursEntry.credential_id)
        .where(HoursEntry.id.in_(hours))
        .order_by(CredentialVersion.id.desc())
    ):
        titles.setdefault(credential_id, title)
    stacked = _stacked(session, joined)
    found = []
    for credential_id, title in titles.items():
        if words := _why(session, joined, credential_id, stacked):
            found.append(BuiltOn(credential_id, title, words))
    return found


def _why(session: Session, joined: JoinedAccount, credential_id: int, stacked: set[str]) -> str:
    at, person_id = joined.joined_at, joined.person_id
    versions = select(CredentialVersion.id).where(CredentialVersion.credential_id == credential_id)
    with included(session):
        begun = session.scalars(
            select(Enrolment.id).where(
                Enrolment.person_id == person_id, Enrolment.credential_version_id.in_(versions)
            )
        ).all()
    awards = set(
        session.scalars(
            select(Award.public_id).where(
                Award.person_id == person_id, Award.credential_id == credential_id
            )
        )
    )
    for words, condition in _signs(at, person_id, credential_id, begun):
        if session.scalar(select(condition)):
            return words
    return STACKED if awards & stacked else ""


def _signs(
    at: datetime, person_id: int, credential_id: int, begun: Sequence[int]
) -> list[tuple[str, ColumnElement[bool]]]:
    works = select(Submission.id).where(Submission.enrolment_id.in_(begun))
    judged = select(Assessment.id).where(Assessment.submission_id.in_(works))
    hours = select(HoursEntry.id).where(
        HoursEntry.person_id == person_id, HoursEntry.credential_id == credential_id
    )
    versions = select(CredentialVersion.id).where(CredentialVersion.credential_id == credential_id)
    return [
        (
            AWARDED,
            exists().where(
                Award.person_id == person_id,
                Award.credential_id == credential_id,
                Award.issued_at > at,
            ),
        ),
        (
            JUDGED,
            or_(
                exists().where(
                    Submission.enrolment_id.in_(begun),
                    or_(Submission.opened_at > at, Submission.decided_at > at),
                ),
                exists().where(Assessment.submission_id.in_(works), Assessment.begun_at > at),
                exists().where(Decision.assessment_id.in_(judged), Decision.decided_at > at),
            ),
        ),
        (
            HOURS,
            or_(
                exists().where(
                    HoursEntry.id.in_(hours),
                    HoursEntry.recorded_at > at,
                    HoursEntry.recorded_by_id != person_id,
                ),
                exists().where(HoursApproval.entry_id.in_(hours), HoursApproval.approved_at > at),
            ),
        ),
        (
            COACHED,
            exists().where(CoachMeeting.enrolment_id.in_(begun), CoachMeeting.logged_at > at),
        ),
        (
            REPORTED,
            exists().where(
                Completion.person_id == person_id,
                Completion.credential_version_id.in_(versions),
                Completion.licence_on >= at.date(),
            ),
        ),
    ]


def _stacked(session: Session, joined: JoinedAccount) -> set[str]:
    """Public ids of awards on which a stack rests that was decided on since."""
    decided = session.scalars(
        select(StackProposal.basis).where(
            StackProposal.person_id == joined.person_id,
            StackProposal.decided_at > joined.joined_at,
        )
    )
    return {public_id for basis in decided for public_id in basis}


def free(session: Session, one: Moved, staying: set[int]) -> list[int]:
    """Of rows that moved, those that belong to none of the credentials that stay."""
    table = Base.metadata.tables[one.table]
    if one.table == "stack_proposal":
        return [row.id for row in _proposals(session, one.rows, staying)]
    if one.table == "stack_award":
        return _stacks(session, StackAward.id.in_(one.rows), StackAward.id, staying)
    query = select(table.c.id).where(table.c.id.in_(one.rows))
    found = list(session.scalars(query.where(_credential(table).not_in(staying))))
    if one.table == "award":
        # The badge of a stack goes where the stack goes: it names the decision.
        found += _stacks(session, StackBadge.id.in_(one.rows), StackBadge.id, staying)
    return found


def _stacks(
    session: Session, condition: ColumnElement[bool], wanted: Any, staying: set[int]
) -> list[int]:
    """Of awarded stacks, what is wanted of those that rest on nothing that stays."""
    rows = session.execute(
        select(wanted, StackAward.proposal_id)
        .outerjoin_from(StackAward, StackBadge, StackBadge.decision == StackAward.public_id)
        .where(condition)
    ).all()
    going = _proposals(session, [proposal_id for _, proposal_id in rows], staying)
    ids = {proposal.id for proposal in going}
    return [number for number, proposal_id in rows if proposal_id in ids]


def _proposals(session: Session, ids: Sequence[int], staying: set[int]) -> list[StackProposal]:
    found = session.scalars(select(StackProposal).where(StackProposal.id.in_(ids))).all()
    public_ids = {public_id for proposal in found for public_id in proposal.basis}
    kept = set(
        session.scalars(
            select(Award.public_id).where(
                Award.public_id.in_(public_ids), Award.credential_id.in_(staying)
            )
        )
    )
    return [proposal for proposal in found if not kept & set(proposal.basis)]


def _credential(table: Table) -> ColumnElement[int]:
    """The credential a row is about, as a column or one query further."""
    if "credential_id" in table.c:
        return table.c.credential_id
    if table.name == CreditPosting.__tablename__:
        return (
            select(CredentialVersion.credential_id)
            .join(Completion, Completion.credential_version_id == CredentialVersion.id)
            .where(Completion.id == table.c.completion_id)
            .scalar_subquery()
        )
    return (
        select(CredentialVersion.credential_id)
        .where(CredentialVersion.id == table.c.credential_version_id)
        .scalar_subquery()
    )


def credential_of(session: Session, row: Mapping[str, Any]) -> int | None:
    """The credential a row that is gone was about; `None` where it was about none."""
    if "credential_id" in row:
        return int(row["credential_id"])
    if "credential_version_id" not in row:
        return None
    version = session.get(CredentialVersion, row["credential_version_id"])
    return version.credential_id if version else None


def _rows(moved: Sequence[Moved], table: str, column: str = "person_id") -> list[int]:
    return [
        number
        for one in moved
        if one.what is Fate.MOVED and (one.table, one.column) == (table, column)
        for number in one.rows
    ]
