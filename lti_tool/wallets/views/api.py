"""The Open Badges 3.0 API for connected services (section 6)."""

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.badges.views.answering import own_documents
from lti_tool.holdings import keeping
from lti_tool.holdings.keeping import Became
from lti_tool.holdings.looking import NotHeld
from lti_tool.verification.sources import World
from lti_tool.wallets import (
    authorization,
    connections,
    deposits,
    description,
    given_out,
    profiles,
    scopes,
    status_info,
)
from lti_tool.wallets.models import ApiToken
from lti_tool.wallets.status_info import ApiRefused
from lti_tool.wallets.views.blueprint import (
    LARGEST_BODY,
    TooLarge,
    address,
    as_json,
    bp,
    json_body,
    speaking_api,
)
from lti_tool.web.permissions import public
from lti_tool.web.restraint import one_turn, restrain_tries
from lti_tool.web.session import clock, reading, settings, transaction

API = "/ims/ob/v3p0"
REQUESTS, DEPOSITS, GUESSES = 600, 60, 60
"""A minute from one address, of all, of badges to look at, and with a token that is none."""
A_WHILE = "public, max-age=3600"


def places() -> description.Places:
    """Our addresses for the service description."""
    return description.Places(
        api=settings().base_url + API,
        register=address(".register"),
        authorize=address(".authorize"),
        token=address(".token"),
        about=address(".about"),
        picture=address("static", filename="cairn.svg"),
    )


@bp.get(f"{API}/discovery")
@public
@speaking_api
def discovery() -> Response:
    """The service description."""
    restrain_tries("wallets api", most=REQUESTS)
    body = description.document(places(), name=settings().issuer_name or "Cairn")
    return _for_all(as_json(body, cache=A_WHILE))


@bp.get("/.well-known/oauth-authorization-server")
@public
@speaking_api
def metadata() -> Response:
    """The same for programs that know OAuth alone (RFC 8414)."""
    body = description.metadata(places(), issuer=settings().base_url, revoke=address(".revoke"))
    return _for_all(as_json(body, cache=A_WHILE))


def _for_all(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    return response.make_conditional(request.environ)


@bp.get(f"{API}/credentials")
@public
@speaking_api
def credentials() -> Response:
    """The badges that this service is given."""
    restrain_tries("wallets api", most=REQUESTS)
    with reading() as session:
        token = _token(session, scopes.READ)
        window = given_out.Window.read(
            *(request.args.get(name) for name in ("limit", "offset", "since"))
        )
        page = given_out.page(session, token.grant.connection, window)
        response = as_json(page.body())
    _note_use(token)
    response.headers["X-Total-Count"] = str(page.total)
    response.headers["Link"] = window.links(address(".credentials"), page.total)
    return response


@bp.post(f"{API}/credentials")
@public
@speaking_api
def deposit() -> Response:
    """A badge that the service puts into *My badges*."""
    restrain_tries("wallets deposit", most=DEPOSITS)
    if (request.content_length or 0) > deposits.LARGEST:
        raise TooLarge("A credential may have at most 1 MiB.")
    now = clock()
    with reading() as session:
        token = _token(session, scopes.DEPOSIT)  # before the body is read
        body = request.get_data()
        with one_turn():
            seen = deposits.look_at(
                session,
                token.grant.connection,
                body,
                request.mimetype,
                World(own=own_documents(session), allow=tuple(settings().lti_http_allow)),
                own=settings().base_url,
                now=now,
            )
    if seen is None:
        return _same()
    with transaction() as session:
        connection = _token(session, scopes.DEPOSIT).grant.connection
        try:
            held = keeping.hold(session, connection.person, seen, now=now)
        except NotHeld as refusal:
            raise ApiRefused(400, status_info.DATA, str(refusal)) from refusal
        connections.note_use(session, connection.id, now=now)
    if held.became is Became.SAME:
        return _same()
    response = as_json(body, 201 if held.became is Became.ADDED else 200)
    response.content_type = request.mimetype
    return response


def _same() -> Response:
    response = as_json(b"", 304)
    del response.headers["Content-Type"]
    return response


@bp.get(f"{API}/profile")
@public
@speaking_api
def profile() -> Response:
    """Who the holder is."""
    restrain_tries("wallets api", most=REQUESTS)
    with reading() as session:
        token = _token(session, scopes.READ_PROFILE)
        response = as_json(profiles.profile(token.grant.connection))
    _note_use(token)
    return response


@bp.put(f"{API}/profile")
@public
@speaking_api
def update_profile() -> Response:
    """What the service says of the holder's page there."""
    restrain_tries("wallets api", most=REQUESTS)
    given = json_body(LARGEST_BODY)
    with transaction() as session:
        token = _token(session, scopes.UPDATE_PROFILE)
        profiles.update(token.grant.connection, given)
        connections.note_use(session, token.grant.connection_id, now=clock())
        return as_json(profiles.profile(token.grant.connection))


@bp.route(f"{API}/credentials", methods=["PUT", "PATCH", "DELETE"])
@bp.route(f"{API}/profile", methods=["POST", "PATCH", "DELETE"])
@bp.route(f"{API}/discovery", methods=["POST", "PUT", "PATCH", "DELETE"])
@public
@speaking_api
def no_such_method() -> Response:
    """What the API does not know, said in its own form."""
    raise ApiRefused(405, "misdirected_request", "This path knows no such method.")


def _token(session: Session, scope: str) -> ApiToken:
    """The access token that is shown, if it allows this. Raises `ApiRefused`."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise ApiRefused(
            401, status_info.UNAUTHORIZED, "Send an access token as a bearer.", challenge="Bearer"
        )
    found = authorization.find_token(session, secret.strip(), now=clock())
    if found is None:
        restrain_tries("wallets guess", most=GUESSES)
        raise ApiRefused(
            401,
            status_info.UNAUTHORIZED,
            "The access token is over, or its holder has disconnected this service.",
            challenge='Bearer error="invalid_token"',
        )
    if not authorization.reaches(found, scope):
        raise ApiRefused(
            403,
            status_info.FORBIDDEN,
            f"The holder has not allowed {scope}.",
            challenge=f'Bearer error="insufficient_scope", scope="{scope}"',
        )
    return found


def _note_use(token: ApiToken) -> None:
    now = clock()
    connection = token.grant.connection
    if connections.is_use_to_be_noted(connection, now=now):
        with transaction(durable=False) as session:
            connections.note_use(session, connection.id, now=now)
