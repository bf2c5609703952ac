"""A plan over terms and years keeps pace and credit; a person may change it within the rules."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from lti_tool.programs.packages import read
from lti_tool.programs.shipped import shipped_packages
from lti_tool.programs.stacks import stacks_in
from lti_tool.stacks import limits, periods, planning
from lti_tool.stacks.limits import Placed
from lti_tool.stacks.reading import Member, MemberState, Reading, Rules
from tests.builders import NOON
from tests.cast import ada
from tests.programs.shipped import ACADEMIES, DUPAGE
from tests.stacks.quarry import FOUR, ILLINOIS, PONDS, Quarry

TERMS = [
    {"slug": "fall", "title": "Fall", "begins": "08-01"},
    {"slug": "spring", "title": "Spring", "begins": "01-01"},
    {"slug": "summer", "title": "Summer", "begins": "06-01"},
]


def shipped(slug: str) -> dict[str, Any]:
    """The document of one shipped package."""
    return read(next(folder for folder in shipped_packages() if folder.name == slug)).document


def a_reading(document: dict[str, Any], stack: str, begun: Sequence[datetime] = ()) -> Reading:
    """A stack of a package as somebody stands in it who began its first members on these days."""
    found = next(one for one in stacks_in(document) if one.slug == stack)
    return Reading(
        stack=found,
        person_id=1,
        program_id=1,
        program_slug="p",
        program_title="P",
        accent="#000000",
        version_id=1,
        number=1,
        is_older=False,
        rules=Rules(*(document.get(name, {}) for name in ("plan", "pace", "calendar", "credit"))),
        members=tuple(
            Member(
                slug=slug,
                credential_id=at,
                title=slug,
                state=MemberState.UNDER_WAY if at < len(begun) else MemberState.NOT_BEGUN,
                begun_at=begun[at] if at < len(begun) else None,
                earned_at=None,
                award="",
                also=(),
                topics=(),
                hours=None,
            )
            for at, slug in enumerate(found.members)
        ),
        inner=(),
        before=(),
        proposal=None,
        award=None,
    )


def laid_out(plan: planning.Plan) -> list[tuple[str, int]]:
    """Each period of a plan with the number of its credentials."""
    return [(slot.period.title, len(slot.entries)) for slot in plan.slots]


@pytest.mark.row("S1-20")
def test_the_academies_are_planned_two_and_two_over_two_school_years() -> None:
    document = shipped(ACADEMIES)
    stack = document["stacks"][0]["slug"]
    reading = a_reading(document, stack, [NOON])

    plan = planning.plan_of(reading, [reading], {}, now=NOON)

    assert laid_out(plan) == [("2026-2027", 2), ("2027-2028", 2)]
    assert plan.slots[0].credit == (
        "All you do in this program in 2026-2027 can bring Administrators' Academy credit once"
        " and Professional development hours once"
    )


@pytest.mark.row("S6-20")
def test_a_program_of_terms_is_planned_one_in_each() -> None:
    reading = a_reading(shipped(DUPAGE), "english-learners", [NOON])

    plan = planning.plan_of(reading, [reading], {}, now=NOON)

    assert laid_out(plan) == [("Fall 2026", 1), ("Winter and spring 2027", 1), ("Summer 2027", 1)]
    assert plan.slots[1].last_day == date(2027, 5, 31)


def test_a_program_without_a_plan_is_told_none() -> None:
    document = {"stacks": [PONDS], "calendar": ILLINOIS}
    reading = a_reading(document, "ponds")

    plan = planning.plan_of(reading, [reading], {}, now=NOON)

    assert (plan.slots, len(plan.unplaced)) == ((), 4)
    assert plan.offered[0].title == "2026-2027"


def test_where_a_year_has_credit_for_one_the_plan_takes_a_year_for_each() -> None:
    once = {"slug": "aa", "title": "AA", "kind": "administrator-academy", "awards": "first-in-year"}
    document = {
        "stacks": [PONDS],
        "calendar": ILLINOIS,
        "plan": {"per": "school-year", "counts": [2, 2]},
        "credit": {"choose": "one", "options": [once]},
    }
    reading = a_reading(document, "ponds")

    plan = planning.plan_of(reading, [reading], {}, now=NOON)

    assert laid_out(plan) == [
        ("2026-2027", 1),
        ("2027-2028", 1),
        ("2028-2029", 1),
        ("2029-2030", 1),
    ]


LIMITS = st.fixed_dictionaries(
    {
        "rule": st.just("at-most"),
        "count": st.integers(1, 3),
        "of": st.sampled_from(["credentials", "credentials-of-one-stack"]),
        "per": st.sampled_from(["term", "school-year", "credit-year", "calendar-year"]),
        "when": st.sampled_from(["begun", "earned"]),
        "enforcement": st.sampled_from(["rule", "advice"]),
    }
)
OPTIONS = st.lists(
    st.one_of(
        st.just({"title": "A", "awards": "first-in-year"}),
        st.just({"title": "B", "awards": "any"}),
        st.integers(1, 2).map(
            lambda count: {"title": "C", "at_most": {"count": count, "per": "credit-year"}}
        ),
    ),
    max_size=2,
)


@settings(max_examples=60)
@given(
    pace=st.lists(LIMITS, max_size=2),
    options=OPTIONS,
    none_allowed=st.booleans(),
    per=st.sampled_from(["term", "school-year", "calendar-year"]),
    counts=st.lists(st.integers(0, 3), min_size=1, max_size=3),
    begun=st.lists(st.integers(-400, 0), max_size=2),
)
def test_whatever_the_rules_no_proposal_breaches_them(
    pace: list[dict[str, Any]],
    options: list[dict[str, Any]],
    none_allowed: bool,
    per: str,
    counts: list[int],
    begun: list[int],
) -> None:
    document = {
        "stacks": [PONDS],
        "calendar": ILLINOIS | {"terms": TERMS},
        "plan": {"per": per, "counts": counts},
        "pace": pace,
        "credit": {"choose": "one", "options": options, "none_allowed": none_allowed},
    }
    reading = a_reading(document, "ponds", sorted(NOON + timedelta(days=day) for day in begun))

    plan = planning.plan_of(reading, [reading], {}, now=NOON)

    today = NOON.date()
    placed = [
        Placed(entry.member.slug, begins, max(begins, today) if is_fact else begins, is_fact)
        for slot in plan.slots
        for entry in slot.entries
        for is_fact in (entry.member.begun_at is not None,)
        for begins in (
            periods.day_in(ILLINOIS, entry.member.begun_at)
            if entry.member.begun_at
            else slot.period.begins,
        )
    ]
    for slot in plan.slots:
        for entry in slot.entries:
            if entry.member.begun_at is None:
                assert not limits.breaches(
                    reading.rules, slot.period, entry.member.slug, placed, FOUR
                )


@pytest.mark.row("S1-20")
def test_a_person_changes_the_plan_and_goes_back_to_it(session: Session) -> None:
    advice = {"rule": "at-most", "count": 1, "of": "credentials", "per": "school-year"}
    plan = {"per": "school-year", "counts": [1]}
    quarry, learner = Quarry(session, plan=plan, pace=[advice | {"enforcement": "advice"}]), ada()
    quarry.begins(learner, "one")
    reading = quarry.reading(learner)
    year = date(2027, 7, 1)

    told = planning.keep(
        session, learner, reading, [reading], {"two": year, "three": year, "four": None}, now=NOON
    )

    assert len(told) == 1
    assert "This is advice" in told[0]
    own = planning.plan_of(reading, [reading], planning.chosen_by(session, learner.id), now=NOON)
    assert own.is_own
    assert own.places["two"] == own.places["three"] == year
    assert own.places["four"] == date(2028, 7, 1)
    with pytest.raises(planning.NoSuchPeriod):
        planning.keep(session, learner, reading, [reading], {"two": date(2027, 7, 2)}, now=NOON)
    planning.forget(session, learner, reading)
    assert planning.chosen_by(session, learner.id) == {}


@pytest.mark.row("S3-30")
def test_what_a_team_agreed_on_stands_until_somebody_chooses_otherwise() -> None:
    document = {"stacks": [PONDS], "calendar": ILLINOIS}
    reading = a_reading(document, "ponds")
    agreed = {0: date(2027, 7, 1), 1: date(2027, 7, 1)}

    plan = planning.plan_of(reading, [reading], {1: date(2028, 7, 1)}, agreed=agreed, now=NOON)

    told = [
        (slot.period.title, e.member.slug, e.is_of_team, e.is_chosen)
        for slot in plan.slots
        for e in slot.entries
    ]
    assert told == [
        ("2027-2028", "one", True, False),
        ("2028-2029", "two", False, True),
    ]


def test_a_rule_that_binds_refuses_a_plan_and_nothing_changes(session: Session) -> None:
    rule = {"rule": "at-most", "count": 1, "of": "credentials", "per": "school-year"}
    quarry, learner = Quarry(session, pace=[rule | {"enforcement": "rule"}]), ada()
    quarry.begins(learner, "one")
    reading = quarry.reading(learner)
    wanted = {"two": date(2027, 7, 1), "three": date(2027, 7, 1)}

    with pytest.raises(planning.PlanBreached, match="2027-2028 is full"):
        planning.keep(session, learner, reading, [reading], wanted, now=NOON)

    assert planning.chosen_by(session, learner.id) == {}


@pytest.mark.parametrize(
    ("per", "day", "title", "ends"),
    [
        ("credit-year", date(2027, 6, 30), "2026-2027", date(2027, 6, 30)),
        ("credit-year", date(2027, 7, 1), "2027-2028", date(2028, 6, 30)),
        ("term", date(2026, 12, 31), "Fall 2026", date(2026, 12, 31)),
        ("term", date(2027, 1, 1), "Spring 2027", date(2027, 5, 31)),
        ("calendar-year", date(2027, 1, 1), "2027", date(2027, 12, 31)),
    ],
)
def test_periods_are_the_programs_own(per: str, day: date, title: str, ends: date) -> None:
    period = periods.period_of(ILLINOIS | {"terms": TERMS}, per, day)

    assert (period.title, periods.last_day(period)) == (title, ends)
    last_evening = datetime(2027, 7, 1, 4, 59, 59, tzinfo=UTC)
    assert periods.day_in(ILLINOIS, last_evening) == date(2027, 6, 30)
