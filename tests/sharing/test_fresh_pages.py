"""A stranger is given a page made a moment ago, and never one that is not true any more."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from lti_tool.sharing.fresh_pages import FreshPages
from tests.badges import exhibition
from tests.badges.workshop import NOON, an_award
from tests.counting import Counted


@pytest.fixture
def shown(app: Flask, engine: Engine) -> exhibition.Shown:
    made = exhibition.shown(app, engine)
    made.share()
    return made


def test_a_page_asked_for_again_is_one_question(app: Flask, shown: exhibition.Shown) -> None:
    first = shown.stranger().get(shown.path)

    with Counted(app.extensions["cairn"].engine) as questions:
        again = shown.stranger().get(shown.path)

    assert again.data == first.data
    assert len(questions) == 1


@pytest.mark.row("B3-055")
def test_what_is_taken_back_shows_on_the_very_next_page(shown: exhibition.Shown) -> None:
    assert "genuine and in force" in shown.stranger().get(shown.path).text

    shown.revoke()

    page = shown.stranger().get(shown.path).text
    assert "Revoked on" in page
    assert "genuine and in force" not in page


def test_sharing_that_is_withdrawn_takes_the_page_along(shown: exhibition.Shown) -> None:
    own = shown.visitor(shown.ada)
    assert shown.stranger().get(shown.path).status_code == 200

    token = own.get(shown.path).text.partition('name="form_token" value="')[2].partition('"')[0]
    own.post(f"{shown.path}/stop-sharing", data={"form_token": token})

    assert shown.stranger().get(shown.path).status_code == 404


def test_the_earner_and_a_stranger_are_never_given_each_others_page(
    shown: exhibition.Shown,
) -> None:
    stranger, own = shown.stranger(), shown.visitor(shown.ada)

    pages = [client.get(shown.path).text for client in (stranger, own, stranger, own)]

    assert ["Stop sharing" in page for page in pages] == [False, True, False, True]


def test_a_page_lives_for_a_minute_and_the_oldest_makes_room() -> None:
    pages = FreshPages(most=2)
    first, second, third = an_award(), an_award(), an_award()
    pages.keep(first, "first", NOON)

    assert pages.find(first, NOON + timedelta(seconds=59)) == "first"
    assert pages.find(first, NOON + timedelta(seconds=60)) is None

    for award, page in ((second, "second"), (third, "third")):
        pages.keep(award, page, NOON)
    assert len(pages) == 2
    assert [pages.find(one, NOON) for one in (first, second, third)] == [None, "second", "third"]


@pytest.mark.row("T-135")
def test_a_page_that_nobody_asks_for_again_does_not_stay_in_memory() -> None:
    """It has a name on it, and whose it is may have been erased since."""
    pages = FreshPages()
    pages.keep(an_award(), "hers", NOON)

    assert pages.find(an_award(), NOON + timedelta(minutes=1)) is None
    assert len(pages) == 0
