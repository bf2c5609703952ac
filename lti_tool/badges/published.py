"""What our public addresses answer, straight from the database.

The views serve it, and verification asks it instead of calling this installation over the network.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import (
    artwork,
    awards,
    documents,
    endorsements,
    issuers,
    open_badges_2,
    open_badges_3,
    stack_achievement,
    stack_badges,
)
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import KEPT, OVER, Badge, Issuer, Rendering, StackBadge
from lti_tool.errors import NotFound
from lti_tool.keyring import Keyring
from lti_tool.people.models import Person
from lti_tool.programs.models import Credential, CredentialVersion, ProgramVersion
from lti_tool.sealing import baking

NOTHING = "There is nothing at this address."


@dataclass(frozen=True)
class Published:
    """The public documents of one installation, in one session."""

    session: Session
    keyring: Keyring
    addresses: Addresses

    def default_issuer(self) -> Issuer:
        """The issuer behind `/.well-known/did.json`. Raises `NotFound`."""
        found = self.session.scalar(select(Issuer).where(Issuer.is_default))
        if found is None:
            raise NotFound(NOTHING)
        return found

    def issuer(self, slug: str) -> Issuer:
        """An issuer by the name in its address. Raises `NotFound`."""
        found = issuers.find_issuer(self.session, slug)
        if found is None:
            raise NotFound(NOTHING)
        return found

    def did_document(self, issuer: Issuer) -> dict[str, Any]:
        """The issuer's did document."""
        return documents.did_document(issuer, self.keyring, self.addresses)

    def status_credential(self, number: int) -> bytes:
        """A status list, signed. Raises `NotFound`."""
        found = documents.status_credential(self.session, number, self.keyring, self.addresses)
        if found is None:
            raise NotFound(NOTHING)
        return found

    def version(self, public_id: str, number: int) -> CredentialVersion:
        """One version of what can be earned. Raises `NotFound`."""
        found = self.session.scalar(
            select(CredentialVersion)
            .join(CredentialVersion.credential)
            .join(CredentialVersion.program_version)
            .where(Credential.public_id == public_id, ProgramVersion.number == number)
        )
        if found is None:
            raise NotFound(NOTHING)
        return found

    def achievement(self, public_id: str, number: int) -> dict[str, Any]:
        """The achievement as its own document. Raises `NotFound`."""
        version = self.version(public_id, number)
        return {
            "@context": open_badges_3.CONTEXT[:2],
            **open_badges_3.achievement(version, self.addresses),
        }

    def issuer_of(self, version: CredentialVersion) -> Issuer:
        """Who would award this version now; looked up only, never made. Raises `NotFound`."""
        return issuers.awarding_issuer(self.session, version) or self.default_issuer()

    def stack(self, program: str, slug: str, number: int) -> stack_achievement.StackVersion:
        """One version of a stack that can be earned. Raises `NotFound`."""
        found = stack_achievement.find(self.session, program, slug, number)
        if found is None:
            raise NotFound(NOTHING)
        return found

    def achievement_of_stack(self, program: str, slug: str, number: int) -> dict[str, Any]:
        """A stack's achievement as its own document. Raises `NotFound`."""
        found = self.stack(program, slug, number)
        return {
            "@context": open_badges_3.CONTEXT[:2],
            **stack_achievement.achievement(found, self.addresses),
        }

    def issuer_of_stack(self, stack: stack_achievement.StackVersion) -> Issuer:
        """Who would award a stack now. Raises `NotFound`."""
        found = stack_achievement.awarding_issuer(self.session, stack)
        return found or self.default_issuer()

    def record(self, award: Badge, *, for_: Person | None) -> bytes:
        """A stack with its parts as a learner record. Raises `NotFound` and `NotSigned`."""
        if not isinstance(award, StackBadge):
            raise NotFound(NOTHING)
        self.signed(award, Rendering.OB3_JSON)
        return stack_badges.record(
            self.session, award, for_=for_, keyring=self.keyring, addresses=self.addresses
        )

    def badge_class(self, name: str) -> dict[str, Any]:
        """The Open Badges 2.0 badge class `<credential>-v<number>`. Raises `NotFound`.

        That of a stack is `<program>.<stack>-v<number>`.
        """
        if of_stack := re.fullmatch(r"([\w-]+)\.([\w-]+)-v(\d{1,9})", name):
            stack = self.stack(of_stack[1], of_stack[2], int(of_stack[3]))
            issuer = self.issuer_of_stack(stack)
            said = endorsements.addresses_2(self.session, stack, self.addresses)
            return stack_achievement.badge_class(stack, issuer, self.addresses, endorsed=said)
        found = re.fullmatch(r"([A-Za-z0-9]+)-v(\d{1,9})", name)
        if found is None:
            raise NotFound(NOTHING)
        version = self.version(found.group(1), int(found.group(2)))
        said = endorsements.addresses_2(self.session, version, self.addresses)
        issuer = self.issuer_of(version)
        return open_badges_2.badge_class(version, issuer, self.addresses, endorsed=said)

    def hosted(self, public_id: str, *, for_: Person | None) -> Badge:
        """The badge behind a hosted assertion. Raises `NotFound`.

        One that was erased is among them, because its address goes on saying that it holds no more.
        """
        try:
            return awards.find_award(self.session, public_id, for_=for_)
        except awards.BadgeErased as erased:
            return erased.badge

    def assertion(self, award: Badge) -> tuple[int, dict[str, Any]]:
        """Status and body of a hosted assertion: 200, or 410 with what stays of a revoked one."""
        if award.state in OVER:
            return 410, open_badges_2.revoked_assertion(award, self.addresses)
        # What is said of a private badge is nobody's to read, so it is not named either.
        is_public = award.shared_at is not None and award.endorsed_at is not None
        said = endorsements.addresses_2(self.session, award, self.addresses) if is_public else ()
        return 200, open_badges_2.assertion(award, self.addresses, endorsed=said)

    def endorsement(self, public_id: str) -> bytes:
        """What somebody says of a badge, signed. Raises `NotFound`."""
        return endorsements.find(self.session, public_id).content

    def endorsement_2(self, public_id: str) -> tuple[int, dict[str, Any]]:
        """Status and body of an endorsement in Open Badges 2.0: 200, or 410 once withdrawn.

        Raises `NotFound`.
        """
        found = endorsements.find(self.session, public_id)
        status = 200 if found.withdrawn_at is None else 410
        return status, endorsements.document_2(found, self.addresses)

    def issuer_2(self, slug: str) -> dict[str, Any]:
        """The Open Badges 2.0 profile of an issuer. Raises `NotFound`."""
        issuer = self.issuer(slug)
        said = endorsements.addresses_2(self.session, issuer, self.addresses)
        return documents.issuer_2(issuer, self.keyring, self.addresses, endorsed=said)

    def key_2(self, slug: str, number: int) -> dict[str, Any]:
        """A key that an issuer signs Open Badges 2.0 with. Raises `NotFound`."""
        issuer = self.issuer(slug)
        key = documents.keys_2(issuer, self.keyring).get(number)
        if key is None:
            raise NotFound(NOTHING)
        return open_badges_2.key_page(issuer, number, key, self.addresses)

    def revocations_2(self, slug: str) -> dict[str, Any]:
        """The Open Badges 2.0 revocation list of an issuer. Raises `NotFound`."""
        return documents.revocation_list(self.session, self.issuer(slug), self.addresses)

    def signed(self, award: Badge, rendering: Rendering) -> bytes:
        """The bytes that were signed for an award.

        Raises `NotSigned` where it is too early. What is not kept is signed at once; nothing is
        signed any more for somebody whose data was erased (T-135).
        """
        if rendering not in KEPT and award.erased_at is None:
            return documents.render(
                award,
                rendering,
                keyring=self.keyring,
                addresses=self.addresses,
                now=award.issued_at,
            )
        found = documents.kept(self.session, award).get(rendering)
        if found is None:
            raise NotSigned(
                "This badge is being signed, which takes a few seconds. Try again in a moment."
            )
        return found

    def parts_taken_back(self, url: str) -> list[str]:
        """Titles of what the badge of a stack with this id rested on and lacks since."""
        start = f"{self.addresses.base}/badges/"
        if not url.startswith(start):
            return []
        named = StackBadge.public_id == url.removeprefix(start)
        badge = self.session.scalar(select(StackBadge).where(named))
        if badge is None:
            return []
        titles = {part.get("badge"): part["title"] for part in badge.parts}
        return [
            titles[one.public_id]
            for one in stack_badges.parts_of(self.session, badge)
            if stack_badges.as_corrected(self.session, one).state in OVER
        ]

    def answer(self, url: str) -> tuple[int, bytes] | None:
        """What an address of ours answers a stranger; `None` for anybody else's address.

        did:web means https, so the scheme is not compared: the host is.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if parts.netloc != urlsplit(self.addresses.base).netloc:
            return None
        try:
            status, body = self._answer(parts.path)
        except awards.BadgeErased as erased:
            return 410, documents.as_json({"revoked": True, "revocationReason": str(erased)})
        except (NotFound, NotSigned):
            return 404, b""
        return status, body

    def _answer(self, path: str) -> tuple[int, bytes]:
        if path == "/.well-known/did.json":
            return 200, documents.as_json(self.did_document(self.default_issuer()))
        for pattern, method in _ROUTES:
            if found := re.fullmatch(pattern, path):
                answer: tuple[int, Mapping[str, Any] | bytes] = method(self, *found.groups())
                status, body = answer
                return status, body if isinstance(body, bytes) else documents.as_json(body)
        raise NotFound(NOTHING)

    def _credential(self, public_id: str, ending: str) -> tuple[int, bytes]:
        award = awards.find_award(self.session, public_id, for_=None)
        return 200, self.signed(award, _BY_ENDING.get(ending, Rendering.OB3_JSON))

    def _baked(self, public_id: str, form: str) -> tuple[int, bytes]:
        """The picture of a shared award with the credential in it."""
        award = awards.find_award(self.session, public_id, for_=None)
        text = self.signed(award, Rendering.OB3_JSON).decode()
        drawn = artwork.artwork_of_award(award)
        if form == "png":
            return 200, baking.bake_png(artwork.png(drawn), text)
        return 200, baking.bake_svg(artwork.svg(drawn), text).encode()

    def _record(self, public_id: str) -> tuple[int, bytes]:
        award = awards.find_award(self.session, public_id, for_=None)
        return 200, self.record(award, for_=None)

    def _look_of_stack(self, program: str, slug: str, number: str, form: str) -> tuple[int, bytes]:
        """The picture of a stack that can be earned."""
        stack = self.stack(program, slug, int(number))
        drawn = artwork.artwork_of_stack(stack, self.issuer_of_stack(stack))
        return 200, artwork.png(drawn) if form == "png" else artwork.svg(drawn).encode()

    def _mark(self, slug: str) -> tuple[int, bytes]:
        """The mark of an issuer."""
        mark = self.issuer(slug).mark
        if not mark:
            raise NotFound(NOTHING)
        return 200, artwork.mark_alone(mark)

    def _look(self, public_id: str, number: str, form: str) -> tuple[int, bytes]:
        """The picture of what can be earned."""
        version = self.version(public_id, int(number))
        drawn = artwork.artwork_of_version(version, self.issuer_of(version))
        return 200, artwork.png(drawn) if form == "png" else artwork.svg(drawn).encode()


class NotSigned(NotFound):
    """The award was made, but its signature is still to come."""

    status = 503


_BY_ENDING = {".jwt": Rendering.OB3_JWT, ".jws": Rendering.OB2_JWS}

_ROUTES: tuple[tuple[str, Any], ...] = (
    (r"/issuers/([\w-]+)/did\.json", lambda own, slug: (200, own.did_document(own.issuer(slug)))),
    (r"/issuers/([\w-]+)/mark\.png", lambda own, slug: own._mark(slug)),
    (r"/badges/status/(\d{1,9})", lambda own, number: (200, own.status_credential(int(number)))),
    (
        r"/badges/achievements/(\w+)/v(\d{1,9})",
        lambda own, public_id, number: (200, own.achievement(public_id, int(number))),
    ),
    (
        r"/badges/achievements/(\w+)/v(\d{1,9})\.(png|svg)",
        lambda own, *found: own._look(*found),
    ),
    (
        r"/badges/stacks/([\w-]+)/([\w-]+)/v(\d{1,9})",
        lambda own, *found: (200, own.achievement_of_stack(*found[:2], int(found[2]))),
    ),
    (
        r"/badges/stacks/([\w-]+)/([\w-]+)/v(\d{1,9})\.(png|svg)",
        lambda own, *found: own._look_of_stack(*found),
    ),
    (r"/badges/endorsements/(\w+)", lambda own, public_id: (200, own.endorsement(public_id))),
    (r"/badges/v2/endorsements/(\w+)", lambda own, public_id: own.endorsement_2(public_id)),
    (r"/badges/v2/issuers/([\w-]+)", lambda own, slug: (200, own.issuer_2(slug))),
    (
        r"/badges/v2/issuers/([\w-]+)/keys/(\d{1,9})",
        lambda own, slug, number: (200, own.key_2(slug, int(number))),
    ),
    (
        r"/badges/v2/issuers/([\w-]+)/revocations",
        lambda own, slug: (200, own.revocations_2(slug)),
    ),
    (r"/badges/v2/badgeclasses/([\w.-]+)", lambda own, name: (200, own.badge_class(name))),
    (
        r"/badges/v2/assertions/(\w+)",
        lambda own, public_id: own.assertion(own.hosted(public_id, for_=None)),
    ),
    (
        r"/badges/v2/assertions/(\w+)\.jws",
        lambda own, public_id: own._credential(public_id, ".jws"),
    ),
    (r"/badges/(\w+)\.clr\.json", lambda own, public_id: own._record(public_id)),
    (r"/badges/(\w+)\.(png|svg)", lambda own, *found: own._baked(*found)),
    (r"/badges/(\w+)(\.json|\.jwt|)", lambda own, *found: own._credential(*found)),
)
