"""An instructor with an open picker, and what their answer says."""

import re
from collections.abc import Sequence
from html import unescape
from typing import Any

import jwt
from flask import Flask

from lti_tool.certification.platform import INSTRUCTOR, LEFT_OUT
from tests.launch.kit import Browser

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
RETURN = "https://lms.example.edu/deep_link?course=7"


def settings(**changes: Any) -> dict[str, Any]:
    """The settings claim of a platform that accepts all we offer."""
    told: dict[str, Any] = {
        "deep_link_return_url": RETURN,
        "accept_types": ["ltiResourceLink", "link"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": True,
        "data": "csrf=1&x=<>",
    }
    whole = told | changes
    return {name: value for name, value in whole.items() if value is not LEFT_OUT}


class Picker:
    """An instructor with an open picker."""

    def __init__(self, browser: Browser, **changes: Any) -> None:
        self.browser = browser
        answer = browser.launch(
            roles=[INSTRUCTOR],
            sub="dora",
            message_type="LtiDeepLinkingRequest",
            resource_link=LEFT_OUT,
            deep_linking_settings=settings(**changes),
        )
        assert answer.status_code == 303, answer.text
        self.address = answer.location
        self.page = browser.client.get(self.address)

    def form(self) -> dict[str, Any]:
        """What the form would send as it stands, nothing picked."""
        boxes = re.findall(r'type="checkbox" name="(column-[^"]+)" value="1" checked', self.text)
        fields = re.findall(r'name="((?:points-|form_token)[^"]*)" value="([^"]*)"', self.text)
        return dict.fromkeys(boxes, "1") | dict(fields)

    @property
    def text(self) -> str:
        """The page as it was opened."""
        return unescape(self.page.text)

    def pick(self, *choices: str, without: Sequence[str] = (), **more: str) -> Any:
        """Press the button; the answer page, or the picker again."""
        form = {name: value for name, value in self.form().items() if name not in without}
        return self.browser.client.post(self.address, data=form | {"pick": list(choices)} | more)


def told_by(answer: Any, app: Flask) -> dict[str, Any]:
    """The claims of the posted answer, its signature checked with our published key."""
    assert answer.status_code == 200, answer.text
    token = answer.text.split('name="JWT" value="', 1)[1].split('"', 1)[0]
    header = jwt.get_unverified_header(token)
    (published,) = app.test_client().get("/lti/jwks").get_json()["keys"]
    assert (header["alg"], header["kid"]) == ("RS256", published["kid"])
    claims: dict[str, Any] = jwt.decode(
        token,
        jwt.PyJWK.from_dict(published).key,
        algorithms=["RS256"],
        audience="https://lms.example.edu",
    )
    return claims


def nulls(value: Any) -> bool:
    """Whether there is a null anywhere inside."""
    if isinstance(value, dict):
        return any(nulls(one) for one in value.values())
    return any(nulls(one) for one in value) if isinstance(value, list) else value is None
