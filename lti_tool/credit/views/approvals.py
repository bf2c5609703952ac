"""Approving hours that wait, one or a heap at once, and withdrawing a click too many."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.credit import approvals, recording
from lti_tool.credit import attendance as sheets
from lti_tool.credit.models import HoursApproval, HoursEntry, HoursSource
from lti_tool.credit.views.blueprint import ID, Page, bp
from lti_tool.errors import NotFound
from lti_tool.people.models import Course
from lti_tool.people.roles import TEACHING, Seat
from lti_tool.programs import appointments, catalogue
from lti_tool.programs.models import Credential, CredentialVersion
from lti_tool.web.pages import number
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, here, reading, transaction, visit

NOT_THERE = "There is nothing at this address, or it is not yours to see."
OFFICE = "office"
"""Stands in the form that was sent from the program office's page."""


@bp.post(f"/hours/{ID}/approve")
@signed_in
def approve(public_id: str) -> Page:
    """Answer for hours that a participant entered."""
    with transaction() as session:
        (entry,) = _entries(session, [public_id])
        (version,) = _versions(session, [entry]).values()
        approvals.approve(session, entry, version, by=here(), now=clock())
        back = _back(entry)
    flash("Approved: these hours count now.")
    return redirect(back, 303)


@bp.post("/hours/approve")
@signed_in
def approve_all() -> Page:
    """Answer for a heap of hours: everything of one person, or of one kind, as it was shown."""
    with transaction() as session:
        entries = _entries(session, request.form.getlist("entry"))
        done = approvals.approve_all(
            session, entries, _versions(session, entries), by=here(), now=clock()
        )
        back = _back(entries[0])
    what = "One entry" if done.count == 1 else f"{done.count} entries"
    flash(f"Approved: {what}, {number(done.hours)} hours. You can withdraw it below.")
    return redirect(back, 303)


@bp.route(f"/hours/approvals/{ID}/withdraw", methods=["GET", "POST"])
@signed_in
def withdraw(public_id: str) -> Page:
    """Take an approval back, whole as it was clicked; the hours wait again."""
    if request.method == "GET":
        with reading() as session:
            return _withdraw_page(_of_batch(session, public_id))
    with transaction() as session:
        found = _of_batch(session, public_id)
        reason = request.form.get("reason", "")
        try:
            count = approvals.withdraw(session, found, by=here(), reason=reason, now=clock())
        except recording.HoursRefused as refusal:
            return _withdraw_page(found, str(refusal)), refusal.status
        back = _back(found[0].entry)
    what = "One entry waits" if count == 1 else f"{count} entries wait"
    flash(f"Withdrawn. {what} for approval again.")
    return redirect(back, 303)


def _withdraw_page(found: Sequence[HoursApproval], fault: str = "") -> str:
    entry = found[0].entry
    return render_template(
        "credit/withdraw.html",
        approvals=found,
        hours=sum(one.entry.hours for one in found),
        back=_back(entry),
        office=request.values.get("from") == OFFICE,
        fault=fault,
    )


def _entries(session: Session, public_ids: Sequence[str]) -> list[HoursEntry]:
    """Hours that participants entered and that whoever is here may approve; all, or `NotFound`."""
    found = session.scalars(
        select(HoursEntry)
        .where(HoursEntry.public_id.in_(public_ids), HoursEntry.source == HoursSource.SELF)
        .order_by(HoursEntry.id)
        .options(
            joinedload(HoursEntry.person),
            joinedload(HoursEntry.credential).joinedload(Credential.program),
        )
    ).all()
    if not found or len(found) != len(set(public_ids)):
        raise NotFound(NOT_THERE)
    _require_approver(session, found)
    return list(found)


def _require_approver(session: Session, entries: Sequence[HoursEntry]) -> None:
    """Refuse who neither approves in the program nor teaches the learners the credential."""
    programs = {entry.credential.program for entry in entries}
    mine = {
        program.id
        for program in programs
        for seat in (Seat.APPROVER, Seat.ADMIN)
        if appointments.holds(session, here(), program, seat, now=clock())
    }
    others = [entry for entry in entries if entry.credential.program_id not in mine]
    if not others:
        return
    found = visit()
    course = session.get(Course, found.course_id) if found.course_id else None
    if found.role not in TEACHING or course is None:
        raise NotFound(NOT_THERE)
    learners = {one.id for one in sheets.learners_of(session, course)}
    credentials = {one.id for one in sheets.credentials_of(session, course)}
    if any(
        entry.person_id not in learners or entry.credential_id not in credentials
        for entry in others
    ):
        raise NotFound(NOT_THERE)


def _of_batch(session: Session, batch: str) -> Sequence[HoursApproval]:
    """What one click approved: for whoever clicked, and the program's administrators."""
    found = approvals.of_batch(session, batch)
    if found[0].approver_id != here().id:
        programs = {one.entry.credential.program for one in found}
        if not all(
            appointments.holds(session, here(), program, Seat.ADMIN, now=clock())
            for program in programs
        ):
            raise NotFound(NOT_THERE)
    return found


def _versions(session: Session, entries: Sequence[HoursEntry]) -> dict[int, CredentialVersion]:
    credentials = {entry.credential for entry in entries}
    return {one.id: catalogue.current_credential_version(session, one) for one in credentials}


def _back(entry: HoursEntry) -> str:
    """The page the form was on: the office's, or the instructor's."""
    credential = entry.credential
    if request.values.get("from") != OFFICE and visit().role in TEACHING:
        return url_for(".attendance", program=credential.program.slug, credential=credential.slug)
    return url_for(".office", slug=credential.program.slug)
