"""Generated awards, as many as wanted: each with its person and its place in a status list.

Rows as the rooms would have left them, written in bulk. The first thousand are public and signed,
so that they have pages and files; the others are only there.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select, text

from benchmarks.crowd import Crowd, write
from lti_tool.badges import chores
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, AwardState, Issuer, StatusList, StatusPlace
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion
from lti_tool.settings import Settings

PACKAGE = Path(__file__).resolve().parent.parent / "catalogue" / "dupage-leadership-hub"
ISSUER = "bench"
SIGNED = 1000
"""Awards that have documents."""
IN_A_LIST = 65_000
"""Places given out in one status list before the next is begun: nearly half, as the rooms do."""
REVOKED = 50
"""One award in so many."""
CHUNK = 50_000
NOW = datetime.now(UTC)


class Awards:
    """A database with awards of one program."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        """Import the program; nobody has earned anything yet."""
        self.engine = engine
        self.size = 0
        self.addresses = Addresses(settings.base_url)
        self.context = JobContext(settings, engine, Keyring.open(settings, engine, NOW))
        # As when an issuer is made: later there may be a transaction that these would wait for.
        self.context.keyring.prepare(ISSUER, NOW)
        crowd = Crowd.founded(engine, PACKAGE)
        with sessions(engine).begin() as session:
            versions = [session.get_one(CredentialVersion, one.id) for one in crowd.versions]
            self._earned = [
                {
                    "credential_id": version.credential_id,
                    "credential_version_id": version.id,
                    "results": _results(version),
                }
                for version in versions
            ]
            self._issuer_id = session.scalars(select(Issuer.id).where(Issuer.slug == ISSUER)).one()
            self._lists = list(session.scalars(select(StatusList.id).order_by(StatusList.number)))

    def grow(self, size: int) -> None:
        """As many awards as that, in all; those that are to have documents are signed."""
        before = self.size
        while self.size < size:
            self._add(min(CHUNK, size - self.size))
        if before < SIGNED:
            self.sign(self.public(SIGNED))
        if self.engine.dialect.name == "postgresql":
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
                line.execute(text("ANALYZE"))  # what its own daemon does a minute later

    def public(self, count: int) -> list[int]:
        """Ids of the first awards that are public and hold."""
        with sessions(self.engine)() as session:
            return list(
                session.scalars(
                    select(Award.id)
                    .where(Award.shared_at.is_not(None), Award.revoked_at.is_(None))
                    .order_by(Award.id)
                    .limit(count)
                )
            )

    def sign(self, award_ids: list[int]) -> None:
        """Do for each what the background does after an award."""
        for award_id in award_ids:
            chores.sign(self.context, award_id)

    def add_class(self, count: int) -> list[int]:
        """Further awards, all of one credential and none of them signed yet; their ids."""
        return self._add(count, self._earned[:1])

    def _add(self, count: int, earned: Sequence[dict[str, Any]] = ()) -> list[int]:
        numbers = range(self.size, self.size + count)
        self.size += count
        with sessions(self.engine).begin() as session:
            people = write(
                session,
                Person,
                (
                    {
                        "name": f"Learner {at}",
                        "email": f"learner{at}@example.org",
                        "created_at": NOW,
                    }
                    for at in numbers
                ),
            )
            while len(self._lists) <= numbers[-1] // IN_A_LIST:
                row = {
                    "issuer_id": self._issuer_id,
                    "number": len(self._lists) + 1,
                    "created_at": NOW,
                    "changed_at": NOW,
                }
                self._lists += write(session, StatusList, [row])
            write(session, StatusPlace, self._places(numbers))
            return write(session, Award, self._awards(numbers, people, earned or self._earned))

    def _place(self, at: int) -> tuple[int, int]:
        """The list of an award, and its place there: scattered, and never the same twice."""
        return self._lists[at // IN_A_LIST], (at % IN_A_LIST) * 92_821 % 131_072

    def _places(self, numbers: range) -> Iterator[dict[str, Any]]:
        for at in numbers:
            list_id, place = self._place(at)
            yield {
                "status_list_id": list_id,
                "place": place,
                "is_revoked": at % REVOKED == REVOKED - 1,
            }

    def _awards(
        self, numbers: range, people: list[int], earned: Sequence[dict[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        for at, person in zip(numbers, people, strict=True):
            list_id, place = self._place(at)
            is_revoked = at % REVOKED == REVOKED - 1
            issued_at = NOW - timedelta(days=1 + at % 900)
            yield earned[at % len(earned)] | {
                "person_id": person,
                "issuer_id": self._issuer_id,
                "issued_at": issued_at,
                "recipient_name": f"Learner {at}",
                "recipient_salt": secrets.token_urlsafe(24),
                "recipient_identity": f"learner{at}@example.org",
                "status_list_id": list_id,
                "status_index": place,
                "state": AwardState.REVOKED if is_revoked else AwardState.CURRENT,
                "shared_at": issued_at,
                "revoked_at": issued_at if is_revoked else None,
            }


def _results(version: CredentialVersion) -> list[dict[str, Any]]:
    return [
        {
            "part": part.slug,
            "criterion": criterion.slug,
            "level": criterion.levels[-1].number,
            "points": str(criterion.levels[-1].points),
        }
        for part in version.parts
        for criterion in part.criteria
    ]
