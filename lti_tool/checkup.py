"""A check-up of an installation's settings, for `cairn doctor`."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lti_tool import schema
from lti_tool.admin import resealing
from lti_tool.database import connect, read_session
from lti_tool.keyring import KeyFolder, KeyState, Purpose, SigningKey
from lti_tool.launch.models import Deployment, DeploymentState, Registration
from lti_tool.people.roles import Seat
from lti_tool.programs.models import Appointment, Program
from lti_tool.settings import Settings


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    is_well: bool
    words: str


def examine(settings: Settings) -> list[Finding]:
    """Look at address, folders, keys, database and what an installation needs to be of use."""
    return [
        _address(settings),
        _folder("data folder", settings.data_dir),
        _folder("keys folder", settings.keys_dir),
        private_keys(settings),
        *_database(settings),
    ]


def _address(settings: Settings) -> Finding:
    if settings.is_https:
        return Finding("address", True, settings.base_url)
    return Finding(
        "address",
        settings.host.startswith(("localhost", "127.0.0.1")),
        f"{settings.base_url} is plain http: fine on this machine only. Set CAIRN_BASE_URL to the"
        " https address an LMS reaches.",
    )


def _folder(name: str, path: Path) -> Finding:
    if not path.is_dir():
        return Finding(name, True, f"{path} does not exist yet; it is made on first start")
    if not os.access(path, os.W_OK):
        return Finding(name, False, f"{path} cannot be written by this user")
    loose = [file.name for file in path.glob("*.pem") if file.stat().st_mode & 0o077]
    if loose:
        return Finding(name, False, f"others can read {', '.join(loose)}: chmod 600")
    return Finding(name, True, str(path))


def private_keys(settings: Settings) -> Finding:
    """Whether every private file can be opened, and whether it is sealed."""
    folder = KeyFolder.of(settings)
    count = 0
    for purpose in Purpose if folder.path.is_dir() else ():
        for name in folder.names(purpose).values():
            try:
                folder.load(name, purpose)
            except (OSError, ValueError) as fault:
                return Finding("private keys", False, str(fault))
            count += 1
    if not count:
        return Finding("private keys", True, "none yet; they are made on first start")
    sealed = "sealed" if folder.seals else "not sealed, as CAIRN_SECRET_KEY is not given"
    return Finding("private keys", True, f"{count}, {sealed}")


def _database(settings: Settings) -> list[Finding]:
    engine = connect(settings.database_url)
    try:
        pending = schema.pending(engine)
        if pending:
            return [Finding("database", False, "migrations are pending: run `cairn db upgrade`")]
        with read_session(engine) as session:

            def count(kind: type, *where: object) -> int:
                question = select(func.count()).select_from(kind).where(*where)  # type: ignore[arg-type]
                return session.scalar(question) or 0

            return [
                Finding("database", True, "up to date"),
                _signing(session, settings),
                _sealed(session, settings),
                *_furniture(count),
            ]
    except SQLAlchemyError as error:
        return [Finding("database", False, str(error.__cause__ or error).splitlines()[0])]
    finally:
        engine.dispose()


def _signing(session: Session, settings: Settings) -> Finding:
    """Whether this host sees the private file of every key that signs, or will."""
    folder = KeyFolder.of(settings)
    at_work = SigningKey.state.in_([KeyState.ACTIVE, KeyState.STAGED])
    rows = session.scalars(select(SigningKey).where(at_work)).all()
    lost = [row.file for row in rows if row.file and not folder.has(row.file)]
    if lost:
        return Finding(
            "signing keys",
            False,
            f"{', '.join(sorted(lost))} is not in {folder.path}: all hosts must see one folder",
        )
    staged = [row.purpose.value for row in rows if row.state is KeyState.STAGED]
    return Finding(
        "signing keys",
        True,
        f"the next wait for their turn: {', '.join(staged)}" if staged else "at hand",
    )


def _sealed(session: Session, settings: Settings) -> Finding:
    """Whether the secret opens what is sealed in the database."""
    count, closed = resealing.closed(session, settings)
    if closed:
        words = f"{closed} of {count} need another CAIRN_SECRET_KEY: run `cairn keys reseal`"
        return Finding("sealed secrets", False, words)
    return Finding("sealed secrets", True, f"{count}, all open")


def _furniture(count: Callable[..., int]) -> list[Finding]:
    platforms, programs = count(Registration), count(Program)
    pending = count(Deployment, Deployment.state == DeploymentState.PENDING)
    assessors = count(Appointment, Appointment.seat == Seat.ASSESSOR)
    approvers = count(Appointment, Appointment.seat == Seat.APPROVER)
    return [
        Finding(
            "platforms",
            platforms > 0,
            f"{platforms} registered"
            if platforms
            else "none: `cairn platform invite`, or `cairn platform add`",
        ),
        Finding(
            "deployments",
            pending == 0,
            f"{pending} wait for approval: `cairn deployment list`" if pending else "none waits",
        ),
        Finding(
            "programs",
            programs > 0,
            f"{programs} imported" if programs else "none: `cairn program import PATH`",
        ),
        Finding(
            "judges",
            assessors > 0 and approvers > 0,
            f"{assessors} assessors, {approvers} approvers appointed"
            if assessors and approvers
            else "an assessor and an approver are needed: `cairn person appoint`",
        ),
    ]
