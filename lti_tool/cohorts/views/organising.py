"""For a program's administrators: organisations, and which LMSs, courses and people are theirs."""

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from lti_tool.cohorts import organisations
from lti_tool.cohorts.models import Belonging, Organisation, OrganisationKind
from lti_tool.cohorts.views.blueprint import (
    KINDS,
    FieldRefused,
    Page,
    acting,
    bp,
    day,
    given,
    program_to_run,
    somebody,
    text,
)
from lti_tool.launch.models import Registration
from lti_tool.people.models import Course
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, find, here, reading


@bp.get("/run/<slug>/organisations")
@signed_in
def organisation_list(slug: str) -> Page:
    """Every organisation, and forms to add one and to say what belongs to it."""
    with reading() as session:
        return _page(session, slug)


def _page(session: Session, slug: str, fault: str = "") -> str:
    _, version = program_to_run(session, slug)
    belongings = session.scalars(
        select(Belonging)
        .options(joinedload(Belonging.registration), joinedload(Belonging.course))
        .order_by(Belonging.id)
    ).all()
    return render_template(
        "cohorts/organisations.html",
        offer=version,
        slug=slug,
        organisations=organisations.everything(session),
        belongings=belongings,
        platforms=session.scalars(select(Registration).order_by(Registration.name)).all(),
        courses=session.scalars(select(Course).order_by(Course.title, Course.id)).all(),
        kinds=KINDS,
        register=version.document.get("licence", {}).get("providers_register", {}),
        fault=fault,
        given=given(),
    )


@bp.post("/run/<slug>/organisations")
@signed_in
def organise(slug: str) -> Page:
    """Add an organisation, or say what or who belongs to one."""

    def act(session: Session) -> Response:
        program_to_run(session, slug)
        flash(_carried_out(session))
        return redirect(url_for(".organisation_list", slug=slug), 303)

    return acting(act, lambda session, words: _page(session, slug, words))


def _carried_out(session: Session) -> str:
    doing, now, actor = text("do"), clock(), here()
    if doing == "add":
        if text("kind") not in set(OrganisationKind):
            raise FieldRefused("Choose what kind of organization it is.")
        parent = text("parent")
        made = organisations.make(
            session,
            text("name"),
            OrganisationKind(text("kind")),
            parent=organisations.find(session, parent) if parent else None,
            actor=actor,
            now=now,
        )
        return f"{made.name} is here."
    home = organisations.find(session, text("organisation"))
    if doing == "move":
        return _moved(session, home)
    if doing == "register":
        organisations.register(
            session,
            home,
            name=text("register"),
            number=text("register_number"),
            until=day("registered_until", "Holds until"),
            actor=actor,
            now=now,
        )
        return f"The registration of {home.name} is kept."
    if doing == "platform":
        platform = find(session, Registration, id=_number("platform"))
        organisations.give_platform(session, platform, home, actor=actor, now=now)
        return f"Learners who come from {platform.name} are of {home.name}."
    if doing == "course":
        course = find(session, Course, id=_number("course"))
        organisations.give_course(session, course, home, actor=actor, now=now)
        return f"Learners of “{course.title}” are of {home.name}."
    person = somebody(session, text("who"))
    organisations.affiliate(session, person, home, now=now)
    return f"{person.name} is of {home.name}."


def _moved(session: Session, organisation: Organisation) -> str:
    chosen = text("within")
    within = organisations.find(session, chosen) if chosen else None
    organisations.move(session, organisation, within, actor=here(), now=clock())
    return f"{organisation.name} lies {f'in {within.name}' if within else 'within nothing else'}."


def _number(name: str) -> int:
    typed = text(name)
    if not (typed.isdecimal() and len(typed) < 10):
        raise FieldRefused("Choose one of the list.")
    return int(typed)
