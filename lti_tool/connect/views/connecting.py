"""The page *Connect your LMS*: three ways to register, and a platform on its way to be used."""

from flask import flash, redirect, render_template, url_for
from flask import request as http
from sqlalchemy.orm import Session

from lti_tool.connect import applications, invitations, progress
from lti_tool.connect.forms import HOSTED_CANVAS, IN_MOODLE, PRODUCTS, ByHandForm, SettingsForm
from lti_tool.connect.views.blueprint import Page, bp
from lti_tool.errors import NotFound, Refused
from lti_tool.launch import platforms
from lti_tool.launch.models import Deployment, DeploymentState, Product, Registration
from lti_tool.launch.products.wishes import (
    EXTRA_MESSAGES,
    EXTRA_SCOPES,
    MESSAGES,
    MISSED,
    SCOPES,
    wishes_of,
)
from lti_tool.web.permissions import administrator
from lti_tool.web.session import clock, find, here, reading, settings, transaction

LMSS = "any(canvas, moodle, other)"


@bp.get("/admin/connect")
@administrator
def start() -> Page:
    """Which LMS is it? And what is on its way already."""
    with reading() as session:
        return render_template(
            "connect/start.html",
            platforms=platforms.known_platforms(session),
            invitations=invitations.waiting(session, now=clock()),
        )


@bp.get(f"/admin/connect/<{LMSS}:lms>")
@administrator
def guide(lms: str) -> Page:
    """What to click in this LMS, by each of the three ways."""
    defaults = HOSTED_CANVAS if lms == "canvas" else {}
    return _guide(lms, ByHandForm(data=defaults))


def _guide(lms: str, form: ByHandForm, fault: str = "") -> str:
    product = _product(lms)
    base = settings().base_url
    if product is Product.MOODLE:
        form.speak(IN_MOODLE)
    return render_template(
        "connect/guide.html",
        lms=lms,
        called=PRODUCTS[product.value] if lms != "other" else "another LMS",
        form=form,
        fault=fault,
        addresses={
            "Login": f"{base}/lti/login",
            "Redirect": f"{base}/lti/launch",
            "Launch": f"{base}/lti/launch",
            "Key set": f"{base}/lti/jwks",
            "Icon": f"{base}/static/cairn.svg",
        },
        canvas_json=f"{base}/lti/canvas.json",
        title=applications.NAME,
        scopes={**SCOPES, **EXTRA_SCOPES},
        wishes=wishes_of(product),
    )


def _product(lms: str) -> Product:
    return Product.GENERIC if lms == "other" else Product(lms)


@bp.post(f"/admin/connect/<{LMSS}:lms>/invitation")
@administrator
def invite(lms: str) -> Page:
    """Make a registration address for the LMS's administrator."""
    with transaction() as session:
        made = invitations.make(
            session,
            settings(),
            approves_deployments="approves_deployments" in http.form,
            actor=here(),
            now=clock(),
        )
        public_id = made.invitation.public_id
    return redirect(url_for(".invitation", public_id=public_id, lms=lms), 303)


@bp.get("/admin/connect/invitations/<public_id>")
@administrator
def invitation(public_id: str) -> Page:
    """One registration address, what to do with it, and whether somebody has followed it."""
    with reading() as session:
        found = invitations.named(session, public_id)
        token = invitations.token_of(settings(), found)
        lms = http.args.get("lms", "")
        return render_template(
            "connect/invitation.html",
            invitation=found,
            address=invitations.address(settings(), token) if token else None,
            is_over=found.used_at is None and found.expires_at <= clock(),
            lms=lms if lms in {"canvas", "moodle"} else "other",
        )


@bp.post("/admin/connect/invitations/<public_id>/withdraw")
@administrator
def withdraw(public_id: str) -> Page:
    """Make a registration address worthless before its time."""
    with transaction() as session:
        invitations.withdraw(
            session, invitations.named(session, public_id), actor=here(), now=clock()
        )
    flash("Withdrawn. Nobody can register with that address any more.")
    return redirect(url_for(".start"), 303)


@bp.post(f"/admin/connect/<{LMSS}:lms>/by-hand")
@administrator
def by_hand(lms: str) -> Page:
    """Register a platform by the values its administrator copied: as `cairn platform add` does."""
    form = ByHandForm(http.form)
    if not form.validate():
        return _guide(lms, form), 422
    try:
        with transaction() as session:
            registration = platforms.add_platform(
                session,
                **form.facts(),  # type: ignore[arg-type]  # each is of its own kind
                product=_product(lms),
                http_allow=settings().lti_http_allow,
                actor=here(),
                now=clock(),
            )
            platforms.change(
                session,
                registration,
                settings=settings(),
                actor=here(),
                now=clock(),
                approves_deployments=bool(form.approves_deployments.data),
            )
            registration_id = registration.id
    except Refused as refusal:
        fault = "" if form.blame(str(refusal)) else str(refusal)
        return _guide(lms, form, fault), 422
    flash("Registered. The next step is a first launch.")
    return redirect(url_for(".platform", registration_id=registration_id), 303)


@bp.get("/admin/connect/platforms/<int:registration_id>")
@administrator
def platform(registration_id: int) -> Page:
    """One platform: from registered, by its first launch, to a check of its health."""
    with reading() as session:
        registration = _registration(session, registration_id)
        return render_template(
            "connect/platform.html",
            progress=progress.of(session, registration, now=clock()),
            products=PRODUCTS,
            scopes={**SCOPES, **EXTRA_SCOPES},
            messages={**MESSAGES, **EXTRA_MESSAGES},
            missed=MISSED,
        )


def _registration(session: Session, registration_id: int) -> Registration:
    return find(session, Registration, id=registration_id)


@bp.post(
    "/admin/connect/platforms/<int:registration_id>/deployments/<int:deployment_pk>"
    "/<any(approve, block):act>"
)
@administrator
def decide(registration_id: int, deployment_pk: int, act: str) -> Page:
    """Let a deployment in, or keep it out, and stay on the platform's page."""
    state = DeploymentState.ACTIVE if act == "approve" else DeploymentState.BLOCKED
    with transaction() as session:
        deployment = find(session, Deployment, id=deployment_pk)
        if deployment.registration_id != registration_id:
            raise NotFound("This deployment belongs to another platform.")
        platforms.decide(session, deployment, state, actor=here(), now=clock())
    flash(
        "Approved. People can open Cairn from there at once."
        if state is DeploymentState.ACTIVE
        else "Blocked. Nobody gets in from there until you approve it."
    )
    return redirect(url_for(".platform", registration_id=registration_id), 303)


@bp.get("/admin/connect/platforms/<int:registration_id>/settings")
@administrator
def change(registration_id: int) -> Page:
    """What a registration is called, and what it and its deployments may do beyond the rule."""
    with reading() as session:
        row = _registration(session, registration_id)
        values = {"product": row.product.value, "extra_audiences": "\n".join(row.extra_audiences)}
        return _settings_page(session, row, SettingsForm(obj=row, data=values))


def _settings_page(session: Session, row: Registration, form: SettingsForm) -> str:
    return render_template(
        "connect/settings.html", row=row, form=form, deployments=_deployments(session, row)
    )


def _deployments(session: Session, row: Registration) -> list[Deployment]:
    return [one for one in platforms.deployments(session) if one.registration_id == row.id]


@bp.post("/admin/connect/platforms/<int:registration_id>/settings")
@administrator
def save_change(registration_id: int) -> Page:
    """Keep them."""
    form = SettingsForm(http.form)
    with transaction() as session:
        row = _registration(session, registration_id)
        if not form.validate():
            return _settings_page(session, row, form), 422
        if form.legacy and form.legacy[0] == "" and not row.legacy_key:
            legacy = None
        else:
            legacy = form.legacy
        try:
            platforms.change(
                session,
                row,
                settings=settings(),
                actor=here(),
                now=clock(),
                name=(form.name.data or "").strip(),
                product=Product(form.product.data),
                auth_audience=(form.auth_audience.data or "").strip(),
                extra_audiences=form.audiences,
                sub_may_be_number=bool(form.sub_may_be_number.data),
                approves_deployments=bool(form.approves_deployments.data),
                legacy=legacy,
            )
        except Refused as refusal:
            session.rollback()
            form.blame(str(refusal))
            return _settings_page(session, _registration(session, registration_id), form), 422
        for one in _deployments(session, row):
            platforms.change_deployment(
                session,
                one,
                actor=here(),
                now=clock(),
                allow_anonymous=f"anonymous-{one.id}" in http.form,
                assistants_grade=f"assistants-{one.id}" in http.form,
            )
    flash("Saved.")
    return redirect(url_for(".platform", registration_id=registration_id), 303)
