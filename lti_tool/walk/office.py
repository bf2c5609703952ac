"""What a program's office does on its pages: appoint, form a cohort, open it, award stacks.

The office never writes a row behind a page. Only the one-time link by which the tool administrator
signs in is made outside, as `cairn admin link` makes it.
"""

import re
from collections.abc import Sequence
from html import unescape

from sqlalchemy import Engine

from lti_tool.database import sessions
from lti_tool.people import sign_in_links
from lti_tool.walk.installation import now
from lti_tool.walk.visitor import Lost, Page, PageForm, Visitor

REFUSED = 409
"""What a page answers where a rule of the program says no for now."""


def administrator(engine: Engine, base_url: str) -> Visitor:
    """Somebody signed in to the administration pages by a one-time link."""
    with sessions(engine).begin() as session:
        token = sign_in_links.make(session, now=now())
    visitor = Visitor()
    page = visitor.get(f"{base_url}/admin/sign-in/{token}")
    visitor.send(page, page.forms[0])
    return visitor


def appoint(visitor: Visitor, base_url: str, name: str, seat: str, program: str) -> None:
    """Find somebody by name on the administration's pages and appoint them.

    Raises:
        Lost: nobody of that name has been here, or the page refused.
    """
    found = visitor.get(f"{base_url}/admin/people", params={"q": name})
    page = visitor.get(found.link("/admin/people/"))
    form = next(form for form in page.forms if "seat" in form.choices)
    visitor.send(page, form, {"seat": seat, "program": program})


class Office:
    """A program's administrator at the pages of its cohorts."""

    def __init__(self, visitor: Visitor, base_url: str, program: str) -> None:
        """`visitor` came in by a launch and administers the program."""
        self.visitor = visitor
        self.program = program
        self.base = base_url
        self.cohort = ""
        """Address of the cohort's page, once it is formed."""

    def _organisations(self) -> Page:
        return self.visitor.get(f"{self.base}/cohorts/run/{self.program}/organisations")

    def organise(self, names: Sequence[str], kind: str) -> None:
        """Make organisations known."""
        for name in names:
            page = self._organisations()
            self.visitor.send(page, _doing(page, "add"), {"name": name, "kind": kind})

    def give_platform(self, platform: str, organisation: str) -> None:
        """Say whose LMS it is: whoever learns through it is of that organisation."""
        page = self._organisations()
        form = _doing(page, "platform")
        values = {
            "platform": form.option("platform", platform),
            "organisation": form.option("organisation", organisation),
        }
        self.visitor.send(page, form, values)

    def form_cohort(self, title: str) -> str:
        """Form a cohort; answers the code by which people join it without a team."""
        page = self.visitor.get(f"{self.base}/cohorts/run/{self.program}")
        form = next(form for form in page.forms if "title" in form.texts)
        page = self.visitor.send(page, form, {"title": title})
        self.cohort = page.url.split("#")[0]
        return _code(r"without a team enters ([A-Z0-9]{4}-[A-Z0-9]{4})", page)

    def form_team(self, name: str, kind: str, organisation: str) -> str:
        """Put a team together in the cohort; answers its code."""
        page = self.visitor.get(self.cohort)
        form = page.form("/teams")
        values = {"name": name, "kind": kind}
        if organisation:
            values["organisation"] = form.option("organisation", organisation)
        page = self.visitor.send(page, form, values)
        return _code(r"Its code is ([A-Z0-9]{8})", page)

    def place(self, who: str, seat: str, partner: str) -> None:
        """Put somebody in place, sent by a partner."""
        page = self.visitor.get(self.cohort)
        form = next(
            form for form in page.forms if form.action.endswith("/staff") and "who" in form.texts
        )
        self.visitor.send(page, form, {"who": who, "seat": seat, "partner": partner})

    def open_cohort(self) -> None:
        """Open the cohort."""
        page = self.visitor.get(self.cohort)
        self.visitor.send(page, page.form("/state"), button=("then", "open"))

    def may_not_open(self) -> str:
        """Try to open it too early; answers what the page says is missing.

        Raises:
            Lost: it opened.
        """
        page = self.visitor.get(self.cohort)
        page = self.visitor.send(page, page.form("/state"), button=("then", "open"), expect=REFUSED)
        return warning(page)

    def award_stacks(self) -> int:
        """Approve every stack that waits, and those that become complete by it; how many."""
        return self._approve_all(f"{self.base}/stacks/desk")

    def approve_hours(self) -> int:
        """Answer for every entry of hours that waits; how many there were."""
        return self._approve_all(f"{self.base}/credit/programs/{self.program}")

    def stacks_waiting(self) -> int:
        """How many stacks wait for a decision."""
        page = self.visitor.get(f"{self.base}/stacks/desk")
        return sum(form.action.endswith("/approve") for form in page.forms)

    def _approve_all(self, address: str) -> int:
        approved = 0
        page = self.visitor.get(address)
        while waiting := [form for form in page.forms if form.action.endswith("/approve")]:
            page = self.visitor.send(page, waiting[0])
            approved += 1
        return approved


def coach(visitor: Visitor, cohort: str, credential: str, note: str) -> int:
    """Write down each kind of meeting in every phase, until the log says that none is missing.

    Returns:
        How many meetings were written down.

    Raises:
        Lost: the log still misses a meeting.
    """
    address = f"{cohort}/coaching?credential={credential}"
    page = visitor.get(address)
    phases = [choice.value for choice in _log(page).choices["phase"]]
    written = 0
    for phase in phases:
        for kind in [choice.value for choice in _log(page).choices["kind"]]:
            learners = [choice.value for choice in _log(page).choices["learner"]]
            values = {
                "phase": phase,
                "kind": kind,
                "met_on": now().date().isoformat(),
                "note": note,
                "learner": [] if kind == "cohort" else learners,
            }
            page = visitor.send(page, _log(page), values)
            written += 1
    if "Every phase has its meetings." not in page.text:
        raise Lost(f"{page.url} still misses a meeting: {page.text[:600]}")
    return written


def _log(page: Page) -> PageForm:
    return next(form for form in page.forms if "met_on" in form.texts)


def join(visitor: Visitor, base_url: str, code: str) -> None:
    """Join a team or a cohort by its code."""
    page = visitor.get(f"{base_url}/cohorts/")
    visitor.send(page, page.form("/join"), {"code": code})


def form_own_team(visitor: Visitor, base_url: str, program: str, name: str, kind: str) -> str:
    """Put a team together as a participant, and lead it; answers its code."""
    page = visitor.get(f"{base_url}/cohorts/programs/{program}")
    form = page.form(f"/programs/{program}/teams")
    page = visitor.send(page, form, {"name": name, "kind": kind})
    return _code(r"they enter ([A-Z0-9]{4}-[A-Z0-9]{4})", page)


def warning(page: Page) -> str:
    """What a page warns of, in its words.

    Raises:
        Lost: it does not warn of anything.
    """
    found = re.search(
        r'class="(?:warning|fault)"[^>]*>(?:<p[^>]*>)?(.*?)</p>', page.html, re.DOTALL
    )
    if found is None:
        raise Lost(f"{page.url} refuses nothing: {page.text[:400]}")
    return " ".join(unescape(re.sub(r"<[^>]+>", "", found[1])).split())


def _doing(page: Page, what: str) -> PageForm:
    for form in page.forms:
        if form.values.get("do") == what:
            return form
    raise Lost(f"{page.url} has no form to {what}: {page.text[:400]}")


def _code(pattern: str, page: Page) -> str:
    found = re.search(pattern, page.text)
    if found is None:
        raise Lost(f"{page.url} shows no code: {page.text[:400]}")
    return found[1]
