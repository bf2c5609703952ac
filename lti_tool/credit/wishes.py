"""What somebody elected, as a row: found, made open at the beginning, read for the rules."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.credit.models import Choice, Election
from lti_tool.credit.rules import Wish
from lti_tool.programs.models import Credential, CredentialVersion


def find(session: Session, person_id: int, credential_id: int) -> Election | None:
    """What somebody elected for a credential, or `None` before they began."""
    return session.scalars(
        select(Election).where(
            Election.person_id == person_id, Election.credential_id == credential_id
        )
    ).one_or_none()


def open_for(
    session: Session, person_id: int, version: CredentialVersion, *, now: datetime
) -> Election:
    """The election of a credential, made open when it is begun; the version begun is kept."""
    if found := find(session, person_id, version.credential_id):
        return found
    fresh = Election(
        person_id=person_id,
        credential_id=version.credential_id,
        credential_version=version,
        begun_at=now,
    )
    try:
        with session.begin_nested():
            session.add(fresh)
    except IntegrityError:  # begun in another tab at the same moment
        found = find(session, person_id, version.credential_id)
        if found is None:
            raise
        return found
    return fresh


def version_for(
    session: Session, person_id: int, credential: Credential
) -> CredentialVersion | None:
    """The version somebody began, or `None` before they did."""
    election = find(session, person_id, credential.id)
    return election.credential_version if election else None


def wish_of(election: Election) -> Wish:
    """An election as the rules want to know it."""
    if election.choice is Choice.OPEN:
        return Wish()
    return Wish(election.option)
