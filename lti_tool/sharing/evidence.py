"""Which of their own work somebody shows behind the links of a badge, piece by piece.

Nothing is shown unless they chose it. What the program keeps private, such as a reflection on one's
own bias, and recordings of people whose permission is not noted can never be chosen (S3-09, S6-23).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lti_tool.badges.models import OVER, Award, Badge
from lti_tool.errors import NotFound, Refused
from lti_tool.people.audit import note
from lti_tool.portfolio.demands import demand_of
from lti_tool.portfolio.models import (
    Artifact,
    Enrolment,
    Submission,
    SubmissionState,
    TeamWork,
)
from lti_tool.programs.models import ArtifactRequirement, Part, Phase, Task
from lti_tool.sharing.models import EvidenceChoice, Face

SHOWN_BY = {
    Face.PUBLIC: frozenset[Face](),
    Face.EMPLOYER: frozenset({Face.EMPLOYER}),
    Face.FULL: frozenset({Face.EMPLOYER, Face.FULL}),
}
"""Which choices each face shows. The public one shows no work: it stays where the files are."""


class NotToBeShown(Refused):
    """A piece of work that no reader outside may ever see."""

    status = 422


@dataclass(frozen=True)
class Piece:
    """One piece of the work an award rests on, as its maker chooses about it."""

    artifact: Artifact
    face: Face | None
    """The smallest face that shows it; `None` while nobody sees it."""
    why_never: str
    """Why it can never be shown, in words; empty where it is theirs to choose."""
    made_together: bool
    """Whether others made it too, who are to be asked first."""
    names_people: bool
    """Whether it is likely to hold names."""


def pieces(session: Session, award: Badge) -> list[Piece]:
    """Everything an award rests on, in the order of the program; three queries."""
    artifacts = _artifacts(session, award)
    chosen = _chosen(session, award)
    together = _made_together(session, artifacts)
    return [
        Piece(
            artifact,
            face=None if (why := why_never(artifact)) else chosen.get(artifact.id),
            why_never=why,
            made_together=artifact.id in together,
            names_people=demand_of(artifact.requirement).names_people,
        )
        for artifact in artifacts
    ]


def shown(session: Session, award: Badge, face: Face) -> list[Artifact]:
    """The work that one face shows; asked anew each time, so that what may not be is never."""
    if face is Face.PUBLIC or award.state in OVER:
        return []
    chosen = _chosen(session, award)
    return [
        artifact
        for artifact in (_artifacts(session, award) if chosen else ())
        if chosen.get(artifact.id) in SHOWN_BY[face] and not why_never(artifact)
    ]


def find_shown(session: Session, award: Badge, face: Face, public_id: str) -> Artifact:
    """One piece of work that a face shows. Raises `NotFound`, whatever the reason."""
    for artifact in shown(session, award, face):
        if artifact.public_id == public_id:
            return artifact
    raise NotFound("There is nothing at this address, or it is not shown any more.")


def choose(
    session: Session, award: Badge, wishes: Mapping[str, Face | None], *, now: datetime
) -> None:
    """Settle who sees which piece, by its public id; pieces that are not named stay as they are.

    Raises:
        NotToBeShown: a piece that can never be shown, none of this award's, or the public face.
    """
    offered = {artifact.public_id: artifact for artifact in _artifacts(session, award)}
    before = _chosen(session, award)
    for public_id, face in wishes.items():
        artifact = offered.get(public_id)
        if artifact is None or face is Face.PUBLIC:
            raise NotToBeShown("Choose among the work this badge rests on.")
        if face is not None and (why := why_never(artifact)):
            raise NotToBeShown(f"“{artifact.title}” cannot be shown. {why}")
        if face is before.get(artifact.id):
            continue
        session.execute(
            delete(EvidenceChoice).where(
                EvidenceChoice.award_id == award.id, EvidenceChoice.artifact_id == artifact.id
            )
        )
        if face is not None:
            session.add(EvidenceChoice(award=award, artifact=artifact, face=face, chosen_at=now))
    session.flush()
    note(session, "sharing.evidence", award.public_id, actor=award.person, now=now)


def why_never(artifact: Artifact) -> str:
    """Why a piece of work can never be shown outside, in words; empty where it may be."""
    if artifact.requirement.is_private:
        return "Your program keeps it between you and those who judge it."
    if demand_of(artifact.requirement).asks_consent:
        if artifact.shows_people is None:
            return "It was not said whether somebody can be recognised in it."
        if artifact.shows_people and not artifact.consents:
            return "Somebody can be recognised in it, and no permission is noted."
    return ""


def _artifacts(session: Session, award: Badge) -> list[Artifact]:
    if not isinstance(award, Award):
        return []  # a stack rests on badges, each of which shows its own
    task = joinedload(Artifact.requirement).joinedload(ArtifactRequirement.task)
    found = session.scalars(
        select(Artifact)
        .join(Artifact.submission)
        .join(Submission.enrolment)
        .join(Submission.part)
        .where(
            Enrolment.person_id == award.person_id,
            Enrolment.credential_version_id == award.credential_version_id,
            Submission.state == SubmissionState.APPROVED,
            Artifact.removed_at.is_(None),
        )
        .options(
            task.joinedload(Task.phase).joinedload(Phase.part).joinedload(Part.credential_version),
            selectinload(Artifact.criteria),
            selectinload(Artifact.consents),
            selectinload(Artifact.entries),
        )
        .order_by(Part.position, Artifact.id)
    )
    return [artifact for artifact in found if artifact.counts]


def _chosen(session: Session, award: Badge) -> dict[int, Face]:
    rows = session.scalars(select(EvidenceChoice).where(EvidenceChoice.award_id == award.id))
    return {row.artifact_id: row.face for row in rows}


def _made_together(session: Session, artifacts: list[Artifact]) -> set[int]:
    numbers = [artifact.id for artifact in artifacts]
    return set(
        session.scalars(select(TeamWork.artifact_id).where(TeamWork.artifact_id.in_(numbers)))
    )
