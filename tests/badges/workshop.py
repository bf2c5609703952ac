"""A badge workshop without a database: awards, keys and what outside verifiers may ask for."""

import json
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lti_tool.badges import documents, status_list
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.awards import Result
from lti_tool.badges.models import Award, Issuer, Rendering, StatusList
from lti_tool.keyring import Key, Keyring, Purpose
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion
from lti_tool.sealing import did_documents, proofs
from lti_tool.verification import checking
from lti_tool.verification.report import Check, Report, Verdict
from lti_tool.verification.sources import Fetched, Unavailable
from tests.builders import a_credential_version, a_person

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 21, 12, tzinfo=UTC)
BASE = "https://cairn.example.org"
PLACE = 94_567


def an_award(
    version: CredentialVersion | None = None,
    person: Person | None = None,
    *,
    level: int = 3,
    issued_at: datetime = NOON,
) -> Award:
    """An award that needs no database."""
    version = version or a_credential_version()
    person = person or a_person("Ada Ferris")
    issuer = Issuer(
        slug="demonstration",
        is_default=True,
        name="Cairn demonstration issuer",
        email="demonstration@example.org",
        is_demonstration=True,
        created_at=NOON,
    )
    places = StatusList(issuer=issuer, number=1, created_at=NOON, changed_at=NOON)
    return Award(
        person=person,
        credential_id=1,
        credential_version=version,
        issuer=issuer,
        issued_at=issued_at,
        recipient_name=person.name,
        recipient_salt="d2ViZXIgc2FsdCBvZiB0aGUgc2Vh",
        recipient_identity=person.email or "urn:uuid:6e0c1a5e-6b1c-4f60-9a8a-bb1c4c9b6f0a",
        results=[
            {
                "part": part.slug,
                "criterion": criterion.slug,
                "level": level,
                "points": str(criterion.levels[level - 1].points),
            }
            for part in version.parts
            for criterion in part.criteria
        ],
        status_list=places,
        status_index=PLACE,
    )


def results_for(version: CredentialVersion, level: int = 3) -> list[Result]:
    """One level for every criterion."""
    return [
        Result(part.slug, criterion.slug, level, criterion.levels[level - 1].points)
        for part in version.parts
        for criterion in part.criteria
    ]


@dataclass
class Shelf:
    """What addresses answer: the web as far as a test needs it."""

    answers: dict[str, Fetched] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, url: str, body: Any, status: int = 200) -> "Shelf":
        """Let an address answer with JSON, or with bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[url] = Fetched(status, content)
        return self

    def get(self, url: str, *, accept: str = "") -> Fetched:
        """Answer, or say that nobody is there."""
        self.asked.append(url)
        if url not in self.answers:
            raise Unavailable(f"{url} cannot be reached")
        return self.answers[url]


@dataclass(frozen=True)
class Workshop:
    """Keys and addresses of one installation."""

    keyring: Keyring
    addresses: Addresses = field(default_factory=lambda: Addresses(BASE))

    @property
    def key(self) -> Key:
        """The key of Data Integrity proofs."""
        return self.keyring.key(Purpose.BADGE_PROOF)

    @property
    def jwt_key(self) -> Key:
        """The key of JWTs."""
        return self.keyring.key(Purpose.BADGE_JWT)

    def signed(self, award: Award | None = None) -> dict[str, Any]:
        """An award as Open Badges 3.0 with a Data Integrity proof."""
        content = self.render(award or an_award(), Rendering.OB3_JSON)
        document: dict[str, Any] = json.loads(content)
        return document

    def token(self, award: Award | None = None) -> str:
        """An award as VC-JWT."""
        return self.render(award or an_award(), Rendering.OB3_JWT).decode()

    def render(self, award: Award, rendering: Rendering) -> bytes:
        """One rendering, signed at noon."""
        return documents.render(
            award, rendering, keyring=self.keyring, addresses=self.addresses, now=NOON
        )

    def resigned(
        self,
        document: dict[str, Any],
        method: str | None = None,
        purpose: str = "assertionMethod",
    ) -> dict[str, Any]:
        """A document signed again after a test changed it, whatever it holds by now."""
        from lti_tool.sealing import canonical

        bare = {name: value for name, value in deepcopy(document).items() if name != "proof"}
        proof = {
            "type": "DataIntegrityProof",
            "cryptosuite": proofs.CRYPTOSUITE,
            "created": "2026-11-20T12:00:00Z",
            "verificationMethod": method or self.method,
            "proofPurpose": purpose,
        }
        options = {**proof, "@context": bare["@context"]}
        both = canonical.digest(options) + canonical.digest(bare)
        from lti_tool import multibase

        signature = self.key.private.sign(both)  # type: ignore[call-arg]
        return {**bare, "proof": [{**proof, "proofValue": multibase.encode(signature)}]}

    @property
    def did(self) -> str:
        """The issuer of `an_award`."""
        return "did:web:cairn.example.org"

    @property
    def method(self) -> str:
        """The verification method of Data Integrity proofs."""
        return did_documents.method_id(self.did, self.key)

    def did_document(self) -> dict[str, Any]:
        """The issuer's did document."""
        issuer = an_award().issuer
        return documents.did_document(issuer, self.keyring, self.addresses)

    def status_list(self, revoked: Iterable[int] = ()) -> dict[str, Any]:
        """The issuer's status list with these places set."""
        document = status_list.credential(an_award().status_list, revoked, self.addresses)
        return proofs.sign(document, self.key, self.method, created=NOON)

    def shelf(self, revoked: Iterable[int] = ()) -> Shelf:
        """What an outside verifier can ask for: the did document and the status list."""
        return (
            Shelf()
            .put(f"{BASE}/.well-known/did.json", self.did_document())
            .put(f"{BASE}/badges/status/1", self.status_list(revoked))
        )


def verify(document: Any, source: Shelf, **options: Any) -> Report:
    """Verify a file or a JSON document a day after it was issued, unless told."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return checking.check_file(data, source, **{"now": LATER, **options})


def verdicts(report: Report) -> dict[str, Verdict]:
    """How each check ended, by its name."""
    return {check.name: check.verdict for check in report.checks}


def check_named(report: Report, name: str) -> Check:
    """The one check of this name."""
    (found,) = (check for check in report.checks if check.name == name)
    return found
