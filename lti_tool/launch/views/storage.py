"""Pages for browsers that keep no cookie in a frame: the LMS's page keeps things for us instead.

Each does its work by script and says so meanwhile; without scripts a button goes on, and what
comes next says what is missing.
"""

from collections.abc import Mapping

from flask import g, make_response, render_template, url_for

from lti_tool.launch import attempts
from lti_tool.launch.login import Begun
from lti_tool.launch.models import LoginAttempt
from lti_tool.launch.views.blueprint import Page
from lti_tool.launch.ways import STORAGE_TARGET, STORED_NONCE, STORED_STATE
from lti_tool.web.pages import origin_of
from lti_tool.web.session import TOKEN_FIELD, remember


def keeping_page(begun: Begun, *, target: str, otherwise: str) -> str:
    """Hands the login's secret and nonce to the LMS's page, then goes on to the LMS (T-098).

    `target` is the frame that the LMS named; where it does not answer, `otherwise` is next.
    """
    kept = _keys(begun.cookie.removeprefix(attempts.COOKIE_PREFIX))
    return render_template(
        "launch/keep.html",
        values={kept[STORED_STATE]: begun.secret, kept[STORED_NONCE]: begun.nonce},
        target=target,
        origin=origin_of(begun.address),
        address=begun.address,
        otherwise=otherwise,
    )


def asking_page(attempt: LoginAttempt, form: Mapping[str, str]) -> Page:
    """Asks the LMS's page for what it was handed, and posts it here with the launch (T-099)."""
    page = render_template(
        "launch/ask.html",
        address=url_for(".launch"),
        form={name: form.get(name, "") for name in ("state", "id_token")},
        keys=_keys(attempt.state_digest[:12]),
        target=attempt.parameters[STORAGE_TARGET],
        origin=origin_of(attempt.registration.auth_login_url),
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def carrying_page(address: str, token: str) -> Page:
    """The page whose memory keeps the visit's token from now on, on its way to `address` (T-104).

    Pages that come later are put into this one, so it may send forms wherever they may.
    """
    g.visit = remember(token, by_token=True)
    if g.visit is not None:
        g.form_targets = g.visit.frame_origins
    page = render_template(
        "launch/carry.html", address=address, token=token, field=TOKEN_FIELD, the_visit=None
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _keys(login: str) -> dict[str, str]:
    """Under which names the LMS's page keeps what a login handed it, by our own field."""
    return {STORED_STATE: f"lti_state_{login}", STORED_NONCE: f"lti_nonce_{login}"}
