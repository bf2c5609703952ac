"""The office's pages ask as often for many issuers, endorsements and badges as for few."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.badges import awards, endorsements, issuers, stack_achievement, stack_badges
from lti_tool.badges.models import Award, Issuer
from lti_tool.database import opaque_id, sessions
from lti_tool.people.roles import Role
from lti_tool.programs.stacks import stacks_of
from tests.badges.exhibition import Shown
from tests.badges.test_issuers import an_issuer
from tests.badges.test_office import comes
from tests.badges.workshop import results_for
from tests.builders import NOON, a_credential_version, a_person
from tests.counting import Counted
from tests.stacks.quarry import PONDS

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def more(session: Session, uni: Issuer, number: int) -> None:
    """Another person with two badges, one of a stack, each endorsed, and another issuer."""
    award = session.scalars(select(Award)).first()
    assert award is not None
    first = award.credential_version
    program = first.program_version
    program.document = {
        **program.document,
        "stacks": [PONDS | {"members": [first.credential.slug]}],
    }
    person = a_person(f"Wanda {number}")
    version = a_credential_version(program_version=program, slug=f"more-{number}")
    session.add_all([person, version])
    session.flush()
    fresh = awards.award(
        session,
        person=person,
        credential_version=version,
        results=results_for(version),
        now=NOON,
    )
    stack = stack_badges.award_stack(
        session,
        person=person,
        program_version=program,
        stack=stacks_of(program)[0].slug,
        public_id=opaque_id(),
        basis=[fresh.public_id],
        now=NOON,
    )
    other = an_issuer(session, f"other-{number}", NOON)
    for about in (fresh, stack, version, stack_achievement.of(stack), other):
        issuer = issuers.demonstration_issuer(session, NOON)
        endorsements.endorse(
            session, about, issuer=issuer, by=uni, comment="Yes.", actor=None, now=NOON
        )


def test_pages_of_the_office_ask_as_often_for_many_as_for_few(
    shown: Shown, app: Flask, engine: Engine
) -> None:
    office = comes(app, engine, "Olga Root", Role.ADMINISTRATOR)
    with sessions(engine).begin() as session:
        uni = an_issuer(session, "uni", NOON)
        more(session, uni, 0)
        award = session.scalars(select(Award)).first()
        assert award is not None
        program = award.credential_version.credential.program.slug
    pages = ("/issuers/", "/issuers/uni", f"/badges/corrections/?program={program}")

    def counts() -> dict[str, int]:
        found = {}
        for path in pages:
            assert office.client.get(path).status_code == 200
            with Counted(engine) as questions:
                office.client.get(path)
            found[path] = len(questions)
        return found

    few = counts()
    with sessions(engine).begin() as session:
        uni = session.scalars(select(Issuer).where(Issuer.slug == "uni")).one()
        for number in range(1, 5):
            more(session, uni, number)

    assert counts() == few
    shown_now = office.client.get(pages[2]).text
    assert "11 badges" in shown_now
    assert "Ponds: 5" in shown_now
    only = office.client.get(f"{pages[2]}&earned=stack:ponds").text
    assert "5 badges" in only
    assert office.client.get("/issuers/uni").text.count('class="pending"') == 25
