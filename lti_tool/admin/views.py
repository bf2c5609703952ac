"""Pages of tool administrators: sign in, platforms, launches, keys, appointments."""

from datetime import UTC, datetime, time, timedelta
from importlib.metadata import version

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask import request as http
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.admin import certification, clocks, launches
from lti_tool.admin import keys as key_pages
from lti_tool.admin.forms import SEATS, AppointmentForm
from lti_tool.admin.overview import overview as read_overview
from lti_tool.errors import NotFound, Refused
from lti_tool.keyring import Purpose, rotation
from lti_tool.launch import platforms
from lti_tool.launch.models import Deployment, DeploymentState, Registration
from lti_tool.launch.people_known import find_people, find_person
from lti_tool.launch.records import ACCEPTED
from lti_tool.people import sign_in_links
from lti_tool.people.audit import note
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
    house,
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
        return render_template("admin/overview.html", overview=read_overview(session, now=clock()))


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


# -- launches ----------------------------------------------------------------------------------


@bp.get("/launches")
@administrator
def find_launches() -> Page:
    """What became of launches, the newest first; refused ones unless all are asked for."""
    wanted = _wanted()
    with reading() as session:
        return render_template(
            "admin/launches.html",
            wanted=wanted,
            found=launches.find(session, wanted),
            lmss=launches.lmss(session),
            codes=sorted(launches.KNOWN_CAUSES),
            kept_days=settings().launch_record_days,
        )


def _wanted() -> launches.Wanted:
    """The search as it stands in the address; what makes no sense is not asked for."""
    outcome = http.args.get("outcome", launches.PROBLEMS)
    if outcome not in {launches.PROBLEMS, launches.ALL, ACCEPTED, *launches.KNOWN_CAUSES}:
        outcome = launches.PROBLEMS
    return launches.Wanted(
        lms=_number("lms"),
        outcome=outcome,
        text=http.args.get("q", "")[:100],
        before=_number("before"),
    )


def _number(name: str) -> int | None:
    given = http.args.get(name, "")
    is_number = given.isascii() and given.isdecimal() and len(given) < 10
    return int(given) if is_number else None


@bp.get("/launches/<int:record_id>")
@administrator
def show_launch(record_id: int) -> Page:
    """Why one launch was refused, who must act, and what to compare."""
    with reading() as session:
        found = launches.find_one(session, record_id, base_url=settings().base_url)
        return render_template(
            "admin/launch.html", found=found, off_by=clocks.as_words(found.line.record.skew or 0)
        )


@bp.get("/launches/<int:record_id>.txt")
@administrator
def launch_report(record_id: int) -> Page:
    """The same as plain text, to be sent to whoever runs the LMS."""
    with reading() as session:
        found = launches.find_one(session, record_id, base_url=settings().base_url)
    response = make_response(found.report)
    response.mimetype = "text/plain"
    return response


@bp.get("/platforms/<int:registration_id>/clock")
@administrator
def show_clock(registration_id: int) -> Page:
    """How far an LMS's clock was from ours, day by day."""
    now = clock()
    with reading() as session:
        registration = find(session, Registration, id=registration_id)
        days = clocks.days(session, registration_id, now)
        return render_template(
            "admin/clock.html",
            registration=registration,
            days=days,
            bars=clocks.bars(days, now.date()),
            present=clocks.present(session, now).get(registration_id),
            clocks=clocks,
        )


# -- keys --------------------------------------------------------------------------------------

ROTATE = '/keys/<any(lti, "badge-proof", "badge-jwt", "badge-jws"):purpose>/rotate'


@bp.get("/keys")
@administrator
def show_keys() -> Page:
    """Which keys sign, which follow, and which are published still."""
    page = key_pages.read(house().keyring, settings())
    return render_template("admin/keys.html", page=page, base_url=settings().base_url)


@bp.get(ROTATE)
@administrator
def ask_to_rotate(purpose: str) -> Page:
    """Say what follows from a rotation, before it is done."""
    page = key_pages.read(house().keyring, settings())
    return render_template(
        "admin/rotate.html",
        page=page,
        group=key_pages.group_of(page, Purpose(purpose)),
        signs_from=clock() + page.stage,
        base_url=settings().base_url,
    )


@bp.post(ROTATE)
@administrator
def rotate_key(purpose: str) -> Page:
    """Publish the next key of a purpose; or let it sign at once, where that was ticked."""
    at_once = "at_once" in http.form
    keyring = house().keyring
    with transaction() as session:
        row = rotation.rotate(
            session,
            keyring.folder,
            Purpose(purpose),
            pace=rotation.Pace.of(settings()),
            now=clock(),
            at_once=at_once,
        )
        note(
            session,
            "keys.rotate",
            f"key {row.kid}",
            actor=here(),
            now=clock(),
            purpose=purpose,
            at_once=at_once,
        )
    keyring.look()
    flash(
        "The next key signs from now on."
        if at_once
        else "The next key is published. It begins to sign by itself when its time has come."
    )
    return redirect(url_for(".show_keys"), 303)


# -- certification -----------------------------------------------------------------------------


@bp.get("/certification")
@administrator
def show_certification() -> Page:
    """What came of the newest run, or how far it is; and the button that begins one."""
    return _certification_page()


def _certification_page() -> Response:
    run = certification.read(certification.folder_of(settings()))
    response = make_response(render_template("admin/certification.html", run=run))
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/certification")
@administrator
def certify() -> Page:
    """Begin a run, in a process and on a database of its own."""
    if http.form.get("then") != "run":
        response = _certification_page()
        response.status_code = 422
        return response
    folder = certification.folder_of(settings())
    try:
        certification.begin(folder, version=version("cairn-lti"), now=clock())
    except certification.AlreadyRunning as refusal:
        flash(str(refusal))
    else:
        with transaction() as session:
            note(session, "certification.run", "certification", actor=here(), now=clock())
    return redirect(url_for(".show_certification"), 303)


@bp.get("/certification.txt")
@administrator
def certification_proof() -> Page:
    """The run as plain text, with the log that a certification asks for."""
    run = certification.read(certification.folder_of(settings()))
    if run is None:
        raise NotFound("There was no run yet.")
    response = make_response(certification.proof(run))
    response.mimetype = "text/plain"
    name = f"cairn-certification-{run.began_at:%Y%m%d-%H%M}.txt"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# -- people ------------------------------------------------------------------------------------


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
