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
NOT_PROVEN = "This badge is intact, but its issuer is not proven."


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
    strangers: str
    """A credential of an issuer that is its own key, which anybody can make."""
    revoked_2: str
    """The hosted assertion as it was before it was revoked."""
    revoked_2_signed: str


@pytest.fixture
def afterlife(ending: Ending, free_port: int, tmp_path: Path) -> Iterator[Afterlife]:
    ada, revoked = ending.award("Ada Ferris"), ending.award("Gene Holt")
    private = ending.award("Pia Vance", is_shared=False)
    asked = ending.app.test_client()
    two = f"/badges/v2/assertions/{revoked}"
    revoked_2, revoked_2_signed = (asked.get(f"{two}{one}").data.decode() for one in ("", ".jws"))
    ending.revoke(revoked)
    stack = ending.stack(ada)
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
            strangers=json.dumps(ending.by_a_stranger(credential)),
            revoked_2=revoked_2,
            revoked_2_signed=revoked_2_signed,
        )


def another_letter(token: str) -> str:
    """A token with one letter of its signature changed, not the last: that has spare bits."""
    return token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:]


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
    place, two = afterlife.folder / "badges", afterlife.folder / "badges/v2/assertions"
    answer = page.locator("#answer")
    lit = page.locator("#answer > .rubric .level.is-reached")
    own_files = [place / f"{afterlife.ada}{one}" for one in (".json", ".jwt", ".png", ".svg")]
    endings = (".json", ".jws", ".png", ".svg", ".signed.png", ".signed.svg")
    old_files = [two / f"{afterlife.ada}{one}" for one in endings]
    for file in (*own_files, *old_files):
        page.get_by_label("The badge's file").set_input_files(file)
        expect(answer.locator("h2")).to_contain_text(GENUINE)
        expect(answer).to_contain_text("Keeping a field journal")
        is_new = "v2" not in file.parts
        expect(lit).to_have_count(3 if is_new else 0)
        answer.evaluate("one => one.replaceChildren()")
    for ending in (".clr.png", ".clr.svg", ".clr.json"):
        page.get_by_label("The badge's file").set_input_files(place / f"{afterlife.stack}{ending}")
        expect(answer.locator("h2")).to_contain_text("This record is genuine and still holds.")
        expect(answer.locator("details.inside")).to_have_count(2)
        if ending != ".clr.json":
            answer.evaluate("one => one.replaceChildren()")
    looks.at(page, "a record")

    token = (place / f"{afterlife.ada}.jwt").read_text()
    old_token = (two / f"{afterlife.ada}.jws").read_text()
    spoiled = read_json(place / f"{afterlife.ada}.json")
    spoiled["credentialSubject"]["achievement"]["name"] = "Brain surgery"
    extended = read_json(place / f"{afterlife.ada}.json") | {"grade": "A+"}
    elsewhere = read_json(two / f"{afterlife.ada}.json")
    elsewhere["id"] = "https://elsewhere.example.org/assertions/1"
    record = read_json(place / f"{afterlife.stack}.clr.json")
    record["credentialSubject"]["verifiableCredential"][0]["name"] = "Brain surgery"
    for pasted, words in (
        (token, GENUINE),
        (afterlife.private, GENUINE),
        (another_letter(token), "the signature does not fit"),
        (json.dumps(spoiled), "the signature does not fit"),
        (json.dumps(record), "the signature does not fit"),
        (json.dumps(extended), "it holds words that no signature can cover"),
        ((place / f"{afterlife.revoked}.jwt").read_text(), "its issuer has revoked it"),
        (afterlife.expired, "it expired on 20 November 2026"),
        (afterlife.endorsed_elsewhere, "the key that signed it is not the issuer's"),
        (afterlife.strangers, NOT_PROVEN),
        (another_letter(old_token), "the signature does not fit"),
        (afterlife.revoked_2, "its issuer has revoked it: By mistake"),
        (afterlife.revoked_2_signed, "its issuer has revoked it: By mistake"),
        (json.dumps(elsewhere), "lies at elsewhere.example.org, which this page may not ask"),
        ("{", "its JSON is broken off or damaged"),
        ("good morning", "it is neither a picture with a badge inside, nor JSON, nor a JWT"),
    ):
        page.get_by_label("or paste it").fill(pasted)
        page.get_by_role("button", name="Check this badge").click()
        expect(answer.locator("h2")).to_contain_text(words)
        is_told = words in (GENUINE, NOT_PROVEN)
        expect(lit).to_have_count(3 if is_told else 0)
    old = read_json(two / f"{afterlife.ada}.json") | {"issuedOn": "1999-01-01T12:00:00Z"}
    page.get_by_label("or paste it").fill(json.dumps(old))
    page.get_by_role("button", name="Check this badge").click()
    expect(answer).to_contain_text("what is shown here is what its issuer's address says")
    page.goto(f"{afterlife.base}/verify?address={afterlife.base}/badges/{afterlife.ada}")
    expect(answer.locator("h2")).to_contain_text(GENUINE)
    looks.at(page, "an answer with the rubric")
    page.get_by_label("or paste it").fill(afterlife.expired)
    page.get_by_role("button", name="Check this badge").click()
    looks.at(page, "an answer")
    page.goto(f"{afterlife.base}/")
    looks.at(page, "what is here")
    page.get_by_role("link", name="Keeping a field journal").click()
    expect(page.locator("h1")).to_contain_text("Keeping a field journal")
    looks.at(page, "what can be earned")
    page.goto(f"{afterlife.base}/issuers/demonstration")
    expect(page.locator("main")).to_contain_text("did:web:")
    looks.at(page, "an issuer")
    page.goto(f"{afterlife.base}/badges/{afterlife.stack}")
    expect(own).to_contain_text(GENUINE)
    page.get_by_role("link", name="Keeping a field journal").click()
    expect(page).to_have_url(f"{afterlife.base}/badges/{afterlife.ada}")
    page.goto(f"{afterlife.base}/badges/{afterlife.ada}/embed")
    expect(page.locator("h1")).to_contain_text("Keeping a field journal")
    looks.at(page, "the frame for other pages", tabs=False)

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
