"""A program walked by a team or cohort: from enrolment to the last stack, step by step."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import requests

from lti_tool.cohorts.models import TeamKind
from lti_tool.walk import crediting, judges, office, participant, renderings
from lti_tool.walk.installation import Installation
from lti_tool.walk.journey import PATIENCE, Step
from lti_tool.walk.office import Office
from lti_tool.walk.participant import Manner
from lti_tool.walk.party import COURSE, NAMES, STAFF, Links, Somebody, at_once, enrol, known
from lti_tool.walk.plans import Leg, Plan
from lti_tool.walk.visitor import TIMEOUT, Lost, Page

TEAM = "Lakeside team"
HOME = "Lakeside"
ELSEWHERE = ("Riverbend", "Hillcrest", "Oakfield", "Millbrook", "Stonegate")


@dataclass(frozen=True)
class Earned:
    """What one person has in the end, as their own pages say."""

    person: str
    lms: str
    credentials: tuple[str, ...]
    hours: str
    """Hours written down; empty where the program keeps none."""
    credit: tuple[str, ...]
    stacks: tuple[str, ...]


class Expedition:
    """One program, played by the smallest company it lets in."""

    def __init__(
        self, installations: Sequence[Installation], plan: Plan, out: Path | None = None
    ) -> None:
        """The people of `installations` take part in turn; `out` receives every rendering."""
        self.plan = plan
        self.out = out
        self.places = list(installations) if plan.crosses_lms else list(installations)[:1]
        here = self.places[0]
        self.base = here.settings.base_url
        self.links = Links(self.places, plan)
        self.people = [
            enrol(self.places[number % len(self.places)], NAMES[number])
            for number in range(plan.size)
        ]
        for number, one in enumerate(self.people):
            part = ("follows" if number else "leads") if plan.team.is_offered else ""
            one.manner = Manner(part)
        self.ben, self.cleo, self.dora = (known(here, key) for key in ("ben", "cleo", "dora"))
        self.office = Office(self.dora.visitor, self.base, plan.slug)
        self.neighbours: list[Somebody] = []
        """Who only joins the cohort, for another organisation."""
        self.staff: list[Somebody] = []
        self.code = ""
        self.works: dict[str, str] = {}
        """By name: the work that waits to be judged."""

    @property
    def where(self) -> str:
        """The LMSs it is played in, in one word."""
        return self.places[0].school.mood.name if len(self.places) == 1 else "both"

    def steps(self) -> Iterator[Step]:
        """Do one step after the other.

        Raises:
            Lost: a step did not go as it should; the words are those of the page.
        """
        for name, act in self._doings():
            began = time.perf_counter()
            words = act()
            yield Step(name, time.perf_counter() - began, words)

    def _doings(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "launch", self.launch
        yield "appoint", self.appoint
        if self.plan.gathers:
            yield "cohort", self.gather
            yield "join", self.join
            if self.plan.cohort.staff or self.plan.cohort.organisations:
                yield "refused", self.too_early
                yield "staff", self.place_staff
            if self.plan.other_organisations:
                yield "refused", self.too_early
                yield "cohort", self.bring_neighbours
            yield "open", self.open
            if self.plan.coaching and self.staff:
                yield "coach", self.coach
        elif self.plan.forms_own_team:
            yield "team", self.form_own_team
        earned: set[str] = set()
        for leg in self.plan.legs:
            yield "begin", partial(self.begin, leg)
            for number in range(len(leg.parts)):
                yield "submit", partial(self.submit, leg, number)
                yield "assess", self.assess
                yield "approve", self.approve
            if self.plan.hours:
                yield "waits", partial(self.award_waits, leg)
                yield "hours", partial(self.hours, leg)
            yield "gradebook", partial(self.gradebook, leg)
            earned.add(leg.slug)
            done = [one for one in self.plan.stacks if set(one.members[: one.needed]) <= earned]
            completes = any(leg.slug in one.members for one in done)
            yield "award", partial(self.award, len(earned), completes=completes)
            if completes:
                yield "stack", self.stacks
        yield "share", self.share

    # -- gathering ---------------------------------------------------------------------------------

    def launch(self) -> str:
        """Everybody comes in from their LMS."""
        first = self.plan.legs[0].slug
        for one in (self.ben, self.cleo, self.dora, *self.people):
            one.come(self.links.of(one, first))
        lmss = ", ".join(at.lms.url for at in self.places)
        return f"{len(self.people)} participants, two judges and the office, from {lmss}"

    def appoint(self) -> str:
        """The administrator of the tool appoints judges and the program's administrator."""
        admin = office.administrator(self.places[0].engine, self.base)
        seats = ((self.ben, "assessor"), (self.cleo, "approver"), (self.dora, "admin"))
        for one, seat in seats:
            office.appoint(admin, self.base, one.name, seat, self.plan.slug)
        return ", ".join(f"{one.name} is {seat}" for one, seat in seats)

    def _school(self, name: str) -> tuple[str, str]:
        kind = self.plan.home_kind.value
        return f"{name} {kind}", kind

    def gather(self) -> str:
        """The office makes organisations known and forms the cohort, and its team if it has one."""
        name, kind = self._school(HOME)
        self.office.organise([name], kind)
        self.code = self.office.form_cohort("This year")
        if not self.plan.team.is_offered:
            for number, at in enumerate(self.places):
                other = self._school((HOME, *ELSEWHERE)[number])[0]
                if number:
                    self.office.organise([other], kind)
                self.office.give_platform(at.school.registration()["name"], other)
            return "formed; each LMS belongs to an organization"
        self.code = self.office.form_team(TEAM, kind, name)
        return f"formed, with a team for {name}; its code is {self.code}"

    def join(self) -> str:
        """Everybody joins by the code; the team is refused while it is too small."""
        told = ""
        for number, one in enumerate(self.people):
            if self.plan.team.is_required and number == len(self.people) - 1:
                told = f"; refused with {number}: {self._may_not_begin(self.people[0])}"
            office.join(one.visitor, self.base, self.code)
        return f"{len(self.people)} joined by the code from {len(self.places)} LMS(s){told}"

    def _may_not_begin(self, somebody: Somebody) -> str:
        page = self._begin_page(somebody, self.plan.legs[0])
        if any(form.action.endswith("/begin") for form in page.forms if form.method == "post"):
            raise Lost(f"{somebody.name} may begin although the program does not let them")
        return office.warning(page)

    def too_early(self) -> str:
        """The cohort is not opened while something is missing, and nobody begins in it."""
        return self.office.may_not_open()

    def place_staff(self) -> str:
        """Each partner's people are put in place on the cohort's page."""
        for wanted, name in zip(self.plan.cohort.staff, STAFF, strict=False):
            one = enrol(self.places[0], name, "teacher")
            one.come(self.links.of(one, self.plan.legs[0].slug))
            self.office.place(one.name, wanted.seat.value, wanted.partner)
            self.staff.append(one)
        return ", ".join(
            f"{one.name} is {wanted.seat.value} from {wanted.partner_name}"
            for one, wanted in zip(self.staff, self.plan.cohort.staff, strict=True)
        )

    def bring_neighbours(self) -> str:
        """Other schools or districts join, one person each; their teams go on to gather."""
        for number in range(self.plan.other_organisations):
            name, kind = self._school(ELSEWHERE[number])
            one = enrol(self.places[(number + 1) % len(self.places)], NAMES[-1 - number])
            one.come(self.links.of(one, self.plan.legs[0].slug))
            self.office.organise([name], kind)
            code = self.office.form_team(f"{name} team", kind, name)
            office.join(one.visitor, self.base, code)
            self.neighbours.append(one)
        names = ", ".join(self._school(name)[0] for name in ELSEWHERE[: len(self.neighbours)])
        return f"{names} joined with a team each"

    def open(self) -> str:
        """The cohort opens; a team that is still too small does not begin in it."""
        self.office.open_cohort()
        if self.neighbours and self.plan.team.is_required:
            words = self._may_not_begin(self.neighbours[0])
            return f"open; {self.neighbours[0].name} does not begin yet: {words}"
        return "open"

    def coach(self) -> str:
        """A coach writes meetings down, one to one and with the whole cohort, in each phase."""
        seats = [wanted.seat.value for wanted in self.plan.cohort.staff]
        one = self.staff[seats.index("coach")] if "coach" in seats else self.staff[0]
        first = self.plan.legs[0].slug
        count = office.coach(one.visitor, self.office.cohort, first, "We looked at the data.")
        return f"{one.name} wrote {count} meetings down"

    def form_own_team(self) -> str:
        """Participants put a team together themselves and give its code away."""
        leader, *others = self.people
        kind = TeamKind.VIRTUAL.value
        code = office.form_own_team(leader.visitor, self.base, self.plan.slug, TEAM, kind)
        for one in others:
            office.join(one.visitor, self.base, code)
        return f"{leader.name} leads a {kind} team of {len(self.people)}; its code is {code}"

    # -- one credential ----------------------------------------------------------------------------

    def _begin_page(self, somebody: Somebody, leg: Leg) -> Page:
        somebody.come(self.links.of(somebody, leg.slug))
        path = f"/portfolio/credentials/{self.plan.slug}/{leg.slug}/begin"
        return somebody.visitor.get(f"{self.base}{path}")

    def begin(self, leg: Leg) -> str:
        """Everybody begins by the link of their LMS, and says what the award shall count for."""

        def one(somebody: Somebody) -> str:
            page = self._begin_page(somebody, leg)
            form = next((one for one in page.forms if one.method == "post"), None)
            if form is None:
                raise Lost(f"{somebody.name} may not begin: {office.warning(page)}")
            somebody.visitor.send(page, form)
            address = f"{self.base}/credit/credentials/{self.plan.slug}/{leg.slug}"
            return crediting.elect(somebody.visitor, address, self.people.index(somebody))

        chosen = at_once(one, self.people)
        words = [
            f"{somebody.name}: {choice}"
            for somebody, choice in zip(self.people, chosen, strict=True)
            if choice
        ]
        return f"“{leg.title}” begun{'; ' if words else ''}{'; '.join(words)}"

    def submit(self, leg: Leg, number: int) -> str:
        """Everybody does what their home page says until the next part is submitted."""
        is_first = leg is self.plan.legs[0] and not number

        def one(somebody: Somebody) -> None:
            manner = somebody.manner
            if is_first and somebody is self.people[0]:
                manner = replace(manner, is_thorough=True)
            page = participant.work_until_submitted(somebody.visitor, f"{self.base}/", manner)
            self.works[somebody.name] = page.url.rsplit("/", 1)[1]

        leaders = [one for one in self.people if one.manner.team == "leads"]
        at_once(one, leaders)  # what a team makes once is there before others take it over
        at_once(one, [one for one in self.people if one not in leaders])
        part = f", {number + 1} of {len(leg.parts)}: {leg.parts[number]}" if number else ""
        return f"{len(self.works)} submitted{part}"

    def assess(self) -> str:
        """The assessor rates every criterion of every work."""
        for work in self.works.values():
            judges.assess(self.ben.visitor, self.base, work, mixed=False)
        return f"{self.ben.name} recommends {len(self.works)}"

    def approve(self) -> str:
        """A second person decides."""
        for work in self.works.values():
            judges.approve(self.cleo.visitor, self.base, work)
        count = len(self.works)
        self.works.clear()
        return f"{self.cleo.name} approved {count}"

    def award_waits(self, leg: Leg) -> str:
        """Everything is met, and still no award: the hours are missing."""
        for one in self.people:
            if participant.award_addresses(one.visitor, self.base):
                raise Lost(f"{one.name} was awarded “{leg.title}” before the hours were there")
        page = self.people[0].visitor.get(self._hours_of(leg))
        found = re.search(r"The award waits for hours: .*?[.](?= )", page.text)
        if found is None:
            raise Lost(f"{page.url} does not say that hours are missing: {page.text[:400]}")
        return found[0]

    def _hours_of(self, leg: Leg) -> str:
        return f"{self.base}/credit/credentials/{self.plan.slug}/{leg.slug}/hours"

    def hours(self, leg: Leg) -> str:
        """The instructor takes attendance, participants enter the rest, the approver answers."""
        self.dora.come(self.links.of(self.dora, leg.slug))
        sheet = f"{self.base}/credit/attendance/credentials/{self.plan.slug}/{leg.slug}"
        for kind in self.plan.hours:
            if kind.by_instructor:
                crediting.take_attendance(self.dora.visitor, sheet, kind.category, kind.least)
                continue
            for one in self.people:
                crediting.enter_hours(one.visitor, self._hours_of(leg), kind.category, kind.least)
        approver = Office(self.cleo.visitor, self.base, self.plan.slug)
        approved = approver.approve_hours()
        total = sum(kind.least for kind in self.plan.hours)
        return f"{total} hours each; {approved} entries approved"

    def gradebook(self, leg: Leg) -> str:
        """Everybody's score stands in the gradebook of their own LMS, with a comment."""
        deadline = time.monotonic() + PATIENCE
        missing = list(self.people)
        while missing:
            missing = [one for one in missing if not self._is_graded(one, leg)]
            if missing and time.monotonic() > deadline:
                names = ", ".join(f"{one.name} ({one.lms})" for one in missing)
                raise Lost(f"No full score of “{leg.title}” in the gradebook for {names}")
            if missing:
                time.sleep(0.1)
        by_lms = [
            f"{sum(one.at is at for one in self.people)} in {at.school.mood.name}"
            for at in self.places
        ]
        return f"scores and comments: {', '.join(by_lms)}"

    def _is_graded(self, somebody: Somebody, leg: Leg) -> bool:
        book: dict[str, Any] = requests.get(
            f"{somebody.at.lms.url}/api/gradebook.json", params={"course": COURSE}, timeout=TIMEOUT
        ).json()
        link = self.links.of(somebody, leg.slug)
        columns = {column["id"] for column in book["columns"] if column["link_id"] == link}
        return any(
            cell["score"] == cell["maximum"] and bool(cell["comment"])
            for cell in book["cells"]
            if cell["person"] == somebody.key and cell["column"] in columns
        )

    def award(self, count: int, *, completes: bool) -> str:
        """Everybody's newest badge is signed and theirs; no stack waits before it is complete."""
        deadline = time.monotonic() + PATIENCE
        for one in self.people:
            while not self._has_signed(one, count):
                if time.monotonic() > deadline:
                    raise Lost(f"{one.name} has not got {count} signed badge(s)")
                time.sleep(0.1)
        told = f"{len(self.people)} badges signed; everybody has {count}"
        if completes or not self.plan.stacks:
            return told
        if Office(self.cleo.visitor, self.base, self.plan.slug).stacks_waiting():
            raise Lost("A stack waits for a decision although nobody has all it asks for")
        return f"{told}; no stack waits yet"

    def _has_signed(self, somebody: Somebody, count: int) -> bool:
        awards = participant.award_addresses(somebody.visitor, self.base)
        if len(awards) < count:
            return False
        fresh = [award for award in awards if award not in somebody.awards]
        if all(somebody.visitor.http.get(f"{one}.json", timeout=TIMEOUT).ok for one in fresh):
            somebody.awards += fresh
            return True
        return False

    def stacks(self) -> str:
        """What is complete was proposed by itself; the approver awards it."""
        desk = Office(self.cleo.visitor, self.base, self.plan.slug)
        count = desk.award_stacks()
        if not count:
            raise Lost("No stack was proposed although somebody has all it asks for")
        return f"{count} proposed and awarded by {self.cleo.name}"

    # -- the end -----------------------------------------------------------------------------------

    def share(self) -> str:
        """One badge is shared and found genuine by a stranger; with `out` every one, and kept."""
        first = self.people[0]
        shared = [(first, first.newest)]
        if self.out is not None:
            shared = [(one, award) for one in self.people for award in one.awards]
        count = 0
        for one, award in shared:
            page = one.visitor.get(award)
            one.visitor.send(page, page.form("/share"))
            files = renderings.fetch(self.base, award)
            if award == first.newest:
                count = renderings.verify(self.base, files)
            if self.out is not None:
                renderings.write(self.out, files)
        kept = f"; all kept in {self.out}" if self.out is not None else ""
        return f"{len(shared)} badge(s) shared; {count} files of one genuine{kept}"

    def earned(self) -> list[Earned]:
        """What everybody has in the end, read from their own pages."""
        return [self._earned(one) for one in self.people]

    def _earned(self, somebody: Somebody) -> Earned:
        stood = crediting.written(somebody.visitor, self.base)
        held = []
        for stack in self.plan.stacks:
            address = f"{self.base}/stacks/of/{self.plan.slug}/{stack.slug}"
            if "Complete, and awarded." in somebody.visitor.get(address).text:
                held.append(stack.designation or stack.title)
        return Earned(
            somebody.name,
            somebody.lms,
            stood.credentials,
            f"{stood.hours.normalize():f}" if stood.hours else "",
            stood.credit,
            tuple(held),
        )
