"""Asking an LMS who is in a course, over real HTTP."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from lti_tool.launch.connector import ScopeMissing, next_page
from lti_tool.outward import Answer
from lti_tool.people.roles import Role
from lti_tool.roster import memberships
from lti_tool.roster.memberships import Declined, address, listed, with_query
from tests.roster.conftest import Town


@pytest.mark.row("T-124")
def test_the_roster_is_asked_for_with_its_own_media_type_and_scope(town: Town) -> None:
    told = town.read()

    school = town.world.lms.school
    assert school.person("ada").sub in {one.sub for one in told.members}
    (asked,) = town.asked()
    assert asked.method == "GET"
    (token,) = [one.body for one in town.world.received("token")]
    assert parse_qs(token)["scope"] == [
        "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
    ]


@pytest.mark.row("T-124")
def test_an_lms_that_grants_no_roster_is_named(town: Town) -> None:
    lms = town.world.lms
    lms.scopes = tuple(scope for scope in lms.scopes if "nrps" not in scope)

    with pytest.raises(ScopeMissing, match="contextmembership"):
        town.read()

    assert town.asked() == []


@pytest.mark.row("T-125")
@pytest.mark.parametrize("pages", [3, 1])
def test_all_members_are_found_over_all_pages(town: Town, pages: int) -> None:
    for number in range(60 if pages == 3 else 1):
        town.world.lms.enrol("Learner", f"Number {number}")
    everybody = len(town.world.lms.school.gradable(town.world.lms.school.course("1")))
    town.world.lms.roster.smallest_page = everybody // 3 + 1 if pages == 3 else None

    told = town.read()

    learners = [one for one in told.members if one.role is Role.LEARNER]
    assert len({one.sub for one in learners}) >= everybody
    assert len(town.asked()) == pages


@pytest.mark.row("T-126")
def test_only_learners_are_asked_for(town: Town) -> None:
    told = town.read()

    assert {one.role for one in told.members} == {Role.LEARNER}
    assert town.world.lms.school.person("dora").sub not in {one.sub for one in told.members}
    (asked,) = town.asked()
    assert parse_qs(asked.query)["role"] == [memberships.LEARNERS]


@pytest.mark.row("T-126")
def test_full_and_short_roles_are_both_understood(town: Town) -> None:
    told = town.read(town.url)  # nothing of ours in it: everybody, in the product's own words

    roles = {one.sub: one.role for one in told.members}
    school = town.world.lms.school
    assert roles[school.person("ada").sub] is Role.LEARNER
    assert roles[school.person("dora").sub] is Role.INSTRUCTOR


@pytest.mark.row("T-126", "T-127")
@pytest.mark.parametrize(
    ("entry", "role", "is_active", "is_gone"),
    [
        ({"user_id": "1", "roles": ["Learner"]}, Role.LEARNER, True, False),
        ({"user_id": 1, "roles": ["Instructor"], "status": "Active"}, Role.INSTRUCTOR, True, False),
        ({"user_id": "1", "roles": [memberships.LEARNERS], "status": "Inactive"},
         Role.LEARNER, False, False),
        ({"user_id": "1", "roles": None, "status": "Deleted"}, Role.VISITOR, False, True),
        ({"user_id": "1", "roles": [7, "Student"], "status": None}, Role.LEARNER, True, False),
    ],
)  # fmt: skip
def test_an_entry_is_read_as_it_comes(
    entry: dict[str, Any], role: Role, is_active: bool, is_gone: bool
) -> None:
    found = listed(entry)

    assert found is not None
    assert (found.sub, found.role) == ("1", role)
    assert (found.is_active, found.is_gone) == (is_active, is_gone)


@pytest.mark.row("T-126")
@pytest.mark.parametrize(
    "entry", [None, "ada", [], {}, {"user_id": ""}, {"user_id": True}, {"user_id": "x" * 256}]
)
def test_an_entry_that_names_nobody_is_passed_over(entry: object) -> None:
    assert listed(entry) is None


@pytest.mark.row("T-126")
def test_a_name_is_put_together_where_only_halves_are_given() -> None:
    found = listed({"user_id": "1", "name": " ", "given_name": "Ada", "family_name": "Reyes"})

    assert found is not None
    assert found.name == "Ada Reyes"


@pytest.mark.row("T-129")
def test_of_one_link_the_section_about_each_person_is_read(town: Town) -> None:
    link = town.world.link
    with town.world.lms.school.change():
        link.custom["credential"] = "field-journal"

    told = town.read(address(town.url, link_id=link.lti_id))

    custom = "https://purl.imsglobal.org/spec/lti/claim/custom"
    assert told.members
    assert all(one.message[custom]["credential"] == "field-journal" for one in told.members)


@pytest.mark.row("T-129")
def test_a_parameter_that_is_there_already_is_not_doubled() -> None:
    url = "https://lms.edu/roster?rlid=old&type_id=3&Limit=5&rlid=older"

    found = with_query(url, rlid="new link/1")

    assert parse_qs(found.partition("?")[2]) == {
        "rlid": ["new link/1"], "type_id": ["3"], "Limit": ["5"]
    }  # fmt: skip


@pytest.mark.row("T-129")
def test_a_roster_address_with_a_link_in_it_is_asked_once(town: Town) -> None:
    other = town.world.lms.add_link("1", "Another", points=None)
    with_link = with_query(town.url, rlid=other.lti_id)

    town.read(address(with_link, link_id=town.world.link.lti_id))

    (asked,) = town.asked()
    assert parse_qs(asked.query)["rlid"] == [town.world.link.lti_id]


# -- LMSs that do as they like --------------------------------------------------------------


class Odd:
    """A roster service on loopback that answers whatever a test wants."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any, str]] = []
        self.asked: list[str] = []
        self.url = ""


@pytest.fixture
def odd() -> Iterator[Odd]:
    """The service; its last answer is given again and again."""
    found = Odd()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            more = len(found.answers) > 1
            status, body, link = found.answers.pop(0) if more else found.answers[0]
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if link:
                self.send_header("Link", link.encode().decode("latin-1"))
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/Roster"
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def some(*subs: str) -> dict[str, Any]:
    return {"members": [{"user_id": sub, "roles": ["Learner"]} for sub in subs]}


@pytest.mark.row("T-125", "T-119")
def test_the_next_page_keeps_its_case_and_crooked_quotes_are_read(town: Town, odd: Odd) -> None:
    odd.answers = [
        (200, some("1"), f"<{odd.url}?Page=bookmark:WzFd&amp;a=B>; rel=“next”"),
        (200, some("2"), f'<{odd.url}?p=2>; rel="prev", </Roster?Page=C>; rel=next'),
        (200, some("3"), ""),
    ]

    told = town.read(odd.url)

    assert [one.sub for one in told.members] == ["1", "2", "3"]
    assert odd.asked == ["/Roster", "/Roster?Page=bookmark:WzFd&a=B", "/Roster?Page=C"]


@pytest.mark.row("T-125")
def test_a_next_page_elsewhere_is_not_followed(town: Town, odd: Odd) -> None:
    odd.answers = [(200, some("1"), '<https://elsewhere.example/r>; rel="next"')]

    assert [one.sub for one in town.read(odd.url).members] == ["1"]
    assert len(odd.asked) == 1


@pytest.mark.row("T-125")
def test_a_roster_without_an_end_is_cut(town: Town, odd: Odd) -> None:
    odd.answers = [
        (200, some(str(number)), f'<{odd.url}?p={number}>; rel="next"') for number in range(300)
    ]

    assert len(town.read(odd.url).members) == memberships.PAGES


@pytest.mark.row("T-124")
@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>"), (200, {"members": None}), (200, 7), (404, {}), (403, b""), (302, b"")],
)
def test_what_is_no_roster_is_declined(town: Town, odd: Odd, status: int, body: Any) -> None:
    odd.answers = [(status, body, "")]

    with pytest.raises(Declined):
        town.read(odd.url)


@pytest.mark.row("T-124")
def test_a_bare_list_is_read_too(town: Town, odd: Odd) -> None:
    odd.answers = [(200, some("1")["members"], "")]

    assert [one.sub for one in town.read(odd.url).members] == ["1"]


@pytest.mark.row("T-128")
def test_the_address_of_differences_is_told_apart_from_the_next_page() -> None:
    header = '<https://lms.edu/r?since=Zx>; rel="differences"'

    assert next_page(Answer(200, {"Link": header}, b""), "https://lms.edu/r") is None
