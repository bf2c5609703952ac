"""The groups of a course, as the LMS's group service tells them (LTI Course Groups; T-085)."""

from collections.abc import Iterator
from typing import Any

from pylti1p3.course_groups import CourseGroupsService

from lti_tool.launch.claims import GROUPS_READ, label
from lti_tool.launch.connector import Service

MOST_PAGES = 20
"""Pages of groups that are read; an LMS whose pages never end is not followed for ever."""


class GroupsUnreadable(Exception):
    """The LMS answered with something that is no list of groups."""


def names_of(service: Service, url: str) -> list[str]:
    """The names of a course's groups, in the order of the alphabet.

    `url` is what a launch said, and it only says so where the LMS allows reading groups. Raises
    what every call of the service raises, or `GroupsUnreadable`.
    """
    said = {"context_groups_url": url, "scope": [GROUPS_READ], "service_versions": ["1.0"]}
    library = CourseGroupsService(service, said)  # type: ignore[arg-type]
    named = (label(group.get("name")) for group in _groups(library, url))
    return sorted({name for name in named if name}, key=str.casefold)


def _groups(library: CourseGroupsService, url: str) -> Iterator[dict[str, Any]]:
    page: str | None = url
    for _ in range(MOST_PAGES):
        if page is None:
            return
        try:
            found, page = library.get_page(page, "groups")
        except AttributeError as error:  # the library expects an object and looks no further
            raise GroupsUnreadable from error
        if not isinstance(found, list):
            raise GroupsUnreadable
        yield from (group for group in found if isinstance(group, dict))
