"""Every public address of a badge, made from the installation's own address and nothing else."""

import hashlib
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from lti_tool.badges.models import Badge, Endorsement, Issuer, StatusList
from lti_tool.programs.models import CredentialVersion


@dataclass(frozen=True)
class Addresses:
    """Addresses below `base`, the tool's public address without a trailing slash."""

    base: str

    def award(self, award: Badge) -> str:
        """The share page, which is the Open Badges 3.0 credential's id as well."""
        return self.badge(award.public_id)

    def badge(self, public_id: str) -> str:
        """The same by the badge's public id."""
        return f"{self.base}/badges/{public_id}"

    def record(self, award: Badge) -> str:
        """The Comprehensive Learner Record of a stack, with its parts inside."""
        return f"{self.award(award)}.clr.json"

    def stack(self, program: str, stack: str, number: int) -> str:
        """A stack as an achievement, immutable per version of its program; by their slugs."""
        return f"{self.base}/badges/stacks/{program}/{stack}/v{number}"

    def stack_class(self, program: str, stack: str, number: int) -> str:
        """A stack as an Open Badges 2.0 badge class. No slug has a dot in it."""
        return f"{self.base}/badges/v2/badgeclasses/{program}.{stack}-v{number}"

    def achievement(self, version: CredentialVersion) -> str:
        """The achievement, immutable per version."""
        return f"{self.base}/badges/achievements/{version.credential.public_id}/v{version.number}"

    def assertion(self, award: Badge) -> str:
        """The hosted Open Badges 2.0 assertion."""
        return f"{self.base}/badges/v2/assertions/{award.public_id}"

    def badge_class(self, version: CredentialVersion) -> str:
        """The Open Badges 2.0 badge class."""
        return (
            f"{self.base}/badges/v2/badgeclasses/{version.credential.public_id}-v{version.number}"
        )

    def issuer_2(self, issuer: Issuer) -> str:
        """The Open Badges 2.0 issuer profile."""
        return f"{self.base}/badges/v2/issuers/{issuer.slug}"

    def key_2(self, issuer: Issuer, number: int) -> str:
        """A key that signs Open Badges 2.0, as its issuer publishes it."""
        return f"{self.issuer_2(issuer)}/keys/{number}"

    def revocations_2(self, issuer: Issuer) -> str:
        """The Open Badges 2.0 revocation list of an issuer."""
        return f"{self.issuer_2(issuer)}/revocations"

    def signed_assertion(self, award: Badge) -> str:
        """The id of the signed Open Badges 2.0 assertion.

        A version 4 UUID made of the award's own random id, so that it need not be kept.
        """
        return _urn(f"assertion {award.public_id}")

    def tombstones(self, issuer: Issuer) -> list[str]:
        """Two ids that are no badge's and stand on every revocation list.

        A validator in use overlooks what is on a list of one entry (B2-052).
        """
        return [_urn(f"tombstone {number} {self.issuer_2(issuer)}") for number in (1, 2)]

    def status_list(self, status_list: StatusList) -> str:
        """The status list credential, which is its own id."""
        return f"{self.base}/badges/status/{status_list.number}"

    def issuer_page(self, issuer: Issuer) -> str:
        """The page of an issuer and its keys."""
        return f"{self.base}/issuers/{issuer.slug}"

    def mark(self, issuer: Issuer) -> str:
        """The picture of an issuer's mark."""
        return f"{self.issuer_page(issuer)}/mark.png"

    def endorsement(self, endorsement: Endorsement) -> str:
        """An endorsement, which is its own id."""
        return f"{self.base}/badges/endorsements/{endorsement.public_id}"

    def endorsement_2(self, endorsement: Endorsement) -> str:
        """The same as Open Badges 2.0 host it."""
        return f"{self.base}/badges/v2/endorsements/{endorsement.public_id}"

    def did_document(self, issuer: Issuer) -> str:
        """Where the issuer's did document lies."""
        place = ".well-known" if issuer.is_default else f"issuers/{issuer.slug}"
        return f"{self.base}/{place}/did.json"

    def did(self, issuer: Issuer) -> str:
        """The issuer's did:web identifier (did:web, section 3.1: a port's colon is `%3A`)."""
        host = urlsplit(self.base).netloc.replace(":", "%3A")
        return f"did:web:{host}" + ("" if issuer.is_default else f":issuers:{issuer.slug}")


def _urn(text: str) -> str:
    digest = hashlib.sha256(f"Open Badges 2.0 {text}".encode()).digest()
    return uuid.UUID(bytes=digest[:16], version=4).urn
