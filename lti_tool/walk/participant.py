"""What a participant does: begin, rate themselves, make what is asked for, submit."""

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from lti_tool.walk.visitor import Lost, Page, PageForm, Visitor

LONGEST_WAY = 120
"""Pages a participant may open before the walk counts as lost."""

WORDS = (
    "We met with the grade-level team and read the data together. What I changed in practice,"
    " what the students showed afterwards, and what I would do differently next time stand below."
)
FOCUS = "How our team listens to families of multilingual learners before it plans for them."
DAY = "2026-10-14"
NEXT_DAY = "2026-10-21"
SAID = {
    "goal": "More families speak in meetings about their children.",
    "setting-school": "A public school in town",
    "setting-district": "The county's district",
    "setting-grade-span": "K-5",
    "setting-learners": "About sixty; mostly Spanish, some Polish and Arabic.",
    "instrument": "Summative assessment of English, spring",
}
"""What a participant says where a field of this name asks."""
OWN_PART = "I led the talk about the second table and wrote the part on grade 3."


@dataclass(frozen=True)
class Manner:
    """How somebody goes about it."""

    team: str = ""
    """`leads`: shares what a team may make together. `follows`: takes it over. Empty: alone."""
    is_thorough: bool = False
    """Whether their work shows people, whose permission they note, and grows by dated entries.

    The others leave out what the program only offers, and do not look at every saved page.
    """
    works: tuple[str, ...] = (WORDS,)
    """What they write, page after page."""


ALONE = Manner()
SEE_OTHER = 303


def work_until_submitted(visitor: Visitor, home: str, manner: Manner = ALONE) -> Page:
    """Do what the home page says next until the work is submitted; answers that last page."""
    page = _by_home(visitor, home)
    for number in range(LONGEST_WAY):
        if SUBMITTED.search(page.url):
            return page
        after = one_step(visitor, page, number, manner)
        page = _further(visitor, page, after) or _by_home(visitor, home)
    raise Lost(f"After {LONGEST_WAY} pages the work was still not submitted")


SUBMITTED = re.compile(r"/submissions/[A-Za-z0-9]{22}$")


def _by_home(visitor: Visitor, home: str) -> Page:
    return visitor.get(visitor.get(home).link("/portfolio/"))


def _further(visitor: Visitor, page: Page, after: Page) -> Page | None:
    """Where the page itself leads on to after a step; `None` where one goes by the home page."""
    if SUBMITTED.search(after.url):
        return after
    if "/tasks/" not in page.url:
        return after if "/tasks/" in after.url and not page.url.endswith("/submit") else None
    ways = {said.split(":")[0]: urljoin(page.url, href) for href, said in page.links}
    if "Next" in ways:
        following = visitor.get(ways["Next"])
        if any(urljoin(page.url, href) == ways["Check and submit"] for href, _ in following.links):
            return following
        # It belongs to another part, so this one is whole.
    return visitor.get(ways["Check and submit"]) if "Check and submit" in ways else None


def one_step(visitor: Visitor, page: Page, number: int, manner: Manner = ALONE) -> Page:
    """Do what one page asks; answers the page that follows.

    Raises:
        Lost: there is nothing on it that a participant could do.
    """
    turn = number % len(manner.works)
    manner = replace(manner, works=manner.works[turn:] + manner.works[:turn])
    artifacts = [form for form in page.forms if ARTIFACT.search(form.action)]
    if any(not form.is_new and _owes(form) for form in artifacts):
        return _complete(visitor, page, manner)
    if fresh := [form for form in artifacts if form.is_new]:
        return _make(visitor, page, fresh, number, manner)
    for form in page.forms:
        if (filled := _filled(page, form)) is not None:
            values, button = filled
            return visitor.send(page, form, values, button=button)
    for href, _words in page.links:  # what is missing, each with the place to mend it
        if page.url.endswith("/submit") and "/portfolio/" in href:
            return one_step(visitor, visitor.get(urljoin(page.url, href)), number, manner)
    raise Lost(f"{page.url} offers nothing to do: {page.text[:400]}")


ARTIFACT = re.compile(r"/tasks/[0-9]+/artifacts/")
"""Where an artifact is sent; entries and permissions beside one go elsewhere."""

Filled = tuple[dict[str, str], tuple[str, str] | None]
"""Values, and the button that is pressed."""


def _filled(page: Page, form: PageForm) -> Filled | None:
    """A form as a participant fills it in; `None` where they would leave it."""
    if any(name.startswith("rating-") for name in form.choices):
        return _rated(form), ("then", "finish")
    if "focus" in form.texts:
        return {name: SAID.get(name, FOCUS) for name in form.texts}, None
    if "work" in form.choices and not form.is_answered("work"):
        return {"work": form.choices["work"][0].value}, None
    if "attested" in form.choices:
        return {"attested": "yes"}, None
    is_done = ("done", "yes") in form.buttons
    if is_done or (form.method == "post" and (form.action or page.url).endswith("/begin")):
        return {}, ("done", "yes") if is_done else None
    return None


def _rated(form: PageForm) -> dict[str, str]:
    """The second step of each scale; looking back, the highest, and the first work that shows it.

    The first of a scale would be the lowest, and of the works "None of them".
    """
    looks_back = any(name.startswith("shown-") for name in form.choices)
    return {
        name: options[-1 if looks_back and name.startswith("rating-") else 1].value
        for name, options in form.choices.items()
    }


def _owes(form: PageForm) -> bool:
    """Whether something is asked of an artifact and not said in its form yet."""
    groups = [name for name in ("scope", "implements", "shows_people") if name in form.choices]
    signs = form.choices.get("ticked", ())
    texts = [name for name in ("done_on", "goal", "instrument") if name in form.texts]
    return (
        any(not form.is_answered(name) for name in groups)
        or any(not sign.is_chosen for sign in signs)
        or any(not form.values[name] for name in texts)
    )


def _complete(visitor: Visitor, page: Page, manner: Manner) -> Page:
    """Say what is still owed of artifacts that are there, such as one taken over."""
    for form in page.forms:
        if ARTIFACT.search(form.action) and not form.is_new and _owes(form):
            return _complete(visitor, _send(visitor, page, form, manner), manner)
    return page


def _make(visitor: Visitor, page: Page, forms: list[PageForm], number: int, manner: Manner) -> Page:
    """One artifact for each requirement of the page; a file where one is taken first."""
    chosen: dict[str, PageForm] = {}
    for form in forms:
        requirement = str(form.values["requirement"])
        kind = form.values["kind"]
        if requirement not in chosen or (kind == "file" and number % 2 == 0):
            chosen[requirement] = form
    answer = page
    for requirement, form in chosen.items():
        together = [href for href, _ in page.links if href.endswith(f"/together/{requirement}")]
        follows = together and manner.team == "follows"
        if follows and (taken := _take_over(visitor, urljoin(page.url, together[0]))):
            answer = _complete(visitor, taken, manner)
            continue
        if manner.is_thorough:
            answer = _send(visitor, page, form, manner)
        else:
            _send(visitor, page, form, manner, expect=SEE_OTHER, allow_redirects=False)
        if together and manner.team == "leads":
            _share(visitor, urljoin(page.url, together[0]))
    return answer


def _take_over(visitor: Visitor, address: str) -> Page | None:
    """Take over what a teammate offers; `None` where nobody offers anything."""
    page = visitor.get(address)
    for form in page.forms:
        if ("then", "take") in form.buttons:
            return visitor.send(page, form, {"contribution": OWN_PART}, button=("then", "take"))
    return None


def _share(visitor: Visitor, address: str) -> None:
    page = visitor.get(address)
    for form in page.forms:
        if ("then", "offer") in form.buttons and not form.values["contribution"]:
            visitor.send(page, form, {"contribution": OWN_PART}, button=("then", "offer"))


def _send(visitor: Visitor, page: Page, form: PageForm, manner: Manner, **more: Any) -> Page:
    values: dict[str, str | list[str]] = {}
    if "text" in form.texts and not form.values["text"]:
        values["text"] = manner.works[0]
    if "done_on" in form.texts:
        values["done_on"] = DAY
    for name in ("goal", "instrument"):
        if name in form.texts:
            values[name] = SAID[name]
    for name in ("scope", "implements"):
        if name in form.choices and not form.is_answered(name):
            values[name] = form.choices[name][0].value
    if "shows_people" in form.choices:
        values["shows_people"] = "yes" if manner.is_thorough else "no"
    if "ticked" in form.choices:
        values["ticked"] = [choice.value for choice in form.choices["ticked"]]
    if form.values["kind"] == "link":
        values["url"] = "https://example.org/our-family-night"
    files = None
    if form.values["kind"] == "file" and form.is_new:
        files = {"file": ("notes.txt", manner.works[0].encode(), "text/plain")}
    answer = visitor.send(page, form, values, files=files, **more)
    if not manner.is_thorough:
        return answer
    return _beside(visitor, answer, form.action.rsplit("/", 1)[1])


def _beside(visitor: Visitor, page: Page, artifact: str) -> Page:
    """The permissions and the first dated entries that an artifact takes."""
    for form in page.forms:
        if form.action.endswith(f"/{artifact}/consents"):
            if f"/{artifact}/consents/" in page.html:
                break
            values = {"who": "M. R.", "given_on": DAY}
            page = visitor.send(page, form, values)
            break
    for day in (DAY, NEXT_DAY):
        for form in page.forms:
            if f"/{artifact}/entries/" in form.action and "on_day" in form.texts and form.is_new:
                page = visitor.send(page, form, {"on_day": day, "text": WORDS})
                break
    return page


def award_addresses(visitor: Visitor, base_url: str) -> list[str]:
    """The addresses of the visitor's badges, as their own page lists them."""
    page = visitor.get(f"{base_url}/badges/")
    found = [
        urljoin(page.url, href)
        for href, _words in page.links
        if re.search(r"/badges/[A-Za-z0-9]{22}$", href)
    ]
    return list(dict.fromkeys(found))
