"""An LMS's administrator asks what is kept about a person, and may have it erased (T-135)."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.launch import roles
from lti_tool.launch.claims import Launch, Message
from lti_tool.launch.models import PlatformUser, PrivacyRequest
from lti_tool.launch.problems import NOT_YOURS_TO_KNOW, refuse

GOOD_FOR = timedelta(hours=1)
"""How long a privacy launch opens a person's data; a visit lasts longer."""


def check(launch: Launch) -> None:
    """Let only administrators of the institution or the LMS ask. Raises `LaunchProblem`."""
    if launch.message is Message.DATA_PRIVACY and not roles.administers(launch.roles):
        raise refuse(NOT_YOURS_TO_KNOW, ("role", ", ".join(launch.roles), "Administrator"))


def ask(
    session: Session, visit_id: int, registration_id: int, launch: Launch, *, now: datetime
) -> None:
    """Write down about whom this visit may ask: the account that the platform named."""
    person_id = session.scalar(
        select(PlatformUser.person_id).where(
            PlatformUser.registration_id == registration_id, PlatformUser.sub == launch.for_user
        )
    )
    session.add(
        PrivacyRequest(
            visit_id=visit_id,
            registration_id=registration_id,
            person_id=person_id,
            created_at=now,
            expires_at=now + GOOD_FOR,
        )
    )


def of_visit(session: Session, visit_id: int, *, now: datetime) -> PrivacyRequest | None:
    """The request of a visit, while it is good."""
    return session.scalar(
        select(PrivacyRequest).where(
            PrivacyRequest.visit_id == visit_id, PrivacyRequest.expires_at > now
        )
    )


def speaks_for_all(session: Session, request: PrivacyRequest) -> bool:
    """Whether every account of the person is one of the platform that asks."""
    elsewhere = select(PlatformUser.id).where(
        PlatformUser.person_id == request.person_id,
        PlatformUser.registration_id != request.registration_id,
    )
    return session.scalar(elsewhere.limit(1)) is None
