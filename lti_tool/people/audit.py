"""The audit trail: one row for each act somebody may have to answer for."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.people.models import AuditEvent, Person


def note(
    session: Session,
    action: str,
    subject: str,
    *,
    actor: Person | None,
    now: datetime,
    **detail: Any,
) -> AuditEvent:
    """Write down an act in the caller's transaction. `actor` is `None` for the operator."""
    event = AuditEvent(
        at=now,
        actor_id=actor.id if actor else None,
        action=action,
        subject=subject,
        detail=detail,
    )
    session.add(event)
    return event
