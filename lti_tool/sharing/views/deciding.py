"""The earner decides: private or public, which work, which links; and takes the badge elsewhere."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.badges import awards, corrections
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Badge
from lti_tool.badges.views.answering import HTML, ID, ONLY_THE_EARNER, Page, own_documents
from lti_tool.errors import Refused
from lti_tool.sharing import evidence, links, pages, snippets, wallet
from lti_tool.sharing.models import Face
from lti_tool.sharing.outlets import outlets
from lti_tool.sharing.views.blueprint import bp, own_award
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, house, reading, settings, transaction


@bp.post(f"/badges/{ID}/share")
@signed_in
def share(public_id: str) -> Page:
    """Make my badge public."""
    with transaction() as session:
        awards.share(session, own_award(session, public_id), now=clock())
    flash("Your badge is public now: anybody who has its address can see it.")
    return redirect(_back(public_id), 303)


@bp.post(f"/badges/{ID}/stop-sharing")
@signed_in
def stop_sharing(public_id: str) -> Page:
    """Make my badge private again, everywhere at once."""
    with transaction() as session:
        links.stop_everything(session, own_award(session, public_id), now=clock())
    flash(
        "Your badge is private again, and every link to it has ended. Files that others saved "
        "before stay with them."
    )
    return redirect(_back(public_id), 303)


@bp.post(f"/badges/{ID}/credit")
@signed_in
def add_credit(public_id: str) -> Page:
    """Have my badge made anew, so that it says the credit that was decided after it was made."""
    with transaction() as session:
        award = own_award(session, public_id)
        try:
            public_id = corrections.add_credit(session, award, now=clock()).public_id
        except corrections.NothingWrong as nothing:
            flash(str(nothing))
        else:
            flash("Your badge is made anew and says its credit. It is private until you share it.")
    return redirect(url_for(".show", public_id=public_id), 303)


def _back(public_id: str) -> str:
    """To the page the form stood on."""
    is_sharing = request.form.get("from") == "sharing"
    return url_for(".sharing" if is_sharing else ".show", public_id=public_id)


@bp.get(f"/badges/{ID}/sharing")
@signed_in
def sharing(public_id: str) -> Page:
    """Who sees my badge, what they see of it, and what I take from here."""
    with reading() as session:
        return _sharing(session, own_award(session, public_id))


def _sharing(session: Session, award: Badge, *, fault: str = "", at: str = "") -> str:
    now, base = clock(), settings().base_url
    secret = house().settings.secret_key.get_secret_value()
    handed = wallet.give_pass(award.public_id, secret, now=now)
    exchange = base + url_for(".hand_to_wallet", wallet_pass=handed)
    every = links.links_of(session, award)
    return render_template(
        "sharing/sharing.html",
        badge=pages.mine(award, Addresses(base)),
        award=award,
        address=Addresses(base).award(award),
        pieces=evidence.pieces(session, award),
        open_links=[one for one in every if links.is_open(one, now)],
        ended_links=[one for one in every if not links.is_open(one, now)],
        link_address=base + url_for(".by_link", token="0" * 22).removesuffix("0" * 22),
        days=links.DAYS,
        usual_days=links.USUAL_DAYS,
        outlets=outlets(award, Addresses(base), exchange=exchange),
        wallet_code=snippets.qr_picture(snippets.wallet_link(exchange)),
        given=request.form,
        fault=fault,
        fault_at=at,
    )


@bp.get(f"/badges/{ID}/faces/<any(public,employer,full):face>")
@signed_in
def preview(public_id: str, face: str) -> Page:
    """My badge's page as others see it."""
    with reading() as session:
        award = own_award(session, public_id)
        page = pages.share_page(
            own_documents(session),
            award,
            is_mine=False,
            now=clock(),
            face=Face(face),
            is_preview=True,
        )
        made = render_template("sharing/show.html", page=page)
        response = Response(made, content_type=f"{HTML}; charset=utf-8")
    response.headers["Cache-Control"] = ONLY_THE_EARNER
    return response


@bp.post(f"/badges/{ID}/evidence")
@signed_in
def choose_evidence(public_id: str) -> Page:
    """Choose which of my work is shown behind links."""
    wishes = {
        name.removeprefix("piece-"): Face(value) if value in list(Face) else None
        for name, value in request.form.items()
        if name.startswith("piece-")
    }
    with transaction() as session:
        award = own_award(session, public_id)
        try:
            evidence.choose(session, award, wishes, now=clock())
        except evidence.NotToBeShown as refusal:
            return _sharing(session, award, fault=str(refusal), at="evidence"), refusal.status
    flash("Kept. Links show what you chose from now on.")
    return redirect(url_for(".sharing", public_id=public_id) + "#work", 303)


@bp.post(f"/badges/{ID}/links")
@signed_in
def make_link(public_id: str) -> Page:
    """Make a link for one reader."""
    with transaction() as session:
        award = own_award(session, public_id)
        try:
            links.make(
                session,
                award,
                face=request.form.get("face", ""),
                for_whom=request.form.get("for_whom", ""),
                days=request.form.get("days", ""),
                now=clock(),
            )
        except Refused as refusal:
            return _sharing(session, award, fault=str(refusal), at="link"), refusal.status
    flash("Your link is ready. Copy it from the list and send it yourself.")
    return redirect(url_for(".sharing", public_id=public_id) + "#links", 303)


@bp.post(f"/badges/{ID}/links/<int:link_id>/withdraw")
@signed_in
def withdraw_link(public_id: str, link_id: int) -> Page:
    """Take one link back."""
    with transaction() as session:
        links.withdraw(session, own_award(session, public_id), link_id, now=clock())
    flash("The link has ended. Files that were saved before stay with whoever saved them.")
    return redirect(url_for(".sharing", public_id=public_id) + "#links", 303)


@bp.post(f"/badges/{ID}/findable")
@signed_in
def be_found(public_id: str) -> Page:
    """Let search engines list my public page, or no longer."""
    is_wanted = request.form.get("found") == "yes"
    with transaction() as session:
        award = own_award(session, public_id)
        links.be_found(session, award, is_wanted=is_wanted, now=clock())
    flash(
        "Search engines may list your page while it is public."
        if is_wanted
        else "Search engines are asked to leave your page out."
    )
    return redirect(url_for(".sharing", public_id=public_id), 303)
