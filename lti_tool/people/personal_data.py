"""What this room keeps about one person, and how it is given out and erased (T-135).

Every room with such rows has a module of this name with the same three functions: `export_of`,
`holdings` and `erase`. `lti_tool.privacy` calls them; each room answers for its own tables.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from lti_tool.people.models import AuditEvent, Membership, Person, Visit

ERASED_NAME = "Somebody (data erased)"
"""The name of whoever was erased, where a page of other people's things still mentions them."""

WITHHELD = "[erased]"
"""Stands in the audit trail where a name, an address or an LMS's id stood."""


TELLING = 6
"""Characters from which on a name or an id tells of one person wherever it stands."""


@dataclass(frozen=True)
class Holding:
    """So many rows of one kind, and what becomes of them when the person is erased."""

    words: str
    count: int
    stays: str = ""
    """What stays of them and why; empty where they go."""


@dataclass(frozen=True)
class Identity:
    """Everything that could name a person: their name, address and accounts."""

    name: str
    email: str | None
    subs: Sequence[str]

    def texts(self) -> list[str]:
        """The texts that must not remain anywhere, the longest first."""
        found = {self.name, self.email or "", *self.subs}
        # Moodle's ids are short numbers: taken out of every text they would spoil other figures.
        return sorted((one for one in found if len(one) >= TELLING), key=len, reverse=True)


@dataclass(frozen=True)
class Plan:
    """What is to be erased, and when."""

    identity: Identity
    now: datetime
    keep_badges: bool = False
    """Awards stay as they were signed, names and all: their earner asked for it."""


def count(session: Session, column: InstrumentedAttribute[Any], *where: ColumnElement[bool]) -> int:
    """How many rows fulfil the conditions."""
    return session.scalar(select(func.count(column)).where(*where)) or 0


def when(moment: datetime | None) -> str | None:
    """A moment as ISO 8601 to the second, in UTC."""
    return moment.isoformat(timespec="seconds") if moment else None


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Who they are here, their courses, their visits, and the audit trail about them."""
    memberships = session.scalars(
        select(Membership)
        .where(Membership.person_id == person.id)
        .options(joinedload(Membership.course))
        .order_by(Membership.id)
    )
    visits = session.scalars(
        select(Visit)
        .where(Visit.person_id == person.id)
        .options(joinedload(Visit.course))
        .order_by(Visit.id)
    )
    return {
        "who": {
            "number here": person.id,
            "name": person.name,
            "e-mail": person.email,
            "known since": when(person.created_at),
            "is a test user": person.is_test,
        },
        "courses": [
            {
                "course": membership.course.title,
                "label": membership.course.label,
                "as": membership.role.value,
                "last seen": when(membership.seen_at),
            }
            for membership in memberships
        ],
        "visits": [
            {
                "began": when(visit.began_at),
                "ends": when(visit.expires_at),
                "as": visit.role.value,
                "course": visit.course.title if visit.course else None,
                "dates the LMS gave": visit.dates,
            }
            for visit in visits
        ],
        "audit trail": [
            {
                "at": when(event.at),
                "by": "this person" if event.actor_id == person.id else "somebody else",
                "action": event.action,
                "subject": event.subject,
                # What others wrote into the trail may name others.
                "detail": event.detail if event.actor_id == person.id else {},
            }
            for event in session.scalars(
                select(AuditEvent).where(_about(person)).order_by(AuditEvent.id)
            )
        ],
    }


def holdings(session: Session, person: Person, _plan: Plan) -> list[Holding]:
    """What `erase` takes and what it leaves."""
    return [
        Holding("name and e-mail address", 1),
        Holding("courses they are in", count(session, Membership.id, _member(person))),
        Holding("visits", count(session, Visit.id, Visit.person_id == person.id)),
        Holding(
            "entries of the audit trail",
            count(session, AuditEvent.id, _about(person)),
            "Who did what has to be answerable. They stay under a number, without name or address.",
        ),
    ]


def erase(session: Session, person: Person, plan: Plan) -> None:
    """Take name, address, courses and visits; leave the row and the audit trail without a name.

    Rows of other rooms that hang on visits must have gone before.
    """
    session.execute(delete(Membership).where(_member(person)))
    session.execute(delete(Visit).where(Visit.person_id == person.id))
    for visit in session.scalars(select(Visit).where(cast(Visit.watched, Text) != "[]")):
        if person.id in visit.watched:
            visit.watched = [one for one in visit.watched if one != person.id]
    withhold(session, plan.identity.texts())
    person.name = ERASED_NAME
    person.email = None
    person.erased_at = plan.now


def _member(person: Person) -> ColumnElement[bool]:
    return Membership.person_id == person.id


def _about(person: Person) -> ColumnElement[bool]:
    return or_(AuditEvent.actor_id == person.id, AuditEvent.subject == f"person {person.id}")


def withhold(session: Session, texts: Iterable[str]) -> None:
    """Take names and ids out of the audit trail, whoever wrote them there and about whom."""
    for text in texts:
        found = session.scalars(
            select(AuditEvent).where(
                or_(mentions(AuditEvent.subject, text), mentions(AuditEvent.detail, text))
            )
        ).all()
        for event in found:
            event.subject = event.subject.replace(text, WITHHELD)
            event.detail = without(event.detail, text)
        session.flush()


def mentions(column: InstrumentedAttribute[Any], text: str) -> ColumnElement[bool]:
    """Whether a column of text or JSON contains a text; JSON may have escaped its letters."""
    forms = (text, json.dumps(text)[1:-1])
    patterns = [re.sub(r"([\\%_])", r"\\\1", form) for form in dict.fromkeys(forms)]
    return or_(*(cast(column, Text).like(f"%{one}%", escape="\\") for one in patterns))


def without(value: Any, text: str) -> Any:
    """The same value with a text taken out, however deep it stands."""
    if isinstance(value, str):
        return value.replace(text, WITHHELD)
    if isinstance(value, Mapping):
        return {without(name, text): without(inner, text) for name, inner in value.items()}
    if isinstance(value, list):
        return [without(inner, text) for inner in value]
    return value
