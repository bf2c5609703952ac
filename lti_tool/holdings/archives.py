"""A ZIP with badges in it: taken apart within bounds, each badge looked at by itself.

One badge often lies in such a file several times: as JSON and JWT, inside pictures, in an older
standard, and once more in a record. It is looked at once.
"""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from lti_tool.holdings import keeping, looking
from lti_tool.holdings.looking import NotHeld, Seen
from lti_tool.holdings.models import CameBy
from lti_tool.people.models import Person
from lti_tool.verification import facts, records
from lti_tool.verification.reading import (
    LARGEST,
    NotReadable,
    Presented,
    as_list,
    has_type,
    id_of,
    objects,
    read,
    text,
)
from lti_tool.verification.sources import Source

BEGINNING = b"PK\x03\x04"
MOST_ENTRIES = 2_000
MOST_BADGES = 60
"""Badges of one archive that are looked at."""
MOST_BYTES = 96 * 1024 * 1024
"""Bytes of all files in it together."""
LARGEST_ARCHIVE = 48 * 1024 * 1024
"""Bytes of the archive itself."""

BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, IndexError, OSError,
)  # fmt: skip
"""What the standard library raises over files that are no proper ZIP (found by altering bytes)."""

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


def badges_in(data: bytes) -> list[Inside]:
    """The badges of an archive, each once, in the order of their files' names.

    Raises:
        NotHeld: it cannot be read, is too large, or holds no badge.
    """
    found: dict[str, tuple[str, bytes, Presented]] = {}
    for name, content in _files(data):
        try:
            presented = read(content)
        except NotReadable:
            continue
        told = facts.facts_of(presented.document)
        found.setdefault(keeping.identity_of(told, content), (name, content, presented))
    kept = _without_doubles(found)
    if not kept:
        raise NotHeld("There is no badge in this archive.")
    if len(kept) > MOST_BADGES:
        raise NotHeld(f"It holds {len(kept)} badges; bring at most {MOST_BADGES} at a time.")
    return [_inside(*one) for one in sorted(kept, key=lambda one: one[0])]


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


def _without_doubles(
    found: dict[str, tuple[str, bytes, Presented]],
) -> list[tuple[str, bytes, Presented]]:
    """Without older renderings of badges that are here, and records of nothing else."""
    named = {text(presented.document.get("id")) for _, _, presented in found.values()}
    kept = []
    for name, content, presented in found.values():
        document = presented.document
        others = {id_of(one) for one in objects(document.get("related"))}
        if presented.is_open_badges_2 and others & named:
            continue
        if has_type(document, "ClrCredential") and _identities_in(presented) <= set(found):
            continue
        kept.append((name, content, presented))
    return kept


def _identities_in(presented: Presented) -> set[str]:
    """The identities of the badges a record holds; what cannot be read is one of its own."""
    found = set()
    for subject in objects(presented.document.get("credentialSubject")):
        for place, one in enumerate(as_list(subject.get("verifiableCredential"))):
            try:
                told = facts.facts_of(records.presented(one).document)
            except NotReadable:
                found.add(f"unreadable {place}")
                continue
            found.add(keeping.identity_of(told, b""))
    return found or {"a record of nothing"}


def _inside(name: str, content: bytes, presented: Presented) -> Inside:
    told = facts.facts_of(presented.document)
    return Inside(name, content, told.name or name, told.issuer_name or told.issuer_id)
