"""An LMS keeps the tool that registered itself, also over a restart."""

from pathlib import Path

import jwt
import pytest

from lti_tool.practice_lms import PracticeLms
from lti_tool.practice_lms.mood import MoodName, Refusal
from lti_tool.practice_lms.registration import CANVAS, TOOL, NotThisTool

TOOL_URL = "http://localhost:8000"


def body(**changes: object) -> dict[str, object]:
    """An application in order but for the changes."""
    return {
        "client_name": "Cairn",
        "initiate_login_uri": f"{TOOL_URL}/lti/login",
        "redirect_uris": [f"{TOOL_URL}/lti/launch"],
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "jwks_uri": f"{TOOL_URL}/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": "openid",
        TOOL: {
            "domain": "localhost:8000",
            "target_link_uri": f"{TOOL_URL}/lti/launch",
            "messages": [{"type": "LtiDeepLinkingRequest"}],
            "claims": ["sub"],
            "custom_parameters": {"here": "$Context.id"},
        },
    } | changes


def an_lms(mood: MoodName, path: Path) -> PracticeLms:
    return PracticeLms(
        mood=mood, base_url="http://127.0.0.1:8001", tool_url=TOOL_URL, state_file=path
    )


def bearer(lms: PracticeLms) -> str:
    """A fresh registration token, as the header carries it."""
    address = lms.registrations.begin(f"{TOOL_URL}/lti/register?invitation=x")
    return "Bearer " + address.rpartition("registration_token=")[2]


@pytest.mark.parametrize("mood", ["canvas", "moodle"])
def test_a_registered_tool_is_known_after_a_restart(mood: MoodName, tmp_path: Path) -> None:
    lms = an_lms(mood, tmp_path / "school.json")
    before = lms.client_id
    lms.registrations.apply(bearer(lms), body())
    assert lms.client_id == before, "pending: launches go by what was there before"
    lms.registrations.activate()

    again = an_lms(mood, tmp_path / "school.json")

    assert again.client_id == lms.client_id != before
    assert again.tool_custom == {"here": "$Context.id"}
    if mood == "moodle":
        entry = again.registrations.newest
        assert entry is not None
        assert {one.deployment_id for one in again.school.courses.values()} == {entry.deployment_id}
    again.registrations.remove()
    assert an_lms(mood, tmp_path / "school.json").registrations.newest is None


@pytest.mark.parametrize("mood", ["canvas", "moodle"])
@pytest.mark.parametrize(
    "changes",
    [
        {"client_name": ""},
        {"redirect_uris": "http://localhost:8000/lti/launch"},
        {"redirect_uris": ["http://localhost:8000/"]},
        {"token_endpoint_auth_method": "client_secret_post"},
        {TOOL: None},
        {TOOL: {"domain": "localhost", "target_link_uri": f"{TOOL_URL}/lti/launch"}},
    ],
    ids=str,
)
def test_an_application_out_of_order_is_refused_in_the_products_way(
    mood: MoodName, tmp_path: Path, changes: dict[str, object]
) -> None:
    lms = an_lms(mood, tmp_path / "school.json")
    token = bearer(lms)

    with pytest.raises(Refusal) as refused:
        lms.registrations.apply(token, body(**changes))

    assert refused.value.answer.status == (400 if mood == "moodle" else 422)
    assert lms.registrations.newest is None
    assert lms.registrations.apply(token, body()).status == 200, "the token is good still"
    with pytest.raises(Refusal) as again:
        lms.registrations.apply(token, body())
    assert again.value.answer.status == 401


def test_it_practises_with_one_tool_only(tmp_path: Path) -> None:
    with pytest.raises(NotThisTool):
        an_lms("moodle", tmp_path / "s.json").registrations.begin("https://tool.example.org/r")


@pytest.mark.parametrize("mood", ["canvas", "moodle"])
def test_people_are_named_only_to_a_tool_that_asked(mood: MoodName, tmp_path: Path) -> None:
    lms = an_lms(mood, tmp_path / "school.json")
    link = next(iter(lms.school.links.values()))
    launch = lms.begin_launch("ada", link.course_id, link)
    asked = dict(body()[TOOL])  # type: ignore[call-overload]

    def told() -> set[str]:
        claims = jwt.decode(lms.id_token(launch, nonce="n"), options={"verify_signature": False})
        return {"name", "email"} & set(claims)

    assert told() == {"name", "email"}
    lms.registrations.apply(bearer(lms), body())
    lms.registrations.activate()
    assert told() == set()
    asked |= {"claims": ["sub", "name", "email"], CANVAS + "privacy_level": "public"}
    lms.registrations.apply(bearer(lms), body(**{TOOL: asked}))
    lms.registrations.activate()
    assert told() == {"name", "email"}
