"""What shall be placed in a course: the picker of a deep-linking question."""

from decimal import Decimal

from flask import g, render_template, url_for
from flask import request as http

from lti_tool.launch import deep_linking, picking
from lti_tool.launch.deep_linking import LEFT, NOT_TAKEN, Item, Question, Words
from lti_tool.launch.models import DeepLinkRequest
from lti_tool.launch.picking import DATES, Picked
from lti_tool.launch.products import habits_of
from lti_tool.launch.shelf import Board, shelf
from lti_tool.launch.views.blueprint import Page, bp
from lti_tool.web.pages import origin_of
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, house, reading, settings, visit


@bp.get("/choose")
@signed_in
def choose() -> Page:
    """The picker: whole programs, credentials, stages, and how they are placed."""
    with reading() as session:
        asked = deep_linking.find(session, visit().id, now=clock())
        return _picker(asked, shelf(session))


@bp.post("/choose")
@signed_in
def answer() -> Page:
    """Send what was picked to the LMS, by a form that the browser posts there."""
    with reading() as session:
        asked = deep_linking.find(session, visit().id, now=clock())
        question = Question.read(asked.settings)
        if not question.takes_links:
            return _send(asked, [], NOT_TAKEN)
        if "cancel" in http.form:
            return _send(asked, [], LEFT)
        boards = shelf(session)
        if "change" in http.form:
            return _picker(asked, boards, Picked())
        picked = _read(asked, boards)
        if picked.faults:
            return _picker(asked, boards, picked), 422
        if question.places_at_once and "confirmed" not in http.form:
            return render_template(
                "launch/confirm.html",
                links=picked.links,
                has_column=picking.has_column,
                kept=_kept(),
            )
        items = [
            deep_linking.item_for(placement, terms, base_url=settings().base_url)
            for placement, terms in picked.links
        ]
        return _send(asked, items)


def _picker(asked: DeepLinkRequest, boards: tuple[Board, ...], picked: Picked | None = None) -> str:
    """The picker, empty or as it was filled in."""
    picks = http.form.getlist("pick") if picked is not None else []
    return render_template(
        "launch/choose.html",
        question=Question.read(asked.settings),
        boards=boards,
        usual=settings().score_maximum,
        form=http.form if picked is not None else None,
        picks=picks,
        unfolded=picking.unfolded(picks),
        faults=picked.faults if picked is not None else {},
        dates=DATES,
        keeps_hints=_keeps_hints(asked),
        zone=settings().zone.key,
        lms=asked.deployment.registration.name,
    )


def _read(asked: DeepLinkRequest, boards: tuple[Board, ...]) -> Picked:
    return picking.read(
        http.form,
        http.form.getlist("pick"),
        question=Question.read(asked.settings),
        boards=boards,
        icons=_icons(boards),
        maximum=Decimal(settings().score_maximum),
        keeps_hints=_keeps_hints(asked),
        zone=settings().zone,
    )


def _keeps_hints(asked: DeepLinkRequest) -> bool:
    return habits_of(asked.deployment.registration).keeps_hints


def _icons(boards: tuple[Board, ...]) -> dict[str, str]:
    """The address of each credential's badge, which anybody may look at."""
    return {
        choice.public_id: settings().base_url
        + url_for(
            "badges.achievement_file", public_id=choice.public_id, number=choice.number, form="png"
        )
        for board in boards
        for choice in board.choices
    }


def _kept() -> list[tuple[str, str]]:
    """What was filled in, to be sent once more with the confirmation."""
    left_out = ("form_token", "change", "confirmed", "visit_token")
    return [(name, value) for name, value in http.form.items(multi=True) if name not in left_out]


def _send(asked: DeepLinkRequest, items: list[Item], words: Words | None = None) -> str:
    """The page that posts the signed answer, as a page of its own: no script may do it (T-096)."""
    question = Question.read(asked.settings)
    token = deep_linking.answer(
        asked,
        items,
        key=house().keyring.lti_key(),
        now=clock(),
        words=words or deep_linking.NO_WORDS,
    )
    g.form_targets = [origin_of(question.return_url)]
    return render_template(
        "launch/answer.html", address=question.return_url, token=token, count=len(items)
    )
