"""Programs with stacks, and people who earn their members."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import awards
from lti_tool.badges.models import Award
from lti_tool.database import opaque_id
from lti_tool.people.models import Person
from lti_tool.portfolio import enrolments
from lti_tool.portfolio.models import Enrolment, Submission, SubmissionState
from lti_tool.programs.models import CredentialVersion, ProgramVersion
from lti_tool.stacks import proposals
from lti_tool.stacks.models import (
    BroughtBadge,
    BroughtState,
    Intention,
    ProposalState,
    Recognition,
    StackAward,
    StackProposal,
)
from lti_tool.stacks.reading import Reading, readings
from tests.badges.workshop import results_for
from tests.builders import NOON, a_credential_version, a_program_version
from tests.holdings.cabinet import a_held_badge

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
        self.session.add(person)
        self.session.flush()
        version = self.of[slug, number or len(self.versions)]
        enrolments.begin(self.session, person, version, now=at)

    def earns(
        self, person: Person, *slugs: str, number: int = 0, at: datetime = NOON
    ) -> list[Award]:
        """Somebody begins credentials, and is awarded them at once; their stacks are looked at."""
        earned = []
        for slug in slugs:
            self.begins(person, slug, number=number, at=at)
            version = self.of[slug, number or len(self.versions)]
            self._approved(person, version, at)
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

    def _approved(self, person: Person, version: CredentialVersion, at: datetime) -> None:
        for work in self.session.scalars(
            select(Submission)
            .join(Submission.enrolment)
            .where(Enrolment.person_id == person.id, Enrolment.credential_version == version)
        ):
            work.state, work.decided_at = SubmissionState.APPROVED, at

    def reading(self, person: Person, slug: str = "ponds") -> Reading:
        """How somebody stands in one stack."""
        self.session.flush()
        self.session.expire_all()
        return next(one for one in readings(self.session, person.id) if one.stack.slug == slug)


def with_everything(
    session: Session, person: Person, version: CredentialVersion, decider: Person
) -> None:
    """A plan, two proposals, a stack that holds, what it was taken for, a badge from elsewhere.

    And what the person did for others: they decided on somebody's stack.
    """

    def a_proposal(whose: Person, stack: str, by: Person | None) -> StackProposal:
        return StackProposal(
            person_id=whose.id,
            program_id=version.program_version.program_id,
            program_version_id=version.program_version_id,
            stack=stack,
            basis=["x"],
            proposed_at=NOON,
            state=ProposalState.APPROVED if by else ProposalState.WAITING,
            decided_by_id=by.id if by else None,
            reason=f"{whose.name} did well" if by else "",
        )

    other = Person(name=f"Mason {opaque_id()[:4]}", email=None, created_at=NOON)
    session.add(other)
    session.flush()
    mine, theirs = a_proposal(person, "ponds", decider), a_proposal(other, "ponds", person)
    session.add_all([mine, theirs, a_proposal(person, "lakes", None)])
    session.add(
        Intention(
            person_id=person.id,
            credential_id=version.credential_id,
            begins_on=NOON.date(),
            planned_at=NOON,
        )
    )
    session.flush()
    for proposal, by in ((mine, decider), (theirs, person)):
        held = a_held_badge(whose=proposal.person_id)
        session.add(held)
        session.flush()
        session.add(
            BroughtBadge(
                person_id=proposal.person_id,
                program_id=proposal.program_id,
                stack="ponds",
                stands_for="one",
                held_id=held.id,
                brought_at=NOON,
                state=BroughtState.ACCEPTED,
                decided_by_id=by.id,
                decided_at=NOON,
                reason="",
            )
        )
        award = StackAward(
            person_id=proposal.person_id,
            program_id=proposal.program_id,
            program_version_id=proposal.program_version_id,
            stack="ponds",
            proposal_id=proposal.id,
            awarded_at=NOON,
        )
        session.add(award)
        session.flush()
        session.add(
            Recognition(
                award_id=award.id,
                title="Six points",
                by="Prairie University",
                recognised_on=NOON.date(),
                recorded_by_id=by.id,
                recorded_at=NOON,
            )
        )
    session.flush()
