"""What somebody's licences ask of them, as far as it is known here: year by year, and in a cycle.

Everything comes from packages, from what was awarded, and from what the person says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.credit import dated, statements
from lti_tool.credit.calendar import Calendar, Year
from lti_tool.credit.duties import Credit, Duty, Line, Said, State, owed, reckon
from lti_tool.credit.history import standing
from lti_tool.credit.models import Circumstances, Completion
from lti_tool.credit.rules import DEVELOPMENT, Terms
from lti_tool.programs.models import CredentialVersion

NONE = Decimal(0)
AHEAD = 60
"""Days before the end on which somebody is reminded, where a package does not say."""


@dataclass(frozen=True)
class Yearly:
    """One kind of credit that a register asks of somebody year by year (S7-01, S7-03)."""

    register: str
    duty: Duty
    calendar: Calendar
    said: Said
    lines: tuple[Line, ...]
    """Oldest year first; the last is the present one."""
    makers: tuple[str, ...]
    """Programs the person is in that offer a make-up one."""
    ahead: int
    """Days before the end of the year on which they are reminded."""

    @property
    def owed(self) -> tuple[Line, ...]:
        """The years that are still to be made up."""
        return owed(self.lines)

    @property
    def owed_amount(self) -> Decimal:
        """How much of it has to be made up, beside what the present year asks."""
        return sum((line.missing for line in self.owed), NONE)

    @property
    def missing(self) -> Decimal:
        """What the present year still asks."""
        if not self.lines or self.lines[-1].state is not State.OPEN:
            return NONE
        return self.lines[-1].missing

    @property
    def this(self) -> Year:
        """The present credit year."""
        return self.lines[-1].year

    @property
    def makes_up(self) -> bool:
        """Whether a missed year adds a make-up one."""
        rule = self.duty.rule_of(self.this)
        return rule is not None and rule.makes_up

    @property
    def years(self) -> tuple[Year, ...]:
        """The years since which it may be asked, the newest first."""
        found = [self.this]
        while len(found) < 8:
            found.append(self.calendar.year_on(found[-1].first - timedelta(days=1)))
        return tuple(found)


@dataclass(frozen=True)
class Renewal:
    """The cycle after which somebody's licence is renewed (S7-04)."""

    register: str
    cycle: dated.Cycle
    ends_on: date | None
    """Its last day, as the person says."""
    counted: Decimal
    """Hours of development in this cycle that are written down here."""
    ahead: int

    @property
    def missing(self) -> Decimal:
        """Hours that are not written down here; they may have come from elsewhere."""
        return max(Decimal(str(self.cycle.hours)) - self.counted, NONE)


@dataclass(frozen=True)
class Obligations:
    """Everything of one person."""

    yearly: tuple[Yearly, ...] = ()
    renewals: tuple[Renewal, ...] = ()
    unasked: tuple[str, ...] = ()
    """Titles of what is asked of roles the person has not said to have."""


def obligations(
    session: Session,
    person_id: int,
    versions: Sequence[CredentialVersion],
    completions: Sequence[Completion],
    *,
    now: datetime,
) -> Obligations:
    """What the licences of these versions' programs ask; three queries, none where none asks.

    `versions` are those the person began or was awarded, `completions` all of theirs.
    """
    asking = [one for one in versions if _asks(one)]
    if not asking:
        return Obligations()
    told = statements.years_of(session, person_id)
    ends = statements.terms_of(session, person_id)
    roles = _roles(session, person_id)
    yearly: dict[tuple[str, str], Yearly] = {}
    renewals: dict[str, Renewal] = {}
    unasked: dict[tuple[str, str], str] = {}
    for version in asking:
        document = version.program_version.document
        terms = Terms.of(document)
        mine = roles.get(version.credential.program_id, frozenset())
        ahead = document["licence"].get("remind_days_ahead", AHEAD)
        said = statements.said_of(told, terms.duties, terms.register, mine, terms.year_of(now))
        for duty in terms.duties:
            key = (terms.register, duty.kind)
            if duty.kind not in said:
                unasked[key] = duty.title
                continue
            found = yearly.get(key) or Yearly(
                register=terms.register,
                duty=duty,
                calendar=terms.calendar,
                said=said[duty.kind],
                lines=reckon(
                    duty, terms.calendar, _earned(completions, duty), said[duty.kind], now=now
                ),
                makers=(),
                ahead=ahead,
            )
            makers = {*found.makers, *_makers(version, terms, duty)}
            yearly[key] = replace(found, makers=tuple(sorted(makers)))
        renewal = _renewal(terms, document, mine, ends.get(terms.register), now=now)
        if renewal is not None:
            counted = _developed(terms, completions, renewal)
            renewals.setdefault(terms.register, replace(renewal, counted=counted))
    return Obligations(
        tuple(one for one in yearly.values() if one.lines),
        tuple(renewals.values()),
        tuple(title for key, title in unasked.items() if key not in yearly),
    )


def _asks(version: CredentialVersion) -> bool:
    entry = version.program_version.document.get("licence", {})
    return bool(entry.get("yearly") or entry.get("cycles"))


def _roles(session: Session, person_id: int) -> dict[int, frozenset[str]]:
    """What roles somebody said to have, by program; one query."""
    rows = session.scalars(select(Circumstances).where(Circumstances.person_id == person_id))
    return {row.program_id: frozenset(row.roles) for row in rows}


def _earned(completions: Sequence[Completion], duty: Duty) -> list[Credit]:
    """Credit of a duty's kind, whichever program brought it."""
    return [
        (one.completed_at, line.amount)
        for one in completions
        if one.reversed_at is None
        for line in standing(one.postings)
        if line.kind == duty.kind
    ]


def _makers(version: CredentialVersion, terms: Terms, duty: Duty) -> list[str]:
    if any(option.make_up and option.kind == duty.kind for option in terms.options):
        return [version.program_version.title]
    return []


def _renewal(
    terms: Terms,
    document: dated.Document,
    roles: frozenset[str],
    ends_on: date | None,
    *,
    now: datetime,
) -> Renewal | None:
    """The cycle that holds for these roles on the day it ends."""
    on = ends_on or terms.calendar.day_of(now)
    cycles = dated.cycles(document, on, dict(terms.role_titles))
    cycle = next((one for one in cycles if not one.slugs or one.slugs & roles), None)
    if cycle is None:
        return None
    ahead = document["licence"].get("remind_days_ahead", AHEAD)
    return Renewal(terms.register, cycle, ends_on, NONE, ahead)


def _developed(terms: Terms, completions: Sequence[Completion], renewal: Renewal) -> Decimal:
    """The hours of development within a cycle; a unit of development is one hour (S7-10)."""
    if renewal.ends_on is None:
        return NONE
    before = _years_before(renewal.ends_on, renewal.cycle.years)
    return sum(
        (
            line.amount
            for one in completions
            if one.reversed_at is None
            and before < terms.calendar.day_of(one.completed_at) <= renewal.ends_on
            for line in standing(one.postings)
            if line.kind in DEVELOPMENT
        ),
        NONE,
    )


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return date(day.year - years, 2, 28)
