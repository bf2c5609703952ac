"""Signing and checking: Data Integrity proofs (`eddsa-rdfc-2022`) and VC-JWT.

Sources: W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.2; Open Badges 3.0, section 8;
rows B3-026 to B3-045.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from lti_tool import multibase
from lti_tool.keyring import Key, PublicKey
from lti_tool.sealing import canonical, contexts, strict_json
from lti_tool.sealing.members import require_signable

CRYPTOSUITE = "eddsa-rdfc-2022"
OLDER_SUITE = "Ed25519Signature2020"
"""Issued by older systems; the same bytes are signed, only the proof is written differently."""

JWT_ALGORITHMS = {"ES256": ec.EllipticCurvePublicKey, "RS256": rsa.RSAPublicKey}
"""What Open Badges 3.0 validators accept, and the key each needs (B3-039)."""

_JWT_HEADERS = frozenset({"alg", "kid", "jwk", "typ"})
LARGEST_JWT = 512 * 1024
"""Characters of a compact JWT."""


class ProofWrong(ValueError):
    """A proof or signature does not hold; the message says what is wrong with it."""


_USUAL = {
    "type": "DataIntegrityProof",
    "cryptosuite": CRYPTOSUITE,
    "proofPurpose": "assertionMethod",
}
_BESIDE_OPTIONS = frozenset({"proofValue", "@context"})
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z")
_METHOD = re.compile(r"(?!.*/\.)(did|https):[A-Za-z0-9:/.%_~#-]+")


def timestamp(moment: datetime) -> str:
    """A moment as XML Schema date-time in UTC, to the second."""
    return moment.astimezone(UTC).isoformat()[:19] + "Z"


def sign(
    document: Mapping[str, Any], key: Key, method: str, *, created: datetime
) -> dict[str, Any]:
    """The document with a Data Integrity proof by `key`, known to others as `method`.

    Raises `members.CannotBeSigned` where the document holds what a proof would not cover.
    """
    require_signable(document)
    private = cast(ed25519.Ed25519PrivateKey, key.private)
    moment = timestamp(created)
    signature = private.sign(options_digest(method, moment) + canonical.digest(document))
    return {**document, "proof": [proof_of(signature, method, moment)]}


def proof_of(signature: bytes, method: str, created: str) -> dict[str, Any]:
    """A Data Integrity proof as it stands in a document."""
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
        "proofValue": multibase.encode(signature),
    }


@lru_cache(maxsize=64)
def options_digest(method: str, created: str) -> bytes:
    """SHA-256 of the canonical form of our proof options."""
    return hashlib.sha256(_options_as_quads(method, created).encode("utf-8")).digest()


def _options_as_quads(method: str, created: str) -> str:
    """The canonical form of our own proof options, which never differ in anything else."""
    rdf_type = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    security = "https://w3id.org/security#"
    date_time = "<http://www.w3.org/2001/XMLSchema#dateTime>"
    statements = (
        f'<http://purl.org/dc/terms/created> "{created}"^^{date_time}',
        f"{rdf_type} <{security}DataIntegrityProof>",
        f'<{security}cryptosuite> "{CRYPTOSUITE}"^^<{security}cryptosuiteString>',
        f"<{security}proofPurpose> <{security}assertionMethod>",
        f"<{security}verificationMethod> <{method}>",
    )
    return "".join(f"_:c14n0 {statement} .\n" for statement in statements)


def check(document: Mapping[str, Any], proof: Mapping[str, Any], key: PublicKey) -> None:
    """Check one embedded proof of a document against the key it names.

    `document` is the whole document; all its proofs are set aside. Raises `ProofWrong` where the
    proof does not hold, `canonical.NotCanonical` or `contexts.UnknownContext` where the document
    cannot be brought into canonical form here.
    """
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise ProofWrong("the key is not an Ed25519 key")
    try:
        signature = multibase.decode(str(proof.get("proofValue", "")))
    except ValueError as error:
        raise ProofWrong(f"the proof value cannot be read: {error}") from error
    if len(signature) != 64:
        raise ProofWrong(f"the proof value has {len(signature)} bytes, not 64")
    if "@context" in proof and not _extends(document.get("@context"), proof["@context"]):
        raise ProofWrong("the proof is written in other contexts than the document")
    bare = {name: value for name, value in document.items() if name != "proof"}
    try:
        key.verify(signature, _digest_of_options(document, proof) + canonical.digest(bare))
    except InvalidSignature as error:
        raise ProofWrong("the signature does not fit the document") from error


def _digest_of_options(document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    """SHA-256 of the canonical proof options.

    Usual ones are written down at once, which halves the time of a check: the second data model
    protects its terms, so that no later context gives them another meaning.
    """
    named = document.get("@context")
    usual = {name: value for name, value in proof.items() if name not in _BESIDE_OPTIONS}
    created, method = usual.pop("created", None), usual.pop("verificationMethod", None)
    if (
        usual == _USUAL
        and isinstance(named, list)
        and named[:1] == [contexts.CREDENTIALS_V2]
        and isinstance(created, str)
        and _MOMENT.fullmatch(created)
        and isinstance(method, str)
        and _METHOD.fullmatch(method)
    ):
        return hashlib.sha256(_options_as_quads(method, created).encode("utf-8")).digest()
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    return canonical.digest({**options, "@context": named})


def _extends(whole: Any, beginning: Any) -> bool:
    """VC-DI 1.0, 4.3: the proof's contexts are those the document's begin with."""
    whole = whole if isinstance(whole, list) else [whole]
    beginning = beginning if isinstance(beginning, list) else [beginning]
    return bool(whole[: len(beginning)] == beginning)


def encode_jwt(document: Mapping[str, Any], key: Key, kid: str) -> str:
    """A credential as VC-JWT (VC 2.0 payload plus registered claims), signed with ES256.

    Raises `members.CannotBeSigned` as `sign` does.
    """
    require_signable(document)
    payload = strict_json.write({**claims(document), **times(document)})
    # `typ` is "JWT": VC-JOSE-COSE says vc+jwt, Open Badges 3.0 allows only this.
    return PyJWS().encode(
        payload, key.private, algorithm="ES256", headers={"kid": kid, "typ": "JWT"}
    )


def claims(document: Mapping[str, Any]) -> dict[str, Any]:
    """A credential as the payload of a VC-JWT, but for its times.

    What many awards share stands first, so that it is encoded and hashed once for all of them
    (`plans.py`); the order of members means nothing.
    """
    subject = document["credentialSubject"]
    result = {name: document[name] for name in _SHARED_FIRST if name in document}
    result["credentialSubject"] = {
        **({"achievement": subject["achievement"]} if "achievement" in subject else {}),
        **subject,
    }
    result |= {name: value for name, value in document.items() if name not in result}
    result |= {"iss": _id_of(document["issuer"]), "jti": document["id"]}
    if own := subject.get("id"):
        result["sub"] = own
    return result


_SHARED_FIRST = ("@context", "issuer")


def times(document: Mapping[str, Any]) -> dict[str, int]:
    """The registered claims of when a credential holds, in seconds since 1970."""
    result = {"nbf": seconds(document["validFrom"])}
    if until := document.get("validUntil"):
        result["exp"] = seconds(until)
    return result


def seconds(moment: str) -> int:
    """A moment as a JWT writes it: whole seconds since 1970."""
    return int(datetime.fromisoformat(moment).timestamp())


def _id_of(value: Any) -> Any:
    return value.get("id") if isinstance(value, Mapping) else value


def read_jwt(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload of a compact JWT, not yet checked. Raises `ProofWrong`."""
    if len(token) > LARGEST_JWT:
        raise ProofWrong("the JWT is too large")
    parts = token.split(".")
    if len(parts) != 3:
        raise ProofWrong(f"a compact JWT has three parts, this has {len(parts)}")
    header, payload = (_decoded(part) for part in parts[:2])
    return header, payload


def _decoded(part: str) -> dict[str, Any]:
    try:
        decoded = base64.b64decode(part + "=" * (-len(part) % 4), "-_", validate=True)
        value = strict_json.read(decoded)
    except ValueError as error:
        raise ProofWrong("a part of the JWT cannot be read") from error
    if not isinstance(value, dict):
        raise ProofWrong("a part of the JWT is not an object")
    return value


def check_jwt(token: str, key: PublicKey) -> None:
    """Check the signature of a compact JWT. Raises `ProofWrong`."""
    header, _ = read_jwt(token)
    algorithm = header.get("alg")
    if algorithm not in JWT_ALGORITHMS:
        raise ProofWrong(f"the algorithm {algorithm!r} is not RS256 or ES256")
    if foreign := sorted(set(header) - _JWT_HEADERS):
        raise ProofWrong(f"the header holds what it may not: {', '.join(foreign)}")
    if str(header.get("typ", "JWT")).lower() not in ("jwt", "vc+jwt", "vc+ld+json+jwt"):
        raise ProofWrong(f"the JWT is of another kind: {header['typ']!r}")
    if not isinstance(key, JWT_ALGORITHMS[algorithm]):
        raise ProofWrong(f"the key does not fit the algorithm {algorithm}")
    if isinstance(key, ec.EllipticCurvePublicKey) and not isinstance(key.curve, ec.SECP256R1):
        raise ProofWrong("the key is not on the curve P-256")
    try:
        PyJWS().decode_complete(token, cast(Any, key), algorithms=[algorithm])
    except PyJWTError as error:
        raise ProofWrong("the signature does not fit the JWT") from error
