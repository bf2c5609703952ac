"""From a verified message to rows: person, course, membership, resource link and what it opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.launch import hearing, legacy, origins, platforms, roles
from lti_tool.launch.claims import ID_LENGTH, Launch, Message
from lti_tool.launch.models import (
    Deployment,
    DeploymentState,
    PlatformContext,
    PlatformUser,
    Registration,
    ResourceLink,
)
from lti_tool.launch.newcomers import guest_of, mentees_of, person_of
from lti_tool.launch.problems import (
    DEPLOYMENT_BLOCKED,
    DEPLOYMENT_PENDING,
    UNKNOWN_CONTENT,
    refuse,
)
from lti_tool.launch.products import habits_of
from lti_tool.launch.upkeep import keep, made, note_seen
from lti_tool.people.models import Course, Membership, Person
from lti_tool.people.roles import FOLLOWING, Role
from lti_tool.programs.models import Credential, CredentialVersion, Part, Program

log = structlog.get_logger(__name__)

STAFF_REMEMBERED = timedelta(days=180)
"""How long after the last launch as staff a learner's launch may still be somebody in disguise."""

_TEACH_NOTHING = frozenset({Message.SUBMISSION_REVIEW, Message.DATA_PRIVACY})
"""Messages from which no course and no link is learnt."""


@dataclass(frozen=True)
class Arrival:
    """Who came, from where, and to what."""

    person: Person
    role: Role
    deployment: Deployment
    course: Course | None
    resource_link: ResourceLink | None
    is_preview: bool
    """Looks around, leaves nothing behind: a test user, a guest, or somebody in disguise."""
    watched: Sequence[int] = ()
    """Ids of the people an observer may follow (T-077)."""


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

    Where the registration says so it is let in at once; one that was blocked stays blocked.
    Whether it may come in is `check`'s question: the row must stay even where the launch may not.
    """
    registration = known.registration
    deployment = known.deployment or made(
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
    if deployment.state is DeploymentState.PENDING and registration.approves_deployments:
        platforms.decide(session, deployment, DeploymentState.ACTIVE, actor=None, now=now)
    return deployment


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
    role = _role(standing, deployment)
    if launch.message is Message.DATA_PRIVACY:
        role = Role.OFFICER  # whatever else they are; who may ask is checked before (T-135)
    learns_of_course = launch.message not in _TEACH_NOTHING and not _is_retrieval(launch)
    course = _course(session, known, deployment, launch, may_make=learns_of_course, now=now)
    link = None
    if learns_of_course and launch.resource_link_id and course is not None:
        link = _link(session, known, deployment, course, launch, now=now)
        _bind(session, link, launch)
        if link.program_id is None and link.program is None:
            origins.open_as_origin(session, link, launch, now=now)
    hearing.note_offer(session, deployment, launch.notices, now=now)
    if role is Role.VISITOR and launch.roles:
        log.info("launch.roles-unknown", roles=list(launch.roles)[:20])
    if not launch.sub:
        return _guest(session, deployment, course, link, role, now=now)
    person = person_of(
        session, known.registration, known.user, launch, is_test=standing.is_test_user, now=now
    )
    if launch.legacy is not None:
        legacy.note(session, known.registration, launch.legacy, person=person, link=link, now=now)
    in_disguise = _is_in_disguise(known, launch, role, now=now)
    if course is not None and learns_of_course and not in_disguise:
        _enter(session, person, course, role, known.membership, now=now)
    return Arrival(
        person=person,
        role=role,
        deployment=deployment,
        course=course,
        resource_link=link,
        is_preview=standing.is_test_user or in_disguise,
        watched=mentees_of(session, known.registration, launch) if role is Role.OBSERVER else (),
    )


def _role(standing: roles.Standing, deployment: Deployment) -> Role:
    """What somebody is here; assistants teach where their deployment lets them (T-076)."""
    if standing.is_assistant and not deployment.assistants_grade:
        return Role.ASSISTANT
    return standing.role


def _is_in_disguise(known: Known, launch: Launch, role: Role, *, now: datetime) -> bool:
    """Whether this is somebody who looks through a learner's eyes, or through another's (T-078)."""
    habits = habits_of(known.registration)
    if habits.is_masquerading(launch.custom):
        return True
    before = known.membership
    # Nobody in disguise renews the membership, so this is when they last came as staff.
    known_as_staff = (
        before is not None and before.role in FOLLOWING and now - before.seen_at <= STAFF_REMEMBERED
    )
    return role is Role.LEARNER and habits.learner_is_staff_in_disguise(
        known_as_staff=known_as_staff
    )


def _guest(
    session: Session,
    deployment: Deployment,
    course: Course | None,
    link: ResourceLink | None,
    role: Role,
    *,
    now: datetime,
) -> Arrival:
    """Nobody in particular: sees what a learner sees, whatever the roles say, and no people."""
    return Arrival(
        person=guest_of(session, deployment, now=now),
        role=Role.VISITOR if role is Role.VISITOR else Role.LEARNER,
        deployment=deployment,
        course=course,
        resource_link=link,
        is_preview=True,
    )


def _is_retrieval(launch: Launch) -> bool:
    """Whether this is Canvas's SpeedGrader opening an address of ours.

    It arrives as a resource link launch whose resource link is not the one the work belongs to
    (canvas-lms #1952), so nothing may be learnt from it.
    """
    return "/lti/review/" in launch.target_link_uri


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

    def make() -> PlatformContext:
        course = Course(title=title or "Your course", label=launch.context_label, created_at=now)
        return PlatformContext(deployment=deployment, context_id=context_id, course=course)

    context = known.context or made(
        session,
        select(PlatformContext).where(
            PlatformContext.deployment_id == deployment.id,
            PlatformContext.context_id == context_id,
        ),
        make,
    )
    course = context.course
    keep(course, title=title or course.title, label=launch.context_label or course.label)
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
    membership = known or made(
        session,
        select(Membership).where(
            Membership.person_id == person.id, Membership.course_id == course.id
        ),
        lambda: Membership(person=person, course=course, role=role, seen_at=now),
    )
    keep(membership, role=role)
    note_seen(membership, now)


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
    link = known.link or made(
        session,
        select(ResourceLink).where(
            ResourceLink.deployment_id == deployment.id, ResourceLink.resource_link_id == link_id
        ),
        lambda: ResourceLink(
            deployment=deployment, resource_link_id=link_id, course=course, seen_at=now
        ),
    )
    note_seen(link, now)
    if link.course_id != course.id:
        link.course = course
    keep(
        link,
        title=launch.resource_link_title or link.title,
        memberships_url=launch.memberships_url or link.memberships_url,
        groups_url=launch.groups_url,
    )
    if link.program_id is None and launch.legacy is not None:
        before = legacy.link_called(session, known.registration, launch.legacy)
        if before is not None:
            keep(
                link,
                program=before.program,
                credential=before.credential,
                part_slug=before.part_slug,
            )
    if launch.gradebook is not None:
        keep(
            link,
            line_items_url=launch.gradebook.line_items_url,
            line_item_url=launch.gradebook.line_item_url,
            scopes=list(launch.gradebook.scopes),
        )
    return link


def _bind(session: Session, link: ResourceLink, launch: Launch) -> None:
    """Open what the link's custom parameters name; without them, what was chosen before.

    They are compared at every launch: whoever picks again for a link that exists already changes
    them under the same link id (T-097).
    """
    program_slug = launch.custom.get("program", "")
    credential_slug = launch.custom.get("credential", "")
    part_slug = launch.custom.get("part", "")
    if not program_slug and not credential_slug:
        return
    if (
        link.program is not None
        and link.program.slug == program_slug
        and (link.credential.slug if link.credential else "") == credential_slug
        and link.part_slug == part_slug
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
    if part_slug and (credential is None or not _has_part(session, credential, part_slug)):
        raise refuse(UNKNOWN_CONTENT, ("part", part_slug, "a part of the credential"))
    link.program = program
    link.credential = credential
    link.part_slug = part_slug


def _has_part(session: Session, credential: Credential, slug: str) -> bool:
    """Whether any version of a credential has a part of this name."""
    query = (
        select(Part.id)
        .join(Part.credential_version)
        .where(CredentialVersion.credential_id == credential.id, Part.slug == slug)
    )
    return session.scalar(query.limit(1)) is not None
