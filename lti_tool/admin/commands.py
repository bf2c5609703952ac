"""`cairn keys` and `cairn launch`: signing keys, and what became of launches."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from lti_tool import schema
from lti_tool.admin import launches, resealing
from lti_tool.badges import compromised, issuers
from lti_tool.database import connect, sessions
from lti_tool.errors import Refused
from lti_tool.keyring import KeyFolder, Keyring, Purpose, Unsealable, rotation
from lti_tool.people.audit import note
from lti_tool.settings import Settings

as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


def _now() -> datetime:
    return datetime.now(UTC)


def _write(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def _change(settings: Settings) -> Iterator[Session]:
    """The one transaction of a command; a refusal ends it in its own words."""
    engine = connect(settings.database_url)
    schema.upgrade(engine)
    try:
        with sessions(engine).begin() as session:
            yield session
    except (Refused, Unsealable) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    finally:
        engine.dispose()


# -- keys ------------------------------------------------------------------------------------


@click.group()
def keys() -> None:
    """Signing keys."""


@keys.command("list")
@as_json
def list_keys(as_json: bool) -> None:
    """Every key: its purpose, name, state and dates. Private parts stay in their files."""
    settings = Settings.load()
    engine = connect(settings.database_url)
    try:
        schema.upgrade(engine)
        ring = Keyring.open(settings, engine, _now())
        found = ring.all()
    except Unsealable as refusal:
        raise click.ClickException(str(refusal)) from refusal
    finally:
        engine.dispose()
    if as_json:
        _write(
            [
                {
                    "kid": key.kid,
                    "issuer": key.holder,
                    "purpose": key.purpose.value,
                    "algorithm": key.algorithm,
                    "state": key.state.value,
                    "made_at": key.made_at.isoformat(),
                    "signs_from": key.signs_from.isoformat() if key.signs_from else None,
                    "retired_at": key.retired_at.isoformat() if key.retired_at else None,
                    "withdrawn_at": key.withdrawn_at.isoformat() if key.withdrawn_at else None,
                }
                for key in found
            ]
        )
        return
    for key in found:
        moments = [f"made {key.made_at:%Y-%m-%d}"]
        for words, moment in (
            ("signs from", key.signs_from),
            ("retired", key.retired_at),
            ("withdrawn", key.withdrawn_at),
        ):
            if moment is not None:
                moments.append(f"{words} {moment:%Y-%m-%d %H:%M} UTC")
        click.echo(f"{key.purpose:12} {key.algorithm:8} {key.state:9} {key.kid}")
        if key.holder:
            moments.insert(0, f"of the issuer {key.holder}")
        click.echo(f"{'':12} {', '.join(moments)}")
    click.echo(
        "Private files are sealed with CAIRN_SECRET_KEY."
        if ring.folder.seals
        else "Private files are not sealed: CAIRN_SECRET_KEY does not come from outside."
    )


@keys.command()
@click.option(
    "--purpose",
    "purposes",
    type=click.Choice([one.value for one in Purpose]),
    multiple=True,
    default=[Purpose.LTI.value],
    show_default=True,
    help="May be repeated.",
)
@click.option(
    "--now",
    "at_once",
    is_flag=True,
    help="Sign with the next key at once: only where the present one may have been stolen.",
)
@click.option("--issuer", "slug", default="", help="An issuer's own badge key, by its short name.")
def rotate(purposes: tuple[str, ...], at_once: bool, slug: str) -> None:
    """Publish the next key; it signs when platforms have had the time to see it."""
    settings = Settings.load()
    now = _now()
    with _change(settings) as session:
        holder = _holder(session, slug, purposes)
        for name in dict.fromkeys(purposes):
            row = rotation.rotate(
                session,
                KeyFolder.of(settings),
                Purpose(name),
                pace=rotation.Pace.of(settings),
                now=now,
                at_once=at_once,
                holder=holder,
            )
            note(
                session,
                "keys.rotate",
                f"key {row.kid}",
                actor=None,
                now=now,
                purpose=name,
                at_once=at_once,
                issuer=slug,
            )
            assert row.signs_from is not None
            since = "signs now" if at_once else f"signs from {row.signs_from:%Y-%m-%d %H:%M} UTC"
            click.echo(f"{name}: {row.kid} is published and {since}.")


def _holder(session: Session, slug: str, purposes: tuple[str, ...]) -> str:
    """Whose keys an issuer signs with; empty for the installation's. Raises `UsageError`."""
    if not slug:
        return ""
    if Purpose.LTI.value in purposes:
        raise click.UsageError("Issuers have badge keys only: say which, with --purpose.")
    issuer = issuers.find_issuer(session, slug)
    if issuer is None:
        raise click.UsageError(f"There is no issuer {slug} here.")
    return issuer.key_holder


@keys.command()
@click.argument("kid")
def revoke(kid: str) -> None:
    """Publish a key no longer, at once: for one that may have been stolen."""
    settings = Settings.load()
    now = _now()
    with _change(settings) as session:
        row = rotation.revoke(session, KeyFolder.of(settings), kid, now=now)
        note(session, "keys.revoke", f"key {kid}", actor=None, now=now, purpose=row.purpose.value)
        compromised.follow_up(session, row)
        purpose = row.purpose
    click.echo(f"Revoked: {kid} ({purpose.value}). It is published no longer.")
    if purpose not in rotation.PRUNED:
        click.echo("Files that it signed are no longer valid.")
    if purpose in compromised.KEEP_WHAT_THEY_SIGNED:
        click.echo("Badges are signed anew within minutes; whoever saved a copy saves it again.")


@keys.command()
def reseal() -> None:
    """Seal everything anew after CAIRN_SECRET_KEY was changed; asks for the former secret."""
    settings = Settings.load()
    folder = KeyFolder.of(settings)
    if not folder.seals:
        raise click.ClickException("Set CAIRN_SECRET_KEY to the new secret first.")
    former = click.prompt("The former CAIRN_SECRET_KEY", hide_input=True)
    wrong = click.ClickException("That is not the secret these files are sealed with.")
    with _change(settings) as session:
        rows = resealing.reseal(session, settings, former)
        try:
            count = folder.reseal(former)
        except Unsealable as refusal:
            raise wrong from refusal
        if rows.lost and not (rows.count or count):
            raise wrong
    click.echo(f"Sealed anew: {count}.")
    click.echo(f"Licence numbers and shared secrets sealed anew: {rows.count}.")
    if rows.lost:
        click.echo(
            f"Opened by neither secret, and left as they are: {rows.lost}. Run it once more with"
            " the secret before."
        )


# -- launches --------------------------------------------------------------------------------


@click.group()
def launch() -> None:
    """What became of launches, good or bad."""


@launch.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that were let in, too.")
@click.option("--code", default=None, help="Only those with this outcome, such as `expired`.")
@click.option("--lms", type=int, default=None, help="A platform's number; 0 for unknown ones.")
@click.option("--text", default="", help="A person's name or LMS id, or the start of a reference.")
@as_json
def list_launches(
    everything: bool, code: str | None, lms: int | None, text: str, as_json: bool
) -> None:
    """The newest fifty, the newest first; without options only those that were refused."""
    outcome = code or (launches.ALL if everything else launches.PROBLEMS)
    with _change(Settings.load()) as session:
        found = launches.find(session, launches.Wanted(lms=lms, outcome=outcome, text=text)).lines
    if as_json:
        _write([_launch(line) for line in found])
        return
    for line in found:
        record = line.record
        click.echo(f"{record.at:%Y-%m-%d %H:%M:%S}  {record.code:20} {record.reference}")
        click.echo(f"{'':21}{line.lms}{', ' + line.person if line.person else ''}")


def _launch(line: launches.Line) -> dict[str, Any]:
    record = line.record
    return {
        "reference": record.reference,
        "at": record.at.isoformat(),
        "code": record.code,
        "lms": line.lms,
        "registration": record.registration_id,
        "issuer": record.issuer,
        "client_id": record.client_id,
        "deployment_id": record.deployment_id,
        "message": record.message,
        "person": record.person_id,
        "skew_seconds": record.skew,
        "way": record.way,
    }


@launch.command()
@click.argument("reference", metavar="REF")
@as_json
def show(reference: str, as_json: bool) -> None:
    """One launch by the reference on its page: why, who must act, and what to compare."""
    settings = Settings.load()
    with _change(settings) as session:
        found = launches.find_one(session, reference, base_url=settings.base_url)
        report = found.report
    if not as_json:
        click.echo(report, nl=False)
        return
    _write(
        _launch(found.line)
        | {
            "happened": found.line.happened,
            "steps": [{"who": step.who, "do": step.words} for step in found.steps],
            "compared": [
                {
                    "name": row.name,
                    "received": row.received,
                    "registered": row.registered,
                    "differs": row.differs,
                }
                for row in found.compared
            ],
        }
    )
