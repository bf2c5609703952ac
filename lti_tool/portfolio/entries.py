"""What learners send in forms, read into our own types; nothing unreadable travels further."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from werkzeug.datastructures import MultiDict

from lti_tool.errors import NotFound
from lti_tool.portfolio.artifacts import Details, DetailsRefused
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
        DetailsRefused: the date is no date.
    """
    day = form.get("done_on", "").strip()
    try:
        done_on = date.fromisoformat(day) if day else None
    except ValueError:
        raise DetailsRefused("Write the day as 2026-11-20.") from None
    return Details(
        title=form.get("title", ""),
        text=form.get("text", ""),
        url=form.get("url", ""),
        done_on=done_on,
        criteria=frozenset(map(number, form.getlist("criteria"))),
    )


def moment(word: str) -> datetime | None:
    """The state a form began from; anything unreadable counts as an old one."""
    try:
        return datetime.fromisoformat(word) if word else None
    except ValueError:
        return None
