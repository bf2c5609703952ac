"""What a platform says of itself (OpenID configuration), read with suspicion.

Everything here comes from an address that somebody put into a link. It is called by `outward`
only, never redirected, and believed only where it speaks for the host it came from.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lti_tool import outward
from lti_tool.errors import Refused
from lti_tool.launch.claims import ID_LENGTH, text, web_address
from lti_tool.launch.models import Product
from lti_tool.launch.products.wishes import may_register_at, product_named, same_operator
from lti_tool.settings import Settings

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
ACCOUNT_NAME = "https://canvas.instructure.com/lti/account_name"
LONGEST = 2048
"""Characters of an address."""


class ConfigurationNotGood(Refused):
    """The platform's configuration cannot be fetched, read or believed."""

    status = 422


@dataclass(frozen=True)
class Configuration:
    """A platform's own description, checked."""

    address: str
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    registration_endpoint: str
    audience: str | None
    """What its token endpoint wants as `aud`, where it names one (`authorization_server`)."""
    family: str
    version: str
    account: str
    scopes: frozenset[str] | None
    """What it offers; `None` where it does not say."""
    messages: frozenset[str] | None
    placements: frozenset[str] | None
    """Where it offers its picker; `None` where it does not say."""
    claims: frozenset[str] | None

    @property
    def product(self) -> Product:
        """The product behind the family code."""
        return product_named(self.family)

    @property
    def host(self) -> str:
        """Where it speaks from, as a person reads it."""
        return urlsplit(self.address).netloc

    def fingerprint(self) -> str:
        """Differs when anything an administrator was shown, or we shall store, differs."""
        said = [
            self.address, self.issuer, self.authorization_endpoint, self.token_endpoint,
            self.jwks_uri, self.registration_endpoint, self.audience, self.family, self.account,
            sorted(self.scopes or ()), sorted(self.messages or ()),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def fetch(settings: Settings, address: str, token: str) -> Configuration:
    """Fetch and check a platform's configuration (LTI Dynamic Registration 1.0, 3.4).

    Raises `ConfigurationNotGood` in words for the LMS administrator who follows the link.
    """
    if not address or len(address) > LONGEST or web_address(address) is None:
        raise ConfigurationNotGood(
            "The LMS did not say where its configuration is (openid_configuration). This page is"
            " opened by the LMS itself: paste the whole registration address into its own form."
        )
    if len(token) > LONGEST * 4 or any(ord(letter) <= 32 or ord(letter) > 126 for letter in token):
        raise ConfigurationNotGood(
            "The LMS's registration token is not one. Begin again in the LMS; it makes a new one."
        )
    answer = call(settings, "GET", address, token)
    if not answer.ok:
        raise ConfigurationNotGood(
            f"{_host(address)} answered with status {answer.status} when asked for its"
            f" configuration{quoted(answer)}. If some time has passed since you pressed the button"
            " in the LMS, its registration token has expired: begin again there."
        )
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ConfigurationNotGood(
            f"What {_host(address)} answered is no OpenID configuration but something else. Compare"
            " the address with the one your LMS documents."
        )
    return _checked(told, address, settings)


def call(
    settings: Settings, method: str, address: str, token: str, *, json: Any = None
) -> outward.Answer:
    """One guarded call that carries the registration token and follows no redirect.

    Raises `ConfigurationNotGood` where the address may not be called or gives no answer.
    """
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        answer = outward.request(
            method,
            address,
            allow=settings.lti_http_allow,
            headers=headers,
            json=json,
            time_out=settings.http_timeout,
            follow=False,
        )
    except outward.AddressRefused as refusal:
        raise ConfigurationNotGood(
            f"{refusal} An LMS has to be reachable by https at a public address; whoever runs Cairn"
            " can let a practice LMS in by CAIRN_LTI_HTTP_ALLOW."
        ) from refusal
    except outward.Unreachable as trouble:
        raise ConfigurationNotGood(
            f"{trouble} Nothing was registered here. Try again in a minute; if it stays so,"
            " somebody has to see why Cairn cannot reach the LMS."
        ) from trouble
    if 300 <= answer.status < 400:
        raise ConfigurationNotGood(
            f"{_host(address)} redirects to another address, which is not followed with a"
            " registration token. The LMS has to name the final address itself."
        )
    return answer


def quoted(answer: outward.Answer) -> str:
    """The LMS's own words about a refusal, cut short: `: “token_already_used”`, or nothing."""
    words = ""
    try:
        told = answer.json()
    except ValueError:
        told = None
        if "html" not in answer.headers.get("Content-Type", ""):
            words = answer.text
    if isinstance(told, dict):
        named = (told.get(name) for name in ("error_description", "message", "error", "errors"))
        words = next((_plain(one) for one in named if one), "")
    elif isinstance(told, list):
        words = _plain(told)
    words = " ".join(text(" ".join(words.split()), 300).split())
    return f": “{words}”" if words else ""


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(_plain(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(one)}" for name, one in value.items())
    return str(value)


def _host(address: str) -> str:
    return urlsplit(address).hostname or "the LMS"


def _checked(told: Mapping[str, Any], address: str, settings: Settings) -> Configuration:
    issuer = _identifier(told, "issuer")
    here = _host(address).lower()
    said = (urlsplit(issuer).hostname or "").lower()
    if web_address(issuer) is None or not same_operator(said, here):
        raise ConfigurationNotGood(
            f"The configuration comes from {here} but speaks for {said or issuer[:80]}. An LMS may"
            " only register itself. (A Canvas that was installed by hand may still claim to be"
            " canvas.instructure.com: set its own issuer in config/security.yml, or connect it by"
            " hand.)"
        )
    endpoints = {
        name: _endpoint(told, name, settings)
        for name in (
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "registration_endpoint",
        )
    }
    there = _host(endpoints["registration_endpoint"]).lower()
    if not may_register_at(there, here) or _port(endpoints["registration_endpoint"]) != _port(
        address
    ):
        raise ConfigurationNotGood(
            f"{here} wants the registration to be sent to {there}, which is somewhere else. The"
            " registration token stays with the LMS that made it, so nothing was sent."
        )
    platform = told.get(PLATFORM)
    if not isinstance(platform, dict):
        platform = {}
    family = text(platform.get("product_family_code"), 100)
    messages, placements = _messages(platform.get("messages_supported"))
    return Configuration(
        address=address,
        issuer=issuer,
        audience=_audience(told.get("authorization_server"), family),
        family=family,
        version=text(platform.get("version"), 100),
        account=text(platform.get(ACCOUNT_NAME), ID_LENGTH),
        scopes=_words(told.get("scopes_supported")),
        messages=messages,
        placements=placements,
        claims=_words(told.get("claims_supported")),
        **endpoints,
    )


def _identifier(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= ID_LENGTH or value != value.strip():
        raise ConfigurationNotGood(
            f"The LMS's configuration has no usable “{name}”. Its makers have to mend that; until"
            " then connect it by hand."
        )
    return value


def _endpoint(told: Mapping[str, Any], name: str, settings: Settings) -> str:
    value = told.get(name)
    if not isinstance(value, str) or len(value) > LONGEST or web_address(value) is None:
        raise ConfigurationNotGood(
            f"The LMS's configuration has no usable “{name}”. Its makers have to mend that; until"
            " then connect it by hand."
        )
    parts = urlsplit(value)
    allowed = outward.Allowed.read(settings.lti_http_allow)
    if parts.scheme != "https" and not allowed.may_be_plain(parts.hostname or ""):
        raise ConfigurationNotGood(
            f"The LMS's “{name}” is plain http: {value[:200]}. Launches and grades travel by https"
            " only."
        )
    return value


def _port(address: str) -> int:
    parts = urlsplit(address)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _words(value: object) -> frozenset[str] | None:
    if not isinstance(value, list):
        return None
    return frozenset(word for word in value[:500] if isinstance(word, str) and len(word) <= 500)


def _messages(value: object) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Message types, and placements of the picker; each `None` where it is not said."""
    if not isinstance(value, list):
        return None, None
    types: set[str] = set()
    placements: set[str] = set()
    says_placements = False
    for one in value[:100]:
        if not isinstance(one, dict):
            continue
        kind = text(one.get("type"), 100)
        types.add(kind)
        if kind == "LtiDeepLinkingRequest" and (found := _words(one.get("placements"))):
            says_placements = True
            placements |= found
    return frozenset(types - {""}), frozenset(placements) if says_placements else None


def _audience(value: object, family: str) -> str | None:
    """An audience other than the token address, where the platform names one.

    Canvas names its bare host there and takes its token address all the same.
    """
    if not isinstance(value, str) or product_named(family) is Product.CANVAS:
        return None
    return text(value, LONGEST) or None
