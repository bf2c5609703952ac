"""From a verified message to rows: person, course, membership, resource link and what it opens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar

import structlog
from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from lti_tool.database import Base
from lti_tool.launch import roles
from lti_tool.launch.claims import ID_LENGTH, Launch, Message
from lti_tool.launch.models import (
    Deployment,
    DeploymentState,
    PlatformContext,
    PlatformUser,
    Registration,
    ResourceLink,
)
from lti_tool.launch.problems import (
    DEPLOYMENT_BLOCKED,
    DEPLOYMENT_PENDING,
    UNKNOWN_CONTENT,
    refuse,
)
from lti_tool.launch.products import habits_of
from lti_tool.people.models import Course, Membership, Person
from lti_tool.people.roles import TEACHING, Role
from lti_tool.programs.models import Credential, Program

log = structlog.get_logger(__name__)

Row = TypeVar("Row", bound=Base)

SEEN_TO_WITHIN = timedelta(minutes=5)
"""How exactly it is known when somebody came last."""


@dataclass(frozen=True)
class Arrival:
    """Who came, from where, and to what."""

    person: Person
    role: Role
    deployment: Deployment
    course: Course | None
    resource_link: ResourceLink | None
    is_preview: bool
    """Looks around, leaves nothing behind: a test user, or somebody acting as somebody else."""


@dataclass(frozen=True)
class Known:
    """What is known of a launch before it arrives: everything of it that came before."""

    registration: Registration
    deployment: Deployment | None
    user: PlatformUser | None
    context: PlatformContext | None
    membership: Membership | None
    link: ResourceLink | None


_KNOWN = (
    select(Registration, Deployment, PlatformUser, PlatformContext, Membership, ResourceLink)
    .outerjoin(
        Deployment,
        and_(
            Deployment.registration_id == Registration.id,
            Deployment.deployment_id == bindparam("deployment_id"),
        ),
    )
    .outerjoin(
        PlatformUser,
        and_(PlatformUser.registration_id == Registration.id, PlatformUser.sub == bindparam("sub")),
    )
    .outerjoin(
        PlatformContext,
        and_(
            PlatformContext.deployment_id == Deployment.id,
            PlatformContext.context_id == bindparam("context_id"),
        ),
    )
    .outerjoin(
        Membership,
        and_(
            Membership.person_id == PlatformUser.person_id,
            Membership.course_id == PlatformContext.course_id,
        ),
    )
    .outerjoin(
        ResourceLink,
        and_(
            ResourceLink.deployment_id == Deployment.id,
            ResourceLink.resource_link_id == bindparam("link_id"),
        ),
    )
    .where(Registration.id == bindparam("registration_id"))
    .options(
        joinedload(PlatformUser.person),
        joinedload(PlatformContext.course),
        joinedload(ResourceLink.program),
        joinedload(ResourceLink.credential),
    )
)
"""One question instead of eight: most launches find everything in place."""


def look_up(session: Session, registration_id: int, launch: Launch) -> Known:
    """Everything known of a launch, in one query."""
    row = session.execute(
        _KNOWN,
        {
            "registration_id": registration_id,
            "deployment_id": launch.deployment_id,
            "sub": launch.sub,
            "context_id": _context_id(launch) or "",
            "link_id": launch.resource_link_id or "",
        },
    ).one()
    return Known(*row)


def admit(session: Session, known: Known, deployment_id: str, *, now: datetime) -> Deployment:
    """The deployment a launch comes from; one never seen is written down as pending (T-058).

    Whether it may come in is `check`'s question: the row must stay even where the launch may not.
    """
    registration = known.registration
    return known.deployment or _made(
        session,
        select(Deployment).where(
            Deployment.registration_id == registration.id,
            Deployment.deployment_id == deployment_id,
        ),
        lambda: Deployment(
            registration=registration,
            deployment_id=deployment_id,
            state=DeploymentState.PENDING,
            first_seen_at=now,
        ),
    )


def check(deployment: Deployment) -> None:
    """Let only active deployments in. Raises `LaunchProblem` that says who approves and how."""
    if deployment.state is DeploymentState.ACTIVE:
        return
    registration = deployment.registration
    is_blocked = deployment.state is DeploymentState.BLOCKED
    problem = refuse(
        DEPLOYMENT_BLOCKED if is_blocked else DEPLOYMENT_PENDING,
        ("issuer", registration.issuer),
        ("client_id", registration.client_id),
        ("deployment_id", deployment.deployment_id, "one that was approved"),
    )
    problem.command = f"cairn deployment approve {deployment.id}"
    raise problem


def receive(
    session: Session, known: Known, deployment: Deployment, launch: Launch, *, now: datetime
) -> Arrival:
    """Bring people, course and link up to date with what the LMS says.

    Raises `LaunchProblem` where the link names a program or credential that does not exist.
    """
    standing = roles.read(launch.roles)
    habits = habits_of(known.registration)
    person = _person(session, known, launch, standing.is_test_user, now=now)
    learns_of_course = launch.message is not Message.SUBMISSION_REVIEW and not _is_retrieval(launch)
    course = _course(session, known, deployment, launch, may_make=learns_of_course, now=now)
    before = known.membership
    in_disguise = (
        standing.role is Role.LEARNER
        and habits.learner_is_staff_in_disguise(
            known_as_staff=before is not None and before.role in TEACHING
        )
    ) or habits.is_masquerading(launch.custom)
    if course is not None and not in_disguise:
        _enter(session, person, course, standing.role, before, now=now)
    link = None
    if learns_of_course and launch.resource_link_id and course is not None:
        link = _link(session, known, deployment, course, launch, now=now)
        _bind(session, link, launch)
    if standing.role is Role.VISITOR and launch.roles:
        log.info("launch.roles-unknown", roles=list(launch.roles)[:20])
    return Arrival(
        person=person,
        role=standing.role,
        deployment=deployment,
        course=course,
        resource_link=link,
        is_preview=standing.is_test_user or in_disguise,
    )


def _is_retrieval(launch: Launch) -> bool:
    """Whether this is Canvas's SpeedGrader opening an address of ours.

    It arrives as a resource link launch whose resource link is not the one the work belongs to
    (canvas-lms #1952), so nothing may be learnt from it.
    """
    return "/lti/review/" in launch.target_link_uri


def _made(session: Session, query: Select[Row], make: Callable[[], Row]) -> Row:
    """The row that was missing; where another process makes it at the same time, theirs."""
    try:
        with session.begin_nested():
            row = make()
            session.add(row)
        return row
    except IntegrityError:
        return session.scalars(query).one()


def _note_seen(row: PlatformUser | Membership | ResourceLink, now: datetime) -> None:
    """Write down when somebody came last, to within a few minutes.

    A lecture hall comes by one link at one time: were the link's row written by each launch, they
    would wait for each other.
    """
    if now - row.seen_at >= SEEN_TO_WITHIN:
        row.seen_at = now


def _keep(row: Base, **values: object) -> None:
    """Keep what the LMS says now. A row that already says so is not touched, and not written."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _person(
    session: Session, known: Known, launch: Launch, is_test: bool, *, now: datetime
) -> Person:
    """The person behind a `sub`, with name and address as the LMS has them now."""
    registration = known.registration

    def made() -> PlatformUser:
        # Nobody is shown without a name (T-071); the label says nothing of who they are.
        label = f"Learner {sha256(launch.sub.encode()).hexdigest()[:4]}"
        person = Person(
            name=launch.name or label, email=launch.email, is_test=is_test, created_at=now
        )
        return PlatformUser(registration=registration, sub=launch.sub, person=person, seen_at=now)

    user = known.user or _made(
        session,
        select(PlatformUser).where(
            PlatformUser.registration_id == registration.id, PlatformUser.sub == launch.sub
        ),
        made,
    )
    _note_seen(user, now)
    person = user.person
    _keep(
        person, name=launch.name or person.name, email=launch.email or person.email, is_test=is_test
    )
    return person


def _context_id(launch: Launch) -> str | None:
    """What keys the course: the LMS's id, or that of a link without a course (T-072)."""
    if launch.context_id or not launch.resource_link_id:
        return launch.context_id
    own = "link:" + launch.resource_link_id
    if len(own) > ID_LENGTH:
        own = "link:" + sha256(launch.resource_link_id.encode()).hexdigest()
    return own


def _course(
    session: Session,
    known: Known,
    deployment: Deployment,
    launch: Launch,
    *,
    may_make: bool,
    now: datetime,
) -> Course | None:
    """The course, or the space of a single link where the LMS names no course (T-072)."""
    context_id = _context_id(launch)
    if not may_make or context_id is None:
        return known.context.course if known.context else None
    title = launch.context_title or launch.context_label or launch.resource_link_title

    def made() -> PlatformContext:
        course = Course(title=title or "Your course", label=launch.context_label, created_at=now)
        return PlatformContext(deployment=deployment, context_id=context_id, course=course)

    context = known.context or _made(
        session,
        select(PlatformContext).where(
            PlatformContext.deployment_id == deployment.id,
            PlatformContext.context_id == context_id,
        ),
        made,
    )
    course = context.course
    _keep(course, title=title or course.title, label=launch.context_label or course.label)
    return course


def _enter(
    session: Session,
    person: Person,
    course: Course,
    role: Role,
    known: Membership | None,
    *,
    now: datetime,
) -> None:
    """Write down as what somebody is in a course; the newest launch wins."""
    membership = known or _made(
        session,
        select(Membership).where(
            Membership.person_id == person.id, Membership.course_id == course.id
        ),
        lambda: Membership(person=person, course=course, role=role, seen_at=now),
    )
    _keep(membership, role=role)
    _note_seen(membership, now)


def _link(
    session: Session,
    known: Known,
    deployment: Deployment,
    course: Course,
    launch: Launch,
    *,
    now: datetime,
) -> ResourceLink:
    """The link that was followed, with the gradebook facts of this newest launch (T-123)."""
    link_id = launch.resource_link_id or ""
    link = known.link or _made(
        session,
        select(ResourceLink).where(
            ResourceLink.deployment_id == deployment.id, ResourceLink.resource_link_id == link_id
        ),
        lambda: ResourceLink(
            deployment=deployment, resource_link_id=link_id, course=course, seen_at=now
        ),
    )
    _note_seen(link, now)
    if link.course_id != course.id:
        link.course = course
    _keep(
        link,
        title=launch.resource_link_title or link.title,
        memberships_url=launch.memberships_url or link.memberships_url,
    )
    if launch.gradebook is not None:
        _keep(
            link,
            line_items_url=launch.gradebook.line_items_url,
            line_item_url=launch.gradebook.line_item_url,
            scopes=list(launch.gradebook.scopes),
        )
    return link


def _bind(session: Session, link: ResourceLink, launch: Launch) -> None:
    """Open what the link's custom parameters name; without them, what was chosen before."""
    program_slug = launch.custom.get("program", "")
    credential_slug = launch.custom.get("credential", "")
    if not program_slug and not credential_slug:
        return
    if (
        link.program is not None
        and link.program.slug == program_slug
        and (link.credential.slug if link.credential else "") == credential_slug
    ):
        return
    program = session.scalars(select(Program).where(Program.slug == program_slug)).one_or_none()
    if program_slug and program is None:
        raise refuse(UNKNOWN_CONTENT, ("program", program_slug, "a program of this installation"))
    credential = None
    if credential_slug:
        fitting = select(Credential).where(Credential.slug == credential_slug)
        if program is not None:
            fitting = fitting.where(Credential.program_id == program.id)
        found = list(session.scalars(fitting.limit(2)))
        if len(found) != 1:
            wanted = "one program's: name the program too" if found else "a credential of this tool"
            raise refuse(
                UNKNOWN_CONTENT, ("program", program_slug), ("credential", credential_slug, wanted)
            )
        credential = found[0]
        program = credential.program
    link.program = program
    link.credential = credential
