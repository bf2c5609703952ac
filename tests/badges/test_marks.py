"""An issuer's mark: given by an administrator or by a package, borne by its badges."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine, select

from lti_tool.badges import artwork, issuing, marks, open_badges_2, open_badges_3
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Issuer
from lti_tool.badges.published import Published
from lti_tool.database import sessions
from lti_tool.people.roles import Role
from lti_tool.programs import pictures
from lti_tool.web.session import clock
from tests.badges.exhibition import Shown
from tests.badges.test_issuers import PARTNERS
from tests.badges.test_office import Office, comes

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

RED = (0xB0, 0x00, 0x20)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    '<rect width="10" height="10" fill="#b00020"/>{}</svg>'
)


def sends(office: Office, slug: str, data: bytes) -> tuple[int, str]:
    """Hand in a file as a mark."""
    form = {"form_token": office.token(), "mark": (BytesIO(data), "mark.svg")}
    answer = office.client.post(f"/issuers/{slug}/mark", data=form)
    return answer.status_code, answer.text


def test_an_administrator_gives_an_issuer_a_mark_and_takes_it_away(
    shown: Shown, app: Flask, engine: Engine
) -> None:
    office = comes(app, engine, "Olga Root", Role.ADMINISTRATOR)
    with sessions(engine).begin() as session:
        slug = shown.award(session).issuer.slug
    assert "Give it a mark" in office.client.get(f"/issuers/{slug}").text
    assert office.client.get(f"/issuers/{slug}/mark.png").status_code == 404

    for hostile, words in (
        (SVG.format("<script>alert(1)</script>").encode(), "&lt;script&gt;"),
        (b"", "Choose a file"),
    ):
        status, page = sends(office, slug, hostile)
        assert status == 422
        assert words in page
    assert sends(office, slug, SVG.format("").encode())[0] == 303

    picture = Image.open(BytesIO(office.client.get(f"/issuers/{slug}/mark.png").data))
    assert (picture.size, picture.convert("RGB").getpixel((200, 200))) == ((400, 400), RED)
    sample = Image.open(BytesIO(office.client.get(f"/issuers/{slug}/mark/sample.png").data))
    assert sample.convert("RGB").getpixel((470, 440)) == RED
    with sessions(engine)() as session:
        award = shown.award(session)
        issuer, addresses = award.issuer, Addresses("https://cairn.example")
        published = Published(session, app.extensions["cairn"].keyring, addresses)
        own = f"https://cairn.example/issuers/{slug}/mark.png"
        profile = open_badges_3.profile(issuer, addresses)
        assert profile["image"] == {"id": own, "type": "Image"}
        assert open_badges_2.issuer_profile(issuer, addresses)["image"] == own
        assert (published.answer(own) or (0, b""))[0] == 200
        assert artwork.artwork_of_award(award).mark == issuer.mark

        own = open_badges_3.achievement(award.credential_version, addresses)["id"]
    opened = office.client.get(f"{own.removeprefix('https://cairn.example')}.svg")
    assert "data:image/svg+xml;base64," in opened.text
    assert "img-src data:" in opened.headers["Content-Security-Policy"], "seen when opened alone"

    assert "Remove the mark" in office.client.get(f"/issuers/{slug}/mark").text
    assert office.post(f"/issuers/{slug}/mark/remove")[0] == 303
    with sessions(engine)() as session:
        assert shown.award(session).issuer.mark == ""


def test_nobody_else_gives_a_mark(shown: Shown, app: Flask, engine: Engine) -> None:
    with sessions(engine)() as session:
        slug = shown.award(session).issuer.slug
    for office in (
        comes(app, engine, "Peter Runs", Role.LEARNER, runs=True),
        comes(app, engine, "Ivan Idle", Role.LEARNER),
    ):
        assert office.client.get(f"/issuers/{slug}/mark").status_code == 403
        assert sends(office, slug, SVG.format("").encode())[0] == 403


def test_a_packages_mark_is_drawn_only_for_the_issuer_an_administrator_appointed(
    shown: Shown, engine: Engine
) -> None:
    # Given a package that brings a mark for the partner `north`
    mark = pictures.taken(SVG.format("").encode())
    marked = [one | ({"mark": mark} if one["slug"] == "north" else {}) for one in PARTNERS]
    with sessions(engine).begin() as session:
        version = shown.award(session).credential_version.program_version
        version.document = version.document | {"demonstration": False, "partners": marked}
        profile = issuing.Profile("North Office", "n@example.org")
        north, other = (
            issuing.make(session, slug, replace(profile, name=slug), actor=None, now=clock())
            for slug in ("north", "other")
        )
        # When nobody was appointed, then nobody bears it
        assert marks.mark_of(north, version) == ""

        issuing.appoint(session, north, version.program, "north", actor=None, now=clock())

        assert marks.mark_of(north, version) == mark
        assert marks.mark_of(north) == ""
        assert marks.mark_of(other, version) == ""
        # And its own mark goes first
        own = SVG.replace("b00020", "004080").format("").encode()
        marks.give(session, north, own, actor=None, now=clock())
        assert marks.content(marks.mark_of(north, version)) == own
        assert session.scalar(select(Issuer.mark).where(Issuer.slug == "other")) == ""
