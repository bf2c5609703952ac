"""Launches from the practice LMS: honest, refused, and forged."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
import requests

from lti_tool.practice_lms import PracticeLms
from lti_tool.practice_lms.mood import LTI, SCOPE_SCORE
from tests.practice_lms.conftest import Clock
from tests.practice_lms.stand_in import StandIn, a_key
from tests.practice_lms.visitor import Visitor

AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


def opened(lms: PracticeLms, tool: StandIn, person: str, link: str) -> dict[str, Any]:
    """The claims that arrive at the tool when somebody opens a link."""
    Visitor(lms.base_url, person).launch("1", link)
    token = tool.launches[-1]["id_token"]
    keys = jwt.PyJWKSet.from_dict(requests.get(lms.jwks_url, timeout=5).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=lms.client_id,
        options={"verify_exp": False, "verify_iat": False},
    )
    return claims


def test_a_launch_arrives_signed_with_what_the_lms_knows(lms: PracticeLms, tool: StandIn) -> None:
    link = lms.add_link("1", "Portfolio", custom={"program": "demo", "odd": "$Nope.nothing"})

    claims = opened(lms, tool, "ada", link.id)

    assert claims["iss"] == lms.base_url
    assert claims["sub"] == lms.school.person("ada").sub
    assert claims["name"] == "Ada Reyes"
    assert claims[LTI + "resource_link"]["id"] == link.lti_id
    assert claims[LTI + "custom"]["program"] == "demo"
    assert claims[LTI + "custom"]["odd"] == "$Nope.nothing"
    assert claims[LTI + "deployment_id"] == lms.registration()["deployment_ids"][0]
    assert claims[LTI + "tool_platform"]["product_family_code"] == lms.mood.product
    column = lms.school.columns_for(link)[0]
    assert claims[AGS]["lineitem"] == lms.mood.column_url(lms, column)


def test_a_moodle_token_lives_a_minute_and_a_canvas_token_an_hour(
    lms: PracticeLms, tool: StandIn
) -> None:
    link = lms.add_link("1", "Portfolio")

    claims = opened(lms, tool, "ada", link.id)

    assert claims["exp"] - claims["iat"] == {"moodle": 60, "canvas": 3600}[lms.mood.name]


def test_roles_are_spelled_as_each_product_spells_them(canvas: PracticeLms, tool: StandIn) -> None:
    link = canvas.add_link("1", "Portfolio")

    fay = opened(canvas, tool, "fay", link.id)[LTI + "roles"]
    student = opened(canvas, tool, "student-view", link.id)[LTI + "roles"]

    assert "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor" in fay
    assert "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner" in fay
    assert "http://purl.imsglobal.org/vocab/lti/system/person#TestUser" in student


def test_the_line_item_claim_goes_away_with_a_second_column(
    lms: PracticeLms, tool: StandIn
) -> None:
    link = lms.add_link("1", "Portfolio")
    lms.add_column(lms.school.course("1"), "More", 10, link_id=link.id)

    claims = opened(lms, tool, "ada", link.id)

    assert "lineitem" not in claims[AGS]
    assert "lineitems" in claims[AGS]


def request_to(lms: PracticeLms, link: str, **changed: str) -> dict[str, str]:
    """An authentication request as an honest tool would make it, with some parts changed."""
    begin = f"{lms.base_url}/courses/1/links/{link}/launch"
    asked = requests.get(begin, params={"as": "ada", "format": "json"}, timeout=5).json()["fields"]
    return {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": asked["client_id"],
        "redirect_uri": lms.redirect_uri,
        "login_hint": asked["login_hint"],
        "lti_message_hint": asked["lti_message_hint"],
        "state": "s",
        "nonce": "n",
        "format": "json",
        **changed,
    }


def answered(lms: PracticeLms, asked: dict[str, str]) -> dict[str, str]:
    answer = requests.get(lms.auth_login_url, params=asked, timeout=5)
    fields: dict[str, str] = answer.json()["fields"]
    return fields


def test_a_canvas_launch_can_be_used_once(canvas: PracticeLms) -> None:
    asked = request_to(canvas, canvas.add_link("1", "Portfolio").id)

    first, second = answered(canvas, asked), answered(canvas, asked)

    assert "id_token" in first
    assert second == {
        "error": "launch_no_longer_valid",
        "error_description": second["error_description"],
        "state": "s",
    }


@pytest.mark.parametrize(
    ("changed", "canvas_code", "moodle_code"),
    [
        ({"client_id": "other"}, "unauthorized_client", "unauthorized_client"),
        ({"scope": "profile"}, "invalid_request_object", "invalid_scope"),
        ({"lti_message_hint": ""}, "invalid_request_object", "invalid_request"),
        ({"login_hint": "1"}, "login_required", "access_denied"),
        ({"prompt": "login"}, "invalid_request_object", "invalid_request"),
        ({"nonce": ""}, "invalid_request_object", "invalid_request"),
    ],
)
def test_a_wrong_authentication_request_comes_back_as_an_error(
    lms: PracticeLms, changed: dict[str, str], canvas_code: str, moodle_code: str
) -> None:
    asked = request_to(lms, lms.add_link("1", "Portfolio").id, **changed)

    answer = answered(lms, asked)

    assert answer["error"] == (canvas_code if lms.mood.name == "canvas" else moodle_code)
    assert answer["state"] == "s"


def test_an_unregistered_redirect_address_is_never_answered(lms: PracticeLms) -> None:
    asked = request_to(lms, lms.add_link("1", "P").id, redirect_uri="https://evil.example/")

    answer = requests.get(lms.auth_login_url, params=asked, timeout=5)

    assert answer.status_code == 400
    assert "redirect_uri" in answer.json()["error"]


def test_somebody_who_signs_out_on_the_way_has_to_sign_in_again(
    lms: PracticeLms, tool: StandIn
) -> None:
    link = lms.add_link("1", "Portfolio")
    session = requests.Session()
    session.post(f"{lms.base_url}/be/ada", timeout=5)
    url = f"{lms.base_url}/courses/1/links/{link.id}/launch?format=json"
    fields = session.get(url, timeout=5).json()["fields"]
    asked = request_to(lms, link.id) | {
        "login_hint": fields["login_hint"],
        "lti_message_hint": fields["lti_message_hint"],
    }

    session.post(f"{lms.base_url}/be/nobody", timeout=5)

    assert answered(lms, asked)["error"] == "login_required"


def test_whoever_is_not_enrolled_cannot_open_the_course(lms: PracticeLms) -> None:
    link = lms.add_link("1", "Portfolio")
    url = f"{lms.base_url}/courses/1/links/{link.id}/launch"

    assert requests.get(url, params={"as": "ivan"}, timeout=5).status_code == 403
    assert requests.get(url, timeout=5).status_code == 401
    assert requests.get(f"{lms.base_url}/courses/2?as=ivan", timeout=5).status_code == 200


def test_rotated_keys_sign_with_a_new_kid_and_publish_the_old(
    lms: PracticeLms, tool: StandIn
) -> None:
    before = lms.keys.current[0]

    after = lms.rotate_keys()

    published = [key["kid"] for key in requests.get(lms.jwks_url, timeout=5).json()["keys"]]
    assert published == [before, after]
    assert "sub" in opened(lms, tool, "ada", lms.add_link("1", "P").id)


def test_forged_launches_are_wrong_in_the_way_that_was_asked_for(lms: PracticeLms) -> None:
    link = lms.add_link("1", "Portfolio")

    def without_kid(claims: dict[str, Any], headers: dict[str, Any]) -> None:
        headers["kid"] = None
        del claims["sub"]

    bare = lms.launch_form("ada", link, state="s", nonce="n", change=without_kid)
    other = lms.launch_form("ada", link, state="s", nonce="n", key=a_key())
    unsigned = lms.launch_form("ada", link, state="s", nonce="n", alg="none")
    shared = lms.launch_form("ada", link, state="s", nonce="n", alg="HS256", key=b"-----BEGIN")

    assert "kid" not in jwt.get_unverified_header(bare["id_token"])
    claims = jwt.decode(bare["id_token"], options={"verify_signature": False})
    assert "sub" not in claims
    assert claims["nonce"] == "n"
    public = lms.keys.current[1].public_key()
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(other["id_token"], public, algorithms=["RS256"], audience=lms.client_id)
    assert jwt.get_unverified_header(unsigned["id_token"])["alg"] == "none"
    assert jwt.get_unverified_header(shared["id_token"])["alg"] == "HS256"


def test_a_launch_that_is_never_finished_is_forgotten(moodle: PracticeLms, time: Clock) -> None:
    asked = request_to(moodle, moodle.add_link("1", "Portfolio").id)

    time.tick(601)

    assert answered(moodle, asked)["error"] == "invalid_request"


def test_services_that_were_not_granted_are_not_offered(lms: PracticeLms, tool: StandIn) -> None:
    link = lms.add_link("1", "Portfolio")
    lms.scopes = (SCOPE_SCORE,)
    only_scores = opened(lms, tool, "ada", link.id)
    lms.scopes = ()
    nothing = opened(lms, tool, "ada", link.id)

    assert only_scores[AGS]["scope"] == [SCOPE_SCORE]
    assert AGS not in nothing
    assert not [name for name in nothing if "lti-nrps" in name]
