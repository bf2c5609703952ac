"""*Connected services*: what I have connected, which badges it sees, and its end."""

from flask import flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.errors import NotAllowed, Refused
from lti_tool.people.models import Course, Person, Visit
from lti_tool.wallets import connections, pending, scopes
from lti_tool.wallets.connections import Wish
from lti_tool.wallets.models import Connection, Reach
from lti_tool.wallets.views.blueprint import Page, address, bp
from lti_tool.wallets.views.consent import WAITING_COOKIE
from lti_tool.web.permissions import public, signed_in
from lti_tool.web.session import (
    begin_visit,
    clock,
    digest,
    here,
    house,
    is_from_here,
    latest_end,
    reading,
    set_visit_cookie,
    settings,
    transaction,
    visit,
)

USED = "This opened a window already. Load the page in your course again to open another."
CONNECTION = "/wallets/<string(length=22):public_id>"


def _secret() -> str:
    return house().settings.secret_key.get_secret_value()


@bp.get("/wallets/")
@signed_in
def mine() -> Page:
    """What I have connected."""
    with reading() as session:
        return render_template(
            "wallets/mine.html",
            connections=connections.connections_of(session, here()),
            titles={name: title for name, (title, _) in scopes.WORDS.items()},
            is_waiting=_is_waiting(),
            own_window=_own_window(),
            address=settings().base_url,
        )


def _is_waiting() -> bool:
    try:
        pending.unseal(request.cookies.get(WAITING_COOKIE, ""), _secret(), now=clock())
    except pending.NothingWaits:
        return False
    return True


def _own_window() -> str:
    """What the page posts to go on in a window of its own; empty where it stands in one.

    A visit that is carried in a page's memory has no window in which a service could find it.
    """
    found = visit()
    is_frame = request.headers.get("Sec-Fetch-Dest") in {"iframe", "frame"}
    if found.is_preview or not (is_frame or found.by_token):
        return ""
    return pending.seal_visit(found.id, _secret(), now=clock())


@bp.post("/wallets/window")
@public
def window() -> Page:
    """The visit of a frame goes on in a window of its own, where services send people.

    A browser keeps the cookies of the two apart, so the page in the frame posts what it is known
    by. It is taken from a page of ours alone: nobody else's page may say who somebody is. It opens
    one window, and what goes on there ends when the visit in the frame does.
    """
    if not is_from_here():
        raise NotAllowed("Open this from “Connected services” in Cairn.")
    now = clock()
    answer = make_response(redirect(url_for(".mine"), 303))
    visit_id, token = pending.unseal_visit(request.form.get("from", ""), _secret(), now=now)
    with transaction() as session:
        found = session.get(Visit, visit_id)
        if found is None or found.expires_at <= now or found.is_preview:
            raise NotAllowed("Your visit has ended. Click the link in your course again.")
        if session.scalar(select(exists().where(Visit.token_digest == digest(token)))):
            raise NotAllowed(USED)
        try:
            begin_visit(
                session,
                person=session.get_one(Person, found.person_id),
                role=found.role,
                course=session.get(Course, found.course_id) if found.course_id else None,
                resource_link_id=found.resource_link_id,
                watched=found.watched,
                dates=found.dates,
                return_url=found.return_url,
                frame_origins=found.frame_origins,
                way=found.way,
                until=latest_end(found),
                token=token,
                now=now,
            )
        except IntegrityError as error:  # twice at the same moment
            raise NotAllowed(USED) from error
    set_visit_cookie(answer, token)
    return answer


@bp.get(CONNECTION)
@signed_in
def show(public_id: str) -> Page:
    """One connection: which badges it sees."""
    with reading() as session:
        return _show(session, connections.find(session, public_id, for_=here()))


def _show(session: Session, connection: Connection, fault: str = "") -> str:
    given = request.form
    return render_template(
        "wallets/show.html",
        connection=connection,
        allows=[(one, *scopes.WORDS[one]) for one in scopes.in_order(connection.scopes)],
        reads=connections.reads(connection),
        badges=connections.badges_to_choose(session, here()),
        reach=given.get("reach") or connection.reach,
        chosen=set(given.getlist("badge")) if given else connections.chosen(session, connection),
        fault=fault,
    )


@bp.post(f"{CONNECTION}/badges")
@signed_in
def choose(public_id: str) -> Page:
    """Which badges it sees from now on."""
    now = clock()
    reach = request.form.get("reach", "")
    with transaction() as session:
        connection = connections.find(session, public_id, for_=here())
        try:
            if reach not in list(Reach):
                raise connections.NoBadgeChosen("Choose which badges it sees.")
            wish = Wish(connection.scopes, Reach(reach), request.form.getlist("badge"))
            connections.choose(session, connection, wish, now=now)
        except Refused as refusal:
            return _show(session, connection, str(refusal)), refusal.status
    flash("Kept. What it has copied before stays with it.")
    return redirect(url_for(".mine"), 303)


@bp.post(f"{CONNECTION}/disconnect")
@signed_in
def disconnect(public_id: str) -> Page:
    """End it, at once."""
    with transaction() as session:
        found = connections.find(session, public_id, for_=here())
        host = connections.disconnect(session, found, now=clock())
    flash(f"{host} is disconnected and sees nothing more. What it has copied stays with it.")
    return redirect(url_for(".mine"), 303)


@bp.get("/wallets/about")
@public
def about() -> Page:
    """What services may do here and what is kept of it: terms and privacy."""
    return render_template("wallets/about.html", discovery=address(".discovery"))
