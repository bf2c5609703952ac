"""Two pieces of work on one credential, side by side: what is in each, and which one goes on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lti_tool.accounts import obstacles
from lti_tool.badges.models import Award, AwardState
from lti_tool.credit.models import HoursEntry
from lti_tool.people.models import Person
from lti_tool.portfolio.models import (
    Artifact,
    Enrolment,
    Feedback,
    Occasion,
    SelfAssessment,
    SelfRating,
    Submission,
    SubmissionState,
)
from lti_tool.portfolio.self_assessments import scales_of
from lti_tool.review.models import Assessment, AssessmentState

STATES = {
    SubmissionState.DRAFT: "draft",
    SubmissionState.SUBMITTED: "handed in, waits for an assessor",
    SubmissionState.ASSESSED: "assessed, waits for the second person",
    SubmissionState.RETURNED: "returned",
    SubmissionState.APPROVED: "approved",
}
BEING_READ = "handed in, an assessor has opened it"

OCCASIONS = {
    Occasion.BASELINE: "Your answers at the beginning",
    Occasion.FINAL: "Your answers at the end",
}
CHOOSE = "Choose the one you go on with."
NEITHER = (
    "Assessors are reading both, and work that is being judged cannot be set aside. Once one of"
    " them is decided, you can join the accounts."
)
BEING_JUDGED = (
    "An assessor has begun to read this one, so it goes on: work that is being judged cannot be"
    " set aside. If you would rather go on with the other, wait until it is decided."
)
EARNED = "You have earned the badge with this one, so it goes on. A badge always comes along."
EARNED_TWICE = (
    "You have earned this in both accounts, and it counts once. The badge you earned first stays"
    " your current one, and its work goes on. The other stays yours and genuine, beside it; credit"
    " that it brought is taken back, because the first brings it already."
)


@dataclass(frozen=True)
class Attempt:
    """One attempt at one part, in words and figures."""

    part: str
    """Title of the part."""
    number: int
    words: str
    artifacts: Sequence[Artifact]
    """What counts in it, in its order."""
    entries: int
    """Dated entries in all of them."""
    feedback: Sequence[Feedback]
    submission: Submission

    @property
    def met(self) -> int:
        """Criteria that are met."""
        return sum(one.is_met for one in self.feedback)


@dataclass(frozen=True)
class Piece:
    """One person's work on one credential."""

    enrolment: Enrolment
    attempts: Sequence[Attempt]
    ratings: int
    """Statements they have rated themselves on."""
    hours: Decimal
    award: Award | None
    """The badge it earned, while it is in force."""
    is_being_judged: bool
    touched_at: datetime
    """When something was last done in it."""

    @property
    def evidence(self) -> int:
        """Texts, files and links in the newest attempts."""
        newest = {one.part: one for one in self.attempts}
        return sum(len(one.artifacts) for one in newest.values())

    @property
    def is_handed_in(self) -> bool:
        """Whether something of it waits for an assessor."""
        return any(one.submission.state is SubmissionState.SUBMITTED for one in self.attempts)

    @property
    def is_partly_approved(self) -> bool:
        """Whether a part of it is approved."""
        return any(one.submission.state is SubmissionState.APPROVED for one in self.attempts)


@dataclass(frozen=True)
class Choice:
    """One credential that was worked on in both accounts."""

    credential_id: int
    title: str
    pieces: tuple[Piece, Piece]
    """That of the account that stays, and that of the one that leaves."""
    fixed: int | None
    """Number of the enrolment that goes on whatever is wished; `None` where it can be chosen."""
    is_stuck: bool
    words: str
    """What can be chosen and what cannot, and why."""

    def going_on(self, chosen: Mapping[int, int]) -> Piece | None:
        """The piece that goes on; `None` where nothing that fits was chosen."""
        wanted = self.fixed if self.fixed is not None else chosen.get(self.credential_id)
        return next((one for one in self.pieces if one.enrolment.id == wanted), None)

    def other_than(self, piece: Piece) -> Piece:
        """The one that is set aside."""
        one, two = self.pieces
        return two if piece is one else one


@dataclass(frozen=True)
class Answer:
    """What somebody said of one practice of theirs."""

    statement: str
    scale: str
    step: str


def answers(session: Session, enrolment: Enrolment) -> list[tuple[str, list[Answer]]]:
    """Every answer of an enrolment's self-assessments, with the title of each, in order."""
    scales = scales_of(enrolment.credential_version)
    return [
        (
            OCCASIONS[assessed.occasion],
            [
                Answer(
                    rating.item.statement,
                    scales[rating.scale].title,
                    scales[rating.scale].steps[rating.value - 1],
                )
                for rating in assessed.ratings
            ],
        )
        for assessed in session.scalars(
            select(SelfAssessment)
            .where(SelfAssessment.enrolment_id == enrolment.id)
            .options(selectinload(SelfAssessment.ratings).joinedload(SelfRating.item))
            .order_by(SelfAssessment.id)
        )
    ]


def choices(session: Session, keep: Person, leave: Person) -> list[Choice]:
    """Everything that was worked on in both, in the order in which the first began it."""
    pairs = obstacles.worked_in_both(session, keep, leave)
    found = pieces(session, [one for pair in pairs for one in pair])
    return [_choice(found[mine.id], found[theirs.id]) for mine, theirs in pairs]


def _choice(mine: Piece, theirs: Piece) -> Choice:
    fixed, words = _verdict(mine, theirs)
    version = mine.enrolment.credential_version
    return Choice(
        credential_id=version.credential_id,
        title=version.title,
        pieces=(mine, theirs),
        fixed=None if fixed is None else fixed.enrolment.id,
        is_stuck=words == NEITHER,
        words=words,
    )


def _verdict(mine: Piece, theirs: Piece) -> tuple[Piece | None, str]:
    if mine.award is not None and theirs.award is not None:
        return (mine if earlier(mine.award, theirs.award) is mine.award else theirs), EARNED_TWICE
    for piece in (mine, theirs):
        if piece.award is not None:
            return piece, EARNED
    if mine.is_being_judged and theirs.is_being_judged:
        return None, NEITHER
    for piece in (mine, theirs):
        if piece.is_being_judged:
            return piece, BEING_JUDGED
    return None, CHOOSE


def hold(session: Session, *people: int) -> None:
    """Let nobody hand in, judge or decide on work of these people meanwhile.

    Then the people themselves. Whoever does such things holds the enrolment, then the submission,
    and names people last: in another order two of them could wait for each other.
    """
    enrolments = select(Enrolment.id).where(Enrolment.person_id.in_(people))
    submissions = select(Submission.id).where(
        Submission.enrolment_id.in_(session.scalars(enrolments).all())
    )
    for query in (enrolments.order_by(Enrolment.id), submissions.order_by(Submission.id)):
        session.execute(query.with_for_update())


def earlier(one: Award, two: Award) -> Award:
    """Of two awards of one credential the one that was earned first."""
    return min(one, two, key=lambda award: (award.issued_at, award.id))


def pieces(session: Session, enrolments: Sequence[Enrolment]) -> dict[int, Piece]:
    """What is in each, by the number of the enrolment; the same few queries for any number."""
    ids = [one.id for one in enrolments]
    if not ids:
        return {}
    works: dict[int, list[Submission]] = {one: [] for one in ids}
    for work in session.scalars(
        select(Submission)
        .where(Submission.enrolment_id.in_(ids))
        .options(
            joinedload(Submission.part),
            selectinload(Submission.artifacts).options(
                joinedload(Artifact.requirement),
                selectinload(Artifact.entries),
                selectinload(Artifact.criteria),
                selectinload(Artifact.consents),
                selectinload(Artifact.pointers),
            ),
        )
        .order_by(Submission.part_id, Submission.attempt)
        .execution_options(populate_existing=True)
    ):
        works[work.enrolment_id].append(work)
    told = _feedback(session, ids)
    ratings = _ratings(session, ids)
    judging = _being_judged(session, ids)
    hours = _hours(session, enrolments)
    awards = _awards(session, enrolments)

    def piece(one: Enrolment) -> Piece:
        mine = works[one.id]
        key = (one.person_id, one.credential_version.credential_id)
        return Piece(
            enrolment=one,
            attempts=[_attempt(work, told.get(work.id, [])) for work in mine],
            ratings=ratings.get(one.id, 0),
            hours=hours.get(key, Decimal(0)),
            award=awards.get(key),
            is_being_judged=any(work.id in judging or _is_being_judged(work) for work in mine),
            touched_at=max(_moments(one, mine)),
        )

    return {one.id: piece(one) for one in enrolments}


def _moments(enrolment: Enrolment, works: Iterable[Submission]) -> list[datetime]:
    found = [enrolment.begun_at]
    for work in works:
        found += [at for at in (work.submitted_at, work.decided_at) if at is not None]
        found += [artifact.changed_at for artifact in work.artifacts]
    return found


def _is_being_judged(work: Submission) -> bool:
    return work.state is SubmissionState.ASSESSED or (
        work.state is SubmissionState.SUBMITTED and work.opened_at is not None
    )


def _attempt(work: Submission, feedback: Sequence[Feedback]) -> Attempt:
    given = [artifact for artifact in work.artifacts if artifact.counts]
    is_read = work.state is SubmissionState.SUBMITTED and work.opened_at is not None
    return Attempt(
        part=work.part.title,
        number=work.attempt,
        words=BEING_READ if is_read else STATES[work.state],
        artifacts=given,
        entries=sum(len(artifact.entries) for artifact in given),
        feedback=feedback,
        submission=work,
    )


def _feedback(session: Session, ids: Sequence[int]) -> dict[int, list[Feedback]]:
    found: dict[int, list[Feedback]] = {}
    for row in session.scalars(
        select(Feedback)
        .where(
            Feedback.submission_id.in_(
                select(Submission.id).where(Submission.enrolment_id.in_(ids))
            )
        )
        .options(joinedload(Feedback.criterion), joinedload(Feedback.level))
        .order_by(Feedback.id)
    ):
        found.setdefault(row.submission_id, []).append(row)
    return found


def _ratings(session: Session, ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(SelfAssessment.enrolment_id, func.count())
        .join(SelfAssessment.ratings)
        .where(SelfAssessment.enrolment_id.in_(ids))
        .group_by(SelfAssessment.enrolment_id)
    )
    return {row[0]: row[1] for row in rows}


def _being_judged(session: Session, ids: Sequence[int]) -> set[int]:
    live = (AssessmentState.OPEN, AssessmentState.RECOMMENDED)
    return set(
        session.scalars(
            select(Assessment.submission_id).where(
                Assessment.state.in_(live),
                Assessment.submission_id.in_(
                    select(Submission.id).where(Submission.enrolment_id.in_(ids))
                ),
            )
        )
    )


def _hours(session: Session, enrolments: Sequence[Enrolment]) -> dict[tuple[int, int], Decimal]:
    rows = session.execute(
        select(HoursEntry.person_id, HoursEntry.credential_id, func.sum(HoursEntry.hours))
        .where(HoursEntry.person_id.in_({one.person_id for one in enrolments}))
        .group_by(HoursEntry.person_id, HoursEntry.credential_id)
    )
    return {(person_id, credential_id): Decimal(total) for person_id, credential_id, total in rows}


def _awards(session: Session, enrolments: Sequence[Enrolment]) -> dict[tuple[int, int], Award]:
    return {
        (award.person_id, award.credential_id): award
        for award in session.scalars(
            select(Award).where(
                Award.person_id.in_({one.person_id for one in enrolments}),
                Award.state == AwardState.CURRENT,
            )
        )
    }
