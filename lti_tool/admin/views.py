"""Pages of tool administrators: sign in, platforms, deployments, appointments."""

from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask import request as http
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.admin.forms import SEATS, AppointmentForm
from lti_tool.admin.overview import overview as read_overview
from lti_tool.errors import NotFound, Refused
from lti_tool.launch import platforms
from lti_tool.launch.models import Deployment, DeploymentState
from lti_tool.launch.people_known import find_people, find_person
from lti_tool.people import sign_in_links
from lti_tool.people.roles import Role, Seat
from lti_tool.programs import appointments
from lti_tool.programs.catalogue import find_program, offers
from lti_tool.programs.models import Appointment
from lti_tool.web.permissions import administrator, public
from lti_tool.web.session import (
    begin_visit,
    clock,
    find,
    here,
    reading,
    set_visit_cookie,
    settings,
    transaction,
)

bp = Blueprint("admin", __name__, url_prefix="/admin")

Page = str | Response | tuple[str, int]


class LinkUsedUp(Refused):
    """A sign-in link was used before, or half an hour has passed."""

    status = 401


USED_UP = "This link was used already or is older than half an hour. Make another: cairn admin link"


@bp.get("/sign-in/<token>")
@public
def sign_in(token: str) -> Page:
    """Show a button: mail scanners follow links, but they press no buttons."""
    with reading() as session:
        if not sign_in_links.is_good(session, token, now=clock()):
            raise LinkUsedUp(USED_UP)
    response = make_response(render_template("admin/sign_in.html", token=token))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.post("/sign-in/<token>")
@public
def use_sign_in(token: str) -> Page:
    """Use the link up and begin the administrator's visit."""
    with transaction() as session:
        person = sign_in_links.use(session, token, now=clock())
        if person is None:
            raise LinkUsedUp(USED_UP)
        _, visit_token = begin_visit(session, person=person, role=Role.ADMINISTRATOR, now=clock())
    response = make_response(redirect(url_for(".overview"), 303))
    set_visit_cookie(response, visit_token)
    return response


@bp.get("/", strict_slashes=False)
@administrator
def overview() -> Page:
    """Is everything connected? What needs somebody stands first."""
    with reading() as session:
        return render_template("admin/overview.html", overview=read_overview(session))


@bp.post("/deployments/<int:deployment_pk>/<any(approve, block):act>")
@administrator
def decide(deployment_pk: int, act: str) -> Page:
    """Let a deployment in, or keep it out."""
    state = DeploymentState.ACTIVE if act == "approve" else DeploymentState.BLOCKED
    with transaction() as session:
        deployment = find(session, Deployment, id=deployment_pk)
        platforms.decide(session, deployment, state, actor=here(), now=clock())
        name = deployment.registration.name
    flash(
        f"Approved. People can open the tool from {name} at once."
        if state is DeploymentState.ACTIVE
        else f"Blocked. Nobody gets in from this deployment of {name} until you approve it."
    )
    return redirect(url_for(".overview"), 303)


@bp.get("/people")
@administrator
def people() -> Page:
    """Find somebody, to see or change what they are appointed to."""
    text = http.args.get("q", "")[:100]
    with reading() as session:
        found = find_people(session, text, now=clock())
        return render_template("admin/people.html", text=text, found=found, seats=SEATS)


@bp.get("/people/<int:person_id>")
@administrator
def person(person_id: int) -> Page:
    """One person: their accounts, their seats, and a form to appoint them."""
    with reading() as session:
        return _person_page(session, person_id, AppointmentForm())


def _person_page(session: Session, person_id: int, form: AppointmentForm) -> str:
    form.program.choices = {offer.slug: offer.title for offer in offers(session)}
    known = find_person(session, person_id, now=clock())
    return render_template("admin/person.html", known=known, form=form, seats=SEATS)


@bp.post("/people/<int:person_id>")
@administrator
def appoint(person_id: int) -> Page:
    """Appoint somebody to a seat in a program, until a day or open-ended."""
    form = AppointmentForm(http.form)
    with transaction() as session:
        known = find_person(session, person_id, now=clock())
        form.program.choices = {offer.slug: offer.title for offer in offers(session)}
        if not form.validate():
            return _person_page(session, person_id, form), 422
        until = None
        if form.last_day is not None:
            following = form.last_day + timedelta(days=1)
            until = datetime.combine(following, time.min, settings().zone).astimezone(UTC)
        try:
            appointments.appoint(
                session,
                known.person,
                find_program(session, form.program.data),
                Seat(form.seat.data),
                until=until,
                actor=here(),
                now=clock(),
            )
        except appointments.AlreadyOver as refusal:
            form.until.errors = [str(refusal)]
            return _person_page(session, person_id, form), 422
        name = known.person.name
    flash(f"{name} is appointed.")
    return redirect(url_for(".person", person_id=person_id), 303)


@bp.post("/people/<int:person_id>/appointments/<int:appointment_id>/end")
@administrator
def end_appointment(person_id: int, appointment_id: int) -> Page:
    """End an appointment at once; what was judged stays judged."""
    with transaction() as session:
        appointment = find(session, Appointment, id=appointment_id)
        if appointment.person_id != person_id:
            raise NotFound("This appointment belongs to somebody else.")
        appointments.end(session, appointment, actor=here(), now=clock())
    flash("Ended. What was judged before stays as it is.")
    return redirect(url_for(".person", person_id=person_id), 303)
