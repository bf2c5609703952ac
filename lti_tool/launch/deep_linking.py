"""Deep linking: an LMS asks what to place in a course, and we answer with what was picked."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
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
from lti_tool.launch.problems import NOTHING_ACCEPTED
from lti_tool.launch.products.scores import figure
from lti_tool.launch.shelf import Placement
from lti_tool.launch.tool_conf import KnownRegistration

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
    takes_windows: bool
    """Whether it can be placed to open in a window of its own as well as in the page."""

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> "Question":
        """Read the settings claim; booleans may come as words (DL 2.0, 4.4.1)."""
        types = settings.get("accept_types")
        targets = settings.get("accept_presentation_document_targets")
        return cls(
            return_url=web_address(settings.get("deep_link_return_url")) or "",
            takes_links=isinstance(types, list) and LINK in types,
            takes_several=_is_true(settings.get("accept_multiple"), default=False),
            takes_columns=_is_true(settings.get("accept_lineitem"), default=True),
            places_at_once=_is_true(settings.get("auto_create"), default=False),
            takes_windows=isinstance(targets, list)
            and {"iframe", "window"} <= set(map(str, targets)),
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


@dataclass(frozen=True)
class Terms:
    """How one link is placed."""

    maximum: Decimal | None
    """The highest score of its column; `None` for no column (T-091)."""
    icon_url: str = ""
    """A picture of it, where there is one."""
    in_window: bool = False
    """It opens in a window of its own."""
    opens: datetime | None = None
    closes: datetime | None = None
    due: datetime | None = None


FRAME = {"width": 1000, "height": 800}
"""CSS pixels in which evidence and rubric stand side by side; Canvas makes its frame this large."""

LONGEST_TITLE = 255
"""Characters of an activity's name that both Canvas and Moodle keep."""

ICON = {"width": 600, "height": 600}


class Item(DeepLinkResource):
    """A content item without a single `null` in it, and with all that DL 2.0 (3.2) has (T-094)."""

    def __init__(self) -> None:
        super().__init__()
        self.more: dict[str, object] = {}
        """Members that PyLTI1p3 does not know."""

    def to_dict(self) -> dict[str, object]:
        """What stands in the answer."""
        item: Any = _told({**super().to_dict(), **self.more})
        return dict(item)


def _told(value: object) -> object:
    """The same without anything that says nothing: no nulls, no empty texts, no empty objects."""
    if isinstance(value, dict):
        kept = {name: _told(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in (None, "", {}, [])}
    return value


def item_for(placement: Placement, terms: Terms, *, base_url: str) -> Item:
    """The content item of one link, with its column where it has one (T-094)."""
    item = Item()
    title = placement.title[:LONGEST_TITLE].strip()
    item.set_title(title).set_url(base_url + "/lti/launch")
    # Moodle keeps custom parameters as lines: a value must be a text of one line.
    item.set_custom_params(placement.custom)
    item.more = {
        "text": placement.text,
        "icon": {"url": terms.icon_url, **ICON} if terms.icon_url else None,
        "available": {
            "startDateTime": _moment(terms.opens),
            "endDateTime": _moment(terms.closes),
        },
        "submission": {"endDateTime": _moment(terms.due)},
    }
    item.more |= {"window": {"targetName": "_blank"}} if terms.in_window else {"iframe": FRAME}
    if terms.maximum is not None and placement.column_id:
        column = LineItem()
        column.set_label(title)
        column.set_score_maximum(figure(terms.maximum))
        column.set_resource_id(placement.column_id).set_tag(TAG)
        column.set_submission_review(
            list(REVIEWABLE),
            label="Open the work",
            url=f"{base_url}/lti/review/{placement.review_id}",
            custom=placement.custom,
        )
        item.set_lineitem(column)
    return item


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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


@dataclass(frozen=True)
class Words:
    """What the LMS shows and writes down beside an answer (DL 2.0, 4.5.6 to 4.5.9)."""

    msg: str = ""
    log: str = ""
    errormsg: str = ""
    errorlog: str = ""


NO_WORDS = Words()
LEFT = Words(msg="Nothing was placed in the course.", log="cancelled in the picker")
NOT_TAKEN = Words(
    errormsg=NOTHING_ACCEPTED.happened,
    errorlog=f"{NOTHING_ACCEPTED.code}: accept_types has no {LINK}",
)


def answer(
    request: DeepLinkRequest,
    items: Sequence[Item],
    *,
    key: Key,
    now: datetime,
    words: Words = NO_WORDS,
) -> str:
    """The signed answer to a question."""
    answer = Answer(request, key, now)
    answer.words = {name: told for name, told in asdict(words).items() if told}
    return answer.get_response_jwt(items)
