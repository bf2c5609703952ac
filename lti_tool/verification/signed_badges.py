"""Open Badges 2.0 with signed verification: a JWS by a key that its issuer's profile names.

Source: Open Badges 2.0, section 5 and *Signed badges*; rows B2-003 and B2-044 to B2-052.
"""

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from lti_tool.sealing import proofs
from lti_tool.verification.assertion_rules import WEB, is_iri
from lti_tool.verification.reading import as_list, has_type, id_of, objects, text
from lti_tool.verification.report import Report, Standing
from lti_tool.verification.signatures import PROOF
from lti_tool.verification.sources import Source, Unavailable, get_object

KEY, STATUS = "Key", "Status"
SMALLEST_KEY = 2048
"""Bits of an RSA key whose signatures still prove something (NIST SP 800-131A)."""
MOST_KEYS = 100


class KeyWrong(ValueError):
    """The key is not the issuer's, or is none; the message says why."""


def check(
    token: str,
    assertion: Mapping[str, Any],
    issuer: Mapping[str, Any],
    source: Source,
    report: Report,
) -> None:
    """Check the signature, whose key it is, and the issuer's revocation list."""
    verification = assertion.get("verification")
    creator = id_of(verification.get("creator")) if isinstance(verification, Mapping) else ""
    try:
        key = _issuers_key(creator, issuer, source)
    except KeyWrong as error:
        report.failed(KEY, f"{error}.")
    except Unavailable as error:
        report.unknown(KEY, f"the key cannot be had: {error}.")
    else:
        report.standing = Standing.KNOWN
        report.passed(KEY, f"the issuer's profile names it, and it names the issuer: {creator}")
        _signature(token, key, report)
    _revocation(assertion, issuer, source, report)


def _issuers_key(creator: str, issuer: Mapping[str, Any], source: Source) -> rsa.RSAPublicKey:
    """B2-045 to B2-048: the key, which the issuer names and which names the issuer.

    Raises `KeyWrong`, or `Unavailable` where its address does not answer.
    """
    if not creator:
        raise KeyWrong("the badge does not name the key that signed it")
    named = as_list(issuer.get("publicKey"))[:MOST_KEYS]
    if creator not in [id_of(one) for one in named]:
        raise KeyWrong("the issuer's profile does not name the key that signed it")
    found = next((one for one in objects(named) if id_of(one) == creator), None)
    if found is None or not found.get("publicKeyPem"):
        if not creator.startswith(WEB):
            raise KeyWrong("the key has no address")
        found = get_object(source, creator.partition("#")[0])
    if text(found.get("id")) != creator:
        raise KeyWrong("the key's address answers with another key")
    if id_of(found.get("owner")) != text(issuer.get("id")):
        raise KeyWrong("the key does not name this issuer as its owner")
    return _read(text(found.get("publicKeyPem")))


def _read(pem: str) -> rsa.RSAPublicKey:
    if not pem:
        raise KeyWrong("the key's document holds no key")
    try:
        key = load_pem_public_key(pem.encode("utf-8"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyWrong("the key cannot be read") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise KeyWrong("the key is not an RSA key")
    if key.key_size < SMALLEST_KEY:
        raise KeyWrong(f"the key has {key.key_size} bits, which others can guess")
    return key


def _signature(token: str, key: rsa.RSAPublicKey, report: Report) -> None:
    """B2-044, B2-048."""
    header, _ = proofs.read_jwt(token)
    if header.get("alg") != "RS256" or "crit" in header:
        report.failed(PROOF, f"it is signed by {header.get('alg')}, where only RS256 is read.")
        return
    try:
        PyJWS().decode_complete(token, key, algorithms=["RS256"])
    except PyJWTError:
        report.is_intact = False
        report.failed(
            PROOF,
            "the signature does not fit: something in it was changed, or another key signed it.",
        )
    else:
        report.is_intact = True
        report.passed(PROOF, "the RS256 signature fits every word of it.")


def _revocation(
    assertion: Mapping[str, Any], issuer: Mapping[str, Any], source: Source, report: Report
) -> None:
    """B2-049 to B2-052."""
    address = id_of(issuer.get("revocationList"))
    if not address:
        report.noted(STATUS, "its issuer publishes no list of what it revoked.")
        return
    try:
        found = get_object(source, address)
    except Unavailable as error:
        report.unknown(STATUS, f"the issuer's revocation list cannot be had: {error}.")
        return
    entries = found.get("revokedAssertions")
    if not has_type(found, "RevocationList") or not isinstance(entries, list):
        report.unknown(STATUS, "what the issuer's revocation list answers is no such list.")
        return
    if found.get("issuer") and id_of(found.get("issuer")) != text(issuer.get("id")):
        report.unknown(STATUS, "the revocation list is another issuer's.")
        return
    odd = 0
    own = {text(assertion.get("id")), text(assertion.get("uid"))} - {""}
    for entry in entries:
        named = {id_of(entry)} | (
            {text(entry.get("uid"))} if isinstance(entry, Mapping) else set[str]()
        )
        if named & own:
            reason = text(entry.get("revocationReason")) if isinstance(entry, Mapping) else ""
            report.failed(STATUS, f"its issuer has revoked it{': ' + reason if reason else ''}.")
            return
        odd += not any(is_iri(one) for one in named) and not (
            isinstance(entry, Mapping) and text(entry.get("uid"))
        )
    if odd:
        report.noted(STATUS, f"not revoked; {odd} entries of the issuer's list name nothing.")
    else:
        report.passed(STATUS, "not revoked, as its issuer's list says right now.")
