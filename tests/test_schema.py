"""Migrations: up, down, up again, with data, under a lock, and equal to the rows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Engine,
    Enum,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    String,
    column,
    inspect,
    select,
    text,
)
from sqlalchemy import table as lightweight
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool import schema
from lti_tool.database import Base, UtcDateTime, connect, table_of
from lti_tool.people.models import Course, Membership, Person
from lti_tool.people.roles import Role
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


LEFT_EMPTY = {
    "belonging.course_id",
    "connected_badge.held_id",
    "credit_posting.reverses_id",
    "endorsement.about_issuer_id",
    "endorsement.award_id",
    "endorsement.program_version_id",
    "endorsement.stack",
    "hours_entry.counters_id",
}
"""Columns a check wants empty where another is filled."""


def a_value(column: Column[Any]) -> Any:
    """Something a column takes; the only row of another table where it points at one."""
    kind = column.type
    if f"{column.table.name}.{column.name}" in LEFT_EMPTY:
        return None
    if column.foreign_keys or (column.primary_key and isinstance(kind, Integer)):
        return 1
    if isinstance(kind, Enum):
        return next(iter(kind.enum_class or []))
    samples: dict[type[Any], Any] = {
        UtcDateTime: datetime(2026, 11, 20, 12, tzinfo=UTC),
        Date: date(2026, 11, 20),
        JSON: {"kept": ["as", "it", "was"]},
        Boolean: True,
        Integer: 7,
        Float: 2.5,
        Numeric: Decimal("2.5"),
        LargeBinary: b"\x00\xff",
        String: "words",
    }
    return next(value for sample, value in samples.items() if isinstance(kind, sample))


def everything(engine: Engine) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in migration.rows().sorted_tables
        }


def test_a_migration_that_rebuilds_a_table_keeps_the_rows_of_every_table(empty):
    schema.upgrade(empty)
    with empty.begin() as connection:
        for table in migration.rows().sorted_tables:
            connection.execute(
                table.insert().values({column: a_value(column) for column in table.columns})
            )
    before = everything(empty)

    with schema.migrating(empty) as connection:
        operations = Operations(MigrationContext.configure(connection))
        for name, column in (("person", "name"), ("artifact", "title"), ("criterion", "slug")):
            with operations.batch_alter_table(name) as batch:
                batch.add_column(Column("since_then", String(20), nullable=True))
                batch.alter_column(column, type_=String(300), existing_type=String(255))

    assert all(len(rows) == 1 for rows in before.values())
    assert everything(empty) == before
    assert "since_then" in {c["name"] for c in inspect(empty).get_columns("artifact")}


def test_rows_of_the_first_version_are_whole_rows_of_this_one(empty):
    schema.upgrade(empty, "0001_the_first_house")
    then = {
        name: {one["name"] for one in inspect(empty).get_columns(name)} for name in tables(empty)
    }
    with empty.begin() as connection:
        for table in migration.rows().sorted_tables:
            there = [one for one in table.columns if one.name in then.get(table.name, ())]
            if there:
                # Without the defaults of columns that are not there yet.
                bare = lightweight(table.name, *(column(one.name, one.type) for one in there))
                connection.execute(bare.insert().values({one.name: a_value(one) for one in there}))

    schema.upgrade(empty)

    with Session(empty) as session:
        for mapper in Base.registry.mappers:
            if mapper.inherits is None and table_of(mapper.class_).name in then:
                assert len(session.scalars(select(mapper.class_)).unique().all()) == 1


def test_a_migration_that_leaves_something_pointing_nowhere_is_undone(empty, noon):
    schema.upgrade(empty)
    with Session(empty) as session:
        course = Course(title="Course", created_at=noon)
        ada = Person(name="Ada", created_at=noon)
        session.add(Membership(person=ada, course=course, role=Role.LEARNER, seen_at=noon))
        session.commit()

    with pytest.raises((RuntimeError, IntegrityError)), schema.migrating(empty) as connection:
        connection.execute(text("DELETE FROM person"))

    with Session(empty) as session:
        assert session.scalars(select(Person.name)).all() == ["Ada"]


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
