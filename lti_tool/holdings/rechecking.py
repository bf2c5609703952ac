"""Badges that are held are looked at again: what their issuers revoke later is seen here too."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.holdings import keeping, looking
from lti_tool.holdings.models import HeldBadge
from lti_tool.verification import checking, credential_rules, kept_reports
from lti_tool.verification.sources import Source

AT_ONCE = 100
"""Badges that one look puts in line; each is asked about by a job of its own."""


def due(session: Session, *, now: datetime) -> Sequence[tuple[int, datetime]]:
    """Ids of what is to be looked at again, the longest unseen first, with when it was due."""
    rows = session.execute(
        select(HeldBadge.id, HeldBadge.check_at)
        .where(HeldBadge.check_at <= now)
        .order_by(HeldBadge.check_at, HeldBadge.id)
        .limit(AT_ONCE)
    )
    return [(number, moment) for number, moment in rows]


def look(held: HeldBadge, source: Source, *, now: datetime) -> looking.Seen:
    """Verify what is held once more, as it lies here. It may ask addresses of others.

    Whose it is was settled when it was handed in: an address that an LMS tells anew since then
    takes nothing from it.
    """
    report = checking.check_file(held.content, source, now=now)
    before = kept_reports.from_json(held.report).checks
    report.checks += [check for check in before if check.name == credential_rules.RECIPIENT]
    return looking.Seen(
        content=held.content,
        report=report,
        state=looking.state_of(report, now),
        came_by=held.came_by,
    )


def keep(session: Session, number: int, seen: looking.Seen, *, now: datetime) -> None:
    """Write down what was seen, unless the badge was removed or replaced meanwhile."""
    held = session.get(HeldBadge, number, with_for_update=True)
    if held is not None and held.content == seen.content:
        keeping.renew(session, held, seen, now=now)
