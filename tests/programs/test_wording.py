"""A program's rules in plain words: contradictory programs differ by their data alone."""

from typing import Any

import pytest

from lti_tool.programs import wording
from lti_tool.programs.credit_wording import credit, licence
from lti_tool.programs.origins import is_ours, ours_among
from tests.programs.samples import a_document
from tests.programs.shipped import DUPAGE, EXCEL, LOS_ANGELES, catalogue


def said(words: Any) -> str:
    """All sentences as one text."""
    return " ".join(sentence for sentence in words if sentence)


def test_what_a_program_does_not_state_makes_no_sentence() -> None:
    (rule,) = wording.rules(a_document())

    assert rule.title == "Who judges"
    assert rule.sentences == (
        "An assessor rates every criterion of the rubric, and a different person decides.",
        "Both are appointed by the program, until a date.",
    )
    assert rule.is_ours


@pytest.mark.row("S4-02")
def test_hours_gate_one_program_and_not_another() -> None:
    gated = said(wording.size(catalogue()[LOS_ANGELES]))
    free = said(wording.size(catalogue()[EXCEL]))

    assert "The award waits until the hours of every kind are recorded." in gated
    assert "45 hours" in gated
    assert "the award does not wait for them" in free


@pytest.mark.row("S4-10")
def test_advice_is_worded_as_advice() -> None:
    entry = {
        "slug": "two",
        "rule": "at-most",
        "count": 2,
        "of": "credentials",
        "per": "credit-year",
        "enforcement": "advice",
    }

    advice = said(wording.pace({"pace": [entry]}))
    rule = said(wording.pace({"pace": [entry | {"enforcement": "rule"}]}))
    free = said(wording.pace({"concurrent": True, "self_paced": True}))

    assert advice == (
        "It is recommended to take no more than 2 micro-credentials per credit year."
        " This is advice: you may take more."
    )
    assert rule == "You take at most 2 micro-credentials per credit year."
    assert "several micro-credentials at the same time" in free


def test_teams_and_cohorts_are_told_with_their_numbers() -> None:
    document = catalogue()[DUPAGE]

    team, cohort = said(wording.team(document)), said(wording.cohort(document))

    assert "You take part as a team." in team
    assert "A team has 4 to 10 members per school or district." in team
    assert "The badge is always each person's own." in team
    assert "A cohort opens with at least 4 different" in cohort
    assert "There is a coach from each of DuPage Regional Office of Education and" in cohort


@pytest.mark.row("S2-01")
def test_credit_is_told_option_by_option() -> None:
    document = {
        "audience": {"text": "x", "roles": [{"slug": "head", "title": "Principals"}]},
        "credentials": [],
        "partners": [{"slug": "u", "name": "The university"}],
        "calendar": {"timezone": "America/Chicago", "year_begins": "07-01"},
        "credit": {
            "choose": "one",
            "none_allowed": True,
            "double_count": False,
            "options": [
                {
                    "slug": "aa",
                    "title": "Academy",
                    "amount": 1,
                    "unit": "credit",
                    "awards": "first-in-year",
                    "roles": ["head"],
                    "on_licence": True,
                },
                {
                    "slug": "pd",
                    "title": "Hours",
                    "amount": 30,
                    "unit": "hour",
                    "granted_by": "u",
                    "regions": ["US-IL"],
                    "from": "2026-07-01",
                    "until": "2027-06-30",
                    "at_most": {"count": 2, "per": "credit-year"},
                    "condition": "Ask first.",
                },
            ],
        },
    }

    lead, academy, hours, none, once, year = filter(None, credit(document))
    assert lead == "An award brings one of these, never two at once:"
    assert academy == (
        "Academy: 1 credit, for the first award of a credit year; for Principals;"
        " entered on the educator license."
    )
    assert hours == (
        "Hours: 30 hours, at most 2 per credit year; granted by The university; in US-IL;"
        " from 1 July 2026; until 30 June 2027. Ask first."
    )
    assert none == "You may also choose no credit."
    assert once == "Hours that brought one credit do not count again for another."
    assert year == (
        "A credit year begins on July 1 (Chicago time), and the day you complete a"
        " micro-credential decides which year it counts for."
    )


@pytest.mark.row("S7-04")
@pytest.mark.row("S7-14")
def test_the_licence_is_told_without_claiming_to_post_anything() -> None:
    document = a_document(
        licence={
            "register": "the state's register",
            "identifier": "educator number",
            "reported_by": "participant",
            "report_within_days": 60,
            "cycles": [{"hours": 100, "years": 5, "from": "2015-07-01"}],
        }
    )

    assert list(filter(None, licence(document))) == [
        "You enter an award in the state's register within 60 days of completion.",
        "That needs your educator number.",
        "Renewal asks for 100 hours every 5 years since 1 July 2015.",
        "Cairn prepares the record; it does not write to the register.",
    ]


def test_judging_coaching_cost_and_examples_are_told() -> None:
    document: dict[str, Any] = {
        "deciders": {
            "assessors": 2,
            "approver": True,
            "distinct": True,
            "appointed": False,
            "anonymous": True,
            "conflict_check": True,
            "turnaround_days": 5,
            "attempts": {"maximum": 3, "then": "coach-meeting"},
        },
        "coaching": {"kinds": ["one-to-one"], "each": "phase", "drafts": "shared-by-learner"},
        "peers": {"feedback": True, "ask_earners": True},
        "price": [{"amount": 1250, "currency": "USD", "per": "team", "covers": "stack"}],
        "exemplars": {"policy": "none"},
    }

    assert said(wording.deciders(document)) == (
        "2 assessors rate every criterion of the rubric, and a different person decides."
        " The program wants them not to see whose work it is; Cairn does not hide names yet."
        " Nobody judges work from their own organization."
        " A decision is aimed at within 5 business days."
        " You may submit 3 times; then you meet a coach first."
    )
    assert said(wording.coaching(document)) == (
        "There is coaching one-to-one at each phase. A coach sees a draft only when you share it."
        " You can ask peers for feedback on a draft."
        " People who earned a micro-credential can offer to be asked."
        " Cairn has no place for this yet, so ask where you meet."
    )
    assert said(wording.price(document)) == "$1,250 per team and micro-endorsement."
    assert said(wording.exemplars(document)).startswith("Finished work is not shown")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({"min": 4, "max": 10}, "4 to 10"),
        ({"min": 30, "max": 30}, "30"),
        ({"min": 4}, "at least 4"),
        ({"max": 7.5}, "at most 7.5"),
        ({}, ""),
    ],
)
def test_ranges_are_told_as_people_do(span: dict[str, float], words: str) -> None:
    assert wording.between(span) == words


def test_wording_is_inherited_and_changed_field_by_field() -> None:
    document = {
        "origin": "source",
        "cairn_wrote": ["summary"],
        "summary": "Ours.",
        "title": "Theirs",
        "stacks": [{"title": "Ours", "origin": "cairn"}, {"title": "Theirs"}],
        "credentials": [
            {"title": "Theirs", "cairn_wrote": ["parts"], "parts": [{"title": "Ours"}]},
            {"title": "Ours", "origin": "cairn", "goal": {"origin": "source"}},
        ],
    }

    assert not is_ours(document, "title")
    assert is_ours(document, "summary")
    assert [is_ours(document, "stacks", at, "title") for at in (0, 1)] == [True, False]
    assert is_ours(document, "credentials", 0, "parts", 0, "title")
    assert not is_ours(document, "credentials", 0, "title")
    assert not is_ours(document, "credentials", 1, "goal")
    assert ours_among(document, ("title", "goal", "parts"), "credentials", 0) == {"parts"}
