"""Pages on which an administrator gives out or erases what is kept about one person (T-135)."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask import request as http
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.errors import NotAllowed, NotFound
from lti_tool.launch import privacy_requests
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.people.roles import Role
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.privacy import erasure, export
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, here, reading, settings, transaction, visit

bp = Blueprint("privacy", __name__, url_prefix="/privacy")

Page = str | AnyResponse | tuple[str, int]

NOT_ASKED = (
    "Only an administrator sees what is kept about somebody: one of this tool, or one of the LMS"
    " who came here by its privacy launch for that person."
)
SEVERAL_LMSS = (
    "This person also comes from another LMS, for which you cannot speak. Whoever runs this tool"
    " can give out or erase what is kept about them."
)


@bp.get("/", strict_slashes=False)
@signed_in
def asked() -> Page:
    """The person whom the LMS named in its privacy launch."""
    with reading() as session:
        request = privacy_requests.of_visit(session, visit().id, now=clock())
        if request is None:
            raise NotFound(NOT_ASKED)
        if request.person_id is None:
            return render_template("privacy/nobody.html")
        return redirect(url_for(".person", person_id=request.person_id), 303)


@bp.get("/people/<int:person_id>")
@signed_in
def person(person_id: int) -> Page:
    """What is kept about one person, room by room, and the ways to give it out or erase it."""
    with reading() as session:
        found = _find(session, person_id)
        return render_template(
            "privacy/person.html",
            person=found,
            shelves=erasure.preview(session, found, now=clock()),
            is_administrator=_is_administrator(),
        )


@bp.post("/people/<int:person_id>/export")
@signed_in
def give_out(person_id: int) -> Page:
    """Everything as one ZIP, sent while it is made. A POST, since it is written down who asked."""
    with transaction() as session:
        found = _find(session, person_id)
        now = clock()
        told = export.tell(session, found, now=now)
        note(session, "privacy.export", f"person {found.id}", actor=here(), now=now)
    store = ArtifactStore(settings().evidence_url)
    response = Response(export.archive(told, store), mimetype=export.MEDIA_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=told.name)
    return response


@bp.get("/people/<int:person_id>/erase")
@signed_in
def ask_to_erase(person_id: int) -> Page:
    """What would go and what would stay, and the words to type."""
    with reading() as session:
        return _erasing(session, _find(session, person_id))


@bp.post("/people/<int:person_id>/erase")
@signed_in
def erase(person_id: int) -> Page:
    """Erase, once the words are typed; otherwise the page again with what was chosen."""
    with transaction() as session:
        found = _find(session, person_id)
        wanted = erasure.words_to_type(found)
        if " ".join(http.form.get("confirm", "").lower().split()) != wanted:
            return _erasing(session, found, fault=f"Type it as it stands here: {wanted}"), 422
        erasure.erase(
            session, found, keep_badges="keep_badges" in http.form, actor=here(), now=clock()
        )
    flash("Erased. Their files are taken away within a few minutes.")
    return redirect(url_for("admin.people" if _is_administrator() else ".asked"), 303)


def _erasing(session: Session, found: Person, *, fault: str = "") -> str:
    keep_badges = "keep_badges" in http.values
    return render_template(
        "privacy/erase.html",
        person=found,
        shelves=erasure.preview(session, found, now=clock(), keep_badges=keep_badges),
        keep_badges=keep_badges,
        words=erasure.words_to_type(found),
        typed=http.form.get("confirm", "")[:100],
        fault=fault,
        is_administrator=_is_administrator(),
    )


def _is_administrator() -> bool:
    return visit().role is Role.ADMINISTRATOR


def _find(session: Session, person_id: int) -> Person:
    """The person, for administrators of this tool, or of the LMS that asked about them just now."""
    if _is_administrator():
        return erasure.find_person(session, person_id)
    request = privacy_requests.of_visit(session, visit().id, now=clock())
    if request is None or request.person_id != person_id:
        raise NotAllowed(NOT_ASKED)
    if not privacy_requests.speaks_for_all(session, request):
        raise NotAllowed(SEVERAL_LMSS)
    return erasure.find_person(session, person_id)
