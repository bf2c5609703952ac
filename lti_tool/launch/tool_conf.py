"""PyLTI1p3's view of our registrations, and the small pieces of a request it asks for."""

from collections.abc import Mapping
from typing import Any

from pylti1p3.cookie import CookieService
from pylti1p3.deployment import Deployment as LibraryDeployment
from pylti1p3.registration import Registration as LibraryRegistration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lti_tool.launch.models import Deployment, Registration
from lti_tool.launch.problems import AMBIGUOUS_CLIENT, UNKNOWN_PLATFORM, refuse

_OF_ISSUER = select(Registration).where(Registration.issuer == bindparam("issuer")).limit(50)
_OF_CLIENT = _OF_ISSUER.where(Registration.client_id == bindparam("client"))


class Received(Request):
    """The parameters of one request, whether they came in the query or in a form."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.parameters = parameters

    @property
    def session(self) -> dict[str, Any]:
        """Nothing is kept in a session of the web framework."""
        return {}

    def is_secure(self) -> bool:
        """Cookies are always `Secure`, whatever a proxy in front of us speaks."""
        return True

    def get_param(self, key: str) -> str:
        """A parameter; empty where it was not sent."""
        return self.parameters.get(key, "")


class KnownRegistration(LibraryRegistration):
    """A registration as PyLTI1p3 wants it, with our row behind it.

    It holds no private key: signing goes through the keyring, which loads each key once.
    """

    def __init__(self, row: Registration) -> None:
        self.row = row
        self.set_issuer(row.issuer).set_client_id(row.client_id)
        self.set_auth_login_url(row.auth_login_url).set_auth_token_url(row.auth_token_url)
        self.set_key_set_url(row.jwks_url)
        if row.auth_audience:
            self.set_auth_audience(row.auth_audience)


class ToolConf(ToolConfAbstract[Received]):
    """PyLTI1p3's tool configuration over our tables.

    The library keeps which issuer has how many clients in a dictionary that all instances share;
    here every issuer may have many, so that dictionary is never looked at.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    def check_iss_has_one_client(self, iss: str) -> bool:
        """Never assumed: hosted Canvas uses one issuer for all its customers."""
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:
        """Always possible."""
        return True

    def find_registration_by_issuer(
        self, iss: str, *args: Any, **kwargs: Any
    ) -> LibraryRegistration:
        """As `find_registration_by_params`, without a client id."""
        return self.find_registration_by_params(iss, "", *args, **kwargs)

    def find_registration_by_params(
        self,
        iss: str,
        client_id: str,
        *args: Any,
        **kwargs: Any,
    ) -> KnownRegistration:
        """The one registration of an issuer and a client id.

        Without a client id a login's `lti_deployment_id` may decide (T-006); nothing is guessed.
        Raises `LaunchProblem`.
        """
        fitting = _OF_CLIENT if client_id else _OF_ISSUER
        named = {"issuer": iss, "client": client_id} if client_id else {"issuer": iss}
        rows = list(self.session.scalars(fitting, named))
        request: Received | None = kwargs.get("request")
        deployment_id = request.get_param("lti_deployment_id") if request else ""
        if len(rows) > 1 and deployment_id:
            rows = (
                list(
                    self.session.scalars(
                        fitting.join(
                            Deployment, Deployment.registration_id == Registration.id
                        ).where(Deployment.deployment_id == deployment_id),
                        named,
                    )
                )
                or rows
            )
        if len(rows) > 1:
            raise refuse(
                AMBIGUOUS_CLIENT, ("issuer", iss), ("client_id", client_id, "one of several")
            )
        if not rows:
            raise refuse(
                UNKNOWN_PLATFORM,
                ("issuer", iss, self._near(iss)),
                ("client_id", client_id, self._clients(iss)),
            )
        return KnownRegistration(rows[0])

    def find_deployment(self, iss: str, deployment_id: str) -> LibraryDeployment | None:
        """Not answerable: a deployment belongs to an issuer *and* a client id."""
        return None

    def find_deployment_by_params(
        self,
        iss: str,
        deployment_id: str,
        client_id: str,
        *args: Any,
        **kwargs: Any,
    ) -> LibraryDeployment | None:
        """The deployment, if it was ever seen; whether it is let in is decided on arrival."""
        found = self.session.scalar(
            select(Deployment.deployment_id)
            .join(Registration, Deployment.registration_id == Registration.id)
            .where(
                Registration.issuer == iss,
                Registration.client_id == client_id,
                Deployment.deployment_id == deployment_id,
            )
        )
        return LibraryDeployment().set_deployment_id(found) if found else None

    def _near(self, iss: str) -> str:
        """A registered issuer that differs only in what people mistype (T-045)."""
        wanted = _core(iss)
        known = self.session.scalars(select(Registration.issuer).distinct().limit(500))
        return next((f"did you mean {issuer}" for issuer in known if _core(issuer) == wanted), "")

    def _clients(self, iss: str) -> str:
        known = self.session.scalar(select(Registration.id).where(Registration.issuer == iss))
        return "another one is registered" if known else ""


def _core(issuer: str) -> str:
    return issuer.lower().removeprefix("https://").removeprefix("http://").rstrip("/")


class LoginMemory(SessionService):
    """What PyLTI1p3 would keep between login and launch: ours is one row, `LoginAttempt`.

    The library's key-value storage has no way to use something up exactly once, so nothing is
    stored through it (see `docs/decisions/0010-one-row-per-login.md`).
    """

    def __init__(self) -> None:
        self.nonce = ""

    def save_nonce(self, nonce: str) -> None:
        """Keep the nonce of the login that is being prepared."""
        self.nonce = nonce

    def save_launch_data(self, key: str, jwt_body: Mapping[str, Any]) -> None:
        """The message is not kept: what matters of it becomes rows on arrival."""

    def set_state_valid(self, state: str, id_token_hash: str) -> None:
        """A used state never becomes valid again."""


class LoginCookies(CookieService):
    """Collects what PyLTI1p3 wants to set; the view sets it, `Partitioned`, under our names."""

    def __init__(self, received: Mapping[str, str]) -> None:
        self.received = received
        self.state = ""

    def get_cookie(self, name: str) -> str | None:
        """A cookie of the request."""
        return self.received.get(name)

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        """The library names the cookie after the state it has just made."""
        self.state = str(value)
