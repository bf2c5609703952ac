"""OAuth 2.0 for services: register, exchange, revoke. Asking people stands in `consent.py`."""

from werkzeug.wrappers import Response

from lti_tool.wallets import authorization, registering
from lti_tool.wallets.views.blueprint import (
    LARGEST_BODY,
    address,
    answered,
    as_json,
    asked,
    bp,
    json_body,
    speaking_oauth,
)
from lti_tool.web.permissions import public
from lti_tool.web.restraint import HOUR, restrain_tries
from lti_tool.web.session import clock, settings, transaction

REGISTRATIONS = 10
"""An hour from one address. As many tries a minute, since rules are learnt by being refused."""
TRIES, EXCHANGES, WRONG = 10, 300, 30
"""A minute from one address; a service asks for all of its people from one."""


@bp.post("/wallets/register")
@public
@speaking_oauth
def register() -> Response:
    """Dynamic client registration (RFC 7591)."""
    restrain_tries("wallets register", most=TRIES)
    told = json_body(LARGEST_BODY)
    with transaction() as session:
        made = registering.register(
            session,
            told,
            now=clock(),
            allows_loopback=not settings().is_https,
        )
        restrain_tries("wallets registered", most=REGISTRATIONS, span=HOUR)
        body = registering.told_back(made)
    return as_json(body, 201)


@bp.post("/wallets/token")
@public
@speaking_oauth
def token() -> Response:
    """A code or a refresh token for an access token."""
    restrain_tries("wallets token", most=EXCHANGES)
    with transaction() as session:
        answer = authorization.exchange(session, asked(".token"), now=clock())
    return _told(answer)


@bp.post("/wallets/revoke")
@public
@speaking_oauth
def revoke() -> Response:
    """End a token (RFC 7009)."""
    restrain_tries("wallets token", most=EXCHANGES)
    with transaction() as session:
        answer = authorization.revoke(session, asked(".revoke"), now=clock())
    return _told(answer)


def _told(answer: authorization.Answer) -> Response:
    response = answered(answer)
    if response.status_code == 401:
        restrain_tries("wallets wrong secret", most=WRONG)
        realm = address(".token")
        response.headers["WWW-Authenticate"] = f'Basic realm="{realm}"'
    return response
