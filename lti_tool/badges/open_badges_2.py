"""An award as an Open Badges 2.0 assertion, with hosted or with signed verification.

Source: Open Badges 2.0, sections 4 and 5; what validators make of it: rows B2-001 to
B2-060. Version 2.0 knows no rubrics, so the levels stand in the narrative as a table.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from lti_tool.badges import stack_achievement, wording
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, AwardState, Badge, Issuer, StackBadge
from lti_tool.badges.open_badges_3 import alignments
from lti_tool.keyring import PublishedKey
from lti_tool.programs.models import CredentialVersion
from lti_tool.sealing import contexts, identities, jws
from lti_tool.sealing.proofs import timestamp

RECIPIENT_TYPES = {"emailAddress": "email"}
"""Our identity types as Open Badges 2.0 calls them; anything else is an `id`."""

REVOKED = "It was revoked."
REPLACED = "It was replaced by a newer badge."
TOMBSTONE = "No badge has this id. It stands here because some validators overlook a single entry."


def issuer_profile(
    issuer: Issuer,
    addresses: Addresses,
    keys: Sequence[int] = (),
    *,
    endorsed: Sequence[str] = (),
) -> dict[str, Any]:
    """The issuer as a hosted profile; `keys` are the numbers of those it signs or signed with.

    `endorsed` are the addresses of endorsements, here as below.
    """
    own_keys = [addresses.key_2(issuer, number) for number in keys]
    whole = {
        "@context": contexts.OPEN_BADGES_2,
        "type": "Issuer",
        "id": addresses.issuer_2(issuer),
        "name": issuer.name,
        "url": issuer.url or addresses.base,
        "email": issuer.email,
        "description": issuer.description,
        "image": addresses.mark(issuer) if issuer.mark else "",
        # One key stands by itself: a validator in use takes a list of them for a fault.
        "publicKey": own_keys[0] if len(own_keys) == 1 else own_keys,
        "revocationList": addresses.revocations_2(issuer),
        # The same issuer as Open Badges 3.0 knows it; validators take no did for an address here.
        "related": [{"id": addresses.did_document(issuer)}],
        "endorsement": list(endorsed),
    }
    return {member: value for member, value in whole.items() if value}


def badge_class(
    version: CredentialVersion,
    issuer: Issuer,
    addresses: Addresses,
    *,
    endorsed: Sequence[str] = (),
) -> dict[str, Any]:
    """What can be earned, as a hosted badge class."""
    own = addresses.achievement(version)
    whole = {
        "@context": contexts.OPEN_BADGES_2,
        "type": "BadgeClass",
        "id": addresses.badge_class(version),
        "name": wording.name(version),
        "description": wording.description(version),
        "image": f"{own}.png",
        "criteria": {"id": own, "narrative": wording.narrative(version)},
        "issuer": addresses.issuer_2(issuer),
        "alignment": [
            {member: value for member, value in entry.items() if member != "type"}
            for entry in alignments(version)
        ],
        "tags": wording.tags(version),
        "version": f"v{version.number}",
        "related": [{"id": own, "version": "Open Badges v3p0"}],
        "endorsement": list(endorsed),
    }
    return {member: value for member, value in whole.items() if value}


def assertion(
    award: Badge, addresses: Addresses, *, endorsed: Sequence[str] = ()
) -> dict[str, Any]:
    """The assertion as it is hosted at its own id."""
    own = addresses.assertion(award)
    hosted: dict[str, Any] = {"verification": {"type": "HostedBadge"}, "image": f"{own}.png"}
    if endorsed:
        hosted["endorsement"] = list(endorsed)
    return _assertion(award, addresses, own, hosted)


def signed_assertion(award: Badge, addresses: Addresses, key: int) -> dict[str, Any]:
    """The assertion as it is signed with the issuer's key of this number.

    It names no picture of its own: what a private badge's address answers is for its earner only,
    while the signed badge can be checked from the file alone. Its badge class has the picture.
    """
    own = addresses.signed_assertion(award)
    # Not required by the standard, but validators stop where it is missing (B2-046).
    creator = addresses.key_2(award.issuer, key)
    signed = {"verification": {"type": "SignedBadge", "creator": creator}}
    return _assertion(award, addresses, own, signed)


def _assertion(
    award: Badge, addresses: Addresses, own: str, verified: dict[str, Any]
) -> dict[str, Any]:
    return {
        "@context": contexts.OPEN_BADGES_2,
        "type": "Assertion",
        "id": own,
        "recipient": {
            "type": RECIPIENT_TYPES.get(award.recipient_type, "id"),
            "hashed": True,
            "salt": award.recipient_salt,
            "identity": identities.hashed(award.recipient_identity, award.recipient_salt),
        },
        "issuedOn": timestamp(award.issued_at),
        **verified,
        **_earned(award, addresses),
        "related": [{"id": addresses.award(award), "version": "Open Badges v3p0"}],
    }


def _earned(award: Badge, addresses: Addresses) -> dict[str, Any]:
    """What was earned, and what it rests on."""
    if isinstance(award, StackBadge):
        stack = stack_achievement.of(award)
        return {
            "badge": stack_achievement.class_address(stack, addresses),
            "narrative": stack.description,
            "evidence": [
                {member: value for member, value in part.items() if member != "type"}
                for part in stack_achievement.evidence(award, addresses)
            ],
        }
    assert isinstance(award, Award)
    return {
        "badge": addresses.badge_class(award.credential_version),
        "narrative": wording.attainment(award),
    }


def revoked_assertion(award: Badge, addresses: Addresses) -> dict[str, Any]:
    """What stays of a revoked assertion: validators believe a full body even when it says revoked.

    row B2-057; it is answered with status 410.
    """
    return {
        "@context": contexts.OPEN_BADGES_2,
        "type": "Assertion",
        "id": addresses.assertion(award),
        "revoked": True,
        "revocationReason": award.revocation_reason or REPLACED,
    }


def key_page(
    issuer: Issuer, number: int, key: PublishedKey, addresses: Addresses
) -> dict[str, Any]:
    """A key that signs Open Badges 2.0; it names its owner, whose profile names it (B2-045)."""
    return {
        "@context": contexts.OPEN_BADGES_2,
        "type": "CryptographicKey",
        "id": addresses.key_2(issuer, number),
        "owner": addresses.issuer_2(issuer),
        "publicKeyPem": jws.pem(key),
    }


def revocation_list(
    issuer: Issuer, revoked: Iterable[Badge], addresses: Addresses
) -> dict[str, Any]:
    """The signed badges of an issuer that hold no more, with two entries that are nobody's.

    Anybody may read it, so why a private badge was revoked stays between its earner and us.
    """
    entries = [
        {"id": address, "revocationReason": TOMBSTONE} for address in addresses.tombstones(issuer)
    ]
    entries += [
        {
            "id": addresses.signed_assertion(award),
            "revocationReason": _public_reason(award),
        }
        for award in revoked
    ]
    return {
        "@context": contexts.OPEN_BADGES_2,
        "type": "RevocationList",
        "id": addresses.revocations_2(issuer),
        "issuer": addresses.issuer_2(issuer),
        "revokedAssertions": entries,
    }


def _public_reason(award: Badge) -> str:
    if award.shared_at is None:
        return REPLACED if award.state is AwardState.SUPERSEDED else REVOKED
    return award.revocation_reason or REPLACED
