"""Writing hours down: own entries, attendance, counter-entries. Nothing is ever edited."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool import jobs
from lti_tool.credit.hours import rule_of
from lti_tool.credit.models import HoursEntry, HoursSource
from lti_tool.errors import Refused
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion

NONE = Decimal(0)
CENT = Decimal("0.01")
MOST = Decimal(24)
"""Hours of one day."""
OLDEST = timedelta(days=5 * 366)
"""How far back hours may lie."""
WORDS = 200
"""Characters that say what it was."""

AWARD = "review.award_if_complete"
"""The job that makes an award which waited for hours; whoever carries it out lives above."""


class HoursRefused(Refused):
    """The hours make no sense as they were given; the words say which and why."""

    status = 422


class AlreadyTakenBack(Refused):
    """The entry was taken back before."""


@dataclass(frozen=True)
class Given:
    """Hours as somebody gave them, already read."""

    category: str
    hours: Decimal
    done_on: date
    words: str


def read_hours(text: str) -> Decimal:
    """Hours from a form: `1.5`, `1,5`. Raises `HoursRefused`."""
    try:
        hours = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise HoursRefused(f"“{text.strip()[:40]}” is not a number of hours.") from None
    if not hours.is_finite() or not NONE < hours <= MOST:
        raise HoursRefused("Hours of one day are more than 0 and at most 24.")
    if hours != hours.quantize(CENT):
        raise HoursRefused("Give hours with at most two decimals, such as 1.25.")
    return hours.quantize(CENT)


def read_day(text: str, *, today: date) -> date:
    """A day from a form, as `2026-11-20`. Raises `HoursRefused`."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        shown = text.strip()[:40]
        raise HoursRefused(
            f"“{shown}” is not a day; write it like {today.isoformat()}."
            if shown
            else "Give the day it was."
        ) from None
    if day > today:
        raise HoursRefused(f"{day.isoformat()} has not come yet.")
    if day < today - OLDEST:
        raise HoursRefused(f"{day.isoformat()} is more than five years ago.")
    return day


def read_words(text: str) -> str:
    """What it was, on one line. Raises `HoursRefused`."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not words:
        raise HoursRefused("Say in a few words what it was.")
    if len(words) > WORDS:
        raise HoursRefused(f"Say what it was in at most {WORDS} characters.")
    return words


def enter_own(
    session: Session,
    person: Person,
    version: CredentialVersion,
    given: Given,
    *,
    once: str | None,
    now: datetime,
) -> HoursEntry:
    """Write down one's own hours, where the program lets participants do that.

    Raises:
        HoursRefused: these hours are recorded by somebody else, or there is no such kind.
    """
    category = rule_of(version).category(given.category)
    if category is None:
        raise HoursRefused("Choose one of the kinds of hours.")
    if not category.may_enter_own:
        raise HoursRefused(f"{category.title}: your instructor records these hours.")
    return write(
        session,
        person_id=person.id,
        version=version,
        given=given,
        source=HoursSource.SELF,
        by=person,
        once=once,
        now=now,
    )


def write(
    session: Session,
    *,
    person_id: int,
    version: CredentialVersion,
    given: Given,
    source: HoursSource,
    by: Person,
    once: str | None,
    now: datetime,
) -> HoursEntry:
    """Add an entry; with `once` the same line of the same form sent twice is one entry."""
    if once is not None and (known := _known(session, once)):
        return known
    entry = HoursEntry(
        person_id=person_id,
        credential_id=version.credential_id,
        category=given.category,
        hours=given.hours,
        done_on=given.done_on,
        words=given.words,
        source=source,
        recorded_by_id=by.id,
        recorded_at=now,
        once=once,
    )
    try:
        with session.begin_nested():
            session.add(entry)
    except IntegrityError:  # the same form arrived twice at the same moment
        known = _known(session, once) if once is not None else None
        if known is None:
            raise
        return known
    let_complete(session, person_id, version, f"entry-{entry.id}")
    return entry


def take_back(
    session: Session, entry: HoursEntry, *, by: Person, reason: str, now: datetime
) -> HoursEntry:
    """Correct an entry by its opposite; the right hours are then entered anew.

    An award that was made with these hours is not unmade by it: that is a decision of people.

    Raises:
        HoursRefused: there is no reason.
        AlreadyTakenBack: it was taken back before, or takes back another one itself.
    """
    words = read_words(reason)
    if entry.counters_id is not None or _is_taken_back(session, entry):
        raise AlreadyTakenBack("These hours are taken back already.")
    counter = HoursEntry(
        person_id=entry.person_id,
        credential_id=entry.credential_id,
        category=entry.category,
        hours=-entry.hours,
        done_on=entry.done_on,
        words=words,
        source=entry.source,
        recorded_by_id=by.id,
        recorded_at=now,
        counters_id=entry.id,
    )
    try:
        with session.begin_nested():
            session.add(counter)
    except IntegrityError:
        raise AlreadyTakenBack("These hours are taken back already.") from None
    return counter


def let_complete(session: Session, person_id: int, version: CredentialVersion, what: str) -> None:
    """Let it be looked at whether an award waited for hours; `what` names the occasion."""
    if rule_of(version).gates:
        jobs.enqueue(session, AWARD, person_id, version.credential_id, key=what)


def _known(session: Session, once: str) -> HoursEntry | None:
    return session.scalars(select(HoursEntry).where(HoursEntry.once == once)).one_or_none()


def _is_taken_back(session: Session, entry: HoursEntry) -> bool:
    query = select(HoursEntry.id).where(HoursEntry.counters_id == entry.id)
    return session.scalar(query) is not None
