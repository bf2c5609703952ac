"""What a file truly is, told from its bytes, and whether it is taken as evidence.

Allowed are documents, tables, slides, pictures, sound, film and plain text. Everything a browser
or a computer would run is refused: web pages, SVG, scripts, programs, office files with macros.
What is not known is not taken.
"""

import lzma
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO

import puremagic

from lti_tool.errors import Refused


class FileNotTaken(Refused):
    """The file is of a kind that is not taken as evidence, or not what its name says."""

    status = 422


@dataclass(frozen=True)
class EvidenceType:
    """One kind of file that is taken."""

    media_type: str
    words: str
    """For people: "a PDF document"."""
    extensions: tuple[str, ...]
    """The names it goes by, the usual one first."""


def _office(kind: str, words: str, extension: str) -> EvidenceType:
    prefix = "application/vnd.openxmlformats-officedocument."
    return EvidenceType(prefix + kind, words, (extension,))


_BY_CONTENT = (
    EvidenceType("application/pdf", "a PDF document", (".pdf",)),
    EvidenceType("application/rtf", "a rich text document", (".rtf",)),
    EvidenceType("image/png", "a PNG picture", (".png",)),
    EvidenceType("image/jpeg", "a JPEG picture", (".jpg", ".jpeg", ".jfif", ".jpe")),
    EvidenceType("image/gif", "a GIF picture", (".gif",)),
    EvidenceType("image/webp", "a WebP picture", (".webp",)),
    EvidenceType("image/heif", "a HEIF picture", (".heic", ".heif")),
    EvidenceType("audio/mpeg", "an MP3 recording", (".mp3",)),
    EvidenceType("audio/mp4", "an M4A recording", (".m4a", ".f4a")),
    EvidenceType("audio/wav", "a WAV recording", (".wav",)),
    EvidenceType("audio/ogg", "an Ogg recording", (".ogg", ".oga", ".opus")),
    EvidenceType("audio/flac", "a FLAC recording", (".flac",)),
    EvidenceType("video/mp4", "an MP4 film", (".mp4", ".m4v")),
    EvidenceType("video/quicktime", "a QuickTime film", (".mov", ".qtvr")),
    EvidenceType("video/webm", "a WebM film", (".webm",)),
    EvidenceType("video/x-matroska", "a Matroska film", (".mkv",)),
)
_ZIPPED = {
    "word/": _office("wordprocessingml.document", "a Word document", ".docx"),
    "xl/": _office("spreadsheetml.sheet", "an Excel table", ".xlsx"),
    "ppt/": _office("presentationml.presentation", "PowerPoint slides", ".pptx"),
}
_OPEN_DOCUMENT = {
    f"application/vnd.oasis.opendocument.{kind}": EvidenceType(
        f"application/vnd.oasis.opendocument.{kind}", words, (extension,)
    )
    for kind, words, extension in (
        ("text", "an OpenDocument text", ".odt"),
        ("spreadsheet", "an OpenDocument table", ".ods"),
        ("presentation", "OpenDocument slides", ".odp"),
    )
}
_OLD_OFFICE = {
    "WordDocument": EvidenceType("application/msword", "a Word document", (".doc",)),
    "Workbook": EvidenceType("application/vnd.ms-excel", "an Excel table", (".xls",)),
    "PowerPoint Document": EvidenceType(
        "application/vnd.ms-powerpoint", "PowerPoint slides", (".ppt",)
    ),
}
_TEXT = (
    EvidenceType("text/plain", "plain text", (".txt", ".md", ".log", ".text")),
    EvidenceType("text/csv", "a CSV table", (".csv", ".tsv")),
    EvidenceType("text/vtt", "captions", (".vtt", ".srt")),
)
_BY_EXTENSION = {extension: kind for kind in _BY_CONTENT for extension in kind.extensions} | {
    extension: kind for kind in _TEXT for extension in kind.extensions
}

ACCEPT = ",".join(
    extension
    for kind in (
        *_BY_CONTENT,
        *_ZIPPED.values(),
        *_OPEN_DOCUMENT.values(),
        *_OLD_OFFICE.values(),
        *_TEXT,
    )
    for extension in kind.extensions
)
"""For the `accept` attribute of a file field: a help for choosing, not a guard."""

TAKEN_IN_WORDS = (
    "PDF, Word, Excel, PowerPoint or OpenDocument files, pictures, sound, film, and plain text"
)

_HEAD = 8192
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(
    rb"<\s*(!doctype|html|head|body|script|svg|iframe|object|embed|style|link|meta|form|img|a|"
    rb"\?xml|\?php|%)[\s>/!]|^\s*(#!|<\?|<%|@echo\b)",
    re.IGNORECASE,
)


def true_type(stream: IO[bytes], name: str) -> EvidenceType:
    """What the bytes are, whatever the name and the browser say. The stream is left anywhere.

    A picture named `.png` that is a JPEG is taken as the JPEG it is. Plain text carries no mark
    of its own, so only there the name decides, and only among kinds of plain text.

    Raises:
        FileNotTaken: not a kind that is taken; the words say what to do instead.
    """
    stream.seek(0)
    head = stream.read(_HEAD)
    extension = _extension(name)
    if not head:
        raise FileNotTaken(f"“{name}” is empty. Check that it was saved, and choose it again.")
    if head.startswith(b"PK\x03\x04"):
        return _zipped(stream, name)
    if head.startswith(_OLE):
        return _old_office(stream, name)
    if found := _by_content(head):
        return found
    text = _BY_EXTENSION.get(extension)
    if text in _TEXT and _is_plain_text(stream):
        return text
    raise _refusal(name, extension)


def _extension(name: str) -> str:
    dot = name.rfind(".")
    return name[dot:].lower() if dot >= 0 else ""


def _by_content(head: bytes) -> EvidenceType | None:
    try:
        guesses = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    # The first guesses are the surest; anything later is a coincidence of a few bytes.
    surest = max((guess.confidence for guess in guesses), default=0)
    near = [guess.extension.lower() for guess in guesses if guess.confidence >= surest - 0.3]
    if any(extension in _RUNNABLE for extension in near):
        return None
    for extension in near:
        kind = _BY_EXTENSION.get(extension)
        if kind is not None and kind not in _TEXT and _begins_rightly(kind, head):
            return kind
    return None


_RUNNABLE = frozenset(
    {
        ".html",
        ".htm",
        ".svg",
        ".xhtml",
        ".exe",
        ".dll",
        ".js",
        ".jar",
        ".sh",
        ".bat",
        ".msi",
    }
)

_BEGINNINGS: dict[str, tuple[tuple[int, bytes], ...]] = {
    "application/pdf": ((0, b"%PDF-"),),
    "application/rtf": ((0, b"{\\rtf"),),
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/gif": ((0, b"GIF8"),),
    "image/webp": ((8, b"WEBP"),),
    "image/heif": ((4, b"ftyp"),),
    "audio/mpeg": ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2")),
    "audio/mp4": ((4, b"ftyp"),),
    "audio/wav": ((8, b"WAVE"),),
    "audio/ogg": ((0, b"OggS"),),
    "audio/flac": ((0, b"fLaC"),),
    "video/mp4": ((4, b"ftyp"),),
    "video/quicktime": (
        (4, b"ftyp"),
        (4, b"moov"),
        (4, b"mdat"),
        (4, b"wide"),
        (4, b"free"),
    ),
    "video/webm": ((0, b"\x1aE\xdf\xa3"),),
    "video/x-matroska": ((0, b"\x1aE\xdf\xa3"),),
}
"""Where each kind must begin: a mark found somewhere in the middle proves nothing."""


def _begins_rightly(kind: EvidenceType, head: bytes) -> bool:
    return any(head[at : at + len(mark)] == mark for at, mark in _BEGINNINGS[kind.media_type])


_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What the standard library says, in its many ways, of a ZIP folder that cannot be opened."""


def _zipped(stream: IO[bytes], name: str) -> EvidenceType:
    """Word, Excel, PowerPoint and OpenDocument are ZIP folders; a plain ZIP is not taken."""
    try:
        with zipfile.ZipFile(stream) as folder:
            names = folder.namelist()
            mimetype = ""
            if "mimetype" in names and folder.getinfo("mimetype").file_size < 100:
                mimetype = folder.read("mimetype").decode("ascii", "replace").strip()
    except _DAMAGED:
        raise FileNotTaken(
            f"“{name}” cannot be opened: it may be damaged. Save it again and add it once more."
        ) from None
    if any(member.lower().endswith(("vbaproject.bin", ".js", ".exe")) for member in names):
        raise FileNotTaken(
            f"“{name}” contains macros. Save it without macros, or as PDF, and add it again."
        )
    if mimetype in _OPEN_DOCUMENT:
        if any(member.startswith(("Basic/", "Scripts/")) for member in names):
            raise FileNotTaken(
                f"“{name}” contains macros. Save it without macros, or as PDF, and add it again."
            )
        return _OPEN_DOCUMENT[mimetype]
    if "[Content_Types].xml" in names:
        for folder_name, kind in _ZIPPED.items():
            if any(member.startswith(folder_name) for member in names):
                return kind
    raise FileNotTaken(
        f"“{name}” is a packed folder. Add the files in it one by one: {TAKEN_IN_WORDS}."
    )


def _old_office(stream: IO[bytes], name: str) -> EvidenceType:
    """Word, Excel and PowerPoint before 2007: told by the streams inside, which are UTF-16."""
    stream.seek(0)
    seen: set[str] = set()
    marks = ("_VBA_PROJECT", *_OLD_OFFICE)
    tail = b""
    while chunk := stream.read(1 << 20):
        window = tail + chunk
        seen.update(mark for mark in marks if mark.encode("utf-16-le") in window)
        tail = window[-64:]
    if "_VBA_PROJECT" in seen:
        raise FileNotTaken(
            f"“{name}” contains macros. Save it without macros, or as PDF, and add it again."
        )
    for mark, kind in _OLD_OFFICE.items():
        if mark in seen:
            return kind
    raise _refusal(name, _extension(name))


def _is_plain_text(stream: IO[bytes]) -> bool:
    """UTF-8 or UTF-16 text throughout, without anything that begins like a page or a script."""
    stream.seek(0)
    head = stream.read(_HEAD)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            stream.seek(0)
            words = stream.read().decode("utf-16")
        except UnicodeDecodeError:
            return False
        return not _MARKUP.search(words.encode("utf-8"))
    stream.seek(0)
    tail = b""
    while chunk := stream.read(1 << 20):
        window = tail + chunk
        if b"\x00" in chunk or _MARKUP.search(window):
            return False
        tail = window[-64:]
    return True


def _refusal(name: str, extension: str) -> FileNotTaken:
    promised = _BY_EXTENSION.get(extension)
    if promised is not None:
        return FileNotTaken(
            f"“{name}” is not {promised.words}, although its name says so. "
            f"Open it in the program it comes from and save it again. Taken are {TAKEN_IN_WORDS}."
        )
    return FileNotTaken(f"“{name}” is not taken as evidence. Taken are {TAKEN_IN_WORDS}.")
