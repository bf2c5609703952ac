"""The pages of “My accounts”: who sees what, and what each button does."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from lti_tool.accounts.models import AccountRequest, WrongCode
from lti_tool.database import sessions
from lti_tool.launch.models import PlatformUser
from lti_tool.people.models import Person
from lti_tool.people.roles import Role
from lti_tool.portfolio.models import Enrolment
from tests.accounts.conftest import Pair
from tests.builders import NOON, a_credential_version
from tests.counting import Counted
from tests.portfolio.studio import Visitor, enter

pytestmark = [
    pytest.mark.row("S2-09"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def code_on(page: str) -> str:
    """The code a page shows."""
    found = re.search(r'class="account-code">([A-Z0-9-]+)<', page)
    assert found, page
    return found[1]


def a_request(ada: Visitor, again: Visitor) -> str:
    """Ada gets a code and enters it in her other account; the address of the comparison."""
    code = code_on(ada.post("/accounts/code").text)
    answer = again.post("/accounts/enter", {"code": code})
    assert answer.status_code == 303
    return answer.location


def test_both_see_both_and_the_second_word_joins(
    app: Flask, engine: Engine, kept_pair: Pair
) -> None:
    # Given something begun in the second account
    with sessions(engine).begin() as session:
        person = session.get_one(Person, kept_pair.again.id)
        version = a_credential_version(title="Pond survey")
        session.add(Enrolment(person=person, credential_version=version, begun_at=NOON))
    ada, again = enter(app, kept_pair.ada), enter(app, kept_pair.again)

    address = a_request(ada, again)
    here, there = again.get(address).text, ada.get(address).text

    for page in (here, there):
        assert "Ada Ferris" in page
        assert "A. Ferris" in page
        assert "River District" in page
        assert "Hills University" in page
        assert "1 credential begun, 0 badges, 0 teams" in page
    assert "Pond survey" in here  # her own, by name
    assert "Pond survey" not in there  # the other's, as a figure until both have confirmed

    assert (
        "Now confirm in the other account"
        in again.post(f"{address}/confirm", follow_redirects=True).text
    )
    assert address in ada.get("/accounts/").text
    last = ada.post(f"{address}/confirm", follow_redirects=True).text

    assert "Joined." in last
    # And her visit from the second LMS goes on, as the one person
    assert "You are one person here" in again.get("/accounts/").text
    assert "You are</span> <bdi>Ada Ferris" in again.get("/accounts/").text
    # And sending the last word again, or the first, changes nothing and says so
    assert "This request is over" in ada.post(f"{address}/confirm", follow_redirects=True).text


@pytest.mark.row("S3-39")
def test_home_says_that_a_request_waits_until_nothing_is_left_to_do(
    app: Flask, kept_pair: Pair
) -> None:
    """One query, asked or not."""
    ada, again, ivan = (enter(app, one) for one in (kept_pair.ada, kept_pair.again, kept_pair.ivan))
    words = "A request to join two of your accounts waits"

    def home(visitor: Visitor) -> tuple[bool, int]:
        with Counted(app.extensions["cairn"].engine) as counted:
            page = visitor.get("/").text
        return words in page, len(counted)

    is_told, before = home(ada)
    assert not is_told
    address = a_request(ada, again)
    assert [home(one)[0] for one in (ada, again, ivan)] == [True, True, False]
    a_request(ada, ivan)
    assert home(ada) == (True, before)
    again.post(f"{address}/confirm")
    assert [home(one)[0] for one in (ada, again)] == [True, False]
    ada.post(f"{address}/confirm")
    assert not home(again)[0]


def test_ivan_gets_nowhere_with_somebody_elses_code(
    app: Flask, engine: Engine, kept_pair: Pair
) -> None:
    """He has read Ada's code over her shoulder: she sees his name, and says no."""
    ada, ivan = enter(app, kept_pair.ada), enter(app, kept_pair.ivan)
    address = a_request(ada, ivan)
    ivan.post(f"{address}/confirm")

    seen = ada.get(address).text
    assert "Ivan Petrov" in seen
    with sessions(engine)() as session:
        assert (
            session.scalars(
                select(PlatformUser.person_id).where(PlatformUser.sub == "sub of Ivan Petrov")
            ).one()
            == kept_pair.ivan.id
        )
    ada.post(f"{address}/decline")

    assert ivan.get(address).status_code == 404
    assert ivan.post(f"{address}/confirm").status_code == 303
    with sessions(engine)() as session:
        assert session.scalar(select(func.count(Person.id))) == 3


def test_a_request_is_nobody_elses(app: Flask, kept_pair: Pair) -> None:
    address = a_request(enter(app, kept_pair.ada), enter(app, kept_pair.again))
    ivan = enter(app, kept_pair.ivan)

    assert ivan.get(address).status_code == 404
    assert ivan.post(f"{address}/decline").status_code == 404
    ivan.post(f"{address}/confirm")
    assert "A request waits" not in ivan.get("/accounts/").text


def test_a_code_that_does_not_fit_is_said_beside_the_field_and_counted(
    app: Flask, engine: Engine, kept_pair: Pair
) -> None:
    ivan = enter(app, kept_pair.ivan)

    answer = ivan.post("/accounts/enter", {"code": "ABCD-<b>"})

    assert answer.status_code == 422
    assert 'value="ABCD-&lt;b&gt;"' in answer.text
    assert "This code does not fit" in answer.text
    with sessions(engine)() as session:
        assert session.scalar(select(func.count(WrongCode.id))) == 1


def test_guessing_is_bounded_for_an_address(app: Flask, kept_pair: Pair) -> None:
    """Whoever has many accounts has not as many addresses; codes are asked for there as well."""
    visitors = [enter(app, kept_pair.ivan), enter(app, kept_pair.again)]

    answers = [
        visitors[number % 2].post("/accounts/enter", {"code": "AAAA-AAAA"}).status_code
        for number in range(20)
    ]

    assert set(answers) == {422}
    assert visitors[0].post("/accounts/enter", {"code": "AAAA-AAAA"}).status_code == 429
    assert enter(app, kept_pair.ada).post("/accounts/code").status_code == 429


@pytest.mark.parametrize("who", ["administrator", "preview", "nobody"])
def test_only_people_in_their_own_visit_join(
    app: Flask, engine: Engine, kept_pair: Pair, who: str
) -> None:
    if who == "nobody":
        with sessions(engine).begin() as session:
            person = Person(name="Guest", is_test=True, created_at=NOON)
            session.add(person)
        visitor = enter(app, person)
    else:
        visitor = enter(
            app,
            kept_pair.ada,
            role=Role.ADMINISTRATOR if who == "administrator" else Role.LEARNER,
            is_preview=who == "preview",
        )

    assert visitor.get("/accounts/").status_code == 200
    assert visitor.post("/accounts/code").status_code == 403
    assert visitor.post("/accounts/enter", {"code": "AAAA-AAAA"}).status_code == 403
    with sessions(engine)() as session:
        assert session.scalar(select(func.count(AccountRequest.id))) == 0


def test_an_account_is_separated_by_its_person_alone(
    app: Flask, engine: Engine, kept_pair: Pair
) -> None:
    ada, again = enter(app, kept_pair.ada), enter(app, kept_pair.again)
    address = a_request(ada, again)
    again.post(f"{address}/confirm")
    ada.post(f"{address}/confirm")
    (way,) = re.findall(r'href="(/accounts/joined/\d+/separate)"', ada.get("/accounts/").text)

    ivan = enter(app, kept_pair.ivan)
    assert ivan.get(way).status_code == 404
    assert ivan.post(way).status_code == 404
    assert "What goes with it" in ada.get(way).text
    assert ada.post(way).status_code == 303

    with sessions(engine)() as session:
        account = session.scalars(
            select(PlatformUser).where(PlatformUser.sub == "sub of A. Ferris")
        ).one()
        assert (account.person.name, account.person_id == kept_pair.ada.id) == ("A. Ferris", False)


def test_the_page_asks_the_same_however_many_accounts_there_are(
    app: Flask, engine: Engine, kept_pair: Pair
) -> None:
    ada = enter(app, kept_pair.ada)

    def asked() -> int:
        with Counted(app.extensions["cairn"].engine) as counted:
            assert ada.get("/accounts/").status_code == 200
        return len(counted)

    before = asked()
    with sessions(engine).begin() as session:
        for name in ("again", "ivan"):
            account = session.scalars(
                select(PlatformUser).where(PlatformUser.person_id == getattr(kept_pair, name).id)
            ).one()
            account.person_id = kept_pair.ada.id

    assert asked() == before
