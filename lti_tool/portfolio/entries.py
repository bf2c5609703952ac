"""What learners send in forms, read into our own types; nothing unreadable travels further."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from werkzeug.datastructures import MultiDict

from lti_tool.errors import NotFound
from lti_tool.portfolio.artifacts import Details, DetailsRefused
from lti_tool.portfolio.particulars import Particulars
from lti_tool.portfolio.self_assessments import Question
from lti_tool.programs.models import ArtifactKind


def answers(form: Mapping[str, str]) -> dict[Question, int]:
    """Read `rating-<item>-<scale>` fields; anything else is not a rating."""
    answers = {}
    for name, value in form.items():
        match = re.fullmatch(r"rating-(\d{1,18})-([a-z0-9-]+)", name)
        if match and re.fullmatch(r"\d{1,3}", value):
            answers[int(match[1]), match[2]] = int(value)
    return answers


def number(word: str) -> int:
    """The number of a row; 0, which no row has, where it is none."""
    return int(word) if re.fullmatch(r"[0-9]{1,9}", word) else 0


def kind(word: str) -> ArtifactKind:
    """The form of artifact a hidden field names.

    Raises:
        NotFound: there is no such form.
    """
    try:
        return ArtifactKind(word)
    except ValueError:
        raise NotFound("There is no such form of artifact.") from None


def details(form: MultiDict[str, str]) -> Details:
    """Read what every artifact carries from its form.

    Raises:
        DetailsRefused: a date is no date.
    """
    shows_people = {"yes": True, "no": False}.get(form.get("shows_people", ""))
    return Details(
        title=form.get("title", ""),
        text=form.get("text", ""),
        url=form.get("url", ""),
        done_on=day(form.get("done_on", "")),
        criteria=frozenset(map(number, form.getlist("criteria"))),
        particulars=Particulars(
            scope=form.get("scope", ""),
            goal=form.get("goal", ""),
            instrument=form.get("instrument", ""),
            implements=form.get("implements", ""),
            done_until=day(form.get("done_until", "")),
            shows_people=shows_people,
            ticked=frozenset(int(one) for one in form.getlist("ticked") if one.isdecimal()),
        ),
        pointers={
            number(name.removeprefix("where-")): words
            for name, words in form.items()
            if name.startswith("where-")
        },
    )


def day(word: str) -> date | None:
    """The day of a date field, or `None` for an empty one.

    Raises:
        DetailsRefused: it is no date.
    """
    word = word.strip()
    try:
        return date.fromisoformat(word) if word else None
    except ValueError:
        raise DetailsRefused("Write the day as 2026-11-20.") from None


def works(form: Mapping[str, str]) -> dict[int, str]:
    """Read `shown-<item>` fields: the work that shows how a practice has changed."""
    return {
        number(name.removeprefix("shown-")): value
        for name, value in form.items()
        if name.startswith("shown-")
    }


def moment(word: str) -> datetime | None:
    """The state a form began from; anything unreadable counts as an old one."""
    try:
        return datetime.fromisoformat(word) if word else None
    except ValueError:
        return None
