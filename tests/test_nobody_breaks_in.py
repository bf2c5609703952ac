"""Nobody breaks in: every address, asked by everybody, with ids that are nobody's or nonsense."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from lti_tool.web.permissions import ADMINISTRATOR, PUBLIC, guard_of
from tests.valuables import EVERYBODY, FILE_NAME, FILED, WRITTEN, House, furnished

ODD_WORDS = (
    "x",
    "Z" * 22,
    "\0",
    "a" * 21 + "\0",
    "..",
    "%",
    "\u202eאבג🎓",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "l" * 4000,
)
ODD_NUMBERS = ("0", "2147483647", "2147483648", "9" * 20, "9" * 5000, "-1", "٣")
"""Beyond 32 bits, beyond 64, beyond what Python reads, not a number, and other people's digits."""


@pytest.fixture
def house(app: Flask, engine: Engine) -> House:
    """Ada's things, and everybody at the door."""
    return furnished(app, engine)


@pytest.mark.parametrize("who", ["stranger", "ada", "administrator"])
def test_no_address_breaks_whatever_it_is_asked_for(house: House, who: str) -> None:
    broken = []
    for rule, method in house.doors(who):
        asked = [house.path(rule)]
        for name in rule.arguments:
            is_number = f"<int:{name}>" in rule.rule
            asked += [
                house.path(rule, {name: odd}) for odd in (ODD_NUMBERS if is_number else ODD_WORDS)
            ]
        for path in asked:
            answer = house.ask(who, method, path)
            if answer.status_code >= 500:
                broken.append(f"{method} {path[:80]} {answer.status_code}")

    assert broken == []


def test_no_address_breaks_whoever_asks(house: House) -> None:
    for who in EVERYBODY:
        for rule, method in house.doors(who):
            path = house.path(rule)
            assert house.ask(who, method, path).status_code < 500, (who, method, path)


# -- who may see what ------------------------------------------------------------------------

WORK = {"review.work", "review.of", "launch.review", "review.artifact"}
READERS = {"ada", "ben", "cleo", "dora"}
"""Ada herself, her judges, and the instructor of her course."""


@pytest.mark.row("T-134")
def test_only_ada_her_judges_and_her_instructor_read_what_she_wrote(house: House) -> None:
    seen = set()
    for who in EVERYBODY:
        for rule, method in house.doors(who):
            if method == "GET":
                page = house.ask(who, method, house.path(rule)).get_data()
                if any(word.encode() in page for word in (WRITTEN, FILED, FILE_NAME)):
                    seen.add(who)

    assert seen == READERS


def test_work_that_is_somebody_elses_is_refused_with_403(house: House) -> None:
    for who in EVERYBODY:
        expected = {401} if who == "stranger" else {200, 303} if who in READERS else {303, 403}
        for rule, method in house.addresses():
            if rule.endpoint in WORK and method == "GET":
                path = house.path(rule)
                answer = house.ask(who, method, path)
                assert answer.status_code in expected, (who, path, answer.status_code)
                if rule.endpoint != "launch.review":
                    assert answer.status_code != 303 or who in READERS, (who, path)


def test_the_learners_own_pages_know_nobody_else(house: House) -> None:
    own = {"portfolio.artifact", "portfolio.submitted", "portfolio.task", "portfolio.submit"}
    own |= {"wallets.show", "wallets.choose", "wallets.disconnect"}
    for who in set(EVERYBODY) - {"ada", "stranger"}:
        for rule, method in house.addresses():
            if rule.endpoint in own or rule.endpoint in ("portfolio.remove", "portfolio.restore"):
                answer = house.ask(who, method, house.path(rule))
                assert answer.status_code == 404, (who, method, rule.rule, answer.status_code)


def test_administration_is_for_tool_administrators_only(house: House) -> None:
    for who in EVERYBODY:
        for rule, method in house.addresses():
            if guard_of(house.app, rule.endpoint) == ADMINISTRATOR and who != "administrator":
                answer = house.ask(who, method, house.path(rule))
                assert answer.status_code == (401 if who == "stranger" else 403), (who, rule.rule)


def test_a_course_keeps_its_grades_to_itself(house: House) -> None:
    """Ivan teaches elsewhere: no name, no score, and no *retry* of what is not his."""
    delivery = house.values["delivery_id"]

    assert "Ada Ferris" in house.ask("dora", "GET", "/grades/").text
    assert house.ask("dora", "POST", f"/grades/{delivery}/retry").status_code == 303
    assert "Ada Ferris" not in house.ask("ivan", "GET", "/grades/").text
    for who in set(EVERYBODY) - {"dora", "stranger"}:
        assert house.ask(who, "POST", f"/grades/{delivery}/retry").status_code == 403, who
        for method, place in (
            ("GET", f"/grades/{delivery}/replace"),
            ("POST", f"/grades/{delivery}/replace"),
            ("GET", f"/grades/columns/{house.values['column_id']}"),
            ("POST", f"/grades/columns/{house.values['column_id']}"),
            ("POST", f"/grades/columns/{house.values['column_id']}/undo"),
            ("POST", f"/grades/columns/{house.values['column_id']}/look"),
        ):
            assert house.ask(who, method, place).status_code == 403, (who, place)


def test_a_program_is_looked_over_by_nobody_without_a_seat_for_it(house: House) -> None:
    """Judges, instructors and the tool's administrators run no program, and learn of none."""
    for who in EVERYBODY:
        for rule, method in house.addresses():
            if rule.endpoint.startswith("oversight."):
                expected = 401 if who == "stranger" else 403 if rule.rule == "/oversight/" else 404
                status = house.ask(who, method, house.path(rule)).status_code
                assert status == expected, (who, method, rule.rule, status)


def _about_badge(house: House) -> list[Rule]:
    badges = house.values["badges.public_id"], house.values["badges.record.public_id"]
    return [
        rule
        for rule, method in house.addresses()
        if method == "GET"
        and any(one in house.path(rule) for one in badges)
        and guard_of(house.app, rule.endpoint) == PUBLIC
    ]


def _alike(answer: TestResponse) -> tuple[int, str]:
    """An answer without what differs each time."""
    page = re.sub(r"<code>[0-9a-f]+</code>|value=\"[0-9a-f]{64}\"", "", answer.text)
    return answer.status_code, page


def test_a_private_badge_cannot_be_told_from_none_at_all(house: House) -> None:
    for rule in _about_badge(house):
        for who in set(EVERYBODY) - {"ada"}:
            private = house.ask(who, "GET", house.path(rule))
            none = house.ask(who, "GET", house.path(rule, {"public_id": "0" * 22}))
            assert private.status_code == 404, (who, rule.rule)
            assert _alike(private) == _alike(none), (who, rule.rule)
            assert "public" not in private.headers.get("Cache-Control", ""), rule.rule


def test_a_badge_is_public_while_it_is_shared_and_not_a_moment_longer(house: House) -> None:
    for is_shared, expected in ((True, 200), (False, 404)):
        house.share(is_shared=is_shared)
        for rule in _about_badge(house):
            answer = house.ask("stranger", "GET", house.path(rule))
            assert answer.status_code == expected, rule.rule
            assert b"ada@example.org" not in answer.get_data(), rule.rule


@pytest.mark.row("T-134")
def test_nobody_learns_whether_somebody_else_has_handed_in(house: House) -> None:
    """Fay has handed in nothing, Ada has; to Ivan both look alike."""
    for who in ("ivan", "ivan-learning", "olga", "vera", "administrator"):
        credential = house.values["credential_id"]
        for neighbour in ("ada", "fay"):
            path = f"/review/of/{house.people[neighbour].id}/{credential}"
            assert house.ask(who, "GET", path).status_code == 403, (who, neighbour)


# -- what is written down --------------------------------------------------------------------


def test_no_log_line_holds_what_was_written_or_a_key_to_it(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    token = house.values["token"]
    visitor = house.visitors["ada"]
    assert visitor is not None
    for rule, method in house.addresses():
        for who in ("stranger", "ada", "ben"):
            house.ask(who, method, house.path(rule), {"text": WRITTEN, "note": WRITTEN})
    house.ask("stranger", "GET", f"/admin/sign-in/{token}/typed-too-much")

    written = capsys.readouterr().err

    assert "review.work" in written
    for secret in (WRITTEN, FILED, FILE_NAME, "ada@example.org", token, visitor.token):
        assert secret not in written
    assert not re.search(r"cairn_visit|eyJ[\w-]{8,}\.", written)


@pytest.mark.usefixtures("house")
def test_an_error_of_the_database_says_nothing_of_what_was_to_be_kept(app: Flask) -> None:
    engine = app.extensions["cairn"].engine

    with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text("SELECT :words FROM nowhere"), {"words": WRITTEN})

    assert WRITTEN not in str(refused.value)


# -- forms -----------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "0" * 64, "ünd", "\0", "their own of another visit"])
def test_no_form_is_taken_without_the_token_of_the_visit(house: House, token: str) -> None:
    neighbour = house.visitors["fay"]
    assert neighbour is not None
    forged = neighbour.token if token.startswith("their") else token
    for who in ("ada", "ben", "dora", "administrator"):
        for rule, method in house.addresses():
            if method == "POST" and guard_of(house.app, rule.endpoint) != PUBLIC:
                answer = house.ask(who, method, house.path(rule), {"form_token": forged})
                assert answer.status_code == 403, (who, rule.rule, answer.status_code)


@pytest.mark.row("T-078")
def test_a_preview_changes_nothing_wherever_it_knocks(house: House) -> None:
    """Ben's account, used by an administrator of the LMS who acts as Ben, assesses nothing."""
    for who in ("ada", "ben", "cleo", "dora"):
        house.preview(who)
        for rule, method in house.addresses():
            if method == "POST" and guard_of(house.app, rule.endpoint) != PUBLIC:
                answer = house.ask(who, method, house.path(rule))
                assert answer.status_code == 403, (who, rule.rule, answer.status_code)


# -- what comes along with every answer ------------------------------------------------------


def test_every_answer_carries_the_headers_that_keep_it_to_itself(house: House) -> None:
    house.share(is_shared=True)
    for rule, method in house.addresses():
        for who in ("stranger", "ada", "ben"):
            answer = house.ask(who, method, house.path(rule))
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, rule.rule
            assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
            assert answer.headers["X-Content-Type-Options"] == "nosniff", rule.rule
            assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer"), rule.rule
            if guard_of(house.app, rule.endpoint) != PUBLIC and who != "stranger":
                assert answer.headers["Cache-Control"] == "private, no-store", rule.rule
                if answer.status_code == 200:
                    assert "frame-ancestors *" not in policy, rule.rule


def test_a_picture_opened_by_itself_runs_no_script(house: House) -> None:
    house.share(is_shared=True)
    for rule, method in house.addresses():
        if method == "GET" and rule.endpoint != "static":
            answer = house.ask("stranger", "GET", house.path(rule, {"form": "svg"}))
            if answer.mimetype == "image/svg+xml":
                assert "sandbox" in answer.headers["Content-Security-Policy"], rule.rule
                assert "script-src" not in answer.headers["Content-Security-Policy"], rule.rule


def test_other_ways_of_asking_break_nothing(house: House) -> None:
    for rule, _ in house.addresses():
        for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "BREW"):
            answer = house.ask("ada", method, house.path(rule))
            assert answer.status_code < 500, (method, rule.rule)
        for path in (house.path(rule) + "/", house.path(rule) + "?a=%ff&b=%00&c=" + "%" * 9):
            assert house.ask("ada", "GET", path).status_code < 500, path


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"then": "\xff"}'),
        ("application/x-www-form-urlencoded", b"form_token=%ff%fe&then=%00&\xff=\xed\xa0\x80"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data"),
        ("multipart/form-data", b"no boundary"),
        ("text/plain; charset=nonsense", b"x" * 10_000),
        ("", b"\x00" * 100),
    ],
)
def test_other_kinds_of_forms_break_nothing(house: House, kind: str, body: bytes) -> None:
    for rule, method in house.addresses():
        if method == "POST":
            for who in ("stranger", "ada"):
                answer = house.ask(who, method, house.path(rule), data=body, content_type=kind)
                assert answer.status_code < 500, (who, rule.rule)
