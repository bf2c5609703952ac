"""Deep linking: an LMS asks what to place in a course, and we answer with what was picked."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import jwt
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.lineitem import LineItem
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound
from lti_tool.keyring import Key
from lti_tool.launch.claims import DEEP_LINKING, Launch, web_address
from lti_tool.launch.models import DeepLinkRequest, Deployment
from lti_tool.launch.tool_conf import KnownRegistration
from lti_tool.programs.models import CredentialVersion, ProgramVersion
from lti_tool.programs.rubrics import possible

LINK = "ltiResourceLink"
TAG = "cairn"
"""The tag of every column we ask for."""

LIFETIME = timedelta(hours=8)
"""How long a picker may stay open."""

IN_THE_PAST = timedelta(seconds=30)
"""Moodle refuses what is dated even a second ahead of its own clock."""

REVIEWABLE = ("InProgress", "Submitted", "Completed")


@dataclass(frozen=True)
class Question:
    """What the LMS wants to know, as far as the picker cares."""

    return_url: str
    takes_links: bool
    """Whether links to a tool may be placed here at all (T-090)."""
    takes_several: bool
    takes_columns: bool
    """False where the LMS says that it makes no gradebook columns here (T-091)."""
    places_at_once: bool
    """The LMS creates what we answer without asking again (T-092)."""

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> "Question":
        """Read the settings claim; booleans may come as words (DL 2.0, 4.4.1)."""
        types = settings.get("accept_types")
        return cls(
            return_url=web_address(settings.get("deep_link_return_url")) or "",
            takes_links=isinstance(types, list) and LINK in types,
            takes_several=_is_true(settings.get("accept_multiple"), default=False),
            takes_columns=_is_true(settings.get("accept_lineitem"), default=True),
            places_at_once=_is_true(settings.get("auto_create"), default=False),
        )


def _is_true(value: object, *, default: bool) -> bool:
    return default if value is None else value is True or value == "true"


def ask(
    session: Session, visit_id: int, deployment: Deployment, launch: Launch, *, now: datetime
) -> DeepLinkRequest:
    """Keep the LMS's question for the picker of a visit."""
    request = DeepLinkRequest(
        visit_id=visit_id,
        deployment=deployment,
        settings=dict(launch.deep_linking or {}),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(request)
    return request


def find(session: Session, visit_id: int, *, now: datetime) -> DeepLinkRequest:
    """The open question of a visit.

    Raises:
        NotFound: there is none, or it has waited too long.
    """
    request = session.scalars(
        select(DeepLinkRequest)
        .where(DeepLinkRequest.visit_id == visit_id, DeepLinkRequest.expires_at > now)
        .order_by(DeepLinkRequest.id.desc())
        .limit(1)
    ).one_or_none()
    if request is None:
        raise NotFound("Your LMS is not asking for anything. Start again from the course page.")
    return request


class Item(DeepLinkResource):
    """A content item without a single `null` in it (T-094), and with a text."""

    text: str = ""

    def to_dict(self) -> dict[str, object]:
        """What stands in the answer."""
        item = {name: value for name, value in super().to_dict().items() if value}
        if self.text:
            item["text"] = self.text
        return item


def program_item(version: ProgramVersion, *, base_url: str) -> Item:
    """A link to a whole program. Its columns follow per credential, once somebody begins one."""
    item = Item()
    item.set_title(version.title).set_url(base_url + "/lti/launch")
    item.set_custom_params({"program": version.program.slug})
    item.text = _one_line(str(version.document.get("summary", "")))
    return item


def credential_item(
    version: CredentialVersion, *, base_url: str, maximum: Decimal, with_column: bool
) -> Item:
    """A link to one credential with its column.

    `maximum` is the column's where the rubric gives no points.
    """
    credential = version.credential
    custom = {"program": credential.program.slug, "credential": credential.slug}
    item = Item()
    item.set_title(_one_line(version.title)).set_url(base_url + "/lti/launch")
    item.set_custom_params(custom)
    item.text = _one_line(version.goal)
    if with_column:
        points = possible(version) or maximum
        column = LineItem()
        column.set_label(_one_line(version.title))
        column.set_score_maximum(int(points) if points == int(points) else float(points))
        column.set_resource_id(credential.public_id).set_tag(TAG)
        column.set_submission_review(
            list(REVIEWABLE),
            label="Open the work",
            url=f"{base_url}/lti/review/{credential.public_id}",
            custom=custom,
        )
        item.set_lineitem(column)
    return item


def _one_line(text: str) -> str:
    # Moodle keeps custom parameters and texts as lines: a line break would start another one.
    return " ".join(text.split())


class Answer(DeepLink):
    """PyLTI1p3's deep-linking answer, signed with a key that is loaded once."""

    def __init__(self, request: DeepLinkRequest, key: Key, now: datetime) -> None:
        settings: Any = request.settings
        super().__init__(
            KnownRegistration(request.deployment.registration),
            request.deployment.deployment_id,
            settings,
        )
        self.key = key
        self.now = now
        self.words: dict[str, str] = {}

    def _generate_nonce(self) -> str:
        return secrets.token_urlsafe(24)

    def get_message_jwt(self, resources: Sequence[DeepLinkResource]) -> dict[str, object]:
        """The claims; `data` exactly as it came, or not at all (T-088)."""
        message = super().get_message_jwt(resources)
        issued = int((self.now - IN_THE_PAST).timestamp())
        message.update(aud=self._registration.get_issuer(), iat=issued, exp=issued + 300)
        data = DEEP_LINKING.replace("deep_linking_settings", "data")
        if "data" not in self._deep_link_settings:
            del message[data]
        for name, words in self.words.items():
            message[DEEP_LINKING.replace("deep_linking_settings", name)] = words
        return message

    def encode_jwt(self, message: dict[str, object]) -> str:
        """Sign with the key object: reading a PEM takes fifty milliseconds each time."""
        key: Any = self.key.private
        return jwt.encode(message, key, algorithm="RS256", headers={"kid": self.key.kid})


def answer(
    request: DeepLinkRequest,
    items: Sequence[Item],
    *,
    key: Key,
    now: datetime,
    msg: str = "",
    errormsg: str = "",
) -> str:
    """The signed answer to a question. `msg` and `errormsg` are shown by the LMS (DL 2.0, 4.5)."""
    answer = Answer(request, key, now)
    answer.words = {name: words for name, words in (("msg", msg), ("errormsg", errormsg)) if words}
    return answer.get_response_jwt(items)
