"""Where somebody stands in one credential: one word of ours, the same in SQL and on the page."""

import enum

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, func, select

from lti_tool.badges.models import Award, AwardState
from lti_tool.oversight.scope import Scope, versions_in
from lti_tool.people.models import Person
from lti_tool.portfolio.models import Artifact, Enrolment, Submission, SubmissionState
from lti_tool.programs.models import CredentialVersion


class Standing(enum.StrEnum):
    """How far a participant has come in one credential, in the order of the way (S6-15)."""

    BEGUN = "begun"
    WORKING = "working"
    INCOMPLETE = "incomplete"
    WITH_ASSESSOR = "with-assessor"
    WITH_APPROVER = "with-approver"
    RETURNED = "returned"
    CLOSED = "closed"
    MET = "met"
    EARNED = "earned"


WORDS = {
    Standing.BEGUN: "Begun, nothing added yet",
    Standing.WORKING: "Working",
    Standing.INCOMPLETE: "Came back incomplete",
    Standing.WITH_ASSESSOR: "Waits for an assessor",
    Standing.WITH_APPROVER: "Waits for the approver",
    Standing.RETURNED: "Returned, revising",
    Standing.CLOSED: "Not met, no attempts left",
    Standing.MET: "Everything met, not awarded yet",
    Standing.EARNED: "Earned",
}

NOT_BEGUN = "not-begun"
"""Stands beside the standings in filters: no credential of the program was begun."""
NOT_BEGUN_WORDS = "Not begun"

TONES = {
    Standing.INCOMPLETE: "attention",
    Standing.WITH_ASSESSOR: "now",
    Standing.WITH_APPROVER: "now",
    Standing.RETURNED: "attention",
    Standing.CLOSED: "stop",
    Standing.MET: "now",
    Standing.EARNED: "good",
}


def standings(scope: Scope, people: Select[int] | None = None) -> Subquery:
    """One line for each enrolment in the program, with its standing.

    Columns: `enrolment_id`, `person_id`, `version_id`, `begun_at`, `standing`, `attempt` (the
    highest), `approved` and `parts`. Test users and the forgotten are left out, and with `people`
    only theirs are looked at.
    """
    tally = _tally(scope, people)
    earned = exists().where(
        Award.person_id == tally.c.person_id,
        Award.credential_id == tally.c.credential_id,
        Award.state == AwardState.CURRENT,
    )
    given = exists().where(
        Submission.enrolment_id == tally.c.enrolment_id,
        Artifact.submission_id == Submission.id,
        Artifact.removed_at.is_(None),
    )
    standing = case(
        (earned, Standing.EARNED.value),
        (tally.c.approved == tally.c.parts, Standing.MET.value),
        (tally.c.assessed > 0, Standing.WITH_APPROVER.value),
        (tally.c.submitted > 0, Standing.WITH_ASSESSOR.value),
        (tally.c.again > 0, Standing.RETURNED.value),
        (tally.c.incomplete > 0, Standing.INCOMPLETE.value),
        (tally.c.open < tally.c.parts, Standing.CLOSED.value),
        (given, Standing.WORKING.value),
        else_=Standing.BEGUN.value,
    )
    return select(
        tally.c.enrolment_id,
        tally.c.person_id,
        tally.c.version_id,
        tally.c.begun_at,
        tally.c.attempt,
        tally.c.approved,
        tally.c.parts,
        standing.label("standing"),
    ).subquery("standings")


def _tally(scope: Scope, people: Select[int] | None) -> Subquery:
    """How many attempts of an enrolment are in which state."""

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    state = Submission.state
    draft = state == SubmissionState.DRAFT
    enrolments = select(Enrolment.id).where(Enrolment.credential_version_id.in_(versions_in(scope)))
    if people is not None:
        enrolments = enrolments.where(Enrolment.person_id.in_(people))
    # Attempts are added up before anything is joined to them, over one index and in its order.
    attempts = (
        select(
            Submission.enrolment_id,
            func.max(Submission.attempt).label("attempt"),
            count(Submission.attempt == 1).label("parts"),
            count(state == SubmissionState.APPROVED).label("approved"),
            count(state == SubmissionState.ASSESSED).label("assessed"),
            count(state == SubmissionState.SUBMITTED).label("submitted"),
            count(and_(draft, Submission.attempt > 1)).label("again"),
            count(and_(draft, Submission.incomplete_at.is_not(None))).label("incomplete"),
            # Of each part exactly one attempt is not a returned one, until no more may follow.
            count(state != SubmissionState.RETURNED).label("open"),
        )
        .where(Submission.enrolment_id.in_(enrolments))
        .group_by(Submission.enrolment_id)
        .subquery("attempts")
    )
    return (
        select(
            attempts,
            Enrolment.person_id,
            Enrolment.credential_version_id.label("version_id"),
            CredentialVersion.credential_id,
            Enrolment.begun_at,
        )
        .join(Enrolment, Enrolment.id == attempts.c.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(CredentialVersion, CredentialVersion.id == Enrolment.credential_version_id)
        .where(Person.is_test.is_(False), Person.erased_at.is_(None))
        .subquery("tally")
    )
