"""A school year in a few seconds: people and works in every state a page can show, over HTTP."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from sqlalchemy import select, update

from lti_tool import jobs
from lti_tool.database import sessions
from lti_tool.grades.models import Courier, ScoreDelivery
from lti_tool.grades.outbox import DRAIN, OPEN
from lti_tool.people.roles import Seat
from lti_tool.practice_lms.school import Link
from lti_tool.walk import judges, participant
from lti_tool.walk.installation import Installation
from lti_tool.walk.journey import COURSE, PATIENCE, startable
from lti_tool.walk.visitor import TIMEOUT, Lost, Page, Visitor

COMMENT = "Say which families were in the room, and quote one thing they told you."


@dataclass
class Furnishing:
    """One credential in the first course of a school, and whoever has come to it."""

    installation: Installation
    program: str = ""
    credential: str = ""
    title: str = ""
    link: Link = field(init=False)
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.program, self.credential, self.title = startable(
            self.installation, self.program or None
        )
        self._rename_what_others_left()
        self.link = self.installation.school.add_link(
            COURSE, self.title, custom={"program": self.program, "credential": self.credential}
        )

    def _rename_what_others_left(self) -> None:
        """People look for an activity and its column by the title, so it stands there once."""
        school = self.installation.school.school
        with school.change():
            for link in school.links.values():
                if link.title == self.title:
                    link.title = f"Formerly {link.id}"
            for column in school.columns.values():
                if column.label == self.title:
                    column.label = f"Formerly {column.id}"

    @property
    def base(self) -> str:
        """The tool's address."""
        return self.installation.settings.base_url

    def enrol(self, given: str, family: str) -> str:
        """Somebody new in the course; answers their key."""
        return self.installation.school.enrol(given, family).key

    def visitor(self, key: str) -> Visitor:
        """Somebody who has come in from the LMS."""
        if key not in self.visitors:
            self.visitors[key] = Visitor()
            self.visitors[key].launch(self.installation.launch_url(key, COURSE, self.link.id))
        return self.visitors[key]

    def cast(self) -> None:
        """Let the judges arrive, and appoint them."""
        program = self.installation.program(self.program)
        for key, seat in (("ben", Seat.ASSESSOR), ("cleo", Seat.APPROVER)):
            self.visitor(key)
            self.installation.appoint(key, program, seat)

    def begin(self, key: str) -> Page:
        """Begin, rate oneself and name a focus: everything before the first task."""
        visitor = self.visitor(key)
        for _page in range(4):
            page = visitor.get(visitor.get(f"{self.base}/").link("/portfolio/"))
            if "/tasks/" in page.url:
                break
            participant.one_step(visitor, page, 0)
        return page

    def make_everything(self, key: str) -> str:
        """Do all the work and submit nothing; answers the address of the page to submit on."""
        visitor = self.visitor(key)
        for number in range(participant.LONGEST_WAY):
            page = visitor.get(visitor.get(f"{self.base}/").link("/portfolio/"))
            if page.url.endswith("/submit"):
                return page.url
            participant.one_step(visitor, page, number)
        raise Lost(f"{key} never came to the page to submit on")

    def submit(self, key: str) -> str:
        """Do all the work and submit it; answers its public id."""
        page = participant.work_until_submitted(self.visitor(key), f"{self.base}/")
        return page.url.rsplit("/", 1)[1]

    def sends_again(self) -> None:
        """The LMS is back: what waits for it goes out now, not after the back-off's next step."""
        with sessions(self.installation.engine).begin() as session:
            session.execute(update(Courier).values(paused_until=None, failures=0))
            for delivery in session.scalars(
                select(ScoreDelivery).where(ScoreDelivery.state.in_(OPEN))
            ):
                delivery.next_at = delivery.created_at
                key = f"{delivery.registration_id}:{delivery.id}:again"
                jobs.enqueue(session, DRAIN, delivery.registration_id, key=key)

    def assess(self, work: str, *, is_met: bool = True) -> None:
        """Ben rates everything met, or the first criterion not yet, and recommends."""
        if is_met:
            judges.assess(self.visitor("ben"), self.base, work)
            return
        self.start_assessing(work, recommend=True)

    def start_assessing(
        self, work: str, *, recommend: bool = False, first: int = 0, comment: str = COMMENT
    ) -> None:
        """Ben begins; the first criterion is at a low level, the rest is met, or still open."""
        ben = self.visitor("ben")
        page = ben.get(f"{self.base}/review/{work}")
        page = ben.send(page, page.form("/begin"))
        form = page.form("/ratings")
        values: dict[str, str] = {}
        for place, (name, options) in enumerate(form.choices.items()):
            if place == 0:
                values[name] = options[first].value
            elif recommend or place < 2:
                values[name] = options[-1].value
        field = next(name for name in form.texts if name.startswith("comment-"))
        values[field] = comment
        ben.send(page, form, values, button=("then", "recommend" if recommend else "save"))

    def decide(self, work: str, *, is_met: bool = True) -> None:
        """Cleo approves, or returns."""
        cleo = self.visitor("cleo")
        if is_met:
            judges.approve(cleo, self.base, work)
            return
        page = cleo.get(f"{self.base}/review/{work}")
        words = {"reason": "Nearly there: one more voice, and this is done."}
        cleo.send(page, page.form("/decision"), words, button=("outcome", "returned"))

    def signed_badge(self, key: str) -> str:
        """The address of somebody's first badge, as soon as it is signed."""
        visitor = self.visitor(key)
        deadline = time.monotonic() + PATIENCE
        address = participant.award_addresses(visitor, self.base)[0]
        while not visitor.http.get(f"{address}.json", timeout=TIMEOUT).ok:
            if time.monotonic() > deadline:
                raise Lost(f"{address} was not signed within {PATIENCE:.0f} s")
            time.sleep(0.1)
        return address

    def share(self, key: str) -> str:
        """Make the first badge public; answers its address."""
        visitor = self.visitor(key)
        page = visitor.get(self.signed_badge(key))
        visitor.send(page, page.form("/share"))
        return page.url
