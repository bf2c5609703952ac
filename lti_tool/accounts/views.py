"""My accounts: which LMS accounts are mine, and how another one becomes mine too."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import request as http
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.accounts import belongings, codes, joining, obstacles, separating, works
from lti_tool.accounts.models import AccountRequest
from lti_tool.errors import NotFound
from lti_tool.launch.personal_data import accounts_of
from lti_tool.people.roles import Role
from lti_tool.portfolio import outset
from lti_tool.portfolio import set_aside as resting
from lti_tool.portfolio.enrolments import address_of, enrolment_of
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.restraint import restrain_tries
from lti_tool.web.session import clock, here, reading, settings, transaction, visit

bp = Blueprint("accounts", __name__, url_prefix="/accounts")

Page = str | Response | tuple[str, int]

MOST_TRIES = 20
"""Codes entered or asked for from one address within a minute; a school may share one address."""

JOINED = "Joined. Whichever LMS you come from, you find everything here."
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
        standing_between = obstacles.between(session, found.person, found.other)
        if joining.both_confirmed(found) and not standing_between:
            return redirect(url_for(".choose", public_id=public_id), 303)
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
            obstacles=standing_between,
            worked_in_both=[
                one.credential_version.title
                for one, _ in obstacles.worked_in_both(session, found.person, found.other)
            ],
            earned_in_both=[
                one.credential_version.title
                for one, _ in obstacles.earned_in_both(session, found.person, found.other)
            ],
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
        flash(JOINED)
        return redirect(url_for(".mine"), 303)
    return redirect(url_for(".compare", public_id=public_id), 303)


@bp.get("/requests/<public_id>/works")
@signed_in
def choose(public_id: str) -> Page:
    """Work on one credential in both, side by side, once both accounts have confirmed."""
    with reading() as session:
        found = joining.find(session, public_id, for_=here(), now=clock())
        if not joining.both_confirmed(found):
            return redirect(url_for(".compare", public_id=public_id), 303)
        return _choose(session, found)


@bp.post("/requests/<public_id>/works")
@signed_in
def chosen(public_id: str) -> Page:
    """Say which work goes on; with that the two are joined."""
    _only_people()
    chosen = {
        int(name.removeprefix("work-")): int(value)
        for name, value in http.form.items()
        if name.startswith("work-") and name.removeprefix("work-").isdecimal() and value.isdecimal()
    }
    try:
        with transaction() as session:
            found = joining.find(session, public_id, for_=here(), now=clock(), hold=True)
            joining.choose(session, found, chosen, now=clock())
    except NotFound as over:
        flash(str(over))
        return redirect(url_for(".mine"), 303)
    except (joining.ChoiceMissing, joining.CannotBeJoined) as missing:
        with reading() as session:
            found = joining.find(session, public_id, for_=here(), now=clock())
            return _choose(session, found, chosen=chosen, fault=str(missing)), 422
    flash(f"{JOINED} What you set aside stands below, to be read.")
    return redirect(url_for(".mine"), 303)


def _choose(
    session: Session,
    found: AccountRequest,
    *,
    chosen: Mapping[int, int] | None = None,
    fault: str = "",
) -> str:
    assert found.other is not None
    sides = [
        (person, [account.registration.name for account in accounts_of(session, person)])
        for person in (found.person, found.other)
    ]
    choices = works.choices(session, found.person, found.other)
    return render_template(
        "accounts/choose.html",
        request_id=found.public_id,
        sides=sides,
        here_id=here().id,
        choices=choices,
        is_stuck=any(choice.is_stuck for choice in choices),
        chosen=chosen or {},
        fault=fault,
        until=found.expires_at,
    )


@bp.get("/set-aside/<int:number>")
@signed_in
def set_aside(number: int) -> Page:
    """Work of one's own that was set aside, to be read."""
    with reading() as session:
        enrolment = resting.find(session, number, for_=here())
        going_on = enrolment_of(session, here(), enrolment.credential_version.credential)
        return render_template(
            "accounts/set_aside.html",
            piece=works.pieces(session, [enrolment])[enrolment.id],
            version=enrolment.credential_version,
            outset=[
                (one.label, words)
                for one in outset.asked_of(enrolment.credential_version)
                if (words := outset.answers_of(enrolment).get(one.name))
            ],
            answers=works.answers(session, enrolment),
            going_on=address_of(going_on.credential_version) if going_on else None,
        )


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
        found = separating.find_joined(session, joined_id, for_=here())
        until = separating.may_leave_until(found)
        return render_template(
            "accounts/separate.html",
            joined=found,
            outlook=separating.outlook(session, found),
            lms=found.account.registration.name,
            until=until,
            is_over=clock() >= until,
        )


@bp.post("/joined/<int:joined_id>/separate")
@signed_in
def separate(joined_id: int) -> Page:
    """Let a joined account go."""
    _only_people()
    with transaction() as session:
        found = separating.find_joined(session, joined_id, for_=here())
        separating.separate(session, found, by=here(), now=clock())
    flash("Separated. Whoever comes from that LMS is somebody of their own here again.")
    return redirect(url_for(".mine"), 303)


def _mine(session: Session, *, code: str = "", typed: str = "", fault: str = "") -> str:
    person, now = here(), clock()
    joined = separating.joined_of(session, person)
    accounts = [
        (account, one, now < separating.may_leave_until(one) if one else False)
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
        set_aside=resting.of_person(session, person),
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
