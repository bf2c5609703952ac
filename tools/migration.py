"""Write migrations from the rows' modules.

`python -m tools.migration "Say what changes"` writes the next numbered one; with `--again` the
newest is written anew, which is only right as long as nobody keeps data that was made with it. Both
give the same text every time for the same rows, and the text is to be read before it is committed.
"""

import importlib
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import MISSING, Field
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import (
    compare_metadata,
    produce_migrations,
    render_python_code,
)
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations.ops import (
    AddColumnOp,
    CreateTableOp,
    DowngradeOps,
    ModifyTableOps,
    UpgradeOps,
)
from sqlalchemy import Connection, DefaultClause, Enum, MetaData, TextClause, text

from lti_tool import jobs, schema
from lti_tool.database import Base, UtcDateTime, connect, table_of

PACKAGE = Path(schema.__file__).resolve().parent
VERSIONS = schema.MIGRATIONS / "versions"


def rows() -> MetaData:
    """Every table of the house: all modules that define rows are imported."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if re.search(r"^class \w+\(Base\):$", path.read_text(), re.MULTILINE):
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            importlib.import_module(".".join(parts))
    return Base.metadata


def render_type(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Our own column types as the plain ones they are stored as."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String({item.length})"
    return False


def ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether a table is compared at all: the job engine looks after its own."""
    return kind != "table" or not jobs.is_engine_table(name)


def differences(connection: Connection) -> list[Any]:
    """How the database differs from what the rows say; nothing when all is well."""
    opts = {"compare_type": True, "include_name": ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=opts), rows()))


def compare(connection: Connection) -> tuple[UpgradeOps, DowngradeOps]:
    """What would have to change for the database to be what the rows say, and back."""
    opts = {"target_metadata": rows(), "compare_type": True, "include_name": ours}
    script = produce_migrations(MigrationContext.configure(connection, opts=opts), rows())
    assert script.upgrade_ops is not None
    assert script.downgrade_ops is not None
    return script.upgrade_ops, script.downgrade_ops


def said_for_rows_that_exist(ops: UpgradeOps) -> None:
    """Give each new column that is never empty, for the rows of before, what its class gives it.

    Raises `ValueError` for a column without a default: nobody but its author knows what to say.
    """
    classes = {table_of(one.class_).name: one.class_ for one in Base.registry.mappers}
    for change in ops.ops:
        for one in change.ops if isinstance(change, ModifyTableOps) else [change]:
            if not isinstance(one, AddColumnOp) or one.column.nullable:
                continue
            known = classes[one.table_name].__table__.c[one.column.name].default
            made = fields_of(classes[one.table_name])[one.column.name].default_factory
            given = known.arg if known is not None else None if made is MISSING else made()
            if given is None:
                raise ValueError(f"{one.table_name}.{one.column.name} needs a default")
            one.column.server_default = DefaultClause(literal_of(given))


def added_only(ops: UpgradeOps) -> list[str]:
    """The new tables whose rows are added and never changed."""
    made = [one.table_name for one in ops.ops if isinstance(one, CreateTableOp)]
    return [name for name in made if Base.metadata.tables[name].info.get("added_only")]


def lasting(table: str) -> list[str]:
    """The columns of such rows that never change: all but whose they are.

    Where two accounts turn out to be one person's, rows go over to that person.
    """
    return [
        column.name
        for column in Base.metadata.tables[table].columns
        if not any(key.column.table.name == "person" for key in column.foreign_keys)
    ]


def fields_of(kind: type[Base]) -> dict[str, Field[Any]]:
    """The fields of a class of rows by their names, which are those of the columns."""
    return kind.__dataclass_fields__


def literal_of(value: object) -> str | TextClause:
    """A default as the database is told it."""
    if isinstance(value, bool):
        return text("true" if value else "false")
    if isinstance(value, int | float):
        return text(str(value))
    return str(value) if isinstance(value, str) else json.dumps(value)


def write(revision: str, before: str | None, words: str) -> Path:
    """Write the migration `revision` that follows `before`, formatted; return its file."""
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{folder}/compare.sqlite3")
        if before is not None:
            schema.upgrade(engine, before)
        with engine.connect() as connection:
            up, down = compare(connection)
            if before is not None:
                said_for_rows_that_exist(up)
            staying = added_only(up)
            batch = before is not None
            upgrades, downgrades = (
                render_python_code(ops, render_as_batch=batch, render_item=render_type)
                for ops in (up, down)
            )
        engine.dispose()
    upgrades += "".join(
        f"\n    promises.rows_stay({name!r}, {lasting(name)!r})" for name in staying
    )
    downgrades += "".join(f"\n    promises.rows_stayed({name!r})" for name in staying)
    text = (
        f'"""{words}."""\n\n'
        "import sqlalchemy as sa\n"
        "from alembic import op\n\n"
        f"{'from lti_tool.migrations import promises' if staying else ''}\n\n"
        f"revision = {revision!r}\n"
        f"down_revision = {before!r}\n\n\n"
        "def upgrade() -> None:\n"
        f'    """From {before or "an empty database"} to {revision}."""\n'
        f"    {_uncommented(upgrades)}\n\n\n"
        "def downgrade() -> None:\n"
        f'    """Take {revision} back."""\n'
        f"    {_uncommented(downgrades)}\n"
    )
    path = VERSIONS / f"{revision}.py"
    path.write_text(_formatted(text, path))
    return path


def _uncommented(code: str) -> str:
    lines = [line for line in code.splitlines() if not line.lstrip().startswith("# ###")]
    return "\n".join(lines).strip()


def _formatted(text: str, path: Path) -> str:
    for arguments in (["check", "--fix", "--exit-zero", "--quiet"], ["format", "--quiet"]):
        text = subprocess.run(
            [
                sys.executable,
                "-m",
                "ruff",
                *arguments,
                "--stdin-filename",
                str(path),
                "-",
            ],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return text


def write_again() -> Path:
    """Write the newest migration anew, under its name and with its words."""
    newest = schema.head()
    module = importlib.import_module(f"lti_tool.migrations.versions.{newest}")
    return write(newest, module.down_revision, (module.__doc__ or "").rstrip("."))


def main(arguments: list[str]) -> int:
    """Write the newest migration again, or the next one with the words given."""
    if not arguments or not arguments[0].strip():
        print('Say what changes: python -m tools.migration "Say what changes"', file=sys.stderr)
        return 2
    if arguments == ["--again"]:
        print(write_again())
        return 0
    words = arguments[0].rstrip(".")
    newest = schema.head()
    number = int(newest.split("_")[0]) + 1
    slug = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    print(write(f"{number:04}_{slug}", newest, words))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
