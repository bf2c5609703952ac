"""The judges' desk asks the database as often, however much there is to read."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_tool.cohorts import coaching
from lti_tool.cohorts.models import Team, TeamKind
from lti_tool.database import opaque_id, sessions
from lti_tool.people.models import Person
from lti_tool.people.roles import Role, Seat
from lti_tool.portfolio.models import (
    Artifact,
    Consent,
    ConsentKind,
    DatedEntry,
    Enrolment,
    Pointer,
    Submission,
    SubmissionState,
    TeamWork,
)
from lti_tool.programs.models import ArtifactKind, CredentialVersion
from lti_tool.review import assessments, decisions
from lti_tool.review.assessments import Given
from tests.builders import NOON, a_course, a_credential_version, a_person, an_appointment
from tests.cast import ben, cleo
from tests.counting import Counted
from tests.portfolio.studio import enter
from tests.review.works import submitted

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def fill(session: Session, work: Submission, size: int, team: Team | None = None) -> None:
    """So many artifacts more, each with entries, permissions, places, and a team behind it."""
    shared = [opaque_id() for _ in range(size)]
    mates = [
        submitted(session, a_person(f"Mate {n}"), work.enrolment.credential_version)
        for n in range(size if team else 0)
    ]
    for number in range(size):
        artifacts = [an_artifact(one, number) for one in (work, *mates)]
        session.add_all(artifacts)
        for day in range(1, size + 1):
            session.add_all(
                [
                    DatedEntry(
                        artifact=artifacts[0],
                        on_day=date(2026, 9, day),
                        text="Seen.",
                        changed_at=NOON,
                    ),
                    Consent(
                        artifact=artifacts[0],
                        who=f"{day}",
                        kind=ConsentKind.PARENT,
                        given_on=date(2026, 9, day),
                        noted_at=NOON,
                    ),
                ]
            )
        for criterion in work.part.criteria:
            session.add(Pointer(artifact=artifacts[0], criterion=criterion, words="Below."))
        if team is not None:
            session.add_all(
                TeamWork(
                    artifact=one,
                    team=team,
                    shared_id=shared[number],
                    contribution="I asked.",
                    written_at=NOON,
                )
                for one in artifacts
            )
    session.flush()


def an_artifact(work: Submission, number: int) -> Artifact:
    """A text for the first thing that is asked."""
    return Artifact(
        submission=work,
        requirement=work.part.requirements[0],
        kind=ArtifactKind.TEXT,
        title=f"More {number}",
        text="More.",
        shows_people=True,
        added_at=NOON,
        changed_at=NOON,
        criteria=list(work.part.criteria),
    )


def a_desk(session: Session, judges: tuple[Person, Person], size: int) -> list[str]:
    """Addresses of work on Ben's desk for the second time, of its first attempt, and of a draft."""
    version: CredentialVersion = a_credential_version(criteria=size, parts=size)
    session.add(version)
    session.flush()
    program = version.program_version.program
    version.program_version.document["coaching"] = {"kinds": ["online"], "drafts": "open"}
    assessor, approver = judges
    for person, seat in (
        (assessor, Seat.ASSESSOR),
        (assessor, Seat.COACH),
        (approver, Seat.APPROVER),
    ):
        session.add(an_appointment(person, program, seat))
    learner = a_person(f"Learner {size}")
    work = submitted(session, learner, version)
    unmet = {one.id: Given(2, "Say more.") for one in work.part.criteria}
    made = assessments.begin(session, work, assessor=assessor, now=NOON)
    assessments.rate(made, unmet)
    assessments.recommend(session, made, now=NOON)
    again = decisions.return_to_learner(session, made, approver=approver, reason="", now=NOON)
    assert again is not None
    team = Team(program=program, name="Larks", kind=TeamKind.VIRTUAL, formed_at=NOON)
    session.add(team)
    fill(session, again, size, team)
    again.state, again.submitted_at = SubmissionState.SUBMITTED, NOON
    assessments.begin(session, again, assessor=assessor, now=NOON)
    writer = a_person(f"Writer {size}")
    enrolment = Enrolment(person=writer, credential_version=version, begun_at=NOON)
    for part in version.parts:
        draft = Submission(enrolment=enrolment, part=part, begun_at=NOON)
        session.add(draft)
        fill(session, draft, size)
    coaching.share(session, writer, version.credential, now=NOON)
    credential = version.credential.public_id
    return [
        f"/review/{again.public_id}",
        f"/review/{work.public_id}",
        f"/review/drafts/{writer.id}/{credential}",
    ]


def test_the_desk_and_a_draft_ask_as_often_for_much_as_for_little(
    app: Flask, engine: Engine
) -> None:
    # Given
    with sessions(engine).begin() as session:
        judges = ben(), cleo()
        course = a_course()
        session.add_all([*judges, course])
        session.flush()
        little, much = (a_desk(session, judges, size) for size in (1, 4))
    judge = enter(app, judges[0], role=Role.INSTRUCTOR, course=course)
    judge.get("/review/")

    def queries(path: str) -> int:
        with Counted(app.extensions["cairn"].engine) as counted:
            assert judge.get(path).status_code == 200
        return len(counted)

    # Then
    names = ("the desk", "work read only", "a draft")
    few = dict(zip(names, [queries(path) for path in little], strict=True))
    many = dict(zip(names, [queries(path) for path in much], strict=True))
    assert many == few
