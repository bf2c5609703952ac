"""What an Open Badges 2.0 document of ours may hold, class by class.

Open Badges 2.0 signs the text itself, so nothing goes unsigned. But validators ignore or refuse
what they do not know, and what is public should be there on purpose. So what is not listed is
refused, as for 3.0 (`members`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lti_tool.sealing import contexts
from lti_tool.sealing.members import ODD, CannotBeSigned

_CLASSES: dict[str, str] = {
    "Assertion": "@context! type! id! recipient!:Identity badge! verification!:Verification "
    "issuedOn! expires image narrative evidence*:Evidence related*:Related",
    "RevokedAssertion": "@context! type! id! revoked! revocationReason",
    "BadgeClass": "@context! type! id! name! description! image! criteria!:Criteria issuer! "
    "alignment*:Alignment tags version related*:Related",
    "Issuer": "@context! type! id! name! url! email! description image publicKey revocationList "
    "related*:Related",
    "CryptographicKey": "@context! type! id! owner! publicKeyPem!",
    "RevocationList": "@context! type! id! issuer! revokedAssertions!*:Revocation",
    "Identity": "type! identity! hashed! salt",
    "Verification": "type! creator",
    "Criteria": "id narrative",
    "Alignment": "targetName! targetUrl! targetDescription targetFramework targetCode",
    "Evidence": "id name description narrative genre audience",
    "Related": "id! version @language",
    "Revocation": "id! revocationReason",
}
"""Members of each class: `!` must be there, `*` holds a list, `:` names its objects' class."""

TYPES = ("Assertion", "BadgeClass", "Issuer", "CryptographicKey", "RevocationList")
"""What stands in `type` of a document."""

URN_UUID = re.compile(
    r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)
"""The id of a signed assertion: a version 4 UUID; validators refuse version 7 (B2-016)."""


def require_sound(document: Mapping[str, Any]) -> None:
    """Refuse what our documents of Open Badges 2.0 never hold.

    Raises `CannotBeSigned` naming every fault.
    """
    kind = str(document.get("type"))
    if kind not in TYPES:
        raise CannotBeSigned(f"type {kind} is not one of ours")
    faults = list(_faults(document, "RevokedAssertion" if document.get("revoked") else kind, ""))
    if document.get("@context") != contexts.OPEN_BADGES_2:
        faults.append("/@context is not that of Open Badges 2.0")
    verification = document.get("verification")
    if isinstance(verification, Mapping) and verification.get("type") == "SignedBadge":
        # The standard lets `creator` be left out; validators stop without it (B2-046).
        if not verification.get("creator"):
            faults.append("/verification/creator is missing")
        if not URN_UUID.fullmatch(str(document.get("id"))):
            faults.append("/id is not urn:uuid and a version 4 UUID")
    if faults:
        raise CannotBeSigned("; ".join(faults))


def _faults(node: Mapping[str, Any], kind: str, path: str) -> Iterator[str]:
    members = dict(_member(word) for word in _CLASSES[kind].split())
    for name, (is_required, _, _) in members.items():
        if is_required and name not in node:
            yield f"{path}/{name} is missing"
    for name, value in node.items():
        where = f"{path}/{name}"
        if name not in members:
            yield f"{where} is not one of ours"
            continue
        _, is_list, inner = members[name]
        if value in (None, "", [], {}):
            yield f"{where} is empty"
        if is_list and not isinstance(value, list):
            yield f"{where} is not a list"
            continue
        for entry in value if isinstance(value, list) else [value]:
            yield from _entry_faults(entry, inner, where)


def _entry_faults(entry: Any, kind: str, where: str) -> Iterator[str]:
    """What is wrong with one value; `kind` is the class of an object, empty for plain values."""
    if isinstance(entry, Mapping) and kind:
        yield from _faults(entry, kind, where)
    elif isinstance(entry, Mapping) or kind:
        yield f"{where} does not hold what it should"
    elif not isinstance(entry, str | bool):
        yield f"{where} is neither text nor true or false"
    elif isinstance(entry, str) and ODD.search(entry):
        yield f"{where} holds a character that cannot be signed"


def _member(word: str) -> tuple[str, tuple[bool, bool, str]]:
    """One word of `_CLASSES`: name, whether required, whether a list, class of its objects."""
    name, _, inner = word.partition(":")
    bare = name.rstrip("!*")
    return bare, ("!" in name, "*" in name, inner)
