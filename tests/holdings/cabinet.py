"""Badges from elsewhere, as rows and as files."""

from datetime import timedelta
from typing import Any

from lti_tool.database import opaque_id
from lti_tool.holdings.models import CameBy, HeldBadge, HeldState
from lti_tool.verification import kept_reports
from lti_tool.verification.facts import Facts
from lti_tool.verification.report import Report, Standing
from tests.builders import NOON

RIVER = "https://river.example.org"


def a_held_badge(whose: int, **told: Any) -> HeldBadge:
    """A badge of the river office that one person keeps."""
    number = opaque_id()
    report = Report(form="Open Badges 3.0 as a JWT", facts=Facts(name="Tides"), is_intact=True)
    report.standing = Standing.KNOWN
    report.passed("Signature", "it fits.")
    known: dict[str, Any] = {
        "person_id": whose,
        "identity": number,
        "title": "Tides",
        "issuer_name": "River Office",
        "issuer_id": RIVER,
        "address": f"{RIVER}/badges/{number}",
        "form": report.form,
        "issued": "2026-05-04T12:00:00Z",
        "expires": "",
        "content": b"{}",
        "size": 2,
        "came_by": CameBy.FILE,
        "came_from": "",
        "made_out_to": "",
        "held_at": NOON,
        "state": HeldState.VALID,
        "is_vouched_for": True,
        "report": kept_reports.to_json(report),
        "checked_at": NOON,
        "check_at": NOON + timedelta(days=1),
    }
    return HeldBadge(**(known | told))
