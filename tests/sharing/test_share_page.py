"""The badge's addresses: private until shared, then true in every format asked for."""

import json
import re
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.badges import awards, documents
from lti_tool.badges.models import AwardState, Rendering, SignedDocument
from lti_tool.database import sessions
from lti_tool.people.models import AuditEvent
from lti_tool.sealing import baking
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome
from lti_tool.web.session import VISIT_COOKIE, clock
from tests.badges.exhibition import FromTheClient, Shown
from tests.badges.workshop import results_for
from tests.builders import a_credential_version
from tests.cast import ada

JSON_TYPES = (
    "application/vc",
    "application/vc+ld+json",
    "application/ld+json",
    "application/json",
)
FILES = (".json", ".jwt", ".png", ".svg", "/picture.svg", "/card.png")


def _token_of(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found
    return found.group(1)


# -- private by default ------------------------------------------------------------------------


def test_a_private_badge_is_there_for_its_earner_only(shown: Shown) -> None:
    addresses = [shown.path, shown.assertion, *(shown.path + ending for ending in FILES)]
    addresses += [f"{shown.assertion}.png", f"{shown.assertion}.svg"]

    for client, status in (
        (shown.stranger(), 404),
        (shown.visitor(shown.ivan), 404),
        (shown.visitor(shown.ada), 200),
    ):
        for address in addresses:
            assert client.get(address).status_code == status, address


def test_what_only_its_earner_sees_is_kept_by_nobody(shown: Shown) -> None:
    earner = shown.visitor(shown.ada)

    for address in (shown.path, shown.path + ".json", shown.assertion):
        assert earner.get(address).headers["Cache-Control"] == "private, no-store"


def test_sharing_makes_it_public_and_stopping_makes_it_private_again(shown: Shown) -> None:
    earner, stranger = shown.visitor(shown.ada), shown.stranger()
    token = _token_of(earner.get(shown.path).text)

    answer = earner.post(f"{shown.path}/share", data={"form_token": token})
    assert (answer.status_code, answer.location) == (303, shown.path)
    for ending in ("", *FILES):
        assert stranger.get(shown.path + ending).status_code == 200
    assert stranger.get(shown.assertion).status_code == 200

    earner.post(f"{shown.path}/stop-sharing", data={"form_token": token})
    for ending in ("", *FILES):
        assert stranger.get(shown.path + ending).status_code == 404
    assert stranger.get(shown.assertion).status_code == 404
    with Session(shown.engine) as session:
        acts = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert list(acts) == ["badges.share", "badges.stop-sharing"]


@pytest.mark.parametrize("act", ["share", "stop-sharing", "credit"])
def test_nobody_else_decides_on_sharing(shown: Shown, act: str) -> None:
    shown.share()
    other = shown.visitor(shown.ivan)
    token = _token_of(shown.visitor(shown.ada).get(shown.path).text)
    own_token = _token_of_visit(shown, other)

    assert other.post(f"{shown.path}/{act}", data={"form_token": token}).status_code == 403
    assert other.post(f"{shown.path}/{act}", data={"form_token": own_token}).status_code == 404
    assert shown.stranger().post(f"{shown.path}/{act}").status_code == 401


def _token_of_visit(shown: Shown, client: FlaskClient) -> str:
    from lti_tool.web.permissions import form_token

    cookie = client.get_cookie(VISIT_COOKIE)
    assert cookie
    with shown.app.test_request_context(headers={"Cookie": f"{VISIT_COOKIE}={cookie.value}"}):
        return form_token()


# -- the page ----------------------------------------------------------------------------------


def test_the_share_page_answers_what_was_shown_and_whether_it_is_true(shown: Shown) -> None:
    shown.share()

    page = shown.stranger().get(shown.path).text

    assert "Keeping a field journal" in page
    assert "Ada Ferris" in page
    assert "Checked just now: genuine and in force" in page
    assert page.count("Reached</p>") == 3
    assert "Work at level 3 of criterion 1." in page
    assert "Demonstration" in page
    assert "Stop sharing" not in page
    assert "ada@example.org" not in page


def test_the_page_previews_well_where_its_address_is_posted(shown: Shown) -> None:
    shown.share()
    stranger = shown.stranger()

    page = stranger.get(shown.path).text
    og = dict(re.findall(r'<meta property="(og:[a-z:]+)"[^>]*content="([^"]*)"', page))

    assert og["og:title"] == "Keeping a field journal (demonstration): earned by Ada Ferris"
    assert og["og:url"] == f"http://localhost:8000{shown.path}"
    assert og["og:image"] == f"http://localhost:8000{shown.path}/card.png"
    picture = Image.open(BytesIO(stranger.get(urlsplit(og["og:image"]).path).data))
    assert picture.size == (int(og["og:image:width"]), int(og["og:image:height"]))


def test_linked_in_is_offered_when_it_is_public_and_never_gets_the_name(shown: Shown) -> None:
    earner = shown.visitor(shown.ada)
    assert "linkedin.com" not in earner.get(shown.path).text

    shown.share()
    found = re.search(r'href="(https://www\.linkedin\.com[^"]+)"', earner.get(shown.path).text)

    assert found
    asked = parse_qs(urlsplit(found.group(1).replace("&amp;", "&")).query)
    assert asked["startTask"] == ["CERTIFICATION_NAME"]
    assert asked["certUrl"] == [f"http://localhost:8000{shown.path}"]
    assert asked["certId"] == [shown.public_id]
    assert asked["organizationName"] == ["Cairn demonstration issuer"]
    assert "Ada" not in found.group(1)


def test_until_it_is_signed_the_page_says_so(shown: Shown) -> None:
    with sessions(shown.engine).begin() as session:
        for document in session.scalars(select(SignedDocument)):
            session.delete(document)
    earner = shown.visitor(shown.ada)

    assert "Being signed" in earner.get(shown.path).text
    answer = earner.get(shown.path + ".json")
    assert answer.status_code == 503
    assert "signed" in answer.text


def test_my_badges_say_in_words_who_sees_them(shown: Shown) -> None:
    earner = shown.visitor(shown.ada)

    assert "Private: only you see it" in earner.get("/badges/").text
    shown.share()
    assert "Public: anybody with the address sees it" in earner.get("/badges/").text
    assert "Keeping" not in shown.visitor(shown.ivan).get("/badges/").text
    assert shown.stranger().get("/badges/").status_code == 401


def test_stacks_show_what_is_earned_and_what_is_missing(app: Flask, engine: Engine) -> None:
    house = app.extensions["cairn"]
    with sessions(engine).begin() as session:
        first = a_credential_version(title="First stone", slug="first")
        version = first.program_version
        second = a_credential_version(title="Second stone", slug="second", program_version=version)
        version.document = {
            **version.document,
            "stacks": [
                {
                    "slug": "pile",
                    "title": "The whole pile",
                    "rule": "all-of",
                    "members": ["first", "second"],
                }
            ],
        }
        learner = ada()
        session.add_all([first, second, learner])
        session.flush()
        awards.award(
            session,
            person=learner,
            credential_version=first,
            results=results_for(first),
            now=clock(),
        )
    page = Shown(app, engine, "", learner, learner).visitor(learner).get("/badges/").text

    assert "The whole pile" in page
    assert "1 of 2" in page
    assert re.search(r"First stone</a> <span[^>]*>Earned", page)
    assert re.search(r"Second stone <span[^>]*>Still to earn", page)
    assert house


# -- formats -----------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", JSON_TYPES)
def test_programs_get_the_credential_at_the_same_address(shown: Shown, accept: str) -> None:
    shown.share()

    answer = shown.stranger().get(shown.path, headers={"Accept": accept})

    assert answer.content_type == accept
    assert json.loads(answer.data)["id"] == f"http://localhost:8000{shown.path}"
    assert "Accept" in answer.vary
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_programs_that_ask_for_the_jwt_get_it(shown: Shown) -> None:
    shown.share()

    answer = shown.stranger().get(shown.path, headers={"Accept": "application/vc+jwt"})

    assert answer.content_type == "application/vc+jwt"
    assert answer.text.count(".") == 2
    assert answer.text == shown.stranger().get(shown.path + ".jwt").text


@pytest.mark.parametrize("accept", ["", "*/*", "text/html,application/xhtml+xml,*/*;q=0.8"])
def test_people_get_the_page(shown: Shown, accept: str) -> None:
    shown.share()

    answer = shown.stranger().get(shown.path, headers={"Accept": accept})

    assert answer.content_type == "text/html; charset=utf-8"


@pytest.mark.parametrize("ending", [".json", ".jwt", ".png", ".svg"])
def test_every_file_verifies_with_what_a_stranger_may_ask_for(shown: Shown, ending: str) -> None:
    data = shown.visitor(shown.ada).get(shown.path + ending).data
    source = FromTheClient(shown.stranger())

    report = checking.check_file(data, source, now=clock())

    assert report.outcome is Outcome.VALID, report.sentence
    assert sorted({urlsplit(url).path for url in source.asked}) == [
        "/.well-known/did.json",
        "/badges/status/1",
    ]


@pytest.mark.parametrize("ending", ["", ".png", ".svg"])
def test_every_older_file_verifies_once_shared(shown: Shown, ending: str) -> None:
    data = shown.visitor(shown.ada).get(shown.assertion + ending).data
    source = FromTheClient(shown.stranger())

    assert checking.check_file(data, source, now=clock()).outcome is Outcome.UNCHECKED
    shown.share()
    report = checking.check_file(data, source, now=clock())
    assert report.outcome is Outcome.VALID, report.sentence


def test_a_picture_carries_one_format_only(shown: Shown) -> None:
    earner = shown.visitor(shown.ada)

    newer = earner.get(shown.path + ".png").data
    older = earner.get(shown.assertion + ".png").data

    assert baking.extract(newer).format is baking.OPEN_BADGES_3
    assert b"openbadges\0" not in newer
    assert baking.extract(older).format is baking.OPEN_BADGES_2
    assert b"openbadgecredential" not in older


# -- revocation --------------------------------------------------------------------------------


@pytest.mark.row("B2-057")
def test_a_revoked_assertion_answers_410_with_its_reason_only(shown: Shown) -> None:
    shown.share()
    shown.revoke()

    for ending in ("", ".png", ".svg"):
        answer = shown.stranger().get(shown.assertion + ending)
        assert answer.status_code == 410
        assert set(json.loads(answer.data)) == {
            "@context",
            "type",
            "id",
            "revoked",
            "revocationReason",
        }


@pytest.mark.row("B3-055")
def test_revocation_reaches_files_that_were_saved_before(shown: Shown) -> None:
    saved = shown.visitor(shown.ada).get(shown.path + ".png").data
    source = FromTheClient(shown.stranger())
    before = shown.stranger().get("/badges/status/1")

    shown.revoke()

    report = checking.check_file(saved, source, now=clock())
    assert report.outcome is Outcome.NOT_VALID
    assert "revoked" in report.sentence
    after = shown.stranger().get("/badges/status/1")
    assert before.headers["ETag"] != after.headers["ETag"]


def test_the_page_of_a_revoked_badge_says_so(shown: Shown) -> None:
    shown.share()
    shown.revoke()

    page = shown.stranger().get(shown.path).text

    assert "Revoked on" in page
    assert "By mistake." in page
    assert "genuine and in force" not in page


@pytest.mark.row("B3-050")
def test_the_status_list_can_be_kept_for_a_little_while(shown: Shown) -> None:
    first = shown.stranger().get("/badges/status/1")

    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert json.loads(first.data)["type"] == [
        "VerifiableCredential",
        "BitstringStatusListCredential",
    ]
    again = shown.stranger().get(
        "/badges/status/1", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304
    assert shown.stranger().get("/badges/status/2").status_code == 404


# -- what is always public ---------------------------------------------------------------------


def test_issuers_achievements_and_badge_classes_need_nobodys_leave(shown: Shown) -> None:
    stranger = shown.stranger()
    with Session(shown.engine) as session:
        version = shown.award(session).credential_version
        achievement = f"/badges/achievements/{version.credential.public_id}/v{version.number}"
        badge_class = f"/badges/v2/badgeclasses/{version.credential.public_id}-v{version.number}"

    root = json.loads(stranger.get("/.well-known/did.json").data)
    assert root["id"] == "did:web:localhost%3A8000"
    assert json.loads(stranger.get("/issuers/demonstration/did.json").data) == root
    answer = stranger.get(achievement, headers={"Accept": "application/ld+json"})
    asked = json.loads(answer.data)
    assert asked["id"] == f"http://localhost:8000{achievement}"
    assert len(asked["resultDescription"]) == 5
    page = stranger.get(achievement).text
    assert "What it takes to earn it" in page
    assert stranger.get(achievement + ".json").data == answer.data
    assert Image.open(BytesIO(stranger.get(achievement + ".png").data)).size == (600, 600)
    assert stranger.get(achievement + ".svg").text.startswith("<svg")
    hosted = json.loads(stranger.get(badge_class).data)
    assert hosted["type"] == "BadgeClass"
    issuer = json.loads(stranger.get(urlsplit(hosted["issuer"]).path).data)
    assert issuer["type"] == "Issuer"
    key = json.loads(stranger.get(urlsplit(issuer["publicKey"]).path).data)
    assert key["owner"] == issuer["id"]
    revoked = json.loads(stranger.get(urlsplit(issuer["revocationList"]).path).data)
    assert len(revoked["revokedAssertions"]) == 2
    assert stranger.get(urlsplit(hosted["criteria"]["id"]).path).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/badges/nothing",
        f"/badges/{'a' * 22}",
        f"/badges/{'a' * 22}.json",
        f"/badges/v2/assertions/{'a' * 22}",
        "/badges/v2/badgeclasses/nothing",
        "/badges/v2/badgeclasses/nothing-v1",
        "/badges/v2/issuers/nobody",
        "/issuers/nobody/did.json",
        f"/badges/achievements/{'a' * 22}/v1",
        "/badges/status/99",
    ],
)
def test_what_is_not_there_answers_404(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_what_was_signed_is_what_is_served(shown: Shown) -> None:
    with Session(shown.engine) as session:
        kept = documents.kept(session, shown.award(session))
        assert shown.award(session).state is AwardState.CURRENT
    earner = shown.visitor(shown.ada)

    assert earner.get(shown.path + ".json").data == kept[Rendering.OB3_JSON]
    assert earner.get(shown.path + ".jwt").data == kept[Rendering.OB3_JWT]
