"""What shall be placed in a course, and what a link shall open: the pages to choose on."""

from flask import g, redirect, render_template, url_for
from flask import request as http
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound
from lti_tool.launch import deep_linking
from lti_tool.launch.deep_linking import Question
from lti_tool.launch.models import ResourceLink
from lti_tool.launch.problems import NOTHING_ACCEPTED
from lti_tool.launch.views.blueprint import Page, bp
from lti_tool.people.audit import note
from lti_tool.people.roles import CHOOSING
from lti_tool.programs.catalogue import (
    current_credential_version,
    current_version,
    find_credential,
    find_program,
    offers,
)
from lti_tool.web.pages import origin_of
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.session import clock, here, house, reading, settings, transaction, visit


@bp.get("/choose")
@signed_in
def choose() -> Page:
    """The picker of a deep-linking question: a whole program, or one or more credentials."""
    with reading() as session:
        question = Question.read(deep_linking.find(session, visit().id, now=clock()).settings)
        return render_template("launch/choose.html", question=question, offers=offers(session))


@bp.post("/choose")
@signed_in
def answer() -> Page:
    """Send what was picked to the LMS, by a form that the browser posts there."""
    with reading() as session:
        asked = deep_linking.find(session, visit().id, now=clock())
        question = Question.read(asked.settings)
        if "cancel" in http.form or not question.takes_links:
            items: list[deep_linking.Item] = []
        else:
            items = _picked(session, question)
            if not items or (len(items) > 1 and not question.takes_several):
                fault = "Pick one thing." if items else "Pick what this course shall offer."
                page = render_template(
                    "launch/choose.html", question=question, offers=offers(session), fault=fault
                )
                return page, 422
        errormsg = "" if question.takes_links else NOTHING_ACCEPTED.happened
        token = deep_linking.answer(
            asked, items, key=house().keyring.lti_key(), now=clock(), errormsg=errormsg
        )
    g.form_targets = [origin_of(question.return_url)]
    return render_template(
        "launch/answer.html", address=question.return_url, token=token, count=len(items)
    )


def _picked(session: Session, question: Question) -> list[deep_linking.Item]:
    """Content items for the picked slugs: `program:<slug>` and `credential:<program>/<slug>`."""
    items = []
    for choice in http.form.getlist("pick"):
        kind, _, slug = choice.partition(":")
        if kind == "program":
            version = current_version(session, find_program(session, slug))
            items.append(deep_linking.program_item(version, base_url=settings().base_url))
        else:
            program_slug, _, slug = slug.partition("/")
            credential = find_credential(session, slug, program_slug)
            items.append(
                deep_linking.credential_item(
                    current_credential_version(session, credential),
                    base_url=settings().base_url,
                    maximum=settings().score_maximum,
                    with_column=question.takes_columns,
                )
            )
    return items


@bp.get("/link")
@signed_in
def choose_for_link() -> Page:
    """What an unbound link shall open: a choice for those who build the course."""
    with reading() as session:
        link = _my_link(session)
        if visit().role not in CHOOSING:
            return render_template("launch/not_set_up.html", link=link)
        return render_template("launch/choose_for_link.html", link=link, offers=offers(session))


@bp.post("/link")
@signed_in
def bind_link() -> Page:
    """Bind the link to what was chosen; everybody who follows it lands there from now on."""
    require(visit().role in CHOOSING, "Only people who build the course choose what a link opens.")
    with transaction() as session:
        link = _my_link(session)
        kind, _, slug = http.form.get("pick", "").partition(":")
        if not slug:
            page = render_template(
                "launch/choose_for_link.html",
                link=link,
                offers=offers(session),
                fault="Choose what this link shall open.",
            )
            return page, 422
        program_slug, _, credential_slug = slug.partition("/")
        link.program = find_program(session, program_slug)
        link.credential = None
        if kind == "credential":
            link.credential = find_credential(session, credential_slug, program_slug)
        note(
            session,
            "launch.bind-link",
            f"resource-link {link.id}",
            actor=here(),
            now=clock(),
            opens=slug,
        )
    return redirect(url_for("home.show"), 303)


def _my_link(session: Session) -> ResourceLink:
    link = session.get(ResourceLink, visit().resource_link_id or 0)
    if link is None:
        raise NotFound("You did not come here by a link of a course. Open one there first.")
    return link
