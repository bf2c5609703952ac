"""What an LMS opens: dynamic registration, and the configuration of a Canvas developer key.

Nobody is signed in here: the invitation's token is the proof, in a frame without cookies as in a
window. It never gets into a log (queries are not logged), a cache, or a referrer.
"""

from collections.abc import Mapping

import structlog
from flask import Response, g, jsonify, make_response, render_template
from flask import request as http

from lti_tool.connect import applications, invitations, registering
from lti_tool.connect.registering import Summary
from lti_tool.connect.views.blueprint import Page, bp
from lti_tool.errors import Refused
from lti_tool.launch.models import Product, Registration
from lti_tool.launch.products.wishes import (
    CLAIMS,
    EXTRA_MESSAGES,
    EXTRA_SCOPES,
    MESSAGES,
    MISSED,
    SCOPES,
)
from lti_tool.web.permissions import public
from lti_tool.web.restraint import restrained
from lti_tool.web.session import clock, reading, settings, transaction

log = structlog.get_logger(__name__)

WORDS = {
    "scopes": {**SCOPES, **EXTRA_SCOPES},
    "claims": CLAIMS,
    "messages": {**MESSAGES, **EXTRA_MESSAGES},
    "missed": MISSED,
}


@bp.get("/lti/register")
@public
def register() -> Page:
    """Show who asks and what we shall ask for; nothing is sent before the button is pressed."""
    given = _Given.of(http.args)
    try:
        with reading() as session:
            invitations.find(session, given.invitation, now=clock())
        with restrained():
            summary = registering.summarise(
                settings(),
                address=given.address,
                token=given.token,
                invitation=given.invitation,
            )
    except Refused as refusal:
        return _refused(refusal)
    return _shown("connect/register.html", summary=summary, given=given, **WORDS)


@bp.post("/lti/register")
@public
def apply() -> Page:
    """Send the application, and keep what the LMS grants: all of it or nothing."""
    given = _Given.of(http.form)
    try:
        with transaction() as session:
            invitations.hold(session, given.invitation, now=clock())
    except Refused as refusal:
        return _refused(refusal)
    is_kept = False
    try:
        summary = registering.summarise(
            settings(),
            address=given.address,
            token=given.token,
            invitation=given.invitation,
        )
        if not registering.is_as_shown(summary, http.form.get("seal", "")):
            page = _shown(
                "connect/register.html", summary=summary, given=given, has_changed=True, **WORDS
            )
            return make_response(page, 409)
        granted = registering.apply(settings(), summary, given.token)
        with transaction() as session:
            registration = registering.keep(
                session,
                settings(),
                summary,
                granted,
                invitation_token=given.invitation,
                now=clock(),
            )
            is_kept = True
            page = _done(registration, summary, granted)
    except Refused as refusal:
        return _refused(refusal)
    finally:
        if not is_kept:
            with transaction() as session:
                invitations.release(session, given.invitation)
    log.info(
        "connect.registered",
        registration=registration.id,
        issuer=registration.issuer,
        product=registration.product.value,
    )
    return page


class _Given:
    """What the LMS and the invitation put into the address."""

    def __init__(self, invitation: str, address: str, token: str) -> None:
        self.invitation = invitation
        self.address = address
        self.token = token

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "_Given":
        return cls(
            values.get("invitation", "")[:200],
            values.get("openid_configuration", "").strip(),
            values.get("registration_token", "").strip(),
        )


def _done(registration: Registration, summary: Summary, granted: applications.Granted) -> Response:
    return _shown(
        "connect/registered.html",
        registration=registration,
        is_canvas=registration.product is Product.CANVAS,
        is_moodle=registration.product is Product.MOODLE,
        known=summary.configuration,
        granted=granted,
        lacking=[
            *summary.asked.not_offered,
            *(
                name
                for name in (*summary.asked.scopes, *summary.asked.messages)
                if name not in (*granted.scopes, *granted.messages)
            ),
        ],
        withheld=[name for name in summary.asked.claims if name not in granted.claims],
        **WORDS,
    )


def _refused(refusal: Refused) -> tuple[Response, int]:
    log.warning("connect.registration-refused", reason=str(refusal), status=refusal.status)
    return _shown("connect/not_registered.html", words=str(refusal)), refusal.status


def _shown(template: str, **values: object) -> Response:
    """A page for whoever administers an LMS, whoever else is signed in here in another window."""
    g.visit = None
    page = make_response(render_template(template, reference=g.get("correlation_id", ""), **values))
    page.headers["Cache-Control"] = "no-store"
    page.headers["Referrer-Policy"] = "no-referrer"
    return page


@bp.get("/lti/canvas.json")
@public
def canvas_key() -> Response:
    """The configuration of a Canvas developer key (*Enter URL*)."""
    response = jsonify(applications.canvas_key(settings()))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
