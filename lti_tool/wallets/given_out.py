"""Which badges a connection gives out, page by page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges.documents import contents
from lti_tool.badges.models import OVER, Badge, Rendering, SignedDocument
from lti_tool.holdings import keeping
from lti_tool.holdings.models import HeldBadge
from lti_tool.sealing import strict_json
from lti_tool.verification.reading import as_list, has_type, read
from lti_tool.wallets import connections, status_info
from lti_tool.wallets.models import ConnectedBadge, Connection, Reach
from lti_tool.wallets.status_info import ApiRefused

USUAL, MOST = 50, 100
"""Badges on a page where the service does not say, and at most."""
FARTHEST = 1_000_000


@dataclass(frozen=True)
class Window:
    """Which part of a list is asked for."""

    limit: int = USUAL
    offset: int = 0
    since: datetime | None = None

    @classmethod
    def read(cls, limit: str | None, offset: str | None, since: str | None) -> "Window":
        """From a query. Raises `ApiRefused`."""
        return cls(
            limit=min(MOST, _number("limit", limit, least=1, usual=USUAL)),
            offset=_number("offset", offset, least=0, usual=0),
            since=_moment(since) if since else None,
        )

    def links(self, address: str, total: int) -> str:
        """The `Link` header (Open Badges 3.0, 6.4): first and last always, the others as needed."""
        last = (max(0, total - 1) // self.limit) * self.limit
        ways = [("next", self.offset + self.limit)] if self.offset + self.limit < total else []
        ways += [("last", last), ("first", 0)]
        ways += [("prev", max(0, self.offset - self.limit))] if self.offset else []
        return ", ".join(f'<{address}?{self._query(at)}>; rel="{way}"' for way, at in ways)

    def _query(self, offset: int) -> str:
        given = {"limit": str(self.limit), "offset": str(offset)}
        if self.since is not None:
            given["since"] = self.since.isoformat()
        return urlencode(given)


def _number(name: str, given: str | None, *, least: int, usual: int) -> int:
    if given is None:
        return usual
    if not re.fullmatch(r"[0-9]{1,9}", given) or not least <= int(given) <= FARTHEST:
        raise ApiRefused(
            400, status_info.QUERY, f"{name} must be a whole number of at least {least}."
        )
    return int(given)


def _moment(given: str) -> datetime:
    try:
        # A plus sign that was not encoded arrives as a space.
        found = datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ApiRefused(
            400, status_info.QUERY, "since must be a date and time with a zone (ISO 8601)."
        )
    return found


@dataclass(frozen=True)
class Page:
    """A part of what a service is given, as it was signed."""

    total: int
    documents: Sequence[bytes]
    """With Data Integrity proofs."""
    compact: Sequence[bytes]
    """Signed as JWT."""

    def body(self) -> bytes:
        """`GetOpenBadgeCredentialsResponse`; what we signed stands in it byte for byte."""
        quoted = [b'"' + one + b'"' for one in self.compact]
        parts = [
            b'"%s": [%s]' % (name, b", ".join(members))
            for name, members in ((b"credential", self.documents), (b"compactJwsString", quoted))
        ]
        return b"{" + b", ".join(parts) + b"}"


def page(session: Session, connection: Connection, window: Window) -> Page:
    """The badges it is given, in the order in which they became so, so that none is missed.

    `since` is compared with that moment and not with the date in the badge: a badge that was
    signed a minute later, or chosen a year later, is new to the service.
    """
    entries = [*_own(session, connection), *_brought(session, connection)]
    wanted = [one for one in entries if window.since is None or one.at > window.since]
    wanted.sort(key=lambda one: (one.at, one.is_brought, one.key))
    shown = wanted[window.offset : window.offset + window.limit]
    signed = contents(session, [one.key for one in shown if not one.is_brought])
    brought = _brought_here(session, [one.key for one in shown if one.is_brought])
    documents, compact = [signed[one.key] for one in shown if not one.is_brought], []
    for one in shown:
        if one.is_brought:
            credential = _credential(brought[one.key])
            if isinstance(credential, str):
                compact.append(credential.encode("ascii"))
            else:
                documents.append(strict_json.write(credential))
    return Page(total=len(wanted), documents=documents, compact=compact)


def _credential(content: bytes) -> Any:
    """What was signed, out of the file in which it came: an object, or a compact JWT."""
    presented = read(content)
    if presented.token:
        return presented.token
    if has_type(presented.document, "VerifiablePresentation"):
        return as_list(presented.document.get("verifiableCredential"))[0]
    return presented.document


@dataclass(frozen=True)
class _Entry:
    at: datetime
    key: int
    is_brought: bool = False


def _own(session: Session, connection: Connection) -> list[_Entry]:
    """What was awarded here and is signed already."""
    query = (
        select(SignedDocument.id, SignedDocument.signed_at)
        .join(Badge, SignedDocument.award_id == Badge.id)
        .where(
            Badge.person_id == connection.person_id,
            Badge.state.not_in(OVER),
            Badge.erased_at.is_(None),
            SignedDocument.rendering == Rendering.OB3_JSON,
        )
    )
    if connection.reach is Reach.ALL:
        since = connection.reach_changed_at
        return [_Entry(max(at, since), key) for key, at in session.execute(query)]
    rows = session.execute(
        query.add_columns(ConnectedBadge.chosen_at).join(
            ConnectedBadge,
            (ConnectedBadge.award_id == Badge.id) & (ConnectedBadge.connection_id == connection.id),
        )
    )
    return [_Entry(max(at, chosen_at), key) for key, at, chosen_at in rows]


def _brought(session: Session, connection: Connection) -> list[_Entry]:
    """What the person keeps here from elsewhere, as far as it is of this standard."""
    chosen_at = dict(
        session.execute(
            select(ConnectedBadge.held_id, ConnectedBadge.chosen_at).where(
                ConnectedBadge.connection_id == connection.id, ConnectedBadge.held_id.is_not(None)
            )
        ).all()
    )
    is_all = connection.reach is Reach.ALL
    return [
        _Entry(max(one.held_at, chosen_at.get(one.id, connection.reach_changed_at)), one.id, True)
        for one in keeping.held_by(session, connection.person)
        if (is_all or one.id in chosen_at) and connections.can_be_given_out(one)
    ]


def _brought_here(session: Session, keys: Sequence[int]) -> dict[int, bytes]:
    if not keys:
        return {}
    held = select(HeldBadge.id, HeldBadge.content).where(HeldBadge.id.in_(keys))
    return dict(session.execute(held).all())
