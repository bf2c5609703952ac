"""Drafts as coaches see them: only those a learner lets them see (S4-38)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lti_tool.cohorts import coaching
from lti_tool.errors import NotFound
from lti_tool.people.models import Person
from lti_tool.portfolio.models import Artifact, Enrolment, Pointer, Submission, SubmissionState
from lti_tool.programs.models import Credential, CredentialVersion


def shared_drafts(
    session: Session, person_id: int, credential_id: str, *, coach: Person, now: datetime
) -> tuple[Person, CredentialVersion, list[Submission]]:
    """A learner's open drafts of a credential, part by part.

    Args:
        session: any session.
        person_id: the learner.
        credential_id: public id of the credential.
        coach: who asks.
        now: the moment, for the coach's seat.

    Raises:
        NotFound: there is nothing, or it is not shared with this coach; which of the two is not
            told.
    """
    learner = session.get(Person, person_id)
    credential = session.scalars(
        select(Credential).where(Credential.public_id == credential_id)
    ).one_or_none()
    hidden = NotFound("There is no draft here that is shared with you.")
    if learner is None or credential is None:
        raise hidden
    if not coaching.may_read_draft(session, coach, learner, credential, now=now):
        raise hidden
    works = list(
        session.scalars(
            select(Submission)
            .join(Submission.enrolment)
            .join(Enrolment.credential_version)
            .where(
                Enrolment.person_id == learner.id,
                CredentialVersion.credential_id == credential.id,
                Submission.state == SubmissionState.DRAFT,
            )
            .options(
                selectinload(Submission.part),
                selectinload(Submission.artifacts).options(
                    selectinload(Artifact.criteria),
                    selectinload(Artifact.requirement),
                    selectinload(Artifact.entries),
                    selectinload(Artifact.consents),
                    selectinload(Artifact.pointers).joinedload(Pointer.criterion),
                ),
                selectinload(Submission.enrolment).selectinload(Enrolment.credential_version),
            )
            .order_by(Submission.id)
        )
    )
    if not works:
        raise hidden
    return learner, works[0].enrolment.credential_version, works
