"""The mark of an issuer: seen by everybody, given and taken away by administrators."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.badges import artwork, issuers, marks
from lti_tool.badges.issuing import IssuerFaulty
from lti_tool.badges.models import Issuer
from lti_tool.badges.views.answering import A_LITTLE_WHILE, ONLY_THE_EARNER, PNG, answer
from lti_tool.errors import NotFound
from lti_tool.programs.pictures import LARGEST
from lti_tool.web.permissions import administrator, public
from lti_tool.web.session import clock, here, reading, transaction

bp = Blueprint("marks", __name__, url_prefix="/issuers")

Page = str | Response | tuple[str, int]


def _find(session: Session, slug: str) -> Issuer:
    issuer = issuers.find_issuer(session, slug)
    if issuer is None:
        raise NotFound("There is no issuer of this name.")
    return issuer


@bp.get("/<slug>/mark.png")
@public
def picture(slug: str) -> Page:
    """The mark as a picture, which its profile names."""
    with reading() as session:
        mark = _find(session, slug).mark
    if not mark:
        raise NotFound("This issuer has no mark.")
    return answer(artwork.mark_alone(mark), PNG, cache=A_LITTLE_WHILE)


@bp.get("/<slug>/mark")
@administrator
def show(slug: str) -> Page:
    """The mark as it is, how badges look with it, and the form for another."""
    with reading() as session:
        return _show(_find(session, slug))


def _show(issuer: Issuer, fault: IssuerFaulty | None = None) -> str:
    return render_template("badges/mark.html", issuer=issuer, fault=fault, most=LARGEST // 1024)


@bp.get("/<slug>/mark/sample.png")
@administrator
def sample(slug: str) -> Page:
    """A badge that nobody earns, with the mark on it."""
    with reading() as session:
        issuer = _find(session, slug)
        drawn = artwork.Artwork("How badges look", issuer.name, str(clock().year))
        drawn = replace(drawn, mark=issuer.mark, family=issuer.slug)
    return answer(artwork.png(drawn), PNG, cache=ONLY_THE_EARNER)


@bp.post("/<slug>/mark")
@administrator
def give(slug: str) -> Page:
    """Let the issuer's badges bear a mark."""
    upload = request.files.get("mark")
    data = upload.read(LARGEST + 1) if upload else b""
    with transaction() as session:
        issuer = _find(session, slug)
        try:
            marks.give(session, issuer, data, actor=here(), now=clock())
        except IssuerFaulty as fault:
            return _show(issuer, fault), 422
    flash("Kept. Badges bear it from now on, wherever their picture is fetched anew.")
    return redirect(url_for(".show", slug=slug), 303)


@bp.post("/<slug>/mark/remove")
@administrator
def remove(slug: str) -> Page:
    """Let the issuer's badges bear its name only."""
    with transaction() as session:
        marks.take_away(session, _find(session, slug), actor=here(), now=clock())
    flash("The mark is gone. Badges bear the name alone.")
    return redirect(url_for(".show", slug=slug), 303)
