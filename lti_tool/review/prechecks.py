"""Before judging: work in which something is missing goes back without a word on its quality.

It is not judged, so it does not count as an attempt (requirements S6-03, S4-35). What is looked for
are the signs of completeness of the package, and that everything can be opened and understood.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.errors import Refused
from lti_tool.people import audit
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio import submissions
from lti_tool.portfolio.demands import demand_of
from lti_tool.portfolio.locks import hold
from lti_tool.portfolio.models import Submission, SubmissionState
from lti_tool.portfolio.submissions import Missing
from lti_tool.programs.models import ArtifactRequirement
from lti_tool.review.assessments import NotWaiting, TakenBySomebodyElse, last_sent_back
from lti_tool.review.assessments import live_assessment as live
from lti_tool.review.judges import require_judge
from lti_tool.review.models import Assessment, AssessmentState, Rating

CLEAR = "It can be opened, and read or heard clearly."
"""The one sign that is asked of everything, written or filmed (S4-35)."""

WORDS_LONGEST = 1000


class SignsMissing(Refused):
    """Giving work back unjudged needs at least one sign that was not found, and a word on it."""

    status = 422


@dataclass(frozen=True)
class Signs:
    """What is looked for in the artifacts of one requirement."""

    requirement: ArtifactRequirement
    signs: tuple[str, ...]


def signs_of(work: Submission) -> list[Signs]:
    """What is looked for before this work is judged, in the order of its tasks."""
    given = {artifact.requirement_id for artifact in work.artifacts}
    return [
        Signs(requirement, (CLEAR, *demand_of(requirement).checklist))
        for requirement in work.part.requirements
        if requirement.id in given
    ]


def may_give_back(session: Session, work: Submission, person: Person) -> bool:
    """Whether nobody has judged it yet, and nobody else has begun to."""
    standing = live(session, work)
    return (
        work.state is SubmissionState.SUBMITTED
        and last_sent_back(session, work) is None
        and (standing is None or standing.assessor_id == person.id)
    )


def give_back(
    session: Session,
    work: Submission,
    *,
    assessor: Person,
    not_found: Mapping[int, Collection[int]],
    words: Mapping[int, str],
    now: datetime,
) -> None:
    """Give work back to its maker because something is missing in it.

    Args:
        session: the caller's transaction.
        work: the submitted work.
        assessor: who looked.
        not_found: by requirement id, the places of the signs that were not found.
        words: by requirement id, what to mend.
        now: the moment.

    Raises:
        NotAppointed, OwnWork, ConflictOfInterest: this person may not look at this work.
        NotWaiting: it was judged, or taken back.
        TakenBySomebodyElse: a colleague has begun to judge it.
        SignsMissing: nothing is missing, or there is no word on what.
    """
    require_judge(session, assessor, work, Seat.ASSESSOR, now=now)
    hold(session, work)
    standing = live(session, work)
    if standing is not None and standing.assessor_id != assessor.id:
        raise TakenBySomebodyElse("A colleague is already assessing this work.")
    if not may_give_back(session, work, assessor):
        raise NotWaiting("This work was judged already, so it cannot go back unjudged.")
    missing = []
    for looked in signs_of(work):
        number = looked.requirement.id
        said = words.get(number, "").strip()[:WORDS_LONGEST]
        for place in sorted(set(not_found.get(number, ()))):
            if not 0 <= place < len(looked.signs):
                raise Refused("That sign does not belong to this work. Open the page again.")
            if not said:
                raise SignsMissing(f"Say what to mend in “{looked.requirement.title}”.")
            missing.append(Missing(looked.signs[place], said, looked.requirement))
    if not missing:
        raise SignsMissing("Mark at least one sign that you did not find.")
    begun = select(Assessment.id).where(
        Assessment.submission_id == work.id, Assessment.state == AssessmentState.OPEN
    )
    session.execute(delete(Rating).where(Rating.assessment_id.in_(begun)))
    session.execute(
        delete(Assessment).where(
            Assessment.submission_id == work.id, Assessment.state == AssessmentState.OPEN
        )
    )
    submissions.give_back_incomplete(session, work, missing, now=now)
    audit.note(
        session,
        "review.give-back-incomplete",
        work.public_id,
        actor=assessor,
        now=now,
        signs=len(missing),
    )
