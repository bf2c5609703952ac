"""Artifacts: add, change, tag, take away and bring back; what an upload must be to be taken."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import IO
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound, Refused
from lti_tool.people.models import Person
from lti_tool.portfolio import gates, particulars
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.portfolio.demands import demand_of
from lti_tool.portfolio.enrolments import is_focus_open
from lti_tool.portfolio.evidence_types import EvidenceType, true_type
from lti_tool.portfolio.locks import hold
from lti_tool.portfolio.models import (
    Artifact,
    Enrolment,
    Pointer,
    Submission,
    SubmissionState,
)
from lti_tool.portfolio.particulars import Particulars
from lti_tool.portfolio.self_assessments import assessment_of, is_baseline_open
from lti_tool.programs.models import ArtifactKind, ArtifactRequirement, Criterion


class AlreadySubmitted(Refused):
    """Submitted work never changes; the next attempt may."""


class BaselineFirst(Refused):
    """Nothing is added before the baseline is finished (S4-25)."""


class KindNotAsked(Refused):
    """The requirement asks for another form of artifact."""

    status = 422


class Enough(Refused):
    """The requirement takes no more artifacts."""


class TooLarge(Refused):
    """The file is above the installation's limit."""

    status = 413


class DetailsRefused(Refused):
    """A title, link or date that cannot be right; says which."""

    status = 422


class NotOpenHere(Refused):
    """An earlier part or phase comes first, as the program has it."""


class ChangedMeanwhile(Refused):
    """Saved from an older state: somebody, most likely the same person, saved in between.

    `theirs` is the artifact as it stands, so that the page can show both texts.
    """

    def __init__(self, theirs: Artifact) -> None:
        """Keep the newer state beside the words."""
        super().__init__(
            "This was changed in another window after you opened it here. "
            "Both texts are below: keep what you need, then save."
        )
        self.theirs = theirs


TEXT_LONGEST = 200_000
"""Characters of one written artifact: about sixty pages."""

TITLE_LONGEST = 200

POINTER_LONGEST = 300
"""Characters that say where in an artifact a criterion shows."""


@dataclass(frozen=True)
class Details:
    """What every artifact carries, whatever its form."""

    title: str = ""
    text: str = ""
    """The words of a text; a note on a file or a link."""
    url: str = ""
    done_on: date | None = None
    criteria: frozenset[int] = frozenset()
    """Ids of the criteria it is evidence for."""
    particulars: Particulars = field(default_factory=Particulars)
    """What the package asks of it beside that."""
    pointers: Mapping[int, str] = field(default_factory=dict)
    """By criterion id: where in it the criterion shows (S6-19)."""


@dataclass(frozen=True)
class StoredFile:
    """An upload that was checked and lies in the store; not yet anybody's artifact."""

    key: str
    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class OpenFile:
    """A stored file on its way to somebody who may see it."""

    name: str
    media_type: str
    size: int
    chunks: Iterator[bytes]


def take_upload(store: ArtifactStore, stream: IO[bytes], name: str, *, limit: int) -> StoredFile:
    """Check an upload and put its bytes in the store. Touches no row.

    Runs before the transaction opens, so that a slow disk never holds the database. Where the
    transaction then fails, bytes without a row stay behind; `chores.tidy` takes them away.

    Args:
        store: where the bytes go.
        stream: the upload; read from its beginning.
        name: what the browser called it. Only a cleaned form is kept.
        limit: bytes one file may have.

    Raises:
        TooLarge: more bytes than `limit`.
        FileNotTaken: the kind is not taken, or the file is not what it says.
    """
    shown = safe_name(name)
    digest, size = hashlib.sha256(), 0
    stream.seek(0)
    while chunk := stream.read(1 << 18):
        size += len(chunk)
        if size > limit:
            raise TooLarge(
                f"“{shown}” is larger than {in_megabytes(limit)}, which is the most one file may "
                "have here. Make it smaller, or add a link to where it lies."
            )
        digest.update(chunk)
    kind = true_type(stream, shown)
    key = store.put(stream)
    return StoredFile(key, _named(shown, kind), kind.media_type, size, digest.hexdigest())


def in_megabytes(size: int) -> str:
    """A limit in words: `25 MB`, `1.5 MB`, `64 kB`."""
    megabyte = 1024 * 1024
    if size < megabyte:
        return f"{size // 1024} kB"
    return f"{size / megabyte:.1f} MB".replace(".0 MB", " MB")


_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')


def safe_name(name: str) -> str:
    """A file name that is safe in any folder, header and page, and still reads like the original.

    No folders, no control or direction-changing characters, no leading dots, at most 120
    characters with the extension kept.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    # Category C: control and format characters, such as the one that turns "gpj.exe" around.
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C")
    name = _UNSAFE.sub("-", name).strip(" .-")
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        return name[:120] or "file"
    return f"{stem[: 119 - len(extension)].rstrip()}.{extension}" if stem else f"file.{extension}"


def _named(name: str, kind: EvidenceType) -> str:
    """The name with an extension that tells the truth."""
    if name.lower().endswith(kind.extensions):
        return name
    stem = name.rpartition(".")[0] or name
    return f"{stem}{kind.extensions[0]}"


def find_own(session: Session, public_id: str, person: Person) -> Artifact:
    """The person's own artifact, removed ones included.

    Raises:
        NotFound: none of this person's, whether or not somebody else has it.
    """
    artifact = session.scalars(
        select(Artifact)
        .join(Artifact.submission)
        .join(Submission.enrolment)
        .where(Artifact.public_id == public_id, Enrolment.person_id == person.id)
    ).first()
    if artifact is None:
        raise NotFound("There is no such artifact in your portfolio.")
    return artifact


def put(
    session: Session,
    submission: Submission,
    requirement: ArtifactRequirement,
    *,
    public_id: str,
    kind: ArtifactKind,
    details: Details,
    file: StoredFile | None = None,
    seen: datetime | None = None,
    now: datetime,
) -> Artifact:
    """Add an artifact to a draft, or change the one that already has this id.

    The page that offers the form chooses the id, so a form that arrives twice (a double click, a
    save that is repeated because its answer was lost) is one artifact.

    Args:
        session: the caller's transaction.
        submission: the draft it belongs to.
        requirement: what it answers.
        public_id: 22 letters and digits, unique.
        kind: text, file or link; one the requirement accepts.
        details: title, words, link, date and tags.
        file: the stored upload; may be absent when a file's details are changed.
        seen: `changed_at` as the form knew it; `None` for a form that began empty.
        now: the moment of the save.

    Raises:
        AlreadySubmitted: the attempt is no draft any more.
        BaselineFirst: focus or baseline are still owed.
        KindNotAsked: the requirement does not take this form.
        Enough: the requirement's maximum is reached.
        DetailsRefused: link, title, text or date cannot be right.
        ChangedMeanwhile: the artifact was saved after `seen`, with other words.
        NotOpenHere: an earlier part or phase comes first.
        ParticularsRefused: what it says of itself cannot be right.
    """
    open_draft(session, submission)
    existing = _with_id(session, submission, public_id)
    criteria = _criteria(submission, details.criteria)
    demand = demand_of(requirement)
    _check(details, kind, now=now)
    if existing is None:
        if kind.value not in requirement.kinds:
            asked = " or ".join(requirement.kinds)
            raise KindNotAsked(f"“{requirement.title}” asks for a {asked}.")
        require_place(session, submission, requirement)
        is_empty = not (details.text.strip() or details.title.strip())
        if kind is ArtifactKind.TEXT and is_empty and not demand.takes_entries:
            raise DetailsRefused("Write something first; then it can be saved.")
        if kind is ArtifactKind.FILE and file is None:
            raise DetailsRefused("Choose a file to add.")
        artifact = Artifact(
            public_id=public_id,
            submission=submission,
            requirement=requirement,
            kind=kind,
            title="",
            added_at=now,
            changed_at=now,
        )
        session.add(artifact)
    else:
        artifact = existing
        if artifact.requirement_id != requirement.id or artifact.kind is not kind:
            raise NotFound("There is no such artifact here.")
        if seen != artifact.changed_at and not _says_the_same(artifact, details):
            raise ChangedMeanwhile(artifact)
        artifact.changed_at = max(now, artifact.changed_at + timedelta(microseconds=1))
    if file is not None:
        artifact.file_key, artifact.file_name = file.key, file.name
        artifact.media_type, artifact.size, artifact.sha256 = (
            file.media_type,
            file.size,
            file.sha256,
        )
    artifact.title = details.title.strip() or (file.name if file else requirement.title)
    artifact.title = artifact.title[:TITLE_LONGEST]
    artifact.text = details.text.replace("\r\n", "\n")
    artifact.url = details.url.strip() or None
    artifact.done_on = details.done_on
    particulars.keep(artifact, demand, details.particulars)
    artifact.criteria = criteria
    _point(artifact, details.pointers)
    artifact.removed_at = None
    session.flush()  # a duplicate id is refused here, inside the caller's reach
    return artifact


def remove(session: Session, artifact: Artifact, *, now: datetime) -> None:
    """Take an artifact away from a draft. It can be brought back until the work is submitted."""
    open_draft(session, artifact.submission)
    artifact.removed_at = artifact.removed_at or now


def restore(session: Session, artifact: Artifact) -> None:
    """Bring a removed artifact back to its draft.

    Raises:
        Enough: its place was filled meanwhile.
    """
    open_draft(session, artifact.submission)
    if artifact.removed_at is not None:
        _room_for_one_more(artifact.submission, artifact.requirement)
        artifact.removed_at = None


def open_file(store: ArtifactStore, artifact: Artifact) -> OpenFile:
    """A file artifact's bytes with what a download needs to say about them.

    Whoever calls has made sure that the reader may see it.

    Raises:
        NotFound: it is not a file.
        BytesMissing: the store has lost it.
    """
    if artifact.file_key is None:
        raise NotFound("There is no file here.")
    return OpenFile(
        name=artifact.file_name or "file",
        media_type=artifact.media_type or "application/octet-stream",
        size=artifact.size or 0,
        chunks=store.read(artifact.file_key),
    )


def open_draft(session: Session, submission: Submission) -> None:
    """Hold the submission's row, so that no save slips in while it is being submitted."""
    hold(session, submission)
    if submission.state is not SubmissionState.DRAFT:
        raise AlreadySubmitted(
            "This work has been submitted and cannot be changed any more. "
            "If it comes back to you, you can go on from a copy of it."
        )
    enrolment = submission.enrolment
    if is_focus_open(enrolment):
        raise BaselineFirst("First choose your focus; then you can add your work.")
    if is_baseline_open(enrolment.credential_version, assessment_of(session, enrolment)):
        raise BaselineFirst("First finish the baseline; then you can add your work.")


def _with_id(session: Session, submission: Submission, public_id: str) -> Artifact | None:
    artifact = session.scalars(select(Artifact).where(Artifact.public_id == public_id)).first()
    if artifact is not None and artifact.submission_id != submission.id:
        raise NotFound("There is no such artifact here.")
    return artifact


def require_place(
    session: Session, submission: Submission, requirement: ArtifactRequirement
) -> None:
    """Refuse what may not be added to a draft just now.

    Raises:
        Enough: the requirement's maximum is reached.
        NotFound: the requirement is another part's.
        NotOpenHere: an earlier part or phase comes first.
    """
    _room_for_one_more(submission, requirement)
    if requirement.task.phase.part_id != submission.part_id:
        raise NotFound("This is not asked for here.")
    if words := gates.closed_words(session, submission, requirement.task.phase):
        raise NotOpenHere(words)


def _room_for_one_more(submission: Submission, requirement: ArtifactRequirement) -> None:
    given = sum(artifact.requirement_id == requirement.id for artifact in submission.kept)
    if given >= requirement.maximum:
        raise Enough(
            f"“{requirement.title}” takes {requirement.maximum} at most. "
            "Remove one first, or change one that is there."
        )


def _criteria(submission: Submission, ids: Iterable[int]) -> list[Criterion]:
    """The criteria of the submission's own part; any other id is ignored."""
    wanted = frozenset(ids)
    return [criterion for criterion in submission.part.criteria if criterion.id in wanted]


def _point(artifact: Artifact, pointers: Mapping[int, str]) -> None:
    """Keep where each tagged criterion shows; an untagged one points nowhere."""
    known = {pointer.criterion_id: pointer for pointer in artifact.pointers}
    kept = []
    for criterion in artifact.criteria:
        words = pointers.get(criterion.id, "").strip()[:POINTER_LONGEST]
        if not words:
            continue
        pointer = known.get(criterion.id)
        if pointer is None:
            pointer = Pointer(artifact=artifact, criterion=criterion, words=words)
        pointer.words = words
        kept.append(pointer)
    artifact.pointers = kept


def _says_the_same(artifact: Artifact, details: Details) -> bool:
    """Whether a late save would lose nothing, as when its first answer never arrived."""
    return (
        artifact.text == details.text.replace("\r\n", "\n")
        and (artifact.url or "") == details.url.strip()
        and details.title.strip() in ("", artifact.title)
    )


def _check(details: Details, kind: ArtifactKind, *, now: datetime) -> None:
    if len(details.text) > TEXT_LONGEST:
        raise DetailsRefused(
            f"This text has more than {TEXT_LONGEST:,} characters. Add it as a file instead."
        )
    if kind is ArtifactKind.LINK:
        _check_link(details.url.strip())
    # A day later than UTC's today is today already in the east of the Pacific.
    if details.done_on and details.done_on > (now + timedelta(days=1)).date():
        raise DetailsRefused("The date lies in the future. When was it done?")
    if details.done_on and details.done_on.year < 2000:
        raise DetailsRefused("Please check the year of the date.")


def _check_link(url: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", url):
        raise DetailsRefused(
            "A link begins with https:// and names a page, such as https://example.org/page."
        )
    if parts.username or parts.password:
        raise DetailsRefused("Take the user name and password out of the link.")
