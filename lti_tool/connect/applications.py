"""What we send to be registered, and what of it was granted.

The body of a dynamic registration and Canvas's developer-key configuration are two ways to write
the same wishes (`launch/products/wishes.py`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lti_tool.connect.configuration import Configuration, ConfigurationNotGood
from lti_tool.launch.claims import ID_LENGTH, Message, text
from lti_tool.launch.models import Product
from lti_tool.launch.products.wishes import (
    CANVAS_SCOPES,
    CLAIMS,
    EXTRA_MESSAGES,
    EXTRA_SCOPES,
    MESSAGES,
    PRIVACY_LEVEL,
    SCOPES,
    TOOL_ID,
    wishes_of,
)
from lti_tool.settings import Settings

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
NAME = "Cairn"
DESCRIPTION = "Micro-credentials: collect evidence, be assessed, earn a badge."


@dataclass(frozen=True)
class Asked:
    """What we ask a platform for: as much of our wishes as it offers."""

    scopes: tuple[str, ...]
    messages: tuple[str, ...]
    claims: tuple[str, ...]
    placements: tuple[str, ...]
    custom: Mapping[str, str]
    extras: Mapping[str, Any]
    not_offered: tuple[str, ...]
    """Scopes and messages we could use and the platform does not have."""


@dataclass(frozen=True)
class Granted:
    """What a platform answered to our application."""

    client_id: str
    deployment_id: str | None
    scopes: tuple[str, ...]
    messages: tuple[str, ...]
    claims: tuple[str, ...]


def asked_of(configuration: Configuration) -> Asked:
    """What this platform is asked for (T-132)."""
    wishes = wishes_of(configuration.product)
    scopes = (
        *_offered(SCOPES, configuration.scopes),
        *_offered(EXTRA_SCOPES, configuration.scopes or ()),
    )
    messages = (
        *_offered(MESSAGES, configuration.messages),
        *_offered(EXTRA_MESSAGES, configuration.messages or ()),
    )
    return Asked(
        scopes=scopes,
        messages=messages,
        claims=_offered(CLAIMS, configuration.claims, always=("iss", "sub")),
        placements=_offered(wishes.placements, configuration.placements),
        custom=wishes.custom,
        extras=wishes.extras,
        not_offered=tuple(
            name for name in (*SCOPES, *MESSAGES) if name not in (*scopes, *messages)
        ),
    )


def _offered(
    wanted: Collection[str], offered: Collection[str] | None, *, always: Collection[str] = ()
) -> tuple[str, ...]:
    if offered is None:
        return tuple(wanted)
    return tuple(name for name in wanted if name in offered or name in always)


def body(settings: Settings, asked: Asked) -> dict[str, Any]:
    """The body of a dynamic registration (LTI Dynamic Registration 1.0, 3.5)."""
    base = settings.base_url
    launch = f"{base}/lti/launch"
    messages: list[dict[str, Any]] = []
    for kind in asked.messages:
        message: dict[str, Any] = {"type": kind, "target_link_uri": launch, "label": NAME}
        if kind == Message.DEEP_LINKING and asked.placements:
            message["placements"] = list(asked.placements)
        messages.append(message)
    return {
        "application_type": "web",
        "client_name": NAME,
        "client_uri": base,
        "logo_uri": f"{base}/static/cairn.svg",
        "grant_types": ["implicit", "client_credentials"],
        "response_types": ["id_token"],
        "initiate_login_uri": f"{base}/lti/login",
        "redirect_uris": [launch],
        "jwks_uri": f"{base}/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(asked.scopes),
        TOOL: {
            # Host and port of target_link_uri, to the letter: Moodle compares the two.
            "domain": urlsplit(launch).netloc,
            "description": DESCRIPTION,
            "target_link_uri": launch,
            "custom_parameters": dict(asked.custom),
            "claims": list(asked.claims),
            "messages": messages,
            **asked.extras,
        },
    }


def canvas_key(settings: Settings) -> dict[str, Any]:
    """The configuration of a Canvas developer key, for *Enter URL* or *Paste JSON*."""
    base = settings.base_url
    launch = f"{base}/lti/launch"
    wishes = wishes_of(Product.CANVAS)
    return {
        "title": NAME,
        "description": DESCRIPTION,
        "oidc_initiation_url": f"{base}/lti/login",
        "target_link_uri": launch,
        "public_jwk_url": f"{base}/lti/jwks",
        "scopes": list(CANVAS_SCOPES),
        "custom_fields": dict(wishes.custom),
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": urlsplit(base).netloc,
                "tool_id": wishes.extras[TOOL_ID],
                "privacy_level": wishes.extras[PRIVACY_LEVEL],
                "settings": {
                    "text": NAME,
                    "icon_url": f"{base}/static/cairn.svg",
                    "placements": [
                        {
                            "placement": placement,
                            "message_type": Message.DEEP_LINKING.value,
                            "target_link_uri": launch,
                            "text": NAME,
                            "enabled": True,
                        }
                        for placement in wishes.placements
                    ],
                },
            }
        ],
    }


def granted_by(told: object, asked: Asked) -> Granted:
    """Read a platform's answer. What it does not mention counts as granted as asked (T-133).

    Raises `ConfigurationNotGood` where it names no client id: then nothing may be kept.
    """
    answer = told if isinstance(told, dict) else {}
    client_id = answer.get("client_id")
    if isinstance(client_id, int) and not isinstance(client_id, bool):
        client_id = str(client_id)
    if not isinstance(client_id, str) or not 0 < len(client_id.strip()) <= ID_LENGTH:
        raise ConfigurationNotGood(
            "The LMS answered without a client id, so nothing can be kept here. Look whether it"
            " made an entry for Cairn all the same, remove that, and begin again."
        )
    tool = answer.get(TOOL)
    if not isinstance(tool, dict):
        tool = {}
    deployment = tool.get("deployment_id")
    if isinstance(deployment, int) and not isinstance(deployment, bool):
        deployment = str(deployment)
    if not isinstance(deployment, str) or not 0 < len(deployment) <= ID_LENGTH:
        deployment = None
    return Granted(
        client_id=client_id.strip(),
        deployment_id=deployment,
        scopes=_scopes(answer.get("scope"), asked.scopes),
        messages=_messages(tool.get("messages"), asked.messages),
        claims=_names(tool.get("claims"), asked.claims),
    )


def _scopes(value: object, asked: tuple[str, ...]) -> tuple[str, ...]:
    return _names(value.split() if isinstance(value, str) else value, asked)


def _messages(value: object, asked: tuple[str, ...]) -> tuple[str, ...]:
    """Every platform opens links, so that message may be left out; Moodle names the picker only."""
    if not isinstance(value, list):
        return asked
    named = {text(one.get("type"), 100) for one in value if isinstance(one, dict)}
    return tuple(kind for kind in asked if kind in named or kind == Message.RESOURCE_LINK)


def _names(value: object, asked: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(value, list):
        return asked
    named = {word for word in value if isinstance(word, str)}
    return tuple(name for name in asked if name in named)
