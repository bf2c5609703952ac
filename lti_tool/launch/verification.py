"""The second half of a launch: the LMS's signed answer, checked against the login it belongs to.

Order matters. Nothing is used up before the signature is good, so that nobody can spoil somebody
else's login (T-024); once it is good the login is used up, whatever else is wrong with the message.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import Any, cast

import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.launch import attempts, claims, legacy, ways
from lti_tool.launch.models import Deployment, LoginAttempt, Registration
from lti_tool.launch.platform_keys import PlatformKeys
from lti_tool.launch.problems import (
    AUDIENCE,
    CLAIM_INVALID,
    CLAIM_MISSING,
    EXPIRED,
    LAUNCH_GONE,
    LOGIN_REQUIRED,
    MALFORMED,
    NONCE,
    NOT_YET,
    PARAMETER_MISSING,
    PLATFORM_ERROR,
    SIGNATURE,
    STATE,
    TOO_OLD,
    UNKNOWN_DEPLOYMENT,
    UNKNOWN_PLATFORM,
    LaunchProblem,
    Seen,
    refuse,
)
from lti_tool.launch.tool_conf import (
    KnownRegistration,
    LoginCookies,
    LoginMemory,
    Received,
    ToolConf,
)

log = structlog.get_logger(__name__)

LEEWAY = timedelta(seconds=60)
"""How far clocks may differ: Moodle's tokens live for a minute (T-040)."""

OLDEST = timedelta(minutes=15)
"""How long a message may have been on its way (SEC 5.1.3 step 8; T-043)."""

LONGEST_SKEW = 86_400.0 * 366
"""Seconds of skew that are worth a figure; a year is as good as ten."""

ALGORITHM = "RS256"
"""The one algorithm every LTI 1.3 platform has; all others are refused (T-030…T-032)."""


@dataclass(frozen=True)
class Verified:
    """A message in order, and the login it finishes."""

    launch: claims.Launch
    registration_id: int
    issuer: str
    client_id: str
    attempt_id: int
    skew: float
    """Seconds by which the platform's clock is ahead of ours, as far as `iat` tells."""
    is_used_up: bool
    """The login was finished before: this is the same form again."""
    way: ways.Way
    """How the browser was known again."""

    def seen(self) -> Seen:
        """What is known of it, for the log and for its record."""
        return Seen(
            issuer=self.issuer,
            client_id=self.client_id,
            deployment_id=self.launch.deployment_id,
            message=self.launch.message.value,
            registration_id=self.registration_id,
            sub=self.launch.sub,
            skew=self.skew,
        )


class Message(MessageLaunch[Received, ToolConf, LoginMemory, LoginCookies]):
    """PyLTI1p3's message launch, strict where it is lenient, in the order given above."""

    def __init__(
        self,
        received: Received,
        session: Session,
        cookies: Mapping[str, str],
        keys: PlatformKeys,
        now: datetime,
    ) -> None:
        super().__init__(received, ToolConf(session), LoginMemory(), LoginCookies(cookies))
        self.set_auto_validation(False)
        # Signature only: the times and the audience are checked below, with leeway and by name.
        self.set_jwt_verify_options(
            {
                "verify_signature": True,
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
                "verify_aud": False,
                "verify_iss": False,
                "verify_sub": False,
                "verify_jti": False,
            }
        )
        self.keys = keys
        self.now = now
        self.attempt: LoginAttempt | None = None
        self.is_signed = False
        self.way = ways.Way.PARTITIONED_COOKIE
        self.is_over = False

    @property
    def body(self) -> dict[str, Any]:
        """The claims, as decoded; trusted only once the signature was checked."""
        return cast(dict[str, Any], self._jwt.get("body", {}))

    def _get_request_param(self, key: str) -> str:
        return self._request.get_param(key)

    @property
    def platform(self) -> Registration:
        """The platform whose message this is. Only after `validate_state`."""
        return self.known_attempt.registration

    def verify(self) -> Verified:
        """Check everything. Raises `LaunchProblem`; `burns` says that the login is used up."""
        self.validate_answer()
        self.validate_jwt_format()
        self.validate_state()
        self.validate_registration()
        self.validate_jwt_signature()
        self.is_signed = True
        self.validate_nonce()
        skew = self.validate_times()
        self.validate_audience()
        launch = self.read()
        self.validate_message()
        self.validate_deployment()
        attempt = self.known_attempt
        row = attempt.registration
        return Verified(
            launch=launch,
            registration_id=row.id,
            issuer=row.issuer,
            client_id=row.client_id,
            attempt_id=attempt.id,
            skew=skew,
            is_used_up=attempt.consumed_at is not None,
            way=self.way,
        )

    def read(self) -> claims.Launch:
        """The message in our own types, as its registration and its deployment allow."""
        row = self.platform
        launch = claims.read(
            self.body,
            may_be_nobody=self.body.get("sub") is None and self._nobody_may_look(row),
            sub_may_be_number=row.sub_may_be_number,
        )
        proven = legacy.proven(row, launch, self.body, self.keys.settings)
        return replace(launch, legacy=proven)

    def _nobody_may_look(self, row: Registration) -> bool:
        named = claims.text(self.body.get(claims.DEPLOYMENT_ID), claims.ID_LENGTH)
        allowed = select(Deployment.allow_anonymous).where(
            Deployment.registration_id == row.id, Deployment.deployment_id == named
        )
        return bool(self._tool_config.session.scalar(allowed))

    def seen(self) -> Seen:
        """What is known of this message, for its record; unsigned claims only as what they say."""
        row = self.attempt.registration if self.attempt is not None else None
        decoded: object = self._jwt.get("body")
        body: dict[str, Any] = decoded if isinstance(decoded, dict) else {}
        skew = self._skew(body.get("iat")) if self.is_signed else None
        return Seen(
            issuer=row.issuer if row else claims.text(body.get("iss"), 4096),
            client_id=row.client_id if row else claims.text(body.get("aud"), 255),
            deployment_id=claims.text(body.get(claims.DEPLOYMENT_ID), 255),
            message=claims.text(body.get(claims.MESSAGE_TYPE), 255),
            registration_id=row.id if row else None,
            sub=claims.text(body.get("sub"), 255) if self.is_signed else "",
            skew=skew,
        )

    def _skew(self, issued: object) -> float | None:
        """Seconds the platform's clock is ahead, whatever number it sends; `None` for none."""
        if isinstance(issued, bool) or not isinstance(issued, int | float):
            return None
        if isinstance(issued, float) and isnan(issued):
            return None
        ours = self.now.timestamp()
        # Compared before it is subtracted from: an integer may be too long for a float.
        return min(max(issued, ours - LONGEST_SKEW), ours + LONGEST_SKEW) - ours

    @property
    def known_attempt(self) -> LoginAttempt:
        """The login this message finishes. Only after `validate_state`."""
        if self.attempt is None:
            raise refuse(STATE)
        return self.attempt

    def validate_answer(self) -> None:
        """Say what the LMS said where it answered with an error (T-015)."""
        if error := self._get_request_param("error"):
            cause = {
                "login_required": LOGIN_REQUIRED,
                "launch_no_longer_valid": LAUNCH_GONE,
            }.get(error, PLATFORM_ERROR)
            words = self._get_request_param("error_description")
            self._end_login()
            raise refuse(cause, ("error", error), ("error_description", words))
        for name in ("state", "id_token"):
            if not self._get_request_param(name):
                raise refuse(PARAMETER_MISSING, (name, None, "required with every launch"))

    def _end_login(self) -> None:
        """An error ends the login it answers, if it is this browser's (T-015).

        Nothing is signed here: whoever merely knows a state could end another's login.
        """
        state = self._get_request_param("state")
        attempt = attempts.find(self._tool_config.session, state, now=self.now)
        secret = self._cookie_service.get_cookie(attempts.cookie_name(state))
        self.attempt = attempt
        self.is_over = attempt is not None and attempts.is_same_browser(attempt, secret)

    def validate_jwt_format(self) -> "Message":
        """Three parts, each of them JSON objects (T-035)."""
        try:
            super().validate_jwt_format()
        except LtiException as error:
            raise refuse(MALFORMED, ("id_token", error, "a signed JSON Web Token")) from error
        decoded = cast(dict[str, object], self._jwt)
        if not all(isinstance(decoded[part], dict) for part in ("header", "body")):
            raise refuse(MALFORMED, ("id_token", "no object", "a signed JSON Web Token"))
        return self

    def validate_state(self) -> "Message":
        """The login must be ours, unexpired, and of this very browser (T-016…T-018)."""
        state = self._get_request_param("state")
        attempt = attempts.find(self._tool_config.session, state, now=self.now)
        if attempt is None:
            raise refuse(STATE, ("state", "one that is not known or has expired"))
        self.way = ways.recognise(
            attempt,
            state=state,
            received=self._request.parameters,
            cookies=self._cookie_service.received,
        )
        self.attempt = attempt
        return self

    def validate_registration(self) -> "Message":
        """The message must come from the platform that was asked (T-019)."""
        attempt = self.known_attempt
        row = attempt.registration
        issuer = self.body.get("iss")
        audience = self.body.get("aud")
        named: object = [audience] if isinstance(audience, str) else audience
        if not isinstance(issuer, str) or not issuer:
            raise refuse(CLAIM_MISSING, ("iss", issuer, row.issuer))
        if claims.text(issuer, 4096) != issuer:
            raise refuse(CLAIM_INVALID, ("iss", issuer, row.issuer))
        if not isinstance(named, list):
            raise refuse(CLAIM_MISSING, ("aud", audience, row.client_id))
        if issuer != row.issuer:
            known = self._tool_config.session.scalar(
                select(Registration.id).where(Registration.issuer == issuer)
            )
            raise refuse(STATE if known else UNKNOWN_PLATFORM, ("iss", issuer, row.issuer))
        if row.client_id not in named:
            raise refuse(AUDIENCE, ("aud", audience, row.client_id))
        self._registration = KnownRegistration(row)
        return self

    def get_public_key(self) -> tuple[str, str]:
        """The key the header names, as an object; the algorithm is ours, never the header's."""
        header = cast(dict[str, Any], self._jwt["header"])
        row = self.platform
        if header.get("alg") != ALGORITHM:
            raise refuse(SIGNATURE, ("alg", header.get("alg"), ALGORITHM))
        kid = header.get("kid")
        if not isinstance(kid, str) or not kid:
            raise refuse(SIGNATURE, ("kid", kid, "the id of the signing key"))
        key: RSAPublicKey = self.keys.find(row, kid, now=self.now)
        # The library is typed for PEM text but hands the key on to PyJWT, which takes both.
        return cast(str, key), ALGORITHM

    def validate_jwt_signature(self) -> "Message":
        """Only the signature; see `set_jwt_verify_options` above."""
        try:
            super().validate_jwt_signature()
        except LtiException as error:
            row = self.platform
            raise refuse(
                SIGNATURE,
                ("kid", self._jwt["header"].get("kid")),
                ("key set", row.jwks_url),
            ) from error
        return self

    def validate_nonce(self) -> "Message":
        """The nonce must be the one that went out with this state (T-022, T-023)."""
        nonce = self.body.get("nonce")
        if not isinstance(nonce, str) or not attempts.is_its_nonce(self.known_attempt, nonce):
            received = "another one" if nonce else None
            raise refuse(NONCE, ("nonce", received, "the one of this login"))
        return self

    def validate_times(self) -> float:
        """Neither expired, nor from the future, nor too long on its way; gives the skew."""
        expires, issued = self._moment("exp"), self._moment("iat")
        shown = self.now.isoformat(timespec="seconds")
        if self.now > expires + LEEWAY:
            raise refuse(EXPIRED, ("exp", expires.isoformat(), f"later than {shown}"))
        if self.now - issued > OLDEST + LEEWAY:
            raise refuse(TOO_OLD, ("iat", issued.isoformat(), f"shortly before {shown}"))
        begins = [("iat", issued)]
        if self.body.get("nbf") is not None:
            begins.append(("nbf", self._moment("nbf")))
        for name, moment in begins:
            if moment > self.now + LEEWAY:
                raise refuse(NOT_YET, (name, moment.isoformat(), f"not after {shown}"))
        return (issued - self.now).total_seconds()

    def _moment(self, name: str) -> datetime:
        value = self.body.get(name)
        if value is None:
            raise refuse(CLAIM_MISSING, (name, None, "seconds since 1970"))
        try:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError
            return datetime.fromtimestamp(value, UTC)
        except (TypeError, ValueError, OverflowError, OSError) as error:
            raise refuse(CLAIM_INVALID, (name, value, "seconds since 1970")) from error

    def validate_audience(self) -> None:
        """This tool, and beside it only whom the registration names (T-046…T-050).

        With several audiences the token has to say for whom of them it was made (SEC step 4).
        """
        row = self.platform
        client_id = row.client_id
        audience = self.body["aud"]
        others = [audience] if isinstance(audience, str) else list(audience)
        others.remove(client_id)  # it is there, or the registration would not have fitted
        if any(other not in row.extra_audiences for other in others):
            expected = " or ".join((client_id, *row.extra_audiences))
            raise refuse(AUDIENCE, ("aud", audience, expected))
        if ("azp" in self.body or others) and self.body.get("azp") != client_id:
            raise refuse(AUDIENCE, ("azp", self.body.get("azp"), client_id))

    def validate_message(self) -> "Message":
        """PyLTI1p3's own rules for the message type, after ours."""
        if self.body[claims.MESSAGE_TYPE] == claims.Message.DEEP_LINKING:
            # The library refuses what accepts no links with a bare error; the picker explains it.
            return self
        if self.body.get("sub") is None:
            return self  # the library knows no visitors; ours were let through by name above
        try:
            super().validate_message()
        except LtiException as error:
            raise refuse(CLAIM_MISSING, ("message", error, "as LTI requires")) from error
        return self

    def validate_deployment(self) -> "Message":
        """The login's deployment and the message's must be one (T-059).

        Whether it is let in is decided on arrival: one never seen is kept as pending (T-058).
        """
        named = self.known_attempt.parameters.get("lti_deployment_id")
        claimed = self.body[claims.DEPLOYMENT_ID]
        if named and named != claimed:
            raise refuse(UNKNOWN_DEPLOYMENT, ("deployment_id", claimed, named))
        asked = self.known_attempt.parameters.get("target_link_uri")
        if asked and asked != self.body[claims.TARGET_LINK_URI]:
            # The login is unsigned, so the signed claim is followed (T-061).
            log.info("launch.target-differs", login=asked, claim=self.body[claims.TARGET_LINK_URI])
        return self


@dataclass
class Failed(Exception):
    """A refused launch with the login it used up, if any."""

    problem: LaunchProblem
    used_up: int | None


def verify(
    session: Session,
    parameters: Mapping[str, str],
    cookies: Mapping[str, str],
    *,
    keys: PlatformKeys,
    now: datetime,
) -> Verified:
    """Check an LMS's answer to a login.

    `session` is only read from. Raises `Failed`: its problem for the page, and the login that
    must be used up all the same, because its signature was good.
    """
    message = Message(Received(parameters), session, cookies, keys, now)
    try:
        return message.verify()
    except LaunchProblem as problem:
        attempt = message.attempt
        shown = replace(problem, seen=message.seen())
        if not message.is_signed or attempt is None:
            # Nothing an unsigned message says is offered as a way back.
            ended = attempt.id if attempt is not None and message.is_over else None
            raise Failed(shown, ended) from problem
        raise Failed(shown.with_way_back(claims.way_back(message.body)), attempt.id) from problem
