"""The instructor's page: is every grade in the gradebook, and if not, why not."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.grades import conflicts, corrections, couriers, ledger
from lti_tool.grades.models import LineItem, ScoreDelivery
from lti_tool.launch.models import ResourceLink
from lti_tool.people.models import Course
from lti_tool.people.roles import TEACHING
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.session import clock, find, here, reading, transaction, visit

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


def _delivery(session: Session, delivery_id: int, course_id: int) -> ScoreDelivery:
    """A delivery of the course."""
    delivery = session.scalars(
        select(ScoreDelivery)
        .join(ScoreDelivery.line_item)
        .join(LineItem.resource_link)
        .where(ScoreDelivery.id == delivery_id, ResourceLink.course_id == course_id)
    ).one_or_none()
    require(delivery is not None, NOT_YOURS)
    assert delivery is not None
    return delivery


def _column(session: Session, column_id: int, course_id: int) -> LineItem:
    """A column of the course about which there is a choice."""
    column = session.scalars(
        select(LineItem)
        .join(LineItem.resource_link)
        .where(LineItem.id == column_id, ResourceLink.course_id == course_id)
    ).one_or_none()
    require(column is not None, NOT_YOURS)
    assert column is not None
    return column


@bp.post("/<int:delivery_id>/retry")
@signed_in
def retry(delivery_id: int) -> Response:
    """Try a delivery again now."""
    course_id = _course_id()
    with transaction() as session:
        delivery = _delivery(session, delivery_id, course_id)
        couriers.retry(session, delivery, now=clock())
        name = delivery.person.name
    flash(f"Trying again for {name}. Reload this page in a minute to see what came of it.")
    return redirect(url_for(".deliveries"), code=303)


@bp.get("/<int:delivery_id>/replace")
@signed_in
def confirm_replacing(delivery_id: int) -> str:
    """Ask once more before a grade that somebody set by hand is replaced (T-122)."""
    course_id = _course_id()
    with reading() as session:
        delivery = _delivery(session, delivery_id, course_id)
        line = ledger.line_of(delivery, now=clock())
        return render_template("grades/replace.html", delivery=delivery, line=line)


@bp.post("/<int:delivery_id>/replace")
@signed_in
def replace(delivery_id: int) -> Response:
    """Send a score again so that it replaces the grade that somebody set by hand (T-122)."""
    course_id = _course_id()
    with transaction() as session:
        delivery = _delivery(session, delivery_id, course_id)
        corrections.replace_hand_set(session, delivery, by=here(), now=clock())
        name = delivery.person.name
    flash(f"The score of {name} is on its way and replaces the grade in your gradebook.")
    return redirect(url_for(".deliveries"), code=303)


@bp.get("/columns/<int:column_id>")
@signed_in
def column(column_id: int) -> str:
    """Several columns fit: which one is it."""
    course_id = _course_id()
    with reading() as session:
        found = _column(session, column_id, course_id)
        return _column_page(found)


def _column_page(found: LineItem, fault: str = "") -> str:
    return render_template(
        "grades/column.html",
        column=found,
        candidates=conflicts.candidates_of(found),
        new=conflicts.NEW,
        fault=fault,
    )


@bp.post("/columns/<int:column_id>")
@signed_in
def choose_column(column_id: int) -> str | tuple[str, int] | Response:
    """Bind the chosen column."""
    course_id = _course_id()
    with transaction() as session:
        found = _column(session, column_id, course_id)
        chosen = request.form.get("column", "")
        try:
            conflicts.choose(session, found, chosen, by=here(), now=clock())
        except conflicts.NotOffered as fault:
            return _column_page(found, str(fault)), 422
    flash(
        f"The scores of {found.label} go there from now on. You can change this here at any time."
    )
    return redirect(url_for(".deliveries"), code=303)


@bp.post("/columns/<int:column_id>/undo")
@signed_in
def undo_column(column_id: int) -> Response:
    """Take the choice back."""
    course_id = _course_id()
    with transaction() as session:
        conflicts.undo(session, _column(session, column_id, course_id), by=here(), now=clock())
    return redirect(url_for(".column", column_id=column_id), code=303)


@bp.post("/columns/<int:column_id>/look")
@signed_in
def look_again(column_id: int) -> Response:
    """Forget the list of columns: the gradebook may look otherwise by now."""
    course_id = _course_id()
    with transaction() as session:
        conflicts.look_again(session, _column(session, column_id, course_id), now=clock())
    flash("Cairn looks at your gradebook again. Reload this page in a minute.")
    return redirect(url_for(".deliveries"), code=303)


@bp.get("/mine")
@signed_in
def mine() -> str:
    """A person's own scores, and whether they stand in the gradebook."""
    with reading() as session:
        return render_template(
            "grades/mine.html", own=ledger.of_person(session, here(), now=clock())
        )
