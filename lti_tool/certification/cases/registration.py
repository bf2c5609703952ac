"""An LMS that registers the tool by itself (Dynamic Registration 1.0; T-130…T-133)."""

from dataclasses import dataclass
from typing import Any

from lti_tool.certification.case import Section
from lti_tool.certification.school import School
from lti_tool.certification.trial import Trial
from lti_tool.practice_lms.mood import MoodName
from lti_tool.walk.visitor import Lost, Page, Visitor

section = Section()
case = section.case

BOTH: tuple[MoodName, ...] = ("canvas", "moodle")
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PRIVACY = "https://canvas.instructure.com/lti/privacy_level"


@dataclass
class Registering:
    """An administrator of an LMS who opened the tool's registration address there."""

    school: School
    visitor: Visitor
    address: str
    page: Page

    @classmethod
    def begin(cls, trial: Trial, mood: MoodName) -> "Registering":
        """Paste a fresh invitation into an LMS."""
        school = trial.school(mood, "registering")
        address = school.installation.school.registrations.begin(school.invitation())
        visitor = Visitor()
        return cls(school, visitor, address, visitor.get(address))

    def agree(self, expect: int = 200) -> Page:
        """Press the button."""
        return self.visitor.send(self.page, self.page.form("/lti/register"), expect=expect)

    @property
    def body(self) -> dict[str, Any]:
        """What the LMS was sent last."""
        sent = [one for one in self.school.asked("registration") if one.method == "POST"]
        if not sent:
            raise Lost("the LMS was sent no application")
        return sent[-1].told


@case("T-130", "Dynamic Registration 1.0; Canvas; Moodle", elsewhere=False)
def registers(trial: Trial) -> None:
    """By the address that was pasted."""
    for mood in BOTH:
        way = Registering.begin(trial, mood)
        before = len(way.school.asked("registration"))
        is_asked = not [
            one for one in way.school.asked("registration")[before:] if one.method == "POST"
        ]
        trial.holds(f"like {mood}: nothing is sent before the button", is_asked, way.page.status)
        page = way.agree()
        newest = way.school.installation.school.registrations.newest
        is_met = newest is not None and newest.client_id in page.text
        trial.holds(f"like {mood}: registered", is_met, page.text[:80])
        for name in ("initiate_login_uri", "jwks_uri"):
            is_ours = str(way.body.get(name, "")).startswith(trial.tool.url)
            trial.holds(f"like {mood}: {name}", is_ours, way.body.get(name))


@case("T-131", "Dynamic Registration 1.0; Moodle", elsewhere=False)
def used_token(trial: Trial) -> None:
    """The same address a second time."""
    for mood in BOTH:
        way = Registering.begin(trial, mood)
        way.agree()
        newest = way.school.installation.school.registrations.newest
        again = way.visitor.http.get(way.address, timeout=20)
        is_met = again.status_code == 403 and "was not registered" in again.text
        trial.holds(f"like {mood}: refused with what to do", is_met, again.status_code)
        is_same = way.school.installation.school.registrations.newest is newest
        trial.holds(f"like {mood}: nothing was sent", is_same, "nothing" if is_same else "an entry")


@case("T-132", "Canvas; Moodle", elsewhere=False)
def by_product(trial: Trial) -> None:
    """What each product is sent."""
    canvas = Registering.begin(trial, "canvas")
    canvas.agree()
    told = canvas.body[TOOL]
    placed = [one for message in told["messages"] for one in message.get("placements", ())]
    trial.holds("Canvas: placements", bool(placed), sorted(set(placed)))
    trial.holds("Canvas: a level of privacy", PRIVACY in told, told.get(PRIVACY))
    moodle = Registering.begin(trial, "moodle")
    moodle.agree()
    told = moodle.body[TOOL]
    host = trial.tool.url.split("//", 1)[1]
    trial.holds("Moodle: the domain is the target's host", told["domain"] == host, told["domain"])
    types = [message["type"] for message in told["messages"]]
    trial.holds("Moodle: the picker", "LtiDeepLinkingRequest" in types, types)


@case("T-133", "Canvas", elsewhere=False)
def granted_less(trial: Trial) -> None:
    """An LMS that allows less than was asked for."""
    way = Registering.begin(trial, "canvas")
    registrations = way.school.installation.school.registrations
    all_of_it = way.agree()
    trial.holds("all of it", "Everything Cairn asked for" in all_of_it.text, all_of_it.status)
    registrations.forgotten = ("https://purl.imsglobal.org/spec/lti-ags/scope/score",)
    try:
        page = Registering.begin(trial, "canvas").agree()
    finally:
        registrations.forgotten = ()
    trial.holds("without scores", "allows less than Cairn can use" in page.text, page.text[:80])
