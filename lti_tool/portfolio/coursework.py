"""Coursework: courses and their modules, marked as done by whoever takes them (S5-10)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound
from lti_tool.portfolio.demands import courses_of
from lti_tool.portfolio.locks import hold
from lti_tool.portfolio.models import Enrolment, ModuleDone

Done = Mapping[tuple[str, str], datetime]
"""Course and module by slug → when it was marked as done."""


def done_by(session: Session, enrolment: Enrolment) -> Done:
    """The modules one learner has finished."""
    rows = session.scalars(select(ModuleDone).where(ModuleDone.enrolment_id == enrolment.id))
    return {(row.course, row.module): row.done_at for row in rows}


def mark(
    session: Session,
    enrolment: Enrolment,
    course: str,
    module: str,
    *,
    is_done: bool,
    now: datetime,
) -> None:
    """Mark a module as done, or take the mark back. Doing so twice changes nothing.

    Raises:
        NotFound: the credential has no such module.
    """
    known = {
        (one.slug, slug)
        for one in courses_of(enrolment.credential_version)
        for slug, _title in one.modules
    }
    if (course, module) not in known:
        raise NotFound("There is no such module in this program.")
    hold(session, enrolment)
    row = session.scalars(
        select(ModuleDone).where(
            ModuleDone.enrolment_id == enrolment.id,
            ModuleDone.course == course,
            ModuleDone.module == module,
        )
    ).first()
    if is_done and row is None:
        session.add(ModuleDone(enrolment=enrolment, course=course, module=module, done_at=now))
    elif not is_done and row is not None:
        session.delete(row)
    session.flush()
