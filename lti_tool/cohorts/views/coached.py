"""For coaches and facilitators: the coaching log of a cohort, phase by phase."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.cohorts import coaching, forming
from lti_tool.cohorts.coaching import kinds_of
from lti_tool.cohorts.models import Coaching, Cohort
from lti_tool.cohorts.seats import may_coach
from lti_tool.cohorts.views.blueprint import (
    FieldRefused,
    Page,
    acting,
    bp,
    cohort_to_see,
    day,
    given,
    text,
)
from lti_tool.errors import NotFound
from lti_tool.programs import catalogue
from lti_tool.programs.models import CredentialVersion, ProgramVersion
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, here, reading

COACHING = {
    Coaching.ONE_TO_ONE: "One to one",
    Coaching.COHORT: "With the whole cohort",
    Coaching.ONLINE: "Online, with some",
    Coaching.INSTRUCTOR: "As instructor, with some",
}


@bp.get("/<public_id>/coaching")
@signed_in
def log(public_id: str) -> Page:
    """Who was coached in which phase, who was not yet, and the form to write a meeting down."""
    with reading() as session:
        return _log(session, public_id)


def _version(session: Session, cohort: Cohort) -> tuple[CredentialVersion, ProgramVersion]:
    """The credential of the address, or the first that can be begun."""
    program = catalogue.current_version(session, cohort.program)
    slug = request.values.get("credential", "")
    offered = [one for one in catalogue.credentials_of(session, program) if one.can_begin]
    if not slug and not offered:
        raise NotFound("Nothing of this program can be begun yet, so there is nothing to coach.")
    found = catalogue.find_credential(session, slug or offered[0].slug, cohort.program.slug)
    return catalogue.current_credential_version(session, found), program


def _log(session: Session, public_id: str, fault: str = "") -> str:
    cohort = cohort_to_see(session, public_id)
    version, program = _version(session, cohort)
    members = forming.members_of(session, cohort)
    return render_template(
        "cohorts/coaching.html",
        cohort=cohort,
        offer=program,
        version=version,
        credentials=[one for one in catalogue.credentials_of(session, program) if one.can_begin],
        members=members,
        beat=coaching.heartbeat(session, cohort, version, members),
        entries=coaching.entries_of(session, cohort),
        kinds={kind: COACHING[kind] for kind in kinds_of(program.document)},
        all_kinds=COACHING,
        may_write=may_coach(session, here(), cohort, now=clock()),
        chosen=set(request.form.getlist("learner")),
        fault=fault,
        given=given(),
    )


@bp.post("/<public_id>/coaching")
@signed_in
def write(public_id: str) -> Page:
    """Write one meeting down."""

    def act(session: Session) -> Response:
        cohort = cohort_to_see(session, public_id)
        version, _ = _version(session, cohort)
        met_on = day("met_on", "Day")
        if met_on is None or text("kind") not in set(Coaching):
            raise FieldRefused("Say on which day you met, and how.")
        chosen = set(request.form.getlist("learner"))
        coaching.write(
            session,
            cohort,
            version,
            phase=text("phase"),
            kind=Coaching(text("kind")),
            learners=[
                member.person
                for member in forming.members_of(session, cohort)
                if f"{member.person_id}" in chosen
            ],
            met_on=met_on,
            note_=text("note"),
            coach=here(),
            now=clock(),
        )
        flash("Written down. The participants you met can read it.")
        return redirect(
            url_for(".log", public_id=public_id, credential=version.credential.slug), 303
        )

    return acting(act, lambda session, words: _log(session, public_id, words))
