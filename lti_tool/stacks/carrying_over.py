"""What was made for one credential and is worth a second look for another.

Two credentials that answer to the same place of a framework ask about the same thing, so an
artifact for the one may speak to the other. Whether it does is for the learner to say and for the
assessors to judge: nothing is handed in by itself.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.portfolio.models import Artifact, Enrolment, Submission
from lti_tool.programs.models import CredentialVersion
from lti_tool.stacks.reading import MemberState, Reading

STILL_OPEN = frozenset({MemberState.UNDER_WAY, MemberState.NOT_BEGUN, MemberState.TAKEN_BACK})

SHOWN = 6
"""Artifacts named at one place."""


@dataclass(frozen=True)
class SecondLook:
    """Artifacts of one credential that may speak to another, and why."""

    made_for: str
    worth_for: str
    places: tuple[str, ...]
    """Where both answer to, such as `Standard 10: School Improvement`."""
    artifacts: tuple[str, ...]


def second_looks(session: Session, reading: Reading) -> list[SecondLook]:
    """For each member that is still open: what was made for another one; two queries."""
    members = {member.credential_id: member for member in reading.members}
    still = [one for one in reading.members if one.state in STILL_OPEN]
    if not still:
        return []
    places = _places(session, reading.version_id, list(members))
    made = _made(session, reading.person_id, list(members))
    found = []
    for target in still:
        for source in reading.members:
            if source is target or source.credential_id not in made:
                continue
            both = [
                one
                for one in places.get(source.credential_id, ())
                if one in places.get(target.credential_id, ())
            ]
            if both:
                artifacts = made[source.credential_id][:SHOWN]
                found.append(SecondLook(source.title, target.title, tuple(both), tuple(artifacts)))
    return found


def _places(session: Session, version_id: int, credentials: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for credential_id, alignments in session.execute(
        select(CredentialVersion.credential_id, CredentialVersion.details["alignments"]).where(
            CredentialVersion.program_version_id == version_id,
            CredentialVersion.credential_id.in_(credentials),
        )
    ):
        found[credential_id] = [
            f"{one['code']}: {one['title']}" if "code" in one else one["title"]
            for one in alignments or ()
        ]
    return found


def _made(session: Session, person_id: int, credentials: Sequence[int]) -> dict[int, list[str]]:
    """Titles of what was made for each credential, once however many attempts there were."""
    found: dict[int, list[str]] = defaultdict(list)
    for credential_id, title in session.execute(
        select(CredentialVersion.credential_id, Artifact.title)
        .join(Artifact.submission)
        .join(Submission.enrolment)
        .join(Enrolment.credential_version)
        .where(
            Enrolment.person_id == person_id,
            CredentialVersion.credential_id.in_(credentials),
            Artifact.removed_at.is_(None),
        )
        .order_by(Artifact.id)
    ):
        if title and title not in found[credential_id]:
            found[credential_id].append(title)
    return found
