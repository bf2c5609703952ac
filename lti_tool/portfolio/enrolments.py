"""Enrolments: begin a credential, keep the version that was begun, choose a focus."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award, AwardState
from lti_tool.cohorts import admission
from lti_tool.cohorts.admission import NotAdmitted
from lti_tool.cohorts.pace import Advice, Taken
from lti_tool.credit import wishes
from lti_tool.errors import Refused
from lti_tool.people import audit
from lti_tool.people.models import Person
from lti_tool.portfolio.models import Enrolment, Submission
from lti_tool.programs.models import Credential, CredentialVersion


class NotOpenYet(Refused):
    """The credential is in the catalogue, but its tasks are still in preparation."""


class FocusMissing(Refused):
    """The program asks for a focus at the outset (S4-20), and none was given."""

    status = 422


FOCUS_LONGEST = 2000
"""Characters of a focus: a paragraph, not a paper."""


def can_begin(version: CredentialVersion) -> bool:
    """Whether there is anything to do yet; an outline has no parts."""
    return any(part.tasks for part in version.parts)


def enrolment_of(session: Session, person: Person, credential: Credential) -> Enrolment | None:
    """The person's enrolment in any version of the credential, or `None`."""
    return session.scalars(
        select(Enrolment)
        .join(Enrolment.credential_version)
        .where(
            Enrolment.person_id == person.id,
            CredentialVersion.credential_id == credential.id,
        )
        .order_by(Enrolment.id)
        .limit(1)
    ).first()


def enrolments_of(
    session: Session, person: Person, credentials: Collection[Credential] | None = None
) -> list[Enrolment]:
    """All the person has begun, oldest first; only in `credentials` where they are given."""
    query = (
        select(Enrolment)
        .join(Enrolment.credential_version)
        .where(Enrolment.person_id == person.id)
        .order_by(Enrolment.id)
    )
    if credentials is not None:
        ids = [credential.id for credential in credentials]
        query = query.where(CredentialVersion.credential_id.in_(ids))
    return list(session.scalars(query))


def begin(
    session: Session, person: Person, version: CredentialVersion, *, now: datetime
) -> Enrolment:
    """Start on a credential, with a draft for each of its parts.

    Who has begun keeps the version they began (S3-05): beginning again, or after a newer
    version was published, answers the enrolment that is there. Nothing is sent to the LMS
    (requirements §2.2: a message at the start would erase a grade).

    Raises:
        NotOpenYet: the credential is an outline, without anything to do yet.
        NotAdmitted: the program binds to a team, a cohort or a pace, and nobody excepted it.
    """
    credential = version.credential
    if existing := enrolment_of(session, person, credential):
        return existing
    if not can_begin(version):
        raise NotOpenYet(
            f"“{version.title}” is still in preparation, so it cannot be started yet. "
            "What it will ask for is shown here as soon as it is ready."
        )
    advice = admission.check(
        session, person.id, version, taken=taken_in(session, person, version), now=now
    )
    enrolment = Enrolment(person=person, credential_version=version, begun_at=now)
    try:
        with session.begin_nested():
            session.add(enrolment)
            session.add_all(
                Submission(enrolment=enrolment, part=part, begun_at=now) for part in version.parts
            )
    except IntegrityError:
        # A second click that arrived at the same moment: the first one's row is the enrolment.
        existing = enrolment_of(session, person, credential)
        if existing is None:
            raise
        return existing
    audit.note(
        session,
        "portfolio.begin",
        f"{credential.program.slug}/{credential.slug} v{version.number}",
        actor=person,
        now=now,
    )
    admission.admit(session, person, version, advice, now=now)
    wishes.open_for(session, person.id, version, now=now)
    return enrolment


def said_before(
    session: Session, person: Person, version: CredentialVersion, *, now: datetime
) -> tuple[tuple[Advice, ...], str]:
    """What the page before the start says: the program's advice, and why it would refuse."""
    taken = taken_in(session, person, version)
    try:
        return admission.check(session, person.id, version, taken=taken, now=now), ""
    except NotAdmitted as fault:
        return (), str(fault)


def taken_in(session: Session, person: Person, version: CredentialVersion) -> list[Taken]:
    """What the person took in the version's program; nothing is asked where pace is no matter."""
    if not version.program_version.document.get("pace"):
        return []
    rows = session.execute(
        select(Credential.slug, Enrolment.begun_at, Award.issued_at)
        .join(CredentialVersion, CredentialVersion.id == Enrolment.credential_version_id)
        .join(Credential, Credential.id == CredentialVersion.credential_id)
        .outerjoin(
            Award,
            (Award.credential_id == Credential.id)
            & (Award.person_id == Enrolment.person_id)
            & (Award.state == AwardState.CURRENT),
        )
        .where(
            Enrolment.person_id == person.id,
            Credential.program_id == version.credential.program_id,
        )
    )
    return [Taken(slug, begun_at, earned_at) for slug, begun_at, earned_at in rows]


def needs_focus(version: CredentialVersion) -> bool:
    """Whether the program wants a focus before anything else (S4-20)."""
    return bool(version.program_version.document.get("focus", {}).get("required", False))


def focus_prompt(version: CredentialVersion) -> str:
    """What the program asks about the focus, or our own question."""
    prompt = version.program_version.document.get("focus", {}).get("prompt")
    return str(prompt or "What do you want to get better at, and with whom?")


def is_focus_open(enrolment: Enrolment) -> bool:
    """Whether a focus is still owed before the baseline may begin."""
    return needs_focus(enrolment.credential_version) and not enrolment.focus.strip()


def choose_focus(enrolment: Enrolment, words: str) -> None:
    """Write down what the learner wants to work on; it may be changed at any time (S4-21).

    Raises:
        FocusMissing: empty where the program requires one, or longer than a paragraph.
    """
    words = words.strip()
    if not words and needs_focus(enrolment.credential_version):
        raise FocusMissing("Write one or two sentences: what do you want to get better at?")
    if len(words) > FOCUS_LONGEST:
        raise FocusMissing(f"Please keep your focus below {FOCUS_LONGEST} characters.")
    enrolment.focus = words


def address_of(version: CredentialVersion) -> dict[str, Any]:
    """The values of the pages that stand for a credential: two slugs."""
    return {
        "program": version.program_version.program.slug,
        "credential": version.credential.slug,
    }
