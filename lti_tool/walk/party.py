"""Who walks a program: participants from each LMS, judges, the office, staff of a cohort."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from lti_tool.practice_lms.school import Role
from lti_tool.walk.installation import Installation
from lti_tool.walk.participant import ALONE, Manner
from lti_tool.walk.plans import Plan
from lti_tool.walk.visitor import Lost, Page, Visitor

COURSE = "1"
AT_ONCE = 4
"""How many people act at the same moment."""

NAMES = (
    ("Amara", "Osei"), ("Bruno", "Keller"), ("Chiara", "Novak"), ("Davit", "Alvarez"),
    ("Elif", "Sorensen"), ("Farid", "Whitaker"), ("Greta", "Mbeki"), ("Hugo", "Tanaka"),
    ("Ines", "Okonkwo"), ("Jonas", "Pereira"), ("Kaya", "Lund"), ("Leon", "Ferreira"),
    ("Mina", "Castro"), ("Noor", "Haddad"), ("Olga", "Bianchi"), ("Pavel", "Santos"),
)  # fmt: skip
STAFF = (
    ("Quinn", "Archer"), ("Rosa", "Delgado"), ("Samir", "Nowak"), ("Tilda", "Brandt"),
    ("Uma", "Fischer"), ("Viktor", "Mensah"),
)  # fmt: skip


@dataclass
class Somebody:
    """Somebody with an account in one LMS and a browser of their own."""

    name: str
    key: str
    """Short name in their LMS."""
    at: Installation
    manner: Manner = ALONE
    visitor: Visitor = field(default_factory=Visitor)
    awards: list[str] = field(default_factory=list)
    """Addresses of the badges that were found signed."""

    @property
    def lms(self) -> str:
        """The mood of their LMS."""
        return self.at.school.mood.name

    @property
    def newest(self) -> str:
        """Address of the badge earned last."""
        return self.awards[-1]

    def come(self, link: str) -> Page:
        """Follow a link of the course into the tool.

        Raises:
            Lost: the launch ended elsewhere.
        """
        page = self.visitor.launch(self.at.launch_url(self.key, COURSE, link))
        if not page.url.startswith(self.at.settings.base_url):
            raise Lost(f"{self.name} ended at {page.url}: {page.text[:400]}")
        return page


class Links:
    """The links of a program's credentials in each LMS."""

    def __init__(self, installations: Sequence[Installation], plan: Plan) -> None:
        """Place one for each credential in each LMS's first course."""
        self._ids: dict[tuple[str, str], str] = {
            (at.school.mood.name, leg.slug): at.school.add_link(
                COURSE, leg.title, custom={"program": plan.slug, "credential": leg.slug}
            ).id
            for at in installations
            for leg in plan.legs
        }

    def of(self, somebody: Somebody, credential: str) -> str:
        """The link of somebody's LMS that leads to a credential."""
        return self._ids[somebody.lms, credential]


def enrol(at: Installation, name: tuple[str, str], role: Role = "learner") -> Somebody:
    """Somebody new in an LMS's course."""
    person = at.school.enrol(*name, course=COURSE, role=role)
    return Somebody(person.name, person.key, at)


def known(at: Installation, key: str) -> Somebody:
    """Somebody whom every practice LMS has."""
    return Somebody(at.school.school.person(key).name, key, at)


Result = TypeVar("Result")


def at_once(act: Callable[[Somebody], Result], people: Iterable[Somebody]) -> list[Result]:
    """Let several people act at the same moment; the first fault is raised."""
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(act, people))
