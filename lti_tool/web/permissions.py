"""Deny by default: every view says who may see it, and every change proves where it came from."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from markupsafe import Markup

from lti_tool.errors import NotAllowed, Refused
from lti_tool.people.roles import Role
from lti_tool.web.session import house, recall_visit

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed-in"
ADMINISTRATOR = "administrator"
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class NotSignedIn(Refused):
    """There is no visit: nobody launched, or it ended."""

    status = 401


class ThreadLost(NotSignedIn):
    """A frame without cookies was reloaded: the token was in the memory of the page before."""


class FormFromElsewhere(Refused):
    """A form came back without the token of the present visit."""

    status = 403


def _marked(view: View, guard: str) -> View:
    view.guard = guard  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Anybody may ask. Its forms carry no token, so it must not change a visitor's things."""
    return _marked(view, PUBLIC)


def signed_in(view: View) -> View:
    """Only a person with a visit; what they may see is decided by finding things through them."""
    return _marked(view, SIGNED_IN)


def administrator(view: View) -> View:
    """Only a tool administrator, who came by `cairn admin link`."""
    return _marked(view, ADMINISTRATOR)


def guard_of(app: Flask, endpoint: str) -> str | None:
    """Which guard an endpoint carries; `None` means nobody may see it."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return PUBLIC
    return getattr(app.view_functions[endpoint], "guard", None)


def require(condition: object, words: str = "This page is not yours to see.") -> None:
    """Refuse with 403 and these words unless the condition holds."""
    if not condition:
        raise NotAllowed(words)


def form_token() -> str:
    """The token every form of the present visit carries; empty for a stranger."""
    found = recall_visit()
    if found is None:
        return ""
    secret = house().settings.secret_key.get_secret_value().encode()
    return hmac.new(secret, f"form:{found.token_digest}".encode(), hashlib.sha256).hexdigest()


def form_field() -> Markup:
    """The hidden field with the form token; templates call it `csrf_field()`."""
    return Markup('<input type="hidden" name="form_token" value="{}">').format(form_token())


def _is_bare_frame() -> bool:
    """Whether a frame shows no cookie of ours at all, as where a browser keeps none there."""
    is_frame = request.headers.get("Sec-Fetch-Dest") in {"iframe", "frame"}
    return is_frame and not any(name.startswith("cairn_") for name in request.cookies)


def _check_token() -> None:
    given = request.form.get("form_token") or request.headers.get("X-Form-Token", "")
    if not hmac.compare_digest(given.encode(), form_token().encode()):
        raise FormFromElsewhere(
            "This page was opened before you came here again, perhaps as somebody else in another"
            " tab. Nothing was changed. Go back, copy what you wrote, and open the page again."
        )


def _guard() -> None:
    if request.endpoint is None:
        return
    guard = guard_of(current_app, request.endpoint)
    g.guard = guard
    if guard == PUBLIC:
        return
    if guard is None:
        raise NotAllowed("This page has no visitors.")
    found = recall_visit()
    if found is None:
        if _is_bare_frame():
            raise ThreadLost(
                "Your browser keeps no cookies for Cairn inside your course. After reloading the"
                " page, Cairn cannot tell any more who you are."
            )
        raise NotSignedIn(
            "Open Cairn from the link in your course: that is how it knows who you are."
            " If you came from there a while ago, your visit has ended; click the link again."
        )
    if guard == ADMINISTRATOR and found.role is not Role.ADMINISTRATOR:
        raise NotAllowed("Only tool administrators see this page: they sign in by a link.")
    if request.method in CHANGING:
        _check_token()
        if found.is_preview:
            # A test user, or somebody acting as somebody else (T-078): whatever the page.
            raise NotAllowed(
                "This is a preview: you see what they would see, and nothing you do here is kept."
            )


def install(app: Flask) -> None:
    """Put the guard before every request, and the token into every template."""
    app.before_request(_guard)
    app.jinja_env.globals["csrf_field"] = form_field
    app.jinja_env.globals["form_token"] = form_token
