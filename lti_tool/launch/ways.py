"""How a launch knows that the browser which comes back is the one that was sent to the LMS."""

import enum
from collections.abc import Mapping

from lti_tool.launch import attempts
from lti_tool.launch.models import LoginAttempt
from lti_tool.launch.problems import COOKIES_BLOCKED, STATE, Offer, refuse

STORAGE_TARGET = "lti_storage_target"
"""The login's parameter that names the frame of the LMS's page that keeps things for us."""

STORED_STATE = "stored_state"
STORED_NONCE = "stored_nonce"
"""The fields in which our own page posts back what the LMS's page had kept (T-099)."""


class Way(enum.StrEnum):
    """The best way that worked for one launch; written on its visit and on its record."""

    PARTITIONED_COOKIE = "partitioned-cookie"
    """The login's own cookie came back (T-105)."""
    PLATFORM_STORAGE = "platform-storage+token"
    """The LMS's page gave back what it was handed at login; a token keeps the visit (T-104)."""
    NEW_WINDOW = "new-window"
    """A window of its own, opened from a frame in which nothing could be kept (T-106)."""


class StorageNotAsked(Exception):
    """Only the LMS's page can say whether this is the same browser: a page of ours must ask it."""

    def __init__(self, attempt: LoginAttempt) -> None:
        """`attempt` is the login that was stored there."""
        super().__init__()
        self.attempt = attempt


def recognise(
    attempt: LoginAttempt,
    *,
    state: str,
    received: Mapping[str, str],
    cookies: Mapping[str, str],
) -> Way:
    """By which way this browser proves that it began the login.

    `received` is the launch form; its stored values are only to be handed over if a page of ours
    posted them, or anybody could log a visitor in as themselves.

    Raises:
        LaunchProblem: it is another browser, or one that keeps nothing.
        StorageNotAsked: it keeps no cookie, and the LMS's page has not been asked yet.
    """
    secret = cookies.get(attempts.cookie_name(state))
    if attempts.is_same_browser(attempt, secret):
        return Way.PARTITIONED_COOKIE if attempt.window_digest is None else Way.NEW_WINDOW
    # A browser that shows other cookies of ours does keep them: this is another's login.
    if secret or any(name.startswith("cairn_") for name in cookies):
        raise refuse(STATE, ("login cookie", "another browser's"))
    if attempt.parameters.get(STORAGE_TARGET):
        if STORED_STATE not in received:
            raise StorageNotAsked(attempt)
        if received[STORED_STATE]:
            nonce = received.get(STORED_NONCE, "")
            is_theirs = attempts.is_same_browser(attempt, received[STORED_STATE])
            if not is_theirs or not attempts.is_its_nonce(attempt, nonce):
                raise refuse(STATE, ("stored value", "another login's"))
            return Way.PLATFORM_STORAGE
    problem = refuse(COOKIES_BLOCKED)
    problem.offer = Offer(without_storage(attempt.parameters))
    raise problem


def without_storage(parameters: Mapping[str, str]) -> dict[str, str]:
    """A login's parameters for a window of its own, where no LMS's page is around it."""
    return {name: value for name, value in parameters.items() if name != STORAGE_TARGET}
