"""Every public address of a badge, made from the installation's own address and nothing else."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from lti_tool.badges.models import Award, Issuer, StatusList
from lti_tool.programs.models import CredentialVersion


@dataclass(frozen=True)
class Addresses:
    """Addresses below `base`, the tool's public address without a trailing slash."""

    base: str

    def award(self, award: Award) -> str:
        """The share page, which is the Open Badges 3.0 credential's id as well."""
        return f"{self.base}/badges/{award.public_id}"

    def achievement(self, version: CredentialVersion) -> str:
        """The achievement, immutable per version."""
        return f"{self.base}/badges/achievements/{version.credential.public_id}/v{version.number}"

    def assertion(self, award: Award) -> str:
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

    def status_list(self, status_list: StatusList) -> str:
        """The status list credential, which is its own id."""
        return f"{self.base}/badges/status/{status_list.number}"

    def did(self, issuer: Issuer) -> str:
        """The issuer's did:web identifier (did:web, section 3.1: a port's colon is `%3A`)."""
        host = urlsplit(self.base).netloc.replace(":", "%3A")
        return f"did:web:{host}" + ("" if issuer.is_default else f":issuers:{issuer.slug}")
