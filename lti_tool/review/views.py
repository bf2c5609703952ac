"""The judges' pages: the queue, the desk, the decision."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.errors import NotFound, Refused
from lti_tool.portfolio import attempts, team_work
from lti_tool.portfolio.models import Submission
from lti_tool.portfolio.views import send_artifact
from lti_tool.programs.models import Credential
from lti_tool.review import assessments, decisions, prechecks
from lti_tool.review.assessments import Given, RatingsIncomplete
from lti_tool.review.decisions import ReasonMissing
from lti_tool.review.drafts import shared_drafts
from lti_tool.review.models import Assessment, Outcome
from lti_tool.review.queue import Waiting, first_of, is_judge, sheet_of, waiting_for
from lti_tool.review.work import (
    Opened,
    Reader,
    Standing,
    evidence_for,
    find_artifact,
    newest_work_of,
    open_work,
    teaches,
)
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.session import clock, find, here, reading, settings, transaction, visit

bp = Blueprint("review", __name__, url_prefix="/review")

Page = str | Response | tuple[str, int]


@bp.get("/")
@signed_in
def queue() -> Page:
    """What waits for me, oldest first."""
    with reading() as session:
        judge = is_judge(session, here(), now=clock())
        require(judge, "You are not appointed to judge in any program just now.")
        waiting = waiting_for(session, here(), now=clock())
        return _queue(waiting, after=request.args.get("after", ""))


def _queue(waiting: Sequence[Waiting], *, first: int | None = None, after: str = "") -> str:
    typed = request.args.get("page", "1")
    page = int(typed) if re.fullmatch(r"[0-9]{1,6}", typed) else 1
    return render_template(
        "review/queue.html", sheet=sheet_of(waiting, page=page, after=after), first=first
    )


def _on(work: Submission) -> Response:
    """To the queue, which offers what to judge next (S4-16)."""
    credential = work.enrolment.credential_version.credential
    return redirect(url_for(".queue", after=credential.public_id), 303)


def _reader() -> Reader:
    return Reader(person=here(), course_id=visit().course_id, role=visit().role)


def _opened(session: Session, public_id: str) -> Opened:
    return open_work(session, public_id, reader=_reader(), now=clock())


@bp.get("/<public_id>")
@signed_in
def work(public_id: str) -> Page:
    """The very work: the desk, the decision, or a page to read, by who asks."""
    with reading() as session:
        opened = _opened(session, public_id)
        if opened.standing is Standing.OWNER:
            return redirect(url_for("portfolio.submitted", public_id=public_id), 303)
        return _page(session, opened)


@bp.get("/of/<int:person_id>/<credential_id>")
@signed_in
def of(person_id: int, credential_id: str) -> Page:
    """What somebody last handed in for a credential: the question of a gradebook's column."""
    with reading() as session:
        part = request.args.get("part", "")
        public_id = newest_work_of(session, person_id, credential_id, part)
        if public_id is None:
            # Whether somebody has handed in is nobody's business but a judge's and their teacher's.
            require(
                person_id == here().id
                or is_judge(session, here(), now=clock())
                or teaches(session, person_id, _reader()),
                "This work is not yours to see.",
            )
            raise NotFound("Nothing has been handed in here yet.")
        _opened(session, public_id)
        return redirect(url_for(".work", public_id=public_id), 303)


@bp.get("/drafts/<int:person_id>/<credential_id>")
@signed_in
def draft(person_id: int, credential_id: str) -> Page:
    """What a learner shares with their coaches before it is submitted (S4-38)."""
    with reading() as session:
        learner, version, works = shared_drafts(
            session, person_id, credential_id, coach=here(), now=clock()
        )
        return render_template(
            "review/draft.html",
            learner=learner,
            version=version,
            works=works,
            credential_id=credential_id,
        )


@bp.get("/drafts/<int:person_id>/<credential_id>/artifacts/<artifact_id>")
@signed_in
def draft_artifact(person_id: int, credential_id: str, artifact_id: str) -> Page:
    """One file of a draft, for the same eyes."""
    with reading() as session:
        _, _, works = shared_drafts(session, person_id, credential_id, coach=here(), now=clock())
        for one in works:
            for artifact in one.kept:
                if artifact.public_id == artifact_id:
                    return send_artifact(artifact)
        raise NotFound("This draft has no such artifact.")


@bp.get("/of/<credential_id>")
@signed_in
def of_anybody(credential_id: str) -> Page:
    """What waits for a credential, where a gradebook has lost whose work it meant (T-134).

    Who judges nothing finds everybody they may follow on their home page.
    """
    with reading() as session:
        if not is_judge(session, here(), now=clock()):
            return redirect(url_for("home.show"), 303)
        credential = find(session, Credential, public_id=credential_id)
        waiting = first_of(
            waiting_for(session, here(), now=clock()),
            credential_id=credential.id,
            program_id=credential.program_id,
        )
        return _queue(waiting, first=credential.id)


def _page(session: Session, opened: Opened, *, fault: Refused | None = None) -> str:
    template = {
        Standing.ASSESS: "review/desk.html",
        Standing.DECIDE: "review/decide.html",
    }.get(opened.standing, "review/work.html")
    work = opened.work
    ratings = {}
    if opened.assessment is not None:
        ratings = {rating.criterion_id: rating for rating in opened.assessment.ratings}
    return render_template(
        template,
        work=work,
        opened=opened,
        assessment=opened.assessment,
        ratings=ratings,
        reached={
            criterion_id: rating.level_id
            for criterion_id, rating in ratings.items()
            if rating.level_id is not None
        },
        before=assessments.given_before(session, work, here())
        if opened.standing is Standing.ASSESS
        else {},
        comments={key: rating.comment for key, rating in ratings.items() if rating.comment},
        signs=prechecks.signs_of(work)
        if opened.standing is Standing.ASSESS and prechecks.may_give_back(session, work, here())
        else [],
        asks_meeting=opened.standing is Standing.READ and attempts.asks_meeting_after(work),
        meetings=attempts.meetings_of(session, work.enrolment)
        if opened.standing is Standing.READ
        else [],
        evidence={criterion.id: evidence_for(work, criterion) for criterion in work.part.criteria},
        shared=team_work.told(session, work),
        rated=sum(1 for rating in ratings.values() if rating.level_id is not None),
        all_met=bool(ratings)
        and all(rating.level is not None and rating.level.is_met for rating in ratings.values()),
        fault=fault,
        unrated={c.id for c in fault.unrated} if isinstance(fault, RatingsIncomplete) else set(),
        uncommented=(
            {c.id for c in fault.uncommented} if isinstance(fault, RatingsIncomplete) else set()
        ),
    )


@bp.post("/<public_id>/begin")
@signed_in
def begin(public_id: str) -> Page:
    """Open the work for assessing, so that no colleague starts on it too."""
    with transaction() as session:
        opened = _opened(session, public_id)
        assessments.begin(session, opened.work, assessor=here(), now=clock())
    return redirect(url_for(".work", public_id=public_id), 303)


def _given(work: Submission) -> Mapping[int, Given]:
    gifts = {}
    for criterion in work.part.criteria:
        level = request.form.get(f"level-{criterion.id}", "")
        gifts[criterion.id] = Given(
            level_number=int(level) if re.fullmatch(r"[0-9]{1,3}", level) else None,
            comment=request.form.get(f"comment-{criterion.id}", ""),
        )
    return gifts


def _mine(session: Session, opened: Opened) -> Assessment:
    require(
        opened.assessment is not None and opened.assessment.assessor_id == here().id,
        "Open the work for assessing first.",
    )
    assert opened.assessment is not None
    # A save while typing and the button right after it: one waits here for the other.
    session.refresh(opened.assessment, with_for_update=True)
    return opened.assessment


@bp.post("/<public_id>/ratings")
@signed_in
def rate(public_id: str) -> Page:
    """Keep the ratings; with *Recommend*, hand the work to an approver."""
    recommends = request.form.get("then") == "recommend"
    with transaction() as session:
        opened = _opened(session, public_id)
        assessment = _mine(session, opened)
        assessments.rate(assessment, _given(opened.work), note=request.form.get("note", ""))
        if recommends:
            session.flush()  # levels are read back by their ids
            try:
                assessments.recommend(session, assessment, now=clock())
            except RatingsIncomplete as fault:
                # What was written is kept all the same: the transaction ends well.
                return _page(session, opened, fault=fault), fault.status
        onward = _on(opened.work)
    if not recommends:
        if request.headers.get("X-Quiet"):
            return Response(status=204)
        flash("Saved. Nobody sees it until you recommend.")
        return redirect(url_for(".work", public_id=public_id), 303)
    flash("Recommended. An approver decides next; you need do nothing more.")
    return onward


@bp.post("/<public_id>/decision")
@signed_in
def decide(public_id: str) -> Page:
    """Approve, return to the learner, or send back to the assessor."""
    outcome = request.form.get("outcome", "")
    reason = request.form.get("reason", "")
    with transaction() as session:
        opened = _opened(session, public_id)
        assessment = opened.assessment
        if assessment is None:
            raise decisions.NotRecommended("This work is not assessed yet.")
        learner = opened.work.enrolment.person.name
        if outcome == Outcome.APPROVED:
            decisions.approve(
                session,
                assessment,
                approver=here(),
                base_url=settings().base_url,
                now=clock(),
            )
            words = f"Approved. {learner} will see the result in the LMS gradebook shortly."
        elif outcome == Outcome.RETURNED:
            following = decisions.return_to_learner(
                session, assessment, approver=here(), reason=reason, now=clock()
            )
            words = f"Returned. {learner} sees what is missing and can go on at once."
            if following is None:
                words = f"Returned. It was the last attempt the program allows; {learner} sees why."
        elif outcome == Outcome.SENT_BACK:
            try:
                decisions.send_back_to_assessor(
                    session, assessment, approver=here(), reason=reason, now=clock()
                )
            except ReasonMissing as fault:
                session.rollback()
                return _page(session, _opened(session, public_id), fault=fault), fault.status
            words = f"Sent back to {assessment.assessor.name} with your note."
        else:
            raise Refused("Choose to approve, to return, or to send back.")
        onward = _on(opened.work)
    flash(words)
    return onward


@bp.get("/<public_id>/artifacts/<artifact_id>")
@signed_in
def artifact(public_id: str, artifact_id: str) -> Page:
    """One file of the work, as an attachment, for whoever may see the work."""
    with reading() as session:
        opened = _opened(session, public_id)
        found = find_artifact(opened.work, artifact_id)
        return send_artifact(found)


@bp.post("/<public_id>/incomplete")
@signed_in
def give_back(public_id: str) -> Page:
    """Give work back unjudged because something is missing in it (S4-35, S6-03)."""
    not_found: dict[int, list[int]] = {}
    for value in request.form.getlist("sign"):
        if match := re.fullmatch(r"([0-9]{1,9})-([0-9]{1,3})", value):
            not_found.setdefault(int(match[1]), []).append(int(match[2]))
    words = {
        int(name.removeprefix("mend-")): said
        for name, said in request.form.items()
        if re.fullmatch(r"mend-[0-9]{1,9}", name)
    }
    with transaction() as session:
        opened = _opened(session, public_id)
        learner = opened.work.enrolment.person.name
        try:
            prechecks.give_back(
                session,
                opened.work,
                assessor=here(),
                not_found=not_found,
                words=words,
                now=clock(),
            )
        except prechecks.SignsMissing as fault:
            return _page(session, opened, fault=fault), fault.status
        onward = _on(opened.work)
    flash(f"Given back. {learner} sees what is missing; it does not count as an attempt.")
    return onward


@bp.post("/<public_id>/meeting")
@signed_in
def log_meeting(public_id: str) -> Page:
    """Note that a coach met the learner, which opens one more attempt (S6-12)."""
    with transaction() as session:
        opened = _opened(session, public_id)
        require(opened.standing is Standing.READ, "Somebody else has to note the meeting.")
        try:
            met_on = date.fromisoformat(request.form.get("met_on", ""))
        except ValueError:
            met_on = None
        try:
            attempts.log_meeting(
                session,
                opened.work.enrolment,
                met_on=met_on,
                words=request.form.get("words", ""),
                by=here(),
                now=clock(),
            )
        except attempts.MeetingRefused as fault:
            return _page(session, opened, fault=fault), fault.status
        learner = opened.work.enrolment.person.name
    flash(f"Noted. {learner} can submit once more.")
    return redirect(url_for(".work", public_id=public_id), 303)
