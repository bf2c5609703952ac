"""What an award was made for, in words: the same members for a credential and for a stack."""

from dataclasses import dataclass

from lti_tool.badges import stack_achievement, stack_badges, wording
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.awards import may_see
from lti_tool.badges.models import OVER, Award, Badge, StackBadge
from lti_tool.badges.published import Published
from lti_tool.people.models import Person
from lti_tool.stacks import elsewhere


@dataclass(frozen=True)
class Earned:
    """What somebody earned, as pages and files tell it."""

    title: str
    name: str
    """The title, which says so when it is a demonstration."""
    description: str
    shape: str
    """What kind of thing it is, in words."""
    competency: str
    """What its earner can do; a stack's rule, which has no competency of its own."""
    creators: str
    """Who designed it, which need not be who issues it (S1-13)."""
    co_issuers: str
    """Who stands behind its program together, beside the issuer that signs (S4-13)."""
    is_demonstration: bool
    file_name: str
    """What a downloaded file is called, without its ending."""
    criteria: str
    """Address of the page that says what it takes."""


@dataclass(frozen=True)
class Part:
    """One badge a stack rests on, as whoever looks may see it."""

    title: str
    by: str
    """Its issuer, where it is another one's badge."""
    address: str
    """Of its own page; empty where that is private."""
    is_over: bool
    """It was taken back since, so the stack lacks it now."""
    is_corrected: bool = False
    """A corrected badge stands in place of the one the stack was awarded for."""


def of(award: Badge, addresses: Addresses) -> Earned:
    """What an award was made for."""
    if isinstance(award, StackBadge):
        return _stack(stack_achievement.of(award), addresses)
    assert isinstance(award, Award)
    version = award.credential_version
    is_stack = version.details.get("tier") == "stack"
    return Earned(
        title=version.title,
        name=wording.name(version),
        description=wording.description(version),
        shape="Stack of micro-credentials" if is_stack else "Micro-credential",
        competency=version.competency,
        creators=wording.creators(version),
        co_issuers=wording.co_issuers(version),
        is_demonstration=wording.is_demonstration(version),
        file_name=f"{version.program_version.program.slug}-{version.credential.slug}",
        criteria=addresses.achievement(version),
    )


def _stack(stack: stack_achievement.StackVersion, addresses: Addresses) -> Earned:
    return Earned(
        title=stack.title,
        name=stack.name,
        description=stack.description,
        shape=f"{stack.kind}: a stack of micro-credentials",
        competency=stack.stack.summary or stack.rule,
        creators=stack.creators,
        co_issuers=stack.co_issuers,
        is_demonstration=stack.is_demonstration,
        file_name=f"{stack.program_version.program.slug}-{stack.stack.slug}",
        criteria=stack.address(addresses),
    )


def parts(published: Published, award: Badge, person: Person | None) -> tuple[Part, ...]:
    """The badges a stack rests on; none for a credential, which rests on work."""
    if not isinstance(award, StackBadge):
        return ()
    ours = {one.public_id: one for one in stack_badges.parts_of(published.session, award)}
    is_mixed = any("badge" not in told for told in award.parts)
    fallen = elsewhere.fallen(published.session, award) if is_mixed else set[str]()
    found = []
    for told in award.parts:
        one = ours.get(told.get("badge", ""))
        if one is None:
            address = told.get("address", "")
            found.append(Part(told["title"], told.get("by", ""), address, address in fallen))
            continue
        now = stack_badges.as_corrected(published.session, one)
        address = published.addresses.award(now) if may_see(now, person) else ""
        found.append(Part(told["title"], "", address, now.state in OVER, now is not one))
    return tuple(found)
