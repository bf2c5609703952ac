"""The program office's pages: hours that wait, awards on their way to the register, exports."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from lti_tool.credit import (
    approvals,
    elections,
    exports,
    journal,
    licence,
    pages,
    recording,
    wishes,
)
from lti_tool.credit import attendance as sheets
from lti_tool.credit.calendar import Calendar
from lti_tool.credit.models import Completion
from lti_tool.credit.rules import Terms
from lti_tool.credit.views.blueprint import ID, Page, bp, download, today_of
from lti_tool.credit.views.participant import NO_CREDIT, UNDECIDED
from lti_tool.errors import NotFound
from lti_tool.people.roles import Seat
from lti_tool.programs import appointments, catalogue
from lti_tool.programs.models import Program
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.session import clock, here, reading, settings, transaction

NOT_YOURS = "Only the program's administrators and approvers see this page."
SHOWN = 200
"""Awards on the page; the files hold all of them."""


def _is_admin(session: Session, program: Program) -> bool:
    return appointments.holds(session, here(), program, Seat.ADMIN, now=clock())


@bp.get("/programs/")
@signed_in
def offices() -> Page:
    """The programs whose hours and credit I look after; straight on where there is only one."""
    with reading() as session:
        seats = appointments.seats_of(session, here(), now=clock())
        programs = {
            one.program.slug: one.program
            for one in seats
            if one.seat in (Seat.ADMIN, Seat.APPROVER)
        }
        places = [
            (catalogue.current_version(session, program).title, slug)
            for slug, program in sorted(programs.items())
        ]
    if len(places) == 1:
        return redirect(url_for(".office", slug=places[0][1]), 303)
    return render_template("credit/offices.html", places=places)


@bp.get("/programs/<slug>")
@signed_in
def office(slug: str) -> Page:
    """What waits in a program: hours for an approver, licence records for its administrator."""
    with reading() as session:
        program = catalogue.find_program(session, slug)
        is_admin = _is_admin(session, program)
        require(
            is_admin or appointments.holds(session, here(), program, Seat.APPROVER, now=clock()),
            NOT_YOURS,
        )
        version = catalogue.current_version(session, program)
        found = exports.completions_in(session, program, limit=SHOWN) if is_admin else []
        waiting, versions = sheets.waiting_in(session, program)
        return render_template(
            "credit/office.html",
            program=program,
            title=version.title,
            register=licence.Register.of(version.document),
            is_admin=is_admin,
            waiting=waiting,
            heaps=approvals.heaps(waiting, versions, here()),
            clicks=approvals.lately(session, here(), list(versions), now=clock()),
            zone=Calendar.of(version.document).zone,
            awards=[pages.award_line(one) for one in found],
            most=SHOWN,
        )


@bp.post("/programs/<slug>/register.csv")
@signed_in
def register_file(slug: str) -> Page:
    """The awards to be reported, with names and numbers."""
    with transaction() as session:
        program = catalogue.find_program(session, slug)
        content = exports.for_register(
            session,
            settings(),
            program,
            by=here(),
            again=request.form.get("again") == "yes",
            now=clock(),
        )
    return download(content, "text/csv; charset=utf-8", f"{slug}-register.csv")


@bp.post("/programs/<slug>/funder.csv")
@signed_in
def funder_file(slug: str) -> Page:
    """Figures for a funder: no names, small cells suppressed."""
    with transaction() as session:
        program = catalogue.find_program(session, slug)
        content = exports.for_funder(session, program, by=here(), now=clock())
    return download(content, "text/csv; charset=utf-8", f"{slug}-figures.csv")


@bp.get(f"/awards/{ID}")
@signed_in
def award(public_id: str) -> Page:
    """One award's credit, for the program's administrator."""
    with reading() as session:
        return _award_page(session, _administered(session, public_id))


def _administered(session: Session, public_id: str) -> Completion:
    """A completion in a program that whoever asks administers; for others it is not there."""
    found = journal.completion_of(session, public_id)
    if found is None or not _is_admin(session, found.credential_version.credential.program):
        raise NotFound("There is nothing at this address, or it is not yours to see.")
    return found


def _award_page(session: Session, completion: Completion, fault: str = "") -> str:
    version = completion.credential_version
    election = wishes.find(session, completion.person_id, version.credential_id)
    return render_template(
        "credit/award.html",
        line=pages.award_line(completion),
        completion=completion,
        version=version,
        slug=version.credential.program.slug,
        terms=Terms.of(version.program_version.document),
        election=election,
        given=request.form if fault else {},
        today=today_of(completion.credential_version),
        later=UNDECIDED,
        none=NO_CREDIT,
        fault=fault,
    )


@bp.post(f"/awards/{ID}/change")
@signed_in
def change(public_id: str) -> Page:
    """Change what an award counts as; who and why is written down (S1-16)."""
    wanted = request.form.get("option", UNDECIDED)
    option = None if wanted == UNDECIDED else "" if wanted == NO_CREDIT else wanted[5:]
    with transaction() as session:
        completion = _administered(session, public_id)
        version = completion.credential_version
        election = wishes.open_for(session, completion.person_id, version, now=clock())
        reason = request.form.get("reason", "")
        try:
            elections.change(session, election, option, actor=here(), reason=reason, now=clock())
        except (elections.NotToBeHad, elections.ReasonMissing) as refusal:
            return _award_page(session, completion, str(refusal)), refusal.status
    flash("Changed, and written into the audit trail.")
    return redirect(url_for(".award", public_id=public_id), 303)


@bp.post(f"/awards/{ID}/register")
@signed_in
def record(public_id: str) -> Page:
    """Note an award's number in the register, or that it stands there."""
    with transaction() as session:
        completion = _administered(session, public_id)
        completion.activity_number = " ".join(request.form.get("activity", "").split())[:60]
        if request.form.get("then") == "confirm":
            try:
                day = recording.read_day(
                    request.form.get("day", ""), today=today_of(completion.credential_version)
                )
            except recording.HoursRefused as refusal:
                return _award_page(session, completion, str(refusal)), refusal.status
            reference = request.form.get("reference", "")
            licence.confirm(
                session, completion, by=here(), on=day, reference=reference, now=clock()
            )
    flash("Noted.")
    return redirect(url_for(".award", public_id=public_id), 303)
