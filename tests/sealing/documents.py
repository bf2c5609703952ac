"""Documents whose canonical form is known: one of each kind that is signed or read here.

`python -m tests.sealing.documents` writes the corpus anew, and refuses unless pyoxigraph and PyLD
agree on every document. Do that only to add one: a digest that changes is a fault to be found.
"""

import hashlib
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from benchmarks.badge_sample import credential
from lti_tool.badges import status_list
from lti_tool.badges.addresses import Addresses
from lti_tool.sealing import canonical, contexts
from tests.badges.workshop import BASE, an_award
from tests.sealing.test_canonical import TITLES, by_pyld

CORPUS = Path(__file__).parent / "corpus"
DIGESTS = CORPUS / "digests.json"

CONTROLS = "".join(map(chr, [*range(0x80, 0xA0), 0xAD, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF]))
"""Control characters that may be signed, and marks of direction, line and byte order."""


def titled(title: str, number: int = 0) -> dict[str, Any]:
    """The sample credential with a text in every place where somebody's words stand."""
    document = credential(number)
    document["name"] = document["description"] = title
    for piece in document["evidence"]:
        piece["name"] = title
        piece["narrative"] = title[::-1]
    achievement = document["credentialSubject"]["achievement"]
    del achievement["resultDescription"][1:]
    achievement["name"] = achievement["criteria"]["narrative"] = title
    for description in achievement["resultDescription"]:
        description["name"] = title
    return document


def _plain() -> dict[str, Any]:
    document = credential(3)
    del document["evidence"], document["credentialStatus"], document["credentialSubject"]["result"]
    return document


def _crowded() -> dict[str, Any]:
    document = credential(4)
    for piece in document["evidence"]:
        del piece["id"]
    achievement = document["credentialSubject"]["achievement"]
    achievement["tag"] = ["año", "rubric", "año 2"]
    achievement["alignment"] = [
        {**achievement["alignment"][0], "targetCode": str(code)} for code in range(11)
    ]
    achievement["creditsAvailable"] = 1.5
    document["credentialSubject"]["creditsEarned"] = 1
    document["credentialSubject"]["id"] = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    document["validUntil"] = "2030-01-01T00:00:00Z"
    return document


def _alike() -> dict[str, Any]:
    document = credential(5)
    for piece in document["evidence"]:
        del piece["id"]
        piece |= {"name": "The same", "narrative": "Word for word."}
    del document["evidence"][2]
    document["evidence"][1]["genre"] = document["evidence"][0]["genre"]
    return document


def _endorsement() -> dict[str, Any]:
    return {
        "@context": credential()["@context"],
        "id": f"{BASE}/endorsements/1",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Endorsement",
        "issuer": credential()["issuer"],
        "validFrom": "2026-11-20T12:00:00Z",
        "credentialSubject": {
            "id": credential()["credentialSubject"]["achievement"]["id"],
            "type": ["EndorsementSubject"],
            "endorsementComment": "We look for this when we hire. “¡Bien hecho!”",
        },
    }


def _record() -> dict[str, Any]:
    part = {**credential(6), "proof": [{"type": "DataIntegrityProof", "proofValue": "z1"}]}
    v2, badges, _ = credential()["@context"]
    return {
        "@context": [v2, "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", badges],
        "id": f"{BASE}/records/1",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "A stack",
        "issuer": credential()["issuer"],
        "validFrom": "2026-11-20T12:00:00Z",
        "credentialSubject": {
            "type": ["ClrSubject"],
            "identifier": credential()["credentialSubject"]["identifier"],
            "verifiableCredential": [part],
        },
    }


def _older() -> dict[str, Any]:
    document = deepcopy(credential(8))
    document["@context"][0] = contexts.CREDENTIALS_V1
    document["issuanceDate"] = document.pop("validFrom")
    del document["awardedDate"], document["credentialStatus"]
    return document


def corpus() -> dict[str, dict[str, Any]]:
    """Every document by its name."""
    texts = {f"text-{number:02}": titled(title) for number, title in enumerate(TITLES)}
    return texts | {
        "sample": credential(),
        "controls": titled(f"Controls: {CONTROLS}."),
        "plain": _plain(),
        "crowded": _crowded(),
        "alike": _alike(),
        "endorsement": _endorsement(),
        "record": _record(),
        "older": _older(),
        "status-list": status_list.credential(an_award().status_list, [1, 7], Addresses(BASE)),
    }


def known() -> dict[str, str]:
    """The SHA-256 of the canonical form of each document of the corpus."""
    digests: dict[str, str] = json.loads(DIGESTS.read_text("utf-8"))
    return digests


def _write() -> None:
    digests: dict[str, str] = {}
    for name, document in sorted(corpus().items()):
        text = canonical.canonical(document)
        if text != by_pyld(document):
            raise SystemExit(f"{name}: pyoxigraph and PyLD disagree")
        digests[name] = hashlib.sha256(text.encode()).hexdigest()
        written = json.dumps(document, separators=(",", ":"))
        (CORPUS / f"{name}.json").write_text(f"{written}\n", "utf-8")
    DIGESTS.write_text(f"{json.dumps(digests, indent=1)}\n", "utf-8")


if __name__ == "__main__":
    _write()
