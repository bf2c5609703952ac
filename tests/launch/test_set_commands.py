"""`cairn platform set` and `cairn deployment set` (T-048, T-051, T-052, T-058, T-076, T-082)."""

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from lti_tool.cli import cairn
from lti_tool.database import sessions
from lti_tool.launch.models import Deployment, Registration
from lti_tool.launch.seals import unseal
from lti_tool.people.models import AuditEvent
from lti_tool.settings import Settings
from tests.launch.kit import Platform


def run(settings: Settings, *words: str, typed: str = "", expect: int = 0) -> str:
    """What a command says; it must succeed unless told otherwise."""
    environment = {
        "CAIRN_DATABASE_URL": settings.database_url,
        "CAIRN_DATA_DIR": str(settings.data_dir),
        "CAIRN_KEYS_DIR": str(settings.keys_dir),
        "CAIRN_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    result = CliRunner().invoke(cairn, list(words), env=environment, input=typed)
    assert result.exit_code == expect, result.output
    return result.output


@pytest.mark.row("T-048")
@pytest.mark.row("T-052")
@pytest.mark.row("T-058")
def test_a_platform_is_told_what_it_may(
    settings: Settings, engine: Engine, platform: Platform
) -> None:
    """Each option alone changes itself and nothing else, and the audit trail knows."""
    shown = run(settings, "platform", "set", "1")
    assert "audiences beside this tool: none" in shown
    assert "user ids that are numbers: refused" in shown
    assert "new deployments: ask first" in shown

    run(settings, "platform", "set", "1", "--extra-audience", "a", "--extra-audience", "b")
    run(settings, "platform", "set", "tool-1", "--numbers-as-user-ids")
    shown = run(settings, "platform", "set", "Prairie State LMS", "--approve-deployments")
    assert "audiences beside this tool: a, b" in shown
    assert "user ids that are numbers: taken" in shown
    assert "new deployments: let in" in shown

    run(settings, "platform", "set", "1", "--no-extra-audiences", "--text-user-ids")
    shown = run(settings, "platform", "set", "1", "--ask-for-deployments")
    with sessions(engine)() as session:
        row = session.scalars(select(Registration)).one()
        assert (row.extra_audiences, row.sub_may_be_number) == ([], False)
        assert not row.approves_deployments
        acts = session.scalars(select(AuditEvent.action)).all()
        assert acts.count("launch.change-platform") == 5


@pytest.mark.row("T-082")
def test_the_secret_of_lti_1_1_is_asked_for_and_never_shown(
    settings: Settings, engine: Engine, platform: Platform
) -> None:
    """T-082: neither on the screen, nor in the history of the shell, nor in the audit trail."""
    shown = run(settings, "platform", "set", "1", "--legacy-key", "old", typed="very secret\n")

    assert "LTI 1.1 consumer key: old" in shown
    assert "very secret" not in shown
    with sessions(engine)() as session:
        row = session.scalars(select(Registration)).one()
        assert unseal(settings, row.legacy_secret) == "very secret"
        details = [str(event.detail) for event in session.scalars(select(AuditEvent))]
        assert "very secret" not in "".join(details)

    run(settings, "platform", "set", "1", "--no-legacy-key")
    with sessions(engine)() as session:
        row = session.scalars(select(Registration)).one()
        assert (row.legacy_key, row.legacy_secret) == ("", "")


@pytest.mark.row("T-051")
@pytest.mark.row("T-076")
def test_a_deployment_is_told_what_it_allows(
    settings: Settings, engine: Engine, platform: Platform
) -> None:
    """Guests and assistants, one by one."""
    shown = run(settings, "deployment", "set", "1", "--guests")
    assert "launches that name nobody: taken" in shown
    assert "teaching assistants: what instructors may" in shown
    assert "see progress only" in run(settings, "deployment", "set", "1", "--assistants-look")

    run(settings, "deployment", "set", "1", "--no-guests", "--assistants-grade")
    with sessions(engine)() as session:
        row = session.scalars(select(Deployment)).one()
        assert (row.allow_anonymous, row.assistants_grade) == (False, True)


def test_what_cannot_be_is_refused_in_words(settings: Settings, platform: Platform) -> None:
    """No platform of that name, no audience of spaces."""
    assert "no platform nine" in run(settings, "platform", "set", "nine", expect=1)
    assert "audience" in run(settings, "platform", "set", "1", "--extra-audience", " ", expect=1)
    assert "no deployment 9" in run(settings, "deployment", "set", "9", "--guests", expect=1)
