"""What the two moods have in common: addresses, an answer, and the questions a mood decides.

A mood is one product's way of doing LTI. `canvas` and `moodle` each fill in this class; everything
that is the same for both stands in `oidc`, `ags`, `nrps` and `deep_linking`.
"""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import urlencode

from flask import Response

from lti_tool.practice_lms.school import Cell, Column, Course, Link, Person, Role
from lti_tool.practice_lms.tokens import AssertionRules, Claims

if TYPE_CHECKING:
    from lti_tool.practice_lms.launches import Launch
    from lti_tool.practice_lms.lms import PracticeLms

MoodName = Literal["canvas", "moodle"]

Storage = Literal["named", "parent", "off"]
"""Where LTI Platform Storage lives: in a frame with a name, in the page itself, or nowhere."""

FORWARDING_FRAME = "post_message_forwarding"
"""Canvas's name for the frame that takes a tool's messages."""

LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPE_LINE_ITEM = AGS + "lineitem"
SCOPE_LINE_ITEM_READ = AGS + "lineitem.readonly"
SCOPE_RESULT = AGS + "result.readonly"
SCOPE_SCORE = AGS + "score"
SCOPE_MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPE_NOTICES = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
SCOPES = (SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ, SCOPE_RESULT, SCOPE_SCORE, SCOPE_MEMBERS)

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
LIS = "http://purl.imsglobal.org/vocab/lis/v2/"


@dataclass(frozen=True)
class Answer:
    """What goes back over the wire."""

    status: int
    body: Any = None
    """None for an empty body, text as it is, anything else as JSON."""
    media: str = "application/json"
    reason: str | None = None
    """The words in the status line, where the product puts something there."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """As Flask sends it."""
        if self.body is None:
            body = ""
        elif isinstance(self.body, str):
            body = self.body
        else:
            body = json.dumps(self.body)
        response = Response(body, content_type=self.media)
        if self.reason is None:
            response.status_code = self.status
        else:
            words = self.reason.replace("\r", " ").replace("\n", " ")
            response.status = f"{self.status} {words.encode('ascii', 'replace').decode()}"
        response.headers.extend(dict(self.headers))
        return response


class Refusal(Exception):
    """A request that this product does not accept, with its answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status} {answer.reason or ''}")
        self.answer = answer


class Mood(ABC):
    """One product's habits."""

    name: ClassVar[MoodName]
    title: ClassVar[str]
    """How the page calls it."""
    product: ClassVar[str]
    """`product_family_code`."""
    default_client_id: ClassVar[str]
    login_method: ClassVar[Literal["get", "post"]]
    """How the browser is sent to the tool's login address."""
    id_token_seconds: ClassVar[int]
    launch_used_once: ClassVar[bool]
    assertion_rules: ClassVar[AssertionRules]
    appends_comments: ClassVar[bool]
    posts_again: ClassVar[bool] = False
    """Whether a picker's answer is posted once more from a page of this LMS (Moodle)."""
    asks_before_adding: ClassVar[bool] = False
    """Whether several picked items are shown as a list to confirm (Moodle)."""
    storage: ClassVar[Storage] = "off"
    """Whether the product keeps things for tools without cookies (LTI Platform Storage)."""
    notices: ClassVar[tuple[str, ...]] = ()
    """What the product tells tools outside of visits (Platform Notification Service)."""
    tool_custom: ClassVar[Mapping[str, str]]
    """Custom parameters of the registration itself, the same for every link."""
    remaining: float = 599.9
    """What is left of the tool's share of calls, where the product says so (Canvas)."""
    paths: ClassVar[Mapping[str, str]]
    """Address patterns by name, with `{course_id}`, `{item_id}`, `{type_id}`, `{user_id}`."""

    def path(self, name: str, **values: str) -> str:
        """The path of one of this product's addresses."""
        return self.paths[name].format(**values)

    def rule(self, name: str) -> str:
        """The same as a Flask rule."""
        return self.paths[name].replace("{", "<").replace("}", ">")

    def with_query(self, address: str, **query: str) -> str:
        """An address with a query."""
        return f"{address}?{urlencode(query)}" if query else address

    # -- names ---------------------------------------------------------------------------------

    @abstractmethod
    def sub(self, school: str, number: int, key: str) -> str:
        """What LTI calls the person with this number and key."""

    @abstractmethod
    def long_id(self, school: str, kind: str, number: str) -> str:
        """The LTI id of a course or link with this number."""

    @abstractmethod
    def deployment_id(self, school: str, number: int) -> str:
        """The id of the n-th deployment, counted from 1."""

    @abstractmethod
    def key_name(self) -> str:
        """A fresh `kid`."""

    # -- launches ------------------------------------------------------------------------------

    @abstractmethod
    def hints(self, lms: PracticeLms, launch: Launch) -> dict[str, str]:
        """The login hints and the product's own extras for login initiation."""

    @abstractmethod
    def launch_named(self, message_hint: str) -> str | None:
        """The launch id inside an `lti_message_hint`, or None when it is not one of ours."""

    @abstractmethod
    def claims(self, lms: PracticeLms, launch: Launch, now: datetime) -> Claims:
        """The product's own claims of a launch (the common ones are added by `claims`)."""

    @abstractmethod
    def short_roles(self, person: Person, role: Role) -> list[str]:
        """Roles as the roster gives them."""

    @abstractmethod
    def variables(self, lms: PracticeLms, launch: Launch) -> dict[str, str | None]:
        """The custom variables this product substitutes; others stay as they were written."""

    # -- addresses in claims -------------------------------------------------------------------

    @abstractmethod
    def columns_url(self, lms: PracticeLms, course: Course) -> str:
        """The line-items address of a course."""

    @abstractmethod
    def column_url(self, lms: PracticeLms, column: Column) -> str:
        """The address of one line item."""

    @abstractmethod
    def members_url(self, lms: PracticeLms, course: Course) -> str:
        """The roster address of a course."""

    # -- the gradebook -------------------------------------------------------------------------

    @abstractmethod
    def accepts(self, request_media: str, accept: str, kind: str, method: str) -> bool:
        """Whether a service request has the media types this product wants."""

    @abstractmethod
    def refuse(self, status: int, reason: str, media: str = "application/json") -> Answer:
        """A refusal as this product words it."""

    @abstractmethod
    def line_item(self, lms: PracticeLms, column: Column) -> dict[str, Any]:
        """A column as the line-items service shows it."""

    @abstractmethod
    def page_of_columns(
        self, lms: PracticeLms, course: Course, columns: list[Column], query: Mapping[str, str]
    ) -> Answer:
        """The line-items list, one page or whole."""

    @abstractmethod
    def create_column(self, lms: PracticeLms, course: Course, body: dict[str, Any]) -> Answer:
        """A line item that the tool asks for."""

    @abstractmethod
    def change_column(self, lms: PracticeLms, column: Column, body: dict[str, Any]) -> Answer:
        """A line item that the tool puts."""

    @abstractmethod
    def delete_column(self, lms: PracticeLms, column: Column) -> Answer:
        """A line item that the tool deletes."""

    @abstractmethod
    def take_score(
        self, lms: PracticeLms, column: Column, body: dict[str, Any], now: datetime
    ) -> Answer:
        """A score that the tool posts; raises `Refusal` or answers it."""

    @abstractmethod
    def results(self, lms: PracticeLms, column: Column, query: Mapping[str, str]) -> Answer:
        """The grades of a column as the results service shows them."""

    @abstractmethod
    def set_by_hand(
        self, cell: Cell, score: float | None, comment: str, teacher: str, now: datetime
    ) -> None:
        """A teacher sets a grade by hand; None takes the hand-set grade away."""

    @abstractmethod
    def page_of_members(
        self, url: str, members: list[dict[str, Any]], query: Mapping[str, str]
    ) -> tuple[list[dict[str, Any]], str | None]:
        """One page of the roster and the address of the next."""

    # -- deep linking and review ---------------------------------------------------------------

    @abstractmethod
    def deep_linking_settings(self, lms: PracticeLms, launch: Launch) -> dict[str, Any]:
        """The settings claim of a deep-linking request."""

    @abstractmethod
    def place(self, lms: PracticeLms, course: Course, item: dict[str, Any]) -> Link:
        """Keep one content item as a link, with its column; raises `ValueError` in words."""

    def replace(self, lms: PracticeLms, link: Link, item: dict[str, Any]) -> Link:
        """Let an activity that exists open what was picked now, under its own id."""
        with lms.school.change():
            link.title = item.get("title") or link.title
            link.description = item.get("text") or ""
            link.url = item.get("url") or ""
            link.custom = self.kept_custom(item.get("custom") or {})
            for column in lms.school.columns_for(link)[:1]:
                wanted = item.get("lineItem") or {}
                column.label = link.title
                column.maximum = number(wanted.get("scoreMaximum")) or column.maximum
                column.resource_id = str(wanted.get("resourceId", column.resource_id))
                column.tag = str(wanted.get("tag", column.tag))
        return link

    def kept_custom(self, custom: Mapping[str, Any]) -> dict[str, str]:
        """Custom parameters of an item as this product keeps them."""
        return {str(name): str(value) for name, value in custom.items()}

    @abstractmethod
    def review_launch(
        self, lms: PracticeLms, column: Column, person: Person
    ) -> ReviewLaunch | None:
        """What opening somebody's work from the gradebook launches; None when it offers nothing."""

    @abstractmethod
    def throttled(self) -> Answer:
        """The answer to too many requests."""


@dataclass(frozen=True)
class ReviewLaunch:
    """How this product opens a person's work from the gradebook."""

    words: str
    """What the link says."""
    target_link_uri: str
    message: Literal["review", "retrieve"]
    custom: dict[str, str] = field(default_factory=dict)


def number(value: object) -> float | None:
    """A JSON number, or text that reads as one; None for anything else (NaN too)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def tidy(value: float) -> float | int:
    """A grade as JSON shows it: 80, not 80.0."""
    rounded = round(value, 5)
    return int(rounded) if rounded == int(rounded) else rounded
