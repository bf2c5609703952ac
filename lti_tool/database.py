"""The database: the base of every row, aware UTC times, engines for SQLite and PostgreSQL."""

import enum
import secrets
import string
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar, cast, dataclass_transform

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import (
    DeclarativeBase,
    MappedAsDataclass,
    Session,
    mapped_column,
    relationship,
    sessionmaker,
)
from sqlalchemy.pool import ConnectionPoolEntry

ALPHABET = string.ascii_letters + string.digits


def opaque_id() -> str:
    """22 random characters (131 bits) that are safe in any URL and say nothing."""
    return "".join(secrets.choice(ALPHABET) for _ in range(22))


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; a naive one is refused with `ValueError`."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone never enters the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give SQLite's naive values their zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def word(kind: type[enum.StrEnum]) -> Enum:
    """A column type that stores one word of a `StrEnum` as plain text."""
    return Enum(
        kind,
        native_enum=False,
        length=32,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )


# Says again, for type checkers, what `kw_only=True` below says to SQLAlchemy.
@dataclass_transform(
    kw_only_default=True, eq_default=False, field_specifiers=(mapped_column, relationship)
)
class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False):
    """Every row. Keyword arguments only; two rows are equal when they are the same object."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        str: String(255),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        list[str]: JSON(),
    }


def table_of(kind: type[Base]) -> Table:
    """The table of a kind of row, for what is written without anybody reading it back."""
    return cast(Table, kind.__table__)


ADDED_ONLY = {"added_only": True}
"""A table's `info` where rows are added and never changed: the migration lets the database say so.
They can be deleted, because people may ask to be forgotten, and go over to another person, because
two accounts may turn out to be one person's."""

LongText = Text()
"""For prose of any length; plain `str` columns hold at most 255 characters."""


def _sqlite_connected(connection: Any, _record: ConnectionPoolEntry) -> None:
    # We open transactions ourselves (below), so the driver must not.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=30000",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:
    # A transaction that reads and later writes must hold the write lock from the start:
    # SQLite answers a late upgrade with "database is locked" at once, busy_timeout or not.
    options = connection.get_execution_options()
    if options.get("read_only", False):
        connection.exec_driver_sql("BEGIN")
        return
    wanted = "FULL" if options.get("durable", True) else "NORMAL"
    if connection.info.get("synchronous", "FULL") != wanted:
        connection.connection.driver_connection.execute(f"PRAGMA synchronous={wanted}")
        connection.info["synchronous"] = wanted
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql_begin(connection: Any) -> None:
    if not connection.get_execution_options().get("durable", True):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


TRUSTED = 1.0
"""Seconds after which a connection that lay idle is asked whether the server is still there."""


def _look_after(engine: Engine) -> None:
    """See that connections to a server that went away are not handed out.

    As the pool's own `pool_pre_ping` does, but not for one that was of use a moment ago: that
    would be as long a way to the server and back as most pages need for all they ask.
    """
    dialect = engine.dialect

    def taken(connection: Any, record: ConnectionPoolEntry, _fairy: Any) -> None:
        if time.monotonic() - record.info.get("left", 0.0) < TRUSTED:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    def left(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["left"] = time.monotonic()

    event.listen(engine, "checkout", taken)
    event.listen(engine, "checkin", left)


def connect(url: str) -> Engine:
    """An engine for a SQLite or PostgreSQL URL, with the settings Cairn relies on.

    SQLite: write-ahead log, full synchronisation (a committed decision survives a
    power cut), foreign keys on, write transactions take their lock at once.

    What people wrote never stands in an error's words, and so in no log: parameters are hidden.

    Execution options: `read_only=True` for reading alone, `durable=False` for what is only on its
    way and may be lost in a power cut.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    engine = create_engine(url, pool_size=5, max_overflow=10, hide_parameters=True)
    _look_after(engine)
    event.listen(engine, "begin", _postgresql_begin)
    return engine


SAMPLE = 400
"""Rows of each index that are looked at."""


def survey(session: Session) -> None:
    """Let SQLite note how rows are spread over its indexes; PostgreSQL does so by itself.

    Without that it takes one state of five to be as rare as one person of many, and for a single
    cohort reads all that is open. Connections that are open already learn of it when the first
    survey is made, and of later ones when they are opened anew. Takes a tenth of a second, however
    much there is.
    """
    line = session.connection()
    if line.dialect.name == "sqlite":
        line.exec_driver_sql(f"PRAGMA analysis_limit = {SAMPLE}")
        line.exec_driver_sql("ANALYZE")


def sessions(engine: Engine) -> sessionmaker[Session]:
    """A factory of sessions whose rows stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


@lru_cache(maxsize=8)
def with_options(
    engine: Engine, *, read_only: bool = False, durable: bool = True, at_a_glance: bool = False
) -> Engine:
    """The same engine and connections, for transactions of one kind (see `connect`).

    Kept, because an option given to each connection anew costs as much as a query.
    """
    known = engine.execution_options(read_only=read_only, durable=durable)
    if at_a_glance and engine.dialect.name == "postgresql":
        return known.execution_options(isolation_level="AUTOCOMMIT")
    return known


@contextmanager
def read_session(engine: Engine) -> Iterator[Session]:
    """A session that only reads: no write lock is taken on SQLite, nothing is committed."""
    with Session(with_options(engine, read_only=True), expire_on_commit=False) as session:
        yield session


@contextmanager
def glance_session(engine: Engine) -> Iterator[Session]:
    """A session for a page that asks next to nothing, and changes nothing.

    On PostgreSQL each of its questions stands alone, as it does in effect in any transaction of
    ours there (READ COMMITTED), and beginning and ending one is spared: two ways to the server and
    back. It never writes by itself (no autoflush).
    """
    glancing = with_options(engine, read_only=True, at_a_glance=True)
    with Session(glancing, expire_on_commit=False, autoflush=False) as session:
        yield session
