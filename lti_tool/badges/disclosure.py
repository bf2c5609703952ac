"""What a badge says of how its earner did: the program's limits, and what somebody chose.

Nobody has to choose: without a word the program's default holds. What a badge shows is settled
when it is awarded, because it is part of what is signed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award, AwardState, Disclosure, DisclosureChoice
from lti_tool.errors import Refused
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion

WORDS = {
    Disclosure.LEVELS: "the level you reached in each criterion, and your points in total",
    Disclosure.MET: "that every criterion was met, without levels and points",
    Disclosure.NOTHING: "that you earned it, and nothing of your results",
}
"""What each shows, to go on with “Your badge shows …”."""


class NotOffered(Refused):
    """The program does not let a badge show this much, or this little."""

    status = 422


class AlreadyAwarded(Refused):
    """The badge is made, and what it shows is signed with it."""


@dataclass(frozen=True)
class Limits:
    """What one version of a credential lets its earners choose from."""

    allowed: tuple[Disclosure, ...]
    """From the most to the least."""
    default: Disclosure

    @classmethod
    def of(cls, version: CredentialVersion) -> Self:
        """What the credential states, else its program; everything where neither says a word."""
        stated: dict[str, Any] = (
            version.details.get("disclosure")
            or version.program_version.document.get("disclosure")
            or {}
        )
        named = stated.get("allowed") or [each.value for each in Disclosure]
        allowed = tuple(each for each in Disclosure if each.value in named)
        return cls(allowed, Disclosure(stated.get("default", allowed[0])))

    @property
    def is_choice(self) -> bool:
        """Whether there is anything to choose."""
        return len(self.allowed) > 1


def wanted(session: Session, person_id: int, version: CredentialVersion) -> Disclosure:
    """What a badge of this version will show, awarded now: what was chosen, or the default."""
    chosen = _find(session, person_id, version.credential_id)
    return _settled(version, chosen.disclosure if chosen else None)


def wanted_of_all(
    session: Session, person_id: int, versions: Iterable[CredentialVersion]
) -> dict[int, Disclosure]:
    """What the badges of these versions will show, by the version's id; one query."""
    rows = session.scalars(select(DisclosureChoice).where(DisclosureChoice.person_id == person_id))
    chosen = {row.credential_id: row.disclosure for row in rows}
    return {each.id: _settled(each, chosen.get(each.credential_id)) for each in versions}


def _settled(version: CredentialVersion, chosen: Disclosure | None) -> Disclosure:
    """A choice that a version does not offer, such as one made for an older one, gives way."""
    limits = Limits.of(version)
    return chosen if chosen and chosen in limits.allowed else limits.default


def choose(
    session: Session,
    person: Person,
    version: CredentialVersion,
    disclosure: Disclosure,
    *,
    now: datetime,
) -> None:
    """Choose what a badge that is still to be earned will show; it may be changed until then.

    Raises:
        AlreadyAwarded: the badge is made.
        NotOffered: the program does not allow it.
    """
    held = session.scalar(
        select(Award.id).where(
            Award.person_id == person.id,
            Award.credential_id == version.credential_id,
            Award.state == AwardState.CURRENT,
        )
    )
    if held is not None:
        raise AlreadyAwarded(
            "Your badge is made, and what it shows is part of what was signed. It can be changed "
            "only by issuing the badge again."
        )
    if disclosure not in Limits.of(version).allowed:
        raise NotOffered("Choose one of what your program offers.")
    found = _find(session, person.id, version.credential_id) or _begin(
        session, person, version, disclosure, now=now
    )
    found.disclosure, found.chosen_at = disclosure, now


def _find(session: Session, person_id: int, credential_id: int) -> DisclosureChoice | None:
    return session.scalars(
        select(DisclosureChoice).where(
            DisclosureChoice.person_id == person_id,
            DisclosureChoice.credential_id == credential_id,
        )
    ).one_or_none()


def _begin(
    session: Session,
    person: Person,
    version: CredentialVersion,
    disclosure: Disclosure,
    *,
    now: datetime,
) -> DisclosureChoice:
    fresh = DisclosureChoice(
        person_id=person.id,
        credential_id=version.credential_id,
        disclosure=disclosure,
        chosen_at=now,
    )
    try:
        with session.begin_nested():
            session.add(fresh)
    except IntegrityError:  # chosen in another tab at the same moment
        found = _find(session, person.id, version.credential_id)
        if found is None:
            raise
        return found
    return fresh
