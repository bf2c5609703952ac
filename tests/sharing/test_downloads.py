"""What somebody takes along: paper, one archive, codes, frames, and a pass for a wallet."""

import io
import json
import re
import zipfile
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, StreamObject
from sqlalchemy import Engine

from lti_tool.database import sessions
from lti_tool.errors import NotFound
from lti_tool.sharing import archive, snippets, wallet
from tests.badges import exhibition
from tests.badges.workshop import NOON
from tests.sharing.showcase import Visitor

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BASE = "http://localhost:8000"


@pytest.fixture
def shown(app: Flask, engine: Engine) -> exhibition.Shown:
    return exhibition.shown(app, engine)


def own(shown: exhibition.Shown) -> Visitor:
    return Visitor(shown.visitor(shown.ada), shown.path)


def words_of(paper: bytes) -> str:
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages).split()
    )


@on_one_database
def test_the_certificate_is_tagged_and_tells_the_reached_levels(shown: exhibition.Shown) -> None:
    """Typst itself refuses to write it where its check of PDF/UA-1 finds a fault."""
    paper = own(shown).get(".pdf").data

    told = words_of(paper)
    assert "Keeping a field journal" in told
    assert "Earned by Ada Ferris" in told
    assert told.count("Proficient") == 3
    assert "Work at level 3 of criterion 1." in told
    assert f"{BASE}{shown.path}" in told
    assert "certifies nothing" in told
    catalog = PdfReader(io.BytesIO(paper)).root_object
    tagged, about = catalog["/MarkInfo"], catalog["/Metadata"]
    assert isinstance(tagged, DictionaryObject)
    assert isinstance(about, StreamObject)
    assert str(tagged["/Marked"]) == "True"
    assert str(catalog["/Lang"]) == "en"
    assert b"pdfuaid:part" in about.get_data()


@on_one_database
def test_the_certificate_of_another_script_or_of_markup_is_words(shown: exhibition.Shown) -> None:
    with sessions(shown.engine).begin() as session:
        shown.award(session).recipient_name = "Zoë *#show[x]* Öztürk"

    assert "Earned by Zoë *#show[x]* Öztürk" in words_of(own(shown).get(".pdf").data)


@on_one_database
def test_everything_together_is_the_same_archive_each_time(shown: exhibition.Shown) -> None:
    shown.share()
    first, again = (shown.stranger().get(f"{shown.path}.zip") for _ in range(2))

    assert first.data == again.data
    assert first.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(first.data)) as opened:
        held = {name: opened.read(name) for name in opened.namelist()}
    assert sorted(held) == [
        "badge.json", "badge.jwt", "badge.png", "badge.svg", "card.png", "certificate.pdf",
        "code.svg", "open-badges-2.0/hosted.json", "open-badges-2.0/hosted.png",
        "open-badges-2.0/signed.jws", "open-badges-2.0/signed.png", "read-me.txt",
    ]  # fmt: skip
    for form in ("json", "jwt", "png", "pdf"):
        name = "certificate.pdf" if form == "pdf" else f"badge.{form}"
        assert held[name] == shown.stranger().get(f"{shown.path}.{form}").data
    assert held["open-badges-2.0/hosted.json"] == shown.stranger().get(shown.assertion).data


@on_one_database
def test_any_site_may_frame_the_small_page_and_nothing_runs_in_it(shown: exhibition.Shown) -> None:
    assert shown.stranger().get(f"{shown.path}/embed").status_code == 404
    shown.share()

    page = shown.stranger().get(f"{shown.path}/embed")

    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "X-Frame-Options" not in page.headers
    assert "Set-Cookie" not in page.headers
    assert "Ada Ferris" in page.text
    shown.revoke()
    assert "Revoked." in shown.stranger().get(f"{shown.path}/embed").text


def test_snippets_for_other_sites_hold_the_address_and_no_markup_of_a_title() -> None:
    name = 'A "badge" <b>& more'

    code = snippets.embed_code(f"{BASE}/badges/x", name)
    signature = snippets.mail_signature(f"{BASE}/badges/x", name, "An <office>")

    assert code.startswith(f'<iframe src="{BASE}/badges/x/embed"')
    for html in (code, signature.html):
        assert "<b>" not in html
        assert "<office>" not in html
        assert "&lt;b&gt;&amp; more" in html
    assert signature.plain == f'A "badge" <b>& more, An <office>\n{BASE}/badges/x'


@on_one_database
def test_only_who_wants_to_be_found_is_listed_and_only_while_public(
    shown: exhibition.Shown,
) -> None:
    stranger, ada = shown.stranger(), own(shown)

    def is_listed() -> bool:
        page = stranger.get(shown.path)
        said = {'content="noindex"' in page.text, page.headers.get("X-Robots-Tag") == "noindex"}
        (is_unlisted,) = said
        return page.status_code == 200 and not is_unlisted

    shown.share()
    assert not is_listed()
    ada.post("/findable", found="yes")
    assert is_listed()
    ada.post("/findable", found="no")
    assert not is_listed()


@on_one_database
def test_a_wallet_fetches_the_badge_with_a_pass_of_its_earners_page(
    shown: exhibition.Shown,
) -> None:
    """While it is private, and without a visit: the wallet is another program."""
    page = unescape(own(shown).get("/sharing").text)
    link = re.search(r'href="(https://lcw\.app/request\.html\?request=[^"]+)"', page)
    assert link
    request = json.loads(parse_qs(urlsplit(link.group(1)).query)["request"][0])
    path = urlsplit(request["protocols"]["vcapi"]).path

    answer = shown.stranger().post(path, json={})

    assert answer.status_code == 200
    (badge,) = answer.get_json()["verifiablePresentation"]["verifiableCredential"]
    assert badge == own(shown).get(".json").json
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert shown.stranger().post(f"{path}0", json={}).status_code == 404
    assert shown.stranger().get(shown.path).status_code == 404


def test_a_pass_is_for_one_badge_and_half_an_hour() -> None:
    given = wallet.give_pass("A" * 22, "secret", now=NOON)

    assert wallet.badge_of(given, "secret", now=NOON + timedelta(minutes=29)) == "A" * 22
    for changed, secret, later in (
        (given, "secret", 30),
        (given, "another", 0),
        (given.replace("A", "B"), "secret", 0),
        (re.sub(r"-(\d+)-", lambda found: f"-{int(found[1]) + 60}-", given), "secret", 0),
        ("", "secret", 0),
    ):
        with pytest.raises(NotFound):
            wallet.badge_of(changed, secret, now=NOON + timedelta(minutes=later))


@on_one_database
def test_the_code_is_of_the_address_and_black_on_white(shown: exhibition.Shown) -> None:
    shown.share()
    drawn = shown.stranger().get(f"{shown.path}/code.svg").text

    assert drawn == snippets.qr_code(f"{BASE}{shown.path}")
    assert 'fill="#ffffff"' in drawn or 'fill="#fff"' in drawn


def test_an_archive_is_dated_by_the_badge_and_not_by_the_day_it_is_made() -> None:
    made = archive.as_zip({"b": b"2", "a": b"1"}, dated=NOON)

    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        held = [(one.filename, one.date_time) for one in opened.infolist()]
    assert held == [("a", (2026, 11, 20, 12, 0, 0)), ("b", (2026, 11, 20, 12, 0, 0))]
