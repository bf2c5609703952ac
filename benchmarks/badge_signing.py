"""Who signs and verifies the sample credential, and how often in a second of processor time.

Everybody is given the same documents, keys and contexts and works on one core, in turns, so that a
machine that is busy for a while is busy for all of them. What is compared is named alike:
a *proof* is checked against a known key; *whole* means that the key is found, the dates are looked
at and the status list is read and verified too.
"""

import dataclasses
import hashlib
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jwt.utils import base64url_decode, base64url_encode, raw_to_der_signature
from openbadgeslib.ob3.ldp import OB3LdpVerifier, add_data_integrity_proof
from openbadgeslib.ob3.signer import OB3Signer
from openbadgeslib.ob3.verifier import OB3Verifier
from pyld import jsonld

from benchmarks import badge_sample as sample
from lti_tool import multibase
from lti_tool.keyring import Key, KeyState, PublishedKey, Purpose
from lti_tool.sealing import bitstrings, canonical, contexts, did_documents, plans, proofs, slots
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome
from lti_tool.verification.sources import Fetched
from tests.badges.judges.outside import CONTEXTS
from tools import node

PROGRAM = Path(__file__).with_name("badges.mjs")
AWARDS = 300
NOW = sample.NOON + timedelta(days=30)
Work = Callable[[int], object]


@dataclasses.dataclass(frozen=True)
class Bench:
    """Keys, credentials in every state of being signed, and what an issuer's addresses answer."""

    proof_key: Key
    jwt_key: Key
    credentials: list[dict[str, Any]]
    signed: list[dict[str, Any]]
    tokens: list[str]
    documents: dict[str, Any]

    @classmethod
    def set_up(cls) -> "Bench":
        """Fresh keys and `AWARDS` credentials, signed by the general path."""
        proof_key, jwt_key = Key.new(Purpose.BADGE_PROOF), Key.new(Purpose.BADGE_JWT)
        method = f"{sample.DID}#{proof_key.kid}"
        credentials = [sample.credential(number) for number in range(AWARDS)]
        places = {
            "@context": [contexts.CREDENTIALS_V2],
            "id": sample.STATUS_LIST,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": sample.DID,
            "validFrom": proofs.timestamp(sample.NOON),
            "credentialSubject": {
                "id": f"{sample.STATUS_LIST}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                # None of the sample's own places: they are valid.
                "encodedList": bitstrings.encode([3, 5], 131_072),
            },
        }
        return cls(
            proof_key,
            jwt_key,
            credentials,
            [proofs.sign(each, proof_key, method, created=sample.NOON) for each in credentials],
            [
                proofs.encode_jwt(each, jwt_key, f"{sample.DID}#{jwt_key.kid}")
                for each in credentials
            ],
            {
                did_documents.web_address(sample.DID): did_documents.document(
                    sample.DID, [_published(proof_key)], [_published(jwt_key)]
                ),
                sample.STATUS_LIST: proofs.sign(places, proof_key, method, created=sample.NOON),
            },
        )

    @property
    def method(self) -> str:
        """The verification method of Data Integrity proofs."""
        return f"{sample.DID}#{self.proof_key.kid}"

    @property
    def kid(self) -> str:
        """The verification method of JWTs."""
        return f"{sample.DID}#{self.jwt_key.kid}"

    def get(self, url: str, *, accept: str = "") -> Fetched:
        """What an address answers, as verification asks for it."""
        return Fetched(200, json.dumps(self.documents[url]).encode())

    def download(self, url: str, *_: Any, **__: Any) -> bytes:
        """The same, as `openbadgeslib` asks."""
        return self.get(url).body


def _published(key: Key) -> PublishedKey:
    return PublishedKey(
        key.purpose, key.kid, key.algorithm, KeyState.ACTIVE, sample.NOON, None, key.public_jwk
    )


@dataclasses.dataclass
class Contender:
    """Somebody who does one thing."""

    name: str
    measure: Callable[[float], tuple[int, float]]
    """Given seconds to run: how often it was done, and the processor time that took."""
    rates: list[float] = dataclasses.field(default_factory=list)

    @property
    def rate(self) -> float:
        """How often in a second of processor time: the median of its turns."""
        return statistics.median(self.rates)


def here(name: str, work: Work) -> Contender:
    """Somebody who works in this process."""
    counter = iter(range(10**9))

    def measure(seconds: float) -> tuple[int, float]:
        count = 0
        began, used = time.perf_counter(), time.process_time()
        while True:
            work(next(counter) % AWARDS)
            count += 1
            if time.perf_counter() - began >= seconds:
                return count, time.process_time() - used

    return Contender(name, measure)


class Node:
    """The process of Node's libraries."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def running(cls, bench: Bench) -> Iterator["Node"]:
        """Start it with the keys and credentials of a bench; stop it at the end."""
        node.install()
        process = subprocess.Popen(
            [node.program(), PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        own = cls(process)
        private = cast(ed25519.Ed25519PrivateKey, bench.proof_key.private)
        scalar = cast(ec.EllipticCurvePrivateKey, bench.jwt_key.private).private_numbers()
        secret = base64url_encode(scalar.private_value.to_bytes(32, "big")).decode()
        own._say(
            {
                "documents": CONTEXTS | bench.documents,
                "credentials": bench.credentials,
                "signed": bench.signed,
                "tokens": bench.tokens,
                "claims": [proofs.read_jwt(token)[1] for token in bench.tokens],
                "now": NOW.isoformat(),
                "did": sample.DID,
                "method": bench.method,
                "kid": bench.kid,
                "seed": private.private_bytes(
                    Encoding.Raw, PrivateFormat.Raw, NoEncryption()
                ).hex(),
                "jwk": {**bench.jwt_key.public_jwk, "d": secret, "alg": "ES256"},
            }
        )
        try:
            yield own
        finally:
            process.communicate(timeout=20)

    def _say(self, message: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def do(self, what: str, seconds: float) -> dict[str, Any]:
        """One turn. Raises `RuntimeError` where the process fell over; it said why itself."""
        self._say({"do": what, "seconds": seconds})
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"Node ended while it was to {what}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def contender(self, name: str, what: str) -> Contender:
        """Somebody who works in Node."""

        def measure(seconds: float) -> tuple[int, float]:
            answer = self.do(what, seconds)
            return int(answer["count"]), float(answer["cpu"])

        return Contender(name, measure)


def take_turns(contenders: list[Contender], *, rounds: int, seconds: float) -> None:
    """Let everybody work `rounds` times; a first turn of everybody is not counted."""
    for turn in range(rounds + 1):
        for contender in contenders:
            count, used = contender.measure(seconds)
            if turn:
                contender.rates.append(count / used)


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and those it starts meanwhile, on one core, where that can be asked."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _load(url: str, _options: Any) -> dict[str, Any]:
    return {"contextUrl": None, "documentUrl": url, "document": CONTEXTS[url]}


def _pyld_digest(document: dict[str, Any]) -> bytes:
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load}
    return hashlib.sha256(jsonld.normalize(document, options).encode()).digest()


def _pyld_sign(bench: Bench, private: ed25519.Ed25519PrivateKey, number: int) -> dict[str, Any]:
    document = bench.credentials[number]
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": proofs.timestamp(sample.NOON),
        "verificationMethod": bench.method,
        "proofPurpose": "assertionMethod",
    }
    signed = _pyld_digest({"@context": document["@context"], **proof}) + _pyld_digest(document)
    return {**document, "proof": [{**proof, "proofValue": multibase.encode(private.sign(signed))}]}


def _pyld_verify(bench: Bench, public: ed25519.Ed25519PublicKey, number: int) -> None:
    document = dict(bench.signed[number])
    (proof,) = document.pop("proof")
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    signed = _pyld_digest({"@context": document["@context"], **options}) + _pyld_digest(document)
    public.verify(multibase.decode(proof["proofValue"]), signed)


def _in_parts(bench: Bench) -> list[dict[str, Any]]:
    """The credentials with what they share taken once, as the rooms hand them to be signed."""
    issuer, achievement = slots.Part(sample.issuer()), slots.Part(sample.achievement())
    return [
        {
            **each,
            "issuer": issuer,
            "credentialSubject": {**each["credentialSubject"], "achievement": achievement},
        }
        for each in bench.credentials
    ]


def signers(bench: Bench, outside: Node) -> list[Contender]:
    """Those who sign with a Data Integrity proof."""
    private = cast(ed25519.Ed25519PrivateKey, bench.proof_key.private)
    pem = bench.proof_key.pem()
    texts = [canonical.canonical(each).encode() for each in bench.credentials]
    options = b"x" * 600  # about as long as the canonical proof options

    def raw(number: int) -> bytes:
        return private.sign(
            hashlib.sha256(options).digest() + hashlib.sha256(texts[number]).digest()
        )

    def general(number: int) -> dict[str, Any]:
        return proofs.sign(
            bench.credentials[number], bench.proof_key, bench.method, created=sample.NOON
        )

    by_plan, parts = plans.Signer(), _in_parts(bench)

    def planned(number: int) -> bytes:
        return by_plan.sign(parts[number], bench.proof_key, bench.method, created=sample.NOON)

    made = outside.do("sign data integrity", 0)["made"]
    proofs.check(made, made["proof"], private.public_key())
    assert json.loads(planned(1)) == general(1)

    def openbadgeslib(number: int) -> dict[str, Any]:
        return dict(
            add_data_integrity_proof(
                bench.credentials[number], pem, bench.method, created=sample.NOON
            )
        )

    return [
        here(RAW, raw),
        here(PLAN, planned),
        here(GENERAL, general),
        outside.contender(DIGITAL_BAZAAR, "sign data integrity"),
        here("PyLD", partial(_pyld_sign, bench, private)),
        here("openbadgeslib", openbadgeslib),
    ]


RAW = "raw signature and hash"
GENERAL = "Cairn, general path"
PLAN = "Cairn, by plan"
SECOND = "Cairn, beside a proof"
"""Of a badge that was read for its Data Integrity proof already, as every badge is."""
DIGITAL_BAZAAR = "@digitalbazaar/vc"
JOSE = "jose"


def verifiers(bench: Bench, outside: Node) -> list[Contender]:
    """Those who check a Data Integrity proof against a known key."""
    public = cast(ed25519.Ed25519PrivateKey, bench.proof_key.private).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    digests = [canonical.digest(each) for each in bench.credentials]
    values = [multibase.decode(each["proof"][0]["proofValue"]) for each in bench.signed]
    texts = [canonical.canonical(each).encode() for each in bench.credentials]
    options = [
        {
            "@context": each["@context"],
            **{name: value for name, value in each["proof"][0].items() if name != "proofValue"},
        }
        for each in bench.signed
    ]
    hashed = [canonical.digest(each) for each in options]

    def raw(number: int) -> None:
        assert hashlib.sha256(texts[number]).digest() == digests[number]
        public.verify(values[number], hashed[number] + digests[number])

    def general(number: int) -> None:
        document = bench.signed[number]
        proofs.check(document, document["proof"][0], public)

    def openbadgeslib(number: int) -> object:
        return OB3LdpVerifier(pem, sample.DID).verify(bench.signed[number])

    return [
        here(RAW, raw),
        here(GENERAL, general),
        outside.contender(DIGITAL_BAZAAR, "verify proof"),
        here("PyLD", partial(_pyld_verify, bench, public)),
        here("openbadgeslib", openbadgeslib),
    ]


def whole_verifiers(bench: Bench, outside: Node) -> list[Contender]:
    """Those who look at everything: the file, its issuer, its dates, its status list."""
    files = [json.dumps(each).encode() for each in bench.signed]

    def whole(number: int) -> None:
        report = checking.check_file(files[number], bench, now=NOW)
        assert report.outcome is Outcome.VALID, report.checks

    def openbadgeslib(number: int) -> object:
        return OB3LdpVerifier().verify(
            files[number], check_status=True, verify_status_list=False, download=bench.download
        )

    return [
        here(GENERAL, whole),
        outside.contender(DIGITAL_BAZAAR, "verify whole"),
        here("openbadgeslib", openbadgeslib),
    ]


def jwt_signers(bench: Bench, outside: Node) -> list[Contender]:
    """Those who sign with ES256."""
    private = cast(ec.EllipticCurvePrivateKey, bench.jwt_key.private)
    claims = [proofs.read_jwt(token)[1] for token in bench.tokens]
    inputs = [token.rpartition(".")[0].encode() for token in bench.tokens]
    theirs = OB3Signer(bench.jwt_key.pem(), algorithm="ES256")

    def general(number: int) -> str:
        return proofs.encode_jwt(bench.credentials[number], bench.jwt_key, bench.kid)

    by_plan, parts = plans.Signer(), _in_parts(bench)

    def planned(number: int) -> bytes:
        return by_plan.encode_jwt(parts[number], bench.jwt_key, bench.kid)

    prepared = [by_plan.prepare(each) for each in parts]

    def second(number: int) -> bytes:
        return prepared[number].as_jwt(bench.jwt_key, bench.kid).whole

    for token in (outside.do("sign jwt", 0)["made"], planned(1).decode()):
        proofs.check_jwt(token, private.public_key())

    return [
        here(RAW, lambda number: private.sign(inputs[number], ec.ECDSA(SHA256()))),
        here(SECOND, second),
        here(PLAN, planned),
        here(GENERAL, general),
        outside.contender(JOSE, "sign jwt"),
        here("openbadgeslib", lambda number: theirs.sign_payload(claims[number])),
    ]


def jwt_verifiers(bench: Bench, outside: Node) -> list[Contender]:
    """Those who check an ES256 signature against a known key."""
    public = cast(ec.EllipticCurvePrivateKey, bench.jwt_key.private).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    inputs = [token.rpartition(".")[0].encode() for token in bench.tokens]
    values = [
        raw_to_der_signature(base64url_decode(token.rpartition(".")[2]), ec.SECP256R1())
        for token in bench.tokens
    ]
    theirs = OB3Verifier(pem)

    return [
        here(RAW, lambda n: public.verify(values[n], inputs[n], ec.ECDSA(SHA256()))),
        here(GENERAL, lambda number: proofs.check_jwt(bench.tokens[number], public)),
        outside.contender(JOSE, "verify jwt"),
        here("openbadgeslib", lambda number: theirs.verify(bench.tokens[number])),
    ]
