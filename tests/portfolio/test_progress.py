"""Where somebody stands, and the one thing to do next."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from lti_tool.portfolio import artifacts, enrolments, submissions
from lti_tool.portfolio.checklist import checklist, turnaround
from lti_tool.portfolio.progress import Place, progress, progress_of_all
from lti_tool.portfolio.workbench import workbench
from tests.builders import a_credential_version, a_person, a_resource
from tests.cast import ada, cleo
from tests.counting import Counted
from tests.portfolio.studio import (
    a_text,
    begun,
    decided,
    drafts_of,
    filled,
    handed_in,
    rated,
)


def here(found):
    return [step.title for step in found.steps if step.place is Place.HERE]


@pytest.mark.row("S4-25")
def test_the_next_thing_goes_from_focus_to_baseline_to_the_first_task(session):
    version = a_credential_version()
    version.program_version.document["focus"] = {"required": True}
    enrolment = begun(session, ada(), version)

    assert progress(session, enrolment).next_step.kind == "focus"
    enrolments.choose_focus(enrolment, "Talk.")
    assert progress(session, enrolment).next_step.kind == "baseline"
    assert here(progress(session, enrolment)) == ["Baseline"]
    rated(session, enrolment)
    found = progress(session, enrolment)

    assert found.next_step.kind == "task"
    assert found.next_step.values == {"task_id": version.parts[0].tasks[0].id}
    assert here(found) == ["Prepare"]


def test_the_path_moves_on_with_every_task_until_everything_is_in_place(session):
    enrolment = rated(session, begun(session, ada(), a_credential_version()))
    (work,) = drafts_of(session, enrolment)
    first, second = work.part.requirements

    a_text(session, work, first)
    assert here(progress(session, enrolment)) == ["Do"]
    a_text(session, work, second)
    found = progress(session, enrolment)

    assert found.next_step.kind == "submit"
    assert here(found) == ["Submit"]


@pytest.mark.row("S3-25")
def test_a_criterion_without_evidence_is_the_next_thing_when_all_artifacts_are_there(session):
    enrolment = rated(session, begun(session, ada(), a_credential_version()))
    (work,) = drafts_of(session, enrolment)
    for requirement in work.part.requirements:
        a_text(session, work, requirement, criteria=frozenset())

    found = progress(session, enrolment)

    assert found.next_step.kind == "gaps"
    assert found.parts[0].coverage.words == "0 of 3 criteria have evidence"
    assert work.part.criteria[0].title in found.next_step.words


def test_submitted_work_waits_and_approved_work_is_earned(session):
    approver = cleo()
    session.add(approver)
    enrolment = rated(session, begun(session, ada(), a_credential_version()))
    work = handed_in(session, enrolment)

    assert progress(session, enrolment).next_step.kind == "waiting"
    assert here(progress(session, enrolment)) == ["Assessment"]
    decided(session, work, approver)
    found = progress(session, enrolment)

    assert found.is_earned
    assert found.next_step.kind == "earned"
    assert here(found) == []


@pytest.mark.row("S6-13")
def test_returned_work_leads_to_what_is_missing_until_something_changed(session, noon):
    approver = cleo()
    session.add(approver)
    enrolment = rated(session, begun(session, ada(), a_credential_version()))
    work = handed_in(session, enrolment)
    following = decided(session, work, approver, unmet=2)
    assert following is not None

    step = progress(session, enrolment).next_step
    assert step.kind == "returned"
    assert step.endpoint == "portfolio.task"
    assert step.values == {"task_id": work.part.tasks[0].id}
    assert "2 criteria to go, first “Criterion 1”" in step.words
    artifact = following.artifacts[0]
    artifacts.put(
        session,
        following,
        artifact.requirement,
        public_id=artifact.public_id,
        kind=artifact.kind,
        details=artifacts.Details(
            text="More.", criteria=frozenset(row.id for row in artifact.criteria)
        ),
        seen=artifact.changed_at,
        now=noon + timedelta(hours=1),
    )

    assert progress(session, enrolment).next_step.kind == "submit"


@pytest.mark.row("S4-30")
def test_where_stages_are_submitted_one_by_one_the_next_can_begin_while_one_waits(session, noon):
    enrolment = rated(session, begun(session, ada(), a_credential_version(parts=2)))
    filled(session, enrolment)
    submissions.submit(session, drafts_of(session, enrolment)[0], attested=True, now=noon)

    step = progress(session, enrolment).next_step

    assert step.kind == "task"
    assert step.words.startswith("Part 2: ")


@pytest.mark.row("S3-23")
def test_a_low_rating_puts_its_resource_first(session):
    version = a_credential_version(items=2, resources=2)
    fitting = a_resource(version, 3, item="practice-1", scale="use", at_most=2)
    enrolment = begun(session, ada(), version)
    task = version.parts[0].tasks[0]

    before = workbench(session, task.id, enrolment.person, None)
    rated(session, enrolment, 1)
    after = workbench(session, task.id, enrolment.person, None)

    assert before.resources[0].resource is not fitting
    assert after.resources[0].resource is fitting
    assert after.resources[0].is_recommended


def test_the_checklist_says_where_each_gap_is_mended(session):
    version = a_credential_version()
    enrolment = begun(session, ada(), version)
    found = progress(session, enrolment)

    checks = checklist(found, found.parts[0])

    assert [check.is_done for check in checks] == [False, False, False, False]
    first = checks[0].gaps[0]
    assert (first.endpoint, first.button) == ("portfolio.baseline", "Finish your baseline")
    task = version.parts[0].tasks[0]
    assert checks[1].gaps[0].values == {"task_id": task.id, "_anchor": "artifact-artifact"}
    assert len(checks[3].gaps) == 3


@pytest.mark.row("S6-09")
def test_how_long_an_answer_takes_is_the_programs_word_or_nobodys(session):
    version = a_credential_version()
    found = progress(session, begun(session, ada(), version))

    assert "does not say" in turnaround(found)
    version.program_version.document["deciders"]["turnaround_days"] = 5
    assert "within 5 working days" in turnaround(found)


def test_ten_credentials_take_as_many_queries_as_one(session, engine):
    person = a_person("Ada Ferris")
    one = rated(session, begun(session, person, a_credential_version(parts=2)))
    for _ in range(9):
        rated(session, begun(session, person, a_credential_version(parts=2)))
    session.commit()

    def queries(count):
        with Session(engine) as fresh:
            everything = enrolments.enrolments_of(fresh, fresh.get_one(type(person), person.id))
            with Counted(engine) as counted:
                for found in progress_of_all(fresh, everything[:count]):
                    assert found.steps
            return len(counted)

    assert one.id
    assert queries(10) == queries(1) <= 16
