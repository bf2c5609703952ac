"""Two at the same moment, two accounts of one person, and visits that have no cookie."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from lti_tool.accounts import joining, separating
from lti_tool.badges import awards
from lti_tool.database import sessions
from lti_tool.people.models import Person, Visit
from lti_tool.people.roles import Role
from lti_tool.wallets import scopes
from lti_tool.wallets.connections import Wish, connect
from lti_tool.wallets.models import CodeGrant, Connection, Reach
from lti_tool.web.session import VISIT_COOKIE, begin_visit, clock, digest
from tests.accounts.conftest import a_pair
from tests.badges.exhibition import Shown
from tests.builders import NOON
from tests.wallets.host import Browser, Host
from tests.wallets.test_hostile import a_code, asked, exchanged
from tests.wallets.ties import a_host

AT_ONCE = 4
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.row("B3-103")
def test_of_four_exchanges_of_one_code_one_gets_a_token_and_soon_nobody(host: Host, ada: Browser):
    code = a_code(host, ada)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: exchanged(host, code), range(AT_ONCE)))

    assert Counter(one.status_code for one in answers) == {200: 1, 400: AT_ONCE - 1}
    token = next(one.json()["access_token"] for one in answers if one.ok)
    assert host.get("/credentials", token).status_code == 401


def test_two_consents_at_once_are_one_connection(host: Host, ada: Browser, engine: Engine):
    page = ada.open(asked(host))
    given = {"answer": "connect", "scope": scopes.READ, "reach": "all"}

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: ada.send(page, **given), range(AT_ONCE)))

    assert [one.status_code for one in answers] == [303] * AT_ONCE
    with Session(engine) as session:
        assert session.scalar(select(func.count(Connection.id))) == 1
        assert session.scalar(select(func.count(CodeGrant.id))) == AT_ONCE


@only_sqlite
@pytest.mark.row("S2-09")
def test_of_two_connections_with_one_service_the_newer_stays_and_the_other_comes_back(
    session: Session,
):
    """What came back works only after it was consented to anew: its tokens are gone."""
    pair = a_pair(session)
    service = a_host(session)
    wish = Wish([scopes.READ], Reach.ALL)
    for person, moment in ((pair.ada, NOON), (pair.again, clock())):
        connect(session, service, person=person, scopes=[scopes.READ], wish=wish, now=moment)
    newer = session.scalars(
        select(Connection.public_id).where(Connection.person_id == pair.again.id)
    ).one()

    joining.join(session, keep=pair.ada, leave=pair.again, now=NOON)

    assert session.scalars(select(Connection.public_id)).all() == [newer]
    (joined,) = separating.joined_of(session, pair.ada).values()
    apart = separating.separate(session, joined, by=pair.ada, now=NOON)
    owners = dict(session.execute(select(Connection.person_id, Connection.public_id)).all())
    assert owners.keys() == {pair.ada.id, apart.id}
    assert owners[apart.id] == newer


@only_sqlite
def test_a_connection_gives_out_nothing_of_an_account_that_left(
    host: Host, ada: Browser, badge: Shown, engine: Engine
):
    token = exchanged(host, a_code(host, ada, scope=scopes.READ)).json()["access_token"]
    assert host.get("/credentials", token).headers["X-Total-Count"] == "1"
    with sessions(engine).begin() as session:
        (award,) = awards.badges_of(session, session.get_one(Person, badge.ada.id))
        award.person = session.get_one(Person, badge.ivan.id)

    assert host.get("/credentials", token).headers["X-Total-Count"] == "0"


@only_sqlite
@pytest.mark.row("T-104", "B3-106")
def test_a_visit_without_a_cookie_goes_on_in_a_window_where_services_find_it(
    host: Host, badge: Shown, engine: Engine
):
    with badge.app.test_request_context(), sessions(engine).begin() as session:
        person = session.get_one(Person, badge.ada.id)
        _, token = begin_visit(
            session, person=person, role=Role.LEARNER, by_token=True, now=clock()
        )
    carried = {"Authorization": f"Bearer {token}"}
    page = requests.get(f"{host.base}/wallets/", headers=carried, timeout=20)
    assert "Open in a window of its own" in page.text

    opened = Browser(host.base).send(page)

    assert opened.status_code == 303
    cookie = opened.headers["Set-Cookie"].split(";")[0].removeprefix(f"{VISIT_COOKIE}=")
    window = Browser(host.base, cookie).open(f"{host.base}/wallets/")
    assert "Ada Ferris" in window.text
    assert "Open in a window of its own" not in window.text
    for headers in (
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        given = page.text.split('name="from" value="')[1].split('"')[0]
        pushed = requests.post(
            f"{host.base}/wallets/window", data={"from": given}, headers=headers, timeout=20
        )
        assert pushed.status_code == 403
        assert "Set-Cookie" not in pushed.headers


@only_sqlite
@pytest.mark.row("T-104")
def test_a_visit_that_goes_on_in_a_window_ends_when_it_would_have_and_goes_on_once(
    host: Host, ada: Browser, engine: Engine
):
    """Otherwise whoever has a stolen cookie renews it for ever."""
    end = clock() + timedelta(hours=1)
    with sessions(engine).begin() as session:
        mine = select(Visit).where(Visit.token_digest == digest(ada.cookie))
        session.scalars(mine).one().expires_at = end
    page = requests.get(
        f"{host.base}/wallets/",
        headers={"Cookie": f"{VISIT_COOKIE}={ada.cookie}", "Sec-Fetch-Dest": "iframe"},
        timeout=20,
    )

    first, second = (Browser(host.base).send(page) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 403)
    assert "Set-Cookie" not in second.headers
    cookie = first.headers["Set-Cookie"].split(";")[0].removeprefix(f"{VISIT_COOKIE}=")
    with Session(engine) as session:
        ends = {one.token_digest: one.expires_at for one in session.scalars(select(Visit))}
    assert ends[digest(cookie)] == ends[digest(ada.cookie)] == end
