"""A ZIP with badges in it: taken apart within bounds, each badge looked at by itself.

One badge often lies in such a file several times: as JSON and JWT, inside pictures, in an older
standard, and once more in a record. It is looked at once.
"""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_tool.holdings import keeping, looking
from lti_tool.holdings.looking import NotHeld, Seen
from lti_tool.holdings.models import CameBy
from lti_tool.people.models import Person
from lti_tool.verification import facts, records
from lti_tool.verification.reading import (
    LARGEST,
    NotReadable,
    as_list,
    has_type,
    id_of,
    objects,
    read,
)
from lti_tool.verification.sources import Source

BEGINNING = b"PK\x03\x04"
MOST_ENTRIES = 2_000
MOST_BADGES = 60
"""Badges of one archive that are looked at."""
MOST_COPIES = 3 * MOST_BADGES
"""The same with older renderings and records, which are left out only when all are known."""
MOST_RELATED = 8
"""Other renderings a badge may name."""
MOST_BYTES = 96 * 1024 * 1024
"""Bytes of all files in it together."""
LARGEST_ARCHIVE = 48 * 1024 * 1024
"""Bytes of the archive itself."""

BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, IndexError, OSError,
)  # fmt: skip
"""What the standard library raises over files that are no proper ZIP (found by altering bytes)."""

_TOO_MANY = f"It holds more than {MOST_BADGES} badges; bring at most {MOST_BADGES} at a time."

_PREFERRED = (".png", ".svg", ".json", ".jsonld", ".jwt", ".jws", ".txt")
"""Of several copies the first of these is kept: a picture holds the badge and shows it."""


@dataclass(frozen=True)
class Inside:
    """One badge of an archive."""

    name: str
    """Of its file."""
    content: bytes
    title: str
    issuer: str


@dataclass(frozen=True)
class Tried:
    """What became of one badge of an archive."""

    inside: Inside
    seen: Seen | None
    refusal: NotHeld | None


def is_archive(data: bytes) -> bool:
    """Whether a file is a ZIP, by how it begins."""
    return data.startswith(BEGINNING)


@dataclass(frozen=True)
class _Found:
    """What is remembered of a badge while the others are read; never its parsed document."""

    inside: Inside
    identity: str
    """The same for every copy (`keeping.identity_of`)."""
    id: str
    is_older: bool
    """Whether it is of Open Badges 2.0, of which there may be a newer rendering."""
    related: frozenset[str]
    """Ids of the other renderings it names."""
    holds: frozenset[str] | None
    """Identities of the badges in it; `None` where it is no record."""


def badges_in(data: bytes) -> list[Inside]:
    """The badges of an archive, each once, in the order of their files' names.

    Reading it takes time and memory, so few do at once (`restraint.one_turn`).

    Raises:
        NotHeld: it cannot be read, is too large, or holds no badge.
    """
    found: dict[str, _Found] = {}
    by_themselves = 0
    for name, content in _files(data):
        told = _found_in(name, content)
        if told is None or told.identity in found:
            continue
        found[told.identity] = told
        by_themselves += not told.is_older and told.holds is None
        if by_themselves > MOST_BADGES or len(found) > MOST_COPIES:
            raise NotHeld(_TOO_MANY)
    kept = _without_doubles(found)
    if not kept:
        raise NotHeld("There is no badge in this archive.")
    if len(kept) > MOST_BADGES:
        raise NotHeld(_TOO_MANY)
    return sorted(kept, key=lambda one: one.name)


def look_at_all(
    inside: Iterable[Inside], source: Source, *, person: Person, own: str, now: datetime,
    made_out_to: str = "",
) -> Iterator[Tried]:  # fmt: skip
    """Look at each badge of an archive, as if it had been handed in by itself."""
    for one in inside:
        try:
            seen = looking.look_at(
                one.content,
                "",
                source,
                person=person,
                own=own,
                now=now,
                made_out_to=made_out_to,
                came_by=CameBy.ARCHIVE,
            )
        except NotHeld as refusal:
            yield Tried(one, None, refusal)
        else:
            yield Tried(one, seen, None)


def _files(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Files that may hold a badge, the preferred kinds first. Raises `NotHeld`."""
    if len(data) > LARGEST_ARCHIVE:
        raise NotHeld(f"The archive is larger than {LARGEST_ARCHIVE // 1024 // 1024} MB.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise NotHeld(f"The archive holds more than {MOST_ENTRIES} files.")
            left = MOST_BYTES
            for entry in sorted(entries, key=_rank):
                if not _is_readable(entry):
                    continue
                # What an entry says of its own size is not believed: a bomb would lie.
                with archive.open(entry) as opened:
                    content = opened.read(LARGEST + 1)
                left -= len(content)
                if left < 0:
                    raise NotHeld("What is in the archive is too much to be looked at.")
                if len(content) <= LARGEST:
                    yield entry.filename, content
    except BROKEN as error:
        raise NotHeld("The archive cannot be read.") from error


def _is_readable(entry: zipfile.ZipInfo) -> bool:
    """Whether a file may hold a badge and is packed as every program packs."""
    is_plain = entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    is_sealed = entry.flag_bits & 1
    return is_plain and not is_sealed and not entry.is_dir() and _rank(entry)[0] < len(_PREFERRED)


def _rank(entry: zipfile.ZipInfo) -> tuple[int, str]:
    name = entry.filename.lower()
    places = (place for place, end in enumerate(_PREFERRED) if name.endswith(end))
    return next(places, len(_PREFERRED)), name


def _found_in(name: str, content: bytes) -> _Found | None:
    """What a file holds, if it is a badge; its document is let go before the next one is read."""
    try:
        presented = read(content, is_one_of_many=True)
    except NotReadable:
        return None
    document = presented.document
    told = facts.names_of(document)
    is_older = presented.is_open_badges_2
    others = objects(document.get("related"))[:MOST_RELATED] if is_older else []
    is_record = has_type(document, "ClrCredential")
    return _Found(
        Inside(name, content, told.name or name, told.issuer_name or told.issuer_id),
        identity=keeping.identity_of(told, content),
        id=told.address,
        is_older=is_older,
        related=frozenset(id_of(one) for one in others),
        holds=_identities_in(document) if is_record else None,
    )


def _without_doubles(found: Mapping[str, _Found]) -> list[Inside]:
    """Without older renderings of badges that are here, and records of nothing else."""
    named = {one.id for one in found.values()}
    return [
        one.inside
        for one in found.values()
        if not (one.is_older and one.related & named)
        and not (one.holds is not None and one.holds <= found.keys())
    ]


def _identities_in(record: Mapping[str, Any]) -> frozenset[str]:
    """The identities of the badges a record holds; what cannot be read is one of its own."""
    contained = [
        one
        for subject in objects(record.get("credentialSubject"))
        for one in as_list(subject.get("verifiableCredential"))
    ]
    if not contained or len(contained) > MOST_BADGES:
        return frozenset({"a record of nothing, or of more than is looked at"})
    found = set()
    for place, one in enumerate(contained):
        try:
            told = facts.names_of(records.presented(one).document)
        except NotReadable:
            found.add(f"unreadable {place}")
            continue
        found.add(keeping.identity_of(told, b""))
    return frozenset(found)
