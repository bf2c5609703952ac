"""`cairn badge` as an operator types it."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from lti_tool.badges import artwork, chores, documents, issuing
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, AwardState, Rendering
from lti_tool.cli import cairn
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring, Purpose
from lti_tool.sealing import baking
from lti_tool.settings import Settings
from lti_tool.sharing import pages
from tests.badges.conftest import Awarding
from tests.builders import a_credential_version
from tests.cast import ada, ben


@pytest.fixture
def runner(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A shell in which the settings of the test are the environment."""
    monkeypatch.setenv("CAIRN_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CAIRN_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("CAIRN_KEYS_DIR", str(settings.keys_dir))
    monkeypatch.setenv("CAIRN_SECRET_KEY", settings.secret_key.get_secret_value())
    return CliRunner()


@pytest.fixture
def award(session: Session, awarded: Awarding, context: JobContext) -> Award:
    """A signed award."""
    made = awarded()
    session.commit()
    chores.sign(context, made.id)
    return made


@pytest.fixture
def picture(session: Session, award: Award, tmp_path: Path) -> Path:
    """The award as a baked PNG in a file."""
    signed = documents.kept(session, award)[Rendering.OB3_JSON].decode()
    path = tmp_path / "badge.png"
    path.write_bytes(baking.bake_png(artwork.png(pages.picture(award)), signed))
    session.rollback()  # the command comes with a connection of its own
    return path


def test_a_good_badge_ends_with_zero(runner: CliRunner, picture: Path) -> None:
    result = runner.invoke(cairn, ["badge", "verify", str(picture)])

    assert result.exit_code == 0, result.output
    assert result.output.startswith("This badge is genuine and still holds.")
    assert "ok  Proof:" in result.output


def test_a_badge_can_come_by_standard_input_and_both_levels_of_trust_are_told(
    runner: CliRunner, picture: Path
) -> None:
    result = runner.invoke(cairn, ["badge", "verify", "-"], input=picture.read_bytes())

    assert result.exit_code == 0, result.output
    assert "Intact: yes. Issuer known: yes." in result.output


def test_a_spoiled_badge_ends_with_one(runner: CliRunner, picture: Path) -> None:
    spoiled = baking.extract(picture.read_bytes()).text.replace("Proficient", "Exemplary")
    picture.write_bytes(baking.bake_png(picture.read_bytes(), spoiled))

    result = runner.invoke(cairn, ["badge", "verify", str(picture), "--json"])

    assert result.exit_code == 1
    assert json.loads(result.output)["outcome"] == "not-valid"


def test_what_cannot_be_checked_ends_with_two(runner: CliRunner, tmp_path: Path) -> None:
    assert runner.invoke(cairn, ["badge", "verify", str(tmp_path / "none.png")]).exit_code == 2

    gone = runner.invoke(cairn, ["badge", "verify", "https://localhost:1/badge.json"])
    assert gone.exit_code == 2
    assert "could not be checked" in gone.output


def test_the_recipient_can_be_asked_for(runner: CliRunner, picture: Path) -> None:
    command = ["badge", "verify", str(picture), "--recipient"]

    assert runner.invoke(cairn, [*command, "ada@example.org"]).exit_code == 0
    assert runner.invoke(cairn, [*command, "ivan@example.org"]).exit_code == 1


def test_extract_writes_what_is_inside(runner: CliRunner, picture: Path, tmp_path: Path) -> None:
    result = runner.invoke(cairn, ["badge", "extract", str(picture)])

    assert json.loads(result.output)["type"] == ["VerifiableCredential", "OpenBadgeCredential"]

    plain = tmp_path / "plain.png"
    plain.write_bytes(artwork.png(artwork.Artwork("A title", "An issuer")))
    refused = runner.invoke(cairn, ["badge", "extract", str(plain)])
    assert refused.exit_code == 1
    assert "no credential" in refused.output


@pytest.mark.row("B3-055")
def test_a_revoked_badge_no_longer_verifies(
    runner: CliRunner, session: Session, award: Award, picture: Path, noon: datetime
) -> None:
    address = Addresses("http://localhost:8000").award(award)
    session.rollback()

    result = runner.invoke(cairn, ["badge", "revoke", address, "--reason", "Made by mistake."])

    assert result.exit_code == 0, result.output
    session.refresh(award)
    assert award.state is AwardState.REVOKED
    assert award.revocation_reason == "Made by mistake."
    session.rollback()
    assert runner.invoke(cairn, ["badge", "verify", str(picture)]).exit_code == 1


def test_revoking_wants_a_badge_and_a_reason(runner: CliRunner, award: Award) -> None:
    public_id = award.public_id
    nobody = runner.invoke(cairn, ["badge", "revoke", "x" * 22, "--reason", "why"])
    assert nobody.exit_code == 1
    assert "no badge" in nobody.output

    assert runner.invoke(cairn, ["badge", "revoke", public_id]).exit_code == 2
    assert runner.invoke(cairn, ["badge", "revoke", public_id, "--reason", " "]).exit_code == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_many_are_taken_back_after_a_look_or_none(
    runner: CliRunner, session: Session, awarded: Awarding, noon: datetime
) -> None:
    version = a_credential_version()
    made = [awarded(version, one) for one in (ada(), ben())]
    session.commit()
    first, program = made[0].public_id, version.credential.program.slug
    slug, ids = version.credential.slug, [one.id for one in made]
    day = f"{noon:%Y-%m-%d}"
    asked = ["badge", "revoke", "--program", program, "--reason", "A wrong list."]

    def run(*more: str, answer: str = "") -> tuple[int, str]:
        result = runner.invoke(cairn, [*asked, *more], input=answer)
        return result.exit_code, result.output

    def states() -> set[AwardState]:
        found = {session.get_one(Award, one, populate_existing=True).state for one in ids}
        session.rollback()  # the command comes with a connection of its own
        return found

    assert run("--between", "2020-01-01..2020-01-31")[0] == 1
    assert run("--between", "soon")[0] == 2
    code, output = run("--between", f"{day}..{day}", answer="n\n")
    assert code == 1
    assert "Ada Ferris" in output
    assert states() == {AwardState.CURRENT}
    # One that is not there stops all of them.
    assert run(first, "x" * 22)[0] == 1
    assert states() == {AwardState.CURRENT}
    assert runner.invoke(cairn, ["badge", "revoke", "--reason", "All of them."]).exit_code == 2
    code, output = run("--credential", slug, "--yes")
    assert (code, "Revoked: 2." in output) == (0, True)
    assert states() == {AwardState.REVOKED}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_issuers_own_key_is_followed_by_another(
    runner: CliRunner, session: Session, keyring: Keyring, noon: datetime
) -> None:
    profile = issuing.Profile("North", "n@example.org")
    issuing.make(session, "north", profile, actor=None, now=noon)
    session.commit()
    keyring.prepare("north", noon)
    before = keyring.key(Purpose.BADGE_JWT, "north").kid, keyring.key(Purpose.BADGE_JWT).kid

    asked = ["keys", "rotate", "--issuer", "north", "--now"]
    assert runner.invoke(cairn, asked).exit_code == 2
    done = runner.invoke(cairn, [*asked, "--purpose", "badge-jwt"])
    keyring.look()

    assert done.exit_code == 0, done.output
    assert keyring.key(Purpose.BADGE_JWT, "north").kid != before[0]
    assert keyring.key(Purpose.BADGE_JWT).kid == before[1]
    assert "of the issuer north" in runner.invoke(cairn, ["keys", "list"]).output
    assert runner.invoke(cairn, ["keys", "rotate", "--issuer", "nobody"]).exit_code == 2


def test_without_an_installation_a_badge_can_still_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, picture: Path
) -> None:
    monkeypatch.setenv("CAIRN_DATA_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("CAIRN_KEYS_DIR", str(tmp_path / "nowhere" / "keys"))
    monkeypatch.delenv("CAIRN_DATABASE_URL", raising=False)

    result = CliRunner().invoke(cairn, ["badge", "verify", str(picture)])

    assert result.exit_code == 2
    assert "??  Issuer:" in result.output
    assert not (tmp_path / "nowhere" / "keys").exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_revoked_key_leaves_no_badge_behind(
    runner: CliRunner, session: Session, award: Award, context: JobContext
) -> None:
    kid = context.keyring.key(Purpose.BADGE_PROOF).kid
    old = documents.kept(session, award)[Rendering.OB3_JSON]
    session.commit()

    refused = runner.invoke(cairn, ["keys", "revoke", kid])
    assert refused.exit_code == 1
    assert "cairn keys rotate --purpose badge-proof --now" in refused.output
    runner.invoke(cairn, ["keys", "rotate", "--purpose", "badge-proof", "--now"])
    done = runner.invoke(cairn, ["keys", "revoke", kid])

    assert done.exit_code == 0, done.output
    assert "signed anew within minutes" in done.output
    chores.sign_again(context, kid)
    session.expire_all()
    assert documents.kept(session, award)[Rendering.OB3_JSON] != old
