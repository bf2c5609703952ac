"""What a link shall open that says nothing about it: the page to choose on."""

from flask import redirect, render_template, url_for
from flask import request as http
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound
from lti_tool.launch.models import ResourceLink
from lti_tool.launch.shelf import placed, shelf
from lti_tool.launch.views.blueprint import Page, bp
from lti_tool.people.audit import note
from lti_tool.people.roles import CHOOSING
from lti_tool.programs.catalogue import find_credential, find_program
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.session import clock, here, reading, transaction, visit


@bp.get("/link")
@signed_in
def choose_for_link() -> Page:
    """What an unbound link shall open: a choice for those who build the course."""
    with reading() as session:
        link = _my_link(session)
        if visit().role not in CHOOSING:
            return render_template("launch/not_set_up.html", link=link)
        return render_template("launch/choose_for_link.html", link=link, boards=shelf(session))


@bp.post("/link")
@signed_in
def bind_link() -> Page:
    """Bind the link to what was chosen; everybody who follows it lands there from now on."""
    require(visit().role in CHOOSING, "Only people who build the course choose what a link opens.")
    with transaction() as session:
        link = _my_link(session)
        boards = shelf(session)
        chosen = placed(boards, http.form.getlist("pick"))
        if len(chosen) != 1:
            page = render_template(
                "launch/choose_for_link.html",
                link=link,
                boards=boards,
                fault="Choose what this link shall open.",
            )
            return page, 422
        one = chosen[0]
        link.program = find_program(session, one.program)
        link.credential = None
        if one.credential:
            link.credential = find_credential(session, one.credential, one.program)
        link.part_slug = one.part
        note(
            session,
            "launch.bind-link",
            f"resource-link {link.id}",
            actor=here(),
            now=clock(),
            opens="/".join(one.custom.values()),
        )
    return redirect(url_for("home.show"), 303)


def _my_link(session: Session) -> ResourceLink:
    link = session.get(ResourceLink, visit().resource_link_id or 0)
    if link is None:
        raise NotFound("You did not come here by a link of a course. Open one there first.")
    return link
