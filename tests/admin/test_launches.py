"""The launch doctor: why a launch was refused, who must act, and what to compare (O-01)."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from lti_tool.admin import launches
from lti_tool.admin.chores import AT_ONCE, forget_launches
from lti_tool.certification.platform import LEFT_OUT
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring
from lti_tool.launch.models import LaunchRecord, Registration
from lti_tool.launch.platforms import add_platform
from lti_tool.launch.problems import CAUSES
from lti_tool.people.models import Person, Visit
from lti_tool.people.roles import Role
from lti_tool.settings import Settings
from tests.admin.conftest import Cairn
from tests.conftest import NOON
from tests.counting import Counted
from tests.launch.conftest import key_set
from tests.launch.kit import Browser, KeyServer, Platform
from tests.launch.kit import problem as problem_of

__all__ = ["key_set"]

Keep = Callable[..., int]


@pytest.fixture
def browser(app: Flask, engine: Engine, key_set: KeyServer) -> Browser:
    """Ada's browser, and an LMS that is registered."""
    platform = Platform(key_set)
    platform.register(engine)
    return Browser(app.test_client(), platform)


@pytest.fixture
def keep(engine: Engine) -> Keep:
    """A record like those that launches leave behind; answers its number."""

    def make(code: str = "expired", **facts: Any) -> int:
        values: dict[str, Any] = {"reference": "ref-1", "at": datetime.now(UTC), "code": code}
        with sessions(engine).begin() as session:
            row = LaunchRecord(**(values | facts))
            session.add(row)
            session.flush()
            return row.id

    return make


@pytest.fixture
def ada(engine: Engine) -> int:
    """Ada's number."""
    with sessions(engine).begin() as session:
        person = Person(name="Ada Ferris", email="ada.ferris@example.org", created_at=NOON)
        session.add(person)
        session.flush()
        return person.id


def listed(page: str) -> list[str]:
    """The references of a page, in its order."""
    return re.findall(r"/admin/launches/\d+\"><code>([^<]*)</code>", page)


def test_the_reference_of_a_refused_person_leads_to_what_happened(
    browser: Browser, administrator: FlaskClient
) -> None:
    refused = browser.launch(exp=1, iat=1)
    assert problem_of(refused)[0] == 401
    shown = re.search(r"reference <code>([^<]+)</code>", refused.text)
    assert shown

    found = administrator.get("/admin/launches", query_string={"q": shown[1]}).text
    assert listed(found) == [shown[1]]
    address = re.search(r'href="(/admin/launches/\d+)"', found)
    assert address
    page = administrator.get(address[1]).text

    assert "This launch arrived after it had expired." in page
    assert "Compare this server&#39;s clock" in page
    assert browser.platform.issuer in page
    assert "Prairie State LMS" in page


@pytest.mark.row("T-045")
@pytest.mark.parametrize(
    "sent",
    [
        "https://lakeside.example.edu/",
        "http://lakeside.example.edu",
        "https://Lakeside.example.edu",
        "https://lakeside.exampel.edu",
    ],
)
def test_an_issuer_that_is_nearly_right_is_named(
    administrator: FlaskClient, keep: Keep, lms: int, sent: str
) -> None:
    """T-045: a slash, a scheme, a letter."""
    number = keep("unknown-platform", issuer=sent, client_id="c-7")

    page = administrator.get(f"/admin/launches/{number}").text

    assert lms
    assert "did you mean https://lakeside.example.edu" in page
    assert '<strong>Us, who run this tool</strong> <span class="state now">first' in page
    assert f"cairn platform add --issuer {sent} --client-id c-7 …" in page
    assert page.count("differs</span>") == 1  # the client id is that of the issuer that was meant


def test_an_issuer_like_nobodys_is_not_guessed(
    administrator: FlaskClient, keep: Keep, lms: int
) -> None:
    number = keep("unknown-platform", issuer="https://moodle.other.org", client_id="9")

    page = administrator.get(f"/admin/launches/{number}").text

    assert lms
    assert "nothing like it" in page
    assert "did you mean" not in page


def test_what_was_received_stands_beside_what_is_registered(
    administrator: FlaskClient, keep: Keep, engine: Engine, lms: int
) -> None:
    number = keep(
        "deployment-pending",
        registration_id=lms,
        issuer="https://lakeside.example.edu",
        client_id="c-7",
        deployment_id="9",
        compared=[["deployment_id", "9", "approved"]],
    )

    with sessions(engine)() as session:
        found = launches.find_one(session, number, base_url="http://localhost:8000")

    rows = {row.name: (row.received, row.registered, row.differs) for row in found.compared}
    assert rows == {
        "issuer": ("https://lakeside.example.edu", "https://lakeside.example.edu", False),
        "client_id": ("c-7", "c-7", False),
        "deployment_id": ("9", "1 (active)", True),
    }
    assert found.steps[0].who == launches.US
    assert found.command == ""  # this deployment was never seen
    page = administrator.get(f"/admin/launches/{number}").text
    assert page.count("same</span>") == 2
    assert page.count("differs</span>") == 1


def test_a_launch_that_was_let_in_has_nothing_to_compare_that_differs(
    browser: Browser, administrator: FlaskClient, engine: Engine
) -> None:
    assert browser.launch().status_code == 303

    with sessions(engine)() as session:
        number = session.scalars(select(LaunchRecord.id)).one()
        found = launches.find_one(session, number, base_url="http://localhost:8000")

    assert found.is_accepted
    assert found.compared
    assert not [row for row in found.compared if row.differs]
    page = administrator.get(f"/admin/launches/{number}").text
    assert "Let in." in page
    assert "Who must act" not in page
    assert "Ada Bloom" in page


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.code)
def test_every_code_says_who_must_act(cause: Any, engine: Engine, keep: Keep) -> None:
    number = keep(cause.code)

    with sessions(engine)() as session:
        found = launches.find_one(session, number, base_url="http://localhost:8000")

    assert found.line.happened == cause.happened
    assert {step.words for step in found.steps} >= {cause.you}
    assert set(launches.FIRST_TO_ACT) <= set(launches.KNOWN_CAUSES)
    if found.steps[0].who == launches.LEARNER:
        assert not cause.you.startswith("Nothing"), "nobody acts first who can do nothing"


def test_launches_are_found_by_lms_outcome_and_person(
    administrator: FlaskClient, keep: Keep, lms: int, ada: int
) -> None:
    keep("accepted", reference="in", registration_id=lms, person_id=ada)
    keep("expired", reference="late", registration_id=lms, person_id=ada)
    keep("state", reference="lost")

    def found(**query: str) -> list[str]:
        return listed(administrator.get("/admin/launches", query_string=query).text)

    assert found() == ["lost", "late"]
    assert found(outcome="all") == ["lost", "late", "in"]
    assert found(outcome="accepted") == ["in"]
    assert found(outcome="expired") == ["late"]
    assert found(outcome="nonsense") == ["lost", "late"]
    assert found(lms=str(lms), outcome="all") == ["late", "in"]
    assert found(lms="0") == ["lost"]
    assert found(lms="x" * 99) == ["lost", "late"]
    for text in ("FERRIS", "ada.ferris@", " late ", "lat"):
        assert found(q=text) == ["late"], text
    for text in ("%", "_", "nobody", "\\"):
        assert found(q=text) == [], text


def test_a_person_is_found_by_what_their_lms_calls_them(
    browser: Browser, administrator: FlaskClient
) -> None:
    browser.launch()

    page = administrator.get("/admin/launches", query_string={"q": "ada-1", "outcome": "all"})

    assert len(listed(page.text)) == 1


def test_a_person_who_was_erased_leaves_a_record_without_a_name(
    administrator: FlaskClient, engine: Engine, keep: Keep, ada: int
) -> None:
    number = keep(person_id=ada)
    with sessions(engine).begin() as session:
        session.delete(session.get_one(Person, ada))

    for address in ("/admin/launches", f"/admin/launches/{number}"):
        page = administrator.get(address)
        assert page.status_code == 200
        assert "not known" in page.text
        assert "Ferris" not in page.text


def test_a_code_of_another_version_is_shown_as_it_is(
    administrator: FlaskClient, keep: Keep
) -> None:
    number = keep("from-the-future", compared=[["a", "b", "c"]])

    assert "from-the-future" in administrator.get("/admin/launches").text
    assert administrator.get(f"/admin/launches/{number}").status_code == 200


def test_the_list_goes_page_by_page_and_costs_the_same(
    administrator: FlaskClient, app: Flask, keep: Keep, lms: int, ada: int
) -> None:
    def cost(**query: str) -> tuple[int, list[str]]:
        with Counted(app.extensions["cairn"].engine) as counted:
            page = administrator.get("/admin/launches", query_string=query).text
        return counted.reads, listed(page)

    keep(reference="r-0", registration_id=lms, person_id=ada)
    before, _ = cost()
    for number in range(1, launches.PAGE + 10):
        keep(reference=f"r-{number}", registration_id=lms, person_id=ada)

    after, first = cost()
    assert after == before
    assert first == [f"r-{number}" for number in range(launches.PAGE + 9, 9, -1)]
    older = re.search(
        r'href="([^"]+)">Older', administrator.get("/admin/launches", query_string={"q": "r-"}).text
    )
    assert older
    page = administrator.get(older[1].replace("&amp;", "&")).text
    assert listed(page) == [f"r-{number}" for number in range(9, -1, -1)]
    assert "Newest</a>" in page
    assert "Older</a>" not in page


def test_the_report_is_plain_text_without_the_person(
    administrator: FlaskClient, keep: Keep, lms: int, ada: int
) -> None:
    number = keep(
        "expired", registration_id=lms, person_id=ada, issuer="https://lakeside.example.edu",
        client_id="c-7", skew=-90.0, compared=[["exp", "12:00:00 UTC", "after 12:01:30 UTC"]],
    )  # fmt: skip

    answer = administrator.get(f"/admin/launches/{number}.txt")

    assert answer.mimetype == "text/plain"
    assert "Reference: ref-1" in answer.text
    assert "- exp [differs]\n  received:   12:00:00 UTC" in answer.text
    assert "LMS clock: -90 s" in answer.text
    assert "Ferris" not in answer.text
    page = administrator.get(f"/admin/launches/{number}").text
    assert "Reference: ref-1" in page


def test_names_are_for_administrators_only(
    administrator: FlaskClient, engine: Engine, keep: Keep
) -> None:
    number = keep()
    addresses = ["/admin/launches", f"/admin/launches/{number}", f"/admin/launches/{number}.txt"]
    assert administrator.get("/admin/launches/999").status_code == 404

    with sessions(engine).begin() as session:
        session.scalars(select(Visit)).one().role = Role.INSTRUCTOR

    for address in addresses:
        assert administrator.get(address).status_code == 403


SECRETS = re.compile(r"eyJ|[\w.]+@[\w.]+\.\w|BEGIN|Bearer")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"nonce": "another-nonce-entirely"},
        {"exp": 1},
        {"aud": "ada@example.edu"},
        {"sub": LEFT_OUT},
        {"name": 5},
        {"version": "state=abcdefghijklmnop"},
        {"deployment_id": "9"},
        {"roles": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0abc.c2ln"},
    ],
    ids=lambda wrong: next(iter(wrong), "nothing"),
)
def test_no_token_state_nonce_cookie_or_address_stands_in_a_record(
    browser: Browser, administrator: FlaskClient, engine: Engine, wrong: dict[str, Any]
) -> None:
    begun = browser.begin()
    told = browser.platform.claims(begun.nonce, **wrong)
    token = browser.platform.sign(told)
    browser.post(begun.state, token)
    browser.post(begun.state, token)
    browser.post("another-state-entirely", token)
    browser.post(begun.state, token[:-9] + "AAAAAAAAA")
    cookies = [cookie.split("=", 1)[1].split(";")[0]
               for cookie in begun.response.headers.getlist("Set-Cookie")]  # fmt: skip

    with sessions(engine)() as session:
        rows = session.scalars(select(LaunchRecord)).all()
        kept = json.dumps(
            [[value for name, value in vars(row).items() if name != "_sa_instance_state"]
             for row in rows], default=str)  # fmt: skip
        pages = [launches.find_one(session, row.id, base_url="b").report for row in rows]
    assert len(rows) >= 3
    for text in (kept, *pages):
        assert not SECRETS.search(text), SECRETS.search(text)
        for secret in (begun.state, begun.nonce, *cookies, "another-state", "another-nonce"):
            assert secret not in text


# -- keeping and forgetting --------------------------------------------------------------------


def test_records_are_kept_for_a_set_time(settings: Settings, engine: Engine, keep: Keep) -> None:
    for days in (89, 91, 400):
        keep(reference=f"{days}", at=NOON - timedelta(days=days))
    with sessions(engine).begin() as session:
        session.add_all(
            LaunchRecord(reference="many", at=NOON - timedelta(days=100), code="state")
            for _ in range(AT_ONCE + 5)
        )
    context = JobContext(settings, engine, Keyring.open(settings, engine, NOON), clock=lambda: NOON)

    forget_launches(context)
    forget_launches(context)

    with sessions(engine)() as session:
        assert session.scalars(select(LaunchRecord.reference)).all() == ["89"]
        assert session.scalar(select(func.count()).select_from(LaunchRecord)) == 1


# -- the command line --------------------------------------------------------------------------


def test_an_operator_reads_launches_without_a_browser(
    run: Cairn, keep: Keep, lms: int, ada: int
) -> None:
    keep("accepted", reference="in", registration_id=lms, person_id=ada)
    keep(
        "expired", reference="late", registration_id=lms, person_id=ada,
        issuer="https://lakeside.example.edu", compared=[["exp", "a", "b"]],
    )  # fmt: skip

    assert "late" in run("launch", "list").output
    assert "Lakeside, Ada Ferris" in run("launch", "list").output
    rows = json.loads(run("launch", "list", "--all", "--json").stdout)
    assert [row["reference"] for row in rows] == ["late", "in"]
    rows = json.loads(
        run("launch", "list", "--code", "accepted", "--lms", str(lms), "--json").stdout
    )
    assert [row["reference"] for row in rows] == ["in"]
    assert json.loads(run("launch", "list", "--text", "nobody", "--json").stdout) == []

    told = run("launch", "show", "late").output
    assert "This launch arrived after it had expired." in told
    assert "Ferris" not in told
    whole = json.loads(run("launch", "show", "late", "--json").stdout)
    assert whole["code"] == "expired"
    assert [row["name"] for row in whole["compared"]][-1] == "exp"
    assert whole["steps"][0]["do"]
    assert "no record" in run("launch", "show", "no-such", expect=1).output


# -- the overview -------------------------------------------------------------------------------


def test_the_overview_counts_what_was_refused_within_a_week(
    administrator: FlaskClient, engine: Engine, keep: Keep, lms: int
) -> None:
    for _ in range(3):
        keep("expired", registration_id=lms)
    keep("state", registration_id=lms)
    keep("accepted", registration_id=lms)
    keep("nonce", registration_id=lms, at=datetime.now(UTC) - timedelta(days=8))
    keep("unknown-platform", issuer="https://elsewhere.example.org")

    page = administrator.get("/admin").text

    with sessions(engine)() as session:
        counted = launches.refusals(session, datetime.now(UTC))
        name = session.get_one(Registration, lms).name
    assert counted == {lms: {"expired": 3, "state": 1}, None: {"unknown-platform": 1}}
    assert list(counted[lms]) == ["expired", "state"]
    assert f'<code>expired</code> 3<span class="unseen"> at <bdi>{name}</bdi>' in page
    assert "<code>nonce</code>" not in page
    assert "not registered here was refused once" in page


def test_the_overview_costs_the_same_whatever_the_number_of_platforms(
    administrator: FlaskClient, engine: Engine, app: Flask, keep: Keep, lms: int
) -> None:
    def cost() -> int:
        with Counted(app.extensions["cairn"].engine) as counted:
            assert administrator.get("/admin").status_code == 200
        return counted.reads

    keep("expired", registration_id=lms, skew=50.0)
    before = cost()
    for number in range(8):
        with sessions(engine).begin() as session:
            other = add_platform(
                session,
                name=f"School {number}",
                issuer=f"https://school-{number}.example.edu",
                client_id="c",
                auth_login_url="https://lms.example.edu/auth",
                auth_token_url="https://lms.example.edu/token",
                jwks_url="https://lms.example.edu/jwks",
                deployment_ids=["1"],
                now=NOON,
            ).id
        keep("expired", registration_id=other, skew=-1.0)
        keep("state", registration_id=other, skew=90.0)

    assert cost() == before
