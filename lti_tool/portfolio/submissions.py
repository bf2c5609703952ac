"""Submissions: submit a draft, move it through judgement, open the next attempt."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound, Refused
from lti_tool.grades import outbox
from lti_tool.grades.models import ScoreEvent
from lti_tool.people import audit
from lti_tool.people.models import Person
from lti_tool.portfolio import artifacts, attempts, feedback, particulars, team_work
from lti_tool.portfolio.artifacts import AlreadySubmitted
from lti_tool.portfolio.feedback import Verdict
from lti_tool.portfolio.gaps import Gap, around, gaps_of, may_be_taken_up
from lti_tool.portfolio.locks import hold
from lti_tool.portfolio.models import (
    Artifact,
    DatedEntry,
    Enrolment,
    GrowthEvidence,
    Lack,
    Pointer,
    Submission,
    SubmissionState,
)
from lti_tool.programs.models import ArtifactRequirement, Part

ATTESTATION = (
    "This is my own work from my own practice. Where others helped or where I used their material, "
    "I say so in the work. I have taken out names and pictures that could identify a student, "
    "or I have the permission that my school asks for."
)
"""What a learner agrees to with every submission (S3-15); kept with it word for word."""


CONTEXT_LONGEST = 2000
"""Characters of what is different in a later attempt."""


class NotComplete(Refused):
    """Something the program asks for is missing; `gaps` says each and where to mend it."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        """Keep the gaps for the page."""
        count = "One thing is" if len(gaps) == 1 else f"{len(gaps)} things are"
        super().__init__(f"{count} still missing. Each is explained below.")
        self.gaps = tuple(gaps)


class AttestationMissing(Refused):
    """The learner has not confirmed that the work is their own (S3-15)."""

    status = 422


class StateRefused(Refused):
    """The work has moved on meanwhile, so this step does not fit any more."""


def submission_of(session: Session, enrolment: Enrolment, part: Part) -> Submission:
    """The newest attempt at a part.

    Raises:
        NotFound: the part is not one of the enrolment's own version.
    """
    submission = session.scalars(
        select(Submission)
        .where(Submission.enrolment_id == enrolment.id, Submission.part_id == part.id)
        .order_by(Submission.attempt.desc())
        .limit(1)
    ).first()
    if submission is None:
        raise NotFound("This is not part of what you are working on.")
    return submission


def find_own(session: Session, public_id: str, person: Person) -> Submission:
    """The person's own submission.

    Raises:
        NotFound: none of this person's, whether or not somebody else has it.
    """
    submission = session.scalars(
        select(Submission)
        .join(Submission.enrolment)
        .where(Submission.public_id == public_id, Enrolment.person_id == person.id)
    ).first()
    if submission is None:
        raise NotFound("There is no such work of yours here.")
    return submission


def submit(
    session: Session,
    submission: Submission,
    *,
    attested: bool,
    context: str = "",
    now: datetime,
) -> None:
    """Hand a draft in, whole and once (S3-27). From here on it never changes.

    Removed artifacts are deleted for good, the learner's attestation is kept with its words and
    time, goal and setting as they stand, and the LMS hears of it through the outbox (which knows
    what each product may hear).

    Args:
        session: the caller's transaction.
        submission: the draft.
        attested: whether the learner confirmed that it is their own work.
        context: in a later attempt, what is different, such as another lesson (S6-14).
        now: the moment of submitting.

    Raises:
        AlreadySubmitted: it was handed in before.
        NotComplete: baseline, artifacts, dates or coverage are missing.
        AttestationMissing: the learner has not confirmed that it is their own work.
    """
    hold(session, submission)
    if submission.state is not SubmissionState.DRAFT:
        raise AlreadySubmitted("You have submitted this already. There is nothing more to do here.")
    enrolment = submission.enrolment
    gaps = gaps_of(submission, around(session, enrolment))
    if gaps:
        raise NotComplete(gaps)
    if not attested:
        raise AttestationMissing("Please confirm that this is your own work, then submit.")

    submission.artifacts = submission.kept
    submission.state = SubmissionState.SUBMITTED
    submission.submitted_at = now
    submission.attested_at = now
    submission.attestation = ATTESTATION
    submission.goal, submission.setting = enrolment.goal, dict(enrolment.setting)
    submission.context = context.strip()[:CONTEXT_LONGEST]
    submission.opened_at = submission.incomplete_at = None
    submission.lacking = []
    person = enrolment.person
    audit.note(
        session,
        "portfolio.submit",
        submission.public_id,
        actor=person,
        now=now,
        attempt=submission.attempt,
    )
    if person.is_test:
        return  # T-078: an LMS's test user leaves nothing in a gradebook
    outbox.queue_score(
        session,
        person=person,
        credential=enrolment.credential_version.credential,
        score=None,
        event=ScoreEvent.SUBMITTED,
        comment="",
        review_id=submission.public_id,
        attempt=submission.attempt,
        started_at=submission.begun_at,
        submitted_at=now,
        part_slug=submission.part.slug,
        now=now,
    )


class JudgingBegun(Refused):
    """Somebody judges the work by now, so it cannot be taken back."""


class ChoiceRefused(Refused):
    """Only one's own earlier works that are met can be taken up (S5-15)."""

    status = 422


def take_up(
    session: Session, submission: Submission, chosen: Collection[str], *, now: datetime
) -> None:
    """Choose which of one's own earlier works this part builds on (S5-15).

    Fewer or more than the program asks for may be kept; only submitting needs the right number.

    Raises:
        AlreadySubmitted, BaselineFirst: nothing may be changed now.
        ChoiceRefused: a work that is somebody else's, not met, or not listed for this part.
    """
    artifacts.open_draft(session, submission)
    possible = {
        work.public_id: work
        for work in may_be_taken_up(submission.part, around(session, submission.enrolment))
    }
    if not set(chosen) <= set(possible):
        raise ChoiceRefused("Choose among your own works that are met.")
    submission.takes_up = [possible[public_id] for public_id in possible if public_id in chosen]
    audit.note(
        session,
        "portfolio.take-up",
        submission.public_id,
        actor=submission.enrolment.person,
        now=now,
    )


def withdraw(session: Session, submission: Submission, *, now: datetime) -> None:
    """Take submitted work back before anybody began to judge it; it is the same attempt still.

    Nothing is sent to the LMS: what it heard of is replaced when the work is submitted again.

    Raises:
        JudgingBegun: a judge has opened it.
        StateRefused: it is not waiting to be judged.
    """
    hold(session, submission)
    if submission.opened_at is not None:
        raise JudgingBegun(
            "An assessor has begun to read your work, so it cannot be taken back any more. "
            "If something is missing, it comes back to you with a comment."
        )
    if submission.state is not SubmissionState.SUBMITTED:
        raise StateRefused("Only work that waits to be judged can be taken back.")
    _unlock(submission)
    submission.withdrawn_at = now
    audit.note(
        session,
        "portfolio.withdraw",
        submission.public_id,
        actor=submission.enrolment.person,
        now=now,
    )


@dataclass(frozen=True)
class Missing:
    """A sign of completeness that a judge did not find, and a word on it."""

    sign: str
    words: str = ""
    requirement: ArtifactRequirement | None = None


def give_back_incomplete(
    session: Session, submission: Submission, missing: Sequence[Missing], *, now: datetime
) -> None:
    """Give work back unjudged because something is missing; it is the same attempt still.

    Raises:
        StateRefused: it is not waiting to be judged.
    """
    _move(session, submission, SubmissionState.SUBMITTED, SubmissionState.DRAFT)
    _unlock(submission)
    submission.incomplete_at = now
    submission.lacking = []
    session.add_all(
        Lack(
            submission=submission,
            requirement=one.requirement,
            sign=one.sign,
            words=one.words.strip(),
            told_at=now,
        )
        for one in missing
    )
    session.flush()


def _unlock(submission: Submission) -> None:
    submission.state = SubmissionState.DRAFT
    submission.submitted_at = submission.attested_at = submission.opened_at = None
    submission.attestation = ""


def mark_opened(session: Session, submission: Submission, *, now: datetime) -> None:
    """A judge has begun; from here on the learner cannot take it back.

    Raises:
        StateRefused: it does not wait to be judged (any more).
    """
    hold(session, submission)
    if submission.state is not SubmissionState.SUBMITTED:
        raise StateRefused("This work is not waiting for an assessor any more.")
    submission.opened_at = submission.opened_at or now


def mark_assessed(session: Session, submission: Submission) -> None:
    """An assessor has recommended; the approver is next."""
    _move(session, submission, SubmissionState.SUBMITTED, SubmissionState.ASSESSED)


def mark_reopened(session: Session, submission: Submission) -> None:
    """The approver asks the assessor to look again."""
    _move(session, submission, SubmissionState.ASSESSED, SubmissionState.SUBMITTED)


def close(
    session: Session,
    submission: Submission,
    *,
    approved: bool,
    verdicts: Sequence[Verdict],
    words: str,
    by: Person,
    now: datetime,
) -> Submission | None:
    """Let the learner know: approved, or returned with the next attempt opened for them.

    Args:
        session: the caller's transaction.
        submission: the assessed attempt.
        approved: whether the part is earned.
        verdicts: one for every criterion of the part.
        words: what the approver says about the work as a whole; may be empty.
        by: the approver.
        now: the moment of the decision.

    Returns:
        The new draft attempt where the work is returned and the program allows another.

    Raises:
        StateRefused: it is not waiting for a decision (any more).
        VerdictsIncomplete: a criterion has no verdict.
    """
    _move(
        session,
        submission,
        SubmissionState.ASSESSED,
        SubmissionState.APPROVED if approved else SubmissionState.RETURNED,
    )
    submission.decided_at = now
    submission.decided_by = by
    submission.decision_words = words.strip()
    feedback.release(session, submission, verdicts, now=now)
    if approved or attempts.is_last(submission):
        return None
    return next_attempt(session, submission, now=now)


def next_attempt(session: Session, submission: Submission, *, now: datetime) -> Submission:
    """Open the attempt after a returned one, with a copy of every artifact (S6-14).

    The copies share the bytes of unchanged files with the returned attempt, which stays as it was.

    Raises:
        StateRefused: the attempt was not returned.
    """
    if submission.state is not SubmissionState.RETURNED:
        raise StateRefused("Only returned work can be tried again.")
    newest = session.scalar(
        select(func.max(Submission.attempt)).where(
            Submission.enrolment_id == submission.enrolment_id,
            Submission.part_id == submission.part_id,
        )
    )
    if newest != submission.attempt:
        raise StateRefused("The next attempt is open already.")
    following = Submission(
        enrolment=submission.enrolment,
        part=submission.part,
        attempt=submission.attempt + 1,
        begun_at=now,
    )
    session.add(following)
    following.takes_up = list(submission.takes_up)
    with session.no_autoflush:  # what is half copied is not written yet
        copies = {artifact.id: _copy(artifact, following) for artifact in submission.artifacts}
        session.add_all(copies.values())
    session.flush()  # its address is shown at once
    team_work.carry(session, copies)
    for row in session.scalars(
        select(GrowthEvidence).where(GrowthEvidence.artifact_id.in_(copies))
    ):
        row.artifact = copies[row.artifact_id]
    return following


def _copy(artifact: Artifact, following: Submission) -> Artifact:
    copy = Artifact(
        submission=following,
        requirement=artifact.requirement,
        kind=artifact.kind,
        title=artifact.title,
        text=artifact.text,
        url=artifact.url,
        file_key=artifact.file_key,
        file_name=artifact.file_name,
        media_type=artifact.media_type,
        size=artifact.size,
        sha256=artifact.sha256,
        done_on=artifact.done_on,
        done_until=artifact.done_until,
        scope=artifact.scope,
        goal=artifact.goal,
        instrument=artifact.instrument,
        implements=artifact.implements,
        shows_people=artifact.shows_people,
        ticked=list(artifact.ticked),
        added_at=artifact.added_at,
        changed_at=artifact.changed_at,
        criteria=list(artifact.criteria),
    )
    copy.entries = [
        DatedEntry(artifact=copy, on_day=one.on_day, text=one.text, changed_at=one.changed_at)
        for one in artifact.entries
    ]
    copy.consents = particulars.consents_as_in(artifact, copy)
    copy.pointers = [
        Pointer(artifact=copy, criterion=one.criterion, words=one.words)
        for one in artifact.pointers
    ]
    return copy


def _move(
    session: Session,
    submission: Submission,
    expected: SubmissionState,
    target: SubmissionState,
) -> None:
    hold(session, submission)
    if submission.state is not expected:
        raise StateRefused(
            "This work has moved on while you were looking at it. Open it again from the queue."
        )
    submission.state = target
