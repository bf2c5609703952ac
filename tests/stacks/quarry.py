"""Programs with stacks, and people who earn their members."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.badges import awards
from lti_tool.badges.models import Award
from lti_tool.people.models import Person
from lti_tool.portfolio.models import Enrolment
from lti_tool.programs.models import CredentialVersion, ProgramVersion
from lti_tool.stacks import proposals
from lti_tool.stacks.reading import Reading, readings
from tests.badges.workshop import results_for
from tests.builders import NOON, a_credential_version, a_program_version

FOUR = ("one", "two", "three", "four")
ILLINOIS = {"timezone": "America/Chicago", "year_begins": "07-01", "year_named_by": "last-day"}
PONDS = {"slug": "ponds", "title": "Ponds", "rule": "all-of", "members": list(FOUR)}


class Quarry:
    """One program in one or more versions, each with small credentials of these slugs."""

    def __init__(
        self, session: Session, *stacks: dict[str, Any], slugs: tuple[str, ...] = FOUR, **more: Any
    ) -> None:
        self.session = session
        self.versions: list[ProgramVersion] = []
        self.of: dict[tuple[str, int], CredentialVersion] = {}
        self.slugs = slugs
        self.publish(*(stacks or (PONDS,)), **more)

    @property
    def version(self) -> ProgramVersion:
        """The current version."""
        return self.versions[-1]

    def publish(self, *stacks: dict[str, Any], **more: Any) -> None:
        """The next version of the program, with these stacks."""
        before = self.versions[-1] if self.versions else None
        number = len(self.versions) + 1
        version = a_program_version(before.program if before else None, number=number)
        version.document |= {"stacks": list(stacks), "calendar": ILLINOIS, **more}
        for slug in self.slugs:
            old = self.of.get((slug, number - 1))
            self.of[slug, number] = a_credential_version(
                program_version=version,
                credential=old.credential if old else None,
                slug=slug,
                title=f"Credential {slug}",
                items=0,
                criteria=1,
            )
        self.versions.append(version)
        self.session.add(version)
        self.session.flush()

    def begins(self, person: Person, slug: str, *, number: int = 0, at: datetime = NOON) -> None:
        """Somebody begins a credential in the current version, or in the one that is told."""
        version = self.of[slug, number or len(self.versions)]
        self.session.add_all(
            [person, Enrolment(person=person, credential_version=version, begun_at=at)]
        )
        self.session.flush()

    def earns(
        self, person: Person, *slugs: str, number: int = 0, at: datetime = NOON
    ) -> list[Award]:
        """Somebody begins credentials, and is awarded them at once; their stacks are looked at."""
        earned = []
        for slug in slugs:
            self.begins(person, slug, number=number, at=at)
            version = self.of[slug, number or len(self.versions)]
            earned.append(
                awards.award(
                    self.session,
                    person=person,
                    credential_version=version,
                    results=results_for(version),
                    now=at,
                )
            )
            proposals.look(self.session, person.id, now=at)
        return earned

    def reading(self, person: Person, slug: str = "ponds") -> Reading:
        """How somebody stands in one stack."""
        self.session.flush()
        self.session.expire_all()
        return next(one for one in readings(self.session, person.id) if one.stack.slug == slug)
