"""What a migration promises of a table that no column can say."""

from collections.abc import Sequence

from alembic import op


def rows_stay(table: str, columns: Sequence[str]) -> None:
    """Let the database refuse every change of these columns; rows may be added and deleted."""
    words = f"rows of {table} are added and never changed"
    change = f"BEFORE UPDATE OF {', '.join(columns)} ON {table}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_stays {change} BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{words}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_stays {change} FOR EACH ROW EXECUTE FUNCTION {table}_stays()"
    )


def rows_stayed(table: str) -> None:
    """Take the promise back, after its table is gone."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"DROP FUNCTION IF EXISTS {table}_stays()")
