"""The Open Badges API as its own description tells it: every path, pages, times, profiles."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

import pytest
import requests
from flask.testing import FlaskClient
from jsonschema import Draft4Validator
from openapi_spec_validator import validate
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.badges import awards, chores
from lti_tool.badges.models import SignedDocument
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.people.models import Person
from lti_tool.wallets import scopes, status_info
from lti_tool.wallets.given_out import Window
from lti_tool.wallets.models import BadgeHost
from lti_tool.web.restraint import MINUTE
from lti_tool.web.session import clock
from tests.badges.exhibition import Shown
from tests.badges.workshop import results_for
from tests.builders import NOON, a_credential_version
from tests.wallets.host import Browser, Host, metadata

pytestmark = pytest.mark.row("B3-104")
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def a_token(host: Host, ada: Browser, **given: Any) -> str:
    """An access token that Ada's consent brought."""
    session, address = host.begin()
    return str(host.finish(session, ada.allow(address, **given))["access_token"])


def earn(badge: Shown, engine: Engine, *titles: str) -> list[str]:
    """More signed badges of Ada's, one after the other."""
    house, made = badge.app.extensions["cairn"], []
    for title in titles:
        with sessions(engine).begin() as session:
            version = a_credential_version(title=title)
            session.add(version)
            session.flush()
            award = awards.award(
                session,
                person=session.get_one(Person, badge.ada.id),
                credential_version=version,
                results=results_for(version),
                now=clock(),
            )
            made.append(award.public_id)
        chores.sign(JobContext(house.settings, engine, house.keyring), award.id)
    return made


def ids(answer: requests.Response) -> list[str]:
    """Public ids of the badges that were answered."""
    return [one["id"].rpartition("/")[2] for one in answer.json()["credential"]]


# -- the description -----------------------------------------------------------------------------


def schemas(description: Mapping[str, Any], name: str) -> Draft4Validator:
    """The schema of this name, with what it refers to."""
    place = {"$ref": f"#/components/schemas/{name}"}
    return Draft4Validator({**place, "components": description["components"]})


@only_sqlite
def test_the_description_is_openapi_and_says_what_the_standard_asks(client: FlaskClient):
    answer = client.get("/ims/ob/v3p0/discovery")
    told = answer.get_json()

    validate(told)
    assert told["openapi"].startswith("3.0.")
    assert told["servers"] == [{"url": "http://localhost:8000/ims/ob/v3p0"}]
    assert {"title", "termsOfService", "x-imssf-privacyPolicyUrl"} <= told["info"].keys()
    scheme = told["components"]["securitySchemes"]["OAuth2ACG"]
    assert scheme["x-imssf-registrationUrl"] == "http://localhost:8000/wallets/register"
    assert set(scheme["flows"]["authorizationCode"]["scopes"]) == set(scopes.ALL)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "max-age" in answer.headers["Cache-Control"]
    again = client.get("/ims/ob/v3p0/discovery", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    for address in (told["info"]["termsOfService"], told["info"]["x-imssf-privacyPolicyUrl"]):
        path, _, part = address.removeprefix("http://localhost:8000").partition("#")
        assert f'id="{part}"' in client.get(path).text


@only_sqlite
def test_the_description_for_oauth_alone_agrees_with_it(client: FlaskClient):
    told = client.get("/.well-known/oauth-authorization-server").get_json()
    flow = client.get("/ims/ob/v3p0/discovery").get_json()["components"]["securitySchemes"][
        "OAuth2ACG"
    ]["flows"]["authorizationCode"]

    assert told["issuer"] == "http://localhost:8000"
    assert told["token_endpoint"] == flow["tokenUrl"]
    assert told["authorization_endpoint"] == flow["authorizationUrl"]
    assert told["code_challenge_methods_supported"] == ["S256"]


def operations(description: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every path with each of its methods."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@only_sqlite
def test_every_path_of_the_description_answers_as_it_says(host: Host, ada: Browser):
    token = a_token(host, ada)
    bodies: dict[str, Any] = {"put": {"json": {}}, "post": {"json": {"no": "badge"}}}
    asked = 0
    for path, method, operation in operations(host.description):
        for secret in (token, "nonsense", ""):
            headers = {"Authorization": f"Bearer {secret}"} if secret else {}
            answer = requests.request(
                method, host.api + path, headers=headers, timeout=20, **bodies.get(method, {})
            )
            is_open = operation["security"] == []
            expected = 200 if is_open or (secret == token and method != "post") else 400
            assert answer.status_code == (expected if is_open or secret == token else 401)
            said = operation["responses"][str(answer.status_code)]
            schema = said["content"]["application/json"]["schema"]
            assert answer.headers["Content-Type"] == "application/json"
            if "$ref" in schema:
                name = schema["$ref"].rpartition("/")[2]
                schemas(host.description, name).validate(answer.json())
            asked += 1
        for other in {"get", "post", "put", "patch", "delete"} - host.description["paths"][
            path
        ].keys():
            answer = requests.request(other, host.api + path, timeout=20)
            assert answer.status_code == 405
            schemas(host.description, "Imsx_StatusInfo").validate(answer.json())
    assert asked == 15


@only_sqlite
def test_what_breaks_is_told_in_the_same_form(client: FlaskClient, engine: Engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE api_token RENAME TO gone")
    client.application.testing = False

    answer = client.get("/ims/ob/v3p0/profile", headers={"Authorization": "Bearer x"})

    assert answer.status_code == 500
    assert (
        answer.get_json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"]
        == status_info.BROKEN
    )
    assert "api_token" not in answer.text


@only_sqlite
def test_what_a_token_lacks_is_said_in_the_challenge(host: Host, ada: Browser):
    token = a_token(host, ada, scope=scopes.READ_PROFILE)

    answer = host.get("/credentials", token)

    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    field = answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]
    assert field["imsx_codeMinorFieldValue"] == status_info.FORBIDDEN


# -- credentials ---------------------------------------------------------------------------------


@only_sqlite
def test_badges_come_by_pages_and_each_once(host: Host, ada: Browser, badge: Shown, engine: Engine):
    made = [badge.public_id, *earn(badge, engine, "Rivers", "Ponds", "Springs", "Wells")]
    token = a_token(host, ada)

    seen, address, pages = [], f"{host.api}/credentials?limit=2", 0
    while address:
        answer = requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=20)
        assert answer.headers["X-Total-Count"] == "5"
        assert {"first", "last"} <= answer.links.keys()
        assert ("prev" in answer.links) is (pages > 0)
        seen += ids(answer)
        pages += 1
        address = answer.links.get("next", {}).get("url", "")

    assert pages == 3
    assert sorted(seen) == sorted(made)
    last = requests.get(
        answer.links["last"]["url"], headers={"Authorization": f"Bearer {token}"}, timeout=20
    )
    assert ids(last) == seen[4:]
    assert host.get("/credentials", token, limit=1000, offset=4).json()["credential"] != []
    assert ids(host.get("/credentials", token, offset=99)) == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=x", "limit=1e3", "limit=99999999999", "offset=-1",
        "offset=%00", "offset=٣", "since=yesterday", "since=2026-11-20", "since=%00",
        "since=2026-11-20T12:00:00", "limit=",
    ],
)  # fmt: skip
def test_an_odd_query_is_refused_in_the_apis_own_words(query: str):
    given = dict.fromkeys(("limit", "offset", "since"))
    name, _, value = query.partition("=")
    given[name] = unquote(value)

    with pytest.raises(status_info.ApiRefused) as refused:
        Window.read(*given.values())

    assert refused.value.status == 400
    assert refused.value.code == status_info.QUERY


def test_links_lead_to_every_page_and_keep_the_moment():
    window = Window(limit=2, offset=2, since=NOON)

    links = requests.utils.parse_header_links(window.links("https://a.example/c", 7))

    since = quote(NOON.isoformat(), safe="")
    assert {one["rel"]: one["url"] for one in links} == {
        "next": f"https://a.example/c?limit=2&offset=4&since={since}",
        "last": f"https://a.example/c?limit=2&offset=6&since={since}",
        "first": f"https://a.example/c?limit=2&offset=0&since={since}",
        "prev": f"https://a.example/c?limit=2&offset=0&since={since}",
    }
    assert 'rel="next"' not in Window(limit=2, offset=6).links("https://a.example/c", 7)
    assert "offset=0" in Window().links("https://a.example/c", 0)
    assert Window.read(None, None, "2026-11-20T13:00:00 01:00").since == NOON


@only_sqlite
def test_since_is_when_the_service_could_read_it_first(
    host: Host, ada: Browser, badge: Shown, engine: Engine
):
    """A badge signed, or chosen, after the last visit is new, however old it is."""
    (river,) = earn(badge, engine, "Rivers")
    with sessions(engine).begin() as session:
        session.execute(update(SignedDocument).values(signed_at=NOON))
    token = a_token(host, ada, reach="chosen", badge=[badge.public_id])
    visited = datetime.now(UTC).isoformat()

    assert ids(host.get("/credentials", token)) == [badge.public_id]
    assert ids(host.get("/credentials", token, since=visited)) == []
    connection = ada.open(f"{host.base}/wallets/")
    assert "only those you chose" in connection.text
    change = ada.open(host.base + connection.text.split('class="button" href="')[1].split('"')[0])
    kept = ada.send(change, reach="chosen", badge=[badge.public_id, river])
    assert kept.status_code == 303
    assert ids(host.get("/credentials", token, since=visited)) == [river]
    assert ada.send(change, reach="all").status_code == 303
    later = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    assert len(ids(host.get("/credentials", token, since=visited))) == 2
    assert ids(host.get("/credentials", token, since=later)) == []
    assert ada.send(change, reach="chosen", badge=[]).status_code == 422
    (pond,) = earn(badge, engine, "Ponds")
    assert pond in ids(host.get("/credentials", token))


@only_sqlite
def test_what_is_given_out_is_what_was_signed_byte_for_byte(
    host: Host, ada: Browser, badge: Shown, engine: Engine
):
    answer = host.get("/credentials", a_token(host, ada))
    file = ada.open(f"{host.base}{badge.path}.json")

    assert file.content in answer.content
    assert badge.path not in Browser(host.base).open(f"{host.base}{badge.path}").text
    assert json.loads(file.content) == answer.json()["credential"][0]


@only_sqlite
def test_use_is_noted_for_the_page_and_not_each_time(host: Host, ada: Browser, engine: Engine):
    token = a_token(host, ada)
    assert "not used yet" in ada.open(f"{host.base}/wallets/").text

    host.get("/credentials", token)

    assert "last used" in ada.open(f"{host.base}/wallets/").text


# -- profile -------------------------------------------------------------------------------------


@only_sqlite
def test_a_profile_is_another_for_each_service_and_keeps_what_it_may(host: Host, ada: Browser):
    other = Host(host.base).discover().register()
    first, second = a_token(host, ada), a_token(other, ada)
    mine = host.get("/profile", first).json()
    assert mine["id"] != other.get("/profile", second).json()["id"]

    def put(**changes: Any) -> requests.Response:
        return requests.put(
            f"{host.api}/profile",
            json={**mine, **changes},
            headers={"Authorization": f"Bearer {first}"},
            timeout=20,
        )

    kept = put(url="https://backpack.example/ada", description="I watch wrens. 🐦")
    assert kept.status_code == 200
    assert kept.json() == host.get("/profile", first).json()
    assert kept.json()["url"] == "https://backpack.example/ada"
    assert "url" not in other.get("/profile", second).json()
    assert "https://backpack.example/ada" in ada.open(f"{host.base}/wallets/").text
    for changes, words in (
        ({"name": "Ada the Great"}, "name comes from the school"),
        ({"email": "eve@evil.example"}, "email comes from the school"),
        ({"id": "urn:uuid:1"}, "id comes from the school"),
        ({"phone": "111"}, "phone is not kept here"),
        ({"url": "javascript:alert(1)"}, "url must be a web address"),
        ({"url": ["https://a.example"]}, "url must be"),
        ({"description": 7}, "description must be a text"),
        ({"description": "x" * 2001}, "description must be a text"),
        ({"<b>": "x"}, "A member is not kept here"),
    ):
        refused = put(**changes)
        assert refused.status_code == 400
        assert words in refused.json()["imsx_description"]
    assert put().json().keys() == mine.keys()  # what is left out goes


NO_PROFILES = (
    b"", b"[]", b"{", b"[" * 60_000, b'"\xff"', b'{"description": "\\ud800"}', b"x" * 70_000,
)  # fmt: skip


@only_sqlite
def test_a_profile_that_is_none_breaks_nothing(host: Host, ada: Browser):
    token = a_token(host, ada)
    for body in NO_PROFILES:
        answer = requests.put(
            f"{host.api}/profile",
            data=body,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            timeout=20,
        )

        assert answer.status_code in (400, 413), body[:20]
        assert answer.json()["imsx_codeMajor"] == "failure"


# -- restraint -----------------------------------------------------------------------------------


@only_sqlite
def test_one_address_registers_ten_services_an_hour(client: FlaskClient, engine: Engine):
    restraint = client.application.extensions["cairn.restraint"]

    def ask() -> TestResponse:
        restraint.asked.pop(MINUTE, None)  # as if each came in a minute of its own
        return client.post("/wallets/register", json=metadata())

    answers = [ask() for _ in range(11)]

    assert [one.status_code for one in answers] == [201] * 10 + [429]
    assert answers[-1].headers["Retry-After"] == "3600"
    with Session(engine) as session:
        assert session.scalar(select(func.count(BadgeHost.id))) == 10


@only_sqlite
def test_who_registers_or_guesses_too_often_waits(client: FlaskClient):
    answers = [client.post("/wallets/register", json={}) for _ in range(11)]
    assert [one.status_code for one in answers] == [400] * 10 + [429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert answers[-1].get_json()["error"] == "temporarily_unavailable"

    guess = {"Authorization": "Bearer guess"}
    for _ in range(60):
        assert client.get("/ims/ob/v3p0/profile", headers=guess).status_code == 401
    last = client.get("/ims/ob/v3p0/profile", headers=guess)
    assert last.status_code == 429
    assert (
        last.get_json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"]
        == status_info.BUSY
    )
