"""What partner organisations say of an achievement, a stack, one badge or an issuer.

An endorsement is a credential of its own, signed with the partner's key, at its own address, and
can be withdrawn; Open Badges 2.0 have it as a hosted document beside. One of what can be earned
that exists when a badge is signed goes into the badge; later ones, and those of a single badge or
of its issuer, are published beside it. Never as `endorsementJwt`: copies of the Open Badges
context differ in it, so a proof would not cover it everywhere.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, joinedload, object_session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from lti_tool import jobs
from lti_tool.badges import open_badges_3, stack_achievement, status_list, wording
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.awards import BadgeErased
from lti_tool.badges.models import OVER, Award, Badge, Endorsement, Issuer, StackBadge
from lti_tool.badges.stack_achievement import StackVersion
from lti_tool.errors import NotFound, Refused
from lti_tool.keyring import Keyring, Purpose
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion, ProgramVersion
from lti_tool.sealing import contexts, did_documents, proofs, strict_json

Endorsed = CredentialVersion | StackVersion | Badge | Issuer
"""What can be endorsed."""

WITHDRAWN = "Whoever said it has taken it back."
LONGEST = 2_000
"""Characters of what is said."""
MOST_INSIDE = 4
"""Endorsements that go into one badge; verifiers look into so many and no more than a few."""


class NothingSaid(Refused):
    """An endorsement says something, in so many characters."""

    status = 422


class OwnBadge(Refused):
    """Who awards a badge does not endorse it: the badge says already what its issuer says."""

    status = 422


class NotEndorsed(Refused):
    """What was taken back cannot be endorsed."""


def endorse(
    session: Session,
    about: Endorsed,
    *,
    issuer: Issuer,
    by: Issuer,
    comment: str,
    actor: Person | None,
    now: datetime,
) -> Endorsement:
    """Let one of our issuers say something of what `issuer` awards, or of that issuer.

    It is signed in the background.

    Raises:
        NothingSaid: the comment is empty or too long.
        OwnBadge: it is said by who awards it, or of oneself.
        NotEndorsed: the badge is over.
    """
    comment = comment.strip()
    if not comment or len(comment) > LONGEST:
        raise NothingSaid(f"Say in 1 to {LONGEST} characters what you endorse.")
    if by is issuer:
        raise OwnBadge(
            "Nobody endorses themselves. Open the page of the partner whose words these are, and"
            " endorse it there."
        )
    if isinstance(about, Badge) and about.state in OVER:
        raise NotEndorsed("This badge was taken back, so it cannot be endorsed.")
    places, place = status_list.take_place(session, by, now=now)
    fresh = Endorsement(
        issuer=by,
        comment=comment,
        endorsed_at=now,
        status_list=places,
        status_index=place,
    )
    match about:
        case CredentialVersion():
            fresh.credential_version = about
        case StackVersion():
            fresh.program_version, fresh.stack = about.program_version, about.stack.slug
        case Badge():
            fresh.award, about.endorsed_at = about, now
        case Issuer():
            fresh.about_issuer = about
    session.add(fresh)
    session.flush()  # the job is told the row's id
    note(session, "badges.endorse", fresh.public_id, actor=actor, now=now, issuer=by.slug)
    jobs.enqueue(session, "badges.sign-endorsement", fresh.id, key=str(fresh.id))
    return fresh


def withdraw(
    session: Session, found: Endorsement, *, reason: str, actor: Person | None, now: datetime
) -> None:
    """Take an endorsement back; badges that hold it stay valid. Doing it twice changes nothing."""
    if found.withdrawn_at is not None:
        return
    found.withdrawn_at, found.withdrawal_reason = now, reason
    status_list.revoke_place(session, found.status_list, found.status_index, now=now)
    if found.award is not None:
        found.award.endorsed_at = now
    note(session, "badges.withdraw-endorsement", found.public_id, actor=actor, now=now)


def find(session: Session, public_id: str) -> Endorsement:
    """A signed endorsement that anybody may read: one of a private award is nobody's to see.

    Raises `NotFound`; `BadgeErased` where the badge was public and its earner's data was erased.
    """
    found = session.scalar(select(Endorsement).where(Endorsement.public_id == public_id))
    about = found.award if found else None
    if about is not None and about.erased_at is not None and about.shared_at is not None:
        raise BadgeErased(about)
    if found is None or not found.content or (about is not None and about.shared_at is None):
        raise NotFound("There is no endorsement here.")
    return found


def standing(session: Session, badge: Badge) -> list[Endorsement]:
    """What is said today of a badge, of what was earned and of its issuer, oldest first."""
    said = (
        Endorsement.award_id == badge.id,
        Endorsement.about_issuer_id == badge.issuer_id,
        _is_about(_earned(badge)),
    )
    return list(session.scalars(_standing().where(or_(*said))))


def standing_of(session: Session, about: CredentialVersion | StackVersion) -> list[Endorsement]:
    """What is said today of something that can be earned, oldest first."""
    return list(session.scalars(_standing().where(_is_about(about))))


def said_by(session: Session, issuer: Issuer) -> list[Endorsement]:
    """All that an issuer ever said, newest first, with what it is about, in so many queries."""
    version = joinedload(Endorsement.credential_version)
    rows = session.scalars(
        select(Endorsement)
        .where(Endorsement.issuer == issuer)
        .options(
            version.joinedload(CredentialVersion.credential),
            version.joinedload(CredentialVersion.program_version),
            joinedload(Endorsement.program_version).joinedload(ProgramVersion.program),
            joinedload(Endorsement.about_issuer),
        )
        .order_by(Endorsement.id.desc())
    ).all()
    earned = selectinload(Award.credential_version)
    badges = session.scalars(
        select(Badge)
        .where(Badge.id.in_([one.award_id for one in rows if one.award_id is not None]))
        .options(
            earned.joinedload(CredentialVersion.program_version),
            selectinload(StackBadge.program_version),
        )
    ).all()
    known = {one.id: one for one in badges}
    for one in rows:
        if one.award_id is not None:
            set_committed_value(one, "award", known[one.award_id])
    return list(rows)


def addresses_2(
    session: Session, about: CredentialVersion | StackVersion | Badge | Issuer, addresses: Addresses
) -> list[str]:
    """Where Open Badges 2.0 finds what is said today of exactly this."""
    match about:
        case Badge():
            condition = Endorsement.award_id == about.id
        case Issuer():
            condition = Endorsement.about_issuer_id == about.id
        case _:
            condition = _is_about(about)
    return [addresses.endorsement_2(one) for one in session.scalars(_standing().where(condition))]


def signed_of(badge: Badge) -> list[dict[str, Any]]:
    """The endorsements of what was earned that go into a badge which is signed now."""
    session = object_session(badge)
    if session is None:
        return []
    about = _is_about(_earned(badge))
    rows = session.scalars(_standing().where(about).limit(MOST_INSIDE))
    return [json.loads(row.content) for row in rows]


def _earned(badge: Badge) -> CredentialVersion | StackVersion:
    if isinstance(badge, StackBadge):
        return stack_achievement.of(badge)
    assert isinstance(badge, Award)
    return badge.credential_version


def _is_about(earned: CredentialVersion | StackVersion) -> ColumnElement[bool]:
    if isinstance(earned, StackVersion):
        return and_(
            Endorsement.program_version_id == earned.program_version.id,
            Endorsement.stack == earned.stack.slug,
        )
    return Endorsement.credential_version_id == earned.id


def unsigned(session: Session) -> Sequence[int]:
    """Those whose signature is still to come."""
    lacking = (Endorsement.content == b"", Endorsement.withdrawn_at.is_(None))
    return session.scalars(select(Endorsement.id).where(*lacking)).all()


def _standing() -> Select[Endorsement]:
    return (
        select(Endorsement)
        .where(Endorsement.withdrawn_at.is_(None), Endorsement.content != b"")
        .options(joinedload(Endorsement.issuer))
        .order_by(Endorsement.id)
    )


@dataclass(frozen=True)
class Subject:
    """What is endorsed: its name, and its id in either version of the standard."""

    name: str
    id: str
    id_2: str


def subject(found: Endorsement, addresses: Addresses) -> Subject:
    """What an endorsement is about."""
    if version := found.credential_version:
        own = addresses.achievement(version)
        return Subject(wording.name(version), own, addresses.badge_class(version))
    if found.program_version is not None and found.stack is not None:
        stack = stack_achievement.in_version(found.program_version, found.stack)
        in_2 = stack_achievement.class_address(stack, addresses)
        return Subject(stack.name, stack.address(addresses), in_2)
    if issuer := found.about_issuer:
        return Subject(issuer.name, addresses.did(issuer), addresses.issuer_2(issuer))
    badge = found.award
    assert badge is not None  # the database keeps it so
    earned = _earned(badge)
    name = earned.name if isinstance(earned, StackVersion) else wording.name(earned)
    return Subject(name, addresses.award(badge), addresses.assertion(badge))


def document_2(found: Endorsement, addresses: Addresses) -> dict[str, Any]:
    """An endorsement as Open Badges 2.0 host it; of one that was withdrawn, only that it was."""
    own = {
        "@context": contexts.OPEN_BADGES_2,
        "type": "Endorsement",
        "id": addresses.endorsement_2(found),
    }
    if found.withdrawn_at is not None:
        return {**own, "revoked": True, "revocationReason": found.withdrawal_reason or WITHDRAWN}
    return {
        **own,
        "claim": {
            "id": subject(found, addresses).id_2,
            "endorsementComment": found.comment,
        },
        "issuer": addresses.issuer_2(found.issuer),
        "issuedOn": proofs.timestamp(found.endorsed_at),
        "verification": {"type": "HostedBadge"},
    }


def document(found: Endorsement, addresses: Addresses) -> dict[str, Any]:
    """An endorsement as a credential, not yet signed."""
    about = subject(found, addresses)
    return {
        "@context": open_badges_3.CONTEXT[:2],
        "id": addresses.endorsement(found),
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": f"Endorsement of {about.name}",
        "issuer": open_badges_3.profile(found.issuer, addresses),
        "validFrom": proofs.timestamp(found.endorsed_at),
        "credentialSubject": {
            "id": about.id,
            "type": ["EndorsementSubject"],
            "endorsementComment": found.comment,
        },
        "credentialStatus": open_badges_3.status_entry(found, addresses),
    }


def signed(found: Endorsement, keyring: Keyring, addresses: Addresses, now: datetime) -> bytes:
    """The endorsement with the proof of its own issuer. Raises `members.CannotBeSigned`."""
    holder = found.issuer.key_holder
    keyring.prepare(holder, now)
    key = keyring.key(Purpose.BADGE_PROOF, holder)
    method = did_documents.method_id(addresses.did(found.issuer), key)
    whole = proofs.sign(document(found, addresses), key, method, created=now)
    return strict_json.write(whole)
