"""Links for one reader: what they show, whom they serve, and when they end."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select, update

from lti_tool.database import sessions
from lti_tool.sharing import evidence
from lti_tool.sharing.models import EvidenceChoice, Face, ShareLink
from lti_tool.web.session import clock
from tests.counting import Counted
from tests.sharing.showcase import FILED, WORDS, Showcase, showcase

FILES = ("", "/picture.svg", *(f"/badge.{form}" for form in ("json", "jwt", "png", "svg", "pdf")))


@pytest.fixture
def shown(app: Flask, engine: Engine) -> Showcase:
    return showcase(app, engine)


def test_each_face_shows_what_was_chosen_for_it_and_no_byte_more(shown: Showcase) -> None:
    shown.choose(essay=Face.EMPLOYER, walk=Face.EMPLOYER, plan=Face.FULL, site=Face.FULL)
    shown.shown.share()
    stranger = shown.shown.stranger()
    faces = {
        "public": "",
        **{face.value: shown.link(face).token for face in (Face.EMPLOYER, Face.FULL)},
    }

    told = {}
    for face, token in faces.items():
        base = f"/badges/for/{token}" if token else shown.path
        ends = FILES if token else ("", ".json", ".jwt", ".svg", "/embed", "/picture.svg")
        answers = [stranger.get(base + end) for end in ends]
        assert {answer.status_code for answer in answers} == {200}, face
        if token:
            answers.append(stranger.get(f"{base}/artifacts/{shown.pieces['walk']}"))
            answers.append(stranger.get(f"{base}/artifacts/{shown.pieces['plan']}"))
        bytes_told = b"".join(answer.data for answer in answers)
        looked_for = {**WORDS, "walk": FILED.decode(), "site": "class.example"}
        told[face] = {name for name, words in looked_for.items() if words.encode() in bytes_told}
        assert b"Okafor" not in bytes_told

    assert told == {
        "public": set(),
        "employer": {"essay", "walk"},
        "full": {"essay", "walk", "plan", "site"},
    }


@pytest.mark.row("S3-09")
@pytest.mark.row("S6-23")
@pytest.mark.parametrize("name", ["bias", "video"])
def test_what_is_private_or_shows_people_unasked_can_never_be_chosen(
    shown: Showcase, name: str
) -> None:
    """Nor is it shown where a row says so all the same."""
    page = shown.ada().post("/evidence", **{f"piece-{shown.pieces[name]}": "full"})

    assert page.status_code == 422
    assert "cannot be shown" in page.text
    with sessions(shown.shown.engine).begin() as session:
        assert session.scalars(select(EvidenceChoice)).all() == []
    shown.choose(unchosen=Face.FULL)
    with sessions(shown.shown.engine).begin() as session:
        award = shown.award(session)
        forced = next(
            piece.artifact.id
            for piece in evidence.pieces(session, award)
            if piece.artifact.public_id == shown.pieces[name]
        )
        session.execute(update(EvidenceChoice).values(artifact_id=forced))
    token = shown.link(Face.FULL).token
    assert WORDS[name] not in shown.shown.stranger().get(f"/badges/for/{token}").text


def test_a_link_serves_while_the_badge_is_private_and_keeps_to_its_reader(
    shown: Showcase,
) -> None:
    token = shown.link(Face.EMPLOYER).token
    stranger = shown.shown.stranger()

    page = stranger.get(f"/badges/for/{token}")

    assert page.status_code == 200
    assert "Checked just now: genuine and in force" in page.text
    assert stranger.get(shown.path).status_code == 404
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "og:" not in page.text
    assert f'"{shown.path}' not in page.text.replace(f"<code>http://localhost:8000{shown.path}", "")


def test_opening_is_counted_unless_its_earner_opens_it(shown: Showcase) -> None:
    token = shown.link(Face.EMPLOYER).token
    for visitor in (shown.shown.stranger(), shown.ada().client, shown.ivan().client):
        visitor.get(f"/badges/for/{token}")

    assert "opened 2 times" in shown.ada().get("/sharing").text


def test_its_earner_sees_each_face_as_others_will(shown: Showcase) -> None:
    shown.choose(essay=Face.EMPLOYER, plan=Face.FULL)

    seen = {face: shown.ada().get(f"/faces/{face}") for face in Face}

    assert {page.mimetype for page in seen.values()} == {"text/html"}
    assert {face for face, page in seen.items() if WORDS["essay"] in page.text} == {
        Face.EMPLOYER,
        Face.FULL,
    }
    assert {face for face, page in seen.items() if WORDS["plan"] in page.text} == {Face.FULL}
    assert "Share this badge" not in "".join(page.text for page in seen.values())


@pytest.mark.parametrize("end", ["expired", "taken back", "stopped", "stopped by the page"])
def test_an_ended_link_leads_nowhere_and_does_not_say_why(shown: Showcase, end: str) -> None:
    shown.choose(walk=Face.EMPLOYER)
    link = shown.link(Face.EMPLOYER)
    addresses = [f"/badges/for/{link.token}{file}" for file in (*FILES, "/badge.zip")]
    addresses.append(f"/badges/for/{link.token}/artifacts/{shown.pieces['walk']}")
    stranger = shown.shown.stranger()
    assert {stranger.get(one).status_code for one in addresses} == {200}
    if end == "expired":
        with sessions(shown.shown.engine).begin() as session:
            session.execute(update(ShareLink).values(expires_at=clock() - timedelta(seconds=1)))
    elif end == "taken back":
        assert shown.ada().post(f"/links/{link.id}/withdraw").status_code == 303
    else:
        where = {"from": "sharing"} if end == "stopped" else {}
        assert shown.ada().post("/stop-sharing", **where).status_code == 303

    answers = [stranger.get(one) for one in addresses]

    assert {answer.status_code for answer in answers} == {410}
    assert "This link leads nowhere any more." in answers[0].text


def test_stopping_ends_everything_at_once(shown: Showcase) -> None:
    """The page that was kept for strangers, files, card, frame, hosted badge, and the link."""
    shown.shown.share()
    token = shown.link(Face.FULL).token
    stranger = shown.shown.stranger()
    endings = ("", ".json", ".pdf", ".zip", ".png", "/card.png", "/code.svg", "/embed")
    addresses = [
        *(shown.path + ending for ending in endings),
        shown.shown.assertion,
        f"{shown.shown.assertion}.png",
        f"{shown.shown.assertion}.jws",
    ]
    assert {stranger.get(one).status_code for one in addresses} == {200}

    shown.ada().post("/stop-sharing")

    assert {stranger.get(one).status_code for one in addresses} == {404}
    assert stranger.get(f"/badges/for/{token}").status_code == 410


def test_ivan_decides_and_learns_nothing(shown: Showcase) -> None:
    """Public or not: what he may see as anybody, he does not decide about."""
    link = shown.link(Face.FULL)
    shown.shown.share()
    ivan = shown.ivan()

    assert {ivan.get(end).status_code for end in ("/sharing", "/faces/full")} == {404}
    posts = ("/links", "/evidence", f"/links/{link.id}/withdraw", "/findable", "/stop-sharing")
    assert {ivan.post(end).status_code for end in posts} <= {403, 404}
    assert shown.shown.stranger().get(f"/badges/for/{link.token}").status_code == 200
    assert shown.shown.stranger().get(f"/badges/for/{'0' * 22}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"face": "full", "days": "30"}, "Say for whom"),
        ({"face": "public", "days": "30", "for_whom": "Fay"}, "Choose what the link shows"),
        ({"face": "full", "days": "9999", "for_whom": "Fay"}, "Choose how long"),
    ],
)
def test_a_link_needs_a_reader_a_face_and_an_end(
    shown: Showcase, fields: dict[str, str], fault: str
) -> None:
    page = shown.ada().post("/links", **fields)

    assert page.status_code == 422
    assert fault in page.text


def test_the_full_face_never_passes_the_limits_of_the_program(app: Flask, engine: Engine) -> None:
    strict = showcase(app, engine, allowed=["pass", "nothing"], default="nothing")
    open_ended = showcase(app, engine, allowed=["levels", "nothing"], default="nothing")

    pages = {
        (name, face): one.shown.stranger().get(f"/badges/for/{one.link(face).token}").text
        for name, one in (("strict", strict), ("open", open_ended))
        for face in (Face.EMPLOYER, Face.FULL)
    }

    lit = {at: "Reached</p>" in page for at, page in pages.items()}
    assert lit == {
        ("strict", Face.EMPLOYER): False,
        ("strict", Face.FULL): False,
        ("open", Face.EMPLOYER): False,
        ("open", Face.FULL): True,
    }
    assert "Every criterion reached the level" in pages["strict", Face.FULL]
    assert "more here than the signed badge says" in pages["open", Face.FULL]


def test_a_page_behind_a_link_asks_as_much_for_one_piece_as_for_five(shown: Showcase) -> None:
    token = shown.link(Face.FULL).token
    stranger = shown.shown.stranger()
    stranger.get(f"/badges/for/{token}")

    asked = []
    for wishes in ({"essay": Face.FULL}, dict.fromkeys(("walk", "plan", "site"), Face.FULL)):
        shown.choose(**wishes)
        with Counted(shown.shown.app.extensions["cairn"].engine) as questions:
            stranger.get(f"/badges/for/{token}")
        asked.append(len(questions))

    assert asked[0] == asked[1] <= 40
