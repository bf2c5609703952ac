"""Attempts: how often work may be submitted, and what has to happen before one more (S6-12).

Only attempts that were judged count. Work that was taken back, or came back because something was
missing, is the same attempt still.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.cohorts.models import CoachingEntry
from lti_tool.errors import Refused
from lti_tool.people import audit
from lti_tool.people.models import Person
from lti_tool.portfolio.models import CoachMeeting, Enrolment, Submission, SubmissionState
from lti_tool.programs.models import CredentialVersion

MEETING_LONGEST = 2000


class MeetingRefused(Refused):
    """A meeting that cannot be: a day to come, or before the work was returned."""

    status = 422


@dataclass(frozen=True)
class Limit:
    """How often the program lets work be submitted by itself."""

    maximum: int
    is_final: bool
    """Nothing follows the last attempt; otherwise a meeting with a coach opens one more."""


def limit_of(version: CredentialVersion) -> Limit | None:
    """What the program says, or `None` where it says nothing."""
    attempts = version.program_version.document.get("deciders", {}).get("attempts")
    if not attempts:
        return None
    return Limit(int(attempts["maximum"]), attempts["then"] == "closed")


def is_last(submission: Submission) -> bool:
    """Whether nothing may follow this attempt when it is returned."""
    limit = limit_of(submission.enrolment.credential_version)
    return limit is not None and limit.is_final and submission.attempt >= limit.maximum


def needs_meeting(submission: Submission) -> bool:
    """Whether a coach must have met the learner before this attempt is submitted."""
    limit = limit_of(submission.enrolment.credential_version)
    return limit is not None and not limit.is_final and submission.attempt > limit.maximum


def asks_meeting_after(submission: Submission) -> bool:
    """Whether a coach has to meet the learner after this returned attempt."""
    limit = limit_of(submission.enrolment.credential_version)
    return (
        limit is not None
        and not limit.is_final
        and submission.state is SubmissionState.RETURNED
        and submission.attempt >= limit.maximum
    )


def without_meeting(session: Session, drafts: Collection[Submission]) -> frozenset[int]:
    """Ids of the drafts whose meeting is still owed. No query where none needs one, else three."""
    held_up = [draft for draft in drafts if needs_meeting(draft)]
    if not held_up:
        return frozenset()
    enrolments = {draft.enrolment_id for draft in held_up}
    returned = {
        (enrolment_id, part_id): decided_at
        for enrolment_id, part_id, decided_at in session.execute(
            select(Submission.enrolment_id, Submission.part_id, func.max(Submission.decided_at))
            .where(
                Submission.enrolment_id.in_(enrolments),
                Submission.state == SubmissionState.RETURNED,
            )
            .group_by(Submission.enrolment_id, Submission.part_id)
        )
        if decided_at is not None
    }
    logged = session.scalars(
        select(CoachMeeting).where(CoachMeeting.enrolment_id.in_(enrolments))
    ).all()
    coached = session.scalars(
        select(CoachingEntry).where(
            CoachingEntry.learner_id.in_({draft.enrolment.person_id for draft in held_up})
        )
    ).all()

    def is_met(draft: Submission) -> bool:
        # Each return asks for a meeting of its own: what was noted before it does not count.
        since = returned[draft.enrolment_id, draft.part_id]
        credential_id = draft.enrolment.credential_version.credential_id
        noted = [one.logged_at for one in logged if one.enrolment_id == draft.enrolment_id]
        noted += [
            one.written_at
            for one in coached
            if one.learner_id == draft.enrolment.person_id and one.credential_id == credential_id
        ]
        return any(moment > since for moment in noted)

    return frozenset(draft.id for draft in held_up if not is_met(draft))


def log_meeting(
    session: Session,
    enrolment: Enrolment,
    *,
    met_on: date | None,
    words: str,
    by: Person,
    now: datetime,
) -> CoachMeeting:
    """Note that a coach met the learner, which opens one more attempt.

    Raises:
        MeetingRefused: no day, or a day to come.
    """
    if met_on is None or met_on > (now + timedelta(days=1)).date() or met_on.year < 2000:
        raise MeetingRefused("On which day did you meet? It cannot lie in the future.")
    meeting = CoachMeeting(
        enrolment=enrolment,
        logged_by=by,
        met_on=met_on,
        words=words.strip()[:MEETING_LONGEST],
        logged_at=now,
    )
    session.add(meeting)
    credential = enrolment.credential_version.credential
    audit.note(
        session,
        "portfolio.coach-meeting",
        f"{credential.program.slug}/{credential.slug}",
        actor=by,
        now=now,
    )
    return meeting


def meetings_of(session: Session, enrolment: Enrolment) -> Sequence[CoachMeeting]:
    """The meetings that were noted, oldest first."""
    return session.scalars(
        select(CoachMeeting)
        .where(CoachMeeting.enrolment_id == enrolment.id)
        .order_by(CoachMeeting.met_on, CoachMeeting.id)
    ).all()
