"""What tests of badges ask for: an award that was made, and the keys to sign it."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_tool.badges.addresses import Addresses
from lti_tool.badges.awards import award
from lti_tool.badges.models import Award
from lti_tool.database import Base, connect
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion
from lti_tool.settings import Settings
from tests.badges import exhibition
from tests.badges.workshop import NOON as WORKSHOP_NOON
from tests.badges.workshop import Workshop, results_for
from tests.builders import a_credential_version
from tests.cast import ada
from tests.conftest import some_settings

BASE = "http://localhost:8000"


@pytest.fixture
def addresses(settings: Settings) -> Addresses:
    """Addresses of the installation under test."""
    return Addresses(settings.base_url)


@pytest.fixture
def keyring(settings: Settings, engine: Engine, noon: datetime) -> Keyring:
    """The keys of the installation under test."""
    return Keyring.open(settings, engine, noon)


@pytest.fixture
def context(settings: Settings, engine: Engine, keyring: Keyring, noon: datetime) -> JobContext:
    """What a job is given; it is always noon."""
    return JobContext(settings, engine, keyring, clock=lambda: noon)


Awarding = Callable[..., Award]


@pytest.fixture
def awarded(session: Session, noon: datetime) -> Awarding:
    """Award a credential in the test's session: to Ada, for a small credential, unless told."""

    def make(
        version: CredentialVersion | None = None, person: Person | None = None, level: int = 3
    ) -> Award:
        version = version or a_credential_version()
        person = person or ada()
        session.add_all([version, person])
        session.flush()
        return award(
            session,
            person=person,
            credential_version=version,
            results=results_for(version, level),
            now=noon,
        )

    return make


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Keys for tests that need no database; their rows lie in a file of their own."""
    folder = tmp_path_factory.mktemp("workshop")
    engine = connect(f"sqlite:///{folder}/keys.sqlite3")
    Base.metadata.create_all(engine, [Base.metadata.tables["signing_key"]])
    settings = some_settings(str(engine.url), folder)
    return Workshop(Keyring.open(settings, engine, WORKSHOP_NOON))


@pytest.fixture
def shown(app: Flask, engine: Engine) -> exhibition.Shown:
    """A signed badge, still private."""
    return exhibition.shown(app, engine)
