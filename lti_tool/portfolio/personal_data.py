"""What a learner made and wrote, given out and erased (T-135)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lti_tool import jobs
from lti_tool.database import opaque_id
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan, count, when
from lti_tool.portfolio.models import (
    Artifact,
    CoachMeeting,
    DiscardedFile,
    Enrolment,
    Feedback,
    GrowthEvidence,
    Lack,
    ModuleDone,
    Pointer,
    SelfAssessment,
    SelfRating,
    Submission,
    SubmissionState,
    TeamWork,
    artifact_criterion,
)

DECIDED = (SubmissionState.RETURNED, SubmissionState.APPROVED)
"""Attempts whose figures stay: somebody has decided on them."""


@dataclass(frozen=True)
class KeptFile:
    """A file of theirs: where it lies in the store, and under which name it is given out."""

    key: str
    path: str


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Every way they went: their focus, ratings of themselves, attempts and what was in them."""
    enrolments = session.scalars(
        select(Enrolment)
        .where(Enrolment.person_id == person.id)
        .options(joinedload(Enrolment.credential_version))
        .order_by(Enrolment.id)
    ).all()
    return {
        "credentials begun": [_enrolment(session, enrolment) for enrolment in enrolments],
        "their part in what a team made": [
            {"of": title, "part": words}
            for title, words in session.execute(
                select(Artifact.title, TeamWork.contribution)
                .join(TeamWork.artifact)
                .join(Artifact.submission)
                .where(Submission.enrolment_id.in_([one.id for one in enrolments]))
                .order_by(TeamWork.id)
            )
        ],
    }


def _enrolment(session: Session, enrolment: Enrolment) -> dict[str, Any]:
    assessed = session.scalars(
        select(SelfAssessment)
        .where(SelfAssessment.enrolment_id == enrolment.id)
        .options(selectinload(SelfAssessment.ratings).joinedload(SelfRating.item))
        .order_by(SelfAssessment.id)
    )
    attempts = session.scalars(
        select(Submission)
        .where(Submission.enrolment_id == enrolment.id)
        .options(
            joinedload(Submission.part),
            selectinload(Submission.artifacts).options(
                selectinload(Artifact.criteria),
                selectinload(Artifact.entries),
                selectinload(Artifact.consents),
                selectinload(Artifact.pointers).joinedload(Pointer.criterion),
                joinedload(Artifact.requirement),
            ),
            selectinload(Submission.lacking),
            selectinload(Submission.takes_up).joinedload(Submission.part),
        )
        .order_by(Submission.id)
    ).all()
    return {
        "credential": enrolment.credential_version.title,
        "version": enrolment.credential_version.number,
        "begun": when(enrolment.begun_at),
        "set aside": when(enrolment.set_aside_at),
        "why it was set aside": enrolment.set_aside_words,
        "focus": enrolment.focus,
        "goal": enrolment.goal,
        "setting": dict(enrolment.setting),
        "modules done": [
            {"course": one.course, "module": one.module, "done": when(one.done_at)}
            for one in session.scalars(
                select(ModuleDone)
                .where(ModuleDone.enrolment_id == enrolment.id)
                .order_by(ModuleDone.id)
            )
        ],
        "meetings with a coach": [
            {"met on": one.met_on.isoformat(), "agreed": one.words}
            for one in session.scalars(
                select(CoachMeeting)
                .where(CoachMeeting.enrolment_id == enrolment.id)
                .order_by(CoachMeeting.id)
            )
        ],
        "self-assessments": [
            {
                "occasion": one.occasion.value,
                "begun": when(one.begun_at),
                "completed": when(one.completed_at),
                "ratings": [
                    {
                        "statement": rating.item.statement,
                        "scale": rating.scale,
                        "step": rating.value,
                    }
                    for rating in one.ratings
                ],
                "work that shows it": [
                    {"statement": row.item.statement, "work": row.artifact.title}
                    for row in session.scalars(
                        select(GrowthEvidence)
                        .where(GrowthEvidence.self_assessment_id == one.id)
                        .options(
                            joinedload(GrowthEvidence.item), joinedload(GrowthEvidence.artifact)
                        )
                        .order_by(GrowthEvidence.id)
                    )
                ],
            }
            for one in assessed
        ],
        "attempts": [_attempt(session, attempt) for attempt in attempts],
    }


def _attempt(session: Session, attempt: Submission) -> dict[str, Any]:
    feedback = session.scalars(
        select(Feedback)
        .where(Feedback.submission_id == attempt.id)
        .options(joinedload(Feedback.criterion), joinedload(Feedback.level))
        .order_by(Feedback.id)
    )
    return {
        "part": attempt.part.title,
        "attempt": attempt.attempt,
        "state": attempt.state.value,
        "begun": when(attempt.begun_at),
        "submitted": when(attempt.submitted_at),
        "taken back": when(attempt.withdrawn_at),
        "goal": attempt.goal,
        "setting": dict(attempt.setting),
        "different this time": attempt.context,
        "takes up": [taken.part.title for taken in attempt.takes_up],
        "came back incomplete": [
            {"sign": one.sign, "words": one.words, "told": when(one.told_at)}
            for one in attempt.lacking
        ],
        "agreed to": attempt.attestation,
        "decided": when(attempt.decided_at),
        "the approver's words": attempt.decision_words,
        "artifacts": [_artifact(artifact) for artifact in attempt.artifacts],
        "feedback": [
            {
                "criterion": one.criterion.title,
                "level": one.level.name,
                "met": one.is_met,
                "comment": one.comment,
            }
            for one in feedback
        ],
    }


def _artifact(artifact: Artifact) -> dict[str, Any]:
    told: dict[str, Any] = {
        "asked for": artifact.requirement.title,
        "title": artifact.title,
        "kind": artifact.kind.value,
        "text": artifact.text,
        "criteria": [criterion.title for criterion in artifact.criteria],
        "added": when(artifact.added_at),
        "changed": when(artifact.changed_at),
        "taken away": when(artifact.removed_at),
    }
    if artifact.url:
        told["address"] = artifact.url
    for name, day in (("done on", artifact.done_on), ("done until", artifact.done_until)):
        if day:
            told[name] = day.isoformat()
    said = {
        "serves a goal of the": artifact.scope,
        "goal": artifact.goal,
        "data from": artifact.instrument,
        "carried out": artifact.implements,
        "signs found": list(artifact.ticked),
        "entries": [{"day": one.on_day.isoformat(), "text": one.text} for one in artifact.entries],
        "permissions": [
            {"who": one.who, "kind": one.kind.value, "given on": one.given_on.isoformat()}
            for one in artifact.consents
        ],
        "where it shows": {one.criterion.title: one.words for one in artifact.pointers},
    }
    told |= {name: value for name, value in said.items() if value}
    if artifact.shows_people is not None:
        told["people can be recognised"] = artifact.shows_people
    if artifact.file_key:
        told["file"] = _path(artifact)
        told["file name"] = artifact.file_name
        told["media type"] = artifact.media_type
        told["bytes"] = artifact.size
    return told


def files_of(session: Session, person: Person) -> list[KeptFile]:
    """Every file of theirs, in the order of their artifacts."""
    artifacts = session.scalars(
        select(Artifact)
        .join(Artifact.submission)
        .join(Submission.enrolment)
        .where(Enrolment.person_id == person.id, Artifact.file_key.is_not(None))
        .order_by(Artifact.id)
    )
    return [KeptFile(artifact.file_key or "", _path(artifact)) for artifact in artifacts]


def _path(artifact: Artifact) -> str:
    """A name that no system of files misreads, told apart by the artifact's number."""
    name = re.sub(r"[^\w.\- ]", "_", artifact.file_name or "file").strip(". ") or "file"
    return f"files/{artifact.id}-{name[-120:]}"


def holdings(session: Session, person: Person, _plan: Plan) -> list[Holding]:
    """What `erase` takes and what it leaves."""
    enrolments = select(Enrolment.id).where(Enrolment.person_id == person.id)
    submissions = select(Submission.id).where(Submission.enrolment_id.in_(enrolments))
    decided = count(
        session,
        Submission.id,
        Submission.enrolment_id.in_(enrolments),
        Submission.state.in_(DECIDED),
    )
    whole = count(session, Submission.id, Submission.enrolment_id.in_(enrolments))
    return [
        Holding("drafts, and attempts nobody has decided on", whole - decided),
        Holding(
            "texts, links and files",
            count(session, Artifact.id, Artifact.submission_id.in_(submissions)),
        ),
        Holding(
            "self-assessments",
            count(session, SelfAssessment.id, SelfAssessment.enrolment_id.in_(enrolments)),
        ),
        Holding(
            "modules they marked as done, and notes of meetings with a coach",
            count(session, ModuleDone.id, ModuleDone.enrolment_id.in_(enrolments))
            + count(session, CoachMeeting.id, CoachMeeting.enrolment_id.in_(enrolments)),
        ),
        Holding(
            "attempts that were decided on",
            decided,
            "That there was an attempt, and which levels it reached, stays for the program's"
            " figures: without its text, and under a number that leads to nobody.",
        ),
    ]


def erase(session: Session, person: Person, plan: Plan) -> None:
    """Take everything they made and wrote; leave figures of decided attempts.

    What the review room keeps of undecided attempts must have gone before. The bytes of files are
    taken away by a job, as soon as this is committed.
    """
    enrolments = session.scalars(
        select(Enrolment).where(Enrolment.person_id == person.id).with_for_update()
    ).all()
    for enrolment in enrolments:
        attempts = session.scalars(
            # Whoever adds to a draft just now waits, and then finds it gone.
            select(Submission).where(Submission.enrolment_id == enrolment.id).with_for_update()
        ).all()
        ids = [attempt.id for attempt in attempts]
        _take_artifacts(session, ids, now=plan.now)
        _take_self_assessments(session, enrolment)
        kept = [attempt for attempt in attempts if attempt.state in DECIDED]
        gone = [attempt.id for attempt in attempts if attempt.state not in DECIDED]
        session.execute(delete(Feedback).where(Feedback.submission_id.in_(gone)))
        session.execute(delete(Submission).where(Submission.id.in_(gone)))
        for attempt in kept:
            attempt.public_id = opaque_id()  # what a gradebook points at is there no more
            attempt.attestation = attempt.decision_words = attempt.context = attempt.goal = ""
            attempt.setting = {}
        for words in session.scalars(select(Feedback).where(Feedback.submission_id.in_(ids))):
            words.comment = ""
        session.execute(delete(ModuleDone).where(ModuleDone.enrolment_id == enrolment.id))
        session.execute(delete(CoachMeeting).where(CoachMeeting.enrolment_id == enrolment.id))
        session.execute(delete(Lack).where(Lack.submission_id.in_(ids)))
        enrolment.focus = enrolment.goal = enrolment.set_aside_words = ""
        enrolment.setting = {}
        if not kept:
            session.flush()
            session.delete(enrolment)
    session.flush()
    jobs.enqueue(session, "portfolio.discard", key=f"person-{person.id}-{plan.now.timestamp():.0f}")


def _take_artifacts(session: Session, attempts: list[int], *, now: datetime) -> None:
    theirs = select(Artifact.id).where(Artifact.submission_id.in_(attempts))
    keys = set(
        session.scalars(
            select(Artifact.file_key).where(
                Artifact.submission_id.in_(attempts), Artifact.file_key.is_not(None)
            )
        )
    )
    known = set(session.scalars(select(DiscardedFile.file_key)))
    session.add_all(
        DiscardedFile(file_key=key, discarded_at=now) for key in keys - known if key is not None
    )
    session.execute(delete(artifact_criterion).where(artifact_criterion.c.artifact_id.in_(theirs)))
    session.execute(delete(Artifact).where(Artifact.submission_id.in_(attempts)))


def _take_self_assessments(session: Session, enrolment: Enrolment) -> None:
    theirs = select(SelfAssessment.id).where(SelfAssessment.enrolment_id == enrolment.id)
    session.execute(delete(GrowthEvidence).where(GrowthEvidence.self_assessment_id.in_(theirs)))
    session.execute(delete(SelfRating).where(SelfRating.self_assessment_id.in_(theirs)))
    session.execute(delete(SelfAssessment).where(SelfAssessment.enrolment_id == enrolment.id))
