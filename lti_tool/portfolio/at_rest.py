"""Rows that rest are found by nobody who does not ask for them."""

from sqlalchemy import ColumnElement, event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from lti_tool.database import Base

WITH_SET_ASIDE = "with work that was set aside"
"""In a session's `info`: its queries find rows that rest as well."""


def leave_out_what_rests(kind: type[Base], going_on: ColumnElement[bool]) -> None:
    """Let every query of these rows find only those that go on, wherever it names them.

    Here and not in each of the many queries: one that forgot it would show two ways at once. Rows
    that are read again or through another row are left alone: whoever holds one knows why.
    """
    criteria = with_loader_criteria(
        kind, going_on, include_aliases=True, propagate_to_loaders=False
    )

    @event.listens_for(Session, "do_orm_execute")
    def leave_out(asked: ORMExecuteState) -> None:
        if (
            asked.is_select
            and not (asked.is_column_load or asked.is_relationship_load)
            and not asked.session.info.get(WITH_SET_ASIDE, False)
        ):
            asked.statement = asked.statement.options(criteria)
