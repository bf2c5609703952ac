"""An award as an Open Badges 2.0 assertion with hosted verification.

Source: Open Badges 2.0, sections 4 and 5; what validators make of it: badges.md, 1.5. Version 2.0
knows no rubrics, so the levels stand in the narrative as a table.
"""

from typing import Any

from lti_tool.badges import wording
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Issuer
from lti_tool.badges.open_badges_3 import alignments
from lti_tool.programs.models import CredentialVersion
from lti_tool.sealing import contexts, identities
from lti_tool.sealing.proofs import timestamp

RECIPIENT_TYPES = {"emailAddress": "email"}
"""Our identity types as Open Badges 2.0 calls them; anything else is an `id`."""


def issuer_profile(issuer: Issuer, addresses: Addresses) -> dict[str, Any]:
    """The issuer as a hosted profile."""
    whole = {
        "@context": contexts.OPEN_BADGES_2,
        "type": "Issuer",
        "id": addresses.issuer_2(issuer),
        "name": issuer.name,
        "url": issuer.url or addresses.base,
        "email": issuer.email,
        "description": issuer.description,
        # The same issuer as Open Badges 3.0 knows it.
        "related": [{"id": addresses.did(issuer)}],
    }
    return {member: value for member, value in whole.items() if value}


def badge_class(version: CredentialVersion, issuer: Issuer, addresses: Addresses) -> dict[str, Any]:
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
        "version": f"v{version.number}",
        "related": [{"id": own, "version": "Open Badges v3p0"}],
    }
    return {member: value for member, value in whole.items() if value}


def assertion(award: Award, addresses: Addresses) -> dict[str, Any]:
    """The assertion as it is hosted at its own id."""
    own = addresses.assertion(award)
    version = award.credential_version
    summary = f"{wording.one_line(version.competency)}\n\n{wording.table(award)}"
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
        "badge": addresses.badge_class(version),
        "verification": {"type": "HostedBadge"},
        "issuedOn": timestamp(award.issued_at),
        "image": f"{own}.png",
        "narrative": summary,
        "related": [{"id": addresses.award(award), "version": "Open Badges v3p0"}],
    }


def revoked_assertion(award: Award, addresses: Addresses) -> dict[str, Any]:
    """What stays of a revoked assertion: validators believe a full body even when it says revoked.

    badges.md, B2-057; it is answered with status 410.
    """
    return {
        "@context": contexts.OPEN_BADGES_2,
        "type": "Assertion",
        "id": addresses.assertion(award),
        "revoked": True,
        "revocationReason": award.revocation_reason,
    }
