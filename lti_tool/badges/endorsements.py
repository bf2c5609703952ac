"""What partner organisations say of an achievement or of one award, signed with their own keys.

An endorsement is a credential of its own, at its own address, and can be withdrawn. One of an
achievement that exists when a badge is signed goes into the badge; later ones, and those of a
single award, are published beside it (badges.md, 2.9). Never as `endorsementJwt`: copies of the
Open Badges context differ in it, so a proof would not cover it everywhere (badges.md, 2.4).
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, object_session

from lti_tool import jobs
from lti_tool.badges import open_badges_3, status_list, wording
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.awards import BadgeErased
from lti_tool.badges.models import OVER, Award, Endorsement, Issuer
from lti_tool.errors import NotFound, Refused
from lti_tool.keyring import Keyring, Purpose
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion
from lti_tool.sealing import did_documents, proofs, strict_json

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
    about: CredentialVersion | Award,
    *,
    issuer: Issuer,
    by: Issuer,
    comment: str,
    actor: Person | None,
    now: datetime,
) -> Endorsement:
    """Let one of our issuers say something of an achievement or an award that `issuer` awards.

    It is signed in the background.

    Raises:
        NothingSaid: the comment is empty or too long.
        OwnBadge: it is said by who awards it.
        NotEndorsed: the award is over.
    """
    comment = comment.strip()
    if not comment or len(comment) > LONGEST:
        raise NothingSaid(f"Say in 1 to {LONGEST} characters what you endorse.")
    if by is issuer:
        raise OwnBadge("Choose a partner: this issuer awards the badge itself.")
    if isinstance(about, Award) and about.state in OVER:
        raise NotEndorsed("This badge was taken back, so it cannot be endorsed.")
    places, place = status_list.take_place(session, by, now=now)
    fresh = Endorsement(
        issuer=by,
        credential_version=about if isinstance(about, CredentialVersion) else None,
        award=about if isinstance(about, Award) else None,
        comment=comment,
        endorsed_at=now,
        status_list=places,
        status_index=place,
    )
    session.add(fresh)
    session.flush()
    if isinstance(about, Award):
        about.endorsed_at = now
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


def standing(session: Session, award: Award) -> list[Endorsement]:
    """What is said of an award and its achievement today, oldest first."""
    about = or_(
        Endorsement.award_id == award.id,
        Endorsement.credential_version_id == award.credential_version_id,
    )
    return list(session.scalars(_standing().where(about)))


def signed_of(award: Award) -> list[dict[str, Any]]:
    """The endorsements of the achievement that go into a badge which is signed now."""
    session = object_session(award)
    if session is None:
        return []
    version_id = award.credential_version_id
    rows = session.scalars(
        _standing().where(Endorsement.credential_version_id == version_id).limit(MOST_INSIDE)
    )
    return [json.loads(row.content) for row in rows]


def unsigned(session: Session) -> Sequence[int]:
    """Those whose signature is still to come."""
    lacking = (Endorsement.content == b"", Endorsement.withdrawn_at.is_(None))
    return session.scalars(select(Endorsement.id).where(*lacking)).all()


def _standing() -> Select[Endorsement]:
    return (
        select(Endorsement)
        .where(Endorsement.withdrawn_at.is_(None), Endorsement.content != b"")
        .order_by(Endorsement.id)
    )


def document(found: Endorsement, addresses: Addresses) -> dict[str, Any]:
    """An endorsement as a credential, not yet signed."""
    version = found.credential_version
    if version is not None:
        about, name = addresses.achievement(version), wording.name(version)
    else:
        assert found.award is not None
        about, name = addresses.award(found.award), wording.name(found.award.credential_version)
    return {
        "@context": open_badges_3.CONTEXT[:2],
        "id": addresses.endorsement(found),
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": f"Endorsement of {name}",
        "issuer": open_badges_3.profile(found.issuer, addresses),
        "validFrom": proofs.timestamp(found.endorsed_at),
        "credentialSubject": {
            "id": about,
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
