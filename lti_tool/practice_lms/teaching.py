"""What teachers do: the gradebook, opening a work from it, adding activities; and the faults."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound

from lti_tool.practice_lms import oidc
from lti_tool.practice_lms.faults import GROUPS, KINDS, UnknownFault
from lti_tool.practice_lms.mood import ReviewLaunch, number
from lti_tool.practice_lms.oidc import this_lms
from lti_tool.practice_lms.pages import member, session_id, target, teacher
from lti_tool.practice_lms.placements import PLACEMENTS, USUAL, Placement
from lti_tool.practice_lms.school import Column, Course, Link, NotInSchool, Person
from lti_tool.practice_lms.works import pop_up

bp = Blueprint("teaching", __name__)


@bp.get("/courses/<course_id>/gradebook")
def gradebook(course_id: str) -> str:
    """People by columns: for teachers everybody, for a learner their own row."""
    here, person = member(course_id)
    lms = this_lms()
    everybody = lms.school.gradable(here)
    rows = everybody if here.roles[person.key] != "learner" else [person]
    columns = lms.school.columns_of(here)
    grades = {(c.id, p.key): lms.school.grade(c, p) for c in columns for p in rows}
    return render_template("gradebook.html", course=here, rows=rows, columns=columns, grades=grades)


@bp.get("/courses/<course_id>/columns/<column_id>/people/<key>")
def cell(course_id: str, column_id: str, key: str) -> str:
    """One grade: score, comments, history, and the form to set it by hand."""
    here, column, whose = _found(course_id, column_id, key)
    return _cell_page(here, column, whose)


def _cell_page(here: Course, column: Column, whose: Person, fault: str | None = None) -> str:
    lms = this_lms()
    return render_template(
        "cell.html",
        course=here,
        column=column,
        person=whose,
        cell=lms.school.grade(column, whose),
        review=lms.mood.review_launch(lms, column, whose),
        fault=fault,
        given=request.form,
    )


@bp.post("/courses/<course_id>/columns/<column_id>/people/<key>")
def set_by_hand(course_id: str, column_id: str, key: str) -> Response:
    """A teacher's grade; an empty field takes the hand-set grade away."""
    here, column, whose = _found(course_id, column_id, key)
    _, me = teacher(course_id)
    written = request.form.get("score", "").strip()
    score = number(written) if written else None
    if written and score is None:
        words = "The grade must be a number, for example 85 or 85.5."
        return make_response(_cell_page(here, column, whose, words), 422)
    comment = request.form.get("comment", "").strip()
    this_lms().override(column, whose, score, comment=comment, teacher=me.key)
    back = url_for(".cell", course_id=here.id, column_id=column.id, key=whose.key)
    return make_response(redirect(back, code=303))


def _found(course_id: str, column_id: str, key: str) -> tuple[Course, Column, Person]:
    """Course, column and person of a cell, for teachers and for the person."""
    here, me = member(course_id)
    lms = this_lms()
    column, whose = lms.school.column(column_id), lms.school.person(key)
    if column.course_id != here.id or here.roles.get(whose.key) != "learner":
        raise NotInSchool("This gradebook has no such cell.")
    if whose is not me:
        teacher(course_id)
    return here, column, whose


# -- opening a work from the gradebook ---------------------------------------------------------


@bp.get("/courses/<course_id>/columns/<column_id>/people/<key>/review")
def review(course_id: str, column_id: str, key: str) -> str:
    """Somebody's work in a frame, as SpeedGrader or the grade analysis show it."""
    here, column, whose, way = _reviewed(course_id, column_id, key)
    popup = None
    if way.message == "review" and column.link_id is not None:
        carry = {"as": request.args["as"]} if "as" in request.args else {}
        popup = pop_up(column.link_id, whose.sub, carry)
    return render_template(
        "review.html", course=here, column=column, person=whose, review=way, popup=popup
    )


@bp.get("/courses/<course_id>/columns/<column_id>/people/<key>/review/launch")
def review_launch(course_id: str, column_id: str, key: str) -> Response:
    """Begin that launch: `?as=dora&target=iframe|window`."""
    here, column, whose, way = _reviewed(course_id, column_id, key)
    _, me = member(course_id)
    lms = this_lms()
    begun = lms.begin_launch(
        me,
        here,
        column.link_id,
        message=way.message,
        target=target(),
        target_link_uri=way.target_link_uri,
        for_user=whose.sub if way.message == "review" else None,
        session=session_id(),
        custom=way.custom,
    )
    return oidc.start(lms, begun)


def _reviewed(
    course_id: str, column_id: str, key: str
) -> tuple[Course, Column, Person, ReviewLaunch]:
    """What is opened. Whoever may see the course may: the tool has to authorise (T-134).

    Moodle lets any participant mint such a launch with somebody else in `for_user`; Canvas opens
    the address for whoever asks. This LMS is as careless as they are.
    """
    here, _ = member(course_id)
    lms = this_lms()
    column, whose = lms.school.column(column_id), lms.school.person(key)
    way = lms.mood.review_launch(lms, column, whose) if column.course_id == here.id else None
    if way is None:
        raise NotFound("The gradebook offers nothing to open here yet.")
    return here, column, whose, way


# -- adding activities -------------------------------------------------------------------------


@bp.get("/courses/<course_id>/add")
def add(course_id: str) -> str:
    """Pick from the tool, in a frame; with `link`, for an activity that exists already."""
    here, _ = teacher(course_id)
    return render_template(
        "add.html",
        course=here,
        placement=_placement(),
        placements=list(PLACEMENTS.values()),
        link=_own_link(here),
    )


def _placement() -> Placement | None:
    """The place that opens the picker, where the product knows several."""
    if this_lms().mood.name != "canvas":
        return None
    usual = "assignment_selection" if "link" in request.args else USUAL
    found = PLACEMENTS.get(request.args.get("placement", usual))
    if found is None:
        raise NotFound("This LMS has no such placement.")
    return found


def _own_link(here: Course) -> Link | None:
    """The activity whose content is picked anew."""
    if "link" not in request.args:
        return None
    link = this_lms().school.link(request.args["link"])
    if link.course_id != here.id:
        raise NotInSchool(f"{here.title} has no such activity.")
    return link


@bp.get("/courses/<course_id>/deep-link")
def deep_link(course_id: str) -> Response:
    """Begin a deep-linking request: `?as=dora&placement=assignment_selection&link=7`."""
    here, me = teacher(course_id)
    lms = this_lms()
    placement = _placement()
    begun = lms.begin_launch(
        me,
        here,
        message="deep_linking",
        target=target(),
        session=session_id(),
        placement=placement.name if placement else "",
        replaces=_own_link(here),
    )
    return oidc.start(lms, begun)


@bp.get("/courses/<course_id>/add-by-hand")
def by_hand(course_id: str) -> str:
    """The form for an activity with custom parameters."""
    here, _ = teacher(course_id)
    return render_template("by_hand.html", course=here, given={}, faults={})


@bp.post("/courses/<course_id>/add-by-hand")
def make_by_hand(course_id: str) -> Response:
    """Make the activity."""
    here, _ = teacher(course_id)
    given = {name: request.form.get(name, "").strip() for name in ("title", "points", "custom")}
    faults: dict[str, str] = {}
    custom: dict[str, str] = {}
    for line in given["custom"].splitlines():
        name, equals, value = line.partition("=")
        if line.strip() and (not equals or not name.strip()):
            faults["custom"] = f"“{line.strip()}” is not of the form name=value."
        elif equals:
            custom[name.strip()] = value.strip()
    points = number(given["points"]) if given["points"] else None
    if given["points"] and (points is None or points <= 0):
        faults["points"] = "Points must be a number above 0, or empty for no column."
    if not given["title"]:
        faults["title"] = "Give the activity a title."
    if faults:
        page = render_template("by_hand.html", course=here, given=given, faults=faults)
        return make_response(page, 422)
    this_lms().add_link(here, given["title"], custom=custom, points=points)
    return make_response(redirect(url_for("pages.course", course_id=here.id), code=303))


# -- faults and requests -----------------------------------------------------------------------


@bp.get("/faults")
def faults() -> str:
    """What can go wrong, and what goes wrong now."""
    return _faults_page()


def _faults_page(problem: str | None = None) -> str:
    on = this_lms().faults.on()
    groups = ("all", *GROUPS)
    return render_template(
        "faults.html", on=on, groups=groups, kinds=KINDS, problem=problem, given=request.form
    )


@bp.post("/faults")
def switch_fault() -> Response:
    """Switch a fault on, or all of them off."""
    form = request.form
    lms = this_lms()
    if form.get("do") == "off":
        lms.faults.switch_off(form.get("group") or None)
        return make_response(redirect(url_for(".faults"), code=303))
    kind = form.get("kind", "")
    if kind == "slow" and form.get("seconds"):
        kind = f"slow:{form['seconds']}"
    try:
        lms.faults.switch_on(
            form.get("group", "all"),
            kind,
            count=int(form["count"]) if form.get("count") else None,
            probability=float(form.get("probability") or 1),
            seed=int(form.get("seed") or 0),
        )
    except (UnknownFault, ValueError) as problem:
        return make_response(_faults_page(str(problem)), 422)
    return make_response(redirect(url_for(".faults"), code=303))


@bp.get("/requests")
def requests_received() -> str:
    """The last hundred requests from the tool, newest first."""
    return render_template("requests.html", received=this_lms().journal.all()[-100:][::-1])


@bp.post("/keys")
def rotate_keys() -> Response:
    """Sign with a new key from now on."""
    this_lms().rotate_keys()
    return make_response(redirect(url_for(".faults"), code=303))
