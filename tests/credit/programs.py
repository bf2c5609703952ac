"""Packages for the tests of credit: what programs say, as data."""

from typing import Any

from sqlalchemy.orm import Session

from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion, Program, ProgramVersion
from tests.builders import a_credential_version, a_program, a_program_version

ACADEMY = {
    "slug": "academy",
    "title": "Academy credit",
    "kind": "administrator-academy",
    "amount": 1,
    "unit": "credit",
    "awards": "first-in-year",
    "at_most": {"count": 1, "per": "credit-year"},
}
HOURS = {
    "slug": "pd",
    "title": "Development hours",
    "kind": "professional-development",
    "amount": 30,
    "unit": "hour",
    "awards": "any",
}
CHICAGO = {"timezone": "America/Chicago", "year_begins": "07-01", "year_named_by": "last-day"}

ONE_OR_THE_OTHER: dict[str, Any] = {
    "calendar": CHICAGO,
    "credit": {"choose": "one", "options": [ACADEMY, HOURS]},
}
"""Once a year an academy, otherwise hours: as the academies on English learners have it."""

LICENCE: dict[str, Any] = {
    "licence": {
        "register": "State register",
        "identifier": "Educator number",
        "report_within_days": 60,
        "reported_by": "participant",
        "offering_number": "Academy number",
    }
}

BY_CATEGORY: dict[str, Any] = {
    "hours": {
        "min": 105,
        "max": 105,
        "gate": True,
        "categories": [
            {"slug": "in-person", "title": "In person", "minimum": 30, "recorded_by": "instructor"},
            {"slug": "online", "title": "Online", "minimum": 45, "recorded_by": "participant"},
            {"slug": "field", "title": "Fieldwork", "minimum": 30, "recorded_by": "approver"},
        ],
    }
}
"""Hours of three kinds, each with its own minimum, and no award without them."""


def a_program_that_says(
    says: dict[str, Any], *, program: Program | None = None, number: int = 1
) -> ProgramVersion:
    """A version of a program with these fields in its document."""
    version = a_program_version(program or a_program(), number=number)
    version.document = {**version.document, **says}
    return version


def some_credentials(
    session: Session, says: dict[str, Any], count: int = 1, *, parts: int = 1
) -> list[CredentialVersion]:
    """Credentials of one program that says this, in the database."""
    program = a_program_that_says(says)
    versions = [
        a_credential_version(program_version=program, title=f"Number {number}", parts=parts)
        for number in range(1, count + 1)
    ]
    session.add_all(versions)
    session.flush()
    return versions


def somebody(session: Session, person: Person) -> Person:
    """A person in the database."""
    session.add(person)
    session.flush()
    return person
