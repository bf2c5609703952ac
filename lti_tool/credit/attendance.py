"""Attendance: one session, everybody who was there, ticked or from a CSV file (S5-11).

A sheet is taken over whole or not at all. What was there already is left out, so that a file may
be sent again with more lines.
"""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from lti_tool.credit.hours import HoursRule, is_counted, rule_of
from lti_tool.credit.models import HoursEntry, HoursSource
from lti_tool.credit.recording import Given, HoursRefused, read_day, read_hours, read_words, write
from lti_tool.launch.models import ResourceLink
from lti_tool.people.models import Course, Membership, Person
from lti_tool.people.roles import Role
from lti_tool.programs.models import Credential, CredentialVersion, Program, ProgramVersion

COLUMNS = ("email", "date", "hours", "category", "session")
MOST_LINES = 2_000
MOST_CHARACTERS = 400_000


@dataclass(frozen=True)
class Fault:
    """What is wrong with a sheet, and where: line 1 holds the names of the columns."""

    line: int
    words: str


class SheetRefused(Exception):
    """A sheet with faults; nothing of it was taken over."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Line:
    """One person at one session."""

    person: Person
    given: Given
    is_known: bool
    """Written down before: taken over again it would count twice, so it is left out."""


def learners_of(session: Session, course: Course) -> Sequence[Person]:
    """The learners of a course by name; test users are nobody."""
    return session.scalars(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.course_id == course.id,
            Membership.role == Role.LEARNER,
            Person.is_test.is_(False),
        )
        .order_by(Person.name, Person.id)
    ).all()


def credentials_of(session: Session, course: Course) -> Sequence[Credential]:
    """The credentials the links of a course lead to."""
    links = select(ResourceLink.credential_id).where(ResourceLink.course_id == course.id)
    programs = select(ResourceLink.program_id).where(
        ResourceLink.course_id == course.id, ResourceLink.credential_id.is_(None)
    )
    return session.scalars(
        select(Credential)
        .where(or_(Credential.id.in_(links), Credential.program_id.in_(programs)))
        .order_by(Credential.program_id, Credential.id)
    ).all()


def read(
    session: Session,
    text: str,
    *,
    people: Sequence[Person],
    version: CredentialVersion,
    today: date,
) -> list[Line]:
    """A CSV sheet, line by line.

    Raises:
        SheetRefused: with every line that cannot be taken over, and why.
    """
    by_address: dict[str, list[Person]] = {}
    for person in people:
        for key in {(person.email or "").casefold(), person.name.casefold()} - {""}:
            by_address.setdefault(key, []).append(person)
    faults: list[Fault] = []
    found: list[tuple[Person, Given]] = []
    seen: dict[tuple[int, Given], int] = {}
    rule = rule_of(version)
    for number, row in _rows(text):
        try:
            person = _person(by_address, row["email"])
            given = _given(row, rule, today=today)
            if (person.id, given) in seen:
                raise HoursRefused(f"The same as line {seen[person.id, given]}.")
        except HoursRefused as fault:
            faults.append(Fault(number, str(fault)))
            continue
        seen[person.id, given] = number
        found.append((person, given))
    if not found and not faults:
        faults.append(Fault(1, "There is no line below the names of the columns."))
    if faults:
        raise SheetRefused(faults)
    known = _known(session, version, {person.id for person, _given in found})
    return [Line(person, given, (person.id, given) in known) for person, given in found]


def take_over(
    session: Session,
    lines: Sequence[Line],
    version: CredentialVersion,
    *,
    by: Person,
    sheet: str,
    now: datetime,
) -> int:
    """Write a sheet down; returns how many entries are new.

    `sheet` names the form it came from, so that the same one sent twice is written down once.
    """
    fresh = [line for line in lines if not line.is_known]
    for number, line in enumerate(fresh):
        write(
            session,
            person_id=line.person.id,
            version=version,
            given=line.given,
            source=HoursSource.ATTENDANCE,
            by=by,
            once=f"{sheet}:{number}",
            now=now,
        )
    return len(fresh)


def ticked(
    session: Session,
    people: Sequence[Person],
    chosen: Collection[int],
    version: CredentialVersion,
    given: Given,
) -> list[Line]:
    """The people who were ticked, as a sheet. Raises `HoursRefused` where nobody is."""
    there = [person for person in people if person.id in chosen]
    if not there:
        raise HoursRefused("Tick at least one person.")
    if rule_of(version).category(given.category) is None:
        raise HoursRefused("Choose one of the kinds of hours.")
    known = _known(session, version, {person.id for person in there})
    return [Line(person, given, (person.id, given) in known) for person in there]


def recent(
    session: Session, people: Sequence[Person], version: CredentialVersion, *, limit: int
) -> Sequence[HoursEntry]:
    """What was last written down about these people in a credential."""
    return session.scalars(
        _entries(version.credential_id)
        .where(
            HoursEntry.person_id.in_([person.id for person in people]),
            HoursEntry.source != HoursSource.SELF,
        )
        .order_by(HoursEntry.id.desc())
        .limit(limit)
    ).all()


def waiting(
    session: Session, people: Sequence[Person], version: CredentialVersion
) -> list[HoursEntry]:
    """What these people entered and nobody has approved yet, oldest first."""
    query = _entries(version.credential_id).where(
        HoursEntry.person_id.in_([person.id for person in people])
    )
    return _waiting(session, query, {version.credential_id: version})


def waiting_in(
    session: Session, program: Program
) -> tuple[list[HoursEntry], dict[int, CredentialVersion]]:
    """What participants of a program entered and nobody has approved yet, oldest first.

    With it the current version of each of the program's credentials, by the credential's id.
    """
    versions = {
        one.credential_id: one
        for one in session.scalars(
            select(CredentialVersion)
            .join(CredentialVersion.program_version)
            .where(ProgramVersion.program_id == program.id)
            .order_by(ProgramVersion.number)
            .options(contains_eager(CredentialVersion.program_version))
        )
    }
    return _waiting(session, _entries(*versions), versions), versions


def text_of(raw: bytes) -> str:
    """The text of an uploaded sheet. Raises `SheetRefused` for what is no text."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        words = "This is not text in UTF-8. Save the sheet as “CSV UTF-8”."
        raise SheetRefused([Fault(1, words)]) from None


def _entries(*credentials: int) -> Select[HoursEntry]:
    return (
        select(HoursEntry)
        .where(HoursEntry.credential_id.in_(credentials))
        .options(
            joinedload(HoursEntry.person),
            joinedload(HoursEntry.approval),
            joinedload(HoursEntry.recorded_by),
            joinedload(HoursEntry.countered_by),
            joinedload(HoursEntry.credential),
        )
    )


def _waiting(
    session: Session, query: Select[HoursEntry], versions: Mapping[int, CredentialVersion]
) -> list[HoursEntry]:
    own = query.where(HoursEntry.source == HoursSource.SELF, HoursEntry.counters_id.is_(None))
    found = []
    for one in session.scalars(own.order_by(HoursEntry.id)):
        category = rule_of(versions[one.credential_id]).category(one.category)
        is_live = one.countered_by is None and category is not None
        if is_live and category and not is_counted(category, one):
            found.append(one)
    return found


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The lines of a sheet with their numbers. Raises `SheetRefused` for what is no such sheet."""
    if len(text) > MOST_CHARACTERS:
        raise SheetRefused([Fault(1, "The file is too long; split it into several.")])
    text = text.removeprefix("\ufeff")
    head = text.split("\n", 1)[0]
    separator = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
        lacking = [name for name in COLUMNS if name not in names]
        if lacking:
            known = ", ".join(COLUMNS)
            raise SheetRefused(
                [
                    Fault(
                        1,
                        f"The first line names the columns {known}. Missing: {', '.join(lacking)}.",
                    )
                ]
            )
        for count, row in enumerate(reader):
            if not any(value.strip() for value in row):
                continue
            if count >= MOST_LINES:
                words = f"At most {MOST_LINES} lines at once."
                raise SheetRefused([Fault(reader.line_num, words)])
            padded = [*row, *[""] * (len(names) - len(row))]
            yield reader.line_num, dict(zip(names, padded, strict=False))
    except csv.Error as error:
        raise SheetRefused([Fault(reader.line_num, f"This is not CSV: {error}.")]) from None


def _person(known: Mapping[str, Sequence[Person]], text: str) -> Person:
    key = " ".join(text.split()).casefold()
    if not key:
        raise HoursRefused("There is no e-mail address.")
    found = known.get(key, ())
    if not found:
        raise HoursRefused(f"“{text.strip()[:80]}” is not a learner of this course.")
    if len(found) > 1:
        raise HoursRefused(f"“{text.strip()[:80]}” is more than one learner: give an address.")
    return found[0]


def _given(row: Mapping[str, str], rule: HoursRule, *, today: date) -> Given:
    return Given(
        category=_category(row["category"], rule),
        hours=read_hours(row["hours"]),
        done_on=read_day(row["date"], today=today),
        words=read_words(row["session"]),
    )


def _category(text: str, rule: HoursRule) -> str:
    wanted = text.strip().casefold()
    for one in rule.categories:
        if wanted in (one.slug.casefold(), one.title.casefold()):
            return one.slug
    if not wanted and len(rule.categories) == 1:
        return rule.categories[0].slug
    kinds = ", ".join(one.slug or one.title for one in rule.categories)
    shown = f"“{text.strip()[:40]}” is no kind of hours here" if wanted else "Give a kind of hours"
    raise HoursRefused(f"{shown}. There are: {kinds}.")


def _known(
    session: Session, version: CredentialVersion, people: Collection[int]
) -> set[tuple[int, Given]]:
    """What is written down of these people and was not taken back; one query."""
    rows = session.scalars(
        select(HoursEntry).where(
            HoursEntry.credential_id == version.credential_id,
            HoursEntry.person_id.in_(people),
            HoursEntry.source == HoursSource.ATTENDANCE,
        )
    ).all()
    taken = {row.counters_id for row in rows}
    return {
        (row.person_id, Given(row.category, row.hours, row.done_on, row.words))
        for row in rows
        if row.counters_id is None and row.id not in taken
    }
