"""A program's rules in plain words, from its data alone.

What a program does not state makes no sentence. Advice is worded as advice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_currency

from lti_tool.programs.credit_wording import credit, licence
from lti_tool.programs.origins import is_ours

Document = dict[str, Any]

UNITS = {
    "day": "day",
    "week": "week",
    "month": "month",
    "term": "term",
    "school-year": "school year",
}
PERIODS = {
    "term": "term",
    "school-year": "school year",
    "credit-year": "credit year",
    "calendar-year": "calendar year",
}
TEAM_KINDS = {
    "school": "one school",
    "district": "one district",
    "virtual": "several districts, formed by the members themselves",
}
COACHING = {
    "one-to-one": "one-to-one",
    "cohort": "with the cohort",
    "online": "online",
    "instructor": "by the instructor",
}


@dataclass(frozen=True)
class Rule:
    """What a program says on one matter."""

    title: str
    sentences: tuple[str, ...]
    is_ours: bool
    """Worded by the package's authors, not stated by the program."""


def rules(document: Document) -> list[Rule]:
    """Every matter the program says something on, in the order a participant asks."""
    matters: tuple[tuple[str, str, Callable[[Document], Iterable[str]]], ...] = (
        ("Time", "hours", size),
        ("Pace", "pace", pace),
        ("Teams", "team", team),
        ("Cohort", "cohort", cohort),
        ("Coaching and help", "coaching", coaching),
        ("Who judges", "deciders", deciders),
        ("Credit", "credit", credit),
        ("On the license", "licence", licence),
        ("Cost", "price", price),
        ("Work of others", "exemplars", exemplars),
    )
    found = []
    for title, name, words in matters:
        sentences = tuple(sentence for sentence in words(document) if sentence)
        if sentences:
            found.append(Rule(title, sentences, is_ours(document, name)))
    return found


def plural(count: float, word: str) -> str:
    """`1 month`, `3 months`."""
    return f"{count:g} {word}" if count == 1 else f"{count:g} {word}s"


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def between(bounds: dict[str, Any]) -> str:
    """`4 to 10`, `at least 4`, `at most 10`, `30`."""
    low, high = bounds.get("min"), bounds.get("max")
    if low is not None and high is not None:
        return f"{low:g}" if low == high else f"{low:g} to {high:g}"
    if low is not None:
        return f"at least {low:g}"
    return f"at most {high:g}" if high is not None else ""


def hours_of(entry: Document) -> str:
    """`30 hours`, `10 to 20 hours`, or nothing where no size is stated."""
    span = between(entry.get("hours", {}))
    return f"{span} hours" if span else ""


def size(document: Document) -> Iterable[str]:
    """How big it is, and whether hours gate the award (S4-02, S5-13, S5-21)."""
    hours = document.get("hours", {})
    if hours_of(document):
        yield f"A micro-credential takes {hours_of(document)}."
    if duration := document.get("duration"):
        unit = UNITS[duration["unit"]]
        usual = f"It usually takes {plural(duration['count'], unit)}; nobody fails by the clock."
        yield duration.get("text", usual)
    if hours.get("categories"):
        kinds = listed(
            f"{category['minimum']:g} hours {category['title'].lower()}"
            for category in hours["categories"]
        )
        yield f"Of these at least: {kinds}."
    if hours.get("gate") is True:
        yield "The award waits until the hours of every kind are recorded."
    elif hours.get("gate") is False:
        yield "Hours are an estimate; the award does not wait for them."
    yield hours.get("text", "")


def pace(document: Document) -> Iterable[str]:
    """How much at a time: advice stays advice (S1-07, S3-32, S4-10)."""
    if document.get("self_paced"):
        yield "There are no due dates: you go at your own rate."
    if document.get("concurrent"):
        yield "You may work on several micro-credentials at the same time."
    for entry in document.get("pace", []):
        things = plural(entry["count"], "micro-credential")
        if entry["of"] == "credentials-of-one-stack":
            things += " of one set"
        limit = f"{things} per {PERIODS[entry['per']]}"
        if entry["enforcement"] == "rule":
            yield entry.get("text", f"You take at most {limit}.")
        else:
            yield entry.get("text", f"It is recommended to take no more than {limit}.")
            yield "This is advice: you may take more."
    if plan := document.get("plan"):
        counts = listed((f"{count}" for count in plan["counts"]), "and then")
        yield f"A plan to start from: {counts} per {PERIODS[plan['per']]}."
        yield plan.get("text", "")
    if document.get("resources_required") is True:
        yield "The coursework is part of what is required."
    elif document.get("resources_required") is False:
        yield "Resources are there to help; which of them you use is your choice."


def team(document: Document) -> Iterable[str]:
    """Alone or as a team, and how many (S1-04, S3-31, S4-40)."""
    entry = document.get("team")
    if not entry:
        return
    if entry["required"]:
        yield "You take part as a team."
    elif set(entry["modes"]) == {"individual", "team"}:
        yield "You take part by yourself or as a team."
    elif entry["modes"] == ["individual"]:
        yield "You take part by yourself."
    else:
        yield "You may take part as a team."
    if kinds := entry.get("kinds"):
        yield f"A team comes from {listed((TEAM_KINDS[kind] for kind in kinds), 'or')}."
    if span := between(entry.get("members", {})):
        bound = entry.get("limits_apply_to", [])
        which = f"{listed((f'{kind}' for kind in bound), 'or')} team" if bound else "team"
        scope = " per school or district" if entry.get("per") == "school-or-district" else ""
        words = f"{span} members{scope}"
        if entry.get("enforcement") == "advice":
            yield f"It is recommended that a {which} has {words}."
        else:
            yield f"A {which} has {words}."
    if entry.get("formed_by") == "participants":
        yield "Participants form their teams themselves."
    if entry.get("shared_schedule"):
        yield "A team plans its micro-credentials over the terms together."
    if "team" in entry["modes"]:
        yield "The badge is always each person's own."
    yield entry.get("text", "")


def cohort(document: Document) -> Iterable[str]:
    """Groups that go through together, and what it takes to open one (S3-36, S3-37)."""
    entry = document.get("cohort")
    if not entry:
        return
    if entry["required"]:
        yield "You go through the program with a cohort."
    else:
        yield "You may go through the program with a cohort."
    yield entry.get("purpose", "")
    if span := between(entry.get("organisations", {})):
        kinds = listed((f"{kind}s" for kind in entry.get("organisation_kinds", [])), "or")
        yield f"A cohort opens with {span} different {kinds or 'schools or districts'}."
    names = {partner["slug"]: partner["name"] for partner in document.get("partners", [])}
    for seat in entry.get("staff", []):
        each = "each of " if len(seat["from"]) > 1 else ""
        homes = listed(names[slug] for slug in seat["from"])
        yield f"There is a {seat['seat']} from {each}{homes}."
    if entry.get("across_lms"):
        yield "Members may come from different schools and districts, each through their own LMS."
    yield entry.get("text", "")


def coaching(document: Document) -> Iterable[str]:
    """Coaching, and the other ways to get help (S3-21, S3-24, S4-11, S4-38)."""
    if entry := document.get("coaching"):
        each = f" at each {entry['each']}" if "each" in entry else ""
        yield f"There is coaching {listed(COACHING[kind] for kind in entry['kinds'])}{each}."
        if entry.get("drafts") == "shared-by-learner":
            yield "A coach sees a draft only when you share it."
        yield entry.get("text", "")
    for way in document.get("help", []):
        yield way["text"]
    if peers := document.get("peers"):
        if peers.get("feedback"):
            yield "You can ask peers for feedback on a draft."
        if peers.get("ask_earners"):
            yield "People who earned a micro-credential can offer to be asked."
        yield peers.get("text", "")
        yield "Cairn has no place for this yet, so ask where you meet."


def deciders(document: Document) -> Iterable[str]:
    """Who judges, how fast, and how often (S3-28, S4-31, S6-12)."""
    entry = document["deciders"]
    raters = (
        "An assessor rates" if entry["assessors"] == 1 else f"{entry['assessors']} assessors rate"
    )
    if entry["approver"]:
        other = "a different person" if entry["distinct"] else "an approver"
        yield f"{raters} every criterion of the rubric, and {other} decides."
    else:
        yield f"{raters} every criterion of the rubric."
    if entry["appointed"]:
        yield "Both are appointed by the program, until a date." if entry["approver"] else ""
    if entry.get("anonymous"):
        yield "The program wants them not to see whose work it is; Cairn does not hide names yet."
    if entry.get("conflict_check"):
        yield "Nobody judges work from their own organization."
    if "turnaround_days" in entry:
        yield f"A decision is aimed at within {plural(entry['turnaround_days'], 'business day')}."
    if attempts := entry.get("attempts"):
        after = {"coach-meeting": "then you meet a coach first", "closed": "then it is closed"}
        count = plural(attempts["maximum"], "time")
        yield f"You may submit {count}; {after[attempts['then']]}."
    yield entry.get("text", "")


def price(document: Document) -> Iterable[str]:
    """What it costs; nothing is charged here (S3-38)."""
    covers = {"credential": "micro-credential", "stack": "micro-endorsement", "program": "program"}
    for entry in document.get("price", []):
        amount = format_currency(entry["amount"], entry["currency"], locale="en_US")
        yield f"{amount.removesuffix('.00')} per {entry['per']} and {covers[entry['covers']]}."
        yield entry.get("condition", "")


def exemplars(document: Document) -> Iterable[str]:
    """Whether finished work may be shown (S4-36, S5-18, S6-22)."""
    entry = document.get("exemplars")
    if not entry:
        return
    if entry["policy"] == "none":
        yield "Finished work is not shown to others as an example."
    else:
        yield "Finished work may be shown to others if the person who made it agrees."
        yield "Cairn keeps no such collection yet, and shows nobody's work."
    yield entry.get("text", "")
