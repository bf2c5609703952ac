"""The JSON-LD contexts credentials are written in, all of them bundled and none ever fetched.

A context decides what a signature covers, so it may not change between signing and checking and
may not depend on a host that is down today. The documents come as package data: those of
Open Badges 3.0 and of the W3C's second data model from `openbadgeslib`, those that only older
credentials name from PyLD. Only data is read from either package.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES_3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_3_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
CLR_2 = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
OPEN_BADGES_2 = "https://w3id.org/openbadges/v2"
DID_V1 = "https://www.w3.org/ns/did/v1"
MULTIKEY_V1 = "https://w3id.org/security/multikey/v1"
ED25519_2020 = "https://w3id.org/security/suites/ed25519-2020/v1"

_BADGES = "openbadgeslib.ob3.contexts"
_OLDER = "pyld.documentloader.frozen.bundled"

_FILES: dict[str, tuple[str, str]] = {
    CREDENTIALS_V2: (_BADGES, "credentials-v2.json"),
    OPEN_BADGES_3: (_BADGES, "ob-v3p0-context-3.0.3.json"),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json": (
        _BADGES,
        "ob-v3p0-context-3.0.2.json",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json": (
        _BADGES,
        "ob-v3p0-context-3.0.1.json",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context.json": (
        _BADGES,
        "ob-v3p0-context-3.0.3.json",
    ),
    OPEN_BADGES_3_EXTENSIONS: (_BADGES, "ob-v3p0-extensions.json"),
    CLR_2: (_BADGES, "clr_context_2.0.1.json"),
    "https://w3id.org/security/data-integrity/v2": (
        _BADGES,
        "security-data-integrity-v2.json",
    ),
    MULTIKEY_V1: (_BADGES, "security-multikey-v1.json"),
    CREDENTIALS_V1: (_OLDER, "credentials-v1.jsonld"),
    ED25519_2020: (_OLDER, "security-ed25519-2020-v1.jsonld"),
    DID_V1: (_OLDER, "did-v1.jsonld"),
}


class UnknownContext(ValueError):
    """A document names a context that is not bundled, or brings one of its own."""


def load(url: str) -> Any:
    """The value of `@context` of a bundled context document. Raises `UnknownContext`."""
    require_known(url)
    return _read(url)


def require_known(entry: Any) -> None:
    """Let pass an entry of `@context` that is bundled. Raises `UnknownContext`."""
    if not isinstance(entry, str):
        raise UnknownContext("the document brings a context of its own")
    if entry not in _FILES:
        raise UnknownContext(f"the context {entry} is not one of those known here")


@cache
def _read(url: str) -> Any:
    package, name = _FILES[url]
    text = resources.files(package).joinpath(name).read_text("utf-8")
    return json.loads(text)["@context"]


def known() -> tuple[str, ...]:
    """The addresses of all bundled contexts."""
    return tuple(_FILES)


@cache
def fingerprint(url: str) -> bytes:
    """A digest of what a context defines. Raises `UnknownContext`."""
    written = json.dumps([url, load(url)], sort_keys=True)
    return hashlib.sha256(written.encode("utf-8")).digest()


def inlined(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a document with every named context written out in place.

    Raises `UnknownContext` for a context that is not bundled and for one the document defines
    itself: such a context could give signed words another meaning.
    """
    return {name: _inlined_member(name, value) for name, value in document.items()}


def _inlined_member(name: str, value: Any) -> Any:
    if name == "@context":
        return [_known(entry) for entry in (value if isinstance(value, list) else [value])]
    if isinstance(value, dict):
        return inlined(value)
    if isinstance(value, list):
        return [_inlined_member("", entry) for entry in value]
    return value


def _known(entry: Any) -> Any:
    require_known(entry)
    return load(entry)
