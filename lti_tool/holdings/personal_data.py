"""Badges from elsewhere that somebody keeps, given out and erased (T-135)."""

import base64
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.holdings.models import HeldBadge
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan, count, when
from lti_tool.verification import kept_reports


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Each badge with its file and what the last look at it found."""
    rows = session.scalars(
        select(HeldBadge).where(HeldBadge.person_id == person.id).order_by(HeldBadge.id)
    )
    return {"badges from elsewhere": [_told(row) for row in rows]}


def _told(row: HeldBadge) -> dict[str, Any]:
    report = kept_reports.from_json(row.report)
    return {
        "title": row.title,
        "issuer": row.issuer_name,
        "issuer's address": row.issuer_id,
        "address": row.address,
        "format": row.form,
        "issued": row.issued,
        "expires": row.expires or None,
        "file": base64.b64encode(row.content).decode("ascii"),
        "came by": row.came_by.value,
        "came from": row.came_from,
        "made out to": row.made_out_to or None,
        "kept since": when(row.held_at),
        "state": row.state.value,
        "its issuer answers for it": row.is_vouched_for,
        "last looked at": when(row.checked_at),
        "looked at again": when(row.check_at),
        "not valid since": when(row.over_since),
        "what was seen": report.sentence,
        "checks": [
            {"name": one.name, "verdict": one.verdict.value, "saw": one.saw}
            for one in report.checks
        ],
    }


def holdings(session: Session, person: Person, _plan: Plan) -> list[Holding]:
    """What `erase` takes."""
    found = count(session, HeldBadge.id, HeldBadge.person_id == person.id)
    return [Holding("badges from elsewhere", found)]


def erase(session: Session, person: Person, _plan: Plan) -> None:
    """Take every badge from elsewhere; what other rooms made of them is gone before."""
    session.execute(delete(HeldBadge).where(HeldBadge.person_id == person.id))
