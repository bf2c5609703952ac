"""OAuth 2.0 over our rows: consent, codes with PKCE, tokens, revocation.

The rules are Authlib's, in the form that knows no web framework; this module gives it rows to read
and write, and is stricter where Open Badges 3.0 is (section 7): PKCE with S256 always, the redirect
address always named and compared as it stands, HTTP Basic only.
"""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    AuthorizationServer,
    ClientMixin,
    InvalidClientError,
    InvalidRequestError,
    OAuth2Request,
    TokenMixin,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.wallets import connections, scopes, tokens
from lti_tool.wallets.connections import Wish
from lti_tool.wallets.models import ApiToken, BadgeHost, CodeGrant, Connection, TokenKind

CODE_LASTS = timedelta(seconds=600)
ACCESS_LASTS = timedelta(hours=1)
REFRESH_LASTS = timedelta(days=180)
"""From its last use on."""

BASIC = "client_secret_basic"
Answer = tuple[int, Any, list[tuple[str, str]]]
"""Status, body (an object or nothing), headers."""

# What RFC 6749 lets stand in an error's description; Authlib quotes what it was given there.
_PLAIN = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
_STATE = re.compile(r"[\x20-\x7e]{0,1000}")
_LONGEST = 4000


@dataclass(frozen=True)
class Asked:
    """A request to one of the endpoints, as plain values."""

    method: str
    uri: str
    """Our own address, as the settings have it."""
    given: Mapping[str, Sequence[str]]
    """The query of an authorization request, the form of any other; every value of each name."""
    authorization: str = ""
    """The header of that name."""


@dataclass(frozen=True)
class Question:
    """What somebody is asked: may this service do these things?"""

    host: BadgeHost
    scopes: Sequence[str]
    redirect_uri: str


class NotUnderstood(Exception):
    """An authorization request that breaks a rule, so that nobody is asked anything.

    `back` is an address of the service's that tells it what was wrong, where it has one.
    """

    def __init__(self, words: str, *, host: str = "", back: str = "") -> None:
        super().__init__(words)
        self.host = host
        self.back = back


def question(session: Session, asked: Asked, *, now: datetime) -> Question:
    """What an authorization request asks for. Raises `NotUnderstood`."""
    return _consent(session, asked, now=now)[1]


def allow(session: Session, asked: Asked, *, person: Person, wish: Wish, now: datetime) -> str:
    """Connect the service as the person wishes; returns where their browser goes.

    Raises:
        NotUnderstood: the request breaks a rule.
        connections.NothingAllowed: the wish leaves nothing.
    """
    server, found, grant = _asked(session, asked, now=now)
    granted = [one for one in scopes.in_order(wish.scopes) if one in found.scopes]
    made = connections.connect(
        session, found.host, person=person, scopes=granted, wish=wish, now=now
    )
    server.consented = (made, granted)
    grant.request.scope = " ".join(granted)
    _, _, headers = grant.create_authorization_response(found.redirect_uri, person)
    return str(dict(headers)["Location"])


def deny(session: Session, asked: Asked, *, now: datetime) -> str:
    """Where the browser goes of somebody who says no. Raises `NotUnderstood`."""
    _, found = _consent(session, asked, now=now)
    told = [("error", "access_denied")]
    if state := _first(asked.given, "state"):
        told.append(("state", state))
    return str(add_params_to_uri(found.redirect_uri, told))


def _consent(session: Session, asked: Asked, *, now: datetime) -> tuple["_Server", Question]:
    server, found, _ = _asked(session, asked, now=now)
    return server, found


def _asked(
    session: Session, asked: Asked, *, now: datetime
) -> tuple["_Server", Question, AuthorizationCodeGrant]:
    server = _Server(session, now)
    host = ""
    try:
        request = _read(asked)
        client = server.query_client(request.payload.client_id or "")
        host = client.row.host if client else ""
        if not request.payload.redirect_uri:
            raise InvalidRequestError("Missing redirect_uri in request.")
        grant = server.get_consent_grant(request)
        if not request.payload.state:
            raise InvalidRequestError("Missing state in request.", redirect_uri=grant.redirect_uri)
    except OAuth2Error as error:
        raise _not_understood(error, asked, host) from error
    wanted = scopes.in_order(request.scope.split())
    return server, Question(grant.client.row, wanted, grant.redirect_uri), grant


def _not_understood(error: OAuth2Error, asked: Asked, host: str) -> NotUnderstood:
    """Nobody is sent on by themselves: an address that forwards anybody anywhere helps thieves."""
    back = ""
    if error.redirect_uri:
        state = _first(asked.given, "state")
        told = [("error", error.error), ("error_description", error.description or "")]
        told += [("state", state)] if state and _STATE.fullmatch(state) else []
        back = add_params_to_uri(error.redirect_uri, [pair for pair in told if pair[1]])
    words = error.description or error.error
    return NotUnderstood(words, host=host, back=back)


def exchange(session: Session, asked: Asked, *, now: datetime) -> Answer:
    """Answer the token endpoint: a code or a refresh token for an access token."""
    return _answered(asked, lambda request: _Server(session, now).create_token_response(request))


def revoke(session: Session, asked: Asked, *, now: datetime) -> Answer:
    """Answer the revocation endpoint (RFC 7009)."""
    server = _Server(session, now)
    name = RevocationEndpoint.ENDPOINT_NAME
    return _answered(asked, lambda request: server.create_endpoint_response(name, request))


def _answered(asked: Asked, act: Callable[[OAuth2Request], Answer]) -> Answer:
    try:
        return act(_read(asked))
    except OAuth2Error as error:
        status, body, headers = error()
        return status, body, headers


def find_token(session: Session, secret: str, *, now: datetime) -> ApiToken | None:
    """The access token with this secret, unless it is over."""
    return session.scalar(
        select(ApiToken).where(
            ApiToken.digest == tokens.digest(secret),
            ApiToken.kind == TokenKind.ACCESS,
            ApiToken.expires_at > now,
        )
    )


def reaches(token: ApiToken, scope: str) -> bool:
    """Whether a token still allows this: its person may have narrowed the connection since."""
    return scope in token.scopes and scope in token.grant.connection.scopes


# -- requests as Authlib reads them --------------------------------------------------------------


def _first(given: Mapping[str, Sequence[str]], name: str) -> str:
    values = given.get(name) or [""]
    return values[0]


class _Request(OAuth2Request):  # type: ignore[misc]
    def __init__(self, asked: Asked) -> None:
        headers = {"Authorization": asked.authorization} if asked.authorization else {}
        super().__init__(asked.method, asked.uri, headers=headers)
        self.payload = BasicOAuth2Payload({name: one[0] for name, one in asked.given.items()})

    @property
    def form(self) -> Any:
        """What was posted."""
        return self.payload.data


def _read(asked: Asked) -> _Request:
    """The request, if nothing in it trips whoever reads on."""
    for name, values in asked.given.items():
        if len(values) > 1:
            raise InvalidRequestError("A parameter was given more than once.")
        allowed = _STATE if name == "state" else _PLAIN
        if any(len(one) > _LONGEST or not allowed.fullmatch(one) for one in values):
            raise InvalidRequestError("A parameter holds characters that have no place in it.")
    if asked.authorization and not _is_basic(asked.authorization):
        raise InvalidClientError("Only HTTP Basic is accepted.", status_code=401)
    return _Request(asked)


def _is_basic(header: str) -> bool:
    kind, _, words = header.partition(" ")
    try:
        return kind.lower() == "basic" and ":" in base64.b64decode(words).decode("ascii")
    except ValueError:  # neither base64 nor ASCII
        return False


# -- rows as Authlib reads them ------------------------------------------------------------------


class _Client(ClientMixin):  # type: ignore[misc]
    def __init__(self, row: BadgeHost) -> None:
        self.row = row

    def get_client_id(self) -> str:
        return self.row.client_id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The scopes, if all of them were registered."""
        wanted = (scope or "").split()
        return " ".join(wanted) if wanted and set(wanted) <= set(self.row.scopes) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.row.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return tokens.is_same(client_secret, self.row.secret_digest)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == BASIC

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.row.grant_types


class _Code(AuthorizationCodeMixin):  # type: ignore[misc]
    def __init__(self, row: CodeGrant) -> None:
        self.row = row
        self.code_challenge = row.challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.row.scopes)


class _Token(TokenMixin):  # type: ignore[misc]
    def __init__(self, row: ApiToken) -> None:
        self.row = row

    def check_client(self, client: _Client) -> bool:
        return self.row.grant.connection.host_id == client.row.id

    def get_scope(self) -> str:
        return " ".join(self.row.scopes)


# -- grants --------------------------------------------------------------------------------------


class _Challenge(CodeChallenge):  # type: ignore[misc]
    """PKCE that cannot be left out and knows no `plain` (RFC 9700, section 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Ask for both parameters, then look at them."""
        given = grant.request.payload.data
        if not given.get("code_challenge") or given.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is required: code_challenge with the method S256.")
        super().validate_code_challenge(grant, redirect_uri)


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = (BASIC,)
    server: "_Server"

    def create_authorization_response(self, redirect_uri: str, grant_user: Person) -> Answer:
        """The same, and which scopes were granted, which Open Badges 3.0 wants in the address."""
        status, body, headers = super().create_authorization_response(redirect_uri, grant_user)
        told = add_params_to_uri(dict(headers)["Location"], [("scope", self.request.scope)])
        return status, body, [("Location", told)]

    def generate_authorization_code(self) -> str:
        return tokens.fresh()

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Keep the code's digest with what it was given for."""
        connection, granted = self.server.consented
        self.server.session.add(
            CodeGrant(
                connection=connection,
                code_digest=tokens.digest(code),
                redirect_uri=request.payload.redirect_uri,
                scopes=list(granted),
                challenge=request.payload.data["code_challenge"],
                made_at=self.server.now,
                expires_at=self.server.now + CODE_LASTS,
            )
        )

    def query_authorization_code(self, code: str, client: _Client) -> _Code | None:
        """The code, if it is this service's, fresh and unused; a used one ends its tokens."""
        session, now = self.server.session, self.server.now
        row = session.scalar(
            select(CodeGrant).where(CodeGrant.code_digest == tokens.digest(code)).with_for_update()
        )
        if row is None or row.connection.host_id != client.row.id:
            return None
        if row.used_at is not None:
            session.execute(delete(ApiToken).where(ApiToken.grant_id == row.id))
            host, person = row.connection.host, row.connection.person
            note(session, "wallets.code-used-twice", host.host, actor=person, now=now)
            return None
        return _Code(row) if row.expires_at > now else None

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        authorization_code.row.used_at = self.server.now

    def authenticate_user(self, authorization_code: _Code) -> Person:
        return authorization_code.row.connection.person


class _RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """The refresh token stays: whoever uses it proves with its secret to be the service."""

    TOKEN_ENDPOINT_AUTH_METHODS = (BASIC,)
    server: "_Server"

    def authenticate_refresh_token(self, refresh_token: str) -> _Token | None:
        return self.server.find(refresh_token, TokenKind.REFRESH)

    def authenticate_user(self, refresh_token: _Token) -> Person:
        return refresh_token.row.grant.connection.person

    def revoke_old_credential(self, refresh_token: _Token) -> None:
        refresh_token.row.expires_at = self.server.now + REFRESH_LASTS


class _Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = (BASIC,)
    server: "_Server"

    def query_token(self, token_string: str, _token_type_hint: str | None) -> _Token | None:
        return self.server.find(token_string)

    def revoke_token(self, token: _Token, _request: OAuth2Request) -> None:
        """End the token; a refresh token takes along whatever came of the same consent."""
        session, row = self.server.session, token.row
        if row.kind is TokenKind.REFRESH:
            session.execute(delete(CodeGrant).where(CodeGrant.id == row.grant_id))
        else:
            session.execute(delete(ApiToken).where(ApiToken.id == row.id))


class _Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server in one transaction at one moment."""

    def __init__(self, session: Session, now: datetime) -> None:
        super().__init__(scopes_supported=list(scopes.ALL))
        self.session = session
        self.now = now
        self.consented: tuple[Connection, Sequence[str]]
        self.register_token_generator(
            "default",
            BearerTokenGenerator(_fresh, _fresh, lambda *_: int(ACCESS_LASTS.total_seconds())),
        )
        self.register_grant(_CodeGrant, [_Challenge(required=True)])
        self.register_grant(_RefreshGrant)
        self.register_endpoint(_Revocation)

    def query_client(self, client_id: str) -> _Client | None:
        """The service with this id."""
        row = self.session.scalar(select(BadgeHost).where(BadgeHost.client_id == client_id))
        return _Client(row) if row else None

    def generate_token(self, grant_type: str, client: _Client, **given: Any) -> dict[str, Any]:
        """A refresh token only for whoever was allowed to stay."""
        stays = scopes.STAY in (given.get("scope") or "").split()
        given["include_refresh_token"] = given.get("include_refresh_token") and stays
        made: dict[str, Any] = super().generate_token(grant_type, client, **given)
        return made

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Keep the digests of what is about to be told."""
        origin = request.refresh_token or request.authorization_code
        grant = origin.row.grant if isinstance(origin, _Token) else origin.row
        lasting = {TokenKind.ACCESS: ACCESS_LASTS, TokenKind.REFRESH: REFRESH_LASTS}
        for kind, lasts in lasting.items():
            secret = token.get(f"{kind.value}_token")
            if secret is not None:
                self.session.add(
                    ApiToken(
                        grant=grant,
                        kind=kind,
                        digest=tokens.digest(secret),
                        scopes=token["scope"].split(),
                        made_at=self.now,
                        expires_at=self.now + lasts,
                    )
                )
        connections.sweep(self.session, grant.connection, now=self.now)

    def find(self, secret: str, kind: TokenKind | None = None) -> _Token | None:
        """A token that is not over, of one kind or any."""
        query = select(ApiToken).where(
            ApiToken.digest == tokens.digest(secret), ApiToken.expires_at > self.now
        )
        row = self.session.scalar(query.where(ApiToken.kind == kind) if kind else query)
        return _Token(row) if row else None

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        """It is one already."""
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        """The values; the view makes an answer of them."""
        return status, body, headers

    def send_signal(self, name: str, *_args: Any, **_given: Any) -> None:
        """Nobody listens."""


def _fresh(**_given: Any) -> str:
    return tokens.fresh()
