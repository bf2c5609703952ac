"""Writing a site whole: beside its place, with a list of sums, and put there when all is well."""

import glob
import hashlib
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SUMS = "SHA256SUMS"
"""Names every other file of a site; where it lies, there is a site that may be replaced."""


@dataclass(frozen=True)
class File:
    """One file of the site."""

    path: str
    """Below the site's folder, without a slash in front."""
    content: bytes


class PlaceTaken(Exception):
    """Something that is no exported site lies where one is wanted; the message says what to do."""


@dataclass(frozen=True)
class Written:
    """What became of some files."""

    count: int = 0
    kept: int = 0
    """Those that lay in the earlier export just so, and were taken from it."""

    def __add__(self, other: "Written") -> "Written":
        return Written(self.count + other.count, self.kept + other.kept)


@dataclass(frozen=True)
class Workspace:
    """Where a site is made, beside its place. Several processes may write to it, part by part."""

    folder: Path
    place: Path
    """Where the site goes in the end, and where an earlier one lies."""

    @property
    def site(self) -> Path:
        """The folder that takes the place."""
        return self.folder / "site"

    def put(self, number: int, files: Iterable[File]) -> Written:
        """Write one part of the site. The parts' numbers give the order of the list of sums.

        A file that is the same in the earlier export is that very file again, under a second name:
        it keeps its time, and whoever copies the site elsewhere has little to copy.
        """
        count = kept = 0
        with (self.folder / f"sums-{number:08}").open("w", encoding="utf-8") as sums:
            for file in files:
                target = self.site / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                if _is_kept(self.place / file.path, target, file.content):
                    kept += 1
                else:
                    # Never over a file that is there: it could be the earlier export's too.
                    with target.open("xb") as fresh:
                        fresh.write(file.content)
                count += 1
                sums.write(f"{hashlib.sha256(file.content).hexdigest()}  {file.path}\n")
        return Written(count, kept)

    def close(self, gone: Collection[str]) -> int:
        """Join the lists of sums, without the files whose paths have one of these words in them.

        Those are deleted. Returns how many there were.
        """
        count = 0
        with (self.site / SUMS).open("w", encoding="utf-8") as whole:
            for part in sorted(self.folder.glob("sums-*")):
                with part.open(encoding="utf-8") as lines:
                    for line in lines:
                        path = line.rstrip("\n").partition("  ")[2]
                        if any(word in path for word in gone):
                            (self.site / path).unlink()
                            count += 1
                        else:
                            whole.write(line)
        return count


def _is_kept(before: Path, target: Path, content: bytes) -> bool:
    """Give an earlier file a second name, if it holds just this and the file system can."""
    try:
        if before.stat().st_size != len(content) or before.read_bytes() != content:
            return False
        target.hardlink_to(before)
    except OSError:
        return False
    return True


@contextmanager
def workspace(place: Path) -> Iterator[Workspace]:
    """Make a site and put it at `place` when the block ends well.

    Until then the place keeps what it had; where anything is raised on the way, for good. What an
    export that was killed has left is cleared away, and if it was killed between the two renamings
    at the end, the earlier site is back in its place. Raises `PlaceTaken`.
    """
    old = place.with_name(f".{place.name}.old")
    if old.exists() and not place.exists():
        old.rename(place)
    require_free(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = f".{place.name}.new-"
    for rest in (old, *place.parent.glob(f"{glob.escape(unfinished)}*")):
        shutil.rmtree(rest, ignore_errors=True)
    # A name of its own, since processes of a run that was killed may not know it yet.
    found = Workspace(Path(tempfile.mkdtemp(prefix=unfinished, dir=place.parent)), place)
    try:
        found.site.mkdir()
        yield found
        if place.exists():
            place.rename(old)
        try:
            found.site.rename(place)
        except OSError:
            if old.exists():
                old.rename(place)
            raise
    finally:
        shutil.rmtree(found.folder, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def write(place: Path, files: Iterable[File]) -> Written:
    """Write these files as the site at `place`. Raises `PlaceTaken`."""
    with workspace(place) as found:
        written = found.put(0, files)
        found.close(frozenset())
    return written


def require_free(place: Path) -> None:
    """Let pass a place that is empty or holds an earlier export. Raises `PlaceTaken`."""
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise PlaceTaken(f"{place} is no folder. Name one that may be made.")
    if place.is_dir() and any(place.iterdir()) and not (place / SUMS).is_file():
        raise PlaceTaken(
            f"{place} holds files and no exported site. Name a new folder, so that none is lost."
        )
