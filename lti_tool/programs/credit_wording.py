"""What a program says on credit and the licence, in plain words (S1-16 … S3-41, S7)."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from babel.dates import format_date, format_skeleton

Document = dict[str, Any]

AWARDS = {
    "first-in-year": "for the first award of a credit year",
    "later-in-year": "for later awards of the same credit year",
}
PERIODS = {
    "term": "term",
    "school-year": "school year",
    "credit-year": "credit year",
    "calendar-year": "calendar year",
}


def credit(document: Document) -> Iterator[str]:
    """What an award may bring, one sentence an option (S1-16, S1-18, S2-04)."""
    entry = document.get("credit")
    if not entry:
        return
    if len(entry["options"]) > 1:
        if entry["choose"] == "one":
            yield "An award brings one of these, never two at once:"
        else:
            yield "An award brings each of these that applies:"
    for option in entry["options"]:
        yield _option(document, option)
        yield option.get("text", "")
    if entry.get("none_allowed"):
        yield "You may also choose no credit."
    if entry.get("double_count") is False:
        yield "Hours that brought one credit do not count again for another."
    if _counts_years(entry):
        yield from _year(document)
    for equal in entry.get("equivalences", []):
        per = f" = {equal['per']}"
        since = f", since {_day(equal['from'])}" if "from" in equal else ""
        yield f"{equal['title']}: {equal['hours']:g} hours{per}{since}."
    yield entry.get("text", "")


def _option(document: Document, option: Document) -> str:
    amount = option["amount"]
    unit = option["unit"] if amount == 1 else f"{option['unit']}s"
    words = f"{option['title']}: {amount:g} {unit}"
    notes = [AWARDS[option["awards"]]] if option.get("awards") in AWARDS else []
    if limit := option.get("at_most"):
        notes.append(f"at most {limit['count']} per {PERIODS[limit['per']]}")
    titles = _roles(document)
    if roles := option.get("roles"):
        notes.append(f"for {', '.join(titles.get(role, role) for role in roles)}")
    partners = {partner["slug"]: partner["name"] for partner in document.get("partners", [])}
    if "granted_by" in option:
        notes.append(f"granted by {partners[option['granted_by']]}")
    if regions := option.get("regions"):
        notes.append(f"in {', '.join(regions)}")
    if option.get("on_licence"):
        notes.append("entered on the educator license")
    if "from" in option:
        notes.append(f"from {_day(option['from'])}")
    if "until" in option:
        notes.append(f"until {_day(option['until'])}")
    end = f" {option['condition']}" if "condition" in option else ""
    return f"{words}{', ' if notes else ''}{'; '.join(notes)}.{end}"


def _roles(document: Document) -> dict[str, str]:
    audiences = [document["audience"]]
    audiences += [credential.get("audience", {}) for credential in document["credentials"]]
    return {
        role["slug"]: role["title"] for audience in audiences for role in audience.get("roles", [])
    }


def _counts_years(entry: Document) -> bool:
    return any(
        option.get("awards", "any") != "any" or "at_most" in option for option in entry["options"]
    )


def _year(document: Document) -> Iterable[str]:
    """When a credit year begins, and that the day of completion decides (S7-02)."""
    if calendar := document.get("calendar"):
        month, day = (int(part) for part in calendar["year_begins"].split("-"))
        first = format_skeleton("MMMMd", date(2023, month, day), locale="en_US")
        zone = calendar["timezone"].rpartition("/")[2].replace("_", " ")
        yield (
            f"A credit year begins on {first} ({zone} time), and the day you complete a"
            " micro-credential decides which year it counts for."
        )


def licence(document: Document) -> Iterator[str]:
    """How an award comes onto a licence; Cairn posts nothing there itself (S2-05, S7-14)."""
    entry = document.get("licence")
    if not entry:
        return
    who = {"participant": "You enter", "provider": "The provider enters"}
    if "reported_by" in entry:
        days = entry.get("report_within_days")
        term = f" within {days} days of completion" if days else ""
        yield f"{who[entry['reported_by']]} an award in {entry['register']}{term}."
    else:
        yield f"An award can be entered in {entry['register']}."
    if "identifier" in entry:
        yield f"That needs your {entry['identifier']}."
    titles = _roles(document)
    for duty in entry.get("yearly", []):
        roles = ", ".join(titles.get(role, role) for role in duty.get("roles", []))
        unit = duty["unit"] if duty["amount"] == 1 else f"{duty['unit']}s"
        whom = f" of {roles}" if roles else ""
        yield f"Each credit year it asks for {duty['amount']:g} {unit}{whom}: {duty['title']}."
        if duty.get("missed") == "make-up":
            yield "A missed year adds a make-up one, and nothing is carried over into a later year."
        yield duty.get("text", "")
    for cycle in entry.get("cycles", []):
        roles = ", ".join(titles.get(role, role) for role in cycle.get("roles", []))
        span = "year" if cycle["years"] == 1 else f"{cycle['years']} years"
        since = f" since {_day(cycle['from'])}" if "from" in cycle else ""
        whom = f" for {roles}" if roles else ""
        yield f"Renewal asks for {cycle['hours']:g} hours every {span}{whom}{since}."
    yield "Cairn prepares the record; it does not write to the register."
    yield entry.get("text", "")


def _day(text: str) -> str:
    return format_date(date.fromisoformat(text), "d MMMM y", locale="en_US")
