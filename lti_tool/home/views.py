"""The landing page of everybody: what to do next, in each role the person has."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lti_tool.home.overview import LearnerHome, learner_home, link_of
from lti_tool.home.roster import roster
from lti_tool.people.models import Course
from lti_tool.people.roles import TEACHING, Role
from lti_tool.portfolio.progress import Place
from lti_tool.programs import appointments
from lti_tool.review import queue
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, here, reading, visit

bp = Blueprint("home", __name__)

Page = str | Response

WAITING_SHOWN = 5


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
        teaches = now.role in TEACHING and course is not None
        link = link_of(session, now.resource_link_id)
        learner = learner_home(session, person, link if now.role is Role.LEARNER else None)
        return render_template(
            "home/show.html",
            role=now.role.value,
            course=course,
            is_preview=now.is_preview,
            is_judge=bool(seats),
            waiting=waiting[:WAITING_SHOWN],
            waiting_count=len(waiting),
            teaches=teaches,
            lines=roster(session, course) if teaches and course else [],
            learner=learner if now.role is Role.LEARNER or _has_any(learner) else None,
            here=Place.HERE,
        )


def _has_any(learner: LearnerHome) -> bool:
    return learner.front is not None
