"""The blueprint every credential is held to before it is published (S3-19).

The schema knows shapes; these rules know sense. Each looks at a document whose shape
is right and yields where it is amiss, the rule's name, and words for its author.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from zoneinfo import available_timezones

from lti_tool.programs import design, levels, references
from lti_tool.programs.colours import DARK_PAPER, WHITE, contrast
from lti_tool.programs.interchange import Fault, Route, Source, rows, walk
from lti_tool.programs.references import Document, Finding

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
TELEPHONE = re.compile(r"(?<![\d/.-])(?:\+?1[-. ])?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?!\d)")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
LEAST_CONTRAST = 3.0
"""WCAG 2.2, 1.4.11: graphics need 3:1 against what is beside them."""


def faults(source: Source) -> list[Fault]:
    """Everything in a well-shaped package that makes no sense or must not be published."""
    return [
        source.fault(route, rule, words)
        for look in (*RULES, *references.RULES)
        for route, rule, words in look(source.document)
    ]


def unique_slugs(document: Document) -> Iterator[Finding]:
    """`unique-slugs`: a slug stands once among its neighbours."""
    for route, value in walk(document):
        if not isinstance(value, list):
            continue
        seen: set[str] = set()
        for at, entry in enumerate(value):
            slug = entry.get("slug") if isinstance(entry, dict) else None
            if slug in seen:
                yield (
                    (*route, at, "slug"),
                    "unique-slugs",
                    f"“{slug}” is already used above.",
                )
            elif slug:
                seen.add(slug)


def covered_criteria(document: Document) -> Iterator[Finding]:
    """`criteria-covered`: each criterion has an artifact that must be given (S3-25)."""
    for way, part in rows(document, "credentials", "parts"):
        covered = {
            slug
            for _, task in rows(part, "phases", "tasks")
            if not task.get("optional", False)
            for artifact in task.get("artifacts", [])
            if artifact.get("min", 1) > 0
            for slug in artifact.get("criteria", [])
        }
        for at, criterion in rows(part["rubric"], "criteria", route=(*way, "rubric")):
            if criterion["slug"] not in covered:
                words = (
                    f"No artifact that must be given is evidence for “{criterion['title']}”."
                    " Name the criterion in the `criteria` of an artifact."
                )
                yield at, "criteria-covered", words


def rising_levels(document: Document) -> Iterator[Finding]:
    """`levels-rise`, `required-level-exists`: levels go from low to high, one of them is met."""
    for way, part in rows(document, "credentials", "parts"):
        for at, criterion in rows(part["rubric"], "criteria", route=(*way, "rubric")):
            points = [level["points"] for level in criterion["levels"]]
            for place in range(1, len(points)):
                if points[place] < points[place - 1]:
                    words = (
                        f"Level {place + 1} brings {points[place]} points, fewer than the"
                        f" {points[place - 1]} of the level below. List levels from low to high."
                    )
                    yield (*at, "levels", place, "points"), "levels-rise", words
            if points[-1] <= 0:
                words = "The highest level must bring more than 0 points."
                yield (*at, "levels", len(points) - 1, "points"), "levels-rise", words
            if criterion["required_level"] > len(points):
                words = f"There are {len(points)} levels, so level {criterion['required_level']}"
                yield (
                    (*at, "required_level"),
                    "required-level-exists",
                    f"{words} is not there.",
                )


def whole_credentials(document: Document) -> Iterator[Finding]:
    """What a credential needs to be begun, and what one in preparation may not have."""
    for way, credential in rows(document, "credentials"):
        if credential["status"] == "outline":
            if credential.get("parts"):
                words = "A credential in preparation has no parts. Describe them as `planned`."
                yield (*way, "parts"), "outline-has-no-parts", words
            continue
        if not credential.get("parts"):
            words = "A complete credential has at least one part. Or is it an `outline`?"
            yield way, "complete-has-parts", words
        for name, meaning in (
            ("competency", "the one competency it stands for (S3-13)"),
            ("goal", "its goal in one sentence, shown before starting (S3-22)"),
        ):
            if name not in credential:
                yield way, "one-competency", f"A complete credential states {meaning}."
        for name, meaning in (
            ("creators", "who designed it"),
            ("research", "what research it rests on"),
        ):
            if not credential.get(name) and not document.get(name):
                words = f"Before it is published, a credential says {meaning} (S3-14)."
                yield way, "author-and-research", words
        rated = credential.get("baseline_required", True) or credential.get("final_required", False)
        if rated and not credential.get("self_assessment"):
            words = "A self-assessment is required, so it needs items; or say it is not required."
            yield way, "baseline-has-items", words
        asked = {
            artifact.get("evidence")
            for _, artifact in rows(credential, "parts", "phases", "tasks", "artifacts")
        }
        for kind in credential.get("evidence_required", []):
            if kind not in asked:
                words = f"No artifact asks for evidence of the required kind “{kind}”."
                yield (*way, "evidence_required"), "evidence-asked", words


def stacks(document: Document) -> Iterator[Finding]:
    """`stack-of-two`: two members at least (S3-11), and no more needed than there are."""
    for way, stack in rows(document, "stacks"):
        lists = ("members", "member_stacks", "external")
        there = sum(len(stack.get(name, [])) for name in lists)
        if there < 2:
            yield way, "stack-of-two", "A stack has at least two members."
        if stack["rule"] == "n-of" and "count" not in stack:
            yield (
                way,
                "stack-of-two",
                "With `n-of`, say in `count` how many are needed.",
            )
        if stack.get("count", 0) > there:
            words = f"{stack['count']} are needed, but there are {there}."
            yield (*way, "count"), "stack-of-two", words
        if stack["rule"] == "all-of" and stack.get("count", there) != there:
            words = f"With `all-of` every member is needed: there are {there}."
            yield (*way, "count"), "stack-of-two", words


def no_circles(document: Document) -> Iterator[Finding]:
    """`stacks-end`: no stack contains or requires itself, no credential waits for itself."""
    for name, fields in (
        ("stacks", ("member_stacks", "requires")),
        ("credentials", ("prerequisites",)),
    ):
        onward = {
            entry["slug"]: {slug for field in fields for slug in entry.get(field, [])}
            for entry in document.get(name, [])
        }
        for way, entry in rows(document, name):
            reached: set[str] = set()
            waiting = list(onward[entry["slug"]])
            while waiting:
                slug = waiting.pop()
                if slug not in reached:
                    reached.add(slug)
                    waiting += onward.get(slug, ())
            if entry["slug"] in reached:
                yield way, "stacks-end", f"“{entry['slug']}” leads back to itself."


def accent(document: Document) -> Iterator[Finding]:
    """`accent-contrast`: the accent can be seen on light and on dark paper."""
    for name, paper in (("white", WHITE), ("the dark paper", DARK_PAPER)):
        ratio = contrast(document["accent"], paper)
        if ratio < LEAST_CONTRAST:
            words = (
                f"{document['accent']} has a contrast of {ratio:.1f}:1 on {name};"
                f" at least {LEAST_CONTRAST:.0f}:1 is needed. Choose a colour between the two."
            )
            yield ("accent",), "accent-contrast", words


def no_personal_contact(document: Document) -> Iterator[Finding]:
    """`no-personal-contact`: no e-mail addresses, no telephone numbers; a contact is a role."""
    for route, value in walk(document):
        if not isinstance(value, str):
            continue
        address = EMAIL.search(value)
        number = None if value.startswith("http") else TELEPHONE.search(value)
        if address or number or "mailto:" in value:
            words = "A package names no e-mail address or telephone number: a contact is a role."
            yield route, "no-personal-contact", words


def ranges(document: Document) -> Iterator[Finding]:
    """`range`: the least is not more than the most, a beginning not after its end."""
    for route, value in walk(document):
        if not isinstance(value, dict):
            continue
        for low, high in (("min", "max"), ("from", "until")):
            least, most = value.get(low), value.get(high)
            if least is not None and most is not None and least > most:
                yield (*route, low), "range", f"{least} is more than {most}."


def disclosures(document: Document) -> Iterator[Finding]:
    """`disclosure-default`: what holds for who chooses nothing is among what may be chosen."""
    for way, holder in (((), document), *rows(document, "credentials")):
        entry = holder.get("disclosure", {})
        if entry.get("default") not in (None, *entry.get("allowed", ())):
            words = f"“{entry['default']}” is not among what is `allowed`."
            yield (*way, "disclosure", "default"), "disclosure-default", words


def own_words(document: Document) -> Iterator[Finding]:
    """`cairn-wrote-fields`: what is marked as the authors' own wording is there."""
    for route, value in walk(document):
        if isinstance(value, dict):
            for name in value.get("cairn_wrote", []):
                if name not in value:
                    words = f"`cairn_wrote` names “{name}”, which is not there."
                    yield (*route, "cairn_wrote"), "cairn-wrote-fields", words


def days(document: Document) -> Iterator[Finding]:
    """`zone-exists`, `day-exists`: zones and dates are real."""
    zone = document.get("calendar", {}).get("timezone")
    if zone is not None and zone not in _zones():
        words = f"“{zone}” is not a time zone's name such as America/Chicago."
        yield ("calendar", "timezone"), "zone-exists", words
    for route, value in walk(document):
        name = route[-1] if route else ""
        if name in ("year_begins", "begins"):
            text = f"2023-{value}"  # not a leap year: a year must begin every year
        elif name in ("from", "until") and isinstance(value, str):
            text = value
        else:
            continue
        try:
            date.fromisoformat(text)
        except ValueError:
            yield route, "day-exists", f"“{value}” is not a day of the calendar."


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    """Names of all time zones; they are looked for in hundreds of files, so once is enough."""
    return frozenset(available_timezones())


def plain_text(document: Document) -> Iterator[Finding]:
    """`plain-characters`, `one-line`: no control characters; titles and names on one line."""
    for route, value in walk(document):
        if not isinstance(value, str):
            continue
        if CONTROL.search(value):
            yield (
                route,
                "plain-characters",
                "This text holds characters nobody can see.",
            )
        if route[-1] in ("title", "name") and "\n" in value:
            yield route, "one-line", "A title stands on one line."


def tidy_numbers(document: Document) -> Iterator[Finding]:
    """`tidy-numbers`: points have two decimals at most, hours one."""
    for route, value in walk(document):
        if isinstance(value, bool) or not isinstance(value, int | float) or len(route) < 2:
            continue
        places = _decimals(route)
        if places is not None and Decimal(str(value)) != round(Decimal(str(value)), places):
            words = f"{value} has more decimals than are kept: {places} at most."
            yield route, "tidy-numbers", words


def _decimals(route: Route) -> int | None:
    """How many decimals a number at this route may have; `None` for any."""
    if route[-1] == "points":
        return 2
    return 1 if "hours" in route else None


RULES: tuple[Callable[[Document], Iterator[Finding]], ...] = (
    unique_slugs,
    covered_criteria,
    rising_levels,
    whole_credentials,
    stacks,
    no_circles,
    accent,
    no_personal_contact,
    ranges,
    disclosures,
    own_words,
    days,
    plain_text,
    tidy_numbers,
    design.citations,
    design.elements_exist,
    design.elements_shown,
    design.strands_exist,
    levels.levels_differ,
)
