"""What a participant does: begin, rate themselves, make what is asked for, submit."""

import re
from urllib.parse import urljoin

from lti_tool.walk.visitor import Lost, Page, PageForm, Visitor

LONGEST_WAY = 80
"""Pages a participant may open before the walk counts as lost."""

WORDS = (
    "We met with the grade-level team and read the data together. What I changed in practice,"
    " what the students showed afterwards, and what I would do differently next time stand below."
)
FOCUS = "How our team listens to families of multilingual learners before it plans for them."
DAY = "2026-10-14"
SAID = {
    "goal": "More families speak in meetings about their children.",
    "setting-school": "A public school in town",
    "setting-district": "The county's district",
    "setting-grade-span": "K-5",
    "setting-learners": "About sixty; mostly Spanish, some Polish and Arabic.",
    "instrument": "Summative assessment of English, spring",
}
"""What a participant says where a field of this name asks."""


def work_until_submitted(visitor: Visitor, home: str) -> Page:
    """Do what the home page says next until the work is submitted; answers that last page."""
    for number in range(LONGEST_WAY):
        page = visitor.get(visitor.get(home).link("/portfolio/"))
        if re.search(r"/submissions/[A-Za-z0-9]{22}$", page.url):
            return page
        after = _one_step(visitor, page, number)
        if re.search(r"/submissions/[A-Za-z0-9]{22}$", after.url):
            return after
    raise Lost(f"After {LONGEST_WAY} pages the work was still not submitted")


def _one_step(visitor: Visitor, page: Page, number: int) -> Page:
    artifacts = [form for form in page.forms if ARTIFACT.search(form.action) and form.is_new]
    if artifacts:
        return _make(visitor, page, artifacts, number)
    for form in page.forms:
        if (filled := _filled(page, form)) is not None:
            values, button = filled
            return visitor.send(page, form, values, button=button)
    raise Lost(f"{page.url} offers nothing to do: {page.text[:400]}")


ARTIFACT = re.compile(r"/tasks/[0-9]+/artifacts/")
"""Where a new artifact is sent; entries and permissions beside one go elsewhere."""

Filled = tuple[dict[str, str], tuple[str, str] | None]
"""Values, and the button that is pressed."""


def _filled(page: Page, form: PageForm) -> Filled | None:
    """A form as a participant fills it in; `None` where they would leave it."""
    if any(name.startswith("rating-") for name in form.choices):
        # The first of a scale would be the lowest, and of the works "None of them"
        middle = {name: options[1].value for name, options in form.choices.items()}
        return middle, ("then", "finish")
    if "focus" in form.texts:
        return {name: SAID.get(name, FOCUS) for name in form.texts}, None
    if "work" in form.choices and not _is_chosen(form, "work"):
        return {"work": form.choices["work"][0].value}, None
    if "attested" in form.choices:
        return {"attested": "yes"}, None
    is_done = ("done", "yes") in form.buttons
    if is_done or (form.method == "post" and (form.action or page.url).endswith("/begin")):
        return {}, ("done", "yes") if is_done else None
    return None


def _is_chosen(form: PageForm, name: str) -> bool:
    return any(choice.is_chosen for choice in form.choices[name])


def _make(visitor: Visitor, page: Page, forms: list[PageForm], number: int) -> Page:
    """One artifact for each requirement of the page; a file where one is taken first."""
    chosen: dict[str, PageForm] = {}
    for form in forms:
        requirement = str(form.values["requirement"])
        kind = form.values["kind"]
        if requirement not in chosen or (kind == "file" and number % 2 == 0):
            chosen[requirement] = form
    answer = page
    for form in chosen.values():
        answer = _send(visitor, page, form)
    return answer


def _send(visitor: Visitor, page: Page, form: PageForm) -> Page:
    values: dict[str, str | list[str]] = {"text": WORDS}
    if "done_on" in form.values:
        values["done_on"] = DAY
    for name in ("goal", "instrument"):
        if name in form.texts:
            values[name] = SAID[name]
    for name in ("scope", "implements", "shows_people"):
        if name in form.choices and not _is_chosen(form, name):
            values[name] = form.choices[name][0].value  # of people: that nobody is shown
    if "ticked" in form.choices:
        values["ticked"] = [choice.value for choice in form.choices["ticked"]]
    if form.values["kind"] == "link":
        values["url"] = "https://example.org/our-family-night"
    files = None
    if form.values["kind"] == "file":
        files = {"file": ("notes.txt", WORDS.encode(), "text/plain")}
    return visitor.send(page, form, values, files=files)


def award_addresses(visitor: Visitor, base_url: str) -> list[str]:
    """The addresses of the visitor's badges, as their own page lists them."""
    page = visitor.get(f"{base_url}/badges/")
    found = [
        urljoin(page.url, href)
        for href, _words in page.links
        if re.search(r"/badges/[A-Za-z0-9]{22}$", href)
    ]
    return list(dict.fromkeys(found))
