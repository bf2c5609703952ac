"""Before the way: what a credential asks, beginning it, focus, goal and setting, coursework."""

from flask import flash, jsonify, redirect, render_template, request, url_for

from lti_tool.people.roles import Role
from lti_tool.portfolio import coursework, demands, enrolments, outset
from lti_tool.portfolio.enrolments import address_of
from lti_tool.portfolio.models import Enrolment
from lti_tool.portfolio.progress import load_version, progress
from lti_tool.portfolio.views.blueprint import CREDENTIAL, Page, bp, is_autosave, own_enrolment
from lti_tool.programs import catalogue
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.session import clock, here, reading, transaction, visit


@bp.get(f"{CREDENTIAL}/begin")
@signed_in
def begin(program: str, credential: str) -> Page:
    """Goal, requirements and rubric before anything is begun (S3-22)."""
    with reading() as session:
        found = catalogue.find_credential(session, credential, program)
        enrolment = enrolments.enrolment_of(session, here(), found)
        version = (
            load_version(session, enrolment)
            if enrolment
            else catalogue.current_credential_version(session, found)
        )
        may_begin = enrolments.can_begin(version) and visit().role is Role.LEARNER
        asks = may_begin and enrolment is None
        said = enrolments.said_before(session, here(), version, now=clock()) if asks else ((), "")
        return render_template(
            "portfolio/begin.html",
            advice=said[0],
            refused=said[1],
            version=version,
            document=version.program_version.document,
            address=address_of(version),
            enrolment=enrolment,
            may_begin=may_begin,
            is_outline=not enrolments.can_begin(version),
        )


@bp.post(f"{CREDENTIAL}/begin")
@signed_in
def start(program: str, credential: str) -> Page:
    """Begin; who has begun keeps the version of that day."""
    require(visit().role is Role.LEARNER, "Only learners of a course begin a credential.")
    with transaction() as session:
        found = catalogue.find_credential(session, credential, program)
        version = catalogue.current_credential_version(session, found)
        enrolment = enrolments.begin(session, here(), version, now=clock())
        next_step = progress(session, enrolment).next_step
    return redirect(url_for(next_step.endpoint, **next_step.values), 303)


@bp.route(f"{CREDENTIAL}/focus", methods=["GET", "POST"])
@signed_in
def focus(program: str, credential: str) -> Page:
    """Focus, goal and setting, which may be sharpened until the work is submitted (S4-21)."""
    if request.method == "GET":
        with reading() as session:
            return _focus_page(own_enrolment(session, program, credential))
    given = request.form.to_dict()
    with transaction() as session:
        enrolment = own_enrolment(session, program, credential)
        now = clock()
        try:
            outset.keep(enrolment, given, is_whole=not is_autosave())
        except outset.OutsetMissing as fault:
            if is_autosave():
                return jsonify(fault=str(fault)), fault.status
            return _focus_page(enrolment, given, fault), fault.status
        next_step = progress(session, enrolment).next_step
    if is_autosave():
        return jsonify(saved=now.isoformat())
    flash("Kept. You can change it whenever it becomes clearer.")
    return redirect(url_for(next_step.endpoint, **next_step.values), 303)


def _focus_page(
    enrolment: Enrolment,
    given: dict[str, str] | None = None,
    fault: outset.OutsetMissing | None = None,
) -> str:
    version = enrolment.credential_version
    return render_template(
        "portfolio/focus.html",
        version=version,
        address=address_of(version),
        asked=outset.asked_of(version),
        answers=outset.answers_of(enrolment) if given is None else given,
        faults=fault.faults if fault else {},
    )


@bp.get(f"{CREDENTIAL}/coursework")
@signed_in
def coursework_page(program: str, credential: str) -> Page:
    """Courses and modules, each with a button that marks it as done (S5-10)."""
    with reading() as session:
        enrolment = own_enrolment(session, program, credential)
        version = enrolment.credential_version
        return render_template(
            "portfolio/coursework.html",
            version=version,
            address=address_of(version),
            courses=demands.courses_of(version),
            done=coursework.done_by(session, enrolment),
            gates=bool(version.program_version.document.get("resources_required")),
        )


@bp.post(f"{CREDENTIAL}/coursework/<course>/<module>")
@signed_in
def mark_module(program: str, credential: str, course: str, module: str) -> Page:
    """Mark a module as done, or take the mark back."""
    is_done = request.form.get("done") == "yes"
    with transaction() as session:
        enrolment = own_enrolment(session, program, credential)
        coursework.mark(session, enrolment, course, module, is_done=is_done, now=clock())
    place = f"module-{course}-{module}"
    return redirect(
        url_for(".coursework_page", program=program, credential=credential, _anchor=place), 303
    )
