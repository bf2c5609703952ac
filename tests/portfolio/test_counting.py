"""A learner's own pages ask the database as often, however long the way and whatever is on it."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.portfolio import coursework, self_assessments
from lti_tool.portfolio.models import (
    Artifact,
    Consent,
    ConsentKind,
    DatedEntry,
    Lack,
    Occasion,
    Pointer,
    Submission,
)
from lti_tool.programs.models import CredentialVersion
from tests.builders import NOON, a_credential_version
from tests.cast import ada
from tests.counting import Counted
from tests.portfolio.packages import asking
from tests.portfolio.studio import a_text, begun, drafts_of, enter, rated

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGES = ("begin", "focus", "baseline", "coursework", "closing", "growth")
ASKED = {
    "kinds": ["text"],
    "content": "student-work",
    "scopes": ["classroom"],
    "instruments": ["Reading Inventory"],
    "dated_entries": True,
    "checklist": ["It has a day"],
}


def a_way(session: Session, person: Person, size: int) -> CredentialVersion:
    """A credential with so much of everything, all of it made, rated, ticked and looked back on."""
    version = a_credential_version(
        parts=size, criteria=size, items=size, resources=size, phases=[f"P{n}" for n in range(size)]
    )
    version.program_version.document.update(
        setting={"ask": ["school", "learners"][:size]}, goal={"required": True}
    )
    modules = [{"slug": f"m{n}", "title": f"Module {n}"} for n in range(size)]
    version.details["final_required"] = True
    version.details["courses"] = [
        {"slug": f"c{n}", "title": f"Course {n}", "modules": modules} for n in range(size)
    ]
    asking(version, **ASKED)
    enrolment = rated(session, begun(session, person, version))
    works = drafts_of(session, enrolment)
    for work in works:
        for requirement in work.part.requirements:
            fill(session, work, a_text(session, work, requirement), size)
        work.incomplete_at = NOON
    for number in range(size):
        coursework.mark(session, enrolment, "c0", f"m{number}", is_done=True, now=NOON)
    made = [one for work in works for one in work.artifacts]
    occasion = Occasion.FINAL
    answers = dict.fromkeys(self_assessments.questions_of(version), 4)
    self_assessments.rate(session, enrolment, answers, occasion=occasion, now=NOON)
    chosen = {item.id: made[at].public_id for at, item in enumerate(version.items)}
    self_assessments.rest_on(session, enrolment, chosen, now=NOON)
    self_assessments.finish(session, enrolment, occasion=occasion, now=NOON)
    return version


def fill(session: Session, work: Submission, artifact: Artifact, size: int) -> None:
    """Entries, permissions, pointers and signs that were missing, so many of each."""
    artifact.shows_people = True
    for number in range(size):
        day = date(2026, 9, 1 + number)
        criterion = work.part.criteria[number]
        session.add_all(
            [
                DatedEntry(artifact=artifact, on_day=day, text="Seen.", changed_at=NOON),
                Consent(
                    artifact=artifact,
                    who=f"{number}",
                    kind=ConsentKind.PARENT,
                    given_on=day,
                    noted_at=NOON,
                ),
                Pointer(artifact=artifact, criterion=criterion, words="At the end."),
                Lack(
                    submission=work,
                    requirement=work.part.requirements[number],
                    sign="It has a day",
                    told_at=NOON,
                ),
            ]
        )


def test_the_pages_of_a_long_way_ask_as_often_as_those_of_a_short_one(
    app: Flask, engine: Engine
) -> None:
    # Given one of each, and four of each
    person = ada()
    with sessions(engine).begin() as session:
        ways = [a_way(session, person, size) for size in (1, 4)]
        places = [
            [
                *(
                    f"/portfolio/credentials/{version.program_version.program.slug}"
                    f"/{version.credential.slug}/{page}"
                    for page in PAGES
                ),
                f"/portfolio/parts/{version.parts[0].id}/submit",
                f"/portfolio/tasks/{version.parts[0].tasks[0].id}",
            ]
            for version in ways
        ]
    visitor = enter(app, person)
    asked = app.extensions["cairn"].engine
    visitor.get(places[0][0])

    def queries(path: str) -> list[str]:
        with Counted(asked) as counted:
            answer = visitor.get(path)
        assert answer.status_code == 200, path
        return counted.statements

    # Then
    short, long = ([(path, queries(path)) for path in paths] for paths in places)
    grown = {
        path: [one for one in many if many.count(one) > few.count(one)]
        for (_, few), (path, many) in zip(short, long, strict=True)
        if len(many) != len(few)
    }
    assert grown == {}
