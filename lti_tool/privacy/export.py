"""Everything about one person as one ZIP: a file to read for each room, and their own files."""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.people.models import Person
from lti_tool.people.personal_data import when
from lti_tool.portfolio.artifact_store import ArtifactStore, BytesMissing
from lti_tool.portfolio.personal_data import KeptFile, files_of
from lti_tool.portfolio.set_aside import included
from lti_tool.privacy.rooms import ROOMS

MEDIA_TYPE = "application/zip"

READ_ME = """What Cairn keeps about one person
=================================

Written {at}, for {name} (person {number}).

{rooms}
files/ holds the files they handed in, each under its number in {work}.

Times are in UTC. People who judged appear by their part, not by name: their names are not this
person's data. What an LMS keeps itself, such as grades that arrived there, is the LMS's to give.
"""


@dataclass(frozen=True)
class Told:
    """What an export will hold, read in one session; the bytes of files are still in the store."""

    name: str
    texts: Mapping[str, str]
    """Contents by name in the archive."""
    files: Sequence[KeptFile]
    at: datetime


def tell(session: Session, person: Person, *, now: datetime) -> Told:
    """Read everything about a person."""
    rooms = "".join(f"{room.file}.json: {room.title.lower()}\n" for room in ROOMS)
    work = next(room.file for room in ROOMS if room.file.endswith("work"))
    about = READ_ME.format(
        at=when(now), name=person.name, number=person.id, rooms=rooms, work=f"{work}.json"
    )
    texts = {"READ ME.txt": about}
    with included(session):
        for room in ROOMS:
            texts[f"{room.file}.json"] = _readable(room.export_of(session, person))
        files = files_of(session, person)
    return Told(f"cairn-person-{person.id}.zip", texts, files, now)


def _readable(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


class _Outlet:
    """Where the archive writes: what has come so far is taken away and sent."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._length = 0

    def write(self, content: bytes) -> int:
        """Keep it until it is taken."""
        self._waiting.append(bytes(content))
        self._length += len(content)
        return len(content)

    def tell(self) -> int:
        """How much was written altogether."""
        return self._length

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._waiting = b"".join(self._waiting), []
        return taken


def archive(told: Told, store: ArtifactStore) -> Iterator[bytes]:
    """The ZIP in pieces: never more of it in memory than one piece of one file.

    A file whose bytes are missing is replaced by a note that says so.
    """
    outlet = _Outlet()
    stamp = told.at.timetuple()[:6]
    # mypy: the library is typed for whole files, and documents that a stream without seek is one.
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as packing:  # type: ignore[call-overload]
        for name, text in told.texts.items():
            packing.writestr(_entry(name, stamp), text.encode("utf-8"))
            yield outlet.take()
        for file in told.files:
            try:
                chunks = store.read(file.key)
            except BytesMissing:
                words = "The bytes of this file are missing from the store.\n"
                packing.writestr(_entry(f"{file.path}.missing.txt", stamp), words)
                continue
            with packing.open(_entry(file.path, stamp), "w", force_zip64=True) as entry:
                for chunk in chunks:
                    entry.write(chunk)
                    if piece := outlet.take():
                        yield piece
            yield outlet.take()
    yield outlet.take()


def _entry(name: str, stamp: tuple[int, ...]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, stamp)  # type: ignore[arg-type]  # six numbers, as it wants them
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry
