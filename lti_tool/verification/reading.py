"""Reading what was handed in: JSON, a JWT, a baked picture, or an address that leads to one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lti_tool.sealing import baking, canonical, proofs, strict_json
from lti_tool.sealing.baking import NothingBaked

LARGEST = baking.LARGEST_IMAGE
LARGEST_OF_MANY = 256 * 1024
"""Bytes of the JSON of one of many badges that are read one after another."""
LARGEST_RECORD_OF_MANY = 1024 * 1024
"""The same for a learner record, which holds badges itself."""


class NotReadable(ValueError):
    """What was handed in is no badge; the message says why."""


@dataclass(frozen=True)
class Presented:
    """A badge as it was handed in, not yet believed."""

    document: dict[str, Any]
    token: str = ""
    """The compact JWT, where it is one."""
    wrapping: str = ""
    """`PNG` or `SVG` where it was baked."""

    @property
    def is_open_badges_2(self) -> bool:
        """Whether it is an assertion or endorsement of Open Badges 2.0, judged by its type."""
        kinds = strings(self.document.get("type"))
        return "VerifiableCredential" not in kinds and bool({"Assertion", "Endorsement"} & {*kinds})


def read(data: bytes, *, is_one_of_many: bool = False) -> Presented:
    """Read a file's bytes, whatever the file was called. Raises `NotReadable`.

    JSON takes up to thirty times its size once it is parsed, so what is `is_one_of_many` is
    measured before.
    """
    if len(data) > LARGEST:
        raise NotReadable(f"the file is larger than {LARGEST // 1024 // 1024} MB")
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"{":
        return Presented(_object(data, is_one_of_many))
    if data[:8] == b"\x89PNG\r\n\x1a\n" or start == b"<":
        try:
            baked = baking.extract(data)
        except NothingBaked as error:
            raise NotReadable(str(error)) from error
        return _unbaked(baked, is_one_of_many)
    text = data.decode("utf-8", "replace").strip()
    if looks_like_token(text):
        return read_token(text)
    raise NotReadable("the file is neither JSON, a JWT, a PNG nor an SVG")


def looks_like_token(text: str) -> bool:
    """Whether a text can be a compact JWT; it begins with a JSON object in base64."""
    return text.startswith("eyJ") and text.count(".") == 2


def _unbaked(baked: baking.Baked, is_one_of_many: bool) -> Presented:
    if baked.text.startswith("{"):
        document = _object(baked.text.encode("utf-8"), is_one_of_many)
        return Presented(document, wrapping=baked.picture)
    if looks_like_token(baked.text):
        return read_token(baked.text, wrapping=baked.picture)
    if baked.format is baking.OPEN_BADGES_2 and baked.text.startswith(("https://", "http://")):
        # Old pictures hold only the address of a hosted assertion (B3-004).
        hosted = {"id": baked.text, "type": "Assertion"}
        return Presented(hosted, wrapping=baked.picture)
    raise NotReadable("the text in the picture is neither JSON nor a JWT")


def read_token(text: str, wrapping: str = "") -> Presented:
    """Read a compact JWT, not believing it yet. Raises `NotReadable`."""
    try:
        _, payload = proofs.read_jwt(text)
    except proofs.ProofWrong as error:
        raise NotReadable(str(error)) from error
    document = payload
    if isinstance(payload.get("vc"), dict):
        document = _first_data_model(payload)
    return Presented(_guarded(dict(document)), token=text, wrapping=wrapping)


def _first_data_model(claims: Mapping[str, Any]) -> dict[str, Any]:
    """VC 1.1, 6.3.1: the credential stands in `vc`; claims may stand for members it leaves out."""
    document = dict(claims["vc"])
    document.setdefault("id", claims.get("jti"))
    document.setdefault("issuer", claims.get("iss"))
    for claim, member in (("nbf", "issuanceDate"), ("exp", "expirationDate")):
        moment = claims.get(claim)
        if member not in document and isinstance(moment, int) and 0 < moment < 2**33:
            document[member] = datetime.fromtimestamp(moment, UTC).isoformat()
    subject = document.get("credentialSubject")
    if isinstance(subject, dict) and "id" not in subject and claims.get("sub"):
        document["credentialSubject"] = {**subject, "id": claims["sub"]}
    return {name: value for name, value in document.items() if value is not None}


def _guarded(document: dict[str, Any]) -> dict[str, Any]:
    """The document, where walking it is safe. Raises `NotReadable`."""
    try:
        canonical.guard_depth(document)
    except canonical.NotCanonical as error:
        raise NotReadable(str(error)) from error
    return document


def _object(data: bytes, is_one_of_many: bool) -> dict[str, Any]:
    most = LARGEST_RECORD_OF_MANY if b"ClrCredential" in data else LARGEST_OF_MANY
    if is_one_of_many and len(data) > most:
        raise NotReadable(f"the JSON is larger than {most // 1024} KiB")
    try:
        value = strict_json.read(data.decode("utf-8-sig"), pairs=_no_doubles)
    except NotReadable:
        raise
    except ValueError as error:
        raise NotReadable("the JSON cannot be read") from error
    if not isinstance(value, dict):
        raise NotReadable("the JSON is not an object")
    return _guarded(value)


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotReadable("the JSON names a member twice, so readers may disagree on it")
    return found


def strings(value: Any) -> list[str]:
    """A string, or the strings of a list; anything else is left out."""
    return [entry for entry in as_list(value) if isinstance(entry, str)]


def objects(value: Any) -> list[Mapping[str, Any]]:
    """An object, or the objects of a list; anything else is left out."""
    return [entry for entry in as_list(value) if isinstance(entry, Mapping)]


def as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of one, nothing as none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """A text, or the empty text where it is something else."""
    return value if isinstance(value, str) else ""


def id_of(value: Any) -> str:
    """The id of an object, or the string itself."""
    return text(value.get("id")) if isinstance(value, Mapping) else text(value)


def has_type(value: Mapping[str, Any], *kinds: str) -> bool:
    """Whether an object is of one of these types."""
    return bool(set(strings(value.get("type"))) & set(kinds))


def every_object(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object inside a JSON value, itself included."""
    if isinstance(value, Mapping):
        yield value
        for entry in value.values():
            yield from every_object(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from every_object(entry)
