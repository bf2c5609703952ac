"""A tool and a practice LMS that belong together, each served over HTTP from a site of its own."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import NoReturn

import requests
from sqlalchemy import ColumnElement, Engine, select
from sqlalchemy.orm import Session

from lti_tool import schema
from lti_tool.database import connect, read_session, sessions
from lti_tool.launch.models import PlatformUser, Product, Registration
from lti_tool.launch.platforms import add_platform
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.practice_lms import PracticeLms, RunningLms, free_port
from lti_tool.practice_lms import serve as serve_lms
from lti_tool.practice_lms.mood import MoodName
from lti_tool.programs import appointments, packages, publishing
from lti_tool.programs.catalogue import find_program
from lti_tool.programs.models import Program
from lti_tool.programs.shipped import shipped_packages
from lti_tool.settings import Settings
from lti_tool.walk.gathering import gather
from lti_tool.walk.visitor import Visitor

LOOPBACK = ("localhost", "127.0.0.1", "::1")
START_SECONDS = 60.0


class NotStarted(Exception):
    """The tool did not come up; the message ends with what it said."""


def now() -> datetime:
    """The present moment, for the set-up that happens outside the tool."""
    return datetime.now(UTC)


@dataclass
class Installation:
    """The tool's process and settings, and the LMS beside it."""

    settings: Settings
    lms: RunningLms
    engine: Engine
    log: Path
    process: subprocess.Popen[bytes] | None = None
    guests: list[RunningLms] = field(default_factory=list)
    """Further LMSs that launch into the same tool; they end with it."""

    @property
    def school(self) -> PracticeLms:
        """The practice LMS itself."""
        return self.lms.lms

    def start(self) -> None:
        """Start `cairn serve` and wait until it is ready.

        Raises:
            NotStarted: it ended, or was not ready within a minute.
        """
        host, port = self.settings.host.rsplit(":", 1)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  our own command, no shell
                [sys.executable, "-m", "lti_tool", "serve", "--host", "127.0.0.1", "--port", port],
                env=_environment(self.settings),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                answer = requests.get(f"http://{host}:{port}/readyz", timeout=2)
            except requests.RequestException:
                time.sleep(0.1)
                continue
            if answer.ok:
                return
            time.sleep(0.1)
        self.stop()
        said = self.log.read_text(errors="replace")[-3000:]
        raise NotStarted(f"The tool did not start. It said:\n{said}")

    def stop(self) -> None:
        """End the tool, its children and the LMS."""
        if self.process is not None:
            _end(self.process)
            self.process = None
        for lms in (self.lms, *self.guests):
            lms.stop()
        self.engine.dispose()

    def visitor(self) -> Visitor:
        """Somebody at a fresh browser."""
        return Visitor()

    def launch_url(self, person: str, course: str, link: str, target: str = "window") -> str:
        """The LMS address at which a person begins a launch."""
        return f"{self.lms.url}/courses/{course}/links/{link}/launch?as={person}&target={target}"

    def person_behind(self, session: Session, sub: str) -> Person:
        """The person this LMS calls `sub`; they have launched before."""
        return session.scalars(select(Person).join(PlatformUser).where(*self.account_of(sub))).one()

    def account_of(self, sub: str) -> tuple[ColumnElement[bool], ...]:
        """What tells an account of this LMS from one of the same name in another."""
        return (
            PlatformUser.sub == sub,
            PlatformUser.registration.has(
                issuer=self.school.issuer, client_id=self.school.client_id
            ),
        )

    def appoint(self, key: str, program: Program, seat: Seat) -> None:
        """Appoint somebody of the school for a year, unless they hold the seat already."""
        with sessions(self.engine).begin() as session:
            person = self.person_behind(session, self.school.school.person(key).sub)
            here = session.get_one(Program, program.id)
            if not appointments.holds(session, person, here, seat, now=now()):
                appointments.appoint(
                    session,
                    person,
                    here,
                    seat,
                    until=now() + timedelta(days=365),
                    actor=None,
                    now=now(),
                )

    def program(self, slug: str) -> Program:
        """An imported program."""
        with read_session(self.engine) as session:
            return find_program(session, slug)


def _environment(settings: Settings) -> dict[str, str]:
    """These settings, every one of them, for a process of its own."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("CAIRN_")}
    return theirs | settings.as_environment()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the tool's process group to stop, and insist after ten seconds."""
    for ask in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, ask)
        except ProcessLookupError:
            break
        try:
            process.wait(timeout=10)
            break
        except subprocess.TimeoutExpired:
            continue


def settings_for(folder: Path, port: int, **more: object) -> Settings:
    """Settings of a tool on a loopback port with everything it keeps in one folder.

    What the environment says of anything else counts, so that it is this installation's.
    """
    return Settings.load(
        base_url=f"http://localhost:{port}",
        data_dir=folder,
        database_url=f"sqlite:///{folder.resolve() / 'cairn.sqlite3'}",
        keys_dir=folder / "keys",
        evidence_url=(folder.resolve() / "evidence").as_uri(),
        lti_http_allow=LOOPBACK,
        **more,
    )


def prepare(
    settings: Settings,
    *,
    mood: MoodName,
    lms_port: int = 0,
    state_file: Path | None = None,
    company: bool = True,
    program: str = "",
) -> Installation:
    """Serve a practice LMS, migrate, import the packages and register the two with each other.

    The tool itself is not started yet. Doing it again on the same folder changes nothing.

    Args:
        settings: of the tool.
        mood: how the LMS behaves.
        lms_port: its port; 0 for a free one.
        state_file: where the LMS keeps what it knows; `None` for nowhere.
        company: whether its people find a cohort and a team wherever a program wants them.
        program: the one shipped program to import; empty for all of them.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = connect(settings.database_url)
    schema.upgrade(engine)
    with sessions(engine).begin() as session:
        for package in shipped_packages():
            if program in ("", package.name):
                publishing.import_package(session, packages.read(package), now=now())
    lms = _open_lms(
        settings, engine, mood=mood, lms_port=lms_port, state_file=state_file, company=company
    )
    return Installation(settings, lms, engine, settings.data_dir / "tool.log")


def beside(host: Installation, mood: MoodName, *, company: bool = True) -> Installation:
    """The same tool seen from a second LMS, which ends with the first."""
    lms = _open_lms(host.settings, host.engine, mood=mood, company=company)
    host.guests.append(lms)
    return replace(host, lms=lms, guests=[])


def _open_lms(
    settings: Settings,
    engine: Engine,
    *,
    mood: MoodName,
    lms_port: int = 0,
    state_file: Path | None = None,
    company: bool,
) -> RunningLms:
    """Serve a practice LMS and register it with the tool, unless it was before."""
    base = f"http://127.0.0.1:{lms_port}" if lms_port else ""
    school = PracticeLms(
        mood=mood, base_url=base, tool_url=settings.base_url, state_file=state_file
    )
    running = serve_lms(school, port=lms_port)
    with sessions(engine).begin() as session:
        facts = school.registration()
        known = session.scalars(
            select(Registration).where(
                Registration.issuer == facts["issuer"],
                Registration.client_id == facts["client_id"],
            )
        ).one_or_none()
        if known is None:
            facts["product"] = Product(facts["product"])
            known = add_platform(session, **facts, now=now())
        if company:
            gather(session, known, now=now())
    return running


def end_politely() -> None:
    """Let SIGTERM unwind the stack, so that whatever was started is ended too."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)


def fresh_port() -> int:
    """A loopback port nobody listens on."""
    return free_port()
