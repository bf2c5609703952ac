"""`cairn platform`, `deployment`, `admin` and `person` (contract of commands)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from lti_tool.cli import cairn
from lti_tool.database import sessions
from lti_tool.launch.models import Deployment, DeploymentState, Registration
from lti_tool.people.models import SignInLink
from lti_tool.programs.models import Appointment
from lti_tool.settings import Settings
from tests.builders import a_credential_version, a_person

Cairn = Callable[..., Result]
FACTS = [
    "--name", "Prairie State LMS",
    "--issuer", "https://lms.example.edu",
    "--client-id", "tool-1",
    "--auth-login-url", "https://lms.example.edu/auth",
    "--auth-token-url", "https://lms.example.edu/token",
    "--jwks-url", "https://lms.example.edu/jwks",
]  # fmt: skip


@pytest.fixture
def run(settings: Settings) -> Cairn:
    """Run a command on the test's database; it must succeed unless told otherwise."""

    def command(*words: str, expect: int = 0) -> Result:
        environment = {
            "CAIRN_DATABASE_URL": settings.database_url,
            "CAIRN_DATA_DIR": str(settings.data_dir),
            "CAIRN_KEYS_DIR": str(settings.keys_dir),
            "CAIRN_BASE_URL": settings.base_url,
            "CAIRN_LTI_HTTP_ALLOW": "localhost",
        }
        result = CliRunner().invoke(cairn, list(words), env=environment)
        assert result.exit_code == expect, result.output
        return result

    return command


def read(result: Result) -> Any:
    """The JSON a command wrote; the log goes elsewhere."""
    return json.loads(result.stdout)


def test_a_platform_is_registered_with_active_deployments(run: Cairn, engine: Engine) -> None:
    """And what has to be set in the LMS is printed."""
    told = read(
        run(
            "platform", "add", *FACTS, "--deployment-id", "1", "--deployment-id", "2",
            "--product", "moodle", "--auth-audience", "https://aud", "--json",
        )
    )  # fmt: skip

    assert (told["issuer"], told["client_id"], told["product"]) == (
        "https://lms.example.edu",
        "tool-1",
        "moodle",
    )
    assert {(one["deployment_id"], one["state"]) for one in told["deployments"]} == {
        ("1", "active"),
        ("2", "active"),
    }
    assert told["redirect_url"] == "http://localhost:8000/lti/launch"
    assert read(run("platform", "list", "--json"))[0]["auth_audience"] == "https://aud"
    assert "last launch: never" in run("platform", "list").output
    assert "/lti/login" in run("platform", "add", *FACTS).output


def test_registering_again_corrects(run: Cairn, engine: Engine) -> None:
    """The same issuer and client id; kept keys are forgotten."""
    run("platform", "add", *FACTS, "--deployment-id", "1")
    with sessions(engine).begin() as session:
        row = session.scalars(select(Registration)).one()
        row.keys, row.keys_fetched_at = {"keys": []}, datetime.now(UTC)

    run(
        "platform",
        "add",
        *FACTS,
        "--jwks-url",
        "https://lms.example.edu/new",
        "--deployment-id",
        "2",
    )

    with sessions(engine)() as session:
        row = session.scalars(select(Registration)).one()
        assert (row.jwks_url, row.keys, row.keys_fetched_at) == (
            "https://lms.example.edu/new",
            None,
            None,
        )
        assert len(session.scalars(select(Deployment)).all()) == 2


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--jwks-url", "http://lms.example.edu/jwks"),
        ("--auth-token-url", "lms.example.edu/token"),
        ("--auth-login-url", "javascript:alert(1)"),
        ("--issuer", ""),
        ("--client-id", "x" * 256),
    ],
)
def test_what_could_never_work_is_refused_by_name(
    run: Cairn, engine: Engine, option: str, value: str
) -> None:
    """Before it is written down."""
    run("platform", "add", *FACTS, option, value, expect=1)

    with sessions(engine)() as session:
        assert session.scalars(select(Registration)).all() == []


def test_a_host_for_practice_may_be_plain_http(run: Cairn) -> None:
    """Where `CAIRN_LTI_HTTP_ALLOW` names it."""
    run("platform", "add", *FACTS, "--jwks-url", "http://localhost:9/jwks")


def test_deployments_are_approved_and_blocked_by_number_or_id(run: Cairn, engine: Engine) -> None:
    """Pending ones are listed first."""
    run("platform", "add", *FACTS, "--deployment-id", "school-1")
    with sessions(engine).begin() as session:
        session.add(
            Deployment(
                registration=session.scalars(select(Registration)).one(),
                deployment_id="school-2",
                state=DeploymentState.PENDING,
                first_seen_at=datetime.now(UTC),
            )
        )
    first = read(run("deployment", "list", "--json"))[0]
    assert (first["deployment_id"], first["state"]) == ("school-2", "pending")

    run("deployment", "approve", str(first["id"]))
    run("deployment", "block", "school-1")

    states = {
        one["deployment_id"]: one["state"] for one in read(run("deployment", "list", "--json"))
    }
    assert states == {"school-1": "blocked", "school-2": "active"}
    assert "no deployment nowhere" in run("deployment", "approve", "nowhere", expect=1).output
    assert "school-2" in run("deployment", "list").output


def test_an_administrator_s_link_is_an_address_of_this_tool(run: Cairn, engine: Engine) -> None:
    """Printed and nowhere kept."""
    printed = run("admin", "link").stdout.strip()

    assert printed.startswith("http://localhost:8000/admin/sign-in/")
    with sessions(engine)() as session:
        link = session.scalars(select(SignInLink)).one()
    assert link.token_digest not in printed


@pytest.mark.row("S3-28")
def test_people_are_found_and_appointed(run: Cairn, engine: Engine) -> None:
    """S3-28: who may judge, by command, until a day."""
    with sessions(engine).begin() as session:
        version = a_credential_version()
        session.add_all([version, a_person("Ben Ash"), a_person("Cleo Marsh")])
    slug = version.credential.program.slug
    (ben,) = read(run("person", "find", "ash", "--json"))
    assert (ben["name"], ben["seats"]) == ("Ben Ash", [])

    run(
        "person", "appoint", str(ben["id"]), "--role", "assessor", "--program", slug,
        "--until", "2099-06-30",
    )  # fmt: skip

    with sessions(engine)() as session:
        row = session.scalars(select(Appointment)).one()
    # The end of 30 June in Chicago.
    assert row.until == datetime(2099, 7, 1, 5, tzinfo=UTC)
    assert f"assessor in {slug}" in run("person", "find", "Ben").output
    wrong = ["person", "appoint", str(ben["id"]), "--role", "approver", "--program"]
    run(*wrong, "no-such-program", expect=1)
    run(*wrong, slug, "--until", "2001-01-01", expect=1)
    run("person", "appoint", "9999", "--role", "coach", "--program", slug, expect=1)
