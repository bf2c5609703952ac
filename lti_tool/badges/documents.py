"""Signed and published documents: what the addresses answer, as bytes or plain JSON."""

import time
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from prometheus_client import Counter
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.badges import endorsements, open_badges_2, open_badges_3, status_list
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import (
    OVER,
    Award,
    Badge,
    Issuer,
    Rendering,
    SignedDocument,
    StackBadge,
)
from lti_tool.keyring import PUBLISHED, Keyring, KeyState, PublishedKey, Purpose
from lti_tool.sealing import did_documents, jws, plans, proofs, strict_json

SIGNATURES = Counter(
    "cairn_signatures", "Signatures of badges, by the way they were made", ["way"], registry=None
)
_BY_WAY = {way: SIGNATURES.labels(way) for way in plans.WAYS}
SIGNER = plans.Signer(tell=lambda way: _BY_WAY[way].inc())
"""Knows the shapes of what this process signed; it holds no key and no state that matters."""

as_json = strict_json.write


def render(
    award: Badge, rendering: Rendering, *, keyring: Keyring, addresses: Addresses, now: datetime
) -> bytes:
    """Sign one rendering of an award. Raises `members.CannotBeSigned`."""
    return Press(keyring, addresses, now).render(award, [rendering])[rendering].whole


class Press:
    """Signs awards one after the other, within one transaction.

    What awards of one version by one issuer have in common is read from the rows once.
    """

    def __init__(self, keyring: Keyring, addresses: Addresses, now: datetime) -> None:
        """Sign with the keys that are active now, at this moment."""
        self._keyring = keyring
        self._addresses = addresses
        self._now = now
        # The rows are kept along, so that no other row takes over their place in memory.
        self._shared: dict[tuple[int, str, int], tuple[object, open_badges_3.Shared]] = {}
        self._dids: dict[int, tuple[Issuer, str]] = {}
        self.signed_with: set[str] = set()
        """Names of the keys it used."""

    def render(
        self, award: Badge, renderings: Iterable[Rendering]
    ) -> dict[Rendering, plans.Signed]:
        """These renderings of an award. Raises `members.CannotBeSigned`."""
        did, holder = self._did_of(award.issuer), award.issuer.key_holder
        prepared = None
        made: dict[Rendering, plans.Signed] = {}
        for rendering in renderings:
            if rendering is Rendering.OB2_JWS:
                token = _signed_2(award, self._keyring, self._addresses)
                made[rendering] = plans.Signed(b"", token)
                continue
            if prepared is None:
                document = open_badges_3.credential(award, self._addresses, self._of(award))
                prepared = SIGNER.prepare(document)
            if rendering is Rendering.OB3_JSON:
                key = self._keyring.key(Purpose.BADGE_PROOF, holder)
                method = did_documents.method_id(did, key)
                made[rendering] = prepared.with_proof(key, method, created=self._now)
            else:
                key = self._keyring.key(Purpose.BADGE_JWT, holder)
                made[rendering] = prepared.as_jwt(key, did_documents.method_id(did, key))
            self.signed_with.add(key.kid)
        return made

    def _did_of(self, issuer: Issuer) -> str:
        """An issuer's did; its keys are there from then on."""
        if (known := self._dids.get(id(issuer))) is None:
            self._keyring.prepare(issuer.key_holder, self._now)
            known = self._dids[id(issuer)] = issuer, self._addresses.did(issuer)
        return known[1]

    def _of(self, award: Badge) -> open_badges_3.Shared:
        version, stack = _source(award)
        issuer = award.issuer
        place = id(version), stack, id(issuer)
        if place not in self._shared:
            shared = open_badges_3.Shared.of(award, self._addresses)
            if given := endorsements.signed_of(award):
                endorsed = {**shared.achievement, "endorsement": given}
                shared = shared._replace(achievement=endorsed)
            shared = shared.in_parts()
            self._shared[place] = (version, issuer), shared
        return self._shared[place][1]


def _source(award: Badge) -> tuple[object, str]:
    """The row that says what was earned, and the slug of the stack in it."""
    if isinstance(award, StackBadge):
        return award.program_version, award.stack
    assert isinstance(award, Award)
    return award.credential_version, ""


def _signed_2(award: Badge, keyring: Keyring, addresses: Addresses) -> bytes:
    """An award as Open Badges 2.0, signed."""
    signing = keyring.key(Purpose.BADGE_JWS, award.issuer.key_holder)
    known = keys_2(award.issuer, keyring)
    if signing.kid not in {one.kid for one in known.values()}:
        # It was compromised since this process looked: another signs already.
        keyring.look()
        signing = keyring.key(Purpose.BADGE_JWS, award.issuer.key_holder)
    (number,) = (n for n, one in known.items() if one.kid == signing.kid)
    assertion = open_badges_2.signed_assertion(award, addresses, number)
    return jws.encode(assertion, signing).encode("ascii")


def keys_of(issuer: Issuer, keyring: Keyring, purpose: Purpose) -> list[PublishedKey]:
    """Every key there ever was that signs for an issuer, oldest first, in whatever state.

    An issuer from the time of shared keys has those as well that it signed with then.
    """
    since = issuer.own_keys_since

    def was_shared(key: PublishedKey) -> bool:
        if key.holder or since == issuer.created_at:
            return False
        return since is None or key.made_at <= since

    return [
        key
        for key in keyring.all()
        if key.purpose is purpose and (key.holder == issuer.key_holder or was_shared(key))
    ]


def keys_2(issuer: Issuer, keyring: Keyring) -> dict[int, PublishedKey]:
    """The keys with which an issuer signs or signed Open Badges 2.0, by their addresses' numbers.

    A number is a key's place among all there ever were, so that it stays what it is. A compromised
    key is missing: its page is gone, and with it what it signed (B2-045).
    """
    ever = keys_of(issuer, keyring, Purpose.BADGE_JWS)
    believed = (KeyState.ACTIVE, KeyState.RETIRED)
    return {number: key for number, key in enumerate(ever, start=1) if key.state in believed}


def issuer_2(
    issuer: Issuer, keyring: Keyring, addresses: Addresses, *, endorsed: Sequence[str] = ()
) -> dict[str, Any]:
    """The Open Badges 2.0 profile of one of our issuers, with its keys and what is said of it."""
    keys = list(keys_2(issuer, keyring))
    return open_badges_2.issuer_profile(issuer, addresses, keys, endorsed=endorsed)


def revocation_list(session: Session, issuer: Issuer, addresses: Addresses) -> dict[str, Any]:
    """The Open Badges 2.0 revocation list of an issuer."""
    revoked = session.scalars(
        select(Badge).where(Badge.issuer == issuer, Badge.state.in_(OVER)).order_by(Badge.id)
    )
    return open_badges_2.revocation_list(issuer, revoked, addresses)


def kept(session: Session, award: Badge) -> dict[Rendering, bytes]:
    """What was signed for an award so far."""
    rows = session.scalars(
        select(SignedDocument)
        .where(SignedDocument.award == award)
        .options(joinedload(SignedDocument.beginning))
    )
    return {row.rendering: row.content for row in rows}


def contents(session: Session, ids: Iterable[int]) -> dict[int, bytes]:
    """What was signed, by the ids of its rows."""
    rows = session.scalars(
        select(SignedDocument)
        .where(SignedDocument.id.in_(ids))
        .options(joinedload(SignedDocument.beginning))
    )
    return {row.id: row.content for row in rows}


def did_document(issuer: Issuer, keyring: Keyring, addresses: Addresses) -> dict[str, Any]:
    """The did document of one of our issuers."""
    return did_documents.document(
        addresses.did(issuer),
        _published(issuer, keyring, Purpose.BADGE_PROOF),
        _published(issuer, keyring, Purpose.BADGE_JWT),
    )


def _published(issuer: Issuer, keyring: Keyring, purpose: Purpose) -> list[PublishedKey]:
    return [key for key in keys_of(issuer, keyring, purpose) if key.state in PUBLISHED]


LOOKED_AT = 1.0
"""Seconds for which a status list is believed to be as it was, unless this process changed one.
What others keep of it is older: they may for five minutes."""


@dataclass(frozen=True)
class _Listed:
    """A status list as it was signed here."""

    made_of: Hashable
    content: bytes
    holder: str
    kid: str
    changes: int
    looked_at: float
    """On the machine's own clock, which no test and no administrator sets."""

    def is_fresh(self, keyring: Keyring) -> bool:
        return (
            time.monotonic() - self.looked_at < LOOKED_AT
            and self.changes == status_list.CHANGES.number
            and self.kid == keyring.key(Purpose.BADGE_PROOF, self.holder).kid
        )


_LISTS: WeakKeyDictionary[Keyring, dict[tuple[str, int], _Listed]] = WeakKeyDictionary()
"""By keys, since these belong to one installation, host and number."""


def status_credential(
    session: Session, number: int, keyring: Keyring, addresses: Addresses
) -> bytes | None:
    """A status list, signed; `None` where there is none of this number.

    Equal contents give equal bytes, signature included, so one that was signed before is served
    from memory for as long as the database holds what it was made of, and for `LOOKED_AT` seconds
    without asking it.
    """
    lists, place = _LISTS.setdefault(keyring, {}), (addresses.base, number)
    known = lists.get(place)
    if known and known.is_fresh(keyring):
        return known.content
    # Seen before the list is read: what is changed meanwhile makes another number.
    changes, looked_at = status_list.CHANGES.number, time.monotonic()
    standing = status_list.standing(session, number)
    if standing is None:
        return None
    found, revoked = standing
    holder = found.issuer.key_holder
    keyring.prepare(holder, found.changed_at)
    key = keyring.key(Purpose.BADGE_PROOF, holder)
    method = did_documents.method_id(addresses.did(found.issuer), key)
    made_of = (found.id, found.length, found.changed_at, revoked, method)
    if known and known.made_of == made_of:
        content = known.content
    else:
        places = status_list.revoked_places(session, found)
        document = status_list.credential(found, places, addresses)
        content = as_json(proofs.sign(document, key, method, created=found.changed_at))
    lists[place] = _Listed(made_of, content, holder, key.kid, changes, looked_at)
    return content
