"""Figures about deliveries, for those who watch an installation."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.grades.models import DeliveryState, ScoreDelivery


def deliveries(session: Session, _now: datetime) -> Mapping[str, float]:
    """How many scores stand where on their way; every state is named, also at zero."""
    found = session.execute(
        select(ScoreDelivery.state, func.count()).group_by(ScoreDelivery.state)
    ).all()
    return {state.value: 0 for state in DeliveryState} | {
        state.value: count for state, count in found
    }
