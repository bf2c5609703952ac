"""Program packages on disk: read them, say what is wrong with them, find them in a folder."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lti_tool.errors import Refused
from lti_tool.programs import advice, blueprint, pictures, shape
from lti_tool.programs.interchange import Fault, Source, read_file, read_text

PROGRAM_FILE = "program.yaml"


class PackageFaulty(Refused):
    """The package has faults; nothing was published."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Package:
    """A package without faults."""

    document: dict[str, Any] = field(repr=False)

    @property
    def slug(self) -> str:
        """The program's slug."""
        return str(self.document["slug"])

    @property
    def version(self) -> int:
        """The number the package is to be published under."""
        return int(self.document["version"])

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical document: the order of fields and the files do not matter."""
        canonical = json.dumps(
            self.document, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def read(path: Path) -> Package:
    """Read a package's folder, or its program file.

    Raises:
        PackageFaulty: with every fault that was found.
    """
    source = _source(path)
    faults = _faults(source)
    if faults:
        raise PackageFaulty(faults)
    return Package(document=source.document)


def parse(text: str, *, name: str = PROGRAM_FILE) -> Package:
    """Read a package from one YAML text, as `export` writes it.

    Raises:
        PackageFaulty: with every fault that was found.
    """
    source = Source(document=None)
    source.document = read_text(text.encode(), name=name, source=source)
    faults = _faults(source)
    if faults:
        raise PackageFaulty(faults)
    return Package(document=source.document)


@dataclass(frozen=True)
class Report:
    """What is to be said of a package, in the order of its files and lines."""

    faults: list[Fault]
    """Any of these keeps it from being published."""
    advice: list[Fault]
    """Worth a look; keeps nothing from being published. Empty as long as there are faults."""


def check(path: Path) -> list[Fault]:
    """Every fault of a package, in the order of its files and lines; empty when it is fit."""
    return _faults(_source(path))


def report(path: Path) -> Report:
    """The faults of a package, or the advice on one that has none."""
    source = _source(path)
    faults = _faults(source)
    return Report(faults, [] if faults else advice.advice(source))


def packages_in(folder: Path) -> list[Path]:
    """The folders below `folder` that are packages, by name."""
    return sorted(program.parent for program in folder.glob(f"*/{PROGRAM_FILE}"))


def _source(path: Path) -> Source:
    program = path / PROGRAM_FILE if path.is_dir() else path
    source = Source(document=None)
    source.document = read_file(program, name=program.name, source=source)
    if isinstance(source.document, dict):
        _follow_includes(source, program.resolve().parent)
        pictures.take_in(source, program.resolve().parent)
    return source


def _follow_includes(source: Source, folder: Path) -> None:
    """Put the credentials that lie in files of their own where they are included."""
    credentials = source.document.get("credentials")
    for at, entry in enumerate(credentials if isinstance(credentials, list) else []):
        if not isinstance(entry, dict) or set(entry) != {"include"}:
            continue
        route = ("credentials", at)
        name = entry["include"]
        target = (folder / str(name)).resolve()
        if not isinstance(name, str) or not target.is_relative_to(folder):
            words = "A package includes only files of its own folder."
            source.faults.append(source.fault((*route, "include"), "include", words))
            continue
        if not target.is_file():
            words = f"There is no file “{name}” in the package's folder."
            source.faults.append(source.fault((*route, "include"), "file-missing", words))
            continue
        del source.places[route]
        credentials[at] = read_file(target, name=name, source=source, route=route)


def _faults(source: Source) -> list[Fault]:
    """What cannot be read; then what has the wrong shape; then what makes no sense."""
    if not source.faults:
        pictures.look_again(source)
    if source.faults:
        return sorted(source.faults)
    found = shape.faults(source) or blueprint.faults(source)
    return sorted(set(found))
