"""Stalled work: one list of what has stopped moving, each with a next step and who can take it.

The list is one query, counted and paged by the database.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Row, case, func, select, union_all
from sqlalchemy.orm import Session

from lti_tool.oversight import signs
from lti_tool.oversight.actors import Actors
from lti_tool.oversight.overview import Wanted, everybody
from lti_tool.oversight.patience import Patience, business_days_before
from lti_tool.oversight.scope import Scope
from lti_tool.people.models import Person
from lti_tool.portfolio.models import Submission
from lti_tool.programs.models import Credential, CredentialVersion, Part, ProgramVersion

PER_PAGE = 50
MOST_NAMES = 3


class Kind(enum.StrEnum):
    """Why something counts as stalled."""

    NO_ATTEMPTS = "meeting"
    LATE = "judge"
    RETURNED = "returned"
    DRAFT = "draft"
    SILENT = "silent"


@dataclass(frozen=True)
class Rule:
    """What is said of one kind of stalled work, and who can do something about it."""

    title: str
    words: str
    """What has happened, with `{days}` and `{attempt}`."""
    step: str
    """The suggested next step, with `{name}`."""
    by_judges: bool = False
    """A judge acts; otherwise whoever coaches the participant."""


RULES: Mapping[Kind, Rule] = {
    Kind.NO_ATTEMPTS: Rule(
        "A meeting is owed",
        "Attempt {before} was the last the program allows without a meeting with a coach.",
        "Meet {name}, agree on what is still missing, and write the meeting down.",
    ),
    Kind.LATE: Rule(
        "Waiting for a judge",
        "The program aims at a decision within {days} business days.",
        "Decide on it, or ask another judge to take it.",
        by_judges=True,
    ),
    Kind.RETURNED: Rule(
        "Returned and not sent again",
        "It came back, and nothing was changed for {days} days or more.",
        "Ask {name} whether what the judges wrote is clear, and offer to look at it together.",
    ),
    Kind.DRAFT: Rule(
        "A draft at rest",
        "Nothing was changed for {days} days or more.",
        "Ask {name} what keeps the work, and agree on the next small step.",
    ),
    Kind.SILENT: Rule(
        "A phase without contact",
        "Work in this phase goes on for {days} days or more, without a meeting one to one.",
        "Offer {name} a talk about this phase, and write it into the coaching log.",
    ),
}
"""In the order of urgency: what nobody but staff can move stands first."""


@dataclass(frozen=True)
class Stall:
    """One piece of work that has stopped moving."""

    kind: Kind
    since: datetime
    person_id: int
    name: str
    credential: str
    credential_id: str
    """Public id of the credential."""
    part: str
    """Title of the part, where there are several; of the phase for a silent one."""
    words: str
    step: str
    actors: tuple[str, ...]
    """Names of the people who can act."""
    is_yours: bool
    """The person who asks is one of them."""
    attempt: int
    work: str
    """Public id of the attempt."""

    @property
    def by_judges(self) -> bool:
        """Whether it is a judge who can act."""
        return RULES[self.kind].by_judges

    @property
    def title(self) -> str:
        """The kind in words."""
        return RULES[self.kind].title


@dataclass(frozen=True)
class Stalled:
    """One page of stalled work, and how much there is of each kind."""

    stalls: tuple[Stall, ...]
    counts: Mapping[Kind, int]
    page: int
    count: int
    """How many the chosen kind has, or all together."""

    @property
    def all(self) -> int:
        """How much of every kind together."""
        return sum(self.counts.values())

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PER_PAGE))


def stalled(
    session: Session,
    scope: Scope,
    wanted: Wanted,
    *,
    kind: Kind | None = None,
    viewer: Person,
    now: datetime,
) -> Stalled:
    """One page of what has stopped moving among these people, what is most urgent first.

    The number of queries does not depend on how much there is.
    """
    patience = Patience.of(scope.version.document)
    found = _all(session, scope, wanted, patience, now=now)
    # The counts ride along with the rows, so that what is stalled is worked out once.
    counting = [
        select(func.count()).where(found.c.kind == one.value).scalar_subquery().label(one.name)
        for one in RULES
    ]
    page = max(wanted.page, 1)
    chosen = (
        select(found)
        .order_by(_rank(found.c.kind), found.c.since, found.c.submission_id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    if kind is not None:
        chosen = chosen.where(found.c.kind == kind.value)
    # Only what stands on the page is joined to what is said of it.
    shown = chosen.subquery("shown")
    query = (
        select(
            shown,
            Person.name,
            CredentialVersion.title,
            Credential.public_id,
            Part.title.label("part"),
            Submission.state,
            Submission.public_id.label("work"),
            *counting,
        )
        .join(Person, Person.id == shown.c.person_id)
        .join(CredentialVersion, CredentialVersion.id == shown.c.version_id)
        .join(Credential, Credential.id == CredentialVersion.credential_id)
        .join(Submission, Submission.id == shown.c.submission_id)
        .join(Part, Part.id == Submission.part_id)
        .order_by(_rank(shown.c.kind), shown.c.since, shown.c.submission_id)
    )
    rows = session.execute(query).all()
    if not rows and page > 1:
        return stalled(session, scope, replace(wanted, page=1), kind=kind, viewer=viewer, now=now)
    counts: Mapping[Kind, int] = {}
    if rows:
        numbers = {one: getattr(rows[0], one.name) for one in RULES}
        counts = {one: number for one, number in numbers.items() if number}
    if kind is not None and not rows:
        counts = stalled(session, scope, wanted, viewer=viewer, now=now).counts
    count = counts.get(kind, 0) if kind else sum(counts.values())
    several = _of_several_parts(session, {row.version_id for row in rows})
    actors = Actors.of(
        session,
        scope,
        people={row.person_id for row in rows},
        works={row.submission_id for row in rows},
        now=now,
    )
    return Stalled(
        tuple(_stall(row, patience, several, actors, viewer) for row in rows), counts, page, count
    )


def _rank(kind: ColumnElement[str]) -> ColumnElement[int]:
    """The place of a kind in the order of urgency."""
    return case({one.value: at for at, one in enumerate(RULES)}, value=kind)


def how_many(session: Session, scope: Scope, wanted: Wanted, *, now: datetime) -> int:
    """How much of these people's work has stopped moving."""
    patience = Patience.of(scope.version.document)
    found = _all(session, scope, wanted, patience, now=now)
    return session.scalar(select(func.count()).select_from(found)) or 0


def _all(
    session: Session, scope: Scope, wanted: Wanted, patience: Patience, *, now: datetime
) -> CTE:
    people = select(everybody(session, scope, wanted).cte("everybody").c.id)

    def ago(days: int) -> datetime:
        return now - timedelta(days=days)

    late = business_days_before(scope.version.document, now, patience.judging_days)
    kinds = [
        signs.without_meeting(
            scope, people, Kind.NO_ATTEMPTS.value, limits=_limits(session, scope)
        ),
        signs.late(scope, people, Kind.LATE.value, before=late),
        signs.at_rest(
            scope, people, Kind.RETURNED.value, before=ago(patience.returned_days), again=True
        ),
        signs.at_rest(
            scope, people, Kind.DRAFT.value, before=ago(patience.draft_days), again=False
        ),
    ]
    if patience.asks_alone:
        kinds.append(
            signs.silent(scope, people, Kind.SILENT.value, before=ago(patience.silent_days))
        )
    return union_all(*kinds).cte("stalled")


def _limits(session: Session, scope: Scope) -> dict[int, int]:
    """By version of the program: attempts after which a meeting is asked for."""
    found = {}
    for version in session.scalars(
        select(ProgramVersion).where(ProgramVersion.program_id == scope.program.id)
    ):
        attempts = version.document.get("deciders", {}).get("attempts")
        if attempts and attempts["then"] != "closed":
            found[version.id] = int(attempts["maximum"])
    return found


def _of_several_parts(session: Session, versions: set[int]) -> set[int]:
    """Ids of those versions that have more than one part."""
    return set(
        session.scalars(
            select(Part.credential_version_id)
            .where(Part.credential_version_id.in_(versions))
            .group_by(Part.credential_version_id)
            .having(func.count() > 1)
        )
    )


def _stall(
    row: Row[Any], patience: Patience, several: set[int], actors: Actors, viewer: Person
) -> Stall:
    kind = Kind(row.kind)
    rule = RULES[kind]
    days = {
        Kind.LATE: patience.judging_days,
        Kind.RETURNED: patience.returned_days,
        Kind.DRAFT: patience.draft_days,
        Kind.SILENT: patience.silent_days,
    }.get(kind, 0)
    can_act = (
        actors.judges_of(row.submission_id, row.state)
        if rule.by_judges
        else actors.coaches_of(row.person_id)
    )
    return Stall(
        kind=kind,
        since=row.since,
        person_id=row.person_id,
        name=row.name,
        credential=row.title,
        credential_id=row.public_id,
        part=row.phase or (row.part if row.version_id in several else ""),
        words=rule.words.format(days=days, before=row.attempt - 1),
        step=rule.step.format(name=row.name.split()[0] if row.name.split() else "them"),
        actors=_names(can_act),
        is_yours=any(person_id == viewer.id for person_id, _ in can_act),
        attempt=row.attempt,
        work=row.work,
    )


def _names(people: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    names = [name for _, name in people]
    more = len(names) - MOST_NAMES
    return tuple(names) if more <= 0 else (*names[:MOST_NAMES], f"{more} more")
