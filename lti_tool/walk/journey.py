"""The main job, step by step: each step is timed and says what it saw."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select

from lti_tool.database import read_session
from lti_tool.launch.models import PlatformUser
from lti_tool.people.roles import Seat
from lti_tool.portfolio.models import Enrolment, Submission
from lti_tool.programs import rubrics
from lti_tool.programs.catalogue import current_credential_version, find_credential, offers
from lti_tool.review.models import Assessment, AssessmentState, Rating
from lti_tool.walk import judges, participant, renderings
from lti_tool.walk.installation import Installation
from lti_tool.walk.visitor import TIMEOUT, Lost, Visitor

COURSE = "1"
PATIENCE = 60.0
"""Seconds that background work may take before a step counts as broken."""


@dataclass(frozen=True)
class Step:
    """One step that went well."""

    name: str
    seconds: float
    words: str


def startable(installation: Installation, program: str | None) -> tuple[str, str, str]:
    """Slug of the program, slug and title of its first credential that can be begun.

    Raises:
        Lost: there is none.
    """
    with read_session(installation.engine) as session:
        for offer in offers(session):
            if program not in (None, offer.slug):
                continue
            for credential in offer.credentials:
                if credential.can_begin:
                    return offer.slug, credential.slug, credential.title
    raise Lost(
        f"{program or 'No program'} has no credential that can be begun: those in preparation"
        " have no tasks yet."
    )


class Journey:
    """One participant's way from the LMS link to a verified badge."""

    def __init__(self, installation: Installation, program: str | None, out: Path | None) -> None:
        """`out`, if given, receives every rendering of every award."""
        self.installation = installation
        self.base = installation.settings.base_url
        self.out = out
        self.program, self.credential, self.title = startable(installation, program)
        school = installation.school
        self.link = school.add_link(
            COURSE,
            self.title,
            custom={"program": self.program, "credential": self.credential},
        )
        self.people = {key: Visitor() for key in ("ada", "ben", "cleo", "dora")}
        self.work = ""
        self.awards: list[str] = []
        self.kept: dict[str, bytes] = {}

    def steps(self) -> Iterator[Step]:
        """Do one step after the other.

        Raises:
            Lost: a step did not go as it should.
        """
        doing: tuple[tuple[str, Callable[[], str]], ...] = (
            ("launch", self.launch),
            ("submit", self.submit),
            ("assess", self.assess),
            ("approve", self.approve),
            ("gradebook", self.gradebook),
            ("award", self.award),
            ("share", self.share),
            ("verify", self.verify),
        )
        for name, act in doing:
            began = time.perf_counter()
            words = act()
            yield Step(name, time.perf_counter() - began, words)

    def _come(self, key: str) -> str:
        page = self.people[key].launch(self.installation.launch_url(key, COURSE, self.link.id))
        if not page.url.startswith(self.base):
            raise Lost(f"{key} ended at {page.url}: {page.text[:400]}")
        return page.url

    def launch(self) -> str:
        """Everybody comes in from the LMS; the judges are appointed."""
        for key in self.people:
            self._come(key)
        program = self.installation.program(self.program)
        self.installation.appoint("ben", program, Seat.ASSESSOR)
        self.installation.appoint("cleo", program, Seat.APPROVER)
        return f"four people came in from {self.installation.lms.url} to “{self.title}”"

    def submit(self) -> str:
        """The participant does what their home page says until all parts are submitted."""
        page = participant.work_until_submitted(self.people["ada"], f"{self.base}/")
        self.work = page.url.rsplit("/", 1)[1]
        with read_session(self.installation.engine) as session:
            work = session.scalars(
                select(Submission).where(Submission.public_id == self.work)
            ).one()
            return f"{len(work.artifacts)} artifacts submitted as attempt {work.attempt}"

    def assess(self) -> str:
        """The assessor rates every criterion and recommends."""
        judges.assess(self.people["ben"], self.base, self.work)
        return "every criterion rated and recommended"

    def approve(self) -> str:
        """Part after part: whatever is still open is submitted, assessed and approved too."""
        judges.approve(self.people["cleo"], self.base, self.work)
        parts = 1
        while self._open_parts():
            self.submit()
            self.assess()
            judges.approve(self.people["cleo"], self.base, self.work)
            parts += 1
        return f"approved by a second person, {parts} part(s)"

    def _open_parts(self) -> int:
        with read_session(self.installation.engine) as session:
            enrolment = self._enrolment(session)
            works = session.scalars(
                select(Submission).where(Submission.enrolment_id == enrolment.id)
            ).all()
            done = {work.part_id for work in works if work.state == "approved"}
            return len(enrolment.credential_version.parts) - len(done)

    def _enrolment(self, session: Any) -> Enrolment:
        sub = self.installation.school.school.person("ada").sub
        found = find_credential(session, self.credential, self.program)
        version = current_credential_version(session, found)
        enrolment: Enrolment = session.scalars(
            select(Enrolment)
            .join(PlatformUser, PlatformUser.person_id == Enrolment.person_id)
            .where(
                *self.installation.account_of(sub), Enrolment.credential_version_id == version.id
            )
        ).one()
        return enrolment

    def _expected_share(self) -> Decimal:
        with read_session(self.installation.engine) as session:
            enrolment = self._enrolment(session)
            criteria = [
                criterion
                for part in enrolment.credential_version.parts
                for criterion in part.criteria
            ]
            ratings = session.scalars(
                select(Rating)
                .join(Rating.assessment)
                .join(Assessment.submission)
                .where(
                    Submission.enrolment_id == enrolment.id,
                    Assessment.state == AssessmentState.DECIDED,
                )
            ).all()
            levels = {rating.criterion_id: rating.level for rating in ratings if rating.level}
            found = rubrics.points(criteria, levels)
            return found.reached / found.possible

    def gradebook(self) -> str:
        """The score stands in the LMS gradebook, with the rubric's outcome as the comment."""
        wanted = self._expected_share()
        deadline = time.monotonic() + PATIENCE
        seen = "no grade at all"
        while time.monotonic() < deadline:
            for cell in self._cells():
                if cell["score"] is None:
                    continue
                share = Decimal(str(cell["score"])) / Decimal(str(cell["maximum"]))
                seen = f"{cell['score']} of {cell['maximum']}"
                if abs(share - wanted) < Decimal("0.001") and cell["comment"]:
                    return f"{seen} in the gradebook, {len(cell['comment'])} characters of comment"
            time.sleep(0.1)
        raise Lost(f"The gradebook shows {seen}, expected {wanted:.4f} of the maximum")

    def _cells(self) -> list[dict[str, Any]]:
        book = requests.get(
            f"{self.installation.lms.url}/api/gradebook.json",
            params={"course": COURSE},
            timeout=TIMEOUT,
        ).json()
        columns = {column["id"] for column in book["columns"] if column["link_id"] == self.link.id}
        return [
            cell for cell in book["cells"] if cell["person"] == "ada" and cell["column"] in columns
        ]

    def award(self) -> str:
        """The badge is the participant's, signed, and nobody else's to see."""
        ada = self.people["ada"]
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.awards = participant.award_addresses(ada, self.base)
            if self.awards and all(
                ada.http.get(f"{award}.json", timeout=TIMEOUT).ok for award in self.awards
            ):
                break
            time.sleep(0.1)
        else:
            raise Lost("No signed badge appeared on the participant's page")
        for award in self.awards:
            Visitor().get(award, expect=404)
        return f"{len(self.awards)} badge(s), private as they begin"

    def share(self) -> str:
        """The participant shares; now a stranger sees the page and every file."""
        ada = self.people["ada"]
        for award in self.awards:
            page = ada.get(award)
            ada.send(page, page.form("/share"))
            self._keep(award)
        return f"{len(self.kept)} files open to everybody"

    def _keep(self, award: str) -> None:
        self.kept |= renderings.fetch(self.base, award)
        if self.out is not None:
            renderings.write(self.out, self.kept)

    def verify(self) -> str:
        """A stranger drops each file on the verify page; a changed file must not pass."""
        checked = renderings.verify(self.base, self.kept)
        name = next(name for name in self.kept if name.endswith("ob3.json"))
        changed = (
            self.kept[name]
            .replace(b'"level": "', b'"level": "9')
            .replace(b'"level":"', b'"level":"9')
        )
        if changed == self.kept[name]:
            raise Lost(f"{name} names no level")
        renderings.expect(self.base, name, changed, verdict="not-valid")
        return f"{checked} files genuine, one with a changed level refused"
