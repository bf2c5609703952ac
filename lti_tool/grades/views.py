"""The instructor's page: is every grade in the gradebook, and if not, why not."""

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lti_tool.grades import couriers, ledger
from lti_tool.grades.models import LineItem, ScoreDelivery
from lti_tool.launch.models import ResourceLink
from lti_tool.people.models import Course
from lti_tool.people.roles import TEACHING
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.session import clock, find, reading, transaction, visit

bp = Blueprint("grades", __name__, url_prefix="/grades")

NOT_YOURS = "Only the instructors of a course see its grades on their way."


def _course_id() -> int:
    """The course of the visit, for its instructors only."""
    here = visit()
    require(here.role in TEACHING and here.course_id is not None, NOT_YOURS)
    assert here.course_id is not None
    return here.course_id


@bp.get("/")
@signed_in
def deliveries() -> str:
    """Every learner of the course with the score that should stand in the gradebook."""
    course_id = _course_id()
    with reading() as session:
        course = find(session, Course, id=course_id)
        page = ledger.of_course(session, course, now=clock())
        return render_template("grades/deliveries.html", course=course, page=page)


@bp.post("/<int:delivery_id>/retry")
@signed_in
def retry(delivery_id: int) -> Response:
    """Try a delivery again now."""
    course_id = _course_id()
    with transaction() as session:
        delivery = session.scalars(
            select(ScoreDelivery)
            .join(ScoreDelivery.line_item)
            .join(LineItem.resource_link)
            .where(ScoreDelivery.id == delivery_id, ResourceLink.course_id == course_id)
        ).one_or_none()
        require(delivery is not None, NOT_YOURS)
        assert delivery is not None
        couriers.retry(session, delivery, now=clock())
        name = delivery.person.name
    flash(f"Trying again for {name}. Reload this page in a minute to see what came of it.")
    return redirect(url_for(".deliveries"), code=303)
