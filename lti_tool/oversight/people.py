"""One participant for those who run the program: credentials, attempts, artifacts, contact.

What was handed in is shown, with what the judges released. A draft is the participant's own until
they let coaches see it, which the room of cohorts decides; that there is one is all that is told.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lti_tool.cohorts import coaching
from lti_tool.cohorts.models import CoachingEntry, Cohort, CohortMember, RuleException
from lti_tool.cohorts.rules import coaches_see_all_drafts
from lti_tool.errors import NotFound
from lti_tool.oversight.overview import Mark, find_person
from lti_tool.oversight.scope import HIDDEN, Scope, versions_in
from lti_tool.oversight.standings import Standing, standings
from lti_tool.people.models import Person
from lti_tool.portfolio.models import (
    Artifact,
    CoachMeeting,
    Enrolment,
    Feedback,
    Submission,
    SubmissionState,
)
from lti_tool.programs.models import Credential, CredentialVersion, Criterion, Part
from lti_tool.stacks.reading import Reading, readings

STATE_WORDS = {
    SubmissionState.DRAFT: "Draft",
    SubmissionState.SUBMITTED: "Waits for an assessor",
    SubmissionState.ASSESSED: "Waits for the approver",
    SubmissionState.RETURNED: "Returned",
    SubmissionState.APPROVED: "Approved",
}
STATE_TONES = {
    SubmissionState.SUBMITTED: "now",
    SubmissionState.ASSESSED: "now",
    SubmissionState.RETURNED: "attention",
    SubmissionState.APPROVED: "good",
}


@dataclass(frozen=True)
class Attempt:
    """One attempt at one part."""

    work: Submission
    given: Sequence[Artifact]
    """What was handed in; empty for a draft."""
    count: int
    """How many artifacts there are, drafts included."""
    feedback: Sequence[Feedback]

    @property
    def words(self) -> str:
        """The state in words."""
        return STATE_WORDS[self.work.state]

    @property
    def tone(self) -> str:
        """How the word is marked on the page."""
        return STATE_TONES.get(self.work.state, "")

    @property
    def is_draft(self) -> bool:
        """Whether it was not handed in."""
        return self.work.state is SubmissionState.DRAFT

    @property
    def when(self) -> datetime:
        """When it came to stand where it stands."""
        return self.work.decided_at or self.work.submitted_at or self.work.begun_at

    @property
    def unmet(self) -> list[Feedback]:
        """What the judges found not yet met."""
        return [row for row in self.feedback if not row.is_met]


@dataclass(frozen=True)
class PartSeen:
    """One part with its attempts, the newest first."""

    part: Part
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class CredentialSeen:
    """One credential somebody has begun."""

    version: CredentialVersion
    mark: Mark
    begun_at: datetime
    parts: tuple[PartSeen, ...]
    meetings: Sequence[CoachMeeting]
    contacts: Sequence[CoachingEntry]
    may_read_draft: bool

    @property
    def has_draft(self) -> bool:
        """Whether a draft with something in it is there."""
        return any(
            attempt.is_draft and attempt.count for part in self.parts for attempt in part.attempts
        )


@dataclass(frozen=True)
class Seen:
    """One participant."""

    person: Person
    credentials: tuple[CredentialSeen, ...]
    cohorts: Sequence[CohortMember]
    exceptions: Sequence[RuleException]


def seen(session: Session, scope: Scope, person_id: int, *, viewer: Person, now: datetime) -> Seen:
    """One of the people somebody may see. Raises `NotFound` for any other."""
    person = find_person(session, scope, person_id)
    enrolments = session.scalars(
        select(Enrolment)
        .join(Enrolment.credential_version)
        .where(
            Enrolment.person_id == person.id,
            Enrolment.credential_version_id.in_(versions_in(scope)),
        )
        .options(
            joinedload(Enrolment.credential_version).options(
                joinedload(CredentialVersion.credential), selectinload(CredentialVersion.parts)
            )
        )
        .order_by(CredentialVersion.position, Enrolment.id)
    ).all()
    ids = [enrolment.id for enrolment in enrolments]
    works: dict[tuple[int, int], list[Submission]] = defaultdict(list)
    for work in session.scalars(
        select(Submission)
        .where(Submission.enrolment_id.in_(ids))
        .options(selectinload(Submission.artifacts).joinedload(Artifact.requirement))
        .order_by(Submission.attempt.desc())
    ):
        works[work.enrolment_id, work.part_id].append(work)
    feedback: dict[int, list[Feedback]] = defaultdict(list)
    for row in session.scalars(
        select(Feedback)
        .join(Feedback.submission)
        .join(Feedback.criterion)
        .where(Submission.enrolment_id.in_(ids))
        .options(joinedload(Feedback.level), joinedload(Feedback.criterion))
        .order_by(Criterion.position)
    ):
        feedback[row.submission_id].append(row)
    meetings = session.scalars(
        select(CoachMeeting).where(CoachMeeting.enrolment_id.in_(ids)).order_by(CoachMeeting.met_on)
    ).all()
    contacts = session.scalars(
        select(CoachingEntry)
        .where(CoachingEntry.learner_id == person.id)
        .options(joinedload(CoachingEntry.coach))
        .order_by(CoachingEntry.met_on.desc(), CoachingEntry.id.desc())
    ).all()
    found = standings(scope, select(Person.id).where(Person.id == person.id))
    marks = {
        row.enrolment_id: Mark("", Standing(row.standing), row.attempt, row.approved, row.parts)
        for row in session.execute(select(found))
    }
    credentials = {one.credential_version.credential for one in enrolments}
    open_drafts = _drafts_to_read(session, scope, person, credentials, viewer=viewer, now=now)
    return Seen(
        person=person,
        credentials=tuple(
            CredentialSeen(
                version=one.credential_version,
                mark=marks[one.id],
                begun_at=one.begun_at,
                parts=_parts(one, works, feedback),
                meetings=[row for row in meetings if row.enrolment_id == one.id],
                contacts=[
                    row
                    for row in contacts
                    if row.credential_id == one.credential_version.credential_id
                ],
                may_read_draft=one.credential_version.credential_id in open_drafts,
            )
            for one in enrolments
            if one.id in marks
        ),
        cohorts=session.scalars(
            select(CohortMember)
            .join(CohortMember.cohort)
            .where(CohortMember.person_id == person.id, Cohort.program_id == scope.program.id)
            .options(joinedload(CohortMember.cohort), joinedload(CohortMember.organisation))
            .order_by(CohortMember.id)
        ).all(),
        exceptions=session.scalars(
            select(RuleException)
            .where(
                RuleException.program_id == scope.program.id,
                RuleException.person_id == person.id,
                RuleException.ended_at.is_(None),
            )
            .options(joinedload(RuleException.granted_by))
            .order_by(RuleException.id)
        ).all(),
    )


def _drafts_to_read(
    session: Session,
    scope: Scope,
    person: Person,
    credentials: Collection[Credential],
    *,
    viewer: Person,
    now: datetime,
) -> set[int]:
    """Ids of the credentials whose draft the viewer may read; asked once for all of them.

    What differs between credentials of one program is only whether the draft is shared.
    """
    shared = coaching.shares_of(session, person)
    is_open = coaches_see_all_drafts(scope.version.document)
    let_in = [one for one in credentials if is_open or one.id in shared]
    if not let_in or not coaching.may_read_draft(session, viewer, person, let_in[0], now=now):
        return set()
    return {one.id for one in let_in}


def _parts(
    enrolment: Enrolment,
    works: Mapping[tuple[int, int], Sequence[Submission]],
    feedback: Mapping[int, Sequence[Feedback]],
) -> tuple[PartSeen, ...]:
    return tuple(
        PartSeen(
            part,
            tuple(
                Attempt(
                    work,
                    () if work.state is SubmissionState.DRAFT else handed_in(work),
                    len(work.kept),
                    feedback.get(work.id, ()),
                )
                for work in works.get((enrolment.id, part.id), ())
            ),
        )
        for part in enrolment.credential_version.parts
    )


def handed_in(work: Submission) -> list[Artifact]:
    """What of a submitted attempt is for others than its judges to read.

    What a program keeps out of public evidence, such as a reflection on one's own bias, stays
    between the participant and the judges (S3-09).
    """
    return [artifact for artifact in work.kept if not artifact.requirement.is_private]


def find_artifact(
    session: Session, scope: Scope, person_id: int, public_id: str
) -> tuple[Person, Artifact]:
    """One artifact that somebody handed in.

    Raises:
        NotFound: there is none, it is a draft or private, or the person is not theirs to see.
    """
    person = find_person(session, scope, person_id)
    found = session.scalars(
        select(Artifact)
        .join(Artifact.submission)
        .join(Submission.enrolment)
        .where(
            Artifact.public_id == public_id,
            Enrolment.person_id == person.id,
            Enrolment.credential_version_id.in_(versions_in(scope)),
            Submission.state != SubmissionState.DRAFT,
        )
        .options(
            selectinload(Artifact.criteria),
            joinedload(Artifact.requirement),
            joinedload(Artifact.submission).options(
                joinedload(Submission.part),
                joinedload(Submission.enrolment).joinedload(Enrolment.credential_version),
                selectinload(Submission.artifacts).joinedload(Artifact.requirement),
            ),
        )
    ).one_or_none()
    if found is None or found not in handed_in(found.submission):
        raise NotFound(HIDDEN)
    return person, found


def feedback_on(session: Session, artifact: Artifact) -> list[Feedback]:
    """What the judges released on the criteria an artifact is tagged to."""
    return list(
        session.scalars(
            select(Feedback)
            .join(Feedback.criterion)
            .where(
                Feedback.submission_id == artifact.submission_id,
                Feedback.criterion_id.in_([one.id for one in artifact.criteria]),
            )
            .options(joinedload(Feedback.level), joinedload(Feedback.criterion))
            .order_by(Criterion.position)
        )
    )


def stacks_of(session: Session, scope: Scope, person: Person) -> list[Reading]:
    """The stacks of the program that somebody has begun (S6-21)."""
    return [
        one
        for one in readings(session, person.id)
        if one.program_id == scope.program.id and one.is_begun
    ]
