"""Badges the earner brings from elsewhere: handed in, looked at, looked at again, let go."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.badges.views.answering import ALONE, ID, ONLY_THE_EARNER, Page, own_documents
from lti_tool.holdings import archives, keeping, looking, rechecking
from lti_tool.holdings.keeping import Became
from lti_tool.people.models import Person
from lti_tool.sharing import held_badges
from lti_tool.sharing.views.blueprint import bp
from lti_tool.stacks import elsewhere as towards
from lti_tool.verification import kept_reports
from lti_tool.verification.report import Report
from lti_tool.verification.sources import MOST_LOOK_UPS, World
from lti_tool.web.permissions import signed_in
from lti_tool.web.restraint import MOST_A_MINUTE, one_turn, restrain_tries
from lti_tool.web.session import clock, here, reading, settings, transaction

MOST_OF_AN_ARCHIVE = 64
"""Addresses that all badges of one archive may lead to, within the time one badge has."""

WORDS = {
    Became.ADDED: "Kept. Only you see it; it is looked at again from time to time.",
    Became.REPLACED: "Kept in place of the older copy you had. Where"
    " that one counted towards a stack, an approver looks at this one first.",
    Became.SAME: "You keep this badge already. It was looked at again.",
}


@bp.get("/badges/elsewhere")
@signed_in
def bring() -> Page:
    """Bring a badge I earned elsewhere: the form."""
    return _form()


def _form(*, fault: str = "", report: Report | None = None) -> str:
    with reading():
        return render_template(
            "sharing/bring.html",
            fault=fault,
            report=report,
            given=request.form,
            address=here().email,
        )


@bp.post("/badges/elsewhere")
@signed_in
def brought() -> Page:
    """Look at what I bring, and keep it where it holds."""
    restrain_tries("verify", most=MOST_A_MINUTE)  # before an upload is read
    words = {name: request.form.get(name, "").strip() for name in ("pasted", "address")}
    upload = request.files.get("badge")
    data = upload.read(archives.LARGEST_ARCHIVE + 1) if upload else b""
    if archives.is_archive(data):
        return _from_archive(data)
    try:
        with one_turn(), reading() as session:
            seen = looking.look_at(
                data,
                words["pasted"] or words["address"],
                _world(session),
                person=here(),
                own=settings().base_url,
                now=clock(),
                made_out_to=request.form.get("made_out_to", ""),
            )
        with transaction() as session:
            me = session.get_one(Person, here().id)
            held = keeping.hold(session, me, seen, now=clock())
            public_id = held.badge.public_id
    except looking.NotHeld as refusal:
        return _form(fault=str(refusal), report=refusal.report), refusal.status
    flash(WORDS[held.became])
    return redirect(url_for(".held", public_id=public_id), 303)


def _from_archive(data: bytes) -> Page:
    """Look at every badge of a ZIP, keep what holds, and tell what became of each."""
    made_out_to = request.form.get("made_out_to", "")
    try:
        # Taking it apart needs memory, and asking others needs time: few do either at once.
        with one_turn(), reading() as session:
            tried = list(
                archives.look_at_all(
                    archives.badges_in(data),
                    _world(session, most=MOST_OF_AN_ARCHIVE),
                    person=here(),
                    own=settings().base_url,
                    now=clock(),
                    made_out_to=made_out_to,
                )
            )
    except looking.NotHeld as refusal:
        return _form(fault=str(refusal)), refusal.status
    with transaction() as session:
        me = session.get_one(Person, here().id)
        became = [_kept(session, me, one) for one in tried]
    return render_template("sharing/brought.html", became=became)


def _kept(session: Session, me: Person, one: archives.Tried) -> dict[str, object]:
    """What became of one badge of an archive, for the page that lists them."""
    told: dict[str, object] = {"name": one.inside.title, "issuer": one.inside.issuer}
    if one.seen is None:
        is_ours = isinstance(one.refusal, looking.AwardedHere)
        return told | {"why": str(one.refusal), "is_ours": is_ours}
    try:
        held = keeping.hold(session, me, one.seen, now=clock())
    except looking.NotHeld as refusal:
        return told | {"why": str(refusal)}
    return told | {
        "public_id": held.badge.public_id,
        "became": held.became,
        "state": held_badges.standing(held.badge),
    }


def _world(session: Session, most: int = MOST_LOOK_UPS) -> World:
    return World(own=own_documents(session), allow=tuple(settings().lti_http_allow), most=most)


@bp.get(f"/badges/elsewhere/{ID}")
@signed_in
def held(public_id: str) -> Page:
    """One badge from elsewhere, with every check of the last look at it."""
    with reading() as session:
        found = keeping.find(session, public_id, of=here())
        made = render_template(
            "sharing/held.html",
            badge=found,
            report=kept_reports.from_json(found.report),
            uses=towards.uses_of(session, [found]).get(found.id, []),
            file_name=held_badges.file_name(found),
        )
    response = Response(made, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = ONLY_THE_EARNER
    return response


@bp.get(f"/badges/elsewhere/{ID}/file")
@signed_in
def held_file(public_id: str) -> Page:
    """The badge as I brought it, for me to save; no browser runs it."""
    with reading() as session:
        found = keeping.find(session, public_id, of=here())
        response = Response(found.content, mimetype=held_badges.media_type(found.content))
        name = held_badges.file_name(found)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = ONLY_THE_EARNER
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = ALONE
    return response


@bp.post(f"/badges/elsewhere/{ID}/look")
@signed_in
def look_again(public_id: str) -> Page:
    """Look at it again now: what its issuer revokes is seen here too."""
    restrain_tries("verify", most=MOST_A_MINUTE)
    with one_turn(), reading() as session:
        found = keeping.find(session, public_id, of=here())
        number, seen = found.id, rechecking.look(found, _world(session), now=clock())
    with transaction() as session:
        rechecking.keep(session, number, seen, now=clock())
    flash("It was looked at again just now.")
    return redirect(url_for(".held", public_id=public_id), 303)


@bp.post(f"/badges/elsewhere/{ID}/remove")
@signed_in
def remove_held(public_id: str) -> Page:
    """Let it go, and with it what it was handed in for."""
    with transaction() as session:
        found = keeping.find(session, public_id, of=here())
        towards.let_go(session, found, now=clock())
        keeping.remove(session, found, now=clock())
    flash("Removed. The files you saved elsewhere stay as they are.")
    return redirect(url_for(".mine", _anchor="elsewhere"), 303)
