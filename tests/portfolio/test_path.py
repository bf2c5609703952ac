"""The path of a package: outset, stages and phases in order, coursework, capstone, attempts."""

from datetime import date, timedelta

import pytest

from lti_tool.errors import NotFound
from lti_tool.portfolio import artifacts, attempts, coursework, outset, submissions
from lti_tool.portfolio.gaps import GapKind
from lti_tool.portfolio.growth import growth_of, summary
from lti_tool.portfolio.models import Occasion, SubmissionState
from lti_tool.portfolio.pacing import words as pacing
from lti_tool.portfolio.progress import progress
from lti_tool.portfolio.self_assessments import finish, questions_of, rate, rest_on
from lti_tool.portfolio.workbench import workbench
from tests.builders import a_credential_version
from tests.cast import ada, cleo
from tests.portfolio.packages import asking, part_of
from tests.portfolio.studio import a_text, begun, decided, drafts_of, filled, handed_in, rated


def fill(session, work):
    """A text for everything a draft asks for."""
    for requirement in work.part.requirements:
        a_text(session, work, requirement)
    return work


def refused(session, work, noon):
    """The kinds of gaps that keep a draft from being submitted."""
    with pytest.raises(submissions.NotComplete) as refusal:
        submissions.submit(session, work, attested=True, now=noon)
    return [gap.kind for gap in refusal.value.gaps]


@pytest.mark.row("S1-05", "S4-17", "S4-20", "S4-21")
def test_setting_and_goal_are_asked_first_stay_open_and_go_along_with_what_is_submitted(
    session, noon
):
    version = a_credential_version()
    version.program_version.document.update(
        setting={"ask": ["school", "learners"]},
        goal={"required": True, "prompt": "For whom?"},
        focus={"required": True},
    )
    enrolment = begun(session, ada(), version)

    # It is the first step, and everything that is asked has to be there
    assert progress(session, enrolment).next_step.endpoint == "portfolio.focus"
    with pytest.raises(outset.OutsetMissing) as fault:
        outset.keep(enrolment, {"focus": "Talk.", "goal": "Everybody speaks."})
    assert set(fault.value.faults) == {"setting-school", "setting-learners"}
    said = {"focus": "Talk.", "goal": "Everybody speaks.", "setting-school": "Lincoln"}
    outset.keep(enrolment, said | {"setting-learners": "Sixty.", "setting-district": "None"})
    assert progress(session, enrolment).next_step.endpoint == "portfolio.baseline"
    work = filled(session, rated(session, enrolment))
    outset.keep(enrolment, said, is_whole=False)  # half a word while typing
    assert refused(session, work, noon) == [GapKind.OUTSET]
    outset.keep(enrolment, said | {"setting-learners": "About sixty."})
    submissions.submit(session, work, attested=True, now=noon)
    outset.keep(enrolment, {**said, "setting-school": "Another", "setting-learners": "Two."})

    # What was submitted keeps its own
    assert (work.goal, work.setting) == (
        "Everybody speaks.",
        {"school": "Lincoln", "learners": "About sixty."},
    )


@pytest.mark.row("S4-30", "S4-22")
def test_stages_follow_one_another_and_a_stage_that_came_back_closes_nothing(session, noon):
    version = a_credential_version(parts=2)
    version.program_version.document["submits"] = "stage"
    enrolment = rated(session, begun(session, ada(), version))
    first, second = drafts_of(session, enrolment)

    with pytest.raises(artifacts.NotOpenHere, match="Part 1"):
        a_text(session, second, second.part.requirements[0])
    fill(session, first)
    submissions.submit(session, first, attested=True, now=noon)
    assert progress(session, enrolment).next_step.endpoint == "portfolio.task"
    fill(session, second)
    decided(session, first, cleo(), unmet=1)
    submissions.submit(session, second, attested=True, now=noon)

    assert second.state is SubmissionState.SUBMITTED
    assert progress(session, enrolment).next_step.kind == "returned"


def test_a_package_may_have_the_next_part_wait_until_the_one_before_is_met(session, noon):
    version = a_credential_version(parts=2)
    version.details["parts_open"] = "when-met"
    enrolment = rated(session, begun(session, ada(), version))
    first, second = drafts_of(session, enrolment)

    fill(session, first)
    submissions.submit(session, first, attested=True, now=noon)
    assert progress(session, enrolment).next_step.kind == "waiting"
    assert GapKind.PART in refused(session, second, noon)
    decided(session, first, cleo())

    assert progress(session, enrolment).next_step.kind == "task"


@pytest.mark.row("S3-18", "S1-12", "S4-23")
def test_phases_come_in_the_order_of_the_package_and_may_wait_for_each_other(session, noon):
    names = ("Analyze", "Design", "Develop", "Implement", "Evaluate")
    version = asking(a_credential_version(phases=names, criteria=5))
    part_of(version, 0)["phases_open"] = "in-order"
    enrolment = rated(session, begun(session, ada(), version))
    (work,) = drafts_of(session, enrolment)

    steps = [step.title for step in progress(session, enrolment).steps]
    assert steps[:6] == ["Baseline", *names]
    with pytest.raises(artifacts.NotOpenHere, match="Analyze"):
        a_text(session, work, work.part.requirements[1])
    for requirement in work.part.requirements:
        a_text(session, work, requirement)


@pytest.mark.row("S5-14", "S5-10")
def test_works_rest_on_the_modules_the_package_names_where_coursework_is_required(session, noon):
    version = asking(a_credential_version())
    version.details["courses"] = [
        {
            "slug": "talk",
            "title": "Talk",
            "modules": [{"slug": "one", "title": "Pairs"}, {"slug": "two", "title": "Groups"}],
        }
    ]
    part_of(version, 0)["modules"] = [{"course": "talk", "module": "one"}]
    enrolment = rated(session, begun(session, ada(), version))
    work = filled(session, enrolment)
    document = version.program_version.document

    # Only where the program says that coursework is required (S4-03 says the opposite)
    assert progress(session, enrolment).next_step.kind == "submit"
    document["resources_required"] = True
    assert refused(session, work, noon) == [GapKind.MODULE]
    assert progress(session, enrolment).next_step.endpoint == "portfolio.coursework_page"
    with pytest.raises(NotFound):
        coursework.mark(session, enrolment, "talk", "three", is_done=True, now=noon)
    coursework.mark(session, enrolment, "talk", "one", is_done=True, now=noon)
    coursework.mark(session, enrolment, "talk", "one", is_done=True, now=noon)
    submissions.submit(session, work, attested=True, now=noon)


def test_next_leads_only_where_something_can_be_done(session, noon):
    # Given a program of stages, and one whose capstone takes up an earlier work
    staged = a_credential_version(parts=2)
    staged.program_version.document["submits"] = "stage"
    chosen = asking(a_credential_version(parts=3))
    part_of(chosen, 2)["builds_on"] = {"parts": ["part-1", "part-2"], "choose": 1}

    def onward(version, place):
        """What *Next* says on the last task of a part."""
        task = version.parts[place].tasks[-1]
        after = workbench(session, task.id, learner, None).after
        return after and (after.phase.part.position, after.position)

    learner = ada()
    first = drafts_of(session, rated(session, begun(session, learner, staged)))[0]
    of_three = drafts_of(session, rated(session, begun(session, learner, chosen)))

    # Then a stage that has not opened is not offered, nor a capstone with nothing to take up
    assert onward(staged, 0) is None
    assert [onward(chosen, place) for place in range(3)] == [(2, 1), None, None]
    assert workbench(session, staged.parts[0].tasks[0].id, learner, None).after

    # When the stage is submitted; when a work is met, and the one after it is with its judges
    for work in (first, *of_three[:2]):
        fill(session, work)
        submissions.submit(session, work, attested=True, now=noon)
    before = onward(chosen, 0)
    decided(session, of_three[0], cleo())

    assert onward(staged, 0) == (2, 1)
    assert before is None
    assert [onward(chosen, place) for place in range(3)] == [(3, 1), (3, 1), None]


@pytest.mark.row("S5-15", "S5-16")
def test_a_capstone_takes_up_exactly_one_of_ones_own_works_that_are_met(session, noon):
    version = asking(a_credential_version(parts=3))
    part_of(version, 2)["builds_on"] = {"parts": ["part-1", "part-2"], "choose": 1}
    enrolment = rated(session, begun(session, ada(), version))
    first, second, capstone = drafts_of(session, enrolment)
    for work in (first, second, capstone):
        fill(session, work)
    assert refused(session, capstone, noon) == [GapKind.TAKES_UP]
    for work in (first, second):
        submissions.submit(session, work, attested=True, now=noon)
    decided(session, first, cleo())

    # Another's work, an open one, and none at all do not do
    other = handed_in(session, rated(session, begun(session, cleo(), version)))
    for wrong in (other, second, capstone):
        with pytest.raises(submissions.ChoiceRefused):
            submissions.take_up(session, capstone, [wrong.public_id], now=noon)
    submissions.take_up(session, capstone, [], now=noon)
    assert refused(session, capstone, noon) == [GapKind.TAKES_UP]
    submissions.take_up(session, capstone, [first.public_id], now=noon)
    decided(session, second, cleo())
    both = [first.public_id, second.public_id]
    submissions.take_up(session, capstone, both, now=noon)
    assert refused(session, capstone, noon) == [GapKind.TAKES_UP]
    submissions.take_up(session, capstone, [second.public_id], now=noon)
    submissions.submit(session, capstone, attested=True, now=noon)

    assert not progress(session, enrolment).is_earned  # five works and no capstone are not enough
    decided(session, capstone, cleo())
    assert progress(session, enrolment).is_earned
    assert [work.part.slug for work in capstone.takes_up] == ["part-2"]


@pytest.mark.row("S6-12")
def test_after_the_last_attempt_a_coach_has_to_meet_the_learner_each_time(session, noon):
    version = a_credential_version()
    deciders = version.program_version.document["deciders"]
    deciders["attempts"] = {"maximum": 1, "then": "coach-meeting"}
    enrolment = rated(session, begun(session, ada(), version))
    attempts.log_meeting(
        session, enrolment, met_on=date(2026, 11, 1), words="", by=cleo(), now=noon
    )
    work = handed_in(session, enrolment)
    second = decided(session, work, cleo(), unmet=1)
    assert second is not None

    # A meeting before the work came back does not count
    assert refused(session, second, noon) == [GapKind.MEETING]
    with pytest.raises(attempts.MeetingRefused):
        attempts.log_meeting(session, enrolment, met_on=None, words="", by=cleo(), now=noon)
    later = noon + timedelta(hours=1)
    attempts.log_meeting(
        session, enrolment, met_on=later.date(), words="Try pairs.", by=cleo(), now=later
    )
    submissions.submit(session, second, attested=True, context="Another class.", now=later)

    assert (second.state, second.context) == (SubmissionState.SUBMITTED, "Another class.")


def test_a_program_may_close_after_the_last_attempt(session, noon):
    version = a_credential_version()
    deciders = version.program_version.document["deciders"]
    deciders["attempts"] = {"maximum": 1, "then": "closed"}
    enrolment = rated(session, begun(session, ada(), version))
    work = handed_in(session, enrolment)

    assert decided(session, work, cleo(), unmet=1) is None
    assert progress(session, enrolment).next_step.kind == "closed"


@pytest.mark.row("S4-27")
def test_growth_is_told_per_practice_and_scale_with_the_work_at_the_turning_point(session, noon):
    version = a_credential_version(items=2)
    version.details["final_required"] = True
    enrolment = rated(session, begun(session, ada(), version), 2)
    work = filled(session, enrolment)
    first = version.items[0]
    end = noon + timedelta(days=100)
    work.artifacts[0].done_on = (noon + timedelta(days=25)).date()
    answers = dict.fromkeys(questions_of(version), 2) | {
        (first.id, "knowledge"): 3,
        (first.id, "use"): 4,
    }
    rate(session, enrolment, answers, occasion=Occasion.FINAL, now=end)
    rest_on(session, enrolment, {first.id: work.artifacts[0].public_id}, now=end)
    assert growth_of(session, enrolment, progress(session, enrolment).ratings) == []
    finish(session, enrolment, occasion=Occasion.FINAL, now=end)

    grown, level = growth_of(session, enrolment, progress(session, enrolment).ratings)

    assert grown.evidence is work.artifacts[0]
    assert [line.gain for line in grown.lines] == [1, 2]
    assert grown.lines[1].words == "Use: from “Sometimes” to “Always”, 2 steps further"
    assert grown.turn == 24 + (336 - 24) / 4  # a quarter of the way
    assert (level.evidence, level.gain) == (None, 0)
    assert summary([grown, level]) == "You have come further in 1 of 2 practices."


@pytest.mark.row("S4-01", "S4-10")
def test_time_is_told_and_never_closes_anything(session, noon):
    version = a_credential_version()
    version.program_version.document["duration"] = {"count": 3, "unit": "month"}
    enrolment = rated(session, begun(session, ada(), version))
    other = a_credential_version(program_version=version.program_version, title="Another")
    session.add(other)
    session.flush()
    begun(session, enrolment.person, other)  # several at once, and nothing is said against it
    work = filled(session, enrolment)
    much_later = noon + timedelta(days=700)

    told = pacing(enrolment, now=much_later)
    submissions.submit(session, work, attested=True, now=much_later)

    assert told == (
        "You began 23 months ago. It usually takes about 3 months; "
        "nothing is lost when it takes longer."
    )
    assert work.state is SubmissionState.SUBMITTED
