"""Who came: the person behind a platform's user id, or the one stand-in for nobody."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.launch import legacy
from lti_tool.launch.claims import Launch
from lti_tool.launch.models import Deployment, PlatformUser, Registration
from lti_tool.launch.upkeep import keep, made, note_seen
from lti_tool.people.models import Person

GUEST = "Guest"
"""The name of whoever came without one; the same for everybody."""


def person_of(
    session: Session,
    registration: Registration,
    known: PlatformUser | None,
    launch: Launch,
    *,
    is_test: bool,
    now: datetime,
) -> Person:
    """The person behind a `sub`, with name and address as the LMS has them now.

    Somebody new who is known under a proven id of LTI 1.1 is that person again (T-082).
    """

    def make() -> PlatformUser:
        person = legacy.person_called(session, registration, launch.legacy)
        if person is None:
            # Nobody is shown without a name (T-071); the label says nothing of who they are.
            label = f"Learner {sha256(launch.sub.encode()).hexdigest()[:4]}"
            person = Person(
                name=launch.name or label, email=launch.email, is_test=is_test, created_at=now
            )
        return PlatformUser(registration=registration, sub=launch.sub, person=person, seen_at=now)

    user = known or made(
        session,
        select(PlatformUser).where(
            PlatformUser.registration_id == registration.id, PlatformUser.sub == launch.sub
        ),
        make,
    )
    note_seen(user, now)
    person = user.person
    keep(
        person, name=launch.name or person.name, email=launch.email or person.email, is_test=is_test
    )
    return person


def guest_of(session: Session, deployment: Deployment, *, now: datetime) -> Person:
    """The stand-in for everybody who came from a deployment without a name (T-051).

    One row for all of them, however many come; as a test user it is in no roster, grade or figure.
    """
    guest = session.get(Person, deployment.guest_id) if deployment.guest_id else None
    if guest is None:
        guest = Person(name=GUEST, is_test=True, created_at=now)
        session.add(guest)
        session.flush()  # the deployment names it by id
        deployment.guest_id = guest.id
    return guest


def is_guest(session: Session, person: Person) -> bool:
    """Whether this is the stand-in for people who came without a name."""
    named = session.scalar(select(Deployment.id).where(Deployment.guest_id == person.id).limit(1))
    return named is not None


def mentees_of(session: Session, registration: Registration, launch: Launch) -> list[int]:
    """Ids of the people an observer may follow, as far as they have been here (T-077)."""
    if not launch.mentees:
        return []
    return list(
        session.scalars(
            select(PlatformUser.person_id)
            .join(Person, Person.id == PlatformUser.person_id)
            .where(
                PlatformUser.registration_id == registration.id,
                PlatformUser.sub.in_(launch.mentees),
                Person.is_test.is_(False),
            )
            .order_by(PlatformUser.person_id)
        )
    )
