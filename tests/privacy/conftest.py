"""An LMS whose administrator asks, and somebody it asks about."""

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from lti_tool.database import sessions
from lti_tool.launch.models import PlatformUser, Registration
from lti_tool.people.models import Person
from lti_tool.people.roles import Role
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.settings import Settings
from tests.builders import NOON, a_person
from tests.launch.conftest import browser, key_set, platform
from tests.launch.kit import Platform
from tests.portfolio.studio import Visitor, enter
from tests.privacy.estate import Settled, a_school, settled

__all__ = ["browser", "key_set", "platform"]


@dataclass(frozen=True)
class Residents:
    """Who is known here: Ada, with an account at the LMS that asks, and Fay beside her."""

    ada: Settled
    fay: Settled
    ada_id: int
    fay_id: int


@pytest.fixture
def residents(engine: Engine, settings: Settings, platform: Platform) -> Residents:
    """Ada and Fay, with everything; both are known to the LMS that asks, and to no other."""
    with sessions(engine).begin() as session:
        school = a_school(session, ArtifactStore(settings.evidence_url))
        asking = session.scalars(
            select(Registration).where(Registration.client_id == platform.client_id)
        ).one()
        school.registration.name = "Another LMS"
        ada = settled(session, school, "Adaline Quillfeather")
        fay = settled(session, school, "Fayette Unterberg")
        for one in (ada, fay):
            account = session.scalars(
                select(PlatformUser).where(PlatformUser.person_id == one.person.id)
            ).one()
            account.registration = asking
        ids = ada.person.id, fay.person.id
    return Residents(ada, fay, *ids)


@pytest.fixture
def administrator(app: Flask, engine: Engine) -> Visitor:
    """Who came by `cairn admin link`."""
    with sessions(engine).begin() as session:
        person = a_person("Tool administrator")
        session.add(person)
    return enter(app, person, role=Role.ADMINISTRATOR)


def another_account(engine: Engine, person_id: int) -> None:
    """The same person at another LMS."""
    with sessions(engine).begin() as session:
        session.add(
            PlatformUser(
                registration=session.scalars(
                    select(Registration).where(Registration.name == "Another LMS")
                ).one(),
                sub="somebody-there",
                person=session.get_one(Person, person_id),
                seen_at=NOON,
            )
        )
