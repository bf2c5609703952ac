"""What a person should see first: a learner's next step, a judge's queue."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award, AwardState
from lti_tool.credit import hours
from lti_tool.credit.hours import Tally
from lti_tool.errors import NotFound
from lti_tool.home.prospects import Prospect, prospects
from lti_tool.launch.models import ResourceLink
from lti_tool.people.models import Person
from lti_tool.portfolio.enrolments import can_begin, enrolments_of
from lti_tool.portfolio.next_steps import NextStep
from lti_tool.portfolio.progress import Place, Progress, progress_of_all
from lti_tool.programs import catalogue
from lti_tool.programs.models import Credential, CredentialVersion, Program, ProgramVersion
from lti_tool.stacks.reading import readings


class Standing(enum.StrEnum):
    """Where a learner stands in one credential."""

    RETURNED = "returned"
    UNDER_WAY = "under-way"
    WAITING = "waiting"
    HOURS = "hours"
    """Everything is met; hours are still missing."""
    NOT_BEGUN = "not-begun"
    EARNED = "earned"
    TAKEN_BACK = "taken-back"
    OUTLINE = "outline"


WORDS = {
    Standing.RETURNED: "Returned to you",
    Standing.UNDER_WAY: "Under way",
    Standing.WAITING: "With the assessors",
    Standing.HOURS: "Hours to go",
    Standing.NOT_BEGUN: "Not begun",
    Standing.EARNED: "Earned",
    Standing.TAKEN_BACK: "Taken back",
    Standing.OUTLINE: "In preparation",
}


@dataclass(frozen=True)
class Way:
    """How far somebody has come in one credential, in three words."""

    done: int
    of: int
    here: str
    """Title of the step where they are; empty at the end."""


@dataclass(frozen=True)
class Card:
    """One credential on a learner's home page."""

    version: CredentialVersion
    standing: Standing
    next_step: NextStep
    progress: Progress | None = None
    award: Award | None = None

    @property
    def words(self) -> str:
        """The standing in words."""
        return WORDS[self.standing]

    @property
    def way(self) -> Way | None:
        """How far it is; `None` before it is begun."""
        if self.progress is None:
            return None
        steps = self.progress.steps
        here = next((step.title for step in steps if step.place is Place.HERE), "")
        return Way(sum(step.place is Place.DONE for step in steps), len(steps), here)


@dataclass(frozen=True)
class LearnerHome:
    """A learner's home: one credential in front, the others in one line each."""

    front: Card | None
    others: tuple[Card, ...]
    program_title: str = ""
    """The program, where the link stands for a whole one."""
    stage_title: str = ""
    """The stage, where the link stands for a single one (T-097)."""
    prospects: tuple[Prospect, ...] = ()
    """Stacks the one in front counts toward."""
    hours: Tally | None = None
    """Hours of the one in front, once it is begun and where the program keeps them."""

    @property
    def cards(self) -> tuple[Card, ...]:
        """All of them, the one in front first."""
        return (self.front, *self.others) if self.front else self.others


def link_of(session: Session, resource_link_id: int | None) -> ResourceLink | None:
    """The link that was followed, or `None` where nobody came by a link."""
    return None if resource_link_id is None else session.get(ResourceLink, resource_link_id)


def learner_home(session: Session, person: Person, link: ResourceLink | None) -> LearnerHome:
    """What is next for a learner who came by this link.

    A link to one credential shows that one, a link to a program all of its credentials, and
    without a link it is whatever the person has begun. A link to one stage shows its next step.
    """
    part_slug = link.part_slug if link is not None else ""
    credentials = _credentials(session, link)
    enrolments = enrolments_of(session, person, credentials)
    begun = progress_of_all(session, enrolments) if enrolments else []
    begun = [found.narrowed(part_slug) for found in begun]
    awards = _awards(session, person)
    cards = [_begun(found, awards.get(found.version.credential_id)) for found in begun]
    has_begun = {card.version.credential_id for card in cards}
    missing = [credential for credential in credentials or () if credential.id not in has_begun]
    cards.extend(_not_begun(version) for version in _current(session, missing))
    order = {credential.id: at for at, credential in enumerate(credentials or ())}
    cards.sort(key=lambda card: order.get(card.version.credential_id, 0))
    front = _front(cards)
    title = ""
    if link is not None and link.credential_id is None and cards:
        title = cards[0].version.program_version.title
    return LearnerHome(
        front=front,
        others=tuple(sorted((card for card in cards if card is not front), key=_is_idle)),
        program_title=title,
        stage_title=_stage(front, part_slug),
        prospects=prospects(front.version, readings(session, person.id)) if front else (),
        hours=_hours(session, person, front),
    )


def _hours(session: Session, person: Person, card: Card | None) -> Tally | None:
    """How many hours count so far; no query where the program keeps none."""
    if card is None or card.progress is None or not hours.rule_of(card.version).is_kept:
        return None
    return hours.tally_of(session, person.id, card.version)


def _stage(card: Card | None, part_slug: str) -> str:
    """The title of the stage a link stands for; empty where it stands for all of them."""
    if card is None or len(card.version.parts) == 1:
        return ""
    titles = {part.slug: part.title for part in card.version.parts}
    return titles.get(part_slug, "")


def _credentials(session: Session, link: ResourceLink | None) -> list[Credential] | None:
    """What a link offers, in the program's order; `None` where it does not say."""
    if link is None:
        return None
    if link.credential_id is not None:
        return [session.get_one(Credential, link.credential_id)]
    if link.program_id is None:
        return None
    try:
        version = catalogue.current_version(session, session.get_one(Program, link.program_id))
    except NotFound:
        return []
    return list(
        session.scalars(
            select(Credential)
            .join(CredentialVersion, CredentialVersion.credential_id == Credential.id)
            .where(CredentialVersion.program_version_id == version.id)
            .order_by(CredentialVersion.position)
        )
    )


def _current(session: Session, credentials: Sequence[Credential]) -> list[CredentialVersion]:
    """The current versions of credentials nobody began, in one set of queries."""
    if not credentials:
        return []
    newest = (
        select(ProgramVersion.program_id, func.max(ProgramVersion.number).label("number"))
        .where(ProgramVersion.program_id.in_({row.program_id for row in credentials}))
        .group_by(ProgramVersion.program_id)
        .subquery()
    )
    return list(
        session.scalars(
            select(CredentialVersion)
            .join(CredentialVersion.program_version)
            .join(
                newest,
                (ProgramVersion.program_id == newest.c.program_id)
                & (ProgramVersion.number == newest.c.number),
            )
            .where(CredentialVersion.credential_id.in_([row.id for row in credentials]))
            .options(*catalogue.whole())
        )
    )


def _awards(session: Session, person: Person) -> dict[int, Award]:
    """By credential: the award that holds, or else the last that was taken back."""
    found: dict[int, Award] = {}
    for award in session.scalars(
        select(Award)
        .where(
            Award.person_id == person.id, Award.state.in_((AwardState.CURRENT, AwardState.REVOKED))
        )
        .order_by(Award.id)
    ):
        held = found.get(award.credential_id)
        if held is None or held.state is not AwardState.CURRENT:
            found[award.credential_id] = award
    return found


def _begun(found: Progress, award: Award | None) -> Card:
    step = found.next_step
    holds = award is not None and award.state is AwardState.CURRENT
    if step.kind in {"earned", "hours"} and award is not None and not holds:
        words = f"Your badge for “{found.version.title}” was taken back. The reason stands with it."
        step = NextStep(
            "taken-back", words, "See your badges", "sharing.mine", {}, since=award.revoked_at
        )
        return Card(found.version, Standing.TAKEN_BACK, step, found)
    standing = {
        "returned": Standing.RETURNED,
        "waiting": Standing.WAITING,
        "hours": Standing.HOURS,
        "earned": Standing.EARNED,
    }.get(step.kind, Standing.UNDER_WAY)
    return Card(found.version, standing, step, found, award if holds else None)


def _not_begun(version: CredentialVersion) -> Card:
    address: Mapping[str, Any] = {
        "program": version.program_version.program.slug,
        "credential": version.credential.slug,
    }
    if not can_begin(version):
        step = NextStep(
            "outline",
            "It is still in preparation. You can read what it is about.",
            "Read about it",
            "portfolio.begin",
            address,
        )
        return Card(version, Standing.OUTLINE, step)
    step = NextStep(
        "begin",
        "See what it asks of you, then start when you are ready.",
        "Before you start",
        "portfolio.begin",
        address,
    )
    return Card(version, Standing.NOT_BEGUN, step)


_URGENCY = tuple(Standing)
"""What stands in front: what came back, what is under way, what waits, what can be begun."""


_BUSY = frozenset({Standing.RETURNED, Standing.UNDER_WAY, Standing.WAITING, Standing.HOURS})


def _is_idle(card: Card) -> bool:
    """What somebody works on stands before what they may begin and what they have (S4-10)."""
    return card.standing not in _BUSY


def _front(cards: Sequence[Card]) -> Card | None:
    if not cards:
        return None
    # Work that only waits for others leaves the place to something one can begin.
    urgency = {standing: at for at, standing in enumerate(_URGENCY)}
    return min(cards, key=lambda card: urgency[card.standing])
