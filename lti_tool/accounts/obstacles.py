"""Why two people are not joined: said in plain words before anything changes."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Table, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from lti_tool.badges.models import Award, AwardState
from lti_tool.cohorts.models import (
    CoachingEntry,
    DeclaredConflict,
    RuleException,
    Team,
    TeamMember,
)
from lti_tool.credit.models import HoursApproval, HoursEntry
from lti_tool.database import Base
from lti_tool.launch.models import Deployment, PlatformUser
from lti_tool.people.models import Person, Visit
from lti_tool.people.roles import Role
from lti_tool.portfolio.models import CoachMeeting, Enrolment, Submission, SubmissionState
from lti_tool.review.models import Assessment, Decision
from lti_tool.stacks.models import StackAward, StackAwardState, StackProposal

NOBODY = (
    "One of the two is not a person's own account in an LMS: a test user, a guest, somebody whose"
    " data was erased, or an administrator of this tool."
)
ONE_LMS = (
    "Both accounts are in {name}. That LMS keeps them apart and sends grades to each, so they stay"
    " two here. Ask whoever runs the LMS to merge them there."
)
BOTH_STACKS = "Both accounts have completed the same stack, “{title}”, which a person does once."
ONE_TEAM = (
    "Both accounts are in the team “{title}”, which counts them as two people. Leave it with one of"
    " them first."
)
JUDGED = (
    "One of the two accounts has judged, approved, coached or granted something for the other, as"
    " two people do. Whoever runs the program has to look at that first."
)
TWO_HANDS = (
    "Each of the two accounts has had a part in judging the same work, where two different people"
    " are needed. Whoever runs the program has to look at that first."
)


def between(session: Session, keep: Person, leave: Person) -> list[str]:
    """Everything that keeps two accounts from becoming one; empty where nothing does."""
    if not (_is_somebody(session, keep) and _is_somebody(session, leave)):
        return [NOBODY]
    pair = (keep.id, leave.id)
    found = [ONE_LMS.format(name=name) for name in _same_lms(session, pair)]
    found += [BOTH_STACKS.format(title=title) for title in _both_stacks(session, pair)]
    found += [ONE_TEAM.format(title=title) for title in _one_team(session, pair)]
    if _has_judged(session, *pair) or _has_judged(session, *pair[::-1]):
        found.append(JUDGED)
    if _two_hands(session, *pair) or _two_hands(session, *pair[::-1]):
        found.append(TWO_HANDS)
    return found


def may_join_at_all(session: Session, person: Person) -> bool:
    """Whether somebody is a person with an account of their own in an LMS."""
    return _is_somebody(session, person)


def _is_somebody(session: Session, person: Person) -> bool:
    if person.is_test or person.erased_at is not None:
        return False
    has_account = exists().where(PlatformUser.person_id == person.id)
    is_guest = exists().where(Deployment.guest_id == person.id)
    administers = exists().where(Visit.person_id == person.id, Visit.role == Role.ADMINISTRATOR)
    return bool(session.scalar(select(and_(has_account, ~is_guest, ~administers))))


def _same_lms(session: Session, pair: tuple[int, int]) -> list[str]:
    one, two = aliased(PlatformUser), aliased(PlatformUser)
    found = session.scalars(
        select(one)
        .join(two, two.registration_id == one.registration_id)
        .where(one.person_id == pair[0], two.person_id == pair[1])
    ).unique()
    return sorted({account.registration.name for account in found})


def earned_in_both(session: Session, keep: Person, leave: Person) -> list[tuple[Award, Award]]:
    """Awards of one credential that both hold: that of the one who stays comes first."""
    one, two = aliased(Award), aliased(Award)
    rows = session.execute(
        select(one, two)
        .join(two, two.credential_id == one.credential_id)
        .where(
            one.person_id == keep.id,
            two.person_id == leave.id,
            one.state == AwardState.CURRENT,
            two.state == AwardState.CURRENT,
        )
        .order_by(one.id)
    )
    return [(mine, theirs) for mine, theirs in rows]


def _both_stacks(session: Session, pair: tuple[int, int]) -> list[str]:
    one, two = aliased(StackAward), aliased(StackAward)
    held = session.scalars(
        select(one)
        .join(two, and_(two.program_id == one.program_id, two.stack == one.stack))
        .where(
            one.person_id == pair[0],
            two.person_id == pair[1],
            one.state != StackAwardState.REVOKED,
            two.state != StackAwardState.REVOKED,
        )
    )
    return [_title_of(award) for award in held]


def _title_of(award: StackAward) -> str:
    stacks = award.program_version.document.get("stacks", [])
    return next((one["title"] for one in stacks if one["slug"] == award.stack), award.stack)


def _one_team(session: Session, pair: tuple[int, int]) -> list[str]:
    one, two = aliased(TeamMember), aliased(TeamMember)
    return list(
        session.scalars(
            select(Team.name)
            .join(one, one.team_id == Team.id)
            .join(two, two.team_id == Team.id)
            .where(
                one.person_id == pair[0],
                two.person_id == pair[1],
                one.left_at.is_(None),
                two.left_at.is_(None),
            )
        )
    )


# -- the same credential begun in both ---------------------------------------------------------


def _begun_in_both(session: Session, pair: tuple[int, int]) -> list[tuple[Enrolment, Enrolment]]:
    def of(person_id: int) -> dict[int, list[Enrolment]]:
        begun: dict[int, list[Enrolment]] = {}
        rows = session.scalars(
            select(Enrolment)
            .where(Enrolment.person_id == person_id)
            .join(Enrolment.credential_version)
            .order_by(Enrolment.id)
        )
        for row in rows:
            begun.setdefault(row.credential_version.credential_id, []).append(row)
        return begun

    one, two = of(pair[0]), of(pair[1])
    return [
        (mine, theirs)
        for credential in one
        if credential in two
        for mine in one[credential]
        for theirs in two[credential]
    ]


def worked_in_both(
    session: Session, keep: Person, leave: Person
) -> list[tuple[Enrolment, Enrolment]]:
    """Enrolments in one credential with something done in each."""
    return [
        (mine, theirs)
        for mine, theirs in _begun_in_both(session, (keep.id, leave.id))
        if not (is_bare(session, mine) or is_bare(session, theirs))
    ]


def bare_among(session: Session, keep: Person, leave: Person) -> list[Enrolment]:
    """Of enrolments in one credential, those with nothing in them that give way to the other's."""
    return [
        theirs if is_bare(session, theirs) else mine
        for mine, theirs in _begun_in_both(session, (keep.id, leave.id))
        if is_bare(session, theirs) or is_bare(session, mine)
    ]


def is_bare(session: Session, enrolment: Enrolment) -> bool:
    """Whether nothing was done in an enrolment but to begin it: at most drafts with nothing in."""
    tables = Base.metadata.tables
    drafts = session.scalars(
        select(Submission).where(Submission.enrolment_id == enrolment.id)
    ).all()
    if any(draft.state is not SubmissionState.DRAFT or draft.attempt > 1 for draft in drafts):
        return False
    hanging = [
        (table, name, {enrolment.id})
        for table, name in _hanging_on(tables.values(), "enrolment")
        if table.name != "submission"
    ]
    hanging += [
        (table, name, {draft.id for draft in drafts})
        for table, name in _hanging_on(tables.values(), "submission")
    ]
    return not any(
        session.scalar(select(exists().where(table.c[name].in_(ids))))
        for table, name, ids in hanging
    )


def _hanging_on(tables: Iterable[Table], target: str) -> list[tuple[Table, str]]:
    return [
        (table, column.name)
        for table in tables
        for column in table.columns
        if any(reference.column.table.name == target for reference in column.foreign_keys)
    ]


# -- what two people did for each other --------------------------------------------------------


def _has_judged(session: Session, judge: int, learner: int) -> bool:
    """Whether one account acted for the other where that takes somebody else."""
    theirs = select(Enrolment.id).where(Enrolment.person_id == learner)
    works = select(Submission.id).where(Submission.enrolment_id.in_(theirs))
    hours = select(HoursEntry.id).where(HoursEntry.person_id == learner)
    assessed = select(Assessment.id).where(Assessment.submission_id.in_(works))
    acts: Sequence[ColumnElement[bool]] = (
        exists().where(Assessment.assessor_id == judge, Assessment.submission_id.in_(works)),
        exists().where(Decision.approver_id == judge, Decision.assessment_id.in_(assessed)),
        exists().where(Submission.decided_by_id == judge, Submission.id.in_(works)),
        exists().where(HoursApproval.approver_id == judge, HoursApproval.entry_id.in_(hours)),
        exists().where(HoursEntry.recorded_by_id == judge, HoursEntry.person_id == learner),
        exists().where(StackProposal.decided_by_id == judge, StackProposal.person_id == learner),
        exists().where(CoachingEntry.coach_id == judge, CoachingEntry.learner_id == learner),
        exists().where(CoachMeeting.logged_by_id == judge, CoachMeeting.enrolment_id.in_(theirs)),
        exists().where(RuleException.granted_by_id == judge, RuleException.person_id == learner),
        exists().where(
            DeclaredConflict.judge_id == judge,
            DeclaredConflict.learner_id == learner,
            DeclaredConflict.is_lasting.is_(False),  # that they are one is no news
        ),
    )
    return bool(session.scalar(select(or_(*acts))))


def _two_hands(session: Session, assessor: int, approver: int) -> bool:
    """Whether the two decided on one work as assessor and approver."""
    both = (
        select(Decision.id)
        .join(Assessment, Assessment.id == Decision.assessment_id)
        .where(Assessment.assessor_id == assessor, Decision.approver_id == approver)
    )
    return session.scalar(both.limit(1)) is not None
