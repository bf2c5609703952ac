"""Badges of stacks: made when a person awarded one, and bundled with their parts when asked for.

Who may award a stack, and when, is decided in the room `stacks`; here is its badge's life.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import jobs
from lti_tool.badges import documents, issuers, open_badges_3, stack_achievement
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.awards import SALT_BYTES, may_see, recipient_of
from lti_tool.badges.models import OVER, Award, AwardState, Badge, Rendering, StackBadge
from lti_tool.badges.status_list import take_place
from lti_tool.keyring import Keyring, Purpose
from lti_tool.people.models import Person
from lti_tool.programs.models import ProgramVersion
from lti_tool.sealing import contexts, did_documents, proofs, strict_json

RECORD_CONTEXT = [
    contexts.CREDENTIALS_V2,
    contexts.CLR_2,
    contexts.OPEN_BADGES_3,
    contexts.OPEN_BADGES_3_EXTENSIONS,
]
RECORD_SCHEMA = (
    "https://purl.imsglobal.org/spec/clr/v2p0/schema/json/clr_v2p0_clrcredential_schema.json"
)
LARGEST = 190_000
"""Bytes of the badges in one record; libraries refuse to canonicalise 256 KiB (openbadgeslib)."""
MOST_PARTS = 20
"""Parts of one record; libraries refuse documents that grow beyond that."""


@dataclass(frozen=True)
class FromElsewhere:
    """A badge of another issuer that was accepted towards a stack."""

    address: str
    title: str
    by: str
    """Its issuer's name."""


def award_stack(
    session: Session,
    *,
    person: Person,
    program_version: ProgramVersion,
    stack: str,
    public_id: str,
    basis: Sequence[str],
    elsewhere: Iterable[FromElsewhere] = (),
    now: datetime,
) -> StackBadge:
    """Make the badge of a stack that was awarded, and ask for it to be signed.

    `basis` are the public ids of the badges it rests on. The badge has the public id of the
    decision; one that is made anew has one of its own, and names the same decision.
    """
    earned = stack_achievement.in_version(program_version, stack)
    issuer = stack_achievement.awarding_issuer(session, earned)
    issuer = issuer or issuers.demonstration_issuer(session, now)
    places, place = take_place(session, issuer, now=now)
    identity, kind = recipient_of(session, person)
    fresh = StackBadge(
        public_id=public_id,
        person=person,
        program_version=program_version,
        stack=stack,
        decision=public_id,
        parts=_parts(session, basis, elsewhere),
        issuer=issuer,
        issued_at=now,
        recipient_name=person.name,
        recipient_salt=secrets.token_urlsafe(SALT_BYTES),
        recipient_identity=identity,
        recipient_type=kind,
        results=[],
        status_list=places,
        status_index=place,
    )
    session.add(fresh)
    session.flush()  # the job is told the row's id
    jobs.enqueue(session, "badges.sign", fresh.id, key=str(fresh.id))
    return fresh


def _parts(
    session: Session, basis: Sequence[str], elsewhere: Iterable[FromElsewhere]
) -> list[dict[str, str]]:
    ours = session.scalars(select(Badge).where(Badge.public_id.in_(basis)).order_by(Badge.id))
    found = [{"badge": one.public_id, "title": title_of(one)} for one in ours]
    known = set()
    for one in elsewhere:
        if one.address not in known:  # two entries of one address would melt into one when signed
            known.add(one.address)
            found.append({"address": one.address, "title": one.title, "by": one.by})
    return found


def title_of(badge: Badge) -> str:
    """What was earned, as it is called without saying whether it is a demonstration."""
    if isinstance(badge, StackBadge):
        return stack_achievement.of(badge).title
    assert isinstance(badge, Award)
    return badge.credential_version.title


def find_badge(session: Session, decision: str) -> StackBadge | None:
    """The badge of an awarded stack, by the decision; of several that corrected it, the newest."""
    return session.scalar(
        select(StackBadge)
        .where(StackBadge.decision == decision)
        .order_by(StackBadge.id.desc())
        .limit(1)
    )


def made_anew(session: Session, old: StackBadge, **changes: Any) -> StackBadge:
    """A badge for the same stack and decision, with its parts as they are now; not added yet."""
    ours = {one.public_id: as_corrected(session, one) for one in parts_of(session, old)}
    parts = [
        {**part, "badge": ours[part["badge"]].public_id} if part.get("badge") in ours else part
        for part in old.parts
    ]
    return StackBadge(
        program_version=old.program_version,
        stack=old.stack,
        decision=old.decision,
        parts=parts,
        **changes,
    )


def parts_of(session: Session, badge: StackBadge) -> list[Badge]:
    """The badges of ours that a stack rests on, in the order in which it names them."""
    named = [part["badge"] for part in badge.parts if "badge" in part]
    rows = session.scalars(select(Badge).where(Badge.public_id.in_(named)))
    there = {row.public_id: row for row in rows}
    return [there[one] for one in named if one in there]


def as_corrected(session: Session, badge: Badge) -> Badge:
    """The badge that stands in place of one that was corrected; any other badge itself."""
    while badge.state is AwardState.SUPERSEDED and badge.replaced_by_id is not None:
        badge = session.get_one(Badge, badge.replaced_by_id)
    return badge


def _pairs(session: Session, badge: StackBadge) -> list[tuple[Badge, Badge]]:
    """Each stack with each of its parts as they are now, this one first, stacks within it next."""
    found: list[tuple[Badge, Badge]] = []
    stacks, seen = [badge], {badge.public_id}
    for whole in stacks:  # grows by the stacks within
        for part in parts_of(session, whole):
            now = as_corrected(session, part)
            found.append((whole, now))
            if isinstance(now, StackBadge) and now.public_id not in seen:
                stacks.append(now)
            seen.add(now.public_id)
    return found


def record(
    session: Session,
    badge: StackBadge,
    *,
    for_: Person | None,
    keyring: Keyring,
    addresses: Addresses,
) -> bytes:
    """A stack with its parts, and theirs, as one Comprehensive Learner Record 2.0, signed.

    Inside are the signed badge of the stack and those of its parts that hold and that `for_` may
    see: a stranger is not handed what is private; a corrected part is there as it is now. It is as
    new as the last of its parts that fell away or was corrected, so that it can be told from one
    from before (CLR 2.0).
    """
    pairs = _pairs(session, badge)
    parts = [*{part.public_id: part for _, part in pairs}.values()]
    own: dict[str, dict[str, Any]] = {}
    size = 0
    for one in [badge, *parts]:
        if one is not badge and (one.state in OVER or not may_see(one, for_)):
            continue
        signed = documents.kept(session, one).get(Rendering.OB3_JSON)
        if signed is None or (own and size + len(signed) > LARGEST) or len(own) > MOST_PARTS:
            continue
        size += len(signed)
        own[one.public_id] = strict_json.read(signed)
    fallen = [one.revoked_at for one in parts if one.revoked_at is not None]
    moment = max([badge.issued_at, *fallen, *(one.issued_at for one in parts)])
    associations = [
        {"type": ["Association"], "associationType": kind, "sourceId": one, "targetId": other}
        for whole, part in pairs
        if whole.public_id in own and part.public_id in own
        for kind, one, other in _both_ways(own[whole.public_id], own[part.public_id])
    ]
    first = own.get(badge.public_id) or open_badges_3.credential(badge, addresses)
    subject: dict[str, Any] = {
        "type": ["ClrSubject"],
        "identifier": first["credentialSubject"]["identifier"],
        "verifiableCredential": list(own.values()),
    }
    if associations:
        subject["association"] = associations
    document = {
        "@context": RECORD_CONTEXT,
        "id": addresses.record(badge),
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": first["name"],
        "description": f"{first['name']}, with the badges it rests on.",
        "issuer": first["issuer"],
        "validFrom": proofs.timestamp(moment),
        "awardedDate": proofs.timestamp(badge.issued_at),
        "credentialSubject": subject,
        "credentialStatus": open_badges_3.status_entry(badge, addresses),
        "credentialSchema": [{"id": RECORD_SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }
    key = keyring.key(Purpose.BADGE_PROOF, badge.issuer.key_holder)
    method = did_documents.method_id(addresses.did(badge.issuer), key)
    return strict_json.write(proofs.sign(document, key, method, created=moment))


def _both_ways(whole: dict[str, Any], part: dict[str, Any]) -> list[tuple[str, str, str]]:
    """How the achievements of two signed badges belong together, told from either side."""
    one, other = (found["credentialSubject"]["achievement"]["id"] for found in (whole, part))
    return [("isParentOf", one, other), ("isChildOf", other, one)]
