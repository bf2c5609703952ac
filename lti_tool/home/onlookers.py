"""What those see who look on: an observer their own people, an officer of the LMS figures only."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.badges.models import Award, AwardState
from lti_tool.home.roster import Line, Stage, Tone, begun_by, standing
from lti_tool.people.models import Course, Person
from lti_tool.portfolio.models import Feedback, Submission, SubmissionState


@dataclass(frozen=True)
class Judged:
    """One decision as an observer may know it: when, and how many criteria are met."""

    part: str
    words: str
    tone: Tone
    met: int
    of: int
    at: datetime | None


@dataclass(frozen=True)
class Seen:
    """One credential of one person who is observed."""

    title: str
    words: str
    tone: Tone
    since: datetime | None
    decisions: tuple[Judged, ...]
    earned_at: datetime | None
    """When the badge was awarded; `None` without one."""


@dataclass(frozen=True)
class Observed:
    """One person an observer may follow, and what they do in this course."""

    person: str
    credentials: tuple[Seen, ...]


def observed(session: Session, course: Course, watched: Collection[int]) -> list[Observed]:
    """Progress, decisions and awards of exactly these people in one course, by name (T-077).

    Neither what they handed in nor what their judges wrote to them. Test users are left out.
    """
    people = session.scalars(
        select(Person)
        .where(Person.id.in_(watched), Person.is_test.is_(False))
        .order_by(Person.name, Person.id)
    ).all()
    begun = begun_by(session, course, people)
    ids = [enrolment.id for one in begun.values() for enrolment, _, _ in one]
    decisions = _decisions(session, ids)
    awards = {
        (award.person_id, award.credential_id): award.issued_at
        for award in session.scalars(
            select(Award).where(
                Award.person_id.in_([person.id for person in people]),
                Award.state == AwardState.CURRENT,
            )
        )
    }
    found = []
    for person in people:
        credentials = []
        for enrolment, parts, given in begun[person.id]:
            words, tone, since, _ = standing(enrolment, parts, given)
            version = enrolment.credential_version
            earned_at = awards.get((person.id, version.credential_id))
            told = tuple(decisions[enrolment.id])
            credentials.append(Seen(version.title, words, tone, since, told, earned_at))
        found.append(Observed(person.name, tuple(credentials)))
    return found


def _decisions(session: Session, enrolment_ids: Sequence[int]) -> dict[int, list[Judged]]:
    """Every decision on these enrolments, oldest first."""
    counts = {
        row.submission_id: (row.met, row.whole)
        for row in session.execute(
            select(
                Feedback.submission_id,
                func.count().filter(Feedback.is_met.is_(True)).label("met"),
                func.count().label("whole"),
            )
            .join(Feedback.submission)
            .where(Submission.enrolment_id.in_(enrolment_ids))
            .group_by(Feedback.submission_id)
        )
    }
    told: dict[int, list[Judged]] = defaultdict(list)
    for row in session.scalars(
        select(Submission)
        .where(
            Submission.enrolment_id.in_(enrolment_ids),
            Submission.state.in_((SubmissionState.APPROVED, SubmissionState.RETURNED)),
        )
        .options(joinedload(Submission.part))
        .order_by(Submission.decided_at, Submission.id)
    ):
        is_approved = row.state is SubmissionState.APPROVED
        met, of = counts.get(row.id, (0, 0))
        told[row.enrolment_id].append(
            Judged(
                row.part.title,
                "Approved" if is_approved else "Returned",
                Tone.GOOD if is_approved else Tone.ATTENTION,
                met,
                of,
                row.decided_at,
            )
        )
    return told


@dataclass(frozen=True)
class Figure:
    """How many learners of a course stand where in one credential."""

    credential: str
    by_stage: tuple[tuple[str, int], ...]


def figures(lines: Sequence[Line]) -> list[Figure]:
    """A roster without its people: numbers alone, for who may see no more (T-074)."""
    counted: dict[str, Counter[Stage]] = defaultdict(Counter)
    for line in lines:
        counted[line.credential][line.stage] += 1
    return [
        Figure(
            credential or "Nothing begun yet",
            tuple((stage.value, counts[stage]) for stage in Stage if counts[stage]),
        )
        for credential, counts in sorted(counted.items(), key=lambda one: (not one[0], one[0]))
    ]
