"""What somebody says of their licence, and the reminders that come of it."""

from datetime import date

from flask import flash, redirect, request, url_for

from lti_tool.credit import pages, reminders, statements
from lti_tool.credit.duties import Said
from lti_tool.credit.obligations import Yearly
from lti_tool.credit.views.blueprint import ID, Page, bp
from lti_tool.credit.views.participant import credit_page
from lti_tool.errors import NotFound
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, here, settings, transaction

NOT_ASKED = "None of your programs knows of such a rule."
HOME = "home"
"""Stands in the form that was sent from the home page."""


@bp.post("/years")
@signed_in
def tell_years() -> Page:
    """Say since when a licence asks something of me, and which years were met elsewhere."""
    form = request.form
    with transaction() as session:
        asked = pages.credit_page(session, settings(), here(), now=clock()).asked
        key = (form.get("register"), form.get("kind"))
        mine = next((one for one in asked.yearly if (one.register, one.duty.kind) == key), None)
        if mine is None:
            raise NotFound(NOT_ASKED)
        statements.tell_years(
            session, here(), mine.register, mine.duty.kind, _said(mine), now=clock()
        )
        reminders.finish(session, here().id, now=clock())
    flash("Kept. What is owed follows from it.")
    return redirect(url_for(".show", _anchor="asked"), 303)


def _said(mine: Yearly) -> Said:
    """The form as a statement; what it does not name stays as it was."""
    form = request.form
    since = next(
        (one.number for one in mine.years if str(one.number) == form.get("since")),
        mine.said.since,
    )
    words = {one.number: form.get(f"year-{one.number}", "") for one in mine.years}

    def those(word: str, before: frozenset[int]) -> frozenset[int]:
        unnamed = {number for number in before if not words.get(number)}
        return frozenset({number for number, said in words.items() if said == word} | unnamed)

    return Said(
        since,
        those("elsewhere", mine.said.elsewhere),
        those("excused", mine.said.excused),
    )


@bp.post("/term")
@signed_in
def tell_term() -> Page:
    """Say until when my licence runs, or forget it."""
    register, given = request.form.get("register", ""), request.form.get("ends", "").strip()
    with transaction() as session:
        page = pages.credit_page(session, settings(), here(), now=clock())
        if register not in {one.register for one in page.asked.renewals}:
            raise NotFound(NOT_ASKED)
        try:
            ends_on = date.fromisoformat(given) if given else None
        except ValueError:
            words = "Give the last day as a date, or leave it empty."
            return credit_page(session, register=f"term {register}", given=given, fault=words), 422
        statements.tell_term(session, here(), register, ends_on, now=clock())
        reminders.finish(session, here().id, now=clock())
    flash("Kept. You are reminded before that day." if ends_on else "Forgotten.")
    return redirect(url_for(".show", _anchor="asked"), 303)


@bp.post(f"/reminders/{ID}/put-away")
@signed_in
def put_away(public_id: str) -> Page:
    """I have read it."""
    with transaction() as session:
        reminders.put_away(session, public_id, for_=here(), now=clock())
    return redirect(url_for("home.show" if request.form.get("from") == HOME else ".show"), 303)
