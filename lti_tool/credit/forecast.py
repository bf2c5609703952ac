"""What it will count for: now, and after the year has turned (S7-02, S7-03)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from lti_tool.credit.calendar import DAY, Year
from lti_tool.credit.duties import State, owed
from lti_tool.credit.rules import Case, Option, Terms, Wish, day_words


@dataclass(frozen=True)
class Outlook:
    """What an award brings if it is complete within one stretch of days."""

    since: datetime
    """The first moment at which it holds; the present one for the first outlook."""
    until: datetime | None
    """The first moment after it; `None` where nothing that is known ends it."""
    year: Year
    brings: tuple[Option, ...]
    choices: tuple[Option, ...]
    """What there is to choose from where nothing valid is chosen yet."""
    refusal: str
    """Why what was chosen cannot be had then; empty where it can."""
    notes: tuple[str, ...] = ()
    """What it does for what the licence asks for year by year (S7-03)."""

    @property
    def when(self) -> str:
        """`Finish by 30 June 2027`, `From 1 July 2027`."""
        if self.until is not None:
            last = self.until.astimezone(self.year.zone) - timedelta(seconds=1)
            return f"Finish by {day_words(last.date())}"
        return f"From {day_words(self.since.astimezone(self.year.zone).date())}"

    @property
    def words(self) -> str:
        """What it brings then, as one sentence."""
        if self.brings:
            found = " and ".join(option.brings for option in self.brings)
            return f"{found}, of {self.year.label}."
        if self.choices:
            found = " or ".join(option.brings for option in self.choices)
            return f"{found}, of {self.year.label}: your choice."
        return f"No credit of {self.year.label}."


def forecast(terms: Terms, wish: Wish, case: Case) -> tuple[Outlook, ...]:
    """What would come of it from `case.completed_at` on, until the end of the next year.

    Neighbouring stretches of one year that bring the same are one.
    """
    if not terms.options:
        return ()
    now = case.completed_at
    this = terms.year_of(now)
    following = terms.year_of(this.ends_at)
    turns = {this.ends_at}
    for option in terms.options:
        if option.first:
            turns.add(datetime.combine(option.first, time(), terms.calendar.zone))
        if option.last:
            turns.add(datetime.combine(option.last + DAY, time(), terms.calendar.zone))
    starts = [now, *sorted(turn for turn in turns if now < turn < following.ends_at)]
    found: list[Outlook] = []
    for number, start in enumerate(starts):
        until = starts[number + 1] if number + 1 < len(starts) else None
        outlook = _outlook(terms, wish, replace(case, completed_at=start), until)
        notes = tuple(_notes(terms, outlook, case, replace(case, completed_at=start)))
        outlook = replace(outlook, notes=notes)
        if found and _is_same(found[-1], outlook):
            found[-1] = replace(found[-1], until=until)
        else:
            found.append(outlook)
    return tuple(found)


def _is_same(one: Outlook, other: Outlook) -> bool:
    return (one.year, one.brings, one.choices, one.notes) == (
        other.year,
        other.brings,
        other.choices,
        other.notes,
    )


def _outlook(terms: Terms, wish: Wish, case: Case, until: datetime | None) -> Outlook:
    outcome = terms.outcome(wish, case)
    chosen = terms.option(wish.option) if wish.option else None
    return Outlook(
        since=case.completed_at,
        until=until,
        year=terms.year_of(case.completed_at),
        brings=outcome.options,
        choices=terms.applicable(case) if outcome.is_open else (),
        refusal=terms.refusal(chosen, case) if chosen else "",
    )


def _notes(terms: Terms, outlook: Outlook, now: Case, then: Case) -> Iterator[str]:
    """What becomes of what the licence asks for, if it is complete then."""
    for duty in terms.duties:
        lines = terms.reckoned(duty.kind, then)
        if not lines:
            continue
        before = {line.year for line in owed(terms.reckoned(duty.kind, now))}
        debts = owed(lines)
        label = outlook.year.label
        if any(option.kind == duty.kind for option in outlook.brings):
            if lines[-1].year == outlook.year and lines[-1].state is State.OPEN:
                yield f"It is what your license asks for in {label}: {duty.title}."
            elif debts:
                yield f"It makes up for {debts[0].year.label}, which was missed."
            else:
                yield (
                    f"Your license asks for no more {duty.title} in {label}, and it cannot be"
                    " saved for a later year."
                )
        for line in debts:
            if line.year not in before:
                yield (
                    f"{line.year.label} is then missed, unless you have {duty.title} from"
                    " elsewhere, and adds a make-up one."
                )
