"""Which work a launch from a gradebook is about, and for whom nothing is even looked up."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.launch.claims import Launch, Message
from lti_tool.launch.models import Deployment, PlatformUser, ResourceLink
from lti_tool.launch.problems import NOT_YOURS_TO_SEE, UNKNOWN_WORK, refuse
from lti_tool.people.models import Person
from lti_tool.people.roles import TEACHING, Role
from lti_tool.programs import appointments
from lti_tool.programs.models import Credential, Program

ADDRESS = re.compile(r"/lti/review/([A-Za-z0-9_-]{1,64})(?![A-Za-z0-9_-])[^/]*")
"""The id; what follows it is a query that an LMS has encoded once too often (canvas-lms #1486)."""


@dataclass(frozen=True)
class OneWork:
    """One submission, by the id that Canvas's SpeedGrader keeps for us."""

    public_id: str


@dataclass(frozen=True)
class SomebodysWork:
    """Whatever a person last handed in for a credential, as Moodle's gradebook asks."""

    person_id: int
    credential_id: str
    """Public id of the credential."""
    part_slug: str = ""
    """The stage, where the column is that of one."""


@dataclass(frozen=True)
class AnyWork:
    """Whatever waits for a credential: the launch was to name somebody, and does not."""

    credential_id: str


Target = OneWork | SomebodysWork | AnyWork


def find(
    session: Session,
    registration_id: int,
    launch: Launch,
    *,
    person: Person,
    role: Role,
    base_url: str,
    now: datetime,
) -> Target | None:
    """The work a launch asks for; `None` where it asks for none.

    A review address names either a submission, or the credential of a whole column; with the
    latter the message says whose work is meant. Moodle signs whatever name a participant puts
    there, so only for who teaches or judges anybody else is looked for (T-134).

    Raises:
        LaunchProblem: it is another's work and not theirs to see, or it is unknown.
    """
    named = _named(launch.target_link_uri, base_url)
    credential = _by_public_id(session, named) if named else None
    if launch.message is not Message.SUBMISSION_REVIEW:
        if credential is not None:
            return AnyWork(credential.public_id)
        return OneWork(named) if named else None
    if launch.for_user != launch.sub and not _may_ask(session, person, role, now=now):
        raise refuse(NOT_YOURS_TO_SEE, ("role", role.value, "instructor"))
    if named and credential is None:
        return OneWork(named)
    link = _link(session, registration_id, launch)
    credential = credential or _by_custom(session, launch) or (link.credential if link else None)
    person_id = session.scalar(
        select(PlatformUser.person_id).where(
            PlatformUser.registration_id == registration_id, PlatformUser.sub == launch.for_user
        )
    )
    if credential is None or person_id is None:
        raise refuse(
            UNKNOWN_WORK,
            ("for_user", launch.for_user, "somebody who has been here"),
            ("target_link_uri", launch.target_link_uri),
        )
    part_slug = launch.custom.get("part") or (link.part_slug if link else "")
    return SomebodysWork(person_id, credential.public_id, part_slug)


def _may_ask(session: Session, person: Person, role: Role, *, now: datetime) -> bool:
    return role in TEACHING or bool(appointments.seats_of(session, person, now=now))


def _named(target: str, base_url: str) -> str | None:
    """The id in a review address of ours, or `None`. Other sites' addresses count for nothing."""
    ours = urlsplit(base_url)
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    if (parts.scheme, parts.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
        return None
    found = ADDRESS.fullmatch(parts.path)
    return found.group(1) if found else None


def _by_public_id(session: Session, public_id: str) -> Credential | None:
    return session.scalars(
        select(Credential).where(Credential.public_id == public_id)
    ).one_or_none()


def _by_custom(session: Session, launch: Launch) -> Credential | None:
    slug = launch.custom.get("credential")
    if not slug:
        return None
    query = select(Credential).where(Credential.slug == slug)
    if program := launch.custom.get("program"):
        query = query.join(Program).where(Program.slug == program)
    found = list(session.scalars(query.limit(2)))
    return found[0] if len(found) == 1 else None


def _link(session: Session, registration_id: int, launch: Launch) -> ResourceLink | None:
    """The link the column hangs on (Moodle names it truthfully)."""
    return session.scalars(
        select(ResourceLink)
        .join(Deployment)
        .where(
            Deployment.registration_id == registration_id,
            Deployment.deployment_id == launch.deployment_id,
            ResourceLink.resource_link_id == (launch.resource_link_id or ""),
        )
    ).one_or_none()
