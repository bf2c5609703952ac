"""The tool is stopped, its database and keys are gone: a browser still tells what is genuine."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.looks import Looks
from tests.static_site import servers
from tests.static_site.conftest import Ending, read_json

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

GENUINE = "This badge is genuine and still holds."


@dataclass
class Afterlife:
    """The site by itself, served by a program that knows nothing of badges."""

    base: str
    folder: Path
    ada: str
    stack: str
    revoked: str
    private: str
    expired: str
    endorsed_elsewhere: str


@pytest.fixture
def afterlife(ending: Ending, free_port: int, tmp_path: Path) -> Iterator[Afterlife]:
    ada, revoked = ending.award("Ada Ferris"), ending.award("Gene Holt")
    private = ending.award("Pia Vance", is_shared=False)
    ending.revoke(revoked)
    stack = ending.stack(ada)
    asked = ending.app.test_client()
    folder = tmp_path / "site"
    credential = json.loads(asked.get(f"/badges/{ada}.json").data)
    expired = ending.resigned(credential, validUntil="2026-11-20T12:30:00Z")
    issuer = credential["issuer"] | {"id": "did:web:elsewhere.example.org"}
    elsewhere = ending.resigned(credential, issuer=issuer)
    its_file = ending.own_file(private)
    done = ending.export(folder)
    assert done.exit_code == 0, done.output
    ending.engine.dispose()
    for gone in (ending.settings.keys_dir, Path(ending.engine.url.database or "")):
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    with servers.serving("look", folder, free_port, tmp_path / "server"):
        yield Afterlife(
            base=f"http://localhost:{free_port}",
            folder=folder,
            ada=ada,
            stack=stack,
            revoked=revoked,
            private=its_file,
            expired=json.dumps(expired),
            endorsed_elsewhere=json.dumps(elsewhere),
        )


@pytest.mark.row("B3-036", "B3-044", "B3-055", "B3-057")
def test_a_browser_tells_what_is_genuine_after_the_tool_is_gone(
    afterlife: Afterlife, page: Page, looks: Looks
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    own = page.locator("[data-badge]")

    page.goto(f"{afterlife.base}/badges/{afterlife.ada}")
    expect(own).to_contain_text(GENUINE)
    looks.at(page, "a badge's page")
    page.goto(f"{afterlife.base}/badges/{afterlife.revoked}")
    expect(own).to_contain_text("This badge is not valid: its issuer has revoked it.")

    page.goto(f"{afterlife.base}/verify")
    looks.at(page, "the verification page")
    place = afterlife.folder / "badges"
    answer = page.locator("#answer")
    record = f"{afterlife.stack}.clr.json"
    for name in (*(f"{afterlife.ada}{one}" for one in (".json", ".jwt", ".png", ".svg")), record):
        page.get_by_label("The badge's file").set_input_files(place / name)
        expect(answer.locator("h2")).to_contain_text(GENUINE)
        answer.evaluate("one => one.replaceChildren()")
    token = (place / f"{afterlife.ada}.jwt").read_text()
    spoiled = read_json(place / f"{afterlife.ada}.json")
    spoiled["credentialSubject"]["achievement"]["name"] = "Brain surgery"
    extended = spoiled | read_json(place / f"{afterlife.ada}.json") | {"grade": "A+"}
    for pasted, words in (
        (token, GENUINE),
        (afterlife.private, GENUINE),
        (
            token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:],
            "the signature does not fit",
        ),
        (json.dumps(spoiled), "the signature does not fit"),
        (json.dumps(extended), "it holds words that no signature can cover"),
        ((place / f"{afterlife.revoked}.jwt").read_text(), "its issuer has revoked it"),
        (afterlife.expired, "it expired on 20 November 2026"),
        (afterlife.endorsed_elsewhere, "the key that signed it is not the issuer's"),
        ("{", "its JSON is broken off or damaged"),
    ):
        page.get_by_label("or paste it").fill(pasted)
        page.get_by_role("button", name="Check this badge").click()
        expect(answer.locator("h2")).to_contain_text(words)
    page.get_by_label("or paste it").fill(afterlife.expired)
    page.get_by_role("button", name="Check this badge").click()
    looks.at(page, "an answer")
    page.goto(f"{afterlife.base}/")
    looks.at(page, "what is here")
    page.get_by_role("link", name="Keeping a field journal").click()
    expect(page.locator("h1")).to_contain_text("Keeping a field journal")
    looks.at(page, "what can be earned")

    assert said == []
    assert {url for url in asked if not url.startswith(afterlife.base)} == set()


def test_a_copy_at_another_address_is_not_taken_for_the_issuer(
    afterlife: Afterlife, page: Page
) -> None:
    page.goto(f"{afterlife.base.replace('localhost', '127.0.0.1')}/badges/{afterlife.ada}")

    own = page.locator("[data-badge]")
    expect(own).to_contain_text("This badge is intact, but its issuer is not proven.")
    expect(own).to_contain_text("whoever runs the copy could have changed the keys")


def test_the_addresses_answer_programs_as_before(afterlife: Afterlife) -> None:
    def ask(path: str, accept: str = "*/*") -> requests.Response:
        return requests.get(f"{afterlife.base}{path}", headers={"Accept": accept}, timeout=10)

    page = ask(f"/badges/{afterlife.ada}", "text/html")
    document = ask(f"/badges/{afterlife.ada}", "application/vc, application/json")
    assert page.headers["Content-Type"].startswith("text/html")
    assert document.json()["id"] == f"{afterlife.base}/badges/{afterlife.ada}"
    assert ask("/.well-known/did.json").headers["Content-Type"] == "application/did+json"
    assert ask("/badges/status/1").json()["id"] == f"{afterlife.base}/badges/status/1"
    assert ask(f"/badges/v2/assertions/{afterlife.ada}").json()["type"] == "Assertion"
    gone = ask(f"/badges/v2/assertions/{afterlife.revoked}")
    assert (gone.status_code, gone.json()["revoked"]) == (410, True)
    assert ask("/badges/unknown").status_code == 404
