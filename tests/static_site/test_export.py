"""The exported site: what strangers could read, whole, the same each time, and nothing else."""

import gc
import hashlib
import json
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_tool.badges.models import Award
from lti_tool.database import sessions
from lti_tool.static_site import exporting, writing
from lti_tool.static_site.commands import in_words
from lti_tool.static_site.writing import File
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
        *("badges/*/picture.svg", "badges/*/card.png", "badges/*/code.svg", "badges/*/embed.html"),
        *(f"{two}{one}" for one in (".json", ".jws", ".png", ".svg", ".signed.png", ".signed.svg")),
    }
    stranger = ending.app.test_client()
    for path in own - {"badges/*.html", "badges/*/embed.html"}:
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
    assert "a stack of micro-credentials" in site[f"badges/{stack}.html"].decode()
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
def test_the_same_badges_give_the_same_files_and_sharing_withdrawn_is_seen(
    ending: Ending, tmp_path: Path
) -> None:
    ada, gene = ending.award("Ada Ferris"), ending.award("Gene Holt")
    place = tmp_path / "site"
    ending.export(place)
    first, written = everything(place), (place / f"badges/{ada}.json").stat()

    again = ending.export(place)
    assert f"{len(first)} files, {len(first) - 1} of them as they were" in again.output
    assert everything(place) == first
    # The very file: who copies the folder to a server has nothing to copy.
    assert (place / f"badges/{ada}.json").stat().st_mtime_ns == written.st_mtime_ns

    with sessions(ending.engine).begin() as session:
        session.query(Award).filter_by(public_id=gene).one().shared_at = None
    ending.export(place)
    assert {path for path in everything(place) if gene in path} == set()
    assert gene not in (place / "SHA256SUMS").read_text()
    assert everything(place)[f"badges/{ada}.html"] == first[f"badges/{ada}.html"]
    assert [one.name for one in tmp_path.iterdir() if "site" in one.name] == ["site"]

    with sessions(ending.engine).begin() as session:
        session.query(Award).filter_by(public_id=ada).one().erased_at = ending.now
    ending.export(place)
    assert {path for path in everything(place) if ada in path} == set()


@on_sqlite
def test_who_stops_sharing_while_it_is_written_is_not_in_it(ending: Ending, tmp_path: Path) -> None:
    ada, gene = ending.award("Ada Ferris"), ending.award("Gene Holt")

    def withdraw(done: int, of: int) -> None:
        if done == of:
            with sessions(ending.engine).begin() as session:
                session.query(Award).filter_by(public_id=gene).one().shared_at = None

    done = exporting.export(
        tmp_path / "site", ending.settings, now=ending.now, processes=1, tell=withdraw
    )

    site = everything(tmp_path / "site")
    assert done.tally.badges == 1
    assert done.files.count == len(site)
    assert {path for path in site if gene in path} == set()
    assert f"badges/{ada}.json" in site
    assert gene not in site["SHA256SUMS"].decode()


@on_sqlite
def test_several_processes_write_the_same_site_as_one(ending: Ending, tmp_path: Path) -> None:
    for number in range(3):
        ending.award(f"Learner {number}")
    ending.award("Una Mills", is_signed=False)
    told: list[tuple[int, int]] = []
    sites = []

    for processes in (1, 2):
        place = tmp_path / str(processes)
        with (
            writing.workspace(place) as workspace,
            exporting.opened(ending.settings, ending.now) as source,
        ):
            portions = [[1], [2, 3], [4]]
            parts = exporting.badges(source, workspace, portions, processes)
            found = sorted((number, files.count, tally) for number, files, tally in parts)
            told.append((len(found), sum(count for _, count, _ in found)))
            workspace.close(())
        sites.append(everything(place))

    assert told[0] == told[1]
    assert sites[0] == sites[1]
    assert len(sites[0]) > 36


def broken_off() -> Iterator[File]:
    yield File("one.txt", b"1")
    yield File("two.txt", b"2")
    raise OSError("the disk is full")


def test_what_goes_wrong_on_the_way_leaves_the_place_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "site"
    writing.write(place, [File("one.txt", b"1")])

    with pytest.raises(OSError, match="full"):
        writing.write(place, broken_off())

    assert set(everything(place)) == {"one.txt", "SHA256SUMS"}
    assert list(tmp_path.glob(".site*")) == []


def test_a_run_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    place, old, fresh = tmp_path / "site", tmp_path / ".site.old", tmp_path / ".site.new-abc"
    writing.write(place, [File("one.txt", b"1")])
    for half_done in ("while it was written", "between the renamings", "before it cleared away"):
        (fresh / "site").mkdir(parents=True)
        (fresh / "site" / "half.txt").write_text("half")
        if half_done == "between the renamings":
            place.rename(old)
        if half_done == "before it cleared away":
            old.mkdir()

        with pytest.raises(OSError, match="full"):
            writing.write(place, broken_off())

        assert set(everything(place)) == {"one.txt", "SHA256SUMS"}, half_done
        assert [one.name for one in tmp_path.iterdir()] == ["site"], half_done


@on_sqlite
def test_a_folder_with_something_else_in_it_is_not_replaced(ending: Ending, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter-1.txt").write_text("It was a dark night.")

    done = ending.export(tmp_path / "thesis")

    assert done.exit_code == 1
    assert "Name a new folder" in done.output
    assert set(everything(tmp_path / "thesis")) == {"chapter-1.txt"}


@on_sqlite
def test_four_times_the_badges_take_no_more_memory(ending: Ending, tmp_path: Path) -> None:
    """What one badge leaves in the site is half a megabyte, so that keeping them would show."""
    for number in range(4):
        ending.award(f"Learner {number}")
    peak_of(ending, tmp_path / "warm")
    few = peak_of(ending, tmp_path / "few")
    for number in range(4, 16):
        ending.award(f"Learner {number}")

    many = peak_of(ending, tmp_path / "many")

    assert many - few < 1_500_000


def peak_of(ending: Ending, place: Path) -> int:
    """Bytes that were held at once beyond those before, as Python counts them."""
    gc.collect()
    tracemalloc.start()
    try:
        exporting.export(
            place, ending.settings, now=ending.now, processes=1, tell=lambda done, of: None
        )
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_progress_says_how_far_how_fast_and_how_long() -> None:
    assert in_words(0, 500, 0.0) == "0 of 500 badges"
    assert in_words(50, 500, 2.5) == "50 of 500 badges, 20.0 a second, about 22 s left"
    assert in_words(50, 5000, 2.5) == "50 of 5000 badges, 20.0 a second, about 4 min 8 s left"
    assert in_words(500, 500, 25.0) == "500 of 500 badges"


@pytest.mark.row("B3-005")
def test_the_vendored_bundle_is_what_its_sources_make() -> None:
    listed = json.loads((bundle.VENDOR / bundle.LIST).read_text())
    for name, known in listed["sha256"].items():
        assert hashlib.sha256((bundle.VENDOR / name).read_bytes()).hexdigest() == known

    assert bundle.bundle() == {
        name: (bundle.VENDOR / name).read_bytes()
        for name in (bundle.BUNDLE, bundle.LICENCES, bundle.LIST)
    }
