"""The page and the files of one award at its own address, for whoever may see it."""

from flask import render_template, request
from werkzeug.wrappers import Response

from lti_tool.badges import artwork, awards
from lti_tool.badges.models import Badge, Rendering, StackBadge
from lti_tool.badges.published import Published
from lti_tool.badges.views.answering import (
    CREDENTIAL_TYPES,
    HTML,
    ID,
    JWT,
    PNG,
    SVG,
    Page,
    answer,
    caching_of,
    own_documents,
)
from lti_tool.people.models import Person
from lti_tool.sharing import files, pages, snippets
from lti_tool.sharing.fresh_pages import FreshPages
from lti_tool.sharing.views.blueprint import bp, unlisted
from lti_tool.web.permissions import public
from lti_tool.web.session import clock, glancing, here_or_nobody, reading, settings

FRESH = FreshPages()
"""Pages this process made for strangers a moment ago."""

FOR_ANY_PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors *"
)
"""What the small page in other people's pages may do: show itself, wherever it is put."""


@bp.get(f"/badges/{ID}")
@public
def show(public_id: str) -> Page:
    """What this person demonstrated, and whether it is true: as a page, or as the credential."""
    accepted = request.accept_mimetypes.best_match([HTML, *CREDENTIAL_TYPES, JWT], HTML)
    with glancing() as session:
        person = here_or_nobody()
        award = awards.find_award(session, public_id, for_=person)
        published = own_documents(session)
        if accepted == HTML:
            page = _page(published, award, person)
            response = Response(page, content_type=f"{HTML}; charset=utf-8")
            response.headers["Cache-Control"] = caching_of(award)
        elif accepted == JWT:
            signed = published.signed(award, Rendering.OB3_JWT)
            response = answer(signed, JWT, cache=caching_of(award))
        else:
            signed = published.signed(award, Rendering.OB3_JSON)
            response = answer(signed, accepted, cache=caching_of(award))
        unlisted(response, award)
    response.vary.add("Accept")
    return response


def _page(published: Published, award: Badge, person: Person | None) -> str:
    """The page of an award; for a stranger one that was made a moment ago will do."""
    now = clock()
    is_stranger = person is None and not request.cookies and not request.query_string
    if is_stranger and (fresh := FRESH.find(award, now)):
        return fresh
    is_mine = person is not None and award.person_id == person.id
    page = pages.share_page(published, award, is_mine=is_mine, now=now)
    made = render_template("sharing/show.html", page=page)
    # A stack's page tells of its parts as well, which its own row knows nothing of.
    if is_stranger and page.is_signed and not isinstance(award, StackBadge):
        FRESH.keep(award, made, now)
    return made


@bp.get(f"/badges/{ID}.<any(json,jwt,png,svg,pdf,zip):form>")
@public
def file(public_id: str, form: str) -> Page:
    """One download: signed as JSON or JWT, inside a picture, on paper, or all there are.

    Whoever asks, it is the same: what the public face tells. Only a stack's record within the ZIP
    holds for its earner what is private as well.
    """
    with glancing() as session:
        award = awards.find_award(session, public_id, for_=here_or_nobody())
        published = own_documents(session)
        downloads = files.Downloads(published, award, settings().host, settings().zone)
        if form in ("pdf", "zip"):
            page = pages.share_page(published, award, is_mine=False, now=clock())
            if form == "pdf":
                body = downloads.paper(page, page.address)
            else:
                body = downloads.everything(page, page.address, for_=here_or_nobody())
        else:
            body = downloads.plain(form)
        return unlisted(answer(body, files.KINDS[form], cache=caching_of(award)), award)


@bp.get(f"/badges/{ID}/picture.svg")
@public
def picture(public_id: str) -> Page:
    """The badge's picture alone, for our own pages."""
    with reading() as session:
        award = awards.find_award(session, public_id, for_=here_or_nobody())
        drawn = artwork.svg(pages.picture(award))
        return unlisted(answer(drawn, SVG, cache=caching_of(award)), award)


@bp.get(f"/badges/{ID}/card.png")
@public
def card(public_id: str) -> Page:
    """The picture networks show when the page's address is posted."""
    with reading() as session:
        award = awards.find_award(session, public_id, for_=here_or_nobody())
        drawn = files.Downloads(
            own_documents(session), award, settings().host, settings().zone
        ).card()
        return unlisted(answer(drawn, PNG, cache=caching_of(award)), award)


@bp.get(f"/badges/{ID}/code.svg")
@public
def code(public_id: str) -> Page:
    """The page's address as a QR code."""
    with reading() as session:
        award = awards.find_award(session, public_id, for_=here_or_nobody())
        address = own_documents(session).addresses.award(award)
        drawn = snippets.qr_code(address)
        return unlisted(answer(drawn, SVG, cache=caching_of(award)), award)


@bp.get(f"/badges/{ID}/embed")
@public
def embed(public_id: str) -> Page:
    """The badge as a small page for any site to frame; the same for everybody who may see it."""
    with reading() as session:
        award = awards.find_award(session, public_id, for_=here_or_nobody())
        shown = pages.mine(award, own_documents(session).addresses)
        made = render_template("sharing/embed.html", badge=shown, award=award)
        response = Response(made, content_type=f"{HTML}; charset=utf-8")
        response.headers["Cache-Control"] = caching_of(award)
        response.headers["Content-Security-Policy"] = FOR_ANY_PAGE
        return unlisted(response, award)
