"""Reports for hubs and funders: people enrolled, submitting and earning, without a name.

There is one table for a program: its hubs with their districts down, the roles across, and sums of
both. Which figures are too small to be told is settled on the whole of it, once; a hub's report is
a piece cut out of it. So two reports laid side by side tell no more than the table does.
"""

import enum
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award, AwardState
from lti_tool.cohorts.models import (
    Affiliation,
    Belonging,
    Cohort,
    CohortMember,
    Organisation,
    OrganisationKind,
    Team,
    TeamMember,
)
from lti_tool.credit.exports import as_csv
from lti_tool.credit.models import Circumstances
from lti_tool.errors import NotFound
from lti_tool.launch.models import PlatformUser
from lti_tool.oversight.overview import Wanted, everybody
from lti_tool.oversight.scope import Scope, versions_in
from lti_tool.oversight.suppression import Figure, hidden
from lti_tool.people.audit import note
from lti_tool.people.models import Membership, Person
from lti_tool.people.roles import Role
from lti_tool.portfolio.models import Enrolment, Submission
from lti_tool.programs.models import Credential

ALL = "All roles"
NO_ROLE = "Role not said"
NO_DISTRICT = "District not known"
NO_HUB = "No hub"
TOTAL = "Whole program"
NOT_SHOWN = "not shown"
COLUMNS = ("program", "report", "hub", "district", "role", "enrolled", "submitted", "earned")


class Measure(enum.StrEnum):
    """What is counted: people, each once, in at least one credential of the program."""

    ENROLLED = "enrolled"
    SUBMITTED = "submitted"
    EARNED = "earned"


Place = tuple[str, str]
"""A hub and a district; an empty district stands for the hub, an empty hub for the program."""
WHOLE: Place = ("", "")


@dataclass(frozen=True)
class Row:
    """One district, hub or program: for each role what may be told, by measure."""

    place: Place
    title: str
    is_sum: bool
    cells: Mapping[str, tuple[int | None, ...]]
    """By role, enrolled, submitted and earned; `None` is not shown."""


@dataclass(frozen=True)
class Report:
    """The table of a program, or a hub's piece of it."""

    title: str
    hub: str
    """Empty for the whole program."""
    roles: tuple[str, ...]
    """In the program's order, all together last."""
    rows: tuple[Row, ...]

    @property
    def hides(self) -> bool:
        """Whether any figure is not shown."""
        return any(
            value is None for row in self.rows for cell in row.cells.values() for value in cell
        )

    def of_hub(self, hub: str) -> "Report":
        """A hub's piece of the table; the whole where none is named.

        Raises:
            NotFound: nobody in the program comes from such a hub.
        """
        if not hub:
            return self
        rows = tuple(row for row in self.rows if row.place[0] == hub)
        if not rows:
            raise NotFound("There is no such hub in this report.")
        return replace(self, hub=hub, rows=rows)


@dataclass(frozen=True)
class Participant:
    """What of one participant goes into the figures."""

    hub: str
    district: str
    role: str
    reached: Measure


def table(participants: Iterable[Participant], roles: Sequence[str]) -> list[Row]:
    """All figures of a program with their sums, the small ones and their companions hidden."""
    people = list(participants)
    places = sorted({(one.hub, one.district) for one in people})
    order = list(Measure)
    counts: dict[Measure, Counter[tuple[Place, str]]] = {one: Counter() for one in order}
    for one in people:
        for measure in order[: order.index(one.reached) + 1]:
            for place in ((one.hub, one.district), (one.hub, ""), WHOLE):
                for role in (one.role, ALL):
                    counts[measure][place, role] += 1
    told: dict[Measure, dict[tuple[Place, str], int | None]] = {}
    gone: set[Any] = set()
    for measure in order:
        before = told[order[order.index(measure) - 1]] if told else {}
        figures = _network(places, roles, counts[measure], before)
        # What is hidden among the enrolled stays hidden among those who submitted: the second is
        # never more than the first, and so would say something about it.
        gone = hidden(figures, gone)
        told[measure] = {
            key: None if key in gone else counts[measure][key]
            for key in ((place, role) for place in _all(places) for role in (*roles, ALL))
        }
    hubs = sorted({hub for hub, _ in places})
    rows = []
    for hub in hubs:
        own = [place for place in places if place[0] == hub]
        rows += [_row(place, place[1], told, roles, is_sum=False) for place in own]
        rows.append(_row((hub, ""), hub, told, roles, is_sum=True))
    rows.append(_row(WHOLE, TOTAL, told, roles, is_sum=True))
    return rows


def _all(places: Sequence[Place]) -> list[Place]:
    """The districts, the hubs they lie in, and the whole."""
    return [*places, *dict.fromkeys((hub, "") for hub, _ in places), WHOLE]


def _row(
    place: Place,
    title: str,
    told: Mapping[Measure, Mapping[tuple[Place, str], int | None]],
    roles: Sequence[str],
    *,
    is_sum: bool,
) -> Row:
    cells = {
        role: tuple(told[measure][place, role] for measure in Measure) for role in (*roles, ALL)
    }
    return Row(place, title, is_sum, cells)


def _network(
    places: Sequence[Place],
    roles: Sequence[str],
    counts: Mapping[tuple[Place, str], int],
    before: Mapping[tuple[Place, str], int | None],
) -> list[Figure]:
    """Each figure between the two sums it stands in: across its row, and down its column."""

    def figure(place: Place, role: str, tail: Any, head: Any) -> Figure:
        key = (place, role)
        return Figure(key, counts[key], tail, head, before.get(key))

    found = []
    for place in places:
        hub = place[0]
        # Across: the roles of a district add up to all. Down: the districts of a hub to the hub.
        found += [figure(place, role, ("across", place), ("down", hub, role)) for role in roles]
        found.append(figure(place, ALL, ("down", hub, ALL), ("across", place)))
    for hub in sorted({hub for hub, _ in places}):
        place = (hub, "")
        found += [figure(place, role, ("down", hub, role), ("down", None, role)) for role in roles]
        found.append(figure(place, ALL, ("down", None, ALL), ("down", hub, ALL)))
    found += [figure(WHOLE, role, ("down", None, role), ("across", WHOLE)) for role in roles]
    found.append(figure(WHOLE, ALL, ("across", WHOLE), ("down", None, ALL)))
    return found


def report(session: Session, scope: Scope) -> Report:
    """The table of a program; a fixed number of queries."""
    people = participants_of(session, scope)
    held = {one.role for one in people}
    roles = [role for role in (*_roles(scope).values(), NO_ROLE) if role in held]
    rows = table(people, roles)
    return Report(scope.version.title, "", (*roles, ALL), tuple(rows))


def hubs_in(report_: Report) -> list[str]:
    """The hubs that have people in the program."""
    return list(dict.fromkeys(row.place[0] for row in report_.rows if row.place[0]))


def funders_of(scope: Scope) -> list[str]:
    """What the program says carries it (S2-11, S4-14)."""
    return [str(one["title"]) for one in scope.version.document.get("funding", ())]


def as_file(
    session: Session, scope: Scope, found: Report, *, purpose: str, by: Person, now: datetime
) -> str:
    """A report as CSV; that it was taken is written down."""
    rows = [
        (
            found.title,
            purpose,
            row.place[0] or TOTAL,
            row.place[1] or "All districts",
            role,
            *(NOT_SHOWN if value is None else str(value) for value in row.cells[role]),
        )
        for row in found.rows
        for role in found.roles
    ]
    note(session, "oversight.report", scope.slug, actor=by, now=now, report=purpose)
    return as_csv(COLUMNS, rows)


def _roles(scope: Scope) -> dict[str, str]:
    audience = scope.version.document.get("audience", {})
    return {role["slug"]: role["title"] for role in audience.get("roles", ())}


def participants_of(session: Session, scope: Scope) -> list[Participant]:
    """Everybody who has begun, as far as figures need to know them."""
    people = everybody(session, scope, Wanted())
    begun = set(
        session.scalars(
            select(Enrolment.person_id).where(
                Enrolment.credential_version_id.in_(versions_in(scope)),
                Enrolment.person_id.in_(people),
            )
        )
    )
    submitted = set(
        session.scalars(
            select(Enrolment.person_id)
            .join(Submission, Submission.enrolment_id == Enrolment.id)
            .where(
                Enrolment.credential_version_id.in_(versions_in(scope)),
                Submission.submitted_at.is_not(None),
            )
        )
    )
    earned = set(
        session.scalars(
            select(Award.person_id)
            .join(Credential, Credential.id == Award.credential_id)
            .where(Credential.program_id == scope.program.id, Award.state == AwardState.CURRENT)
        )
    )
    titles = _roles(scope)
    said = dict(
        session.execute(
            select(Circumstances.person_id, Circumstances.roles).where(
                Circumstances.program_id == scope.program.id
            )
        ).all()
    )
    homes = _homes(session, scope, people)
    return [
        Participant(
            *homes.get(person_id, (NO_HUB, NO_DISTRICT)),
            # Who holds several roles counts once, for the one the program names first.
            next(
                (title for slug, title in titles.items() if slug in said.get(person_id, ())),
                NO_ROLE,
            ),
            Measure.EARNED
            if person_id in earned
            else Measure.SUBMITTED
            if person_id in submitted
            else Measure.ENROLLED,
        )
        for person_id in sorted(begun)
    ]


@dataclass(frozen=True)
class _Home:
    name: str
    kind: OrganisationKind
    parent_id: int | None


def _homes(session: Session, scope: Scope, people: Select[int]) -> dict[int, Place]:
    """By person: hub and district; what was said of them for the program counts first."""
    known = {
        found: _Home(name, kind, parent)
        for found, name, kind, parent in session.execute(
            select(Organisation.id, Organisation.name, Organisation.kind, Organisation.parent_id)
        )
    }
    candidates: dict[int, list[int]] = defaultdict(list)
    providers: dict[int, int] = {}
    for person_id, organisation_id, provider_id in session.execute(
        select(CohortMember.person_id, CohortMember.organisation_id, Cohort.provider_id)
        .join(Cohort, Cohort.id == CohortMember.cohort_id)
        .where(Cohort.program_id == scope.program.id, CohortMember.left_at.is_(None))
        .order_by(CohortMember.id)
    ):
        if organisation_id is not None:
            candidates[person_id].append(organisation_id)
        if provider_id is not None:
            providers.setdefault(person_id, provider_id)
    for query in _said_elsewhere(scope, people):
        for person_id, organisation_id in session.execute(query):
            if organisation_id is not None:
                candidates[person_id].append(organisation_id)
    return {
        person_id: _place(candidates[person_id], providers.get(person_id), known)
        for person_id in candidates.keys() | providers.keys()
    }


def _said_elsewhere(scope: Scope, people: Select[int]) -> list[Select[int, int | None]]:
    learns = Membership.role == Role.LEARNER
    return [
        select(TeamMember.person_id, Team.organisation_id)
        .join(TeamMember.team)
        .where(Team.program_id == scope.program.id, TeamMember.left_at.is_(None))
        .order_by(TeamMember.id),
        select(Affiliation.person_id, Affiliation.organisation_id)
        .where(Affiliation.person_id.in_(people))
        .order_by(Affiliation.id),
        select(Membership.person_id, Belonging.organisation_id)
        .join(Belonging, Belonging.course_id == Membership.course_id)
        .where(learns, Membership.person_id.in_(people))
        .order_by(Membership.id),
        select(PlatformUser.person_id, Belonging.organisation_id)
        .join(Belonging, Belonging.registration_id == PlatformUser.registration_id)
        .where(PlatformUser.person_id.in_(people))
        .order_by(PlatformUser.id),
    ]


def _place(candidates: Sequence[int], provider: int | None, known: Mapping[int, _Home]) -> Place:
    hub, district = "", ""
    for candidate in candidates:
        way = _above(candidate, known)
        at = next(
            (number for number, one in enumerate(way) if one.kind is OrganisationKind.DISTRICT),
            None,
        )
        if at is not None:
            district = way[at].name
            hub = way[at + 1].name if at + 1 < len(way) else ""
            break
    if not district and candidates:
        district = known[candidates[0]].name
    if not hub and provider is not None:
        hub = known[provider].name
    return hub or NO_HUB, district or NO_DISTRICT


def _above(organisation_id: int, known: Mapping[int, _Home]) -> list[_Home]:
    """An organisation, what it lies in, and so on."""
    way: list[_Home] = []
    at: int | None = organisation_id
    while at is not None and len(way) < len(known):
        way.append(known[at])
        at = known[at].parent_id
    return way
