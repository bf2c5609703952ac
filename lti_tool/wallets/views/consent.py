"""Somebody is asked whether a service may have their badges.

They are known by a visit, which begins in their LMS. Without one the request waits, sealed, in a
cookie of this very window, and *Connected services* leads back to it.
"""

from flask import Response as FlaskResponse
from flask import g, make_response, redirect, render_template, request
from sqlalchemy.orm import Session

from lti_tool.errors import Refused
from lti_tool.wallets import authorization, connections, pending, scopes
from lti_tool.wallets.authorization import Asked, NotUnderstood, Question
from lti_tool.wallets.connections import Wish
from lti_tool.wallets.models import Reach
from lti_tool.wallets.views.blueprint import Page, address, bp
from lti_tool.web.pages import origin_of
from lti_tool.web.permissions import public, signed_in
from lti_tool.web.session import (
    clock,
    here,
    here_or_nobody,
    house,
    reading,
    recall_visit,
    set_cookie,
    transaction,
)

WAITING_COOKIE = "cairn_request"


@bp.get("/wallets/authorize")
@public
def authorize() -> Page:
    """A service sends somebody here, to be asked."""
    asked = Asked("GET", address(".authorize"), dict(request.args.lists()))
    return _ask(asked)


@bp.get("/wallets/waiting")
@signed_in
def waiting() -> Page:
    """The request that waits in this browser, now that somebody is known."""
    return _ask(_waiting(request.cookies.get(WAITING_COOKIE, "")))


def _secret() -> str:
    return house().settings.secret_key.get_secret_value()


def _waiting(sealed: str) -> Asked:
    given = pending.unseal(sealed, _secret(), now=clock())
    return Asked("GET", address(".authorize"), given)


def _ask(asked: Asked) -> Page:
    now = clock()
    recall_visit()
    with reading() as session:
        try:
            found = authorization.question(session, asked, now=now)
        except NotUnderstood as fault:
            return _framed_by_nobody(_not_understood(fault), 400)
        sealed = pending.seal(asked.given, _secret(), now=now)
        person = here_or_nobody()
        if person is None:
            page = make_response(
                render_template("wallets/come_in.html", host=found.host, at=request.full_path)
            )
            _keep(page, sealed)
            return _framed_by_nobody(page)
        return _framed_by_nobody(make_response(_consent(session, found, sealed)))


def _consent(session: Session, found: Question, sealed: str, fault: str = "") -> str:
    me = here()
    g.form_targets = [origin_of(found.redirect_uri)]
    known = connections.between(session, me, found.host)
    given = request.form
    return render_template(
        "wallets/consent.html",
        host=found.host,
        asks=[(one, *scopes.WORDS[one]) for one in found.scopes],
        reads=scopes.READ in found.scopes,
        badges=connections.badges_to_choose(session, me),
        known=known,
        allowed=given.getlist("scope") if given else found.scopes,
        reach=given.get("reach") or (known.reach if known else ""),
        chosen=set(given.getlist("badge"))
        if given
        else (connections.chosen(session, known) if known else set()),
        sealed=sealed,
        fault=fault,
    )


@bp.post("/wallets/answer")
@signed_in
def decide() -> Page:
    """My answer: what it may do, with which badges; or that it may do nothing."""
    now = clock()
    sealed = request.form.get("request", "")
    asked = _waiting(sealed)
    with transaction() as session:
        try:
            if request.form.get("answer") != "connect":
                goes_to = authorization.deny(session, asked, now=now)
            else:
                found = authorization.question(session, asked, now=now)
                try:
                    wish = _wish(found)
                    goes_to = authorization.allow(session, asked, person=here(), wish=wish, now=now)
                except Refused as refusal:
                    page = _consent(session, found, sealed, fault=str(refusal))
                    return _framed_by_nobody(make_response(page), refusal.status)
        except NotUnderstood as fault:
            return _framed_by_nobody(_not_understood(fault), 400)
    response = make_response(redirect(goes_to, 303))
    _keep(response, "")
    return response


def _wish(found: Question) -> Wish:
    reach = request.form.get("reach", "")
    if reach not in list(Reach):
        if scopes.READ in found.scopes and scopes.READ in request.form.getlist("scope"):
            raise connections.NoBadgeChosen("Choose which badges it sees.")
        reach = Reach.CHOSEN
    return Wish(
        scopes=request.form.getlist("scope"),
        reach=Reach(reach),
        badges=request.form.getlist("badge"),
    )


def _not_understood(fault: NotUnderstood) -> FlaskResponse:
    return make_response(
        render_template(
            "wallets/not_understood.html", host=fault.host, words=fault, back=fault.back
        )
    )


def _keep(response: FlaskResponse, sealed: str) -> None:
    lasts = int(pending.WAITS.total_seconds()) if sealed else 0
    set_cookie(response, WAITING_COOKIE, sealed, max_age=lasts)


def _framed_by_nobody(response: FlaskResponse, status: int = 200) -> FlaskResponse:
    """A page on which a click gives something away is shown in no frame, and kept by nobody."""
    g.stands_alone = True
    response.status_code = status
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Frame-Options"] = "DENY"
    return response
