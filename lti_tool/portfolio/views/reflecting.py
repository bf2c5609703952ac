"""Looking at one's own practice: at the beginning, at the end, and what has grown between."""

from flask import flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from lti_tool.portfolio import enrolments, entries, self_assessments
from lti_tool.portfolio.enrolments import address_of
from lti_tool.portfolio.growth import HEIGHT, WIDTH, growth_of, summary
from lti_tool.portfolio.models import Enrolment, Occasion
from lti_tool.portfolio.progress import progress
from lti_tool.portfolio.views.blueprint import CREDENTIAL, Page, bp, is_autosave, own_enrolment
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, reading, transaction


@bp.route(f"{CREDENTIAL}/baseline", methods=["GET", "POST"])
@signed_in
def baseline(program: str, credential: str) -> Page:
    """Knowledge and use of each practice, before anything else (S4-24, S4-25)."""
    return _self_assessment(program, credential, Occasion.BASELINE)


@bp.route(f"{CREDENTIAL}/closing", methods=["GET", "POST"])
@signed_in
def closing(program: str, credential: str) -> Page:
    """The same practices on the same scales at the end, so that growth shows (S4-27)."""
    return _self_assessment(program, credential, Occasion.FINAL)


def _self_assessment(program: str, credential: str, occasion: Occasion) -> Page:
    if request.method == "GET":
        with reading() as session:
            return _rating_page(session, own_enrolment(session, program, credential), occasion)
    answers = entries.answers(request.form)
    finishing = request.form.get("then") == "finish"
    with transaction() as session:
        enrolment = own_enrolment(session, program, credential)
        now = clock()
        try:
            self_assessments.rate(session, enrolment, answers, occasion=occasion, now=now)
            if occasion is Occasion.FINAL:
                chosen = entries.works(request.form)
                self_assessments.rest_on(session, enrolment, chosen, now=now)
            if finishing:
                self_assessments.finish(session, enrolment, occasion=occasion, now=now)
        except self_assessments.RatingsMissing as fault:
            # What was rated is kept all the same: the transaction ends well.
            return _rating_page(session, enrolment, occasion, str(fault)), fault.status
        next_step = progress(session, enrolment).next_step
    if is_autosave():
        return jsonify(saved=now.isoformat())
    if finishing:
        flash("Finished. It is kept as it is, so that you can see later how far you came.")
        return redirect(url_for(next_step.endpoint, **next_step.values), 303)
    flash("Saved. You can go on any time.")
    return redirect(
        url_for(
            f".{occasion.value}" if occasion is Occasion.BASELINE else ".closing",
            program=program,
            credential=credential,
        ),
        303,
    )


def _rating_page(
    session: Session, enrolment: Enrolment, occasion: Occasion, fault: str = ""
) -> str:
    version = enrolment.credential_version
    rated = self_assessments.assessment_of(session, enrolment, occasion)
    is_final = occasion is Occasion.FINAL
    before = self_assessments.assessment_of(session, enrolment) if is_final else None
    works = self_assessments.works_of(session, enrolment) if is_final else ()
    return render_template(
        "portfolio/rating.html",
        version=version,
        address=address_of(version),
        occasion=occasion.value,
        scales=self_assessments.scales_of(version),
        answers=self_assessments.answers_of(rated),
        earlier=self_assessments.answers_of(before),
        works=works,
        shown={
            row.item_id: row.artifact
            for row in (self_assessments.evidence_of(session, [rated]) if works and rated else ())
        },
        total=len(self_assessments.questions_of(version)),
        finished_at=rated.completed_at if rated else None,
        needs_focus=enrolments.is_focus_open(enrolment),
        fault=fault,
    )


@bp.get(f"{CREDENTIAL}/growth")
@signed_in
def growth(program: str, credential: str) -> Page:
    """How far somebody came in each practice, and the work that shows it (S4-27)."""
    with reading() as session:
        enrolment = own_enrolment(session, program, credential)
        rows = growth_of(session, enrolment, self_assessments.own_ratings(session, enrolment))
        return render_template(
            "portfolio/growth.html",
            version=enrolment.credential_version,
            address=address_of(enrolment.credential_version),
            rows=rows,
            summary=summary(rows),
            width=WIDTH,
            height=HEIGHT,
        )
