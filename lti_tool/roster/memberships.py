"""The LMS's roster as NRPS 2.0 offers it: members, page by page, and what has changed since."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lti_tool.launch import roles
from lti_tool.launch.connector import MEMBERSHIPS_READ, Answer, Service, link_to, next_page
from lti_tool.people.roles import Role

CONTAINER = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

LEARNERS = roles.MEMBERSHIP + "#Learner"
"""The role that is asked for: nobody else is needed."""

AT_A_TIME = 100
"""Members of a page that are asked for; Canvas gives at most 50 whatever is asked."""

PAGES = 200
"""Pages that are followed; a roster that never ends is cut here."""

LONGEST_SUB = 255


class Declined(Exception):
    """The LMS answered with something else than a roster. `status` is its answer's."""

    def __init__(self, answer: Answer, words: str = "") -> None:
        """Keep the status for whoever has to decide."""
        super().__init__(words or f"The LMS answered with status {answer.status}.")
        self.status = answer.status


@dataclass(frozen=True)
class Listed:
    """One person of a roster."""

    sub: str
    name: str
    role: Role
    is_test: bool
    is_active: bool
    is_gone: bool
    """Was taken out of the course; only told by differences (T-127)."""
    message: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the LMS would send in a launch of the link that was asked about (T-129)."""


@dataclass(frozen=True)
class Told:
    """Everybody over all pages, and where to ask for changes the next time."""

    members: list[Listed]
    differences_url: str | None


def with_query(url: str, **wanted: str) -> str:
    """The address with these parameters, each exactly once whatever it had before (T-129)."""
    parts = urlsplit(url)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in wanted
    ]
    return urlunsplit(parts._replace(query=urlencode([*kept, *wanted.items()])))


def address(url: str, *, link_id: str | None = None, role: str | None = LEARNERS) -> str:
    """What to ask for: one role's members, of one link where it is named (NRPS 2.0, 2.4)."""
    wanted = {"limit": str(AT_A_TIME)}
    if role is not None:
        wanted["role"] = role
    if link_id is not None:
        wanted["rlid"] = link_id
    return with_query(url, **wanted)


def read(service: Service, url: str) -> Told:
    """Every member at an address, over all pages as the LMS links them (T-119, T-125).

    Raises `Declined`, and whatever `Service.call` raises.
    """
    found: dict[str, Listed] = {}
    differences = None
    following: str | None = url
    for _ in range(PAGES):
        if following is None:
            break
        answer = service.call("GET", following, scopes=[MEMBERSHIPS_READ], accept=CONTAINER)
        for entry in _entries(answer):
            member = listed(entry)
            if member is not None:
                found[member.sub] = member
        differences = link_to(answer, following, "differences") or differences
        following = next_page(answer, following)
    return Told(list(found.values()), differences)


def _entries(answer: Answer) -> list[Any]:
    if not answer.ok:
        raise Declined(answer)
    try:
        body = answer.json()
    except ValueError:
        body = None
    # An object with `members` (NRPS 2.0, 2.1); a bare list is what a few LMSs send.
    members = body.get("members") if isinstance(body, dict) else body
    if not isinstance(members, list):
        raise Declined(answer, "The LMS's answer is not a roster.")
    return members


def listed(entry: object) -> Listed | None:
    """One entry as we understand it; `None` for one that names nobody.

    Roles come as full URIs or as bare words (Moodle), a missing status means active (T-126, T-127).
    """
    if not isinstance(entry, dict):
        return None
    sub = entry.get("user_id")
    if isinstance(sub, int) and not isinstance(sub, bool):
        sub = str(sub)
    if not isinstance(sub, str) or not sub or len(sub) > LONGEST_SUB:
        return None
    given = entry.get("roles")
    named = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
    standing = roles.read(named)
    status = str(entry.get("status") or "Active").rpartition("#")[2].lower()
    return Listed(
        sub=sub,
        name=_name(entry),
        role=standing.role,
        is_test=standing.is_test_user,
        is_active=status == "active",
        is_gone=status == "deleted",
        message=_message(entry.get("message")),
    )


def _name(entry: Mapping[str, Any]) -> str:
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip():
        halves = (entry.get("given_name"), entry.get("family_name"))
        name = " ".join(half for half in halves if isinstance(half, str))
    return " ".join(name.replace("\x00", "").split())[:255]


def _message(given: object) -> dict[str, Any]:
    """The section about one link: a list of one in NRPS 2.0, 2.4, a bare object elsewhere."""
    if isinstance(given, list):
        given = next((one for one in given if isinstance(one, dict)), None)
    return given if isinstance(given, dict) else {}
