"""Self-assessments: a learner's own ratings, saved one by one, finished once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from lti_tool.errors import Refused
from lti_tool.portfolio.enrolments import is_focus_open
from lti_tool.portfolio.locks import hold
from lti_tool.portfolio.models import (
    Artifact,
    Enrolment,
    GrowthEvidence,
    Occasion,
    SelfAssessment,
    SelfRating,
    Submission,
)
from lti_tool.programs.models import CredentialVersion


class FocusFirst(Refused):
    """The program asks for a focus before the baseline (S4-20)."""


class AlreadyFinished(Refused):
    """A finished self-assessment is kept as it was, so that growth can be seen against it."""


class BaselineComesFirst(Refused):
    """The closing self-assessment looks back on a baseline, which is not finished yet."""


class RatingUnknown(Refused):
    """A rating for a practice, scale or step the credential does not have."""

    status = 422


class RatingsMissing(Refused):
    """Not every practice was rated on every scale yet."""

    status = 422


class EvidenceMissing(RatingsMissing):
    """A closing self-assessment rests on at least one piece of the learner's work (S4-27)."""


@dataclass(frozen=True)
class Scale:
    """One scale of a credential, such as *knowledge* or *use*, with its steps in words."""

    slug: str
    title: str
    steps: tuple[str, ...]
    """Low to high; a rating is 1 to the number of steps."""
    question: str = ""
    """What the scale asks, where the program says it."""


Question = tuple[int, str]
"""An item's id and a scale's slug: one thing to rate."""


def scales_of(version: CredentialVersion) -> dict[str, Scale]:
    """The scales of the program and of the credential itself by slug, in package order."""
    described = [
        *version.program_version.document.get("scales", []),
        *version.details.get("scales", []),
    ]
    return {
        scale["slug"]: Scale(
            scale["slug"],
            scale["title"],
            tuple(scale["steps"]),
            scale.get("question", ""),
        )
        for scale in described
    }


def questions_of(version: CredentialVersion) -> list[Question]:
    """Everything there is to rate, in the order of the page."""
    return [(item.id, scale) for item in version.items for scale in item.scales]


def assessment_of(
    session: Session, enrolment: Enrolment, occasion: Occasion = Occasion.BASELINE
) -> SelfAssessment | None:
    """The learner's self-assessment on one occasion with its ratings, or `None`."""
    return session.scalars(
        select(SelfAssessment)
        .where(
            SelfAssessment.enrolment_id == enrolment.id,
            SelfAssessment.occasion == occasion,
        )
        .options(selectinload(SelfAssessment.ratings))
    ).first()


def answers_of(assessment: SelfAssessment | None) -> dict[Question, int]:
    """The ratings so far, by question."""
    if assessment is None:
        return {}
    return {(rating.item_id, rating.scale): rating.value for rating in assessment.ratings}


def by_slugs(
    version: CredentialVersion, assessment: SelfAssessment | None
) -> dict[tuple[str, str], int]:
    """The ratings by item's slug and scale's slug, as recommendations read them."""
    slugs = {item.id: item.slug for item in version.items}
    return {(slugs[item], scale): value for (item, scale), value in answers_of(assessment).items()}


def is_baseline_open(version: CredentialVersion, assessment: SelfAssessment | None) -> bool:
    """Whether the baseline is still owed before anything may be added (S4-25)."""
    if not version.baseline_required or not version.items:
        return False
    return assessment is None or assessment.completed_at is None


def rate(
    session: Session,
    enrolment: Enrolment,
    answers: Mapping[Question, int],
    *,
    occasion: Occasion = Occasion.BASELINE,
    now: datetime,
) -> SelfAssessment:
    """Keep the ratings given; others stay as they were, so that it can be left and resumed.

    Raises:
        FocusFirst: the program wants a focus before the baseline.
        BaselineComesFirst: the closing one was begun before the baseline was finished.
        AlreadyFinished: it was finished before.
        RatingUnknown: a question or a value that the credential does not have.
    """
    version = enrolment.credential_version
    if is_focus_open(enrolment):
        raise FocusFirst("Choose a focus first: it helps you to rate what matters to you.")
    if occasion is Occasion.FINAL and is_baseline_open(version, assessment_of(session, enrolment)):
        raise BaselineComesFirst("Finish the baseline first: this one looks back on it.")
    items = {item.id: item for item in version.items}
    scales = scales_of(version)
    for (item_id, slug), value in answers.items():
        item = items.get(item_id)
        if item is None or slug not in item.scales or slug not in scales:
            raise RatingUnknown("This practice is not part of the self-assessment.")
        if not 1 <= value <= len(scales[slug].steps):
            raise RatingUnknown(f"Choose one of the {len(scales[slug].steps)} steps.")
    # Two tabs that rate at once: the enrolment is the one row both must hold.
    hold(session, enrolment)
    assessment = assessment_of(session, enrolment, occasion)
    if assessment is None:
        assessment = SelfAssessment(enrolment=enrolment, occasion=occasion, begun_at=now)
        session.add(assessment)
    if assessment.completed_at is not None:
        raise AlreadyFinished(
            "You finished this self-assessment, and it is kept as it was, "
            "so that you can see later how far you came."
        )
    known = {(rating.item_id, rating.scale): rating for rating in assessment.ratings}
    for (item_id, slug), value in answers.items():
        if rating := known.get((item_id, slug)):
            rating.value = value
        else:
            session.add(
                SelfRating(self_assessment=assessment, item=items[item_id], scale=slug, value=value)
            )
    session.flush()  # the answers are read back by id
    return assessment


def missing(version: CredentialVersion, assessment: SelfAssessment | None) -> list[Question]:
    """The questions not rated yet, in the order of the page."""
    answers = answers_of(assessment)
    return [question for question in questions_of(version) if question not in answers]


def finish(
    session: Session,
    enrolment: Enrolment,
    *,
    occasion: Occasion = Occasion.BASELINE,
    now: datetime,
) -> SelfAssessment:
    """Finish it: every practice rated on every scale (S4-24), and kept so from now on.

    Raises:
        RatingsMissing: says how many are left.
        EvidenceMissing: a closing one that names no work (S4-27).
    """
    assessment = rate(session, enrolment, {}, occasion=occasion, now=now)
    left = missing(enrolment.credential_version, assessment)
    if left:
        count = "One rating is" if len(left) == 1 else f"{len(left)} ratings are"
        raise RatingsMissing(f"{count} still open. They are marked below.")
    is_owed = enrolment.credential_version.details.get("final_required", False)
    if occasion is Occasion.FINAL and is_owed and not evidence_of(session, [assessment]):
        raise EvidenceMissing(
            "Choose for at least one practice the work that shows how it has changed."
        )
    assessment.completed_at = now
    return assessment


@dataclass(frozen=True)
class OwnRatings:
    """A learner's self-assessments of one enrolment."""

    baseline: SelfAssessment | None = None
    final: SelfAssessment | None = None
    rests_on: bool = False
    """Whether the closing one names work that shows a change."""


def own_ratings(session: Session, enrolment: Enrolment) -> OwnRatings:
    """Baseline and closing self-assessment of an enrolment."""
    final = assessment_of(session, enrolment, Occasion.FINAL)
    return OwnRatings(
        assessment_of(session, enrolment),
        final,
        final is not None and bool(evidence_of(session, [final])),
    )


def evidence_of(
    session: Session, assessments: Collection[SelfAssessment]
) -> Sequence[GrowthEvidence]:
    """What these self-assessments rest on; work that was taken away counts no more."""
    return session.scalars(
        select(GrowthEvidence)
        .join(GrowthEvidence.artifact)
        .where(
            GrowthEvidence.self_assessment_id.in_([one.id for one in assessments]),
            Artifact.removed_at.is_(None),
        )
        .options(contains_eager(GrowthEvidence.artifact))
        .order_by(GrowthEvidence.id)
    ).all()


def works_of(session: Session, enrolment: Enrolment) -> Sequence[Artifact]:
    """All the learner has made on this way and not taken away: the newest attempt at each part."""
    newest = (
        select(func.max(Submission.id))
        .where(Submission.enrolment_id == enrolment.id)
        .group_by(Submission.part_id)
    )
    return session.scalars(
        select(Artifact)
        .where(Artifact.submission_id.in_(newest), Artifact.removed_at.is_(None))
        .order_by(Artifact.added_at, Artifact.id)
    ).all()


def rest_on(
    session: Session, enrolment: Enrolment, chosen: Mapping[int, str], *, now: datetime
) -> None:
    """Name the work that shows best how each practice has changed.

    It may be changed after the ratings were finished: they are a moment's word, this is a pointer.

    Args:
        session: the caller's transaction.
        enrolment: whose.
        chosen: an artifact's public id by item id; empty takes the choice back.
        now: when a closing self-assessment is begun with it.

    Raises:
        RatingUnknown: a practice the credential does not have, or work that is not theirs.
    """
    final = assessment_of(session, enrolment, Occasion.FINAL)
    if final is None:
        final = rate(session, enrolment, {}, occasion=Occasion.FINAL, now=now)
    items = {item.id: item for item in enrolment.credential_version.items}
    works = {work.public_id: work for work in works_of(session, enrolment)}
    known = {
        row.item_id: row
        for row in session.scalars(
            select(GrowthEvidence).where(GrowthEvidence.self_assessment_id == final.id)
        )
    }
    for item_id, public_id in chosen.items():
        if item_id not in items or (public_id and public_id not in works):
            raise RatingUnknown("Choose one of your own works that are still there.")
        row = known.get(item_id)
        if not public_id:
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(
                GrowthEvidence(
                    self_assessment=final, item=items[item_id], artifact=works[public_id]
                )
            )
        else:
            row.artifact = works[public_id]
    session.flush()


def is_final_open(version: CredentialVersion, assessment: SelfAssessment | None) -> bool:
    """Whether the program wants a closing self-assessment (S4-27) that is not there yet."""
    if not version.details.get("final_required", False) or not version.items:
        return False
    return assessment is None or assessment.completed_at is None
