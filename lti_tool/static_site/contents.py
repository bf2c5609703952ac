"""Everything strangers may read here, as files: one after the other, so that none has to wait.

What an address answers a stranger is asked of `badges.published` and of nobody else, so a badge
that is not shared, or not any more, is in no file. Links that were made for one reader are not
public and are left out.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_tool.badges import artwork, documents, endorsements, stack_achievement
from lti_tool.badges.artwork import Artwork
from lti_tool.badges.models import OVER, Badge, Endorsement, Issuer, StatusList
from lti_tool.badges.published import Published
from lti_tool.badges.stack_achievement import StackVersion
from lti_tool.errors import NotFound
from lti_tool.programs import stacks
from lti_tool.programs.models import CredentialVersion, ProgramVersion
from lti_tool.sealing import baking
from lti_tool.settings import Settings
from lti_tool.sharing import earned, said, share_card, snippets
from lti_tool.static_site.pages import Around, Listed, Pages
from lti_tool.static_site.writing import File
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome
from lti_tool.verification.sources import World

BATCH = 50
"""Awards whose rows are held at a time."""

Row = TypeVar("Row", CredentialVersion, ProgramVersion)

PAGE = ".html"
"""How the file of a page ends whose address has no ending."""


@dataclass
class Tally:
    """What became of the badges that are shared."""

    badges: int = 0
    unsigned: list[str] = field(default_factory=list)
    """Addresses of badges whose signature is still to come; they are left out."""
    doubtful: list[str] = field(default_factory=list)
    """Addresses of badges that hold and yet do not verify; they are in the site as they are."""

    def add(self, other: "Tally") -> None:
        """Count what another process counted."""
        self.badges += other.badges
        self.unsigned += other.unsigned
        self.doubtful += other.doubtful


class Contents:
    """The files of one installation's public side, in one session."""

    def __init__(
        self, published: Published, settings: Settings, *, now: datetime, batch: int = BATCH
    ) -> None:
        """Look at what `published` answers; `now` only decides what verifies."""
        self._batch = batch
        self._published = published
        self._settings = settings
        self._pages = Pages(settings)
        self._now = now
        self.tally = Tally()

    def shared(self) -> list[int]:
        """Ids of the badges that are shared, oldest first."""
        shared = Badge.shared_at.is_not(None), Badge.erased_at.is_(None)
        return list(self._session.scalars(select(Badge.id).where(*shared).order_by(Badge.id)))

    def withdrawn_of(self, ids: Iterable[int]) -> list[str]:
        """Public ids of those among these badges that are not shared any more."""
        still = set(self.shared())
        lost = [one for one in ids if one not in still]
        return [
            one
            for portion in _batches(lost, self._batch)
            for one in self._session.scalars(select(Badge.public_id).where(Badge.id.in_(portion)))
        ]

    def badges(self, ids: Iterable[int]) -> Iterator[File]:
        """The files of these badges; what was loaded for a few is forgotten before the next."""
        for portion in _batches(ids, self._batch):
            for one in portion:
                yield from self._of_badge(self._session.get_one(Badge, one))
            self._session.expunge_all()

    def everything_else(self) -> Iterator[File]:
        """What can be earned, who awards it, and what was taken back until now."""
        achievements: list[Listed] = []
        yield from self._of_achievements(achievements)
        yield from self._of_stacks(achievements)
        yield from self._of_issuers()
        yield File(f"index{PAGE}", self._pages.index(self._issuers(), achievements))
        yield File(f"verify{PAGE}", self._pages.verify())

    # -- what holds for all -----------------------------------------------------------------

    def _of_issuers(self) -> Iterator[File]:
        yield from self._answers(".well-known/did.json")
        for issuer in self._issuers():
            yield from self._answers(f"issuers/{issuer.slug}/did.json")
            if issuer.mark:
                yield from self._answers(f"issuers/{issuer.slug}/mark.png")
            own = f"badges/v2/issuers/{issuer.slug}"
            yield from self._documents(own, f"{own}/revocations")
            keys = documents.keys_2(issuer, self._published.keyring)
            yield from self._documents(*(f"{own}/keys/{number}" for number in keys))
            page = self._pages.issuer(issuer, self._says(issuer))
            yield File(f"issuers/{issuer.slug}{PAGE}", page)
        for number in self._session.scalars(select(StatusList.number).order_by(StatusList.number)):
            yield from self._documents(f"badges/status/{number}")
        for public_id in self._session.scalars(select(Endorsement.public_id)):
            yield from self._documents(f"badges/endorsements/{public_id}")
            yield from self._answer_in_2(f"badges/v2/endorsements/{public_id}")

    def _issuers(self) -> list[Issuer]:
        return list(self._session.scalars(select(Issuer).order_by(Issuer.id)))

    def _says(self, issuer: Issuer) -> list[Endorsement]:
        """What one issuer says of others that still holds and is about something public."""
        return [
            one
            for one in endorsements.said_by(self._session, issuer)
            if one.withdrawn_at is None
            and one.content
            and (one.award is None or one.award.shared_at is not None)
        ]

    def _of_achievements(self, listed: list[Listed]) -> Iterator[File]:
        addresses = self._published.addresses
        ids = select(CredentialVersion.id).order_by(CredentialVersion.id)
        for version in self._rows(ids, CredentialVersion):
            found = self._published.achievement(version.credential.public_id, version.number)
            badge_class = addresses.badge_class(version)
            with suppress(
                NotFound
            ):  # Nobody could award it, so the tool has no page for it either.
                issuer = self._published.issuer_of(version)
                yield from self._of_achievement(
                    found,
                    badge_class,
                    issuer,
                    version.number,
                    listed,
                    says=endorsements.standing_of(self._session, version),
                )

    def _of_stacks(self, listed: list[Listed]) -> Iterator[File]:
        addresses = self._published.addresses
        ids = select(ProgramVersion.id).order_by(ProgramVersion.id)
        for program in self._rows(ids, ProgramVersion):
            for stack in stacks.stacks_of(program):
                version = StackVersion(program, stack)
                found = stack_achievement.achievement(version, addresses)
                badge_class = stack_achievement.class_address(version, addresses)
                parts = [
                    *((one.title, addresses.achievement(one)) for one in version.members()),
                    *((one.title, one.address(addresses)) for one in version.inner()),
                ]
                with suppress(NotFound):
                    issuer = self._published.issuer_of_stack(version)
                    yield from self._of_achievement(
                        found,
                        badge_class,
                        issuer,
                        program.number,
                        listed,
                        parts=parts,
                        says=endorsements.standing_of(self._session, version),
                    )

    def _of_achievement(
        self,
        document: dict[str, Any],
        badge_class: str,
        issuer: Issuer,
        number: int,
        listed: list[Listed],
        *,
        parts: Sequence[tuple[str, str]] = (),
        says: Sequence[Endorsement] = (),
    ) -> Iterator[File]:
        """What can be earned: its document, its page and its pictures."""
        path, class_path = (urlsplit(one).path[1:] for one in (document["id"], badge_class))
        yield from self._documents(path, class_path)
        yield from self._answers(f"{path}.png", f"{path}.svg")
        page = self._pages.achievement(document, issuer, number, f"/{path}", parts=parts, says=says)
        yield File(f"{path}{PAGE}", page)
        listed.append((str(document["name"]), number, f"/{path}"))

    # -- badges -----------------------------------------------------------------------------

    def _of_badge(self, badge: Badge) -> Iterator[File]:
        path = f"badges/{badge.public_id}"
        answer = self._published.answer(self._address(path))
        if answer is None or answer[0] != 200:
            self.tally.unsigned.append(self._address(path))
            return
        self.tally.badges += 1
        credential = answer[1]
        report = checking.check_file(credential, World(own=self._published), now=self._now)
        if badge.state not in OVER and report.outcome is not Outcome.VALID:
            self.tally.doubtful.append(self._address(path))
        drawn = artwork.artwork_of_award(badge)
        record = list(self._answers(f"{path}.clr.json"))
        around = self._around(badge, has_record=bool(record))
        yield File(f"{path}{PAGE}", self._pages.badge(badge, json.loads(credential), around))
        yield File(f"{path}/embed{PAGE}", self._pages.embed(badge, around))
        yield File(f"{path}.json", credential)
        yield from self._answers(f"{path}.jwt", f"{path}.png", f"{path}.svg")
        for whole in record:
            yield whole
            yield from _baked(f"{path}.clr", drawn, whole.content.decode("utf-8"), baking.CLR_2)
        yield File(f"{path}/picture.svg", artwork.svg(drawn).encode("utf-8"))
        yield File(f"{path}/code.svg", snippets.qr_code(self._address(path)).encode("utf-8"))
        card = share_card.ShareCard(drawn, badge.recipient_name, self._settings.host)
        yield File(f"{path}/card.png", share_card.drawn(card))
        yield from self._in_old_form(badge, drawn)

    def _around(self, badge: Badge, *, has_record: bool) -> Around:
        addresses = self._published.addresses
        return Around(
            what=earned.of(badge, addresses),
            said=said.of(self._session, badge, addresses),
            rests_on=earned.parts(self._published, badge, None),
            replaced_by=said.replaced_by(self._session, badge, is_mine=False, addresses=addresses),
            has_record=has_record,
        )

    def _in_old_form(self, badge: Badge, drawn: Artwork) -> Iterator[File]:
        """Open Badges 2.0: hosted, signed, and both in pictures."""
        path = f"badges/v2/assertions/{badge.public_id}"
        for file in self._answer_in_2(path):
            yield file
            if file.path == f"{path}.json" and badge.state not in OVER:
                yield from _baked(path, drawn, file.content.decode("utf-8"))
        signed = self._published.answer(self._address(f"{path}.jws"))
        if signed is not None and signed[0] == 200:
            yield File(f"{path}.jws", signed[1])
            yield from _baked(f"{path}.signed", drawn, signed[1].decode("ascii"))

    def _answer_in_2(self, path: str) -> Iterator[File]:
        """What is hosted in Open Badges 2.0, as it is now; nothing where strangers may not know."""
        answer = self._published.answer(self._address(path))
        if answer is not None and answer[0] in (200, 410):
            yield File(f"{path}.json", answer[1])
            if answer[0] == 410:
                # The server's mapping answers 410 where this file lies.
                yield File(f"{path}.gone", b"")

    # -- asking -----------------------------------------------------------------------------

    @property
    def _session(self) -> Session:
        return self._published.session

    def _address(self, path: str) -> str:
        return f"{self._published.addresses.base}/{path}"

    def _answers(self, *paths: str) -> Iterator[File]:
        """What addresses with an ending answer a stranger; nothing for those that do not."""
        for path in paths:
            answer = self._published.answer(self._address(path))
            if answer is not None and answer[0] == 200:
                yield File(path, answer[1])

    def _documents(self, *paths: str) -> Iterator[File]:
        """The same for addresses without one: their file ends in `.json`."""
        for path in paths:
            for found in self._answers(path):
                yield File(f"{path}.json", found.content)

    def _rows(self, ids: Select[int], kind: type[Row]) -> Iterator[Row]:
        """Rows in portions; what was loaded for one portion is forgotten before the next."""
        for portion in _batches(list(self._session.scalars(ids)), self._batch):
            yield from (self._session.get_one(kind, one) for one in portion)
            self._session.expunge_all()


class Remembering(Published):
    """Answers what many badges lead to once, for as long as one export reads."""

    def answer(self, url: str) -> tuple[int, bytes] | None:
        """Keys and status lists from memory, everything else as it is asked for."""
        if not _SHARED_BY_MANY.search(url):
            return super().answer(url)
        known: dict[str, tuple[int, bytes] | None] = self.__dict__.setdefault("_known", {})
        if url not in known:
            known[url] = super().answer(url)
        return known[url]


_SHARED_BY_MANY = re.compile(r"/did\.json$|/badges/status/\d+$")


def _batches(ids: Iterable[int], size: int) -> Iterator[tuple[int, ...]]:
    waiting = iter(ids)
    while portion := tuple(islice(waiting, size)):
        yield portion


def _baked(
    path: str, drawn: Artwork, text: str, form: baking.Format = baking.OPEN_BADGES_2
) -> Iterator[File]:
    """A picture with a document in it, as PNG and as SVG."""
    yield File(f"{path}.png", baking.bake_png(artwork.png(drawn), text, form))
    drawing = baking.bake_svg(artwork.svg(drawn), text, form)
    yield File(f"{path}.svg", drawing.encode("utf-8"))
