"""Programs with rules of company, and people for them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.cohorts import forming, organisations, staffing, teams
from lti_tool.cohorts.forming import Facts
from lti_tool.cohorts.models import (
    Cohort,
    Organisation,
    OrganisationKind,
    StaffSeat,
    Team,
    TeamKind,
)
from lti_tool.cohorts.rules import team_rule
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs.models import CredentialVersion, Program
from tests.builders import NOON, a_credential_version, a_person, a_program_version, an_appointment

TEAMS = {
    "modes": ["team"],
    "required": True,
    "kinds": ["school", "district"],
    "members": {"min": 4, "max": 10},
    "enforcement": "rule",
    "formed_by": "leaders",
    "shared_schedule": True,
}
"""Teams of four to ten, put together by leaders."""

FREE_TEAMS = {
    "modes": ["individual", "team"],
    "required": False,
    "kinds": ["school", "virtual"],
    "members": {"min": 4, "max": 10},
    "limits_apply_to": ["school"],
    "formed_by": "participants",
}
"""Alone or together; virtual teams of any size."""

PARTNERS = [
    {"slug": "office", "name": "Prairie Regional Office", "kind": "regional-office", "roles": []},
    {"slug": "vendor", "name": "Badge Works", "kind": "vendor", "roles": []},
]

COHORTS = {
    "required": True,
    "organisations": {"min": 4},
    "organisation_kinds": ["school", "district"],
    "staff": [
        {"seat": "facilitator", "from": ["office", "vendor"]},
        {"seat": "coach", "from": ["office", "vendor"]},
    ],
    "across_lms": True,
    "enforcement": "rule",
}
"""Four organisations, a facilitator and a coach from each of two partners."""

CALENDAR = {
    "timezone": "America/Chicago",
    "year_begins": "07-01",
    "year_named_by": "last-day",
    "terms": [
        {"slug": "fall", "title": "Fall", "begins": "08-01"},
        {"slug": "spring", "title": "Winter and spring", "begins": "01-01"},
        {"slug": "summer", "title": "Summer", "begins": "06-01"},
    ],
}

TWO_A_YEAR = {
    "slug": "two-a-year",
    "rule": "at-most",
    "count": 2,
    "of": "credentials",
    "when": "begun",
    "per": "credit-year",
    "enforcement": "advice",
}
ONE_A_TERM = {
    "slug": "one-a-term",
    "rule": "at-most",
    "count": 1,
    "of": "credentials-of-one-stack",
    "when": "begun",
    "per": "term",
    "enforcement": "advice",
}


def a_program_with(
    session: Session, *, credentials: int = 1, **document: Any
) -> list[CredentialVersion]:
    """The credentials of a stored program whose package has these fields as well."""
    version = a_program_version()
    version.document = {**version.document, "partners": PARTNERS, **document}
    made = [
        a_credential_version(
            program_version=version, title=f"Credential {number}", slug=f"one-{number}"
        )
        for number in range(1, credentials + 1)
    ]
    session.add_all(made)
    session.flush()
    return made


def program_of(version: CredentialVersion) -> Program:
    """The program a credential belongs to."""
    return version.program_version.program


def an_admin(session: Session, version: CredentialVersion, name: str = "Pia Norling") -> Person:
    """Somebody who administers the program."""
    person = a_person(name)
    session.add_all([person, an_appointment(person, program_of(version), Seat.ADMIN)])
    session.flush()
    return person


def people(session: Session, count: int, word: str = "Member") -> list[Person]:
    """So many people."""
    made = [a_person(f"{word}{number} Somebody") for number in range(1, count + 1)]
    session.add_all(made)
    session.flush()
    return made


def a_school(session: Session, name: str, parent: Organisation | None = None) -> Organisation:
    """A school."""
    return organisations.make(
        session, name, OrganisationKind.SCHOOL, parent=parent, actor=None, now=NOON
    )


def a_district(session: Session, name: str) -> Organisation:
    """A district."""
    return organisations.make(session, name, OrganisationKind.DISTRICT, actor=None, now=NOON)


def a_cohort(
    session: Session, version: CredentialVersion, admin: Person, title: str = "Fall", **facts: Any
) -> Cohort:
    """A cohort that is forming."""
    program = program_of(version)
    return forming.form(session, program, Facts(title, **facts), actor=admin, now=NOON)


def a_team(
    session: Session,
    version: CredentialVersion,
    admin: Person,
    members: list[Person],
    *,
    name: str = "Larks",
    kind: TeamKind = TeamKind.SCHOOL,
    cohort: Cohort | None = None,
    organisation: Organisation | None = None,
) -> Team:
    """A team with these members; the first leads."""
    rule = team_rule(version.program_version.document)
    if organisation is None and kind is not TeamKind.VIRTUAL:
        organisation = a_school(session, f"School of the {name}")
    team = teams.form(
        session,
        program_of(version),
        rule,
        name=name,
        kind=kind,
        organisation=organisation,
        cohort=cohort,
        leader=members[0] if members else None,
        actor=admin,
        now=NOON,
    )
    for person in members[1:]:
        teams.join(session, team, person, rule, now=NOON)
    return team


def staffed(session: Session, cohort: Cohort, admin: Person) -> dict[str, Person]:
    """A facilitator and a coach from each of the two partners."""
    placed: dict[str, Person] = {}
    for seat in (StaffSeat.FACILITATOR, StaffSeat.COACH):
        for partner in ("office", "vendor"):
            person = a_person(f"{seat.value.title()}-{partner} Here")
            session.add(person)
            session.flush()
            staffing.place(session, cohort, person, seat, partner=partner, actor=admin, now=NOON)
            placed[f"{seat.value}-{partner}"] = person
    return placed


def an_open_cohort(
    session: Session, version: CredentialVersion, admin: Person, schools: int = 4
) -> tuple[Cohort, list[Team]]:
    """An open cohort of teams of four from different schools."""
    cohort = a_cohort(session, version, admin)
    staffed(session, cohort, admin)
    made = [
        a_team(
            session,
            version,
            admin,
            people(session, 4, f"Team{number}-"),
            name=f"Team {number}",
            cohort=cohort,
        )
        for number in range(1, schools + 1)
    ]
    document: Mapping[str, Any] = version.program_version.document
    forming.open_(session, cohort, document, actor=admin, now=NOON)
    return cohort, made
