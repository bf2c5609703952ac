"""A learner's workspace: before you start, focus, self-assessment, tasks, submitting, feedback."""

import re

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.errors import NotFound, Refused
from lti_tool.people.roles import Role
from lti_tool.portfolio import artifacts, enrolments, entries, self_assessments, submissions
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.portfolio.checklist import checklist, turnaround
from lti_tool.portfolio.enrolments import address_of
from lti_tool.portfolio.evidence_types import ACCEPT, TAKEN_IN_WORDS, FileNotTaken
from lti_tool.portfolio.feedback import feedback_of
from lti_tool.portfolio.models import Artifact, Enrolment, Occasion, SubmissionState
from lti_tool.portfolio.progress import load_version, progress
from lti_tool.portfolio.workbench import (
    Slip,
    enrolment_for_part,
    enrolment_for_task,
    hints,
    workbench,
)
from lti_tool.programs import catalogue
from lti_tool.programs.models import ArtifactKind, ArtifactRequirement, Task
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.session import clock, find, here, reading, settings, transaction, visit

bp = Blueprint("portfolio", __name__, url_prefix="/portfolio")

Page = str | AnyResponse | tuple[str | AnyResponse, int]

CREDENTIAL = "/credentials/<program>/<credential>"
OPAQUE_ID = re.compile(r"[A-Za-z0-9]{22}")
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


def _own_enrolment(session: Session, program: str, credential: str) -> Enrolment:
    """The enrolment of whoever asks, with its version loaded whole."""
    found = catalogue.find_credential(session, credential, program)
    enrolment = enrolments.enrolment_of(session, here(), found)
    if enrolment is None:
        raise NotFound("You have not begun this credential yet. Open it from your home page.")
    load_version(session, enrolment)
    return enrolment


def _store() -> ArtifactStore:
    return ArtifactStore(settings().evidence_url)


def _is_autosave() -> bool:
    """Whether a script saves quietly while somebody types."""
    return request.headers.get("X-Autosave") == "1"


# ---- before you start ----------------------------------------------------------------------------


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
        return render_template(
            "portfolio/begin.html",
            version=version,
            document=version.program_version.document,
            address=address_of(version),
            enrolment=enrolment,
            may_begin=enrolments.can_begin(version) and visit().role is Role.LEARNER,
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
    """The learner's own focus, which may be sharpened at any time (S4-21)."""
    if request.method == "GET":
        with reading() as session:
            return _focus_page(_own_enrolment(session, program, credential))
    words = request.form.get("focus", "")
    with transaction() as session:
        enrolment = _own_enrolment(session, program, credential)
        try:
            enrolments.choose_focus(enrolment, words)
        except enrolments.FocusMissing as fault:
            return _focus_page(enrolment, words, str(fault)), fault.status
        next_step = progress(session, enrolment).next_step
    flash("Your focus is kept. You can change it whenever it becomes clearer.")
    return redirect(url_for(next_step.endpoint, **next_step.values), 303)


def _focus_page(enrolment: Enrolment, words: str | None = None, fault: str = "") -> str:
    version = enrolment.credential_version
    return render_template(
        "portfolio/focus.html",
        version=version,
        address=address_of(version),
        prompt=enrolments.focus_prompt(version),
        words=enrolment.focus if words is None else words,
        fault=fault,
    )


# ---- self-assessments ----------------------------------------------------------------------------


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
            return _rating_page(session, _own_enrolment(session, program, credential), occasion)
    answers = entries.answers(request.form)
    finishing = request.form.get("then") == "finish"
    with transaction() as session:
        enrolment = _own_enrolment(session, program, credential)
        now = clock()
        try:
            self_assessments.rate(session, enrolment, answers, occasion=occasion, now=now)
            if finishing:
                self_assessments.finish(session, enrolment, occasion=occasion, now=now)
        except self_assessments.RatingsMissing as fault:
            # What was rated is kept all the same: the transaction ends well.
            return _rating_page(session, enrolment, occasion, str(fault)), fault.status
        next_step = progress(session, enrolment).next_step
    if _is_autosave():
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
    before = (
        self_assessments.assessment_of(session, enrolment) if occasion is Occasion.FINAL else None
    )
    return render_template(
        "portfolio/rating.html",
        version=version,
        address=address_of(version),
        occasion=occasion.value,
        scales=self_assessments.scales_of(version),
        answers=self_assessments.answers_of(rated),
        earlier=self_assessments.answers_of(before),
        total=len(self_assessments.questions_of(version)),
        finished_at=rated.completed_at if rated else None,
        needs_focus=enrolments.is_focus_open(enrolment),
        fault=fault,
    )


# ---- tasks and artifacts -------------------------------------------------------------------------


@bp.get("/tasks/<int:task_id>")
@signed_in
def task(task_id: int) -> Page:
    """What to make here, what is there already, and how well the criteria are covered."""
    with reading() as session:
        return _task_page(session, task_id)


def _task_page(session: Session, task_id: int, slip: Slip | None = None) -> str:
    bench = workbench(session, task_id, here(), slip)
    return render_template(
        "portfolio/task.html",
        bench=bench,
        version=bench.progress.version,
        help=bench.progress.version.program_version.document.get("help", []),
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
                _store(), upload.stream, upload.filename, limit=settings().upload_limit
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
        artifacts.TooLarge,
        FileNotTaken,
    ) as fault:
        theirs = fault.theirs if isinstance(fault, artifacts.ChangedMeanwhile) else None
        if _is_autosave():
            return jsonify(
                fault=str(fault),
                theirs=theirs.text if theirs else None,
                seen=theirs.changed_at.isoformat() if theirs else None,
            ), fault.status
        slip = Slip(public_id, requirement_id, kind, str(fault), details, seen, theirs)
        with reading() as session:
            return _task_page(session, task_id, slip), fault.status
    if _is_autosave():
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
    """The learner's own file, as an attachment."""
    with reading() as session:
        return send_artifact(artifacts.find_own(session, public_id, here()))


def send_artifact(artifact: Artifact) -> Response:
    """A stored file as an attachment that no browser runs or frames.

    Whoever calls has made sure that the reader may see it.
    """
    opened = artifacts.open_file(_store(), artifact)
    response = Response(opened.chunks, mimetype=opened.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=opened.name)
    response.headers["Content-Length"] = str(opened.size)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


# ---- submitting and what comes back --------------------------------------------------------------


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
                session, work, attested=request.form.get("attested") == "yes", now=clock()
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
        fault=str(fault) if fault else "",
    )
    return page, fault.status if fault else 200


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
        )
