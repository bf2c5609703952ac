"""The award at the end: every part approved, and the hours there where the program wants them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from lti_tool import jobs
from lti_tool.badges.awards import Result, award
from lti_tool.badges.models import Award, AwardState
from lti_tool.cohorts import organisations
from lti_tool.cohorts.admission import place_of
from lti_tool.credit import hours
from lti_tool.credit.hours import Awaited
from lti_tool.credit.journal import Record
from lti_tool.credit.recording import AWARD
from lti_tool.people.models import Person
from lti_tool.portfolio.models import Enrolment, Submission, SubmissionState
from lti_tool.programs.models import CredentialVersion, Criterion, Part
from lti_tool.programs.wording import listed
from lti_tool.review.models import Assessment, AssessmentState, Decision, Outcome, Rating
from lti_tool.stacks import proposals

AT_ONCE = 200
"""Enrolments read at once where all of them are looked through."""


def award_if_complete(session: Session, enrolment: Enrolment, *, now: datetime) -> Award | None:
    """Award what was enrolled for, unless a part is open or hours are missing.

    Where hours gate the award (S5-16) it waits, approved work and all, and is made by whoever
    records the last of them. Test users are never awarded (T-078). Awarding twice changes nothing.
    What was taken back is not given again by itself: that takes a new decision of people.
    """
    if enrolment.person.is_test:
        return None
    version = enrolment.credential_version
    approved = approved_ratings(session, enrolment)
    open_parts = {part.id for part in version.parts} - {
        rating.criterion.part_id for rating in approved
    }
    if open_parts or hours.missing(session, enrolment.person_id, version):
        return None
    if _is_taken_back(session, enrolment):
        return None
    witnesses = _witnesses(session, enrolment)
    made = award(
        session,
        person=enrolment.person,
        credential_version=version,
        results=_results(approved),
        now=now,
        record=Record(
            begun_at=enrolment.begun_at,
            witnesses=witnesses,
            activity_number=_activity_number(session, enrolment),
            completed_at=_completed_at(session, enrolment, witnesses),
        ),
        assessed_by=_assessors_organisations(session, witnesses),
    )
    proposals.look(session, enrolment.person_id, now=now)
    return made


def forgotten(session: Session) -> Iterator[Awaited]:
    """People and credentials with every part approved, all hours there, and no award that holds.

    Two queries for every `AT_ONCE` of those that have only the award to wait for.
    """
    open_part = exists().where(
        Part.credential_version_id == Enrolment.credential_version_id,
        ~exists().where(
            Submission.enrolment_id == Enrolment.id,
            Submission.part_id == Part.id,
            Submission.state == SubmissionState.APPROVED,
        ),
    )
    is_approved = exists().where(
        Submission.enrolment_id == Enrolment.id, Submission.state == SubmissionState.APPROVED
    )
    is_held = exists().where(
        Award.person_id == Enrolment.person_id,
        Award.credential_id == CredentialVersion.credential_id,
        Award.state == AwardState.CURRENT,
    )
    query = (
        select(Enrolment)
        .join(Enrolment.credential_version)
        .join(Enrolment.person)
        .where(Person.is_test.is_(False), Person.erased_at.is_(None))
        .where(is_approved, ~open_part, ~is_held)
        .order_by(Enrolment.id)
        .limit(AT_ONCE)
        .options(
            contains_eager(Enrolment.credential_version).joinedload(
                CredentialVersion.program_version
            )
        )
    )
    last = 0
    while found := session.scalars(query.where(Enrolment.id > last)).all():
        awaited = [(one.person_id, one.credential_version) for one in found]
        missing = hours.missing_of_all(session, awaited)
        for person_id, version in awaited:
            if not missing.get((person_id, version.id)):
                yield person_id, version
        last = found[-1].id


def look_again(session: Session, decision: Decision) -> None:
    """Ask for another look after this transaction.

    Hours that were recorded while the decision was being made did not see it, nor it them.
    """
    enrolment = decision.assessment.submission.enrolment
    version = enrolment.credential_version
    if hours.rule_of(version).gates:
        session.flush()  # the job's key is the row's id
        key = f"decision-{decision.id}"
        jobs.enqueue(session, AWARD, enrolment.person_id, version.credential_id, key=key)


def enrolments_in(session: Session, person_id: int, credential_id: int) -> Sequence[Enrolment]:
    """The enrolments of a person in any version of a credential."""
    return session.scalars(
        select(Enrolment)
        .join(Enrolment.credential_version)
        .where(Enrolment.person_id == person_id, CredentialVersion.credential_id == credential_id)
        .order_by(Enrolment.id)
    ).all()


def approved_ratings(session: Session, enrolment: Enrolment) -> Sequence[Rating]:
    """The ratings of every approved part of an enrolment."""
    session.flush()  # the decision just made counts
    return session.scalars(
        select(Rating)
        .join(Rating.assessment)
        .join(Assessment.submission)
        .join(Rating.criterion)
        .where(
            Submission.enrolment_id == enrolment.id,
            Submission.state == SubmissionState.APPROVED,
            Assessment.state == AssessmentState.DECIDED,
        )
        .order_by(Criterion.part_id, Criterion.position)
        .options(selectinload(Rating.criterion).selectinload(Criterion.levels))
    ).all()


def _is_taken_back(session: Session, enrolment: Enrolment) -> bool:
    """Whether an award was revoked after the last decision on this work."""
    revoked_at = session.scalar(
        select(func.max(Award.revoked_at)).where(
            Award.person_id == enrolment.person_id,
            Award.credential_id == enrolment.credential_version.credential_id,
            Award.state == AwardState.REVOKED,
        )
    )
    if revoked_at is None:
        return False
    decided_at = session.scalar(
        select(func.max(Decision.decided_at))
        .join(Decision.assessment)
        .join(Assessment.submission)
        .where(Submission.enrolment_id == enrolment.id, Decision.outcome == Outcome.APPROVED)
    )
    return decided_at is not None and bool(revoked_at > decided_at)


def _activity_number(session: Session, enrolment: Enrolment) -> str:
    """The number a register lists the cohort's offering under; empty without one (S7-07)."""
    program = enrolment.credential_version.credential.program
    if "licence" not in enrolment.credential_version.program_version.document:
        return ""
    cohorts = place_of(session, enrolment.person_id, program).cohorts
    return next((one.activity_number for one in cohorts if one.activity_number), "")


def _assessors_organisations(session: Session, witnesses: Sequence[Mapping[str, Any]]) -> str:
    """The organisations that those who assessed are of, as far as somebody said so."""
    assessors = {int(one["person"]) for one in witnesses if one["as"] == "assessor"}
    return listed(organisations.names_of(session, assessors))


def _completed_at(
    session: Session, enrolment: Enrolment, witnesses: Sequence[Mapping[str, Any]]
) -> datetime | None:
    """When the last of decisions and hours was there, so that a late job moves no credit year."""
    since = hours.complete_since(session, enrolment.person_id, enrolment.credential_version)
    if since is None:
        return None
    return max([since, *(datetime.fromisoformat(one["at"]) for one in witnesses)])


def _witnesses(session: Session, enrolment: Enrolment) -> list[dict[str, Any]]:
    """Who assessed and who approved each part, and when; people by number, so they can go."""
    decisions = session.scalars(
        select(Decision)
        .join(Decision.assessment)
        .join(Assessment.submission)
        .where(
            Submission.enrolment_id == enrolment.id,
            Submission.state == SubmissionState.APPROVED,
            Decision.outcome == Outcome.APPROVED,
        )
        .order_by(Submission.part_id, Decision.id)
        .options(
            joinedload(Decision.assessment)
            .joinedload(Assessment.submission)
            .joinedload(Submission.part)
        )
    )
    return [
        {
            "as": seat,
            "person": person_id,
            "part": decision.assessment.submission.part.title,
            "at": decision.decided_at.isoformat(),
        }
        for decision in decisions
        for seat, person_id in (
            ("assessor", decision.assessment.assessor_id),
            ("approver", decision.approver_id),
        )
    ]


def _results(ratings: Sequence[Rating]) -> list[Result]:
    return [
        Result(
            part=rating.criterion.part.slug,
            criterion=rating.criterion.slug,
            level=rating.level.number,
            points=rating.level.points,
        )
        for rating in ratings
        if rating.level is not None
    ]
