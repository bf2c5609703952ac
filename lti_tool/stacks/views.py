"""Stacks: what mine add up to and when, and what an approver decides on."""

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.badges import stack_badges
from lti_tool.badges.views.answering import own_documents
from lti_tool.errors import NotFound, Refused
from lti_tool.holdings import keeping, looking
from lti_tool.people.models import Person
from lti_tool.stacks import desk as desks
from lti_tool.stacks import elsewhere, planning, proposals
from lti_tool.stacks.carrying_over import second_looks
from lti_tool.stacks.models import Recognition
from lti_tool.stacks.reading import Reading, readings
from lti_tool.stacks.topics import topics_of
from lti_tool.verification import checking
from lti_tool.verification.sources import World
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.restraint import MOST_A_MINUTE, one_turn, restrain_tries
from lti_tool.web.session import clock, here, reading, settings, transaction

bp = Blueprint("stacks", __name__, url_prefix="/stacks")

Page = str | Response | tuple[str, int]

STACK = "/of/<program>/<slug>"


@bp.get("/")
@signed_in
def mine() -> Page:
    """What do my credentials add up to?"""
    with reading() as session:
        person = here()
        found = readings(session, person.id)
        return render_template(
            "stacks/mine.html",
            begun=[one for one in found if one.is_begun],
            others=[one for one in found if not one.is_begun],
            topics=topics_of(session, person.id),
        )


def _find(session: Session, program: str, slug: str) -> tuple[Reading, list[Reading]]:
    """A stack of a program the person has begun, and all the others. Raises `NotFound`."""
    found = readings(session, here().id)
    for one in found:
        if (one.program_slug, one.stack.slug) == (program, slug):
            return one, found
    raise NotFound(
        "There is no such stack in what you have begun. The programs' pages tell of all of them."
    )


@bp.get(STACK)
@signed_in
def show(program: str, slug: str) -> Page:
    """How far am I in this one, and when do I mean to do the rest?"""
    with reading() as session:
        return _page(session, *_find(session, program, slug))


def _page(
    session: Session,
    one: Reading,
    found: list[Reading],
    *,
    typed: Mapping[str, str] | None = None,
    fault: str = "",
    brought_fault: str = "",
) -> str:
    plan = planning.plan_of(
        one,
        found,
        planning.chosen_by(session, here().id),
        agreed=planning.agreed_by_teams(session, here().id),
        now=clock(),
    )
    places = {slug: day.isoformat() for slug, day in plan.places.items()}
    return render_template(
        "stacks/show.html",
        one=one,
        plan=plan,
        chosen=typed if typed is not None else places,
        open_members=[member for member in one.members if member.state in planning.OPEN],
        looks=second_looks(session, one),
        recognitions=_recognitions(session, one),
        badge=stack_badges.find_badge(session, one.award.public_id) if one.award else None,
        places=elsewhere.places(one),
        offered=elsewhere.offered(session, here(), one),
        place_words={place.name: place.words for place in elsewhere.places_of_all(one)},
        fault=fault,
        brought_fault=brought_fault,
        brought_typed=request.form if brought_fault else {},
    )


def _recognitions(session: Session, one: Reading) -> list[Recognition]:
    return proposals.recognitions_of(session, one.award) if one.award is not None else []


@bp.post(f"{STACK}/plan")
@signed_in
def keep(program: str, slug: str) -> Page:
    """Keep my own plan."""
    typed = {name: value for name, value in request.form.items() if name != "form_token"}
    with transaction() as session:
        one, found = _find(session, program, slug)
        try:
            advice = planning.keep(session, here(), one, found, _days(typed), now=clock())
        except planning.PlanBreached as refusal:
            return _page(session, one, found, typed=typed, fault=str(refusal)), refusal.status
    flash(" ".join(["Your plan is kept.", *advice]))
    return redirect(url_for(".show", program=program, slug=slug, _anchor="plan"), 303)


def _days(typed: Mapping[str, str]) -> dict[str, date | None]:
    try:
        return {slug: date.fromisoformat(day) if day else None for slug, day in typed.items()}
    except ValueError:
        raise planning.NoSuchPeriod("Choose one of the periods in the list.") from None


@bp.post(f"{STACK}/plan/forget")
@signed_in
def forget(program: str, slug: str) -> Page:
    """Go back to the plan the program proposes."""
    with transaction() as session:
        one, _ = _find(session, program, slug)
        planning.forget(session, here(), one)
    flash("This is the plan the program proposes.")
    return redirect(url_for(".show", program=program, slug=slug, _anchor="plan"), 303)


@bp.post(f"{STACK}/bring")
@signed_in
def bring(program: str, slug: str) -> Page:
    """Hand in a badge from elsewhere that is to count towards this stack."""
    restrain_tries("verify", most=MOST_A_MINUTE)  # before an upload is read
    upload = request.files.get("badge")
    data = upload.read(checking.LARGEST + 1) if upload else b""
    kept, seen = request.form.get("held", ""), None
    if not kept or data:
        with one_turn(), reading() as session:
            one, found = _find(session, program, slug)
            world = World(own=own_documents(session), allow=tuple(settings().lti_http_allow))
            try:
                seen = looking.look_at(
                    data,
                    request.form.get("address", ""),
                    world,
                    person=here(),
                    own=settings().base_url,
                    now=clock(),
                )
            except looking.NotHeld as refusal:
                return _page(session, one, found, brought_fault=str(refusal)), refusal.status
    with transaction() as session:
        one, found = _find(session, program, slug)
        me = session.get_one(Person, here().id)
        try:
            with session.begin_nested():
                held = (
                    keeping.hold(session, me, seen, now=clock()).badge
                    if seen
                    else keeping.find(session, kept, of=me)
                )
                stands_for = request.form.get("stands_for", "")
                elsewhere.hand_in(session, held, one, stands_for=stands_for, now=clock())
        except (looking.NotHeld, elsewhere.NotToBeCounted) as refusal:
            return _page(session, one, found, brought_fault=str(refusal)), refusal.status
    flash(
        "Your badge waits for an approver, who decides whether it counts. It stands among your "
        "badges from elsewhere too."
    )
    return redirect(url_for(".show", program=program, slug=slug, _anchor="elsewhere"), 303)


# -- what an approver decides on -------------------------------------------------------------


@bp.get("/desk")
@signed_in
def desk() -> Page:
    """Which stacks wait for my decision?"""
    with reading() as session:
        return _desk(session)


def _desk(session: Session, *, at: str = "", typed: str = "", fault: str = "") -> str:
    programs = desks.programs_of(session, here(), now=clock())
    require(programs, "You are not appointed to decide on stacks in any program just now.")
    found = desks.desk(session, here(), now=clock())
    return render_template(
        "stacks/desk.html", desk=found, at=at, typed=typed, fault=fault, today=clock().date()
    )


@bp.post("/proposals/<public_id>/approve")
@signed_in
def approve(public_id: str) -> Page:
    """Award a stack."""
    with transaction() as session:
        proposal = proposals.find_proposal(session, public_id, for_=here(), now=clock())
        stamp = request.form.get("stamp", "")
        proposals.approve(session, proposal, by=here(), now=clock(), stamp=stamp)
    flash("Awarded. It stands on the person's page now.")
    return redirect(url_for(".desk"), 303)


@bp.post("/proposals/<public_id>/decline")
@signed_in
def decline(public_id: str) -> Page:
    """Do not award a stack, and say why."""
    reason = request.form.get("reason", "")
    with transaction() as session:
        proposal = proposals.find_proposal(session, public_id, for_=here(), now=clock())
        try:
            proposals.decline(session, proposal, by=here(), reason=reason, now=clock())
        except proposals.ReasonMissing as refusal:
            return _refused(session, public_id, reason, refusal)
    flash("Declined. The person reads why, and it is proposed again when something changes.")
    return redirect(url_for(".desk"), 303)


@bp.post("/brought/<public_id>/accept")
@signed_in
def accept(public_id: str) -> Page:
    """Let a badge from elsewhere count."""
    with transaction() as session:
        brought = elsewhere.find(session, public_id, by=here(), now=clock())
        stamp = request.form.get("stamp", "")
        elsewhere.accept(session, brought, stamp=stamp, by=here(), now=clock())
    flash("Accepted. It counts towards the stack now, and is named on its badge.")
    return redirect(url_for(".desk"), 303)


@bp.post("/brought/<public_id>/decline")
@signed_in
def decline_badge(public_id: str) -> Page:
    """Do not let a badge from elsewhere count, and say why."""
    reason = request.form.get("reason", "")
    with transaction() as session:
        brought = elsewhere.find(session, public_id, by=here(), now=clock())
        try:
            elsewhere.decline(session, brought, by=here(), reason=reason, now=clock())
        except proposals.ReasonMissing as refusal:
            return _refused(session, public_id, reason, refusal)
    flash("Declined. The person reads why.")
    return redirect(url_for(".desk"), 303)


@bp.post("/awards/<public_id>/take-back")
@signed_in
def take_back(public_id: str) -> Page:
    """Take an awarded stack back, and say why."""
    reason = request.form.get("reason", "")
    with transaction() as session:
        award = proposals.find_stack_award(session, public_id, for_=here(), now=clock())
        try:
            proposals.take_back(session, award, by=here(), reason=reason, now=clock())
        except proposals.ReasonMissing as refusal:
            return _refused(session, public_id, reason, refusal)
    flash("Taken back. The person reads why.")
    return redirect(url_for(".desk"), 303)


@bp.post("/awards/<public_id>/recognise")
@signed_in
def recognise(public_id: str) -> Page:
    """Write down what somebody outside took a stack for."""
    with transaction() as session:
        award = proposals.find_stack_award(session, public_id, for_=here(), now=clock())
        try:
            proposals.recognise(
                session,
                award,
                title=request.form.get("title", ""),
                by_whom=request.form.get("by", ""),
                on=request.form.get("on", type=date.fromisoformat),
                by=here(),
                now=clock(),
            )
        except proposals.RecognitionIncomplete as refusal:
            return _refused(session, public_id, request.form.get("title", ""), refusal)
    flash("Recorded. It stands on the person's page with the stack.")
    return redirect(url_for(".desk"), 303)


def _refused(session: Session, at: str, typed: str, refusal: Refused) -> tuple[str, int]:
    return _desk(session, at=at, typed=typed, fault=str(refusal)), refusal.status
