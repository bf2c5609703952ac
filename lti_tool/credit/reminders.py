"""Reminders before a deadline: the end of a credit year, and of a licence's cycle.

Each is written once, by the nightly look, and lies on the person's pages until it is done, over,
or put away. Nothing is sent anywhere: an LMS has no way for a tool to write to people.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.credit.calendar import Calendar
from lti_tool.credit.history import begun_by, completions_of
from lti_tool.credit.models import CreditReminder, Deadline, Election, LicenceTerm
from lti_tool.credit.obligations import AHEAD, Obligations, Renewal, Yearly, obligations
from lti_tool.credit.rules import amount_words
from lti_tool.errors import NotFound
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion, ProgramVersion

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Call:
    """Something to remind somebody of today."""

    deadline: Deadline
    register: str
    kind: str
    due_on: date
    words: str


def calls(found: Obligations, *, now: datetime) -> Iterator[Call]:
    """What somebody is to be reminded of at this moment."""
    for one in found.yearly:
        today = one.calendar.day_of(now)
        near = one.this.last - today <= timedelta(days=one.ahead)
        if near and (one.missing or one.owed):
            words = _of_a_year(one)
            yield Call(Deadline.YEAR, one.register, one.duty.kind, one.this.last, words)
    for renewal in found.renewals:
        if renewal.ends_on is None:
            continue
        left = renewal.ends_on - now.date()
        if timedelta(0) <= left <= timedelta(days=renewal.ahead):
            words = _of_a_cycle(renewal)
            yield Call(Deadline.CYCLE, renewal.register, "", renewal.ends_on, words)


def look(session: Session, person_id: int, *, now: datetime) -> int:
    """Write down what somebody is to be reminded of, once each; answers how many are new.

    A reminder of something that is there by now is done.
    """
    found = _of_person(session, person_id, now=now)
    wanted = {
        (one.deadline, one.register, one.kind, one.due_on): one for one in calls(found, now=now)
    }
    known = {
        (row.deadline, row.register, row.kind, row.due_on): row
        for row in session.scalars(
            select(CreditReminder).where(CreditReminder.person_id == person_id)
        )
    }
    _finish(known.values(), found, now=now)
    fresh = 0
    for key, call in wanted.items():
        if key in known:
            continue
        try:
            with session.begin_nested():
                session.add(
                    CreditReminder(
                        person_id=person_id,
                        deadline=call.deadline,
                        register=call.register,
                        kind=call.kind,
                        due_on=call.due_on,
                        words=call.words,
                        told_at=now,
                    )
                )
        except IntegrityError:
            continue  # another process looked at the same moment
        fresh += 1
    return fresh


def finish(session: Session, person_id: int, *, now: datetime) -> None:
    """Close reminders of what is there by now; one query where there is no open one."""
    rows = session.scalars(_open(person_id)).all()
    if rows:
        _finish(rows, _of_person(session, person_id, now=now), now=now)


def shown(
    session: Session, person_id: int, versions: Iterable[CredentialVersion], *, now: datetime
) -> Sequence[CreditReminder]:
    """The reminders that lie on somebody's pages; no query where none of these versions has any."""
    if not any(_may_remind(one.program_version.document, now) for one in versions):
        return ()
    today = now.date() - timedelta(days=1)  # west of Greenwich the last day is still going on
    query = _open(person_id).where(CreditReminder.due_on >= today)
    return session.scalars(query.order_by(CreditReminder.due_on, CreditReminder.id)).all()


def put_away(session: Session, public_id: str, *, for_: Person, now: datetime) -> None:
    """Take a reminder off the pages. Raises `NotFound` where it is not theirs."""
    row = session.scalars(
        select(CreditReminder).where(
            CreditReminder.public_id == public_id, CreditReminder.person_id == for_.id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such reminder.")
    row.put_away_at = row.put_away_at or now


def candidates(session: Session, *, now: datetime) -> Sequence[int]:
    """The people a deadline may be near for; test users and who was erased are nobody."""
    near = [
        version.id
        for version in session.scalars(select(ProgramVersion))
        if _is_near(version.document, now)
    ]
    someone = (Person.is_test.is_(False), Person.erased_at.is_(None))
    of_year = session.scalars(
        select(Election.person_id)
        .distinct()
        .join(Election.credential_version)
        .join(Person, Person.id == Election.person_id)
        .where(CredentialVersion.program_version_id.in_(near), *someone)
    ).all()
    of_cycle = session.scalars(
        select(LicenceTerm.person_id)
        .join(Person, Person.id == LicenceTerm.person_id)
        .where(
            LicenceTerm.ends_on >= now.date(),
            LicenceTerm.ends_on <= now.date() + LONGEST,
            *someone,
        )
    ).all()
    return sorted({*of_year, *of_cycle})


def _of_person(session: Session, person_id: int, *, now: datetime) -> Obligations:
    completions = completions_of(session, person_id)
    versions = [one.credential_version for one in completions]
    versions += [one.credential_version for one in begun_by(session, person_id)]
    return obligations(session, person_id, versions, completions, now=now)


def _open(person_id: int) -> Select[CreditReminder]:
    return select(CreditReminder).where(
        CreditReminder.person_id == person_id,
        CreditReminder.done_at.is_(None),
        CreditReminder.put_away_at.is_(None),
    )


def _finish(rows: Iterable[CreditReminder], found: Obligations, *, now: datetime) -> None:
    missing = {
        (one.register, one.duty.kind, one.this.last)
        for one in found.yearly
        if one.missing or one.owed
    }
    ends = {(one.register, "", one.ends_on) for one in found.renewals}
    for row in rows:
        holds = missing if row.deadline is Deadline.YEAR else ends
        if row.done_at is None and (row.register, row.kind, row.due_on) not in holds:
            row.done_at = now


def _may_remind(document: dict[str, Any], now: datetime) -> bool:
    return bool(document.get("licence", {}).get("cycles")) or _is_near(document, now)


def _is_near(document: dict[str, Any], now: datetime) -> bool:
    """Whether a year ends soon for which a package says that something is asked."""
    entry = document.get("licence", {})
    if not entry.get("yearly"):
        return False
    calendar = Calendar.of(document)
    left = calendar.year_of(now).last - calendar.day_of(now)
    return left <= timedelta(days=entry.get("remind_days_ahead", AHEAD))


def _of_a_year(one: Yearly) -> str:
    words = []
    title, year = one.duty.title, one.this.label
    if one.missing:
        words.append(
            f"Your license asks for {amount_words(one.missing, one.duty.unit)} of {title} in"
            f" {year}; it is not recorded here yet."
        )
    if one.owed:
        years = ", ".join(line.year.label for line in one.owed)
        words.append(
            f"{amount_words(one.owed_amount, one.duty.unit)} of {title} is still to be made up for"
            f" {years}."
        )
    words.append("Two people read your work before it counts, so hand it in well before that day.")
    return " ".join(words)


def _of_a_cycle(one: Renewal) -> str:
    return (
        f"On that day your license in {one.register} is due for renewal."
        f" {amount_words(one.counted, 'hour')} of {one.cycle.hours:g} are recorded here for this"
        " cycle; what you did elsewhere is not among them."
    )
