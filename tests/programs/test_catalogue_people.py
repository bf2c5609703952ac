"""What the shipped programs are to who takes part: pages of tasks, pace, offerings and badges."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from lti_tool.cohorts.forming import Facts
from lti_tool.cohorts.models import Delivery, Organisation, OrganisationKind
from lti_tool.database import sessions
from lti_tool.portfolio.models import Enrolment, Submission, SubmissionState
from lti_tool.web.session import clock
from tests.builders import NOON
from tests.programs.house import House, words_of
from tests.programs.shipped import ACADEMIES, DUPAGE, EXCEL, LEAD_HUBS, catalogue


def handed_in(house: House, enrolment: int, part: str) -> None:
    """One part with assessors; what is in it does not matter here."""
    with sessions(house.engine).begin() as session:
        for work in session.query(Submission).filter_by(enrolment_id=enrolment):
            if work.part.slug == part:
                work.state, work.submitted_at = SubmissionState.SUBMITTED, NOON


@pytest.mark.row("S1-01")
def test_who_it_is_for_is_said_and_keeps_nobody_out(house: House) -> None:
    # Given a program for school leaders, and Ada, of whom no role is known
    page = house.page(ACADEMIES)
    assert "For: School leaders in schools where a subgroup of English learners is enrolled" in page
    assert "School leader · District-level director of EL programs" in page
    ada = house.somebody("Ada Ferris")
    house.joined(ada, house.cohort(ACADEMIES, Facts("Fall academies")))

    # When
    visitor = house.enter(ada)
    answer = visitor.post(f"/portfolio/credentials/{ACADEMIES}/staff-attitudes/begin")

    # Then
    assert answer.status_code == 303
    assert "Staff attitudes" in words_of(visitor.get("/").text)


@pytest.mark.row("S2-07")
@pytest.mark.row("S4-32")
def test_hubs_share_one_catalogue_and_each_runs_offerings_of_its_own(house: House) -> None:
    # Given two hubs, each with a cohort of its own in the one program
    with sessions(house.engine).begin() as session:
        prairie, river = (
            Organisation(name=name, kind=OrganisationKind.REGIONAL_OFFICE, created_at=NOON)
            for name in ("Prairie Regional Office", "River Regional Office")
        )
        session.add_all([prairie, river])
    learners = []
    for hub, delivery, begins in (
        (prairie, Delivery.ONLINE, date(2026, 9, 1)),
        (river, Delivery.BLENDED, date(2027, 1, 11)),
    ):
        facts = Facts(f"Cohort of {hub.name}", hub, delivery, begins)
        learner = house.somebody("Ada Ferris")
        house.joined(learner, house.cohort(LEAD_HUBS, facts))
        learners.append(learner)

    # When somebody of each begins the same credential
    begun = [house.begun(one, LEAD_HUBS, "rights-into-practice") for one in learners]
    pages = [
        words_of(house.enter(one).get(f"/cohorts/programs/{LEAD_HUBS}").text) for one in learners
    ]

    # Then it is one and the same, and each sees their own hub's offering
    with Session(house.engine) as session:
        versions = {session.get_one(Enrolment, one).credential_version_id for one in begun}
    assert len(versions) == 1
    assert "Begins 1 September 2026 Meets Online Offered by Prairie Regional Office" in pages[0]
    assert "Begins 11 January 2027 Meets Online and in person Offered by River" in pages[1]
    assert "River" not in pages[0]


@pytest.mark.row("S2-06")
def test_what_is_earned_counts_in_every_variant_it_is_a_member_of(house: House) -> None:
    ada = house.somebody("Ada Ferris")
    for slug in ("rights-into-practice", "teaching-language-and-content"):
        house.awarded(ada, house.begun(ada, LEAD_HUBS, slug))

    for stack, words in (
        ("aspiring-leaders", "Everything is there."),
        ("school-principals", "You are one away."),
        ("district-leaders", "1 of 3: 2 to go."),
    ):
        shown = words_of(house.enter(ada).get(f"/stacks/of/{LEAD_HUBS}/{stack}").text)
        assert words in shown, (stack, shown)


@pytest.mark.row("S1-23")
@pytest.mark.row("S1-24")
def test_a_roster_warns_of_names_and_data_of_small_groups(house: House) -> None:
    ada = house.somebody("Ada Ferris")
    enrolment = house.begun(ada, ACADEMIES, "staff-attitudes")
    visitor = house.enter(ada)

    group = house.task(enrolment, "group").read(visitor)
    data = house.task(enrolment, "evidence").read(visitor)
    plan = house.task(enrolment, "learning-plan").read(visitor)

    names = "This is likely to hold names. Name adults by their role"
    small = "In a group of fewer than 10 students, each can be recognised."
    assert group.count(names) == 2, "the roster and the minutes"
    assert small in data
    assert names not in plan
    assert small not in plan + group


@pytest.mark.row("S1-11")
def test_an_example_stands_beside_the_task_it_helps_with(house: House) -> None:
    ada = house.somebody("Ada Ferris")
    enrolment = house.begun(ada, ACADEMIES, "staff-attitudes")

    page = house.task(enrolment, "group").read(house.enter(ada))

    assert (
        "Program example: dual language in School District U-46"
        " (An example to look at, Elgin, Illinois)" in page
    )


@pytest.mark.row("S1-17")
@pytest.mark.row("S4-01")
def test_the_time_it_usually_takes_paces_and_never_closes_anything(house: House) -> None:
    # Given two programs that differ in how long they usually take, both begun long ago
    ada = house.somebody("Ada Ferris")
    long_ago = clock() - timedelta(days=400)
    academy = house.begun(ada, ACADEMIES, "staff-attitudes", at=long_ago)
    excel = house.begun(ada, EXCEL, "basic-3", at=long_ago)
    house.rated(academy)
    house.rated(excel)
    visitor = house.enter(ada)

    # When
    task, first = house.task(academy, "begin-with-me"), house.task(excel, "task-and-students")
    told = task.read(visitor), first.read(visitor)

    # Then both say so, and both take her work as on the first day
    assert "You began 13 months ago. It usually takes about 3 months; nothing is lost" in told[0]
    assert "You began 13 months ago. It usually takes about 1 school year; nothing" in told[1]
    begin = visitor.get(f"/portfolio/credentials/{EXCEL}/basic-3/begin")
    assert "No due dates: at your own rate" in words_of(begin.text)
    assert "There are no due dates: you go at your own rate." in house.page(EXCEL)
    assert task.write(visitor, "opening-reflection", "Two beliefs.") == 303
    assert first.write(visitor, "focus-note", "One task.") == 303


@pytest.mark.row("S3-08")
def test_a_problem_of_practice_is_carried_through_every_phase(house: House) -> None:
    # Given
    problem = "Newcomers wait eight weeks for their first course."
    ada = house.somebody("Ada Ferris")
    enrolment = house.begun(ada, DUPAGE, "el-improvement-plan")
    house.rated(enrolment)
    visitor = house.enter(ada)
    tasks = house.tasks(enrolment)
    asked = house.task(enrolment, tasks[0][1]).read(visitor)
    assert "Which problem of practice of your school or district will this work address" in asked

    # When
    address = f"/portfolio/credentials/{DUPAGE}/el-improvement-plan/focus"
    assert visitor.post(address, {"goal": problem}).status_code == 303

    # Then it stands beside every task, from the analysis to the evaluation
    assert list(dict.fromkeys(phase for phase, _ in tasks)) == [
        "analyze", "design", "develop", "implement", "evaluate",
    ]  # fmt: skip
    for _, slug in tasks:
        assert f"Your goal: {problem}" in house.task(enrolment, slug).read(visitor)
    # and each phase that plans or reports says which goal its artifact serves
    page = visitor.get(house.task(enrolment, "draft").path).text
    assert f'name="goal" value="{problem}"' in page


@pytest.mark.row("S4-20")
@pytest.mark.row("S4-23")
@pytest.mark.row("S4-26")
def test_focus_then_analysis_of_skills_then_design_then_implementation(house: House) -> None:
    # Given
    ada = house.somebody("Ada Ferris")
    enrolment = house.begun(ada, EXCEL, "basic-3")
    visitor = house.enter(ada)
    address = f"/portfolio/credentials/{EXCEL}/basic-3"
    first, design, implement = (
        house.task(enrolment, slug) for slug in ("who-thinks", "support-plan", "rounds")
    )

    # When she has said what she works on
    said = {"focus": "How my students talk.", "goal": "More of them speak."}
    answer = visitor.post(f"{address}/focus", said)

    # Then the first step is to rate what she knows and does; before it nothing is taken
    assert answer.status_code == 303
    assert answer.location == f"{address}/baseline"
    assert "Knowledge" in words_of(visitor.get(answer.location).text)
    assert first.write(visitor, "exchanges", "Three exchanges.") != 303
    house.rated(enrolment)
    assert first.write(visitor, "exchanges", "Three exchanges.") == 303

    # and strategies are designed after it, and carried out after that
    assert "This opens as soon as “Focus and baseline” is submitted." in design.read(visitor)
    assert design.write(visitor, "plan", "My strategies.") != 303
    handed_in(house, enrolment, "baseline")
    assert design.write(visitor, "plan", "My strategies.") == 303
    assert implement.write(visitor, "adjustments", "Round one.") != 303
    handed_in(house, enrolment, "design")
    assert implement.write(visitor, "adjustments", "Round one.") == 303


@pytest.mark.row("S4-34")
def test_what_was_carried_out_is_a_program_a_policy_or_a_strategy(house: House) -> None:
    # Given
    ada = house.somebody("Ada Ferris")
    enrolment = house.begun(ada, EXCEL, "advanced-5")
    house.rated(enrolment)
    handed_in(house, enrolment, "baseline")
    handed_in(house, enrolment, "design")
    visitor = house.enter(ada)
    slug = next(
        task["slug"]
        for one in catalogue()[EXCEL]["credentials"]
        if one["slug"] == "advanced-5"
        for part in one["parts"]
        for phase in part["phases"]
        for task in phase["tasks"]
        if any(row["slug"] == "journal" for row in task["artifacts"])
    )
    task = house.task(enrolment, slug)

    # When, then
    assert "What was carried out a program a policy a strategy" in task.read(visitor)
    assert task.write(visitor, "journal", "Mine.", implements="miracle") == 422
    assert task.write(visitor, "journal", "Mine.", implements="policy") == 303
    assert 'value="policy" checked' in visitor.get(task.path).text


@pytest.mark.row("S4-28")
def test_the_resources_of_a_credential_are_at_hand_on_its_tasks(house: House) -> None:
    ada = house.somebody("Ada Ferris")
    scaffolding = house.begun(ada, EXCEL, "basic-3")
    families = house.begun(ada, EXCEL, "advanced-5")
    visitor = house.enter(ada)

    own = house.task(scaffolding, "support-plan").read(visitor)
    other = house.task(families, house.tasks(families)[2][1]).read(visitor)

    assert "Scaffolding the Academic Success of Adolescent English Language Learners" in own
    assert "Scaffolding the Academic Success" not in other
    assert "Never a condition: take what is useful." in own
