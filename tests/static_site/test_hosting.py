"""The addresses of an exported site, asked of web servers that are set up as the site says."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from lti_tool.static_site import furniture, writing
from lti_tool.static_site.writing import File
from tests.static_site import servers

HOST = "badges.example.org"
SOMEBODY = "R4bD0kq1Zs7nYwPmXc2LtA"
GONE = "G4bD0kq1Zs7nYwPmXc2LtA"
TWO = "badges/v2"

SITE = {
    "index.html": "<h1>index</h1>",
    "verify.html": "<h1>verify</h1>",
    ".well-known/did.json": '{"id": "did"}',
    "issuers/partner.html": "<h1>partner</h1>",
    "issuers/partner/did.json": '{"id": "did of the partner"}',
    f"badges/{SOMEBODY}.html": "<h1>page</h1>",
    f"badges/{SOMEBODY}.json": '{"id": "credential"}',
    f"badges/{SOMEBODY}.clr.json": '{"id": "record"}',
    f"badges/{SOMEBODY}.jwt": "a.b.c",
    f"badges/{SOMEBODY}.png": "png",
    f"badges/{SOMEBODY}.svg": "<svg/>",
    f"badges/{SOMEBODY}/card.png": "card",
    f"badges/{SOMEBODY}/embed.html": "<h1>embed</h1>",
    "badges/achievements/A/v1.html": "<h1>achievement</h1>",
    "badges/achievements/A/v1.json": '{"id": "achievement"}',
    "badges/stacks/program/stack/v2.html": "<h1>stack</h1>",
    "badges/stacks/program/stack/v2.json": '{"id": "stack"}',
    "badges/status/1.json": '{"id": "list"}',
    "badges/endorsements/E.json": '{"id": "endorsement"}',
    f"{TWO}/assertions/{SOMEBODY}.json": '{"id": "assertion"}',
    f"{TWO}/assertions/{SOMEBODY}.jws": "a.b.c",
    f"{TWO}/assertions/{SOMEBODY}.signed.png": "png",
    f"{TWO}/assertions/{GONE}.json": '{"id": "assertion", "revoked": true}',
    f"{TWO}/assertions/{GONE}.gone": "",
    f"{TWO}/endorsements/F.json": '{"id": "endorsement", "revoked": true}',
    f"{TWO}/endorsements/F.gone": "",
    f"{TWO}/issuers/partner.json": '{"id": "issuer"}',
    f"{TWO}/issuers/partner/keys/1.json": '{"id": "key"}',
    f"{TWO}/issuers/partner/revocations.json": '{"id": "revocations"}',
    f"{TWO}/badgeclasses/program.stack-v2.json": '{"id": "class"}',
    "static/verify/page.js": "1;",
    "static/cairn.css": "a {}",
    "static/cairn.svg": "<svg/>",
}

HTML, JSON, DID, TEXT = "text/html", "application/ld+json", "application/did+json", "text/plain"
PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PROGRAM = "application/vc, application/ld+json, application/json"

QUESTIONS = (
    # address, what is accepted, status, media type, what the answer holds
    ("/", PAGE, 200, HTML, "index"),
    ("/verify", PAGE, 200, HTML, "verify"),
    ("/verify?address=https://x", PAGE, 200, HTML, "verify"),
    ("/.well-known/did.json", "*/*", 200, DID, "did"),
    ("/.well-known/did.json", PROGRAM, 200, DID, "did"),
    ("/issuers/partner", PAGE, 200, HTML, "partner"),
    ("/issuers/partner/did.json", "*/*", 200, DID, "did of the partner"),
    (f"/badges/{SOMEBODY}", PAGE, 200, HTML, "page"),
    (f"/badges/{SOMEBODY}", "*/*", 200, HTML, "page"),
    (f"/badges/{SOMEBODY}", PROGRAM, 200, JSON, "credential"),
    (f"/badges/{SOMEBODY}", "application/json", 200, JSON, "credential"),
    (f"/badges/{SOMEBODY}.json", PAGE, 200, JSON, "credential"),
    (f"/badges/{SOMEBODY}.clr.json", PAGE, 200, JSON, "record"),
    (f"/badges/{SOMEBODY}.jwt", PAGE, 200, TEXT, "a.b.c"),
    (f"/badges/{SOMEBODY}.png", "*/*", 200, "image/png", "png"),
    (f"/badges/{SOMEBODY}.svg", "*/*", 200, "image/svg+xml", "<svg/>"),
    (f"/badges/{SOMEBODY}/card.png", "*/*", 200, "image/png", "card"),
    (f"/badges/{SOMEBODY}/embed", PAGE, 200, HTML, "embed"),
    ("/badges/achievements/A/v1", PAGE, 200, HTML, "achievement"),
    ("/badges/achievements/A/v1", PROGRAM, 200, JSON, "achievement"),
    ("/badges/stacks/program/stack/v2", PAGE, 200, HTML, "stack"),
    ("/badges/stacks/program/stack/v2", PROGRAM, 200, JSON, "stack"),
    ("/badges/status/1", "*/*", 200, JSON, "list"),
    ("/badges/status/1", PAGE, 200, JSON, "list"),
    ("/badges/endorsements/E", "*/*", 200, JSON, "endorsement"),
    (f"/{TWO}/assertions/{SOMEBODY}", "*/*", 200, JSON, "assertion"),
    (f"/{TWO}/assertions/{SOMEBODY}", PAGE, 200, JSON, "assertion"),
    (f"/{TWO}/assertions/{SOMEBODY}.jws", "*/*", 200, TEXT, "a.b.c"),
    (f"/{TWO}/assertions/{SOMEBODY}.signed.png", "*/*", 200, "image/png", "png"),
    (f"/{TWO}/assertions/{GONE}", "*/*", 410, JSON, "revoked"),
    (f"/{TWO}/assertions/{GONE}", PROGRAM, 410, JSON, "revoked"),
    (f"/{TWO}/assertions/{GONE}", PAGE, 410, JSON, "revoked"),
    (f"/{TWO}/endorsements/F", "*/*", 410, JSON, "revoked"),
    (f"/{TWO}/issuers/partner", "*/*", 200, JSON, "issuer"),
    (f"/{TWO}/issuers/partner/keys/1", "*/*", 200, JSON, "key"),
    (f"/{TWO}/issuers/partner/revocations", PROGRAM, 200, JSON, "revocations"),
    (f"/{TWO}/badgeclasses/program.stack-v2", "*/*", 200, JSON, "class"),
    ("/static/verify/page.js", "*/*", 200, "text/javascript", "1;"),
    ("/static/cairn.css", "*/*", 200, "text/css", "a {}"),
    ("/static/cairn.svg", "*/*", 200, "image/svg+xml", "<svg/>"),
    ("/README.txt", "*/*", 200, TEXT, HOST),
    ("/badges/unknown", PAGE, 404, "", ""),
    ("/badges/unknown", PROGRAM, 404, "", ""),
    (f"/badges/{SOMEBODY}/unknown", PAGE, 404, "", ""),
    ("/badges/status/1/unknown", PAGE, 404, "", ""),
    (f"/{TWO}/assertions/unknown", "*/*", 404, "", ""),
    ("/.htaccess", "*/*", (403, 404), "", ""),
    ("/badges/", PAGE, (403, 404), "", ""),
)


@pytest.fixture(scope="module")
def site() -> Iterator[Path]:
    """A small site; Apache gives up its rights before it reads, so anybody may read it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        settings: Any = SimpleNamespace(base_url=f"https://{HOST}", host=HOST)
        hosting = furniture.hosting(resources.files("lti_tool").joinpath("static_site"), settings)
        files = [*hosting, *(File(path, words.encode()) for path, words in SITE.items())]
        writing.write(Path(folder) / "site", files)
        yield Path(folder) / "site"


@pytest.mark.row("B2-057", "B3-034", "B3-050")
@pytest.mark.parametrize("name", servers.found())
def test_a_web_server_answers_every_address_as_the_tool_did(
    name: str, site: Path, free_port: int
) -> None:
    wrong = []
    with servers.serving(name, site, free_port, site.parent / name) as base:
        for path, accept, status, media_type, words in QUESTIONS:
            asked = requests.Request("GET", base, headers={"Accept": accept}).prepare()
            asked.url = base + path
            with requests.Session() as session:
                answer = session.send(asked, timeout=20, allow_redirects=False)
            given = answer.headers.get("Content-Type", "")
            is_right = (
                answer.status_code in (status if isinstance(status, tuple) else (status,))
                and (not media_type or given.partition(";")[0] == media_type)
                and words in answer.text
                and (media_type not in (HTML, TEXT) or "charset=utf-8" in given.lower())
                and answer.headers.get("Access-Control-Allow-Origin") == "*"
                and answer.headers.get("X-Content-Type-Options") == "nosniff"
                and answer.headers.get("Content-Security-Policy") == furniture.POLICY
                and answer.headers.get("Cache-Control") == "public, max-age=300"
                and "Accept" in answer.headers.get("Vary", "")
            )
            # Whether a page may be listed is its earner's word; files never are.
            ends = path.rpartition(".")[2] in ("json", "jwt", "jws", "png", "svg")
            is_listed = "X-Robots-Tag" not in answer.headers
            if not is_right or (status == 200 and is_listed is ends):
                headers = dict(answer.headers)
                wrong.append(f"{path} ({accept}): {answer.status_code} {headers} {answer.text}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["README.txt", ".htaccess", *furniture.CONFIGURATIONS])
def test_what_a_server_is_told_names_the_host_and_leaves_no_gap(name: str, site: Path) -> None:
    path = name if name in ("README.txt", ".htaccess") else f"hosting/{name}"
    told = (site / path).read_text()

    assert "$host" not in told
    assert "$name" not in told
    assert "$address" not in told
    assert HOST in told or name == ".htaccess"


@pytest.mark.row("B3-034")
def test_an_object_store_loses_what_the_site_says_and_no_more(site: Path) -> None:
    command = [sys.executable, str(site / "hosting" / "keys.py")]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    store = {
        key: (media_type.partition(";")[0], (site / name).read_text())
        for key, name, media_type in (line.split("\t") for line in told.splitlines())
    }

    lost = set()
    for path, accept, status, media_type, words in QUESTIONS:
        found = store.get(path.partition("?")[0][1:] or "index.html")
        there = found is not None and found[0] == media_type and words in found[1]
        if (status == 200) is not there:
            lost.add((path, accept, status))

    assert lost == {
        (f"/badges/{SOMEBODY}", PROGRAM, 200),
        (f"/badges/{SOMEBODY}", "application/json", 200),
        ("/badges/achievements/A/v1", PROGRAM, 200),
        ("/badges/stacks/program/stack/v2", PROGRAM, 200),
        *((f"/{TWO}/assertions/{GONE}", one, 410) for one in ("*/*", PROGRAM, PAGE)),
        (f"/{TWO}/endorsements/F", "*/*", 410),
    }
