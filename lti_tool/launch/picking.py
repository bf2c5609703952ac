"""What somebody filled in on the picker: what to place, with which column, from when until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from lti_tool.launch.deep_linking import Question, Terms
from lti_tool.launch.shelf import Board, Placement, placed

MOST_POINTS = Decimal(99_999)
"""More than any gradebook shows."""

DATES = {
    "opens": "Open from",
    "due": "Due",
    "closes": "Open until",
}
"""The dates of the form in the order of time, as the page calls them."""


@dataclass
class Picked:
    """A filled-in form: what it stands for, and what is wrong with it, by field."""

    links: list[tuple[Placement, Terms]] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    """Words by the name of the field; `pick` is the choice itself."""

    @property
    def columns(self) -> int:
        """How many gradebook columns come along."""
        return sum(1 for placement, terms in self.links if has_column(placement, terms))


def has_column(placement: Placement, terms: Terms) -> bool:
    """Whether a link brings a column."""
    return bool(placement.column_id) and terms.maximum is not None


def read(
    form: Mapping[str, str],
    picks: Sequence[str],
    *,
    question: Question,
    boards: Sequence[Board],
    icons: Mapping[str, str],
    maximum: Decimal,
    keeps_hints: bool,
    zone: ZoneInfo,
) -> Picked:
    """Read the picker's form.

    `maximum` is a column's where the rubric gives no points, `icons` are addresses of pictures by
    a credential's public id, and dates are read in `zone`. Raises `NotFound` for a pick that is
    not on the shelf.
    """
    picked = Picked()
    chosen = placed(boards, picks)
    if not chosen:
        picked.faults["pick"] = "Pick what this course shall offer."
    elif len(chosen) > 1 and not question.takes_several:
        picked.faults["pick"] = "Your LMS takes one link here. Pick one thing."
    dates = _dates(form, picked.faults, zone=zone) if keeps_hints else {}
    for placement in chosen:
        picked.links.append(
            (
                placement,
                Terms(
                    maximum=_maximum(form, picks, placement, picked.faults, usual=maximum)
                    if question.takes_columns and placement.column_id
                    else None,
                    icon_url=icons.get(placement.review_id, ""),
                    in_window=keeps_hints and question.takes_windows and "window" in form,
                    opens=dates.get("opens"),
                    due=dates.get("due"),
                    closes=dates.get("closes"),
                ),
            )
        )
    return picked


def _maximum(
    form: Mapping[str, str],
    picks: Sequence[str],
    placement: Placement,
    faults: dict[str, str],
    *,
    usual: Decimal,
) -> Decimal | None:
    """The highest score of a link's column; `None` where it shall have none."""
    points = placement.points or usual
    if placement.key not in picks:  # it came with the whole program
        return points if f"column-all:{placement.program}" in form else None
    if f"column-{placement.key}" not in form:
        return None
    name = f"points-{placement.key}"
    written = form.get(name, "").strip().replace(",", ".")
    if not written:
        return points
    try:
        value = Decimal(written)
    except InvalidOperation:
        value = Decimal(0)
    if not value.is_finite() or not 0 < value <= MOST_POINTS or value != round(value, 2):
        faults[name] = "Give a number above 0, such as 100 or 12.5."
        return points
    return value


def _dates(
    form: Mapping[str, str], faults: dict[str, str], *, zone: ZoneInfo
) -> dict[str, datetime]:
    """The dates that were given, which must follow one another."""
    found: dict[str, datetime] = {}
    for name, words in DATES.items():
        written = form.get(name, "").strip()
        if not written:
            continue
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            faults[name] = "Give a day and a time, such as 2026-12-04 16:00."
            continue
        moment = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
        before = [(earlier, DATES[key]) for key, earlier in found.items() if earlier >= moment]
        if before:
            faults[name] = f"“{words}” must come after “{before[-1][1]}”."
        found[name] = moment
    return found


def unfolded(picks: Sequence[str]) -> frozenset[str]:
    """The programs, and the credentials with stages, whose lists a page shows unfolded."""
    shown = set()
    for pick in picks:
        kind, _, way = pick.partition(":")
        shown.add(way.split("/")[0])
        if kind == "part":
            shown.add(way.rpartition("/")[0])
    return frozenset(shown)
