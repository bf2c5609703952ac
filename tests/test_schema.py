"""Migrations: up, down, up again, with data, under a lock, and equal to the rows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session

from lti_tool import schema
from lti_tool.database import connect
from lti_tool.people.models import Person
from tools import migration


@pytest.fixture
def empty(empty_database_url: str):
    engine = connect(empty_database_url)
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_an_empty_database_is_brought_up_to_date_and_knows_it(empty):
    assert schema.current(empty) is None
    assert schema.pending(empty)[-1] == schema.head()

    ran = schema.upgrade(empty)

    assert ran[-1] == schema.head()
    assert schema.current(empty) == schema.head()
    assert schema.pending(empty) == ()
    assert schema.upgrade(empty) == ()


def test_migrations_go_up_and_down_and_up_again(empty):
    schema.upgrade(empty)
    everything = tables(empty)

    schema.downgrade(empty, "base")
    nothing = tables(empty)
    schema.upgrade(empty)

    assert set(migration.rows().tables) <= everything
    assert nothing == {"alembic_version"}
    assert tables(empty) == everything


def test_the_migrated_database_is_what_the_rows_say(engine):
    with engine.connect() as connection:
        assert migration.differences(connection) == []


def test_people_are_still_there_after_another_upgrade(empty, noon: datetime):
    schema.upgrade(empty)
    with Session(empty) as session:
        session.add(Person(name="Ada", created_at=noon))
        session.commit()

    schema.upgrade(empty)

    with Session(empty) as session:
        (ada,) = session.scalars(select(Person))
        assert (ada.name, ada.created_at) == ("Ada", noon)


def test_processes_that_start_at_once_migrate_once(empty):
    engines = [connect(empty.url.render_as_string(hide_password=False)) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        ran = list(pool.map(schema.upgrade, engines))

    for engine in engines:
        engine.dispose()
    assert sorted(len(steps) for steps in ran)[:3] == [0, 0, 0]
    assert schema.current(empty) == schema.head()


def test_foreign_keys_hold_again_after_migrating(empty):
    schema.upgrade(empty)

    with (
        empty.connect() as connection,
        pytest.raises(Exception, match=r"(?i)foreign key"),
    ):
        connection.execute(
            text("INSERT INTO membership VALUES (1, 77, 78, 'learner', '2026-01-01')")
        )
