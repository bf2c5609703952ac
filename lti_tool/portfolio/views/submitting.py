"""Submitting: the checklist, the attestation, taking work back, and what comes back."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from lti_tool.badges import disclosure
from lti_tool.errors import Refused
from lti_tool.portfolio import attempts, submissions
from lti_tool.portfolio.checklist import checklist, turnaround
from lti_tool.portfolio.demands import part_demand
from lti_tool.portfolio.enrolments import address_of
from lti_tool.portfolio.feedback import feedback_of
from lti_tool.portfolio.gaps import may_be_taken_up
from lti_tool.portfolio.models import Enrolment, SubmissionState
from lti_tool.portfolio.progress import progress
from lti_tool.portfolio.views.blueprint import Page, bp
from lti_tool.portfolio.workbench import enrolment_for_part, hints
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, here, reading, transaction


@bp.route("/parts/<int:part_id>/submit", methods=["GET", "POST"])
@signed_in
def submit(part_id: int) -> Page:
    """The checklist with a way to mend each gap, the attestation, and the one button (S3-27)."""
    if request.method == "GET":
        with reading() as session:
            enrolment = enrolment_for_part(session, part_id, here())
            return _submit_page(session, enrolment, part_id)
    with transaction() as session:
        enrolment = enrolment_for_part(session, part_id, here())
        part = next(p for p in enrolment.credential_version.parts if p.id == part_id)
        work = submissions.submission_of(session, enrolment, part)
        try:
            submissions.submit(
                session,
                work,
                attested=request.form.get("attested") == "yes",
                context=request.form.get("context", ""),
                now=clock(),
            )
        except (submissions.NotComplete, submissions.AttestationMissing) as fault:
            return _submit_page(session, enrolment, part_id, fault)
        public_id = work.public_id
    return redirect(url_for(".submitted", public_id=public_id), 303)


def _submit_page(
    session: Session, enrolment: Enrolment, part_id: int, fault: Refused | None = None
) -> Page:
    found = progress(session, enrolment)
    part = next(part for part in found.parts if part.part.id == part_id)
    if part.state is not SubmissionState.DRAFT:
        return redirect(url_for(".submitted", public_id=part.submission.public_id), 303)
    page = render_template(
        "portfolio/submit.html",
        progress=found,
        version=found.version,
        part=part,
        checks=checklist(found, part),
        attestation=submissions.ATTESTATION,
        turnaround=turnaround(found),
        choice=part_demand(part.part).choose,
        may_be_taken_up=may_be_taken_up(part.part, found.around),
        badge_shows=_badge_shows(session, enrolment),
        address=address_of(found.version),
        fault=str(fault) if fault else "",
    )
    return page, fault.status if fault else 200


def _badge_shows(session: Session, enrolment: Enrolment) -> str:
    """What the badge at the end will show, in words; empty where there is nothing to choose."""
    version = enrolment.credential_version
    if enrolment.person.is_test or not disclosure.Limits.of(version).is_choice:
        return ""
    return disclosure.WORDS[disclosure.wanted(session, enrolment.person_id, version)]


@bp.get("/submissions/<public_id>")
@signed_in
def submitted(public_id: str) -> Page:
    """The learner's own submitted work: waiting, returned with what is missing, or approved."""
    with reading() as session:
        work = submissions.find_own(session, public_id, here())
        if work.state is SubmissionState.DRAFT:
            return redirect(url_for(".submit", part_id=work.part_id), 303)
        found = progress(session, work.enrolment)
        part = next(part for part in found.parts if part.part.id == work.part_id)
        told = feedback_of(session, work)
        return render_template(
            "portfolio/submitted.html",
            work=work,
            version=found.version,
            part=part,
            feedback=told,
            hints=hints(part) if part.before is work else [],
            reached={row.criterion_id: row.level_id for row in told},
            comments={row.criterion_id: row.comment for row in told if row.comment},
            turnaround=turnaround(found),
            is_newest=part.submission is work,
            is_closed=work.state is SubmissionState.RETURNED and attempts.is_last(work),
            meetings=attempts.meetings_of(session, work.enrolment),
            has_growth=bool(found.ratings.final and found.ratings.final.completed_at),
            badge_shows=_badge_shows(session, work.enrolment),
            address=address_of(found.version),
        )


@bp.post("/parts/<int:part_id>/takes-up")
@signed_in
def take_up(part_id: int) -> Page:
    """Choose which of one's own earlier works this part builds on (S5-15)."""
    with transaction() as session:
        enrolment = enrolment_for_part(session, part_id, here())
        part = next(p for p in enrolment.credential_version.parts if p.id == part_id)
        work = submissions.submission_of(session, enrolment, part)
        submissions.take_up(session, work, request.form.getlist("work"), now=clock())
    flash("Kept.")
    return redirect(url_for(".submit", part_id=part_id), 303)


@bp.post("/submissions/<public_id>/withdraw")
@signed_in
def withdraw(public_id: str) -> Page:
    """Take work back before anybody began to judge it."""
    with transaction() as session:
        work = submissions.find_own(session, public_id, here())
        submissions.withdraw(session, work, now=clock())
        part_id = work.part_id
    flash("You took it back. Nothing is lost, and it does not count as an attempt.")
    return redirect(url_for(".submit", part_id=part_id), 303)
