"""What an award counts as: years to the second, first in the year, either-or, roles, dates."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from lti_tool.credit import dated
from lti_tool.credit.calendar import Calendar
from lti_tool.credit.forecast import forecast
from lti_tool.credit.rules import Case, Earned, Option, Posted, Terms, Wish
from tests.credit.programs import ACADEMY, CHICAGO, HOURS, ONE_OR_THE_OTHER

CHICAGO_TIME = ZoneInfo("America/Chicago")
LAST_SECOND = datetime(2024, 6, 30, 23, 59, 59, tzinfo=CHICAGO_TIME)
MIDNIGHT = datetime(2024, 7, 1, tzinfo=CHICAGO_TIME)
WINTER = datetime(2026, 11, 20, 12, tzinfo=UTC)


def terms(says: dict[str, Any], slug: str = "studies") -> Terms:
    return Terms.of({"slug": slug, **says})


def having(*options: dict[str, Any], at: datetime = WINTER, program: str = "studies") -> Earned:
    posted = tuple(Posted(program, one["slug"], one["kind"]) for one in options)
    return Earned(program, at, posted)


def kinds(options: tuple[Option, ...]) -> list[str]:
    return [one.slug for one in options]


@pytest.mark.row("S7-02", "S7-01")
def test_the_last_second_of_june_is_in_the_old_year_and_midnight_in_the_new_one():
    calendar = Calendar.of({"calendar": CHICAGO})

    before, after = calendar.year_of(LAST_SECOND), calendar.year_of(MIDNIGHT)

    assert (before.number, before.label) == (2024, "FY24")
    assert (after.number, after.label) == (2025, "FY25")
    assert before.first == date(2023, 7, 1)
    assert before.ends_at == after.begins_at == MIDNIGHT
    # The same moments in another zone's words: at 05:00 of London's 1 July the new year begins.
    assert calendar.year_of(datetime(2024, 7, 1, 4, 59, 59, tzinfo=UTC)).number == 2024
    assert calendar.year_of(datetime(2024, 7, 1, 5, tzinfo=UTC)).number == 2025


@pytest.mark.row("S7-02")
@pytest.mark.parametrize(
    ("calendar", "number", "label"),
    [
        ({}, 2024, "2024"),
        ({"calendar": {**CHICAGO, "year_named_by": "first-day"}}, 2023, "FY23"),
        ({"calendar": {**CHICAGO, "timezone": "Pacific/Kiritimati"}}, 2025, "FY25"),
    ],
    ids=["none stated", "named by its first day", "where it is tomorrow already"],
)
def test_what_a_year_is_called_is_the_programs_to_say(calendar, number, label):
    year = Calendar.of(calendar).year_of(LAST_SECOND)

    assert (year.number, year.label) == (number, label)


@pytest.mark.row("S2-04", "S3-35")
def test_one_award_is_one_kind_of_credit_and_never_two():
    rules = terms(ONE_OR_THE_OTHER)

    for wish in (Wish("academy"), Wish("pd")):
        assert kinds(rules.outcome(wish, Case(WINTER)).options) == [wish.option]
    nothing_chosen = rules.outcome(Wish(), Case(WINTER))
    assert nothing_chosen.is_open
    assert nothing_chosen.options == ()


@pytest.mark.row("S1-18", "S2-04", "S7-13")
def test_the_same_second_award_brings_hours_only_or_the_academy_again_or_both_as_packages_say():
    """Three programs that contradict each other, from data alone."""
    second = Case(WINTER, (having(ACADEMY, at=WINTER - timedelta(days=30)),))
    unlimited = {**ACADEMY, "awards": "any"}
    del unlimited["at_most"]
    credit = {"choose": "one", "options": [unlimited, HOURS]}
    either = {"calendar": CHICAGO, "credit": credit}
    both = {"calendar": CHICAGO, "credit": {**credit, "double_count": True}}

    wish = Wish("academy")
    assert kinds(terms(ONE_OR_THE_OTHER).outcome(wish, second).options) == ["pd"]
    assert kinds(terms(either).outcome(wish, second).options) == ["academy"]
    assert kinds(terms(both).outcome(wish, second).options) == ["academy", "pd"]


@pytest.mark.row("S7-01")
def test_a_state_wide_limit_counts_what_another_program_brought():
    elsewhere = having(ACADEMY, at=WINTER - timedelta(days=30), program="another")
    rules = terms(ONE_OR_THE_OTHER)
    academy = rules.option("academy")
    assert academy

    assert "once in a credit year" in rules.refusal(academy, Case(WINTER, (elsewhere,)))
    last_year = having(ACADEMY, at=WINTER - timedelta(days=365), program="another")
    assert rules.refusal(academy, Case(WINTER, (last_year,))) == ""


@pytest.mark.row("S7-03")
def test_credit_of_a_year_that_has_passed_is_not_carried_over():
    """Two awards in one year bring one academy; the next year begins with nothing in hand."""
    rules = terms(ONE_OR_THE_OTHER)
    both_last_year = (
        having(HOURS, at=LAST_SECOND - timedelta(days=90)),
        having(HOURS, at=LAST_SECOND - timedelta(days=60)),
    )

    assert kinds(rules.outcome(Wish("academy"), Case(LAST_SECOND, both_last_year)).options) == [
        "pd"
    ]
    assert kinds(rules.outcome(Wish("academy"), Case(MIDNIGHT, both_last_year)).options) == [
        "academy"
    ]


@pytest.mark.row("S2-01")
def test_a_board_member_may_choose_hours_or_nothing_but_no_academy():
    leaders = {**ACADEMY, "roles": ["leader"]}
    rules = terms(
        {
            "audience": {
                "roles": [
                    {"slug": "leader", "title": "School leader"},
                    {"slug": "board-member", "title": "Board member", "licensed": False},
                ]
            },
            "credit": {"choose": "one", "none_allowed": True, "options": [leaders, HOURS]},
        }
    )
    board, leader = (Case(WINTER, roles=frozenset({role})) for role in ("board-member", "leader"))
    academy = rules.option("academy")
    assert academy

    assert rules.refusal(academy, board) == "It is for these roles: School leader."
    assert "Say first which of them is yours" in rules.refusal(academy, Case(WINTER))
    assert kinds(rules.applicable(board)) == ["pd"]
    assert kinds(rules.applicable(leader)) == ["academy", "pd"]
    assert rules.outcome(Wish(""), board).options == ()
    # Nothing is forced on somebody who may choose none.
    assert rules.outcome(Wish("academy"), board).is_open


@pytest.mark.row("S4-15", "S4-12")
def test_which_credit_counts_depends_on_the_state_somebody_works_in():
    def graduate(state: str) -> dict[str, Any]:
        return {
            "slug": state.lower(),
            "title": f"Graduate credit in {state}",
            "kind": "graduate",
            "amount": 1,
            "unit": "credit",
            "regions": [state],
        }

    states = {"choose": "all", "options": [graduate("US-CT"), graduate("US-NY")]}
    rules = terms({"credit": states})

    assert kinds(rules.outcome(Wish(), Case(WINTER, region="US-CT")).options) == ["us-ct"]
    assert kinds(rules.outcome(Wish(), Case(WINTER, region="US-NY")).options) == ["us-ny"]
    assert rules.outcome(Wish(), Case(WINTER)).options == ()


def test_what_an_award_brings_may_change_with_a_day_and_differ_between_programs():
    """15 hours until June and 30 from July here; 5.5 hours there: data, both of them."""
    until = {**HOURS, "slug": "old", "amount": 15, "until": "2024-06-30"}
    since = {**HOURS, "slug": "new", "amount": 30, "from": "2024-07-01"}
    short = {**HOURS, "slug": "short", "amount": 5.5}
    dated = terms({"calendar": CHICAGO, "credit": {"choose": "one", "options": [until, since]}})
    other = terms({"calendar": CHICAGO, "credit": {"choose": "one", "options": [short]}})

    def amounts(rules: Terms, moment: datetime) -> list[str]:
        return [str(one.amount) for one in rules.outcome(Wish(), Case(moment)).options]

    assert amounts(dated, LAST_SECOND) == ["15"]
    assert amounts(dated, MIDNIGHT) == ["30"]
    assert amounts(other, MIDNIGHT) == ["5.5"]


@pytest.mark.row("S7-02")
def test_the_forecast_names_the_day_on_which_the_year_turns():
    rules = terms(ONE_OR_THE_OTHER)
    moment = datetime(2027, 5, 3, 9, tzinfo=CHICAGO_TIME)

    now, later = forecast(rules, Wish("academy"), Case(moment))

    assert now.when == "Finish by 30 June 2027"
    assert now.words == "Academy credit: 1 credit, of FY27."
    assert later.when == "From 1 July 2027"
    assert later.words == "Academy credit: 1 credit, of FY28."


@pytest.mark.row("S1-18", "S3-33")
def test_the_forecast_tells_who_has_it_already_when_it_can_be_had_again():
    """A summer's award counts for the year in which it is complete, wherever the term lies."""
    rules = terms(ONE_OR_THE_OTHER)
    june = datetime(2027, 6, 15, 9, tzinfo=CHICAGO_TIME)
    had = (having(ACADEMY, at=june - timedelta(days=100)),)

    now, later = forecast(rules, Wish("academy"), Case(june, had))

    assert now.words == "Development hours: 30 hours, of FY27."
    assert "you have one in FY27" in now.refusal
    assert later.words == "Academy credit: 1 credit, of FY28."
    assert later.refusal == ""


def test_a_program_that_says_nothing_of_credit_brings_none():
    rules = terms({})

    assert rules.outcome(Wish(), Case(WINTER)).options == ()
    assert not rules.outcome(Wish(), Case(WINTER)).is_open
    assert forecast(rules, Wish(), Case(WINTER)) == ()


@pytest.mark.row("S3-41", "S7-05")
def test_what_a_course_is_worth_in_hours_is_dated_and_each_programs_own():
    """Five and a half hours in one program, six in another; and one that changed its mind."""
    course = {"title": "Academy course", "per": "one academy course"}

    def hours(*entries: dict[str, Any], day: date = date(2024, 7, 1)) -> list[float]:
        document = {"credit": {"equivalences": [{**course, **one} for one in entries]}}
        return [one.hours for one in dated.worths(document, day)]

    assert hours({"hours": 5.5}) == [5.5]
    assert hours({"hours": 6}) == [6]
    changed = ({"hours": 5.5, "until": "2024-06-30"}, {"hours": 6, "from": "2024-07-01"})
    assert hours(*changed, day=date(2024, 6, 30)) == [5.5]
    assert hours(*changed, day=date(2024, 7, 1)) == [6]


@pytest.mark.row("S7-04")
def test_what_renewal_asks_is_dated_and_for_the_roles_a_program_names():
    document = {
        "licence": {
            "register": "State register",
            "cycles": [
                {"hours": 120, "years": 5, "roles": ["leader"], "until": "2023-06-30"},
                {"hours": 100, "years": 5, "roles": ["leader"], "from": "2023-07-01"},
            ],
        }
    }

    (cycle,) = dated.cycles(document, date(2024, 1, 1), {"leader": "School leader"})
    (before,) = dated.cycles(document, date(2023, 6, 30), {})

    assert (cycle.hours, cycle.years, cycle.roles) == (100, 5, ("School leader",))
    assert before.hours == 120


CATALOGUE = Path(__file__).resolve().parents[2] / "catalogue"


@pytest.mark.row("S3-35", "S7-10")
def test_the_leadership_hub_offers_one_unit_for_each_of_its_hours_or_an_academy_once_a_year():
    document = yaml.safe_load((CATALOGUE / "dupage-leadership-hub" / "program.yaml").read_text())
    rules = Terms.of(document)
    leader = Case(WINTER, roles=frozenset({"school-leader"}))
    academy, units = rules.applicable(leader)

    assert units.amount == document["hours"]["min"] == 30
    assert int(academy.amount) == 1
    assert academy.at_most == (1, "credit-year")
    assert kinds(rules.outcome(Wish(units.slug), leader).options) == [units.slug]
