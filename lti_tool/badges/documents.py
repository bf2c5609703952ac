"""Signed and published documents: what the addresses answer, as bytes or plain JSON."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import open_badges_3, status_list
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Issuer, Rendering, SignedDocument, StatusList
from lti_tool.keyring import Keyring, Purpose
from lti_tool.sealing import did_documents, proofs


def as_json(document: Mapping[str, Any]) -> bytes:
    """A document as it is kept and sent: UTF-8, no spaces."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def render(
    award: Award, rendering: Rendering, *, keyring: Keyring, addresses: Addresses, now: datetime
) -> bytes:
    """Sign one rendering of an award. Raises `members.CannotBeSigned`."""
    credential = open_badges_3.credential(award, addresses)
    did = addresses.did(award.issuer)
    if rendering is Rendering.OB3_JSON:
        key = keyring.key(Purpose.BADGE_PROOF)
        method = did_documents.method_id(did, key)
        return as_json(proofs.sign(credential, key, method, created=now))
    key = keyring.key(Purpose.BADGE_JWT)
    return proofs.encode_jwt(credential, key, did_documents.method_id(did, key)).encode("ascii")


def kept(session: Session, award: Award) -> dict[Rendering, bytes]:
    """What was signed for an award so far."""
    rows = session.scalars(select(SignedDocument).where(SignedDocument.award == award))
    return {row.rendering: row.content for row in rows}


def did_document(issuer: Issuer, keyring: Keyring, addresses: Addresses) -> dict[str, Any]:
    """The did document of one of our issuers."""
    return did_documents.document(
        addresses.did(issuer),
        keyring.published(Purpose.BADGE_PROOF),
        keyring.published(Purpose.BADGE_JWT),
    )


def status_credential(
    session: Session, found: StatusList, keyring: Keyring, addresses: Addresses
) -> dict[str, Any]:
    """A status list, signed. Equal contents give equal bytes, signature included."""
    key = keyring.key(Purpose.BADGE_PROOF)
    method = did_documents.method_id(addresses.did(found.issuer), key)
    document = status_list.credential(found, status_list.revoked_places(session, found), addresses)
    return proofs.sign(document, key, method, created=found.changed_at)
