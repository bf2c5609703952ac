"""All cases that can be tried from outside, in the order of their numbers."""

from collections.abc import Iterable, Mapping

from lti_tool.certification.case import Case
from lti_tool.certification.cases import (
    advantage,
    answer,
    around,
    audience,
    cookies,
    deep_linking,
    login,
    message,
    registration,
    roles,
    signature,
)

SECTIONS = (
    login,
    answer,
    signature,
    audience,
    message,
    roles,
    around,
    deep_linking,
    cookies,
    advantage,
    registration,
)

CASES: Mapping[str, Case] = {
    one.number: one
    for one in sorted(
        (one for part in SECTIONS for one in part.section.cases), key=lambda one: one.number
    )
}
"""Every case by its number."""


class NoSuchCase(Exception):
    """A case was asked for that does not exist; the message says which there are."""


def chosen(numbers: Iterable[str]) -> list[Case]:
    """The cases of these numbers, in order; all of them where none is named.

    Raises:
        NoSuchCase: there is none of such a number that can be tried from outside.
    """
    wanted = set(numbers)
    if unknown := sorted(wanted - set(CASES)):
        raise NoSuchCase(f"{', '.join(unknown)} cannot be run; these can: {', '.join(CASES)}")
    return [one for number, one in CASES.items() if not wanted or number in wanted]
