"""Credit and hours as people enter them on their pages, and what stands written in the end."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from lti_tool.walk.installation import now
from lti_tool.walk.office import warning
from lti_tool.walk.visitor import TIMEOUT, Lost, Page, PageForm, Visitor

WRONG = 422
"""What a form answers where a field cannot be as it was given."""
DAY_OF_WORK = Decimal(9)
"""The longest day somebody writes down."""


def elect(visitor: Visitor, address: str, wish: int) -> str:
    """Say what the award shall count for; answers the option, and what was refused before.

    Args:
        visitor: the participant.
        address: of the page on which it is chosen.
        wish: the place of the option wanted most; where it is refused, the next is taken.

    Raises:
        Lost: every option was refused.
    """
    page = visitor.get(address)
    about = [form for form in page.forms if form.action.endswith("/about")]
    if about and about[0].choices.get("role") and not about[0].is_answered("role"):
        page = visitor.send(page, about[0], {"role": about[0].choices["role"][0].value})
    found = _taking(page)
    if found is None:
        return ""
    options = [one.value for one in found.choices["option"] if one.value.startswith("take:")]
    refused = ""
    for option in options[wish % len(options) :] + options[: wish % len(options)]:
        answer = visitor.http.post(
            page.url, data={**found.values, "option": option}, timeout=TIMEOUT
        )
        if answer.ok:
            return option.removeprefix("take:") + refused
        page = visitor.read(answer, expect=WRONG)
        refused = f" (not {option.removeprefix('take:')}: {warning(page)})"
        found = _taking(page) or found
    raise Lost(f"{address} refuses every option:{refused}")


def _taking(page: Page) -> PageForm | None:
    for form in page.forms:
        if any(one.value.startswith("take:") for one in form.choices.get("option", ())):
            return form
    return None


def days(hours: Decimal) -> Iterator[tuple[str, str]]:
    """Hours spread over days that lie behind: the day, and the hours of it."""
    day = now().date() - timedelta(days=2)
    while hours > 0:
        taken = min(hours, DAY_OF_WORK)
        yield day.isoformat(), f"{taken}"
        hours -= taken
        day -= timedelta(days=1)


def enter_hours(visitor: Visitor, address: str, category: str, hours: Decimal) -> None:
    """Write down hours of one's own, day by day."""
    page = visitor.get(address)
    for day, count in days(hours):
        form = next(form for form in page.forms if "hours" in form.texts)
        values = {"category": category, "day": day, "hours": count, "words": "As agreed"}
        page = visitor.send(page, form, values)


def take_attendance(visitor: Visitor, address: str, category: str, hours: Decimal) -> int:
    """As instructor, write down that everybody was there; answers how many sessions."""
    sessions = 0
    page = visitor.get(address)
    for day, count in days(hours):
        form = next(form for form in page.forms if "person" in form.choices)
        values = {
            "category": category,
            "day": day,
            "hours": count,
            "words": "Session with the instructor",
            "person": [one.value for one in form.choices["person"]],
        }
        page = visitor.send(page, form, values)
        sessions += 1
    return sessions


@dataclass(frozen=True)
class Written:
    """What somebody's evidence pack says of them."""

    credentials: tuple[str, ...]
    hours: Decimal
    credit: tuple[str, ...]
    """Amount, unit, kind and year, added up."""


def written(visitor: Visitor, base_url: str) -> Written:
    """Read one's own evidence as a table."""
    answer = visitor.http.get(f"{base_url}/credit/evidence.csv", timeout=TIMEOUT)
    if not answer.ok:
        raise Lost(f"{answer.url} answered {answer.status_code}")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    sums: dict[tuple[str, str, str], Decimal] = {}
    for row in rows:
        if row["record"] == "award" and row["amount"]:
            key = (row["unit"], row["kind"], row["credit year"])
            sums[key] = sums.get(key, Decimal(0)) + Decimal(row["amount"])
    return Written(
        credentials=tuple(
            dict.fromkeys(row["credential"] for row in rows if row["record"] == "award")
        ),
        hours=sum((Decimal(row["amount"]) for row in rows if row["record"] == "hours"), Decimal(0)),
        credit=tuple(
            f"{amount.normalize():f} {unit}{'s' if amount != 1 else ''} {kind}, {year}"
            for (unit, kind, year), amount in sums.items()
        ),
    )
