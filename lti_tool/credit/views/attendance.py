"""The instructor's one page of attendance: tick people, or take a CSV file over after a look."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from lti_tool.credit import approvals, hours, pages, recording
from lti_tool.credit import attendance as sheets
from lti_tool.credit.calendar import Calendar
from lti_tool.credit.views.blueprint import CREDENTIAL, Page, bp, today_of
from lti_tool.database import opaque_id
from lti_tool.errors import NotFound
from lti_tool.people.models import Course
from lti_tool.people.roles import TEACHING
from lti_tool.programs import catalogue
from lti_tool.programs.models import CredentialVersion
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.session import clock, find, here, reading, transaction, visit

NOT_YOURS = "Only the instructors of a course record who attended."

LATEST = 30
"""Entries shown below the form."""


def _course(session: Session) -> Course:
    """The course of the visit, for its instructors only."""
    found = visit()
    require(found.role in TEACHING and found.course_id is not None, NOT_YOURS)
    return find(session, Course, id=found.course_id)


def _version(session: Session, course: Course, program: str, credential: str) -> CredentialVersion:
    """A credential that a link of the course leads to, as it stands now."""
    found = catalogue.find_credential(session, credential, program)
    if found not in sheets.credentials_of(session, course):
        raise NotFound("No link of your course leads to this credential.")
    return catalogue.current_credential_version(session, found)


@bp.get("/attendance")
@signed_in
def attendance_of() -> Page:
    """Which credential's hours? Straight on where there is only one."""
    with reading() as session:
        course = _course(session)
        versions = [
            catalogue.current_credential_version(session, one)
            for one in sheets.credentials_of(session, course)
        ]
        places = [(one.title, pages.address_of(one)) for one in versions]
    if len(places) == 1:
        place = places[0][1]
        return redirect(
            url_for(".attendance", program=place["program"], credential=place["credential"]), 303
        )
    return render_template("credit/attendance_of.html", course=course, places=places)


@bp.get(f"/attendance{CREDENTIAL}")
@signed_in
def attendance(program: str, credential: str) -> Page:
    """Who was there: one session, everybody on one page (S5-11)."""
    with reading() as session:
        course = _course(session)
        version = _version(session, course, program, credential)
        return _sheet_page(session, course, version)


def _sheet_page(
    session: Session,
    course: Course,
    version: CredentialVersion,
    *,
    fault: str = "",
    faults: tuple[sheets.Fault, ...] = (),
) -> str:
    people = sheets.learners_of(session, course)
    rule = hours.rule_of(version)
    recent = sheets.recent(session, people, version, limit=LATEST)
    waiting = sheets.waiting(session, people, version)
    return render_template(
        "credit/attendance.html",
        course=course,
        version=version,
        address=pages.address_of(version),
        people=people,
        rule=rule,
        lines=pages.hours_lines(recent, rule.categories, here()),
        waiting=waiting,
        heaps=approvals.heaps(waiting, {version.credential_id: version}, here()),
        clicks=approvals.lately(session, here(), [version.credential_id], now=clock()),
        zone=Calendar.of(version.program_version.document).zone,
        given=request.form if fault else {},
        ticked={int(one) for one in request.form.getlist("person") if _is_id(one)},
        columns=", ".join(sheets.COLUMNS),
        sheet=opaque_id(),
        today=today_of(version),
        fault=fault,
        faults=faults,
    )


@bp.post(f"/attendance{CREDENTIAL}")
@signed_in
def attend(program: str, credential: str) -> Page:
    """Write down who was at a session."""
    form = request.form
    with transaction() as session:
        course = _course(session)
        version = _version(session, course, program, credential)
        try:
            given = recording.Given(
                category=form.get("category", ""),
                hours=recording.read_hours(form.get("hours", "")),
                done_on=recording.read_day(form.get("day", ""), today=today_of(version)),
                words=recording.read_words(form.get("words", "")),
            )
            chosen = {int(one) for one in form.getlist("person") if _is_id(one)}
            people = sheets.learners_of(session, course)
            lines = sheets.ticked(session, people, chosen, version, given)
        except recording.HoursRefused as refusal:
            page = _sheet_page(session, course, version, fault=str(refusal))
            return page, refusal.status
        count = _take(session, lines, version)
    flash(_taken(count, len(lines)))
    return redirect(url_for(".attendance", program=program, credential=credential), 303)


@bp.post(f"/attendance{CREDENTIAL}/file")
@signed_in
def look_at_file(program: str, credential: str) -> Page:
    """Read a CSV file and show what it would write down; nothing is changed."""
    with reading() as session:
        course = _course(session)
        version = _version(session, course, program, credential)
        upload = request.files.get("file")
        raw = upload.read(sheets.MOST_CHARACTERS * 4 + 1) if upload else b""
        try:
            text = sheets.text_of(raw)
            lines = _read(session, course, version, text)
        except sheets.SheetRefused as refusal:
            return _sheet_page(session, course, version, faults=refusal.faults), 422
        return render_template(
            "credit/preview.html",
            version=version,
            address=pages.address_of(version),
            rule=hours.rule_of(version),
            lines=lines,
            fresh=sum(not line.is_known for line in lines),
            text=text,
            sheet=opaque_id(),
        )


@bp.post(f"/attendance{CREDENTIAL}/take-over")
@signed_in
def take_file_over(program: str, credential: str) -> Page:
    """Write a file down that was looked at; it is read again, so nothing slips in between."""
    with transaction() as session:
        course = _course(session)
        version = _version(session, course, program, credential)
        try:
            lines = _read(session, course, version, request.form.get("text", ""))
        except sheets.SheetRefused as refusal:
            return _sheet_page(session, course, version, faults=refusal.faults), 422
        count = _take(session, lines, version)
    flash(_taken(count, len(lines)))
    return redirect(url_for(".attendance", program=program, credential=credential), 303)


def _read(
    session: Session, course: Course, version: CredentialVersion, text: str
) -> list[sheets.Line]:
    return sheets.read(
        session,
        text,
        people=sheets.learners_of(session, course),
        version=version,
        today=today_of(version),
    )


def _take(session: Session, lines: list[sheets.Line], version: CredentialVersion) -> int:
    sheet = request.form.get("sheet", "")[:22] or opaque_id()
    return sheets.take_over(
        session, lines, version, by=here(), sheet=f"{here().id}-{sheet}", now=clock()
    )


def _taken(count: int, everything: int) -> str:
    words = "One entry is" if count == 1 else f"{count} entries are"
    left = everything - count
    if not left:
        return f"{words} written down."
    return f"{words} written down; {left} stood there already."


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12
