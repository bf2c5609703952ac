"""Signing by plan: what many awards share is worked out once, and the rest is filled in.

A plan belongs to one shape (`slots.py`), which holds digests of the achievement, the issuer and
the contexts as they really are, so a plan cannot outlive what it was made of. It gives the same
bytes as the general way (`proofs.py`) or none at all: whatever is odd, repeats itself or collides
goes the general way, and so does every shape whose plan was ever caught giving something else.
"""

import hashlib
import itertools
import json
from binascii import b2a_base64
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple, cast

import structlog
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

from lti_tool import multibase
from lti_tool.keyring import Key
from lti_tool.sealing import canonical, contexts, members, proofs, slots, strict_json
from lti_tool.sealing.forms import Filler, Form, Unplannable, Unsigned, filler, picker
from lti_tool.sealing.readers import reader

log = structlog.get_logger(__name__)

CHECK_EVERY = 5_000
"""After the first, every so many awards of a plan are signed the general way too, and compared."""
WAYS = ("planned", "checked", "general", "mismatched")
"""How a signature is made: by plan; by plan and seen to be right; the general way; or by a plan
that gave something else than the general way, whose signature was taken."""
MOST_PLANS = 64
"""Plans kept, about 200 kB each; the one that was not used for longest makes room."""
MOST_ADDRESSES = 400
"""Addresses a plan remembers to be plain."""
MOST_TEXT = 64 * 1024
"""Bytes all slots of a document may hold together; more of them go the general way."""

_ES256 = ec.ECDSA(utils.Prehashed(hashes.SHA256()))


class _Values(NamedTuple):
    """The texts of one document, written for the two places they stand in."""

    statements: list[bytes]
    """As N-Quads writes them."""
    json: list[bytes]
    together: bytes
    """All of them in UTF-8, with U+0000 between."""


class Signed(NamedTuple):
    """A signed document in two pieces, so that what many begin with can be kept once."""

    beginning: bytes
    """The same object for all documents of one plan; empty where the general way signed it."""
    rest: bytes

    @property
    def whole(self) -> bytes:
        """The document."""
        return self.beginning + self.rest


class Plan:
    """Everything about a shape that is the same for each of its documents."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Make the plan of a document's shape.

        Raises `members.CannotBeSigned` as the general way does, and where a text would not be
        covered; `Unplannable`, `slots.Odd` or `canonical.NotCanonical` where there is no plan.
        """
        members.require_signable(slots.whole(document))
        marked, marks = slots.marked(document)
        try:
            self.form = Form(marked, marks)
        except Unsigned as fault:
            raise members.CannotBeSigned(f"{_paths(marked, fault)} would not be signed") from None
        self._addresses = picker(
            self.form.addresses
            | {
                marks.index(value)
                for path, value in canonical.leaves(marked)
                if path[-1] in members.IRI_MEMBERS and value in marks
            }
        )
        self._known_addresses: set[str] = set()
        self._places = {mark: place for place, mark in enumerate(marks)}
        written = strict_json.write(marked)
        first, *others = self._pieces(written[:-1] + b',"proof":[')
        self._beginning = cast(bytes, first)
        self._fill_json = filler(others)
        self._payload = self._payload_of(marked)
        self.read = reader(document)
        self.turns = itertools.count()
        """How many of its documents were prepared so far."""

    def _pieces(self, written: bytes) -> Sequence[bytes | int]:
        """JSON cut at its marks."""
        pieces: list[bytes | int] = []
        for part in written.split(slots.MARK.encode()):
            if not pieces:
                pieces.append(part)
                continue
            pieces += [int(part[: slots.DIGITS]), part[slots.DIGITS :]]
        return pieces

    def _payload_of(self, marked: Mapping[str, Any]) -> "_Payload | None":
        try:
            claims = proofs.claims(marked)
            begins = self._places[marked["validFrom"]]
        except (KeyError, TypeError, AttributeError):
            return None  # no credential; the general way says so
        ends = self._places.get(str(marked.get("validUntil")))
        first, *others = self._pieces(strict_json.write(claims)[:-1])
        return _Payload(cast(bytes, first), filler(others), begins, ends)

    def values(self, texts: Sequence[str]) -> _Values | None:
        """The texts, written; `None` where one of them is for the general way to judge."""
        if not self._are_addresses(self._addresses(texts)):
            return None
        try:
            written = [*map(str.encode, texts)]
        except UnicodeEncodeError:
            return None
        together = b"\0".join(written)
        if len(together) > MOST_TEXT:
            return None
        if len(together.translate(None, _ESCAPED)) == len(together) - len(texts) + 1:
            statements = written
        elif members.ODD.search("".join(texts)):
            return None
        else:
            statements = [text.translate(_ESCAPES).encode() for text in texts]
            written = [json.dumps(text, ensure_ascii=False)[1:-1].encode() for text in texts]
        if not self.form.are_apart(statements):
            return None
        return _Values(statements, written, together)

    def _are_addresses(self, texts: Sequence[str]) -> bool:
        """Whether addresses are plain. Those of the achievement are seen with every award."""
        fresh = set(texts) - self._known_addresses
        if not slots.are_plain_addresses(fresh):
            return False
        if len(self._known_addresses) < MOST_ADDRESSES:
            self._known_addresses |= fresh
        return True

    def sign(self, values: _Values, key: Key, method: str, created: datetime) -> Signed | None:
        """The document with its proof; `None` where its canonical form is not found this way."""
        together, statements = values.together, values.statements
        if b"\0_:" in together or together[:2] == b"_:":
            return None
        digest = self.form.digest(statements)
        if digest is None:
            return None
        private = cast(ed25519.Ed25519PrivateKey, key.private)
        options, before, after = _proof_by(method, created)
        value = multibase.encode(private.sign(options + digest)).encode()
        rest = b"".join((self._fill_json(values.json), before, value, after))
        return Signed(self._beginning, rest)

    def payload(self, texts: Sequence[str], values: _Values) -> tuple["_Payload", bytes] | None:
        """What is shared of the payload of a JWT, and the rest of it."""
        shared = self._payload
        if shared is None:
            return None
        times = b',"nbf":%d' % proofs.seconds(texts[shared.begins])
        if shared.ends is not None:
            times += b',"exp":%d' % proofs.seconds(texts[shared.ends])
        return shared, shared.fill(values.json) + times + b"}"


class _Payload:
    """The payload of JWTs of one shape: what all begin with, and how the rest is filled."""

    def __init__(self, first: bytes, fill: Filler, begins: int, ends: int | None) -> None:
        self.first = first
        self.fill = fill
        self.begins = begins
        self.ends = ends
        self._openings: dict[str, tuple[bytes, bytes, Any]] = {}

    def token(self, rest: bytes, key: Key, kid: str) -> Signed:
        """The compact JWT, signed with ES256 (RFC 7518, 3.4: both numbers in 32 bytes each)."""
        opening, left, state = self._opening(kid)
        later = _base64(left + rest if left else rest)
        state = state.copy()
        state.update(later)
        private = cast(ec.EllipticCurvePrivateKey, key.private)
        signature = _base64(_in_64_bytes(private.sign(state.digest(), _ES256)))
        return Signed(opening, b"".join((later, b".", signature)))

    def _opening(self, kid: str) -> tuple[bytes, bytes, Any]:
        """Header and the shared beginning, encoded; bytes that wait for their group of three."""
        if (found := self._openings.get(kid)) is None:
            header = strict_json.write({"alg": "ES256", "kid": kid, "typ": "JWT"})
            even = len(self.first) - len(self.first) % 3
            opening = _base64(header) + b"." + _base64(self.first[:even])
            found = opening, self.first[even:], hashlib.sha256(opening)
            self._openings[kid] = found
        return found


class Prepared:
    """A document that was read, ready to be signed in one form or in both."""

    def __init__(
        self,
        signer: "Signer",
        document: Mapping[str, Any],
        texts: Sequence[str] = (),
        plan: Plan | None = None,
    ) -> None:
        self._signer = signer
        self._document = document
        self._texts = texts
        self._plan = plan
        self._values = plan.values(texts) if plan else None
        self._is_due = plan is not None and self._values is not None and signer.is_due(plan)

    def with_proof(self, key: Key, method: str, *, created: datetime) -> Signed:
        """The document as JSON with a Data Integrity proof, as `proofs.sign` makes it.

        Raises `members.CannotBeSigned`.
        """
        made = None
        if self._plan and self._values:
            made = self._plan.sign(self._values, key, method, created)
        if made is None or self._is_due:
            whole = slots.whole(self._document)
            sure = strict_json.write(proofs.sign(whole, key, method, created=created))
            made = self._compared(made, sure)
        else:
            self._signer.count("planned")
        return made

    def as_jwt(self, key: Key, kid: str) -> Signed:
        """The document as VC-JWT, as `proofs.encode_jwt` makes it.

        Raises `members.CannotBeSigned`.
        """
        found = None
        if self._plan and self._values:
            found = self._plan.payload(self._texts, self._values)
        if found is None or self._is_due:
            whole = slots.whole(self._document)
            token = proofs.encode_jwt(whole, key, kid).encode("ascii")
            if found is None:
                return self._compared(None, token)
            # An ECDSA signature is another each time; what is signed has to be the same.
            mine = found[0].token(found[1], key, kid)
            return self._compared(mine, token, until=token.rindex(b"."))
        self._signer.count("planned")
        return found[0].token(found[1], key, kid)

    def _compared(self, made: Signed | None, sure: bytes, until: int | None = None) -> Signed:
        if made is None:
            self._signer.count("general")
        elif made.whole[:until] == sure[:until]:
            self._signer.count("checked")
            return Signed(made.beginning, sure[len(made.beginning) :])
        else:
            self._signer.count("mismatched")
            self._signer.give_up(self._document)
        return Signed(b"", sure)


@dataclass
class _Known:
    """What is known of a shape."""

    plan: Plan | None
    """`None` where the general way is taken for all of it."""
    used: int


class Signer:
    """Signs documents by plan where there is one, and the general way where there is none."""

    def __init__(
        self,
        *,
        check_every: int = CHECK_EVERY,
        most_plans: int = MOST_PLANS,
        planned: Callable[[Mapping[str, Any]], Plan] = Plan,
        tell: Callable[[str], object] = str,
    ) -> None:
        """Begin without plans; `planned` makes them, `tell` hears the way of each signature."""
        self._tell = tell
        self._check_every = check_every
        self._most_plans = most_plans
        self._planned = planned
        self._plans: dict[slots.Shape, _Known] = {}
        self._clock = itertools.count()
        self._lock = Lock()
        self._last: _Known | None = None
        """The plan of what was signed before: that of the next one too, where a class is signed."""
        self.counts: Counter[str] = Counter()
        """How many signatures went which of the `WAYS`."""

    def prepare(self, document: Mapping[str, Any]) -> Prepared:
        """Read a document, which may hold `slots.Part`s, so that it can be signed.

        Raises `members.CannotBeSigned` or leaves that to the signing.
        """
        last = self._last
        if last and last.plan and (known := last.plan.read(document)) is not None:
            last.used = next(self._clock)
            return Prepared(self, document, known, last.plan)
        try:
            shape, texts = slots.read(document)
            plan = self._plan(shape, document)
        except (slots.Odd, contexts.UnknownContext, TypeError):
            # A TypeError says that a type or a context is no text.
            return Prepared(self, document)
        return Prepared(self, document, texts, plan)

    def sign(
        self, document: Mapping[str, Any], key: Key, method: str, *, created: datetime
    ) -> bytes:
        """What `proofs.sign` makes of the document, as JSON. Raises `members.CannotBeSigned`."""
        return self.prepare(document).with_proof(key, method, created=created).whole

    def encode_jwt(self, document: Mapping[str, Any], key: Key, kid: str) -> bytes:
        """What `proofs.encode_jwt` makes of the document. Raises `members.CannotBeSigned`."""
        return self.prepare(document).as_jwt(key, kid).whole

    def count(self, way: str) -> None:
        """Count a signature by the way it was made."""
        self.counts[way] += 1
        self._tell(way)

    def is_due(self, plan: Plan) -> bool:
        """Whether this award is one of those that are signed the general way too."""
        return next(plan.turns) % self._check_every == 0

    def _plan(self, shape: slots.Shape, document: Mapping[str, Any]) -> Plan | None:
        known = self._plans.get(shape)
        if known is not None:
            known.used = next(self._clock)
            self._last = known
            return known.plan
        plan: Plan | None
        try:
            plan = self._planned(document)
        except (Unplannable, slots.Odd, canonical.NotCanonical) as reason:
            log.info("no plan for this shape", reason=str(reason))
            plan = None
        self._keep(shape, plan)
        return plan

    def _keep(self, shape: slots.Shape, plan: Plan | None) -> None:
        with self._lock:
            self._plans[shape] = _Known(plan, next(self._clock))
            if len(self._plans) > self._most_plans:
                del self._plans[min(self._plans, key=lambda each: self._plans[each].used)]

    def give_up(self, document: Mapping[str, Any]) -> None:
        """Sign everything of this document's shape the general way from now on."""
        log.error("a plan gave something else than the general way", id=document.get("id"))
        self._last = None
        self._keep(slots.read(document)[0], None)


def _base64(data: bytes) -> bytes:
    """Base64 as JWTs write it (RFC 7515, 2)."""
    written = b2a_base64(data, newline=False).rstrip(b"=")
    # Letters and digits in plain words never come to these two.
    return written.translate(_URL_SAFE) if b"+" in written or b"/" in written else written


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _in_64_bytes(der: bytes) -> bytes:
    """An ECDSA signature on P-256, taken out of its DER form: a zero may lead, or be left away."""
    end = 4 + der[3]
    r, s = der[4:end], der[end + 2 :]
    return r[-32:].rjust(32, b"\0") + s[-32:].rjust(32, b"\0")


_ESCAPED = bytes([*range(0x20), ord('"'), ord("\\"), 0x7F, 0xEF])
"""Bytes of characters that are escaped or odd (U+FFFE begins with 0xEF); 0 stands between texts."""
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
"""Canonical N-Quads; what else would be escaped is refused (`members.ODD`)."""


@lru_cache(maxsize=64)
def _proof_by(method: str, created: datetime) -> tuple[bytes, bytes, bytes]:
    """The digest of the proof options, and what stands before and after the proof's value."""
    moment = proofs.timestamp(created)
    written = strict_json.write(proofs.proof_of(bytes(64), method, moment))
    before, after = written.rsplit(multibase.encode(bytes(64)).encode(), 1)
    return proofs.options_digest(method, moment), before, after + b"]}"


def _paths(marked: Mapping[str, Any], fault: Unsigned) -> str:
    return ", ".join(
        "/".join(map(str, path))
        for path, value in canonical.leaves(marked)
        if isinstance(value, str) and value in fault.marks
    )
