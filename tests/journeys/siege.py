"""A tool whose processes are killed while it works: its processes, its rows, and its LMS."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from sqlalchemy.orm import Session

from lti_tool.launch.connector import LINE_ITEMS, LINE_ITEMS_READ, RESULTS_READ, SCORES
from lti_tool.launch.models import (
    Deployment,
    DeploymentState,
    PlatformUser,
    Product,
    Registration,
    ResourceLink,
)
from lti_tool.people.models import Course, Membership, Person, Visit
from lti_tool.people.roles import Role, Seat
from lti_tool.practice_lms import PracticeLms
from lti_tool.practice_lms.school import Link
from lti_tool.programs.models import CredentialVersion
from lti_tool.settings import Settings
from lti_tool.web.session import VISIT_COOKIE, digest
from tests.builders import a_credential_version, a_person, an_appointment

TOKEN = "visit-of-the-approver"


def now() -> datetime:
    """The present moment: these tests play in real time."""
    return datetime.now(UTC)


def environment(settings: Settings) -> dict[str, str]:
    """The environment in which a process finds exactly these settings."""
    ours = {
        "CAIRN_BASE_URL": settings.base_url,
        "CAIRN_DATABASE_URL": settings.database_url,
        "CAIRN_DATA_DIR": str(settings.data_dir),
        "CAIRN_KEYS_DIR": str(settings.keys_dir),
        "CAIRN_SECRET_KEY": settings.secret_key.get_secret_value(),
        "CAIRN_LTI_HTTP_ALLOW": ",".join(settings.lti_http_allow),
        "CAIRN_BACKOFF": ",".join(str(wait) for wait in settings.backoff),
        "CAIRN_SWEEP_SECONDS": str(settings.sweep_seconds),
        "CAIRN_HTTP_TIMEOUT": str(settings.http_timeout),
    }
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("CAIRN_")}
    return theirs | ours


@dataclass
class Troop:
    """One process with its children, which die together."""

    command: list[str]
    settings: Settings
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it leads a process group of its own."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lti_tool", *self.command],
                env=environment(self.settings),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL the whole group: nobody gets to say goodbye."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Siege:
    """All processes of an installation, and the one who kills them."""

    troops: list[Troop]
    chance: random.Random
    kills: int = 0
    decisions: int = 0
    _over: bool = False
    _decided: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    @classmethod
    def of(cls, settings: Settings, folder: Path, *, seed: int) -> "Siege":
        """SQLite: one serve tree. PostgreSQL: a web tree and two workers."""
        port = settings.host.rsplit(":", 1)[1]
        web = ["serve", "--port", port, "--no-migrate"]
        commands = (
            [web] if settings.is_sqlite else [[*web, "--workers", "2"], ["worker"], ["worker"]]
        )
        troops = [
            Troop(command, settings, folder / f"troop-{number}.log")
            for number, command in enumerate(commands)
        ]
        return cls(troops, random.Random(seed))

    def start(self) -> None:
        """Start everything."""
        for troop in self.troops:
            troop.start()

    def begin(self, *, least: int, most: int) -> None:
        """From now on kill one after the other, each after some more decisions, at a random moment.

        What was killed is started again at once.
        """

        def strike() -> None:
            reached = 0
            while True:
                reached += self.chance.randint(least, most)
                self._wait_for(reached)
                time.sleep(self.chance.uniform(0, 0.5))
                if self._over:
                    return
                self.strike()

        self._thread = threading.Thread(target=strike, daemon=True)
        self._thread.start()

    def _wait_for(self, decisions: int) -> None:
        with self._decided:
            self._decided.wait_for(lambda: self._over or self.decisions >= decisions)

    def strike(self) -> None:
        """Kill one, and start it again."""
        victim = self.chance.choice(self.troops)
        victim.kill()
        victim.start()
        self.kills += 1

    def count(self) -> None:
        """One more decision was answered."""
        with self._decided:
            self.decisions += 1
            self._decided.notify_all()

    def lift(self) -> None:
        """No more killing; everything that was killed has been started again."""
        with self._decided:
            self._over = True
            self._decided.notify_all()
        if self._thread is not None:
            self._thread.join()

    def stop(self) -> None:
        """End all processes."""
        self.lift()
        for troop in self.troops:
            troop.kill()

    def said(self) -> str:
        """The end of what the processes logged, for a failing test's report."""
        return "\n".join(
            troop.log.read_text(errors="replace")[-3000:]
            for troop in self.troops
            if troop.log.exists()
        )


@dataclass
class Post:
    """What launches would have left behind: a course in which everybody learns one thing."""

    registration: Registration
    course: Course
    version: CredentialVersion
    approver: Person
    assessor: Person


def settle_in(session: Session, lms: PracticeLms, link: Link) -> Post:
    """A registered LMS with one link, an assessor, and an approver who is signed in."""
    facts = lms.registration()
    deployment_ids = facts.pop("deployment_ids")
    registration = Registration(**facts | {"product": Product(facts["product"])}, created_at=now())
    deployment = Deployment(
        registration=registration,
        deployment_id=deployment_ids[0],
        state=DeploymentState.ACTIVE,
        first_seen_at=now(),
    )
    course = Course(title="Teaching English learners", created_at=now())
    version = a_credential_version(criteria=6)
    program = version.program_version.program
    home = lms.school.course("1")
    (column,) = lms.school.columns_for(link)
    placed = ResourceLink(
        deployment=deployment,
        resource_link_id=link.lti_id,
        course=course,
        title=link.title,
        credential=version.credential,
        program=program,
        line_items_url=lms.mood.columns_url(lms, home),
        line_item_url=lms.mood.column_url(lms, column),
        scopes=[LINE_ITEMS, LINE_ITEMS_READ, RESULTS_READ, SCORES],
        seen_at=now(),
    )
    ben, cleo = a_person("Ben Okoro"), a_person("Cleo Marsh")
    later = now() + timedelta(days=1)
    visit = Visit(
        token_digest=digest(TOKEN),
        person=cleo,
        course=course,
        role=Role.INSTRUCTOR,
        began_at=now(),
        expires_at=later,
    )
    session.add_all(
        [
            placed,
            version,
            visit,
            an_appointment(ben, program, Seat.ASSESSOR, until=later),
            an_appointment(cleo, program, Seat.APPROVER, until=later),
        ]
    )
    session.flush()
    return Post(registration, course, version, approver=cleo, assessor=ben)


def a_learner(session: Session, lms: PracticeLms, post: Post, number: int) -> tuple[Person, str]:
    """Somebody new who learns in the course: in the tool, and (by key) in the LMS."""
    there = lms.enrol("Learner", f"Number {number}")
    person = Person(name=there.name, email=there.email, created_at=now())
    session.add_all(
        [
            PlatformUser(
                registration=post.registration, sub=there.sub, person=person, seen_at=now()
            ),
            Membership(person=person, course=post.course, role=Role.LEARNER, seen_at=now()),
        ]
    )
    return person, there.key


class Approver:
    """Cleo at her browser: she tries again whenever the page does not load."""

    def __init__(self, base_url: str) -> None:
        """Not on the page yet."""
        self.base_url = base_url
        self.session = requests.Session()
        self.session.headers["Cookie"] = f"{VISIT_COOKIE}={TOKEN}"
        self.form_token = ""

    def approve(self, public_id: str, *, until: float) -> None:
        """Approve one work, over HTTP, however often the tool dies meanwhile.

        Whoever gets no answer looks again: a decision is made once, and a second press is told so.
        """
        while time.monotonic() < until:
            try:
                if not self.form_token:
                    self.form_token = self._token(public_id)
                answer = self.session.post(
                    f"{self.base_url}/review/{public_id}/decision",
                    data={"outcome": "approved", "form_token": self.form_token},
                    timeout=20,
                    allow_redirects=False,
                )
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if answer.status_code in (303, 409):
                return
            if answer.status_code < 500:
                raise AssertionError(f"{answer.status_code}: {answer.text[:500]}")
            time.sleep(0.2)
        raise AssertionError("the tool did not come back in time")

    def _token(self, public_id: str) -> str:
        answer = self.session.get(f"{self.base_url}/review/{public_id}", timeout=20)
        if answer.status_code >= 500:
            raise requests.RequestException(f"the page answered {answer.status_code}")
        return answer.text.split('name="form_token" value="', 1)[1].split('"', 1)[0]
