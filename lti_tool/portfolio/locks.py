"""Holding a row to the end of the transaction, so that two clicks at once happen one by one."""

from sqlalchemy.orm import Session

from lti_tool.portfolio.models import Enrolment, Submission


def hold(session: Session, row: Enrolment | Submission) -> None:
    """Lock the row and read it anew. On SQLite the transaction already holds the only lock."""
    session.flush()  # a refresh would forget what was changed here and not yet written
    session.refresh(row, with_for_update=True)
