"""`cairn platform`, `deployment`, `admin` and `person`: who is connected, and who may what."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

import click
from sqlalchemy.orm import Session

from lti_tool import schema
from lti_tool.database import connect, sessions
from lti_tool.errors import Refused
from lti_tool.launch import platforms
from lti_tool.launch.models import Deployment, DeploymentState, Product
from lti_tool.launch.people_known import KnownPerson, find_people, find_person
from lti_tool.people import sign_in_links
from lti_tool.people.roles import Seat
from lti_tool.programs.appointments import appoint
from lti_tool.programs.catalogue import find_program
from lti_tool.settings import Settings

as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


@contextmanager
def change(settings: Settings) -> Iterator[Session]:
    """The one transaction of a command; a refusal ends it in its own words."""
    engine = connect(settings.database_url)
    schema.upgrade(engine)
    try:
        with sessions(engine).begin() as session:
            yield session
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    finally:
        engine.dispose()


def now() -> datetime:
    """The present moment: commands ask for it here."""
    return datetime.now(UTC)


def write(value: Any) -> None:
    """Write a value as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


# -- platforms -------------------------------------------------------------------------------


@click.group()
def platform() -> None:
    """LMSs that people come from."""


@platform.command()
@click.option("--name", required=True, help="What you call it.")
@click.option("--issuer", required=True, help="Its issuer, to the letter.")
@click.option("--client-id", required=True, help="The client id it gave this tool.")
@click.option("--auth-login-url", required=True, help="Its OpenID Connect authorisation address.")
@click.option("--auth-token-url", required=True, help="Its access token address.")
@click.option("--jwks-url", required=True, help="Its key set address.")
@click.option("--deployment-id", "deployment_ids", multiple=True, help="May be repeated.")
@click.option("--product", type=click.Choice([one.value for one in Product]), default="generic")
@click.option("--auth-audience", default=None, help="What its token service wants as audience.")
@as_json
def add(as_json: bool, **facts: Any) -> None:
    """Register a platform, or correct one; every --deployment-id is active at once."""
    settings = Settings.load()
    with change(settings) as session:
        registration = platforms.add_platform(
            session, **facts, http_allow=settings.lti_http_allow, now=now()
        )
        known = next(
            one
            for one in platforms.known_platforms(session)
            if one.registration.id == registration.id
        )
        shown = _platform(known) | _tool_addresses(settings)
    if as_json:
        write(shown)
        return
    click.echo(f"Registered: {shown['name']} ({shown['issuer']}, {shown['client_id']})")
    click.echo("Set these in the LMS, to the letter:")
    for name, address in _tool_addresses(settings).items():
        click.echo(f"  {name.replace('_', ' ')}: {address}")


@platform.command("list")
@as_json
def list_platforms(as_json: bool) -> None:
    """What is registered."""
    with change(Settings.load()) as session:
        shown = [_platform(known) for known in platforms.known_platforms(session)]
    if as_json:
        write(shown)
        return
    for one in shown:
        click.echo(f"{one['id']}  {one['name']} ({one['product']})")
        click.echo(f"   {one['issuer']}  client {one['client_id']}")
        click.echo(f"   last launch: {one['last_launch'] or 'never'}")
        for deployment in one["deployments"]:
            click.echo(f"   deployment {deployment['deployment_id']}: {deployment['state']}")


def _platform(known: platforms.KnownPlatform) -> dict[str, Any]:
    row = known.registration
    return {
        "id": row.id,
        "name": row.name,
        "issuer": row.issuer,
        "client_id": row.client_id,
        "auth_login_url": row.auth_login_url,
        "auth_token_url": row.auth_token_url,
        "jwks_url": row.jwks_url,
        "auth_audience": row.auth_audience,
        "product": row.product.value,
        "last_launch": known.last_seen_at.isoformat() if known.last_seen_at else None,
        "deployments": [_deployment(deployment) for deployment in known.deployments],
    }


def _tool_addresses(settings: Settings) -> dict[str, str]:
    base = settings.base_url
    return {
        "login_url": f"{base}/lti/login",
        "redirect_url": f"{base}/lti/launch",
        "tool_jwks_url": f"{base}/lti/jwks",
    }


# -- deployments -----------------------------------------------------------------------------


@click.group()
def deployment() -> None:
    """Installations of the tool inside the registered LMSs."""


@deployment.command("list")
@as_json
def list_deployments(as_json: bool) -> None:
    """All that were seen, pending ones first."""
    with change(Settings.load()) as session:
        shown = [
            _deployment(row) | {"issuer": row.registration.issuer, "name": row.registration.name}
            for row in platforms.deployments(session)
        ]
    if as_json:
        write(shown)
        return
    for one in shown:
        click.echo(f"{one['id']}  {one['state']}  {one['deployment_id']}  {one['name']}")


def _deployment(row: Deployment) -> dict[str, Any]:
    return {
        "id": row.id,
        "deployment_id": row.deployment_id,
        "state": row.state.value,
        "first_seen_at": row.first_seen_at.isoformat(),
    }


@deployment.command()
@click.argument("named", metavar="ID")
def approve(named: str) -> None:
    """Let a deployment in: people may launch from it at once."""
    _decide(named, DeploymentState.ACTIVE)


@deployment.command()
@click.argument("named", metavar="ID")
def block(named: str) -> None:
    """Keep a deployment out."""
    _decide(named, DeploymentState.BLOCKED)


def _decide(named: str, state: DeploymentState) -> None:
    with change(Settings.load()) as session:
        row = platforms.find_deployment(session, named)
        platforms.decide(session, row, state, actor=None, now=now())
        click.echo(f"Deployment {row.deployment_id} of {row.registration.name}: {row.state.value}")


# -- administrators --------------------------------------------------------------------------


@click.group()
def admin() -> None:
    """Whoever administers this tool."""


@admin.command()
def link() -> None:
    """Make a link that signs one administrator in, once, within half an hour."""
    settings = Settings.load()
    with change(settings) as session:
        token = sign_in_links.make(session, now=now())
    click.echo(f"{settings.base_url}/admin/sign-in/{token}")


# -- people ----------------------------------------------------------------------------------


@click.group()
def person() -> None:
    """People who came by a launch, and what they are appointed to."""


@person.command()
@click.argument("text")
@as_json
def find(text: str, as_json: bool) -> None:
    """Find people by a part of their name or address, or by their LMS user id."""
    with change(Settings.load()) as session:
        shown = [_person(known) for known in find_people(session, text, now=now())]
    if as_json:
        write(shown)
        return
    for one in shown:
        seats = ", ".join(f"{seat['role']} in {seat['program']}" for seat in one["seats"])
        click.echo(f"{one['id']}  {one['name']}  {one['email'] or ''}  {seats}".rstrip())


def _person(known: KnownPerson) -> dict[str, Any]:
    return {
        "id": known.person.id,
        "name": known.person.name,
        "email": known.person.email,
        "accounts": [
            {"issuer": account.registration.issuer, "sub": account.sub}
            for account in known.accounts
        ],
        "seats": [
            {
                "role": seat.seat.value,
                "program": seat.program.slug,
                "until": seat.until.isoformat() if seat.until else None,
            }
            for seat in known.seats
        ],
    }


@person.command("appoint")
@click.argument("person_id", metavar="ID", type=int)
@click.option("--role", required=True, type=click.Choice([seat.value for seat in Seat]))
@click.option("--program", "program_slug", required=True, help="The program's slug.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="Last day, in the installation's time zone; open-ended without it.",
)
def appoint_person(person_id: int, role: str, program_slug: str, until: datetime | None) -> None:
    """Appoint somebody to judge, coach or administer in a program."""
    settings = Settings.load()
    end = end_of(until, settings) if until else None
    with change(settings) as session:
        known = find_person(session, person_id, now=now())
        program = find_program(session, program_slug)
        appoint(session, known.person, program, Seat(role), until=end, actor=None, now=now())
        until_words = f" until {until:%Y-%m-%d}" if until else ""
        click.echo(f"{known.person.name} is {role} in {program_slug}{until_words}.")


def end_of(last_day: datetime, settings: Settings) -> datetime:
    """The first moment after a last day, in the installation's zone."""
    following = last_day.date() + timedelta(days=1)
    return datetime.combine(following, time.min, settings.zone).astimezone(UTC)
