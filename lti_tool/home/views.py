"""The landing page of everybody: what to do next, in each role the person has."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.accounts import codes
from lti_tool.credit import reminders
from lti_tool.errors import NotFound
from lti_tool.home.onlookers import figures, observed
from lti_tool.home.overview import LearnerHome, learner_home, link_of
from lti_tool.home.roster import roster
from lti_tool.launch import dates
from lti_tool.launch.connector import (
    ScopeMissing,
    Service,
    ServiceRefused,
    TokenRefused,
    Unreachable,
)
from lti_tool.launch.groups import GroupsUnreadable, names_of
from lti_tool.launch.newcomers import is_guest
from lti_tool.people.models import Course, Person, Visit
from lti_tool.people.roles import FOLLOWING, TEACHING, Role, Seat
from lti_tool.portfolio.progress import Place
from lti_tool.programs import appointments
from lti_tool.programs.models import Appointment
from lti_tool.review import queue
from lti_tool.roster.listing import of_course as listing_of
from lti_tool.stacks import desk
from lti_tool.stacks.proposals import DECIDING
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.session import clock, here, house, reading, visit

bp = Blueprint("home", __name__)

Page = str | Response

WAITING_SHOWN = 5
LOOKING_OVER = frozenset({Seat.ADMIN, Seat.COACH, Seat.FACILITATOR})


@bp.get("/")
@signed_in
def show() -> Page:
    """One section for each thing the person is here: judge, instructor, learner."""
    now = visit()
    if now.role is Role.ADMINISTRATOR:
        return redirect(url_for("admin.overview"), 303)
    with reading() as session:
        person = here()
        seats = appointments.seats_of(session, person, now=clock())
        waiting = queue.waiting_for(session, person, now=clock()) if seats else []
        course = session.get(Course, now.course_id) if now.course_id else None
        follows = now.role in FOLLOWING and course is not None
        link = link_of(session, now.resource_link_id)
        if link is not None:
            waiting = queue.first_of(
                waiting, credential_id=link.credential_id, program_id=link.program_id
            )
        learner = learner_home(session, person, link if now.role is Role.LEARNER else None)
        learns = now.role is Role.LEARNER or _has_any(learner)
        listing = listing_of(session, course) if follows and course else None
        return render_template(
            "home/show.html",
            role=now.role.value,
            course=course,
            is_guest=now.is_preview and is_guest(session, person),
            dates=dates.shown(now.dates),
            is_asked_to_join=learns and codes.is_asked(session, person, now=clock()),
            is_judge=bool(seats),
            looks_over=any(one.seat in LOOKING_OVER for one in seats),
            waiting=waiting[:WAITING_SHOWN],
            waiting_count=len(waiting),
            stacks_waiting=_stacks_waiting(session, person, seats),
            teaches=follows,
            may_grade=now.role in TEACHING,
            has_groups=now.role in TEACHING and link is not None and link.groups_url is not None,
            lines=roster(session, course, listing) if follows and course else [],
            listing=listing,
            observes=now.role is Role.OBSERVER,
            observed=observed(session, course, now.watched) if _observes(now) and course else [],
            figures=figures(roster(session, course)) if _looks_on(now) and course else None,
            reminders=reminders.shown(
                session, person.id, [card.version for card in learner.cards], now=clock()
            ),
            learner=learner if learns else None,
            here=Place.HERE,
        )


@bp.get("/groups")
@signed_in
def groups() -> Page:
    """The groups of the course, asked of the LMS just now, for who teaches it (T-085)."""
    require(visit().role in TEACHING, "Only instructors see the groups of their course.")
    with reading() as session:
        link = link_of(session, visit().resource_link_id)
        course = link.course if link else None
        url = link.groups_url if link else None
        deployment_pk = link.deployment_id if link else 0
    if course is None or url is None:
        raise NotFound("Your LMS does not tell this tool about groups.")
    names, trouble = [], ""
    # No transaction is open while the LMS thinks about it.
    line = house()
    try:
        service = Service.of(
            line.engine, line.settings, line.keyring, deployment_pk=deployment_pk, clock=clock
        )
        names = names_of(service, url)
    except (Unreachable, TokenRefused, ScopeMissing, ServiceRefused, GroupsUnreadable) as error:
        trouble = str(error) or "Its answer is not a list of groups."
    return render_template("home/groups.html", course=course, names=names, trouble=trouble)


def _stacks_waiting(session: Session, person: Person, seats: Sequence[Appointment]) -> int | None:
    """How many stacks wait for this person; `None` for who does not decide on stacks."""
    programs = sorted({one.program_id for one in seats if one.seat in DECIDING})
    return desk.count_waiting(session, person, programs) if programs else None


def _observes(now: Visit) -> bool:
    return now.role is Role.OBSERVER and bool(now.watched)


def _looks_on(now: Visit) -> bool:
    return now.role is Role.OFFICER


def _has_any(learner: LearnerHome) -> bool:
    return learner.front is not None
