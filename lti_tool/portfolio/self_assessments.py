"""Self-assessments: a learner's own ratings, saved one by one, finished once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lti_tool.errors import Refused
from lti_tool.portfolio.enrolments import is_focus_open
from lti_tool.portfolio.locks import hold
from lti_tool.portfolio.models import Enrolment, Occasion, SelfAssessment, SelfRating
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
    """
    assessment = rate(session, enrolment, {}, occasion=occasion, now=now)
    left = missing(enrolment.credential_version, assessment)
    if left:
        count = "One rating is" if len(left) == 1 else f"{len(left)} ratings are"
        raise RatingsMissing(f"{count} still open. They are marked below.")
    assessment.completed_at = now
    return assessment


@dataclass(frozen=True)
class OwnRatings:
    """A learner's self-assessments of one enrolment."""

    baseline: SelfAssessment | None = None
    final: SelfAssessment | None = None


def own_ratings(session: Session, enrolment: Enrolment) -> OwnRatings:
    """Baseline and closing self-assessment of an enrolment."""
    return OwnRatings(
        assessment_of(session, enrolment),
        assessment_of(session, enrolment, Occasion.FINAL),
    )


def is_final_open(version: CredentialVersion, assessment: SelfAssessment | None) -> bool:
    """Whether the program wants a closing self-assessment (S4-27) that is not there yet."""
    if not version.details.get("final_required", False) or not version.items:
        return False
    return assessment is None or assessment.completed_at is None
