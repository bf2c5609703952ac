"""The cohorts to come that a program's office has announced: for anybody to read (S1-22)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_tool.cohorts.models import Cohort, CohortState, Delivery, Organisation
from lti_tool.cohorts.periods import local_day
from lti_tool.programs.models import Program

MOST_ANNOUNCED = 12


@dataclass(frozen=True)
class Announced:
    """What strangers are told of a cohort: dates and places, and nothing of who is in it."""

    title: str
    begins_on: date
    ends_on: date | None
    apply_by: date | None
    is_late: bool
    """Whether the last day to apply is over."""
    seats: int | None
    delivery: Delivery | None
    provider: str
    """The organisation that offers it; empty where nobody is named."""


def announced(
    session: Session, slug: str, document: Mapping[str, Any], *, now: datetime
) -> tuple[Announced, ...]:
    """The next cohorts of a program that its office lets anybody read of, the first to begin first.

    One counts as to come until it has begun, or until its last day to apply if that is later.

    Args:
        session: any session.
        slug: the program.
        document: its package, for the day it is where the program is at home.
        now: the present moment.
    """
    today = local_day(document, now)
    rows = session.execute(
        select(Cohort, Organisation.name.label("provider"))
        .join(Cohort.program)
        .outerjoin(Cohort.provider)
        .where(
            Program.slug == slug,
            Cohort.is_announced,
            Cohort.state != CohortState.CLOSED,
            or_(Cohort.begins_on >= today, Cohort.apply_by >= today),
        )
        .order_by(Cohort.begins_on, Cohort.id)
        .limit(MOST_ANNOUNCED)
    )
    return tuple(
        Announced(
            title=cohort.title,
            begins_on=cohort.begins_on,
            ends_on=cohort.ends_on,
            apply_by=cohort.apply_by,
            is_late=cohort.apply_by is not None and cohort.apply_by < today,
            seats=cohort.seats,
            delivery=cohort.delivery,
            provider=provider or "",
        )
        for cohort, provider in rows
        if cohort.begins_on is not None
    )
