"""A program's map, its price for each person, and what of a framework is answered where."""

from decimal import Decimal
from typing import Any

import pytest

from lti_tool.programs import pages
from lti_tool.programs.catalogue import CredentialOffer, Offer
from lti_tool.programs.finding import Wanted, fits, questions
from lti_tool.programs.prices import money, shares
from lti_tool.programs.tracing import traces
from tests.programs.samples import a_document

SIX = [f"m{number}" for number in range(1, 7)]


def a_program(**more: Any) -> dict[str, Any]:
    """The manual's example with six outlines beside its credential, and what else is given."""
    document = a_document(**more)
    document["credentials"] += [
        {"slug": slug, "status": "outline", "title": slug.upper()} for slug in SIX
    ]
    return document


def boxes(document: dict[str, Any]) -> list[list[tuple[str, str]]]:
    """Tier by tier the titles of its stacks, with their colours."""
    offers = tuple(
        CredentialOffer(one["slug"], one["title"], "", False, 1) for one in document["credentials"]
    )
    entry = pages.entry(Offer("s", "T", 1, 1, document, offers))
    return [[(box.stack.title, box.colour) for box in tier.boxes] for tier in entry.tiers]


@pytest.mark.row("S4-06")
@pytest.mark.row("S4-44")
def test_tiers_stand_above_what_they_require_in_their_own_colours() -> None:
    document = a_program(
        accent="#7d5fb0",
        stacks=[
            {"slug": "all", "title": "All", "rule": "all-of", "member_stacks": ["two", "one"]},
            {
                "slug": "two",
                "title": "Two",
                "rule": "all-of",
                "members": SIX[3:],
                "requires": ["one"],
                "colour": "#111111",
            },
            {
                "slug": "one",
                "title": "One",
                "rule": "all-of",
                "members": SIX[:3],
                "colour": "#1f5fbf",
            },
        ],
    )

    assert boxes(document) == [
        [("One", "#1f5fbf")],
        [("Two", "#111111")],
        [("All", "#7d5fb0")],
    ]


@pytest.mark.row("S3-38")
@pytest.mark.row("S3-40")
@pytest.mark.parametrize(
    ("most", "members", "each"),
    [
        # Four to eight people, and four or three micro-credentials in a set: both readings.
        (8, 4, {4: "$78.13", 8: "$39.06"}),
        (8, 3, {4: "$104.17", 8: "$52.08"}),
        (10, 3, {4: "$104.17", 10: "$41.67"}),
    ],
)
def test_what_each_person_pays_follows_from_team_and_set(
    most: int, members: int, each: dict[int, str]
) -> None:
    document = a_program(
        team={"modes": ["team"], "required": True, "members": {"min": 4, "max": most}},
        price=[{"amount": 1250, "currency": "USD", "per": "team", "covers": "stack"}],
        stacks=[{"slug": "s", "title": "S", "rule": "all-of", "members": SIX[:members]}],
    )

    found = shares(document)

    assert {one.team: money(one.per_credential, "USD") for one in found} == each
    assert found[0].per_person == Decimal(1250) / 4
    assert found[0].words.startswith("$312.50 a person in a team of 4; ")


@pytest.mark.row("S2-10")
@pytest.mark.row("S5-04")
def test_a_section_of_a_framework_leads_to_credentials_and_criteria() -> None:
    place = {"framework": "handbook", "code": "Section 2", "title": "Identify"}
    document = a_program(
        frameworks=[
            {"slug": "handbook", "title": "Handbook"},
            {"slug": "plan", "title": "Master plan"},
        ]
    )
    journal = document["credentials"][0]
    journal["alignments"] = [place | {"code": "Section 10"}]
    journal["parts"][0]["rubric"]["criteria"][0]["alignments"] = [place]
    document["credentials"][1]["alignments"] = [place]

    handbook, plan = traces(document)

    told = {
        section.title: [(one.slug, one.criteria) for one in section.answers.values()]
        for section in handbook.sections.values()
    }
    assert list(told) == ["Section 2: Identify", "Section 10: Identify"]
    assert told["Section 2: Identify"] == [("journal", ["Seen and thought apart"]), ("m1", [])]
    assert (plan.title, plan.sections) == ("Master plan", {})


@pytest.mark.row("S2-06")
@pytest.mark.row("S5-01")
def test_programs_are_found_by_topic_audience_and_grades() -> None:
    leaders = a_program(
        topics=["english-learners"],
        audience={
            "text": "Leaders.",
            "roles": [{"slug": "principal", "title": "Principal"}],
            "grade_spans": ["TK-12"],
        },
        stacks=[
            {
                "slug": "for-principals",
                "title": "For principals",
                "rule": "all-of",
                "members": SIX[:2],
                "audience_roles": ["principal"],
            }
        ],
    )
    teachers = a_program(topics=["inquiry"])

    fields = questions([leaders, teachers], Wanted(topic="inquiry"))

    assert [(one.name, [choice.title for choice in one.choices]) for one in fields] == [
        ("topic", ["English learners", "Inquiry"]),
        ("audience", ["Principal"]),
        ("grade", ["TK-12"]),
    ]
    for wanted in (
        Wanted(topic="english-learners"),
        Wanted(audience="principal"),
        Wanted(grade="TK-12"),
    ):
        assert (fits(leaders, wanted), fits(teachers, wanted)) == (True, False)
    assert not fits(leaders, Wanted(topic="inquiry", audience="principal"))
    assert boxes(leaders)[0][0][0] == "For principals"
