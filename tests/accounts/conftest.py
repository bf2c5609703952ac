"""Two people who are one: each with an account at an LMS of their own."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from lti_tool.database import sessions
from lti_tool.launch.models import PlatformUser, Registration
from lti_tool.people.models import Person
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.settings import Settings
from tests.builders import NOON, a_person
from tests.privacy.estate import Settled, a_school, settled


def an_lms(session: Session, name: str) -> Registration:
    """A registered LMS."""
    address = f"https://{name.split(maxsplit=1)[0].lower()}.example.edu"
    lms = Registration(
        name=name,
        issuer=address,
        client_id="tool",
        auth_login_url=f"{address}/auth",
        auth_token_url=f"{address}/token",
        jwks_url=f"{address}/jwks",
        created_at=NOON,
    )
    session.add(lms)
    return lms


def an_account(
    session: Session, person: Person, lms: Registration, sub: str = "", at: datetime = NOON
) -> PlatformUser:
    """What an LMS calls somebody."""
    account = PlatformUser(
        registration=lms, sub=sub or f"sub of {person.name}", person=person, seen_at=at
    )
    session.add(account)
    session.flush()
    return account


@dataclass(frozen=True)
class Pair:
    """Ada as two LMSs know her, and Ivan at the second."""

    river: Registration
    hills: Registration
    ada: Person
    again: Person
    ivan: Person


def a_pair(session: Session) -> Pair:
    """Two LMSs and three accounts."""
    river, hills = an_lms(session, "River District"), an_lms(session, "Hills University")
    pair = Pair(
        river, hills, a_person("Ada Ferris"), a_person("A. Ferris"), a_person("Ivan Petrov")
    )
    an_account(session, pair.ada, river)
    an_account(session, pair.again, hills)
    an_account(session, pair.ivan, hills)
    return pair


@pytest.fixture
def pair(session: Session) -> Pair:
    """In the session of the test."""
    return a_pair(session)


@pytest.fixture
def kept_pair(engine: Engine) -> Pair:
    """Committed, for tests that ask the application."""
    with sessions(engine).begin() as session:
        return a_pair(session)


FAR = 700_000
"""Numbers of people are beyond this one, so that they are nothing else where they stand."""


@pytest.fixture
def store(settings: Settings) -> ArtifactStore:
    """Where files lie."""
    return ArtifactStore(settings.evidence_url)


@pytest.fixture
def ada(session: Session, store: ArtifactStore) -> Settled:
    """Ada at one LMS, with everything."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT setval('person_id_seq', {FAR})"))
    first = Person(name="Somebody", created_at=NOON)
    first.id = FAR
    session.add(first)
    session.flush()
    return settled(session, a_school(session, store), "Adaline Quillfeather")


@pytest.fixture
def again(session: Session, store: ArtifactStore, ada: Settled) -> Settled:
    """Ada at another LMS, in other programs, with everything."""
    school = a_school(session, store, client_id="tool-10")
    return settled(session, school, "Quillfeather Adaline")
