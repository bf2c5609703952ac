"""Award, revoke, share, stop sharing. Signing follows in the background (`chores.py`)."""

import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from lti_tool import jobs
from lti_tool.badges import disclosure, issuers, status_list, wording
from lti_tool.badges.models import OVER, Award, AwardState, Badge, StackBadge
from lti_tool.cohorts import supervisors
from lti_tool.credit import hours, journal
from lti_tool.credit.history import standing
from lti_tool.credit.journal import Record
from lti_tool.credit.models import CreditPosting
from lti_tool.errors import NotFound, Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion, ProgramVersion

SALT_BYTES = 24


class BadgeErased(NotFound):
    """The badge was public until its earner's data was erased (T-135)."""

    status = 410

    def __init__(self, badge: Badge) -> None:
        """Refuse what is left of this badge."""
        super().__init__("This badge was taken back: its earner's data was erased at their wish.")
        self.badge = badge


class AwardRevoked(Refused):
    """What was asked for makes no sense for an award that was taken back."""


@dataclass(frozen=True)
class Result:
    """The level one criterion reached, as it goes into the badge."""

    part: str
    """Slug of the part."""
    criterion: str
    """Slug of the criterion in its part."""
    level: int
    points: Decimal


def award(
    session: Session,
    *,
    person: Person,
    credential_version: CredentialVersion,
    results: Sequence[Result],
    now: datetime,
    record: Record | None = None,
    assessed_by: str = "",
) -> Award:
    """Write down that a person earned a credential, and ask for the badge to be signed.

    What it counts as is posted in the same transaction; `record` says who vouches for it. What the
    badge shows of the results is settled here too: what its earner chose, or the program's default.
    `assessed_by` is the organisation of the assessors, told where the program names none.

    Whoever holds a current award of this credential, whatever its version, keeps that one: it is
    returned and nothing changes. A missing key never stops an award; signing comes later.
    """
    if held := current_award(session, person, credential_version.credential_id):
        return held
    try:
        with session.begin_nested():
            return _award(
                session,
                person,
                credential_version,
                results,
                record=record,
                assessed_by=assessed_by,
                now=now,
            )
    except IntegrityError:
        # Another decision awarded the same credential at the same moment.
        if held := current_award(session, person, credential_version.credential_id):
            return held
        raise


def _award(
    session: Session,
    person: Person,
    version: CredentialVersion,
    results: Sequence[Result],
    *,
    record: Record | None,
    assessed_by: str,
    now: datetime,
) -> Award:
    issuer = issuers.issuer_of(session, version, now)
    places, place = status_list.take_place(session, issuer, now=now)
    identity, kind = recipient_of(session, person)
    fresh = Award(
        person=person,
        credential_id=version.credential_id,
        credential_version=version,
        issuer=issuer,
        issued_at=now,
        recipient_name=person.name,
        recipient_salt=secrets.token_urlsafe(SALT_BYTES),
        recipient_identity=identity,
        recipient_type=kind,
        results=[row_of(result) for result in results],
        status_list=places,
        status_index=place,
        disclosure=disclosure.wanted(session, person.id, version),
        assessed_by=wording.assessors(version) or assessed_by,
        hours=_hours(session, person, version),
    )
    session.add(fresh)
    session.flush()  # the job is told the row's id
    jobs.enqueue(session, "badges.sign", fresh.id, key=str(fresh.id))
    completion = journal.post(
        session,
        person_id=person.id,
        version=version,
        award_ref=fresh.public_id,
        completed_at=(record.completed_at if record else None) or now,
        now=now,
        record=replace(record or Record(), provider=issuer.name),
    )
    fresh.credits = credit_rows(completion.postings)
    supervisors.earned(
        session,
        person_id=person.id,
        credential_id=version.credential_id,
        award_public_id=fresh.public_id,
        now=now,
    )
    return fresh


def recipient_of(session: Session, person: Person) -> tuple[str, str]:
    """To whom the next badge of a person is made out, and of which kind that is.

    The address the LMS told, else the one their newest badge has, else a random id. An address
    that somebody gave themselves stands in their badges only: nobody is known by it (T-071).
    """
    given = person.email or session.scalar(
        select(Badge.recipient_identity)
        .where(Badge.person_id == person.id, Badge.recipient_type == "emailAddress")
        .order_by(Badge.id.desc())
        .limit(1)
    )
    return (given, "emailAddress") if given else (uuid.uuid4().urn, "identifier")


def credit_rows(postings: Iterable[CreditPosting]) -> list[dict[str, str]]:
    """The credit that stands posted, as an award's row keeps it."""
    return [
        {"title": line.title, "amount": wording.number(line.amount), "unit": line.unit}
        for line in standing(postings)
    ]


def row_of(result: Result) -> dict[str, Any]:
    """A result as an award's row keeps it."""
    return {
        "part": result.part,
        "criterion": result.criterion,
        "level": result.level,
        "points": wording.number(result.points),
    }


def _hours(session: Session, person: Person, version: CredentialVersion) -> Decimal | None:
    """The hours that count; `None`, and no query, where the program keeps none."""
    rule = hours.rule_of(version)
    return hours.tally_of(session, person.id, version).counted if rule.is_kept else None


def current_award(session: Session, person: Person, credential_id: int) -> Award | None:
    """The award of a credential a person holds now."""
    return session.scalar(
        select(Award).where(
            Award.person == person,
            Award.credential_id == credential_id,
            Award.state == AwardState.CURRENT,
        )
    )


def awards_of(session: Session, person: Person) -> list[Award]:
    """Every award of a person, newest first, revoked ones too."""
    return list(
        session.scalars(
            select(Award)
            .where(Award.person == person)
            .order_by(Award.issued_at.desc(), Award.id.desc())
        )
    )


def badges_of(session: Session, person: Person) -> list[Badge]:
    """Every badge of a person, of credentials and of stacks, newest first, revoked ones too.

    With all that pages tell of them; eight queries, however many there are.
    """
    of_credential = selectinload(Award.credential_version)
    of_stack = selectinload(StackBadge.program_version)
    version = of_credential.joinedload(CredentialVersion.program_version)
    return list(
        session.scalars(
            select(Badge)
            .where(Badge.person == person)
            .order_by(Badge.issued_at.desc(), Badge.id.desc())
            .options(
                selectinload(Badge.issuer),
                of_credential.joinedload(CredentialVersion.credential),
                version.joinedload(ProgramVersion.program),
                version.selectinload(ProgramVersion.credentials).joinedload(
                    CredentialVersion.credential
                ),
                of_stack.joinedload(ProgramVersion.program),
                of_stack.selectinload(ProgramVersion.credentials).joinedload(
                    CredentialVersion.credential
                ),
            )
        )
    )


_BY_ITS_NAME = select(Badge).where(Badge.public_id == bindparam("public_id"))


def find_award(session: Session, public_id: str, *, for_: Person | None) -> Badge:
    """An award somebody asks for: a shared one for anybody, a private one for its earner only.

    Raises `NotFound`, which tells a stranger nothing of awards that are not shared; `BadgeErased`
    where one was public and its earner's data was erased.
    """
    found = session.scalar(_BY_ITS_NAME, {"public_id": public_id})
    if found is not None and found.erased_at is not None and found.shared_at is not None:
        raise BadgeErased(found)
    if found is None or not may_see(found, for_):
        raise NotFound(
            "There is no badge here for you to see. The person who earned it may not have shared "
            "it, or has stopped sharing it."
        )
    return found


def may_see(found: Badge, person: Person | None) -> bool:
    """Whether an award may be shown to this person, or to a stranger (`None`)."""
    return found.shared_at is not None or (person is not None and found.person_id == person.id)


def share(session: Session, found: Badge, *, now: datetime) -> None:
    """Make an award's page and files public. Raises `AwardRevoked`."""
    if found.state in OVER:
        raise AwardRevoked("This badge was revoked, so it cannot be shared.")
    if found.state is AwardState.BESIDE:
        raise AwardRevoked("You hold this badge a second time: share your current one.")
    if found.shared_at is None:
        found.shared_at = now
        note(session, "badges.share", found.public_id, actor=found.person, now=now)


def stop_sharing(session: Session, found: Badge, *, now: datetime) -> None:
    """Make an award's page and files the earner's own again."""
    if found.shared_at is not None:
        found.shared_at = None
        note(session, "badges.stop-sharing", found.public_id, actor=found.person, now=now)


def revoke(
    session: Session, found: Badge, *, reason: str, actor: Person | None, now: datetime
) -> None:
    """Take an award back: its bit in the status list is set, the hosted assertion answers 410.

    The grade is taken back with it, wherever it stands (T-114). `actor` is `None` for the operator.
    Revoking twice keeps the first reason; what a corrected badge replaced is over already.
    """
    if found.state in OVER:
        return
    found.state = AwardState.REVOKED
    found.revoked_at = now
    found.revocation_reason = reason
    status_list.revoke_place(session, found.status_list, found.status_index, now=now)
    journal.reverse(session, award_ref=found.public_id, reason=reason, now=now)
    note(session, "badges.revoke", found.public_id, actor=actor, now=now, reason=reason)
    if isinstance(found, Award):
        jobs.enqueue(
            session,
            "grades.withdraw",
            found.person_id,
            found.credential_id,
            now.isoformat(),
            key=found.public_id,
        )
    jobs.enqueue(session, "stacks.look", found.person_id, key=f"stacks-{found.public_id}")


def put_beside(session: Session, found: Award, *, reason: str, now: datetime) -> None:
    """Keep an award beside another one of the same credential that its earner holds as well.

    It is not taken back: its place in the status list stays as it is, and whoever checks it finds
    it genuine. Only its credit is, because the other brings the same (S7-02).
    """
    found.state = AwardState.BESIDE
    journal.reverse(session, award_ref=found.public_id, reason=reason, now=now)
    note(session, "badges.put-beside", found.public_id, actor=found.person, now=now)


def stand_again(session: Session, found: Award, *, now: datetime) -> None:
    """Let an award kept beside another be current again, and bring its credit anew."""
    if found.state is AwardState.BESIDE:
        found.state = AwardState.CURRENT
        journal.bring_again(session, award_ref=found.public_id, now=now)
        note(session, "badges.stand-again", found.public_id, actor=found.person, now=now)
