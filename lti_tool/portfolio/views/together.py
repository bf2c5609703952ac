"""What a team made together: shared by one, taken over by others with their own part (S6-18)."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound, Refused
from lti_tool.portfolio import artifacts, submissions, team_work
from lti_tool.portfolio.models import Submission
from lti_tool.portfolio.team_work import ContributionMissing, Offer
from lti_tool.portfolio.views.blueprint import Page, bp, store
from lti_tool.portfolio.workbench import enrolment_for_task
from lti_tool.programs.models import ArtifactRequirement
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, find, here, reading, transaction


@bp.get("/together/<int:requirement_id>")
@signed_in
def together(requirement_id: int) -> Page:
    """My artifacts for this that I may share, and what my teammates offer."""
    with reading() as session:
        return _page(session, requirement_id)


def _place(session: Session, requirement_id: int) -> tuple[Submission, ArtifactRequirement]:
    requirement = find(session, ArtifactRequirement, id=requirement_id)
    enrolment = enrolment_for_task(session, requirement.task_id, here())
    part = requirement.task.phase.part
    return submissions.submission_of(session, enrolment, part), requirement


def _page(session: Session, requirement_id: int, fault: Refused | None = None) -> str:
    work, requirement = _place(session, requirement_id)
    team = team_work.team_for(session, work.enrolment, requirement)
    return render_template(
        "portfolio/together.html",
        version=work.enrolment.credential_version,
        requirement=requirement,
        team=team,
        mine=[one for one in work.kept if one.requirement_id == requirement.id],
        words=team_work.own_words(session, work),
        offers=team_work.offers(session, work.enrolment, requirement),
        given=request.form,
        fault=str(fault) if fault else "",
    )


def _offer(session: Session, requirement_id: int, public_id: str) -> tuple[Submission, Offer]:
    work, requirement = _place(session, requirement_id)
    for offer in team_work.offers(session, work.enrolment, requirement):
        if offer.artifact.public_id == public_id:
            return work, offer
    raise NotFound("Nobody of your team offers this just now.")


@bp.post("/together/<int:requirement_id>/<public_id>")
@signed_in
def share_or_take(requirement_id: int, public_id: str) -> Page:
    """Share my artifact with my team, or take over a teammate's, each with a word on my part."""
    words = request.form.get("contribution", "")
    try:
        if request.form.get("then") == "take":
            with reading() as session:
                work, offer = _offer(session, requirement_id, public_id)
                artifacts.require_place(
                    session, work, find(session, ArtifactRequirement, id=requirement_id)
                )
                if not words.strip():
                    raise ContributionMissing("Say what you did for it, then take it over.")
            # No transaction is open while bytes are copied, as with uploads.
            key = team_work.copied_bytes(store(), offer.artifact)
            with transaction() as session:
                work, offer = _offer(session, requirement_id, public_id)
                requirement = find(session, ArtifactRequirement, id=requirement_id)
                team_work.take_over(
                    session, work, requirement, offer, words, file_key=key, now=clock()
                )
                task_id = requirement.task_id
            flash("It is in your work now. You answer for it, and you submit it yourself.")
            return redirect(url_for(".task", task_id=task_id), 303)
        with transaction() as session:
            team_work.offer(session, here(), public_id, words, now=clock())
        flash("Your team can take it over now.")
    except (ContributionMissing, artifacts.Enough, artifacts.NotOpenHere) as fault:
        with reading() as session:
            return _page(session, requirement_id, fault), fault.status
    return redirect(url_for(".together", requirement_id=requirement_id), 303)
