"""did:web documents: writing our issuers' and reading anybody's.

Sources: did:web method; W3C Controlled Identifiers 1.0; what validators insist on: rows
B3-030 to B3-037. Retired keys stay listed, because what they signed is still true.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.exceptions import PyJWTError

from lti_tool import keyring, multibase
from lti_tool.keyring import PublicKey, PublishedKey
from lti_tool.sealing import contexts

JWK_V1 = "https://w3id.org/security/jwk/v1"


class MethodWrong(ValueError):
    """A document does not vouch for the key it is asked about; the message says why."""


def method_id(did: str, key: PublishedKey | keyring.Key) -> str:
    """How a key of an issuer is named: the multibase key or the thumbprint as fragment."""
    return f"{did}#{key.kid}"


def document(
    did: str,
    proof_keys: Iterable[PublishedKey],
    jwt_keys: Iterable[PublishedKey],
    *,
    also_known_as: Iterable[str] = (),
) -> dict[str, Any]:
    """The did document of an issuer that controls these keys."""
    methods: list[dict[str, Any]] = []
    for key in proof_keys:
        own = method_id(did, key)
        methods.append(
            {"id": own, "type": "Multikey", "controller": did, "publicKeyMultibase": key.kid}
        )
    for key in jwt_keys:
        own = method_id(did, key)
        jwk = {**key.public_jwk, "kid": key.kid, "alg": key.algorithm, "use": "sig"}
        methods.append({"id": own, "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk})
    whole = {
        "@context": [contexts.DID_V1, contexts.MULTIKEY_V1, JWK_V1],
        "id": did,
        "alsoKnownAs": list(also_known_as),
        "verificationMethod": methods,
        # Strings, absolute: an embedded object or a bare fragment breaks validators (B3-034).
        "assertionMethod": [method["id"] for method in methods],
    }
    return {member: value for member, value in whole.items() if value}


def web_address(did: str) -> str:
    """Where the document of a did:web identifier lies. Raises `MethodWrong` for no did:web."""
    parts = did.split(":")
    if parts[:2] != ["did", "web"] or len(parts) < 3 or not all(parts[2:]):
        raise MethodWrong(f"{did} is not a did:web identifier")
    host, *path = (unquote(part) for part in parts[2:])
    if not re.fullmatch(r"[A-Za-z0-9.-]+(:\d{1,5})?", host) or any(
        not re.fullmatch(r"[\w.~-]+", step) or step in (".", "..") for step in path
    ):
        raise MethodWrong(f"{did} does not name a host and a path")
    return f"https://{host}/" + ("/".join([*path, "did.json"]) if path else ".well-known/did.json")


def key_of_did_key(did: str) -> PublicKey:
    """The key a did:key identifier is made of (Ed25519 or P-256). Raises `MethodWrong`."""
    return key_of_multikey(did.partition("#")[0].removeprefix("did:key:"))


def key_of_multikey(text: str) -> PublicKey:
    """The key object of a Multikey text. Raises `MethodWrong` for another kind of key (B3-033)."""
    try:
        raw = multibase.decode(text)
        if raw.startswith(multibase.ED25519_PREFIX):
            return ed25519.Ed25519PublicKey.from_public_bytes(raw[2:])
        if raw.startswith(multibase.P256_PREFIX):
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[2:])
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MethodWrong(f"the key cannot be read: {error}") from error
    raise MethodWrong("the key is neither Ed25519 nor P-256")


def find_key(found: Mapping[str, Any], method: str, *, controller: str) -> PublicKey:
    """The key a did document lists under `method` for making assertions.

    Raises `MethodWrong` where the document is another's, does not list the method, lists it for
    other purposes, or says somebody else controls it.
    """
    if found.get("id") != method.partition("#")[0]:
        raise MethodWrong(f"the did document is that of {found.get('id')}")
    entries = [
        entry
        for entry in [*_list(found.get("verificationMethod")), *_list(found.get("assertionMethod"))]
        if isinstance(entry, Mapping) and _absolute(entry.get("id"), found) == method
    ]
    if not entries:
        raise MethodWrong(f"the issuer's did document does not list {method}")
    uses = [
        _absolute(entry.get("id") if isinstance(entry, Mapping) else entry, found)
        for entry in _list(found.get("assertionMethod"))
    ]
    if method not in uses:
        raise MethodWrong("the issuer does not use this key for making assertions")
    (entry, *_) = entries
    if entry.get("controller", controller) != controller:
        raise MethodWrong(f"the key is controlled by {entry.get('controller')}")
    if entry.get("revoked"):
        raise MethodWrong("the issuer has revoked this key")
    return key_of_method(entry)


def key_of_method(entry: Mapping[str, Any]) -> PublicKey:
    """The key object of one verification method. Raises `MethodWrong`."""
    if text := entry.get("publicKeyMultibase"):
        return key_of_multikey(str(text))
    if isinstance(jwk := entry.get("publicKeyJwk"), dict):
        return key_of_jwk(jwk)
    raise MethodWrong("the verification method holds no key")


def key_of_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """The key object of a public JWK. Raises `MethodWrong`, also where it holds private parts."""
    if "d" in jwk:
        raise MethodWrong("the key is published with its private part")
    try:
        return keyring.public_key(dict(jwk))
    except (PyJWTError, ValueError, TypeError, KeyError) as error:
        raise MethodWrong("the key cannot be read") from error


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _absolute(text: Any, found: Mapping[str, Any]) -> Any:
    if isinstance(text, str) and text.startswith("#"):
        return f"{found.get('id')}{text}"
    return text
