"""What can be picked, and how it is placed: programs, stages, points, dates (T-086, T-094)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from lti_tool.certification.platform import INSTRUCTOR, LEFT_OUT
from lti_tool.database import sessions
from lti_tool.launch.models import Product, ResourceLink
from tests.builders import a_credential_version
from tests.launch.kit import BASE, Browser, problem
from tests.launch.picker import DL, Picker, nulls, settings, told_by

Items = list[dict[str, Any]]


@pytest.fixture
def program(engine: Engine) -> str:
    """A program with a credential in one piece and one in three stages: its slug."""
    journal = a_credential_version(title="Keeping a field\njournal", slug="journal")
    survey = a_credential_version(
        program_version=journal.program_version, title="Pond survey", slug="survey", parts=3
    )
    survey.credential.program = journal.credential.program
    outline = a_credential_version(
        program_version=journal.program_version, title="Later on", slug="later", parts=0
    )
    outline.credential.program = journal.credential.program
    with sessions(engine).begin() as session:
        session.add_all([journal, survey, outline])
    return journal.credential.program.slug


@pytest.fixture
def items(browser: Browser, app: Flask) -> Callable[..., Items]:
    """Pick things, and have the content items that go to the LMS."""

    def pick(*choices: str, without: tuple[str, ...] = (), asked: Any = None, **more: str) -> Items:
        answer = Picker(browser, **(asked or {})).pick(*choices, without=without, **more)
        found: Items = told_by(answer, app)[DL + "content_items"]
        assert not nulls(found)
        return found

    return pick


@pytest.mark.row("T-086")
@pytest.mark.row("T-094")
def test_a_whole_program_is_placed_link_by_link(program: str, items: Callable[..., Items]) -> None:
    """T-086, T-094: one for each credential, or for each stage where it has stages."""
    placed = items(f"all:{program}")

    assert [item["custom"] for item in placed] == [
        {"program": program, "credential": "journal"},
        {"program": program, "credential": "survey", "part": "part-1"},
        {"program": program, "credential": "survey", "part": "part-2"},
        {"program": program, "credential": "survey", "part": "part-3"},
    ]
    assert [item["title"] for item in placed] == [
        "Keeping a field journal",
        "Pond survey: Part 1",
        "Pond survey: Part 2",
        "Pond survey: Part 3",
    ]
    for item in placed:
        column = item["lineItem"]
        assert column["label"] == item["title"]
        assert column["scoreMaximum"] == 12
        assert column["tag"] == "cairn"
        assert column["submissionReview"]["custom"] == item["custom"]
    ids = [item["lineItem"]["resourceId"] for item in placed]
    assert len(set(ids)) == 4
    assert [name.partition("/")[2] for name in ids] == ["", "part-1", "part-2", "part-3"]


@pytest.mark.row("T-086")
def test_what_is_picked_twice_is_placed_once(program: str, items: Callable[..., Items]) -> None:
    """T-086: the whole program and one of its credentials, and a stage by itself."""
    stage = f"part:{program}/survey/part-2"

    placed = items(f"all:{program}", f"credential:{program}/journal", stage)

    assert len(placed) == 4
    (alone,) = items(stage)
    assert alone["custom"] == {"program": program, "credential": "survey", "part": "part-2"}
    (whole,) = items(f"credential:{program}/survey")
    assert whole["custom"] == {"program": program, "credential": "survey"}
    assert whole["lineItem"]["scoreMaximum"] == 36


@pytest.mark.row("T-094")
@pytest.mark.parametrize(
    ("written", "maximum"), [("100", 100), ("12,5", 12.5), ("7.25", 7.25), ("", 12)]
)
def test_the_maximum_is_the_author_s(
    program: str, items: Callable[..., Items], written: str, maximum: float
) -> None:
    """T-094: the rubric's points unless somebody writes another number."""
    key = f"credential:{program}/journal"

    (item,) = items(key, **{f"points-{key}": written})

    assert item["lineItem"]["scoreMaximum"] == maximum


@pytest.mark.row("T-094")
@pytest.mark.parametrize("written", ["0", "-3", "many", "NaN", "Infinity", "1e9", "1.234"])
def test_a_maximum_that_is_none_is_said_on_the_page(
    browser: Browser, program: str, written: str
) -> None:
    """T-094: always above 0; what was filled in stays."""
    key = f"credential:{program}/journal"

    answer = Picker(browser).pick(key, due="2027-02-01T16:00", **{f"points-{key}": written})

    assert answer.status_code == 422
    assert "Give a number above 0" in answer.text
    assert f'value="{key}" checked' in answer.text
    assert f'value="{written}"' in answer.text
    assert 'value="2027-02-01T16:00"' in answer.text


@pytest.mark.row("T-094")
def test_a_column_can_be_left_out(program: str, items: Callable[..., Items]) -> None:
    """T-094: of one link, and of everything."""
    key = f"credential:{program}/journal"
    (item,) = items(key, without=(f"column-{key}",))
    whole = items(f"all:{program}", without=(f"column-all:{program}",))

    assert "lineItem" not in item
    assert not any("lineItem" in one for one in whole)


@pytest.mark.row("T-094")
def test_an_item_says_what_it_is_and_how_it_wants_to_be_shown(
    program: str, items: Callable[..., Items], app: Flask
) -> None:
    """T-094: text, picture, size of the frame; a program has no picture of its own."""
    (item,) = items(f"credential:{program}/journal")
    (whole,) = items(f"program:{program}")

    assert item["text"] == "Keep a journal that others can learn from."
    assert item["iframe"] == {"width": 1000, "height": 800}
    assert "window" not in item
    picture = item["icon"]["url"].removeprefix(BASE)
    assert app.test_client().get(picture).status_code == 200
    assert "icon" not in whole
    assert "lineItem" not in whole
    assert whole["text"] == "Learn to look closely."


@pytest.mark.row("T-094")
def test_a_window_is_asked_for_where_one_is_taken(
    browser: Browser, program: str, items: Callable[..., Items]
) -> None:
    """T-094."""
    only_frames = {"accept_presentation_document_targets": ["iframe"]}
    assert 'name="window"' not in Picker(browser, **only_frames).page.text

    (own,) = items(f"program:{program}", window="1")
    (frame,) = items(f"program:{program}", window="1", asked=only_frames)

    assert own["window"] == {"targetName": "_blank"}
    assert "iframe" not in own
    assert "window" not in frame


@pytest.mark.row("T-094")
def test_dates_go_along_in_utc(program: str, items: Callable[..., Items]) -> None:
    """T-094: written in the zone that the page names; those not given are not there."""
    (item,) = items(
        f"credential:{program}/journal",
        opens="2026-12-01T08:00",
        due="2027-06-01T16:30",
        closes="2027-06-15T23:59",
    )
    (due,) = items(f"credential:{program}/journal", due="2027-06-01T16:30")
    (never,) = items(f"credential:{program}/journal")

    assert item["available"] == {
        "startDateTime": "2026-12-01T14:00:00Z",
        "endDateTime": "2027-06-16T04:59:00Z",
    }
    assert item["submission"] == {"endDateTime": "2027-06-01T21:30:00Z"}
    assert "available" not in due
    assert due["submission"] == item["submission"]
    assert not {"available", "submission"} & set(never)


@pytest.mark.row("T-094")
@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"due": "soon"}, "Give a day and a time"),
        ({"opens": "2027-02-02T10:00", "due": "2027-02-01T10:00"}, "must come after"),
        ({"opens": "2027-02-02T10:00", "closes": "2027-02-02T10:00"}, "must come after"),
    ],
)
def test_dates_that_cannot_be_are_said_on_the_page(
    browser: Browser, program: str, dates: dict[str, str], words: str
) -> None:
    """T-094."""
    answer = Picker(browser).pick(f"program:{program}", **dates)

    assert answer.status_code == 422
    assert words in answer.text


@pytest.mark.row("T-094")
def test_moodle_is_not_sent_what_it_drops(
    browser: Browser, engine: Engine, app: Flask, program: str
) -> None:
    """T-094: dates are set in Moodle itself, so the page does not ask for them."""
    browser.platform.register(engine, product=Product.MOODLE)

    picker = Picker(browser)
    claims = told_by(picker.pick(f"program:{program}", due="2027-02-01T16:00", window="1"), app)

    assert 'name="due"' not in picker.page.text
    assert "Dates are set in Prairie State LMS itself" in picker.page.text
    (item,) = claims[DL + "content_items"]
    assert not {"submission", "window"} & set(item)


@pytest.mark.row("T-089")
def test_where_one_is_accepted_a_program_is_not_taken_apart(browser: Browser, program: str) -> None:
    """T-089: on the page, and whatever is posted."""
    picker = Picker(browser, accept_multiple=False)

    assert "all:" not in picker.page.text
    answer = picker.pick(f"all:{program}")
    assert answer.status_code == 422
    assert "one link" in answer.text


@pytest.mark.row("T-086")
def test_what_is_no_longer_offered_is_not_placed(browser: Browser, program: str) -> None:
    """T-086: nor what is still in preparation."""
    for pick in (f"credential:{program}/later", "credential:gone/away", "all:gone", "what"):
        assert Picker(browser).pick(pick).status_code == 404


@pytest.mark.row("T-086")
def test_the_picker_asks_little_however_much_there_is(
    browser: Browser, engine: Engine, program: str
) -> None:
    """One set of queries for the whole shelf."""
    from tests.counting import Counted

    picker = Picker(browser)
    tool = browser.client.application.extensions["cairn"].engine
    with Counted(tool) as before:
        browser.client.get(picker.address)
    with sessions(engine).begin() as session:
        session.add_all([a_credential_version(parts=2) for _ in range(5)])
    with Counted(tool) as after:
        browser.client.get(picker.address)

    assert program
    assert len(after) == len(before)


# -- what a placed link opens -------------------------------------------------------------------


def link(engine: Engine) -> tuple[str, str, str]:
    """What the one link opens: program, credential, part."""
    with sessions(engine)() as session:
        row = session.scalars(select(ResourceLink)).one()
        assert row.program is not None
        return row.program.slug, row.credential.slug if row.credential else "", row.part_slug


@pytest.mark.row("T-097")
def test_a_link_to_a_stage_opens_that_stage(browser: Browser, engine: Engine, program: str) -> None:
    """T-097: bound by the first launch; the learner is told which stage it is."""
    stage = {"program": program, "credential": "survey", "part": "part-2"}

    answer = browser.launch(custom=stage)

    assert link(engine) == (program, "survey", "part-2")
    home = browser.client.get(answer.location)
    assert "Part 2" in home.text


@pytest.mark.row("T-097")
def test_picking_again_for_the_same_link_changes_what_it_opens(
    browser: Browser, engine: Engine, program: str
) -> None:
    """T-097: Moodle's activity and Canvas's assignment keep their link id."""
    ways: list[dict[str, str]] = [
        {"program": program, "credential": "survey", "part": "part-2"},
        {"program": program, "credential": "survey", "part": "part-3"},
        {"program": program, "credential": "journal"},
        {"program": program},
    ]
    for custom in ways:
        browser.launch(custom=custom)
        assert link(engine) == (
            program,
            custom.get("credential", ""),
            custom.get("part", ""),
        )


@pytest.mark.row("T-097")
@pytest.mark.parametrize("custom", [{"credential": "survey", "part": "part-9"}, {"part": "part-1"}])
def test_a_link_to_a_stage_that_is_none_is_refused(
    browser: Browser, program: str, custom: dict[str, str]
) -> None:
    """T-097: by name."""
    answer = browser.launch(custom={"program": program} | custom)

    assert problem(answer) == (404, "unknown-content")
    assert "part" in answer.text


@pytest.mark.row("T-097")
def test_an_author_may_bind_a_link_to_a_stage(
    browser: Browser, engine: Engine, program: str
) -> None:
    """T-097: where a link says nothing about what it opens."""
    page = browser.launch(roles=[INSTRUCTOR], sub="dora")
    assert page.location == "/lti/link"
    shown = browser.client.get(page.location).text
    token = shown.split('name="form_token" value="', 1)[1].split('"', 1)[0]
    assert 'type="radio"' in shown
    assert "all:" not in shown

    form = {"form_token": token, "pick": f"part:{program}/survey/part-1"}
    assert browser.client.post("/lti/link", data=form).status_code == 303

    assert link(engine) == (program, "survey", "part-1")


@pytest.mark.row("T-086")
def test_a_picker_for_an_assignment_that_exists_needs_no_link(
    browser: Browser, program: str, app: Flask
) -> None:
    """T-086: Canvas's edit page names the assignment by a custom parameter and sends no link."""
    answer = browser.launch(
        roles=[INSTRUCTOR],
        message_type="LtiDeepLinkingRequest",
        resource_link=LEFT_OUT,
        custom={"canvas_assignment_id": "77", "program": program},
        deep_linking_settings=settings(accept_multiple=False),
    )

    assert answer.location == "/lti/choose"
    assert browser.client.get(answer.location).status_code == 200
