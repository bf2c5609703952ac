"""What the badge pages show, gathered in finished values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from lti_tool.badges import artwork, corrections, disclosure, wording
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import (
    OVER,
    Award,
    AwardState,
    Badge,
    Disclosure,
    Issuer,
    Rendering,
    StackBadge,
)
from lti_tool.badges.published import NotSigned, Published
from lti_tool.people.models import Person
from lti_tool.portfolio import enrolments
from lti_tool.portfolio.models import Artifact
from lti_tool.programs import stacks
from lti_tool.programs.models import Part
from lti_tool.sharing import earned, evidence, said
from lti_tool.sharing.earned import Earned
from lti_tool.sharing.earned import Part as PartOfStack
from lti_tool.sharing.models import Face
from lti_tool.verification import checking
from lti_tool.verification.report import Report
from lti_tool.verification.sources import World

LINKED_IN = "https://www.linkedin.com/profile/add"


@dataclass(frozen=True)
class SharePage:
    """One award as its page shows it, to a stranger or to its earner."""

    award: Badge
    earned: Earned
    """What it was made for."""
    issuer: Issuer
    name: str
    """The badge's name, which says so when it is a demonstration."""
    description: str
    address: str
    """Absolute, as other sites need it."""
    card: str
    """Absolute address of the picture for previews."""
    issuer_did: str
    assertion: str
    is_mine: bool
    is_shared: bool
    is_revoked: bool
    is_replaced: bool
    """Over because a corrected badge stands in its place."""
    replaced_by: str
    """Address of that badge, for whoever may see it."""
    endorsements: tuple[said.Said, ...]
    is_beside: bool
    """Genuine, and beside another one of the same that its earner holds."""
    is_signed: bool
    is_demonstration: bool
    report: Report | None
    """What verifying it just now found; `None` while it is being signed."""
    parts: Sequence[Part]
    reached: Mapping[int, int]
    """Ids of criteria and of the levels reached in them."""
    points: str
    points_possible: str
    creators: str
    """Who designed it, which need not be who issues it (S1-13)."""
    co_issuers: str
    """Who stands behind its program together, beside the issuer that signs (S4-13)."""
    assessed_by: str
    """The organisation that assessed, where it is not the issuer."""
    counts_as: tuple[str, ...]
    """Hours and credit it brought, as far as strangers or its earner are told."""
    credit_to_add: tuple[str, ...]
    """Credit that was decided after the badge was made, for its earner: a new one can say it."""
    shows: Disclosure
    """What the signed badge says of the results; strangers are told no more than that."""
    linked_in: str
    """Address that adds it to a LinkedIn profile; empty while it is private."""
    file_name: str
    face: Face
    """How much of the award this page shows."""
    says_more: bool
    """Whether levels stand on the page that the signed badge says nothing of."""
    evidence: Sequence[Artifact]
    """The work its earner chose for whoever has this link."""
    token: str
    """Of the link it was opened by; empty for the award's own address."""
    is_preview: bool
    """Its earner looks at what others see."""

    rests_on: Sequence[PartOfStack]
    """The badges a stack was awarded for."""
    record: str
    """Address of a stack with its parts in one signed file; empty for a credential."""


def _credit_to_add(published: Published, award: Badge) -> tuple[str, ...]:
    return wording.credit_words(corrections.credit_to_add(published.session, award))


def share_page(
    published: Published,
    award: Badge,
    *,
    is_mine: bool,
    now: datetime,
    face: Face = Face.PUBLIC,
    token: str = "",
    is_preview: bool = False,
) -> SharePage:
    """Everything the page of one award shows, verified at this very moment.

    Its earner's own page shows all results; what others see is their `face`.
    """
    addresses = published.addresses
    what = earned.of(award, addresses)
    report = _verified_now(published, award, now)
    is_shared = award.shared_at is not None
    is_current = award.state is AwardState.CURRENT
    told = Disclosure.LEVELS if is_mine else told_on(award, face)
    results = _results(award, told)
    return SharePage(
        award=award,
        earned=what,
        issuer=award.issuer,
        name=what.name,
        description=what.description,
        address=addresses.award(award),
        card=f"{addresses.award(award)}/card.png",
        issuer_did=addresses.did(award.issuer),
        assertion=addresses.assertion(award),
        is_mine=is_mine,
        is_shared=is_shared,
        is_revoked=award.state in OVER,
        is_replaced=award.state is AwardState.SUPERSEDED,
        replaced_by=said.replaced_by(
            published.session, award, is_mine=is_mine, addresses=addresses
        ),
        is_beside=award.state is AwardState.BESIDE,
        is_signed=report is not None,
        is_demonstration=what.is_demonstration,
        report=report,
        parts=results.parts,
        reached=results.reached,
        points=results.points,
        points_possible=results.points_possible,
        creators=what.creators,
        co_issuers=what.co_issuers,
        assessed_by=award.assessed_by,
        counts_as=results.counts_as,
        credit_to_add=_credit_to_add(published, award) if is_mine else (),
        shows=award.disclosure if is_mine else told,
        linked_in=linked_in(award, addresses) if is_shared and is_current else "",
        file_name=what.file_name,
        face=face,
        says_more=not is_mine and told is not award.disclosure,
        evidence=() if is_mine else evidence.shown(published.session, award, face),
        token=token,
        is_preview=is_preview,
        endorsements=said.of(published.session, award, addresses),
        rests_on=earned.parts(published, award, award.person if is_mine else None),
        record=addresses.record(award) if isinstance(award, StackBadge) else "",
    )


class _Results(NamedTuple):
    """What a page tells of the results; a stack has none of its own."""

    parts: Sequence[Part] = ()
    reached: Mapping[int, int] = MappingProxyType({})
    points: str = ""
    points_possible: str = ""
    counts_as: tuple[str, ...] = ()


def _results(award: Badge, told: Disclosure) -> _Results:
    if not isinstance(award, Award):
        return _Results()
    version = award.credential_version
    tells_levels = told is Disclosure.LEVELS
    possible = sum(criterion.levels[-1].points for criterion in wording.criteria(version))
    reached = wording.reached(award) if tells_levels else ()
    return _Results(
        parts=version.parts,
        reached={entry.criterion.id: entry.level.id for entry in reached},
        points=wording.number(wording.total(award)) if tells_levels else "",
        points_possible=wording.number(possible) if possible else "",
        counts_as=wording.counts_as(award) if told is not Disclosure.NOTHING else (),
    )


def told_on(award: Badge, face: Face) -> Disclosure:
    """What a face tells of the results: the badge's own word, or all the program lets be told.

    The full face goes to one reader by its earner's wish, and still never past those limits.
    """
    if face is not Face.FULL or not isinstance(award, Award):
        return award.disclosure
    return min(
        (award.disclosure, disclosure.Limits.of(award.credential_version).allowed[0]),
        key=list(Disclosure).index,
    )


def _verified_now(published: Published, award: Badge, now: datetime) -> Report | None:
    try:
        signed = published.signed(award, Rendering.OB3_JSON)
    except NotSigned:
        return None
    # Everything it leads to is ours, so nothing is asked over the network.
    return checking.check_file(signed, World(own=published), now=now)


def linked_in(award: Badge, addresses: Addresses) -> str:
    """The address that opens LinkedIn's form with this badge filled in.

    The learner's name is not in it: LinkedIn knows it.
    """
    return f"{LINKED_IN}?" + urlencode(
        {
            "startTask": "CERTIFICATION_NAME",
            "name": earned.of(award, addresses).name,
            "organizationName": award.issuer.name,
            "issueYear": award.issued_at.year,
            "issueMonth": award.issued_at.month,
            "certUrl": addresses.award(award),
            "certId": award.public_id,
        }
    )


@dataclass(frozen=True)
class Mine:
    """One badge on the page of its earner."""

    award: Badge
    name: str
    issuer_name: str
    is_current: bool
    is_beside: bool
    is_shared: bool
    linked_in: str
    file_name: str


@dataclass(frozen=True)
class Stone:
    """One member of a stack: earned, or still an outline."""

    title: str
    earned: Award | None


@dataclass(frozen=True)
class Pile:
    """A stack of which at least one member is earned."""

    title: str
    summary: str
    stones: tuple[Stone, ...]
    needed: int

    @property
    def count(self) -> int:
        """How many members are earned."""
        return sum(1 for stone in self.stones if stone.earned)

    @property
    def is_complete(self) -> bool:
        """Whether enough of them are."""
        return self.count >= self.needed


def mine(award: Badge, addresses: Addresses) -> Mine:
    """One badge on the page of its earner."""
    what = earned.of(award, addresses)
    return Mine(
        award=award,
        name=what.name,
        issuer_name=award.issuer.name,
        is_current=award.state is AwardState.CURRENT,
        is_beside=award.state is AwardState.BESIDE,
        is_shared=award.shared_at is not None,
        linked_in=linked_in(award, addresses),
        file_name=what.file_name,
    )


@dataclass(frozen=True)
class Coming:
    """A badge somebody is on the way to, and what it will show."""

    title: str
    address: dict[str, str]
    shows: str
    """In words, to go on with “It will show …”."""


def coming(session: Session, person: Person, held_now: Sequence[Award]) -> list[Coming]:
    """What was begun and leads to a badge whose earner has a choice of what it shows."""
    held = {one.credential_id for one in held_now if one.state is AwardState.CURRENT}
    begun = [one.credential_version for one in enrolments.enrolments_of(session, person)]
    open_ones = [
        version
        for version in begun
        if version.credential_id not in held and disclosure.Limits.of(version).is_choice
    ]
    wanted = disclosure.wanted_of_all(session, person.id, open_ones)
    return [
        Coming(
            title=version.title,
            address=enrolments.address_of(version),
            shows=disclosure.WORDS[wanted[version.id]],
        )
        for version in open_ones
    ]


def piles(awards: Sequence[Award]) -> list[Pile]:
    """The stacks badges belong to, by the newest version of each program that was earned in."""
    current = [award for award in awards if award.state is AwardState.CURRENT]
    versions = {}
    for award in sorted(current, key=lambda one: one.credential_version.number):
        version = award.credential_version.program_version
        versions[version.program_id] = version
    found = []
    for version in versions.values():
        held = {
            award.credential_version.credential.slug: award
            for award in current
            if award.credential_version.program_version.program_id == version.program_id
        }
        titles = {entry.credential.slug: entry.title for entry in version.credentials}
        found += [
            Pile(
                title=stack.title,
                summary=stack.summary,
                stones=tuple(
                    Stone(titles.get(slug, slug), held.get(slug)) for slug in stack.members
                ),
                needed=stack.needed,
            )
            for stack in stacks.stacks_of(version)
            if held.keys() & set(stack.members)
        ]
    return found


def picture(award: Badge) -> artwork.Artwork:
    """The badge as it is drawn for this award."""
    return artwork.artwork_of_award(award)
