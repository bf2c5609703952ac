"""What a page asks the database: tests say how often, whatever the number of rows."""

from typing import Any

from sqlalchemy import Engine, event


class Counted:
    """Counts the statements an engine runs while it is open."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.statements: list[str] = []

    def __enter__(self) -> "Counted":
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)
        # A page asks its app's engine, not the fixture's: counting the wrong one proves nothing.
        assert failed or self.statements, "nothing was asked through this engine"

    def _note(self, _c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            self.statements.append(statement)

    def __len__(self) -> int:
        return len(self.statements)

    @property
    def reads(self) -> int:
        """How many of them only ask."""
        return sum(one.startswith("SELECT") for one in self.statements)
