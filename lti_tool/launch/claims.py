"""A verified message in our own types: no dictionaries of claims travel further than this."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from lti_tool.launch.problems import (
    ANONYMOUS,
    CLAIM_INVALID,
    CLAIM_MISSING,
    NOT_OFFERED,
    UNSUPPORTED_MESSAGE,
    refuse,
)

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MESSAGE_TYPE = LTI + "message_type"
VERSION = LTI + "version"
DEPLOYMENT_ID = LTI + "deployment_id"
TARGET_LINK_URI = LTI + "target_link_uri"
RESOURCE_LINK = LTI + "resource_link"
ROLES = LTI + "roles"
CONTEXT = LTI + "context"
CUSTOM = LTI + "custom"
FOR_USER = LTI + "for_user"
PRESENTATION = LTI + "launch_presentation"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
MEMBERSHIPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
GROUPS = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
GROUPS_READ = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
NOTICES = LTI + "platformnotificationservice"
NOTICE_HANDLERS = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
MENTEES = LTI + "role_scope_mentor"
MIGRATION = LTI + "lti1p1"
CANVAS_LEGACY_USER = LTI + "lti11_legacy_user_id"

MOST_MENTEES = 500
"""How many people one observer may follow: more is no family and no advisor's group."""

ID_LENGTH = 255
"""Longest identifier LTI Core 1.3 allows (5.3.6, 3.1.3), and what our columns hold."""


_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Embeddings, overrides and isolates of Unicode: only whoever wrote them could end them."""


class Message(StrEnum):
    """The message types this tool answers."""

    RESOURCE_LINK = "LtiResourceLinkRequest"
    DEEP_LINKING = "LtiDeepLinkingRequest"
    SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"
    DATA_PRIVACY = "DataPrivacyLaunchRequest"


NOT_OFFERED_HERE = {
    "LtiEulaRequest": "a licence to agree to, and this tool has none",
    "LtiReportReviewRequest": "a report on a paper, and this tool writes none",
    "LtiAssetProcessorSettingsRequest": "settings for checking papers, which this tool does not do",
}
"""Messages of LTI's asset processors, which are known and not answered (T-136): what they open."""


@dataclass(frozen=True)
class Gradebook:
    """What the Assignment and Grade Services claim says."""

    line_items_url: str | None
    line_item_url: str | None
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class NoticeService:
    """Where the platform takes an address for notices, and which kinds it sends (PNS 1.0)."""

    url: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Legacy:
    """What the LMS says it called person and link in LTI 1.1; to be proven before it is used."""

    consumer_key: str
    signature: bytes
    user_id: str
    link_id: str


@dataclass(frozen=True)
class Launch:
    """One message that an LMS signed and that was found in order."""

    message: Message
    deployment_id: str
    sub: str
    """Who launches; empty for nobody in particular, where the deployment lets them look (T-051)."""
    target_link_uri: str
    roles: tuple[str, ...]
    name: str
    """Full name, put together where only its parts were sent; empty where the LMS keeps it."""
    email: str | None
    context_id: str | None
    context_title: str
    context_label: str
    resource_link_id: str | None
    resource_link_title: str
    custom: Mapping[str, str]
    """Custom parameters as text; unexpanded variables (`$…`) are left out (T-080)."""
    gradebook: Gradebook | None
    memberships_url: str | None
    return_url: str | None
    for_user: str | None
    """`sub` of the person whose work or data a launch is about (T-134, T-135)."""
    deep_linking: Mapping[str, Any] | None
    """The settings claim, as received: its `data` is echoed untouched."""
    mentees: tuple[str, ...] = ()
    """`sub` of each person an observer may follow (`role_scope_mentor`; LTI Core 1.3, 5.4.3)."""
    groups_url: str | None = None
    """Where the course's groups are read; only where the LMS allows reading them (T-085)."""
    legacy: Legacy | None = None
    notices: NoticeService | None = None
    """Only where the scope to use it was granted (T-137)."""


def read(
    claims: Mapping[str, Any], *, may_be_nobody: bool = False, sub_may_be_number: bool = False
) -> Launch:
    """Turn verified claims into a `Launch`, or refuse what LTI Core 1.3 does not allow (5.3, 5.4).

    `may_be_nobody` lets an ordinary launch without a user through (T-051), `sub_may_be_number` one
    whose user id is a whole number (T-052). Raises `LaunchProblem` that names the claim.
    """
    sub = _user(claims, may_be_nobody=may_be_nobody, may_be_number=sub_may_be_number)
    if claims.get(VERSION) != "1.3.0":
        cause = CLAIM_INVALID if claims.get(VERSION) else CLAIM_MISSING
        raise refuse(cause, ("version", claims.get(VERSION), "1.3.0"))
    message = _message(claims)
    deployment_id = identifier(claims, DEPLOYMENT_ID)
    # Core requires it in resource link launches; the others carry it in practice (T-060).
    target = text(claims.get(TARGET_LINK_URI), 4096)
    if not target:
        raise refuse(CLAIM_MISSING, ("target_link_uri", None, "an address of this tool"))
    link = mapping(claims, RESOURCE_LINK)
    link_id = None
    if message is Message.RESOURCE_LINK or link.get("id"):
        link_id = identifier(link, "id", shown="resource_link.id")
    context = mapping(claims, CONTEXT)
    context_id = identifier(context, "id", shown="context.id") if context.get("id") else None
    settings = mapping(claims, DEEP_LINKING)
    if message is Message.DEEP_LINKING and not web_address(settings.get("deep_link_return_url")):
        raise refuse(
            CLAIM_MISSING,
            ("deep_link_return_url", settings.get("deep_link_return_url"), "an http address"),
        )
    if not _is_json(settings):
        raise refuse(CLAIM_INVALID, ("deep_linking_settings", "a number without end", "JSON"))
    for_user = mapping(claims, FOR_USER)
    if message in (Message.SUBMISSION_REVIEW, Message.DATA_PRIVACY):
        # Moodle signs whatever user the query names: who may look is decided later (T-134).
        identifier(for_user, "user_id", shown="for_user.user_id")
    return Launch(
        message=message,
        deployment_id=deployment_id,
        sub=sub,
        target_link_uri=target,
        roles=_roles(claims),
        name=_name(claims),
        email=_email(claims.get("email")),
        context_id=context_id,
        context_title=label(context.get("title")),
        context_label=label(context.get("label")),
        resource_link_id=link_id,
        resource_link_title=label(link.get("title")),
        custom=_custom(mapping(claims, CUSTOM)),
        gradebook=_gradebook(claims.get(GRADES)),
        memberships_url=web_address(mapping(claims, MEMBERSHIPS).get("context_memberships_url")),
        return_url=way_back(claims),
        for_user=text(for_user.get("user_id"), ID_LENGTH) or None,
        deep_linking=settings if message is Message.DEEP_LINKING else None,
        mentees=_mentees(claims.get(MENTEES)),
        groups_url=_groups_url(claims.get(GROUPS)),
        legacy=_legacy(claims),
        notices=_notices(claims.get(NOTICES)),
    )


def way_back(claims: Mapping[str, Any]) -> str | None:
    """The return address of the launch presentation, if it is one."""
    presentation = claims.get(PRESENTATION)
    return web_address(presentation.get("return_url")) if isinstance(presentation, dict) else None


def text(value: object, length: int) -> str:
    """A text for people: no control characters, nothing a database cannot hold, cut to a length."""
    if not isinstance(value, str):
        return ""
    kept = "".join(character for character in value if character >= " " and character != "\x7f")
    return kept.encode("utf-8", "ignore").decode().strip()[:length]


def label(value: object, length: int = 255) -> str:
    """A name or a title: as `text`, without marks that turn the direction of what follows them.

    Letters that run right to left stay; pages set them apart with `<bdi>` (T-081).
    """
    return text(value, 65_536).translate(_TURNING)[:length].strip()


def web_address(value: object) -> str | None:
    """An http or https address with a host, or `None`: `javascript:` and the like never pass."""
    if not isinstance(value, str) or len(value) > 4096 or text(value, 4096) != value:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in {"http", "https"} and parts.hostname else None


def identifier(claims: Mapping[str, Any], name: str, *, shown: str = "") -> str:
    """An identifier: text of 1 to 255 characters, kept to the letter."""
    shown = shown or name.removeprefix(LTI)
    value = claims.get(name)
    if value is None:
        raise refuse(CLAIM_MISSING, (shown, None, "an identifier"))
    if not isinstance(value, str) or not 0 < len(value) <= ID_LENGTH or text(value, 256) != value:
        raise refuse(CLAIM_INVALID, (shown, value, "text of 1 to 255 characters"))
    return value


def mapping(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A claim that is an object; empty where it is absent. Raises `LaunchProblem`."""
    value = claims.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refuse(CLAIM_INVALID, (name.removeprefix(LTI), value, "an object"))
    return value


def _user(claims: Mapping[str, Any], *, may_be_nobody: bool, may_be_number: bool) -> str:
    value = claims.get("sub")
    if value is None:
        is_ordinary = claims.get(MESSAGE_TYPE) == Message.RESOURCE_LINK
        if may_be_nobody and is_ordinary:
            return ""
        raise refuse(ANONYMOUS, ("sub", None, "who launches"))
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if may_be_number and is_number and value.bit_length() < 800:
        return identifier({"sub": str(value)}, "sub")
    return identifier(claims, "sub")


def _is_json(value: object) -> bool:
    """Whether it can be kept and echoed: Python also reads `Infinity`, which is no JSON."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


def _message(claims: Mapping[str, Any]) -> Message:
    name = claims.get(MESSAGE_TYPE)
    if not name:
        raise refuse(CLAIM_MISSING, ("message_type", None, "the type of the message"))
    if isinstance(name, str) and name in NOT_OFFERED_HERE:
        raise refuse(NOT_OFFERED, ("message_type", name), ("would open", NOT_OFFERED_HERE[name]))
    try:
        return Message(name)
    except ValueError as error:
        known = ", ".join(message.value for message in Message)
        raise refuse(UNSUPPORTED_MESSAGE, ("message_type", name, known)) from error


def _roles(claims: Mapping[str, Any]) -> tuple[str, ...]:
    roles = claims.get(ROLES)
    if roles is None:
        raise refuse(CLAIM_MISSING, ("roles", None, "a list, which may be empty"))
    if not isinstance(roles, list):
        raise refuse(CLAIM_INVALID, ("roles", roles, "a list"))
    return tuple(role for role in roles if isinstance(role, str))


def _name(claims: Mapping[str, Any]) -> str:
    whole = label(claims.get("name"))
    parts = (label(claims.get("given_name"), 127), label(claims.get("family_name"), 127))
    return whole or " ".join(part for part in parts if part)


def _email(value: object) -> str | None:
    address = text(value, ID_LENGTH)
    return address if "@" in address else None


def _custom(custom: Mapping[str, Any]) -> dict[str, str]:
    """Custom parameters as text. Moodle and Canvas leave variables they do not know as `$…`."""
    given = {}
    for name, value in custom.items():
        if isinstance(value, bool | int | float):
            value = str(value)  # noqa: PLW2901  numbers are sent by some, texts are meant
        if isinstance(value, str) and not value.startswith("$"):
            given[text(name, 255)] = text(value, 4096)
    return given


def _mentees(claim: object) -> tuple[str, ...]:
    """The ids of the list; whatever else stands there opens nothing to anybody."""
    named = claim if isinstance(claim, list) else []
    kept = (one for one in named if isinstance(one, str) and 0 < len(one) <= ID_LENGTH)
    return tuple(dict.fromkeys(one for one in kept if text(one, 256) == one))[:MOST_MENTEES]


def _groups_url(claim: object) -> str | None:
    scopes = claim.get("scope") if isinstance(claim, dict) else None
    if not isinstance(claim, dict) or not isinstance(scopes, list) or GROUPS_READ not in scopes:
        return None
    return web_address(claim.get("context_groups_url"))


def _legacy(claims: Mapping[str, Any]) -> Legacy | None:
    """Ids of LTI 1.1: the migration claim, or Canvas's own claim for the user alone."""
    claim = claims.get(MIGRATION)
    if isinstance(claim, dict) and text(claim.get("oauth_consumer_key"), ID_LENGTH):
        return Legacy(
            consumer_key=text(claim["oauth_consumer_key"], ID_LENGTH),
            signature=text(claim.get("oauth_consumer_key_sign"), ID_LENGTH).encode(),
            user_id=text(claim.get("user_id"), ID_LENGTH),
            link_id=text(claim.get("resource_link_id"), ID_LENGTH),
        )
    user = text(claims.get(CANVAS_LEGACY_USER), ID_LENGTH)
    return Legacy("", b"", user, "") if user else None


def _notices(claim: object) -> NoticeService | None:
    if not isinstance(claim, dict):
        return None
    scopes, kinds = claim.get("scope"), claim.get("notice_types_supported")
    url = web_address(claim.get("platform_notification_service_url"))
    if url is None or not isinstance(scopes, list) or NOTICE_HANDLERS not in scopes:
        return None
    named = kinds if isinstance(kinds, list) else []
    return NoticeService(url, tuple(text(one, ID_LENGTH) for one in named[:50] if text(one, 1)))


def _gradebook(claim: object) -> Gradebook | None:
    if not isinstance(claim, dict):
        return None
    scopes = claim.get("scope")
    return Gradebook(
        line_items_url=web_address(claim.get("lineitems")),
        line_item_url=web_address(claim.get("lineitem")),
        scopes=tuple(scope for scope in scopes if isinstance(scope, str))
        if isinstance(scopes, list)
        else (),
    )
