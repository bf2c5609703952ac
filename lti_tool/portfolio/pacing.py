"""Pacing: how much time has passed and how much it usually takes. Advice only (S1-17)."""

from datetime import datetime, timedelta

from lti_tool.portfolio.models import Enrolment
from lti_tool.programs.wording import UNITS, plural


def words(enrolment: Enrolment, *, now: datetime) -> str:
    """How long ago it was begun, and how long it usually takes where the program says so."""
    version = enrolment.credential_version
    document = version.program_version.document
    passed = f"You began {_ago(now - enrolment.begun_at)}."
    duration = version.details.get("duration") or document.get("duration")
    if not duration:
        return passed
    usual = f"It usually takes about {plural(duration['count'], UNITS[duration['unit']])}"
    return f"{passed} {usual}; nothing is lost when it takes longer."


def _ago(passed: timedelta) -> str:
    days = max(passed.days, 0)
    if days < 2:
        return ("today", "yesterday")[days]
    if days < 21:
        return f"{days} days ago"
    return f"{days // 7} weeks ago" if days < 90 else f"{days // 30} months ago"
