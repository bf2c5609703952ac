"""What a browser does where a file of the site is not what it was when the site was written."""

import json
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from lti_tool.static_site import writing
from lti_tool.static_site.furniture import furniture, sums
from lti_tool.static_site.pages import Pages
from lti_tool.static_site.writing import File
from tests.static_site import servers

pytestmark = pytest.mark.xdist_group("browser")

BADGE = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
}


@pytest.mark.row("B3-005")
@pytest.mark.parametrize(
    "name", ["", "vendor/canonical.js", "checks.js", "page.js", "contexts.json"]
)
def test_a_browser_runs_nothing_that_was_changed(
    name: str, page: Page, tmp_path: Path, free_port: int
) -> None:
    base = f"http://localhost:{free_port}"
    settings: Any = SimpleNamespace(
        base_url=base, host=f"localhost:{free_port}", zone=ZoneInfo("UTC")
    )
    files = [*furniture(settings), File("verify.html", Pages(settings).verify())]
    writing.write(tmp_path / "site", files)
    if name:
        changed = tmp_path / "site/static/verify" / name
        changed.write_bytes(changed.read_bytes() + b"\n")
    with servers.serving("look", tmp_path / "site", free_port, tmp_path / "server"):
        page.goto(f"{base}/verify")

        if name.endswith(".js"):
            expect(page.get_by_label("or paste it")).to_be_hidden()
            expect(page.locator("#without")).to_contain_text("SHA256SUMS")
        else:
            page.get_by_label("or paste it").fill(json.dumps(BADGE))
            page.get_by_role("button", name="Check this badge").click()
            words = "a file of this site was changed" if name else "it carries no signature"
            expect(page.locator("#answer")).to_contain_text(words)


def test_every_script_of_the_site_is_named_with_its_sum() -> None:
    folder = Path(str(resources.files("lti_tool"))) / "static_site" / "browser"
    there = {str(path.relative_to(folder)) for path in folder.rglob("*.js")}

    assert there == {*sums()["modules"], "page.js"}
