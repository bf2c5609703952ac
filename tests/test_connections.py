"""Connections to PostgreSQL: replaced when the server ended them, and asked no more than needed."""

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from lti_tool.database import connect, glance_session, read_session, sessions

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def number_of(connection: Connection) -> int:
    """The server's process behind a connection."""
    return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def is_alone(session: Session) -> bool:
    """Whether each question is a transaction of its own."""
    driver: Any = session.connection().connection.driver_connection
    return bool(driver.autocommit)


def test_a_connection_that_the_server_ended_is_replaced(engine: Engine, database_url: str) -> None:
    with engine.connect() as connection:
        ended = number_of(connection)
        known = connection.connection.info
    known["left"] -= 10  # as if it had lain idle since
    other = connect(database_url)
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": ended})
    other.dispose()

    with engine.connect() as connection:
        assert number_of(connection) != ended


def test_a_glance_begins_no_transaction_and_leaves_none_behind(engine: Engine) -> None:
    with glance_session(engine) as session:
        assert is_alone(session)
        assert session.execute(text("SELECT pg_current_xact_id_if_assigned()")).scalar() is None
    with read_session(engine) as session:
        assert not is_alone(session)
    with sessions(engine)() as session:
        session.execute(text("CREATE TEMPORARY TABLE left_behind (id int)"))
        session.rollback()
        found = session.execute(text("SELECT to_regclass('left_behind')")).scalar()
        assert found is None
