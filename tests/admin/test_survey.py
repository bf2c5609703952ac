"""The survey of rows at night."""

from sqlalchemy import Engine, text

from lti_tool.admin.chores import survey_rows
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring
from lti_tool.people.models import Person
from lti_tool.settings import Settings
from tests.conftest import NOON

SURVEYED = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'",
    "postgresql": "SELECT 1",  # its own daemon does it
}


def test_at_night_the_database_learns_how_its_rows_are_spread(
    settings: Settings, engine: Engine
) -> None:
    # Given somebody in the database
    with sessions(engine).begin() as session:
        session.add(Person(name="Ada", created_at=NOON))
    context = JobContext(settings, engine, Keyring.open(settings, engine, NOON), clock=lambda: NOON)

    # When the chore runs, twice because it may be repeated
    survey_rows(context)
    survey_rows(context)

    # Then it is known how rows are spread
    with engine.connect() as line:
        assert line.execute(text(SURVEYED[engine.dialect.name])).scalar_one() == 1
