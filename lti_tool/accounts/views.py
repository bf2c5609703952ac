"""My accounts: which LMS accounts are mine, and how another one becomes mine too."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import request as http
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.accounts import belongings, codes, joining, obstacles
from lti_tool.errors import NotFound
from lti_tool.launch.personal_data import accounts_of
from lti_tool.people.roles import Role
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.restraint import restrain_tries
from lti_tool.web.session import clock, here, reading, settings, transaction, visit

bp = Blueprint("accounts", __name__, url_prefix="/accounts")

Page = str | Response | tuple[str, int]

MOST_TRIES = 20
"""Codes entered or asked for from one address within a minute; a school may share one address."""

NOT_ONES_OWN = (
    "Accounts are joined by the people they belong to. Open Cairn from a course of your LMS, signed"
    " in as yourself."
)
NO_SUCH_CODE = (
    "This code does not fit. It may be mistyped, older than 10 minutes, used already, or from this"
    " very account. Ask for a new one in your other account."
)


@bp.get("/", strict_slashes=False)
@signed_in
def mine() -> Page:
    """The accounts of whoever is here, and the two ways to join another."""
    with reading() as session:
        return _mine(session)


@bp.post("/code")
@signed_in
def ask() -> Page:
    """A code, shown once: only its digest is kept, so there is no page to come back to."""
    _only_people()
    restrain_tries("accounts", most=MOST_TRIES)
    with transaction() as session:
        require(obstacles.may_join_at_all(session, here()), NOT_ONES_OWN)
        code = codes.ask(session, here(), secret=_secret(), now=clock())
        return _mine(session, code=code)


@bp.post("/enter")
@signed_in
def enter() -> Page:
    """Enter the code of another account; the next page shows both."""
    _only_people()
    restrain_tries("accounts", most=MOST_TRIES)
    typed = http.form.get("code", "")[:100]
    with transaction() as session:
        require(obstacles.may_join_at_all(session, here()), NOT_ONES_OWN)
        found = codes.enter(session, here(), typed, secret=_secret(), now=clock())
        if found is None:
            return _mine(session, typed=typed, fault=NO_SUCH_CODE), 422
        return redirect(url_for(".compare", public_id=found.public_id), 303)


@bp.get("/requests/<public_id>")
@signed_in
def compare(public_id: str) -> Page:
    """Both accounts side by side, what would be joined, and what stands between them."""
    with reading() as session:
        now = clock()
        found = joining.find(session, public_id, for_=here(), now=now)
        assert found.other is not None
        is_first = found.person_id == here().id
        other = found.other if is_first else found.person
        words = (found.person_confirmed_at, found.other_confirmed_at)
        own_word, other_word = words if is_first else words[::-1]
        return render_template(
            "accounts/compare.html",
            request_id=found.public_id,
            mine=belongings.side_of(session, here()),
            things=belongings.things_of(session, here()),
            other=belongings.side_of(session, other),
            keeps_mine=is_first,
            obstacles=obstacles.between(session, found.person, found.other),
            has_confirmed=own_word is not None,
            other_has_confirmed=other_word is not None,
            until=found.expires_at,
        )


@bp.post("/requests/<public_id>/confirm")
@signed_in
def confirm(public_id: str) -> Page:
    """Say that both accounts are mine; with the second word they are joined."""
    _only_people()
    with transaction() as session:
        try:
            found = joining.find(session, public_id, for_=here(), now=clock(), hold=True)
        except NotFound as over:
            flash(str(over))
            return redirect(url_for(".mine"), 303)
        step = joining.confirm(session, found, by=here(), now=clock())
    if step is joining.Step.JOINED:
        flash("Joined. Whichever LMS you come from, you find everything here.")
        return redirect(url_for(".mine"), 303)
    return redirect(url_for(".compare", public_id=public_id), 303)


@bp.post("/requests/<public_id>/decline")
@signed_in
def decline(public_id: str) -> Page:
    """Say that they do not belong together, or not now."""
    _only_people()
    with transaction() as session:
        found = joining.find(session, public_id, for_=here(), now=clock(), hold=True)
        joining.decline(session, found, by=here(), now=clock())
    flash("Nothing was joined, and the code is worth nothing any more.")
    return redirect(url_for(".mine"), 303)


@bp.get("/joined/<int:joined_id>/separate")
@signed_in
def ask_to_separate(joined_id: int) -> Page:
    """What separating does and does not undo."""
    with reading() as session:
        found = joining.find_joined(session, joined_id, for_=here())
        return render_template(
            "accounts/separate.html",
            joined=found,
            lms=found.account.registration.name,
            until=joining.may_leave_until(found),
            is_over=clock() >= joining.may_leave_until(found),
        )


@bp.post("/joined/<int:joined_id>/separate")
@signed_in
def separate(joined_id: int) -> Page:
    """Let a joined account go."""
    _only_people()
    with transaction() as session:
        found = joining.find_joined(session, joined_id, for_=here())
        joining.separate(session, found, by=here(), now=clock())
    flash("Separated. Whoever comes from that LMS begins afresh here.")
    return redirect(url_for(".mine"), 303)


def _mine(session: Session, *, code: str = "", typed: str = "", fault: str = "") -> str:
    person, now = here(), clock()
    joined = joining.joined_of(session, person)
    accounts = [
        (account, one, now < joining.may_leave_until(one) if one else False)
        for account in accounts_of(session, person)
        for one in [joined.get(account.id)]
    ]
    return render_template(
        "accounts/mine.html",
        accounts=accounts,
        waiting=[
            (found, other.name)
            for found in codes.of_person(session, person, now=now)
            if (other := found.other if found.person_id == person.id else found.person)
        ],
        may_join=visit().role is not Role.ADMINISTRATOR
        and obstacles.may_join_at_all(session, person),
        code=code,
        typed=typed,
        fault=fault,
    )


def _only_people() -> None:
    require(visit().role is not Role.ADMINISTRATOR, NOT_ONES_OWN)


def _secret() -> str:
    return settings().secret_key.get_secret_value()
