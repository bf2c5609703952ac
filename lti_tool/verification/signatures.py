"""Whose key it is, and whether the signature holds: the checks that need the issuer's document.

Two questions are kept apart, because they have different answers for a badge that brings its own
key: it may be intact and still be anybody's. The report holds both answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lti_tool.keyring import PublicKey
from lti_tool.sealing import canonical, contexts, did_documents, proofs
from lti_tool.sealing.did_documents import MethodWrong
from lti_tool.verification.reading import id_of, objects, text
from lti_tool.verification.report import Report, Standing
from lti_tool.verification.sources import Source, Unavailable, get_object

ISSUER, PROOF = "Issuer", "Proof"

SUITES = (proofs.CRYPTOSUITE, "eddsa-2022")
"""The second is what drafts called the first; validators take both (B3-028)."""


def check_embedded(document: Mapping[str, Any], source: Source, report: Report) -> None:
    """B3-026 to B3-037: one Data Integrity proof by a key the issuer vouches for."""
    proof = _suitable(document)
    if proof is None:
        named = {
            text(one.get("cryptosuite")) or text(one.get("type"))
            for one in objects(document.get("proof"))
        }
        if named:
            report.unknown(
                PROOF, f"its kind of proof is not known here: {', '.join(sorted(named))}."
            )
        else:
            report.failed(PROOF, "it carries no proof.")
        return
    if proof.get("proofPurpose") != "assertionMethod":
        report.failed(PROOF, "the proof was made for another purpose.")
        return
    method = id_of(proof.get("verificationMethod"))
    key = _issuers_key(method, id_of(document.get("issuer")), source, report)
    if key is None:
        return
    try:
        proofs.check(document, proof, key)
    except proofs.ProofWrong as error:
        report.is_intact = False
        report.failed(PROOF, f"{error}: something in it was changed, or another key signed it.")
    except (canonical.NotCanonical, contexts.UnknownContext) as error:
        report.unknown(PROOF, f"{error}.")
    else:
        suite = text(proof.get("cryptosuite")) or text(proof.get("type"))
        report.is_intact = True
        report.passed(PROOF, f"the {suite} proof fits every word of it.")


def _suitable(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The first proof of a kind that can be checked here (B3-028, B3-029)."""
    for proof in objects(document.get("proof")):
        kind = text(proof.get("type"))
        if kind == "DataIntegrityProof" and proof.get("cryptosuite") in SUITES:
            return proof
        if kind == proofs.OLDER_SUITE:
            return proof
    return None


def check_token(
    token: str,
    document: Mapping[str, Any],
    source: Source,
    report: Report,
    *,
    may_be_bare: bool = False,
) -> Mapping[str, Any]:
    """B3-038 to B3-045: a JWT signed by a key the issuer vouches for. Returns its claims.

    `may_be_bare` allows a `kid` that is the mere name of one of the issuer's keys, as in status
    lists.
    """
    try:
        header, claims = proofs.read_jwt(token)
    except proofs.ProofWrong as error:
        report.failed(PROOF, f"{error}.")
        return {}
    issuer = id_of(document.get("issuer")) or text(claims.get("iss"))
    if fault := _claims_fault(claims, document, issuer):
        report.failed("Claims", fault)
    else:
        report.passed("Claims", "the JWT's own claims say the same as the credential.")
    key = _token_key(header, issuer, source, report, may_be_bare=may_be_bare)
    if key is None:
        return claims
    try:
        proofs.check_jwt(token, key)
    except proofs.ProofWrong as error:
        report.is_intact = False
        report.failed(PROOF, f"{error}.")
    else:
        report.is_intact = True
        report.passed(PROOF, f"the {header.get('alg')} signature fits every word of it.")
    return claims


def _claims_fault(claims: Mapping[str, Any], document: Mapping[str, Any], issuer: str) -> str:
    subject = next(iter(objects(document.get("credentialSubject"))), {})
    pairs = {
        "iss": issuer,
        "jti": text(document.get("id")),
        "sub": text(subject.get("id")),
    }
    for name, expected in pairs.items():
        if name in claims and expected and claims[name] != expected:
            return f"the JWT's claim {name} differs from the credential."
    return ""


def _token_key(
    header: Mapping[str, Any], issuer: str, source: Source, report: Report, *, may_be_bare: bool
) -> PublicKey | None:
    """The key of a JWT: `kid` before `jwk` (B3-040)."""
    if kid := text(header.get("kid")):
        if ":" in kid:
            return _issuers_key(kid, issuer, source, report)
        if may_be_bare:
            return _issuers_key(f"{issuer}#{kid.lstrip('#')}", issuer, source, report)
    if isinstance(jwk := header.get("jwk"), dict):
        report.standing = Standing.NOBODY
        report.unknown(ISSUER, "it brings its own key, so nobody vouches for who signed it.")
        try:
            return did_documents.key_of_jwk(jwk)
        except MethodWrong as error:
            report.failed(PROOF, f"{error}.")
            return None
    report.failed(
        PROOF,
        "the JWT names its key by a bare name, which leads nowhere."
        if header.get("kid")
        else "the JWT names no key.",
    )
    return None


@dataclass(frozen=True)
class Found:
    """A key, and whether somebody but itself vouches for it."""

    key: PublicKey
    is_vouched: bool = True


def _issuers_key(method: str, issuer: str, source: Source, report: Report) -> PublicKey | None:
    """The key, where the issuer vouches for it; what was found goes into the report."""
    try:
        found = resolve(method, issuer, source)
    except MethodWrong as error:
        report.failed(ISSUER, f"{error}.")
        return None
    except Unavailable as error:
        return _key_in_the_name(method, issuer, error, report)
    if found.is_vouched:
        report.standing = Standing.KNOWN
        report.passed(ISSUER, f"the key that signed it is one that {issuer} vouches for.")
    elif method.startswith(("https://", "http://")):
        report.standing = Standing.NOBODY
        report.unknown(ISSUER, "the key lies beside its issuer, and does not say whose it is.")
    else:
        report.standing = Standing.NOBODY
        report.noted(ISSUER, f"its issuer is but a key, for which nobody vouches: {issuer}")
    return found.key


def _key_in_the_name(
    method: str, issuer: str, error: Unavailable, report: Report
) -> PublicKey | None:
    """B3-031: a key that stands in its own name shows at least that nothing was changed."""
    report.unknown(ISSUER, f"the issuer's keys cannot be had: {error}.")
    owner, _, fragment = method.partition("#")
    if owner != issuer or not fragment.startswith("z"):
        return None
    try:
        return did_documents.key_of_multikey(fragment)
    except MethodWrong:
        return None


def resolve(method: str, issuer: str, source: Source) -> Found:
    """The key behind a verification method, which must be the issuer's own (B3-030 to B3-035).

    Raises `MethodWrong` where it is not, `Unavailable` where nobody answers.
    """
    owner = method.partition("#")[0]
    if method.startswith("did:key:"):
        if owner != issuer:
            raise MethodWrong(f"the key is not that of the issuer {issuer}")
        return Found(did_documents.key_of_did_key(owner), is_vouched=False)
    if method.startswith("did:web:"):
        if owner != issuer:
            raise MethodWrong(f"the key is not that of the issuer {issuer}")
        found = get_object(source, did_documents.web_address(owner))
        return Found(did_documents.find_key(found, method, controller=issuer))
    if method.startswith("did:"):
        raise Unavailable(f"the method of {owner} is not known here")
    if method.startswith(("https://", "http://")):
        return _hosted_key(method, issuer, source)
    raise MethodWrong(f"{method or 'nothing'} does not name a key")


def _hosted_key(method: str, issuer: str, source: Source) -> Found:
    """B3-032: a key at a web address, believed where it lies beside the issuer's own address.

    It has to name the issuer as well: many may put files onto one host.
    """
    try:
        own, theirs = urlsplit(issuer), urlsplit(method)
    except ValueError as error:
        raise MethodWrong(f"{method} is no address") from error
    if (own.scheme, own.netloc) != (theirs.scheme, theirs.netloc):
        raise MethodWrong("the key does not lie where the issuer does")
    found = get_object(source, method.partition("#")[0])
    if "verificationMethod" in found:
        return Found(did_documents.find_key(found, method, controller=issuer))
    is_bare = bool(found.get("kty"))
    if is_bare and "controller" not in found:
        return Found(did_documents.key_of_jwk(found), is_vouched=False)
    if text(found.get("controller")) != issuer:
        raise MethodWrong("the key is controlled by somebody else")
    return Found((did_documents.key_of_jwk if is_bare else did_documents.key_of_method)(found))
