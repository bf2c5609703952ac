"""Outside judges behind one question: is this credential accepted, and if not, why not?

None of them may reach the network: whatever they ask for lies on the shelf of a case. Each judge
says what it looks at; where it does not look, a test says so and why (`BLIND`).
"""

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.ob3.verifier import OB3Verifier
from pyld import jsonld

from lti_tool import multibase
from lti_tool.sealing import contexts
from tools import node

PROCESS = Path(__file__).with_name("process.mjs")
CONTEXTS = {
    url: {"@context": contexts.load(url)}
    for url in (
        contexts.CREDENTIALS_V2,
        contexts.OPEN_BADGES_3,
        contexts.OPEN_BADGES_3_EXTENSIONS,
        contexts.DID_V1,
        contexts.MULTIKEY_V1,
        contexts.CLR_2,
        "https://w3id.org/security/data-integrity/v2",
    )
}


@dataclass(frozen=True)
class Case:
    """A credential as text, and the world it is judged in."""

    text: str
    """JSON or a compact JWT."""
    issuer: str
    documents: dict[str, Any]
    """What addresses answer: did document and status list."""
    now: datetime
    """For judges that can be told; the others look at the clock."""

    @property
    def is_jwt(self) -> bool:
        """Whether the text is a compact JWT."""
        return not self.text.startswith("{")

    def download(self, url: str, *_: Any, **__: Any) -> bytes:
        """What an address answers, for judges that ask one by one."""
        return json.dumps(self.documents[url]).encode()


Judge = Callable[[Case], str | None]
"""`None` where the case is accepted, else why it is refused."""


class NodeBroke(Exception):
    """The process fell over instead of judging."""


@dataclass(frozen=True)
class NodeJudges:
    """The process that runs the libraries of Node."""

    process: subprocess.Popen[str]

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["NodeJudges"]:
        """Start it, give it the contexts, and stop it at the end."""
        node.install()
        process = subprocess.Popen(
            [node.program(), PROCESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        judges = cls(process)
        try:
            judges._say(CONTEXTS)
            yield judges
        finally:
            process.communicate(timeout=20)

    def ask(self, judge: str, case: Case) -> str | None:
        """One judge's answer. Raises `NodeBroke`."""
        self._say(
            {
                "judge": judge,
                "text": case.text,
                "issuer": case.issuer,
                "documents": case.documents,
                "now": case.now.isoformat(),
            }
        )
        assert self.process.stdout is not None
        answer = json.loads(self.process.stdout.readline() or '{"broken": "it ended"}')
        if "broken" in answer:
            raise NodeBroke(answer["broken"])
        refused: str | None = answer["refused"]
        return refused

    def _say(self, message: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()


def openbadgeslib(case: Case) -> str | None:
    """The library of that name, status list included; it reads the clock."""
    verifier = (
        OB3Verifier.for_issuer_did(case.issuer, download=case.download)
        if case.is_jwt
        else OB3LdpVerifier()
    )
    try:
        verifier.verify(
            case.text,
            check_status=True,
            # It knows status lists only as JWT; ours has an embedded proof, as the list of
            # `@digitalbazaar/vc` must have. So it reads the list without its signature.
            verify_status_list=False,
            download=case.download,
        )
    except LibOpenBadgesException as error:
        return str(error)
    return None


def _load(url: str, _options: Any) -> dict[str, Any]:
    return {"contextUrl": None, "documentUrl": url, "document": CONTEXTS[url]}


def pyld(case: Case) -> str | None:
    """PyLD's canonical form under the key that the proof names: fifteen lines of arithmetic."""
    document = json.loads(case.text)
    (proof,) = document.pop("proof")
    signature = multibase.decode(proof.pop("proofValue"))
    options = {"@context": document["@context"], **proof}
    signed = b"".join(
        hashlib.sha256(
            jsonld.normalize(
                part,
                {
                    "algorithm": "URDNA2015",
                    "format": "application/n-quads",
                    "documentLoader": _load,
                },
            ).encode()
        ).digest()
        for part in (options, document)
    )
    named = multibase.decode(proof["verificationMethod"].partition("#")[2])
    try:
        Ed25519PublicKey.from_public_bytes(named[2:]).verify(signature, signed)
    except InvalidSignature:
        return "the signature does not fit PyLD's canonical form"
    return None
