"""The first half of a launch: an LMS asks us to log somebody in, and we ask the LMS who it is."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.redirect import Redirect
from pylti1p3.registration import Registration as LibraryRegistration
from sqlalchemy.orm import Session

from lti_tool.launch import attempts
from lti_tool.launch.problems import PARAMETER_MISSING, TOO_LARGE, refuse
from lti_tool.launch.tool_conf import (
    KnownRegistration,
    LoginCookies,
    LoginMemory,
    Received,
    ToolConf,
)
from lti_tool.launch.ways import STORAGE_TARGET

NEEDED = (
    "iss",
    "login_hint",
    "target_link_uri",
    "client_id",
    "lti_message_hint",
    "lti_deployment_id",
)
"""The parameters of a login that it needs to begin again (LTI Core 1.3, 4.1)."""

KEPT = (*NEEDED, STORAGE_TARGET)
"""The same, and where the LMS's page keeps things for us."""

LARGEST = 16_384
"""Characters of all that is kept of a login. Anybody may send one, and a thousand a minute are
written down; it goes on in an address, and servers take none that is longer (T-026)."""


@dataclass(frozen=True)
class Begun:
    """A login under way: where the browser goes, and the cookie it takes along."""

    address: str
    cookie: str
    secret: str
    nonce: str
    issuer: str
    client_id: str


class Login(OIDCLogin[Received, ToolConf, LoginMemory, LoginCookies, str]):
    """PyLTI1p3's login, with randomness of our own and addresses that may have a query."""

    _registration: KnownRegistration

    def get_redirect(self, url: str) -> Redirect[str]:
        """Not used: the view redirects (it knows Flask, this room's logic does not)."""
        raise NotImplementedError

    def _get_uuid(self) -> str:
        return secrets.token_urlsafe(32)

    def _generate_nonce(self) -> str:
        return secrets.token_urlsafe(32)

    def validate_oidc_login(self) -> LibraryRegistration:
        """Name the parameter that is missing, before the library says only that one is."""
        for name in ("iss", "login_hint"):
            if not self._get_request_param(name):
                raise refuse(PARAMETER_MISSING, (name, None, "required with every login"))
        return super().validate_oidc_login()

    def address(self, redirect_uri: str) -> str:
        """The LMS's authorisation address for this login."""
        built = self._prepare_redirect_url(redirect_uri)
        base = self._registration.row.auth_login_url
        if "?" not in base:
            return built
        # The library always joins with "?"; an address with a query needs "&" (T-008).
        joint = "" if base.endswith(("?", "&")) else "&"
        return base + joint + built[len(base) + 1 :]


def begin(
    session: Session,
    parameters: Mapping[str, str],
    *,
    redirect_uri: str,
    now: datetime,
    is_stored: bool = False,
    window: str = "",
) -> Begun:
    """Begin a login. `redirect_uri` is our one launch address, whatever the LMS asks for (T-007).

    With `is_stored` the LMS's page will be handed the secret and the nonce (T-098); `window` is
    the handle of a window that was opened for this login (T-106).

    Raises `LaunchProblem`.
    """
    memory, cookies = LoginMemory(), LoginCookies({})
    login = Login(Received(parameters), ToolConf(session), memory, cookies)
    address = login.address(redirect_uri)
    row = login._registration.row
    names = KEPT if is_stored else NEEDED
    kept = {name: parameters[name] for name in names if parameters.get(name)}
    if (size := sum(map(len, kept.values()))) > LARGEST:
        raise refuse(TOO_LARGE, ("login parameters", f"{size} characters", LARGEST))
    secret = attempts.begin(
        session,
        row,
        state=cookies.state,
        nonce=memory.nonce,
        parameters=kept,
        window=window,
        now=now,
    )
    return Begun(
        address=address,
        cookie=attempts.cookie_name(cookies.state),
        secret=secret,
        nonce=memory.nonce,
        issuer=row.issuer,
        client_id=row.client_id,
    )
