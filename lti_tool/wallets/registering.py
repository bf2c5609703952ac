"""Dynamic client registration (RFC 7591) as Open Badges 3.0 asks for it (section 7.1.1).

Nobody proves who they are here, so a registration gives nothing by itself: it only lets a service
ask people. What identifies it towards them is the host name, which all of its addresses share.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool.errors import Refused
from lti_tool.wallets import barring, scopes, tokens
from lti_tool.wallets.models import BadgeHost

NAME, WORD, ADDRESS = 100, 120, 500
"""Characters of a name, of a software id, of an address."""
MOST_REDIRECTS = 10
UNUSED = timedelta(days=1)
"""How long a registration is kept that nobody connects."""
MOST_AN_HOUR = 200
"""Registrations of all the world together that nobody has connected yet; more make room."""

AUTH_METHOD = "client_secret_basic"
GRANT_TYPES = ("authorization_code", "refresh_token")
_ADDRESSES = {
    "client_uri": "site",
    "logo_uri": "logo",
    "tos_uri": "terms",
    "policy_uri": "policy",
}
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Control characters, and what turns the direction of a line or hides in it.
_TRICKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class RegistrationRefused(Refused):
    """The metadata breaks a rule; `error` is RFC 7591's word for it, the message is ASCII."""

    status = 400

    def __init__(self, words: str, error: str = "invalid_client_metadata") -> None:
        super().__init__(words)
        self.error = error


@dataclass(frozen=True)
class Registered:
    """A service and the secret it is told once."""

    host: BadgeHost
    secret: str


def register(
    session: Session, metadata: Any, *, now: datetime, allows_loopback: bool
) -> Registered:
    """Keep a service that says these things of itself.

    With `allows_loopback` its addresses may be plain http on this machine, as in the demonstration.

    Raises:
        RegistrationRefused: a rule is broken.
    """
    if not isinstance(metadata, Mapping):
        raise RegistrationRefused("The body must be a JSON object.")
    _forget_unused(session, now=now)
    told = {name: _address(metadata, name) for name in _ADDRESSES}
    redirects = _redirects(metadata)
    host = _one_host([*told.values(), *redirects], allows_loopback=allows_loopback)
    if barring.is_barred(session, host):
        raise RegistrationRefused("Services of this host are not let in here.")
    _only(metadata, "token_endpoint_auth_method", AUTH_METHOD)
    secret = tokens.fresh()
    made = BadgeHost(
        secret_digest=tokens.digest(secret),
        host=host,
        name=_words(metadata, "client_name", NAME),
        redirect_uris=redirects,
        scopes=_scopes(metadata),
        grant_types=_grant_types(metadata),
        contacts=_contacts(metadata),
        software_id=_words(metadata, "software_id", WORD),
        software_version=_words(metadata, "software_version", WORD),
        registered_at=now,
        site=told["client_uri"],
        logo=told["logo_uri"],
        terms=told["tos_uri"],
        policy=told["policy_uri"],
    )
    session.add(made)
    session.flush()
    return Registered(made, secret)


def told_back(registered: Registered) -> dict[str, Any]:
    """What a service is answered: all it said, as it is kept, and its credentials."""
    host = registered.host
    return {
        "client_id": host.client_id,
        "client_secret": registered.secret,
        "client_id_issued_at": int(host.registered_at.timestamp()),
        "client_secret_expires_at": 0,
        "client_name": host.name,
        **{name: getattr(host, field) for name, field in _ADDRESSES.items()},
        "software_id": host.software_id,
        "software_version": host.software_version,
        "redirect_uris": host.redirect_uris,
        "token_endpoint_auth_method": AUTH_METHOD,
        "grant_types": host.grant_types,
        "response_types": ["code"],
        "contacts": host.contacts,
        "scope": " ".join(host.scopes),
    }


def _forget_unused(session: Session, *, now: datetime) -> None:
    unused = BadgeHost.connected_at.is_(None)
    session.execute(delete(BadgeHost).where(unused, BadgeHost.registered_at < now - UNUSED))
    lately = BadgeHost.registered_at > now - timedelta(hours=1)
    count = session.scalar(select(func.count(BadgeHost.id)).where(unused, lately)) or 0
    if count >= MOST_AN_HOUR:
        # Refusing would let whoever fills the table keep everybody else out.
        oldest = (
            select(BadgeHost.id)
            .where(unused)
            .order_by(BadgeHost.registered_at, BadgeHost.id)
            .limit(count - MOST_AN_HOUR + 1)
        )
        session.execute(delete(BadgeHost).where(unused, BadgeHost.id.in_(session.scalars(oldest))))


def _words(metadata: Mapping[str, Any], name: str, most: int) -> str:
    given = metadata.get(name)
    if not isinstance(given, str) or not given.strip():
        raise RegistrationRefused(f"{name} is required, as a string.")
    words = given.strip()
    if len(words) > most or _TRICKS.search(words):
        raise RegistrationRefused(f"{name} must have at most {most} characters, all visible.")
    return words


def _strings(metadata: Mapping[str, Any], name: str) -> list[str] | None:
    given = metadata.get(name)
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise RegistrationRefused(f"{name} must be an array of strings.")
    return list(dict.fromkeys(given))


def _address(metadata: Mapping[str, Any], name: str) -> str:
    given = metadata.get(name)
    if not isinstance(given, str):
        raise RegistrationRefused(f"{name} is required, as a string.")
    return given


def _redirects(metadata: Mapping[str, Any]) -> list[str]:
    found = _strings(metadata, "redirect_uris")
    if not found or len(found) > MOST_REDIRECTS:
        raise RegistrationRefused(
            f"redirect_uris is required: one to {MOST_REDIRECTS} addresses.",
            "invalid_redirect_uri",
        )
    return found


def _one_host(addresses: Sequence[str], *, allows_loopback: bool) -> str:
    hosts = {_host_of(one, allows_loopback=allows_loopback) for one in addresses}
    if len(hosts) != 1:
        raise RegistrationRefused("All addresses must have the same host name.")
    return hosts.pop()


def _host_of(address: str, *, allows_loopback: bool) -> str:
    parts = _parts(address)
    if parts is None:
        raise RegistrationRefused(
            "Every address must be an absolute URL in ASCII, without a fragment and without a"
            f" user's name, of at most {ADDRESS} characters.",
        )
    host = parts.hostname or ""
    if host in _LOOPBACK:
        if allows_loopback:
            return host
        raise RegistrationRefused("Addresses on this machine are refused here.")
    if parts.scheme != "https":
        raise RegistrationRefused("Every address must begin with https://.")
    if _is_number(host) or not _HOST_NAME.fullmatch(host):
        raise RegistrationRefused("Every address must name its host by a full domain name.")
    return host


def _parts(address: str) -> SplitResult | None:
    if len(address) > ADDRESS or not re.fullmatch(r"https?://[\x21-\x7e]+", address):
        return None
    if re.search(r"[\"\\<>^`{|}#]", address):
        return None
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return None if "@" in parts.netloc or not parts.hostname else parts


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # Browsers read 0x7f.1 and the like as numbers; no domain ends in a digit's label.
        return host.rpartition(".")[2].isdigit() or host.rpartition(".")[2].startswith("0x")
    return True


def _only(metadata: Mapping[str, Any], name: str, value: str) -> None:
    if metadata.get(name, value) != value:
        raise RegistrationRefused(f"{name} must be {value}.")


def _scopes(metadata: Mapping[str, Any]) -> list[str]:
    given = metadata.get("scope")
    if not isinstance(given, str):
        raise RegistrationRefused("scope is required, as a string with spaces between scopes.")
    found = scopes.in_order(given.split())
    if not found or found == [scopes.STAY]:
        raise RegistrationRefused("scope names none of the scopes of the service description.")
    return found


def _grant_types(metadata: Mapping[str, Any]) -> list[str]:
    found = _strings(metadata, "grant_types") or [GRANT_TYPES[0]]
    if not set(found) <= set(GRANT_TYPES) or GRANT_TYPES[0] not in found:
        raise RegistrationRefused(
            "grant_types must hold authorization_code, and may hold refresh_token."
        )
    if (_strings(metadata, "response_types") or ["code"]) != ["code"]:
        raise RegistrationRefused("response_types must be code alone.")
    return [one for one in GRANT_TYPES if one in found]


def _contacts(metadata: Mapping[str, Any]) -> list[str]:
    found = _strings(metadata, "contacts") or []
    if len(found) > MOST_REDIRECTS or any(
        len(one) > ADDRESS or _TRICKS.search(one) for one in found
    ):
        raise RegistrationRefused("contacts are too many or too long.")
    return found
