"""The public catalogue: programs, one program, one credential. Anybody may read it (S1-22)."""

from flask import Blueprint, render_template, request

from lti_tool.programs import pages
from lti_tool.programs.catalogue import (
    credentials_of,
    current_credential_version,
    current_version,
    find_credential,
    find_program,
    offers,
)
from lti_tool.programs.finding import Wanted, fits, questions
from lti_tool.web.permissions import public
from lti_tool.web.session import reading

bp = Blueprint("programs", __name__, url_prefix="/programs")


@bp.get("/")
@public
def catalogue() -> str:
    """What can be earned here, and what of it is for me?"""
    wanted = Wanted.of(request.args)
    with reading() as session:
        found = offers(session)
        documents = [offer.document for offer in found]
        entries = [pages.entry(offer) for offer in found if fits(offer.document, wanted)]
    return render_template(
        "programs/catalogue.html",
        entries=entries,
        questions=questions(documents, wanted),
        wanted=wanted,
        count=len(found),
    )


@bp.get("/<slug>")
@public
def program(slug: str) -> str:
    """What is this program, and how does it go (S3-42)?"""
    with reading() as session:
        version = current_version(session, find_program(session, slug))
        page = pages.program(version, credentials_of(session, version))
    return render_template("programs/program.html", page=page)


@bp.get("/<slug>/<credential_slug>")
@public
def credential(slug: str, credential_slug: str) -> str:
    """Is this for me? Goal, requirements and the whole rubric before anything is begun (S3-22)."""
    with reading() as session:
        found = find_credential(session, credential_slug, slug)
        version = current_credential_version(session, found)
        return render_template(
            "programs/credential.html", page=pages.credential(version), version=version
        )
