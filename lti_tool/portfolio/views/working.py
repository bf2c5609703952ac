"""Tasks and artifacts: adding, changing, taking away; dated entries and consents beside them."""

from flask import flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound
from lti_tool.portfolio import artifacts, consents, dated_entries, entries, pacing, submissions
from lti_tool.portfolio.evidence_types import ACCEPT, TAKEN_IN_WORDS, FileNotTaken
from lti_tool.portfolio.particulars import ParticularsRefused
from lti_tool.portfolio.set_aside import included
from lti_tool.portfolio.views.blueprint import (
    OPAQUE_ID,
    Page,
    bp,
    is_autosave,
    send_artifact,
    store,
)
from lti_tool.portfolio.workbench import Beside, Slip, enrolment_for_task, workbench
from lti_tool.programs.models import ArtifactKind, ArtifactRequirement, Task
from lti_tool.programs.pages import resources_told
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, find, here, reading, settings, transaction


@bp.get("/tasks/<int:task_id>")
@signed_in
def task(task_id: int) -> Page:
    """What to make here, what is there already, and how well the criteria are covered."""
    with reading() as session:
        return _task_page(session, task_id)


def _task_page(
    session: Session, task_id: int, slip: Slip | None = None, beside: Beside | None = None
) -> str:
    bench = workbench(session, task_id, here(), slip)
    return render_template(
        "portfolio/task.html",
        bench=bench,
        version=bench.progress.version,
        beside=beside,
        ferpa=consents.FERPA,
        consent_kinds=consents.KINDS,
        pacing=pacing.words(bench.progress.enrolment, now=clock()),
        told=resources_told(bench.progress.version),
        help=bench.progress.version.program_version.document.get("help", []),
        attestation=submissions.ATTESTATION,
        accept=ACCEPT,
        taken=TAKEN_IN_WORDS,
        limit=settings().upload_limit,
        limit_in_words=artifacts.in_megabytes(settings().upload_limit),
    )


@bp.post("/tasks/<int:task_id>/artifacts/<public_id>")
@signed_in
def put_artifact(task_id: int, public_id: str) -> Page:
    """Add or change one artifact; the form chose its id, so a repeated save is one artifact."""
    if not OPAQUE_ID.fullmatch(public_id):
        raise NotFound("There is no such artifact here.")
    kind = entries.kind(request.form.get("kind", ""))
    upload = request.files.get("file")
    details = artifacts.Details(text=request.form.get("text", ""))
    requirement_id = entries.number(request.form.get("requirement", ""))
    seen = entries.moment(request.form.get("seen", ""))
    try:
        details = entries.details(request.form)
        stored = None
        if kind is ArtifactKind.FILE and upload is not None and upload.filename:
            with reading() as session:
                enrolment_for_task(session, task_id, here())  # a stranger stores nothing
            stored = artifacts.take_upload(
                store(), upload.stream, upload.filename, limit=settings().upload_limit
            )
        with transaction() as session:
            enrolment = enrolment_for_task(session, task_id, here())
            requirement = find(session, ArtifactRequirement, id=requirement_id, task_id=task_id)
            part = find(session, Task, id=task_id).phase.part
            saved = artifacts.put(
                session,
                submissions.submission_of(session, enrolment, part),
                requirement,
                public_id=public_id,
                kind=kind,
                details=details,
                file=stored,
                seen=seen,
                now=clock(),
            )
            answer = {"saved": saved.changed_at.isoformat(), "seen": saved.changed_at.isoformat()}
            anchor = f"artifact-{requirement.slug}"
    except (
        artifacts.DetailsRefused,
        artifacts.ChangedMeanwhile,
        artifacts.Enough,
        artifacts.KindNotAsked,
        artifacts.NotOpenHere,
        artifacts.TooLarge,
        FileNotTaken,
        ParticularsRefused,
    ) as fault:
        theirs = fault.theirs if isinstance(fault, artifacts.ChangedMeanwhile) else None
        if is_autosave():
            return jsonify(
                fault=str(fault),
                theirs=theirs.text if theirs else None,
                seen=theirs.changed_at.isoformat() if theirs else None,
            ), fault.status
        slip = Slip(public_id, requirement_id, kind, str(fault), details, seen, theirs)
        with reading() as session:
            return _task_page(session, task_id, slip), fault.status
    if is_autosave():
        return jsonify(answer)
    flash("Saved.")
    return redirect(url_for(".task", task_id=task_id, _anchor=anchor), 303)


def _place(requirement: ArtifactRequirement) -> str:
    anchor = f"artifact-{requirement.slug}"
    return url_for(".task", task_id=requirement.task_id, _anchor=anchor)


@bp.post("/artifacts/<public_id>/remove")
@signed_in
def remove(public_id: str) -> Page:
    """Take an artifact away; it can be brought back until the work is submitted."""
    with transaction() as session:
        artifact = artifacts.find_own(session, public_id, here())
        artifacts.remove(session, artifact, now=clock())
        title, requirement = artifact.title, artifact.requirement
    flash(f"Removed “{title}”. You can bring it back until you submit.")
    return redirect(_place(requirement), 303)


@bp.post("/artifacts/<public_id>/restore")
@signed_in
def restore(public_id: str) -> Page:
    """Bring a removed artifact back."""
    with transaction() as session:
        artifact = artifacts.find_own(session, public_id, here())
        artifacts.restore(session, artifact)
        title, requirement = artifact.title, artifact.requirement
    flash(f"“{title}” is back.")
    return redirect(_place(requirement), 303)


@bp.get("/artifacts/<public_id>")
@signed_in
def artifact(public_id: str) -> Page:
    """The learner's own file, as an attachment; that of a work they set aside too."""
    with reading() as session, included(session):
        return send_artifact(artifacts.find_own(session, public_id, here()))


# ---- dated entries and consents ------------------------------------------------------------------


@bp.post("/artifacts/<public_id>/entries/<entry_id>")
@signed_in
def put_entry(public_id: str, entry_id: str) -> Page:
    """Add or change one dated entry; the form chose its id, so a repeated save is one entry."""
    if not OPAQUE_ID.fullmatch(entry_id):
        raise NotFound("There is no such entry here.")
    text = request.form.get("text", "")
    day = request.form.get("on_day", "")
    try:
        with transaction() as session:
            artifact = artifacts.find_own(session, public_id, here())
            entry = dated_entries.write(
                session,
                artifact,
                public_id=entry_id,
                on_day=entries.day(day),
                text=text,
                seen=entries.moment(request.form.get("seen", "")),
                now=clock(),
            )
            saved = entry.changed_at.isoformat()
            requirement = artifact.requirement
            place = _place(requirement)
    except (
        dated_entries.EntryRefused,
        dated_entries.EntryChanged,
        artifacts.DetailsRefused,
    ) as fault:
        theirs = fault.theirs if isinstance(fault, dated_entries.EntryChanged) else None
        seen = theirs.changed_at.isoformat() if theirs else request.form.get("seen", "")
        if is_autosave():
            told = {"fault": str(fault), "theirs": theirs.text if theirs else None}
            return jsonify(**told, seen=seen if theirs else None), fault.status
        values = {"text": text, "on_day": day, "seen": seen}
        beside = Beside(entry_id, str(fault), values, theirs.text if theirs else "")
        return _page_beside(public_id, beside), fault.status
    if is_autosave():
        return jsonify(saved=saved, seen=saved)
    flash("The entry is saved.")
    return redirect(place, 303)


@bp.post("/artifacts/<public_id>/entries/<entry_id>/remove")
@signed_in
def remove_entry(public_id: str, entry_id: str) -> Page:
    """Take an entry out."""
    with transaction() as session:
        artifact = artifacts.find_own(session, public_id, here())
        dated_entries.take_out(session, artifact, entry_id, now=clock())
        place = _place(artifact.requirement)
    flash("The entry is gone.")
    return redirect(place, 303)


@bp.post("/artifacts/<public_id>/consents")
@signed_in
def note_consent(public_id: str) -> Page:
    """Note that one person agreed to be seen or heard (S6-23)."""
    form = request.form
    try:
        with transaction() as session:
            artifact = artifacts.find_own(session, public_id, here())
            consents.note(
                session,
                artifact,
                who=form.get("who", ""),
                kind=form.get("kind", ""),
                given_on=entries.day(form.get("given_on", "")),
                now=clock(),
            )
            place = _place(artifact.requirement)
    except (consents.ConsentRefused, artifacts.DetailsRefused) as fault:
        return _page_beside(public_id, Beside(public_id, str(fault), form.to_dict())), fault.status
    flash("The permission is noted.")
    return redirect(place, 303)


@bp.post("/artifacts/<public_id>/consents/<int:number>/remove")
@signed_in
def remove_consent(public_id: str, number: int) -> Page:
    """Take the note of a permission out."""
    with transaction() as session:
        artifact = artifacts.find_own(session, public_id, here())
        consents.take_back(session, artifact, number)
        place = _place(artifact.requirement)
    flash("The note is gone.")
    return redirect(place, 303)


def _page_beside(public_id: str, beside: Beside) -> str:
    with reading() as session:
        artifact = artifacts.find_own(session, public_id, here())
        return _task_page(session, artifact.requirement.task_id, beside=beside)
