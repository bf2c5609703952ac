"""The house keeps itself: directions, guards, templates, size and manners of every file."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from flask import Flask

from lti_tool.app import create_app
from lti_tool.database import Base
from lti_tool.web.permissions import PUBLIC, guard_of
from tests.conftest import some_settings
from tools import migration

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted((ROOT / "lti_tool").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

OPEN_TO_ANYBODY = {
    # What machines ask for. Metrics have a rule of their own.
    "observing.healthz", "observing.metrics", "observing.readyz", "static",
    # An LMS's browser, before we know who is behind it.
    "launch.jwks", "launch.launch", "launch.launch_by_get", "launch.login", "launch.login_cookie",
    "launch.review_by_form", "launch.window",
    # What a platform tells us: each notice is signed.
    "launch.hear",
    # The link's own token is the proof.
    "admin.sign_in", "admin.use_sign_in", "connect.register", "connect.apply",
    # What an LMS reads to know what we ask for.
    "connect.canvas_key",
    # What can be earned is no secret.
    "programs.catalogue", "programs.credential", "programs.program",
    # What a verifier asks for. An award's own addresses answer 404 until its earner shares it.
    "badges.achievement", "badges.achievement_file", "badges.assertion", "badges.badge_class",
    "badges.baked_assertion", "sharing.card", "badges.default_did", "sharing.file",
    "badges.endorsement", "badges.endorsement_2", "badges.issuer_2", "badges.issuer_did",
    "badges.key_2", "badges.revocations_2", "badges.record", "badges.stack", "badges.stack_file",
    "badges.signed_assertion", "sharing.picture", "sharing.show", "badges.status_list",
    "sharing.code", "sharing.embed", "marks.picture",
    # What a link for one reader, or a pass for a wallet, leads to: the address is the key.
    "sharing.by_link", "sharing.file_by_link", "sharing.hand_to_wallet", "sharing.picture_by_link",
    "sharing.work_by_link",
    "verification.verified", "verification.verify",
    # Services that people connect: they prove themselves by a secret or a token, where they need
    # to. Whoever is asked by `authorize` is asked only once there is a visit; `window` takes a
    # sealed text from a page of ours.
    "wallets.about", "wallets.authorize", "wallets.credentials", "wallets.deposit",
    "wallets.discovery",
    "wallets.metadata", "wallets.no_such_method", "wallets.profile", "wallets.register",
    "wallets.revoke", "wallets.token", "wallets.update_profile", "wallets.window",
}  # fmt: skip
"""Endpoints without a visit. A new one is added here by somebody who has thought about it."""


WITHOUT_A_TOKEN = {
    "admin/sign_in.html",  # nobody is here yet: the link's own token is the proof
    "connect/register.html",  # nobody is here: the invitation's own token is the proof
    "verification/verify.html",  # anybody may verify, and nothing is changed by it
    "launch/answer.html",  # goes to the platform, with a signed token
    "launch/ask.html",  # the launch itself, proved by what the platform's page had kept
}

COMMITTING = {
    "web/session.py",  # the one transaction of a request, and how long a token visit lasts
    "web/notes.py",  # notes for the next page, after the request's transaction
    "launch/platform_keys.py",  # a copy of the platform's keys, whatever becomes of the launch
    "launch/service_tokens.py",  # tokens shared between processes, apart from any decision
}
"""Only these, and views that keep what was typed although something else was refused."""


@pytest.fixture(scope="module")
def house(migrated_sqlite: Path, tmp_path_factory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("house")
    path = folder / "cairn.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    app = create_app(some_settings(f"sqlite:///{path}", folder))
    yield app
    app.extensions["cairn"].engine.dispose()


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_imports_run_one_way_through_the_house():
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


def test_a_rule_can_be_imported_without_flask_and_without_the_engine():
    check = (
        "import sys, lti_tool.review.decisions;"
        "sys.exit(bool({'flask', 'dbos', 'werkzeug'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT).returncode == 0


def test_every_page_is_guarded_or_known_to_be_public(house):
    endpoints = {rule.endpoint for rule in house.url_map.iter_rules()}
    guards = {endpoint: guard_of(house, endpoint) for endpoint in endpoints}

    assert [endpoint for endpoint, guard in guards.items() if guard is None] == []
    public = {endpoint for endpoint, guard in guards.items() if guard == PUBLIC}
    assert public == OPEN_TO_ANYBODY


def test_every_template_is_used():
    named = re.compile(r"[\"']([\w/.-]+\.html)[\"']")
    speaking = [*CODE, *TEMPLATES]
    used = {name for path in speaking for name in named.findall(path.read_text())}

    present = {str(path.relative_to(ROOT / "templates")) for path in TEMPLATES}

    assert present - used == set()


def test_every_template_that_is_named_exists():
    named = re.compile(r"[\"']([\w/.-]+\.html)[\"']")
    others = {ROOT / "lti_tool" / "practice_lms", ROOT / "lti_tool" / "static_site" / "hosting"}
    code = [path for path in CODE if others.isdisjoint(path.parents)]
    used = {name for path in [*code, *TEMPLATES] for name in named.findall(path.read_text())}

    assert [name for name in sorted(used) if not (ROOT / "templates" / name).exists()] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=short)
def test_a_template_keeps_to_the_content_security_policy(path: Path):
    text = path.read_text()

    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "a script of its own"
    assert not re.search(r"<style\b|\sstyle=", text), "a style of its own"
    assert not re.search(r"\son[a-z]+=", text), "a handler of its own"
    assert not re.search(r"\|\s*safe\b", text), "unescaped text"


@pytest.mark.parametrize("path", TEMPLATES, ids=short)
def test_every_form_that_changes_something_proves_where_it_came_from(path: Path):
    forms = re.findall(r"<form\b[^>]*>.*?</form>", path.read_text(), re.DOTALL)
    changing = [form for form in forms if re.search(r"method=[\"']post", form, re.IGNORECASE)]

    if str(path.relative_to(ROOT / "templates")) not in WITHOUT_A_TOKEN:
        assert [form[:80] for form in changing if "csrf_field()" not in form] == []


@pytest.mark.parametrize("path", CODE, ids=short)
def test_only_named_files_commit_and_only_named_files_ask_for_the_time(path: Path):
    name = short(path).removeprefix("lti_tool/")
    if name.startswith(("practice_lms/", "walk/", "certification/", "migrations/")):
        return
    calls = [
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    ]

    if name not in COMMITTING and "views" not in {path.stem, path.parent.name}:
        assert [call for call in calls if call.endswith(".commit")] == []
    if name not in {"web/session.py", "background.py"} and not name.endswith("commands.py"):
        clocks = {"datetime.now", "datetime.utcnow", "date.today", "time.time"}
        assert [call for call in calls if call in clocks] == []


@pytest.mark.parametrize("path", CODE, ids=short)
def test_a_file_is_one_thing(path: Path):
    if "versions" not in path.parts:
        assert len(path.read_text().splitlines()) <= 500
    assert path.stem not in {"utils", "helpers", "services", "common", "managers", "core", "misc"}


def test_no_program_is_named_in_code():
    packages = sorted((ROOT / "catalogue").glob("*/program.yaml"))
    slugs = {yaml.safe_load(path.read_text())["slug"] for path in packages}
    shown_with = {"demo", "walk", "practice_lms"}
    code = [path for path in CODE if not shown_with & set(path.with_suffix("").parts)]

    assert len(slugs) == 5
    assert [
        (short(path), slug) for path in code for slug in slugs if slug in path.read_text()
    ] == []


def test_rows_are_defined_where_the_first_migration_finds_them(house):
    tables = set(migration.rows().tables)

    assert len(tables) > 30
    assert set(Base.metadata.tables) == tables


def test_lock_files_hold_hashes_and_no_address():
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text()
        pinned = re.findall(r"^([a-z0-9][\w.-]*)==", text, re.MULTILINE)
        lines = [block for block in re.split(r"\n(?=\S)", text.strip()) if block]

        assert "://" not in text
        assert len(pinned) > 40
        assert [block for block in lines if "--hash=sha256:" not in block] == []


def test_the_lock_of_what_node_runs_holds_hashes_and_no_address():
    text = (ROOT / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    asked = json.loads((ROOT / "package.json").read_text())

    assert "://" not in text
    assert packages.pop("")["dependencies"] == asked["dependencies"]
    assert len(packages) > 20
    assert [name for name, known in packages.items() if "integrity" not in known] == []


def test_who_runs_the_tool_gets_the_versions_that_were_tested():
    def pins(name: str) -> set[tuple[str, str]]:
        return set(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-test.lock")


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=short)
def test_no_test_is_skipped_and_nothing_of_ours_is_mocked(path: Path):
    text = path.read_text()

    skipping = re.findall(r"pytest\.(?:skip|importorskip|xfail|mark\.(?:skip\w*|xfail))\b", text)
    mocking = re.findall(r"unittest\.mock|MagicMock|setattr\(\s*[\"']?lti_tool", text)

    if path.name != "test_house.py":
        assert skipping + mocking == []
