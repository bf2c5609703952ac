"""The exported site: what strangers could read, whole, the same each time, and nothing else."""

import gc
import hashlib
import json
import re
from pathlib import Path

import pytest

from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award
from lti_tool.badges.published import Published
from lti_tool.database import read_session, sessions
from lti_tool.static_site import writing
from lti_tool.static_site.contents import Contents, File
from tests.static_site.conftest import Ending, read_json
from tools import bundle

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def dead_links(path: str, site: dict[str, bytes]) -> list[str]:
    """What a page leads to at this site and is not there."""
    if not path.endswith(".html"):
        return []
    found = re.findall(r'(?:href|src|data-badge)="/([^"]*)"', site[path].decode())
    there = {name.removesuffix(".html") for name in site} | set(site) | {""}
    return [link for link in found if link not in there]


def everything(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@on_sqlite
@pytest.mark.row("B2-057", "B3-034", "B3-050")
def test_a_site_holds_what_strangers_could_read_and_nobody_elses_badge(
    ending: Ending, tmp_path: Path
) -> None:
    shared, gone = ending.award("Ada Ferris"), ending.award("Gene Holt")
    private = ending.award("Pia Vance", is_shared=False)
    unsigned = ending.award("Una Mills", is_signed=False)
    ending.revoke(gone)
    stack = ending.stack(shared)

    done = ending.export(tmp_path / "site")

    assert done.exit_code == 0, done.output
    assert "3 shared badges" in done.output
    assert f"not signed yet: {ending.settings.base_url}/badges/{unsigned}" in done.output
    assert private not in done.output
    site = everything(tmp_path / "site")
    assert "index.html" in site
    own = {path.replace(shared, "*") for path in site if shared in path}
    two = "badges/v2/assertions/*"
    assert own == {
        *(f"badges/*{one}" for one in (".html", ".json", ".jwt", ".png", ".svg")),
        *("badges/*/picture.svg", "badges/*/card.png"),
        *(f"{two}{one}" for one in (".json", ".jws", ".png", ".svg", ".signed.png", ".signed.svg")),
    }
    stranger = ending.app.test_client()
    for path in own - {"badges/*.html"}:
        real = path.replace("*", shared)
        address = real.removesuffix(".json") if "assertions" in real else real
        assert stranger.get(f"/{address}").data == site[real], real
    assert json.loads(site[f"badges/v2/assertions/{gone}.json"])["revoked"] is True
    assert f"badges/v2/assertions/{gone}.gone" in site
    for path in (".well-known/did.json", "badges/v2/issuers/demonstration/keys/1.json"):
        assert (
            stranger.get(f"/{path.removesuffix('.json') if 'v2' in path else path}").data
            == site[path]
        )
    assert read_json(tmp_path / "site/badges/status/1.json")["proof"]
    (rule,) = (path for path in site if path.startswith("badges/stacks/") and ".json" in path)
    assert stranger.get(f"/{rule}").data == site[rule]
    assert "Keeping a field journal" in site[rule.replace(".json", ".html")].decode()
    assert "Stack of micro-credentials" in site[f"badges/{stack}.html"].decode()
    record = json.loads(site[f"badges/{stack}.clr.json"])
    assert len(record["credentialSubject"]["verifiableCredential"]) == 2
    told = b"".join(body for path, body in site.items() if not path.endswith(".png"))
    for words in (private, unsigned, "Pia Vance", "Una Mills", "PRIVATE KEY", '"d":'):
        assert words.encode() not in told, words
    assert b"Ada Ferris" not in site["index.html"]
    assert [link for path in site for link in dead_links(path, site)] == []
    listed = (line.split("  ") for line in site.pop("SHA256SUMS").decode().splitlines())
    sums = {path: known for known, path in listed}
    assert sums == {path: hashlib.sha256(body).hexdigest() for path, body in site.items()}


@on_sqlite
def test_the_same_badges_give_the_same_bytes_and_sharing_withdrawn_is_seen(
    ending: Ending, tmp_path: Path
) -> None:
    ada = ending.award("Ada Ferris")
    place = tmp_path / "site"
    ending.export(place)
    first = everything(place)

    assert ending.export(place).exit_code == 0
    assert everything(place) == first

    with sessions(ending.engine).begin() as session:
        session.query(Award).one().shared_at = None
    ending.export(place)
    assert [path for path in everything(place) if ada in path] == []
    assert [one.name for one in tmp_path.iterdir() if "site" in one.name] == ["site"]


def test_what_goes_wrong_on_the_way_leaves_the_place_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "site"
    writing.write(place, [File("one.txt", b"1")])

    def broken():
        yield File("two.txt", b"2")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        writing.write(place, broken())

    assert set(everything(place)) == {"one.txt", "SHA256SUMS"}
    assert list(tmp_path.glob(".site*")) == []


@on_sqlite
def test_a_folder_with_something_else_in_it_is_not_replaced(ending: Ending, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter-1.txt").write_text("It was a dark night.")

    done = ending.export(tmp_path / "thesis")

    assert done.exit_code == 1
    assert "Name a new folder" in done.output
    assert set(everything(tmp_path / "thesis")) == {"chapter-1.txt"}


@on_sqlite
def test_rows_of_few_awards_are_held_at_a_time(ending: Ending) -> None:
    for number in range(9):
        ending.award(f"Learner {number}")
    addresses = Addresses(ending.settings.base_url)
    gc.collect()
    before = held()

    with read_session(ending.engine) as session:
        published = Published(session, ending.keyring, addresses)
        found = Contents(published, ending.settings, now=ending.now, batch=2)
        files = found.files(lambda done, of: None)
        most = [held() - before for file in files if file.path.endswith("card.png")]

    assert len(most) == 9
    assert max(most) <= 4


def held() -> int:
    return sum(1 for one in gc.get_objects() if type(one) is Award)


@pytest.mark.row("B3-005")
def test_the_vendored_bundle_is_what_its_sources_make() -> None:
    listed = json.loads((bundle.VENDOR / bundle.LIST).read_text())
    for name, known in listed["sha256"].items():
        assert hashlib.sha256((bundle.VENDOR / name).read_bytes()).hexdigest() == known

    assert bundle.bundle() == {
        name: (bundle.VENDOR / name).read_bytes()
        for name in (bundle.BUNDLE, bundle.LICENCES, bundle.LIST)
    }
