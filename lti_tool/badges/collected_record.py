"""All badges of one person as Comprehensive Learner Records 2.0, signed by the installation.

Each badge in it is as it was signed, with its own issuer and its own place in a status list; the
record's signature says that they were handed out together. So it has no status of its own.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.badges import documents, open_badges_3
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import OVER, Badge, Issuer, Rendering, StackBadge
from lti_tool.badges.stack_badges import (
    MOST_PARTS,
    RECORD_CONTEXT,
    RECORD_SCHEMA,
    as_corrected,
    parts_of,
)
from lti_tool.keyring import Keyring, Purpose
from lti_tool.sealing import did_documents, proofs, strict_json

NAME = "Everything earned"
LARGEST = 190_000
"""Bytes of the badges in one record; libraries refuse to canonicalise 256 KiB (openbadgeslib)."""

Inside = tuple[Badge, dict[str, Any]]
"""A badge and the document that was signed for it."""


def records(
    session: Session,
    badges: Sequence[Badge],
    *,
    issuer: Issuer,
    keyring: Keyring,
    addresses: Addresses,
    most: int = MOST_PARTS,
) -> list[bytes]:
    """The records that hold these badges, each as many as libraries read; none without a badge.

    What holds no more and what is not signed yet is left out. The same badges give the same bytes.
    """
    return [
        _record(session, inside, issuer=issuer, keyring=keyring, addresses=addresses)
        for inside in _heaps(session, badges, most)
    ]


def _heaps(session: Session, badges: Sequence[Badge], most: int) -> Iterator[list[Inside]]:
    heap: list[Inside] = []
    size = 0
    for one in badges:
        signed = documents.kept(session, one).get(Rendering.OB3_JSON)
        if one.state in OVER or signed is None:
            continue
        if heap and (len(heap) == most or size + len(signed) > LARGEST):
            yield heap
            heap, size = [], 0
        heap.append((one, strict_json.read(signed)))
        size += len(signed)
    if heap:
        yield heap


def _record(
    session: Session,
    inside: list[Inside],
    *,
    issuer: Issuer,
    keyring: Keyring,
    addresses: Addresses,
) -> bytes:
    documents_in = [document for _, document in inside]
    moment = max(one.issued_at for one, _ in inside)
    named = "\n".join(document["id"] for document in documents_in).encode()
    own = uuid.UUID(bytes=hashlib.sha256(named).digest()[:16], version=4).urn
    subject: dict[str, Any] = {
        "type": ["ClrSubject"],
        "identifier": documents_in[0]["credentialSubject"]["identifier"],
        "verifiableCredential": documents_in,
    }
    if associations := _associations(session, inside):
        subject["association"] = associations
    document = {
        "@context": RECORD_CONTEXT,
        "id": own,
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": NAME,
        "description": "Badges of one person, bundled when they were saved.",
        "issuer": open_badges_3.profile(issuer, addresses),
        "validFrom": proofs.timestamp(moment),
        "credentialSubject": subject,
        "credentialSchema": [{"id": RECORD_SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }
    key = keyring.key(Purpose.BADGE_PROOF, issuer.key_holder)
    method = did_documents.method_id(addresses.did(issuer), key)
    return strict_json.write(proofs.sign(document, key, method, created=moment))


def _associations(session: Session, inside: list[Inside]) -> list[dict[str, Any]]:
    """Which of these badges are parts of which, between what they were awarded for."""
    achievements = {
        one.public_id: document["credentialSubject"]["achievement"]["id"]
        for one, document in inside
    }
    pairs: dict[tuple[str, str], None] = {}
    for one, _ in inside:
        if isinstance(one, StackBadge):
            for part in parts_of(session, one):
                found = achievements.get(as_corrected(session, part).public_id)
                if found is not None:
                    pairs[achievements[one.public_id], found] = None
    return [
        {"type": ["Association"], "associationType": kind, "sourceId": one, "targetId": other}
        for whole, part in pairs
        for kind, one, other in (("isParentOf", whole, part), ("isChildOf", part, whole))
    ]
