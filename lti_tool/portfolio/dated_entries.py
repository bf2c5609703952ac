"""Dated entries: an artifact that grows day by day, such as a dialogue journal (S4-37)."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound, Refused
from lti_tool.portfolio.artifacts import TEXT_LONGEST, open_draft
from lti_tool.portfolio.demands import demand_of
from lti_tool.portfolio.models import Artifact, DatedEntry

MOST_ENTRIES = 200
"""Entries of one artifact: one each school day of a year."""


class EntryRefused(Refused):
    """An entry without words or a day, or with a day that cannot be; says which."""

    status = 422


class EntryChanged(Refused):
    """Saved from an older state: another window saved in between. `theirs` is what stands now."""

    def __init__(self, theirs: DatedEntry) -> None:
        """Keep the newer state beside the words."""
        super().__init__(
            "This entry was changed in another window after you opened it here. "
            "Both texts are below: keep what you need, then save."
        )
        self.theirs = theirs


def write(
    session: Session,
    artifact: Artifact,
    *,
    public_id: str,
    on_day: date | None,
    text: str,
    seen: datetime | None = None,
    now: datetime,
) -> DatedEntry:
    """Add an entry to an artifact of a draft, or change the one that already has this id.

    The page that offers the form chooses the id, so a form that arrives twice is one entry.

    Raises:
        AlreadySubmitted, BaselineFirst: nothing may be changed now.
        NotFound: the artifact takes no entries, or the id is another artifact's.
        EntryRefused: no words, no day, a day in the future, or too many entries.
        EntryChanged: the entry was saved after `seen`, with other words.
    """
    open_draft(session, artifact.submission)
    if not demand_of(artifact.requirement).takes_entries or artifact.removed_at is not None:
        raise NotFound("This takes no entries.")
    entry = session.scalars(select(DatedEntry).where(DatedEntry.public_id == public_id)).first()
    if entry is not None and entry.artifact_id != artifact.id:
        raise NotFound("There is no such entry here.")
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise EntryRefused("Write what you saw or did on that day; then it can be saved.")
    if len(text) > TEXT_LONGEST:
        raise EntryRefused(f"One entry has at most {TEXT_LONGEST:,} characters.")
    if on_day is None:
        raise EntryRefused("On which day was it?")
    if on_day > (now + timedelta(days=1)).date():
        raise EntryRefused("This day lies in the future. When was it?")
    if on_day.year < 2000:
        raise EntryRefused("Please check the year of the day.")
    if entry is None:
        if len(artifact.entries) >= MOST_ENTRIES:
            raise EntryRefused(f"There are {MOST_ENTRIES} entries already, which is the most.")
        entry = DatedEntry(
            public_id=public_id, artifact=artifact, on_day=on_day, text=text, changed_at=now
        )
        session.add(entry)
    else:
        if seen != entry.changed_at and (entry.text, entry.on_day) != (text, on_day):
            raise EntryChanged(entry)
        entry.on_day, entry.text = on_day, text
        entry.changed_at = max(now, entry.changed_at + timedelta(microseconds=1))
    artifact.changed_at = max(now, artifact.changed_at)
    session.flush()  # a duplicate id is refused here, inside the caller's reach
    session.refresh(artifact, ["entries"])  # in the order of their days
    return entry


def take_out(session: Session, artifact: Artifact, public_id: str, *, now: datetime) -> None:
    """Take an entry out of a draft's artifact.

    Raises:
        NotFound: it has no such entry.
    """
    open_draft(session, artifact.submission)
    entry = next((one for one in artifact.entries if one.public_id == public_id), None)
    if entry is None:
        raise NotFound("There is no such entry here.")
    artifact.entries.remove(entry)
    artifact.changed_at = max(now, artifact.changed_at)
