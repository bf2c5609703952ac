"""The database's schema: which migration it stands at, and bringing it up to date under a lock."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

UPGRADE_LOCK = 0x0CA1_4200
"""The PostgreSQL advisory lock held while migrations run: any number, always the same."""

log = logging.getLogger(__name__)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    # Alembic reads the path as a template with interpolation, so a percent sign is doubled.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest migration this version of the program knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None
    return newest


def current(engine: Engine) -> str | None:
    """The migration the database stands at; `None` for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def pending(engine: Engine) -> tuple[str, ...]:
    """The migrations that are still to run, in their order; empty when up to date.

    Raises:
        alembic.util.CommandError: the database stands at a migration this version of the
            program does not know, so a newer version has used it.
    """
    at = current(engine)
    steps = ScriptDirectory.from_config(_config()).iterate_revisions("head", at or "base")
    return tuple(reversed([step.revision for step in steps]))


def upgrade(engine: Engine, to: str = "head") -> tuple[str, ...]:
    """Run the pending migrations up to `to`, all in one transaction; return the ones that ran.

    Several processes may call this at once: one migrates, the others wait and find nothing
    left to do.
    """
    with migrating(engine) as connection:
        before = _standing(connection)
        command.upgrade(_config(connection), to)
        after = _standing(connection)
        script = ScriptDirectory.from_config(_config())
        ran = [
            step.revision for step in script.iterate_revisions(after or "base", before or "base")
        ]
    for revision in reversed(ran):
        log.info("migration %s is done", revision)
    return tuple(reversed(ran))


def downgrade(engine: Engine, to: str) -> None:
    """Undo migrations down to `to` (`"base"` empties the database). For developers and tests."""
    with migrating(engine) as connection:
        command.downgrade(_config(connection), to)


def _standing(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """A connection in the one transaction that may change the schema now; commits at the end."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Some changes rebuild a table by copy and drop. With foreign keys on, the drop would
            # take the rows that point at it along; the switch works only outside a transaction.
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():  # BEGIN IMMEDIATE: this is the lock
                    yield connection
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    if broken:
                        raise RuntimeError(f"a migration broke foreign keys: {broken[:5]}")
            finally:
                driver.execute("PRAGMA foreign_keys=ON")
            return
        with connection.begin():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
            yield connection
