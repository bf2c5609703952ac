"""What one reader is given behind a link of theirs, and what a wallet fetches."""

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool.badges import artwork
from lti_tool.badges.models import Badge, Rendering
from lti_tool.badges.views.answering import (
    HTML,
    ONLY_THE_EARNER,
    SVG,
    Page,
    answer,
    own_documents,
)
from lti_tool.portfolio.views import send_artifact
from lti_tool.sharing import evidence, files, links, pages, wallet
from lti_tool.sharing.views.blueprint import UNLISTED, bp
from lti_tool.web.permissions import public
from lti_tool.web.session import (
    clock,
    find,
    house,
    reading,
    recall_visit,
    settings,
    transaction,
)

TOKEN = "<string(length=22):token>"  # noqa: S105  a pattern, not a secret


def _to_one_reader(response: Response) -> Response:
    """The address is the key: nobody keeps the page, lists it, or is told where a click came from.

    A school's proxy, a search engine or the next site would otherwise hold the key as well.
    """
    response.headers["Cache-Control"] = ONLY_THE_EARNER
    response.headers["X-Robots-Tag"] = UNLISTED
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get(f"/badges/for/{TOKEN}")
@public
def by_link(token: str) -> Page:
    """The page behind a link; that it was opened is counted, unless its earner did."""
    now = clock()
    with transaction(durable=False) as session:
        link = links.open_link(session, token, now=now)
        award = link.award
        page = pages.share_page(
            own_documents(session), award, is_mine=False, now=now, face=link.face, token=token
        )
        made = render_template("sharing/show.html", page=page)
        visit = recall_visit()
        if request.method == "GET" and (visit is None or visit.person_id != award.person_id):
            links.count_view(session, link, now=now)
    return _to_one_reader(Response(made, content_type=f"{HTML}; charset=utf-8"))


@bp.get(f"/badges/for/{TOKEN}/badge.<any(json,jwt,png,svg,pdf,zip):form>")
@public
def file_by_link(token: str, form: str) -> Page:
    """One download behind a link, so that the badge can be checked while its page is private."""
    now = clock()
    with reading() as session:
        link = links.open_link(session, token, now=now)
        award = link.award
        published = own_documents(session)
        downloads = files.Downloads(published, award, settings().host, settings().zone)
        if form in ("pdf", "zip"):
            page = pages.share_page(
                published, award, is_mine=False, now=now, face=link.face, token=token
            )
            address = settings().base_url + url_for(".by_link", token=token)
            make = downloads.paper if form == "pdf" else downloads.everything
            body = make(page, address)
        else:
            body = downloads.plain(form)
    return _to_one_reader(answer(body, files.KINDS[form]))


@bp.get(f"/badges/for/{TOKEN}/picture.svg")
@public
def picture_by_link(token: str) -> Page:
    """The badge's picture, for the page behind a link."""
    with reading() as session:
        award = links.open_link(session, token, now=clock()).award
        drawn = artwork.svg(pages.picture(award))
    return _to_one_reader(answer(drawn, SVG))


@bp.get(f"/badges/for/{TOKEN}/artifacts/<string(length=22):artifact_id>")
@public
def work_by_link(token: str, artifact_id: str) -> Page:
    """A file of the work its maker chose to show behind this link, as an attachment."""
    with reading() as session:
        link = links.open_link(session, token, now=clock())
        found = evidence.find_shown(session, link.award, link.face, artifact_id)
        return _to_one_reader(send_artifact(found))


@bp.post("/badges/wallet/<wallet_pass>")
@public
def hand_to_wallet(wallet_pass: str) -> Page:
    """A VC-API exchange for a wallet: it asks nothing, and hands over the badge of the pass."""
    secret = house().settings.secret_key.get_secret_value()
    with reading() as session:
        public_id = wallet.badge_of(wallet_pass, secret, now=clock())
        award = find(session, Badge, public_id=public_id, erased_at=None)
        signed = own_documents(session).signed(award, Rendering.OB3_JSON)
    return answer(wallet.presentation(signed), "application/json", cache=ONLY_THE_EARNER)
