"""All my badges as one archive: each in every format, one record of all, and a page to read."""

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from lti_tool.badges import collected_record
from lti_tool.badges.models import Badge, Issuer
from lti_tool.badges.published import NotSigned, Published
from lti_tool.errors import NotFound
from lti_tool.holdings.models import HeldBadge
from lti_tool.people.models import Person
from lti_tool.sharing import archive, files, pages
from lti_tool.sharing.held_badges import file_name, plain_name

MOST = 100
"""Badges of ours in one archive: a certificate takes a moment to write."""


@dataclass(frozen=True)
class Entry:
    """One badge as the archive's page tells of it."""

    folder: str
    """Of its files, or the one file of a badge from elsewhere."""
    name: str
    issuer_name: str
    day: str
    address: str
    """Of its public page; empty while it is private."""
    has_older: bool = False
    """Whether there are files of Open Badges 2.0."""
    has_record: bool = False


@dataclass(frozen=True)
class Contents:
    """What is in an archive, for the page in it."""

    person: Person
    badges: Sequence[Entry]
    elsewhere: Sequence[Entry]
    records: Sequence[str]
    left_out: int
    """Badges of ours that are not in it: more than there is room for, or still being signed."""


def folders(
    published: Published, downloads: Iterable[files.Downloads], *, now: datetime
) -> Iterable[tuple[Entry, dict[str, bytes]]]:
    """Each badge with its files, one after the other; what is not signed yet is left out."""
    for number, one in enumerate(downloads, start=1):
        page = pages.share_page(published, one.award, is_mine=False, now=now)
        try:
            made = one.folder(page, page.address, for_=one.award.person)
        except NotSigned:
            continue
        yield (
            Entry(
                folder=f"{number:03}-{plain_name(page.earned.title)}",
                name=page.name,
                issuer_name=page.issuer.name,
                day=one.award.issued_at.astimezone(one.zone).date().isoformat(),
                address=page.address if page.is_shared else "",
                has_older=any(name.startswith("open-badges-2.0/") for name in made),
                has_record="record.clr.json" in made,
            ),
            made,
        )


def records_of(published: Published, badges: Sequence[Badge]) -> dict[str, bytes]:
    """Everything as learner records, by the names of their files."""
    try:
        issuer: Issuer = published.default_issuer()
    except NotFound:
        if not badges:
            return {}
        issuer = badges[0].issuer
    made = collected_record.records(
        published.session,
        badges,
        issuer=issuer,
        keyring=published.keyring,
        addresses=published.addresses,
    )
    if len(made) == 1:
        return {"everything.clr.json": made[0]}
    return {f"everything-{number}.clr.json": one for number, one in enumerate(made, start=1)}


def from_elsewhere(held: Iterable[HeldBadge]) -> Iterable[tuple[Entry, bytes]]:
    """Each badge from elsewhere as it was brought, under a name of its own."""
    for number, one in enumerate(held, start=1):
        name = f"elsewhere/{number:03}-{file_name(one)}"
        yield Entry(name, one.title, one.issuer_name, one.issued[:10], ""), one.content


class Writer:
    """A ZIP that is written file by file, so that one badge at a time is in memory."""

    def __init__(self, target: IO[bytes], *, dated: datetime) -> None:
        """Begin an archive whose files all have one date."""
        self._zip = zipfile.ZipFile(target, "w")
        self._dated = dated

    def add(self, name: str, content: bytes) -> None:
        """One more file."""
        archive.add(self._zip, name, content, dated=self._dated)

    def close(self) -> None:
        """Write what stands at the end of a ZIP."""
        self._zip.close()
