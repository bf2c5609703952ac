"""What we ask of an LMS when it registers us: scopes, claims, messages, and the product's extras.

The same wishes make the body of a dynamic registration, Canvas's developer-key configuration, and
the list a health check compares with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lti_tool.launch import dates
from lti_tool.launch.claims import GROUPS_READ, NOTICE_HANDLERS, Message
from lti_tool.launch.connector import (
    LINE_ITEMS,
    LINE_ITEMS_READ,
    MEMBERSHIPS_READ,
    RESULTS_READ,
    SCORES,
)
from lti_tool.launch.models import Product
from lti_tool.launch.origins import CONTEXT_HISTORY
from lti_tool.launch.products.canvas import MASQUERADING

SCOPES: Mapping[str, str] = {
    LINE_ITEMS: "make and change gradebook columns for its own activities",
    LINE_ITEMS_READ: "see the gradebook columns of its own activities",
    RESULTS_READ: "read back the grades in its own columns",
    SCORES: "write scores into its own columns",
    MEMBERSHIPS_READ: "read who is in a course that uses it",
}
"""Each service we use, in words that end “Cairn asks to …”."""

EXTRA_SCOPES: Mapping[str, str] = {
    NOTICE_HANDLERS: "be told when a course that uses it is copied",
    GROUPS_READ: "see the groups of a course that uses it",
}
"""Services we use where a platform has them, and do not miss elsewhere."""

CANVAS_SCOPES: Mapping[str, str] = {
    **SCOPES,
    NOTICE_HANDLERS: EXTRA_SCOPES[NOTICE_HANDLERS],
}
"""What a Canvas developer key can be given; it refuses a key that names a scope it lacks."""

MISSED: Mapping[str, str] = {
    LINE_ITEMS: "no gradebook columns of its own: only activities that bring a column are graded",
    LINE_ITEMS_READ: "columns of a copied course are not found again",
    RESULTS_READ: "nobody sees whether a score arrived or was changed by a teacher",
    SCORES: "no score reaches the gradebook",
    MEMBERSHIPS_READ: "learners are known only after they opened the tool once",
}
"""What does not work without a scope."""

CLAIMS: Mapping[str, str] = {
    "iss": "which LMS it is",
    "sub": "a person's identifier in the LMS",
    "name": "a person's name, for the work and the badge",
    "given_name": "their given name",
    "family_name": "their family name",
    "email": "their address, which a badge is made out to",
}

MESSAGES: Mapping[str, str] = {
    Message.RESOURCE_LINK: "open an activity",
    Message.DEEP_LINKING: "pick a micro-credential and place it in a course",
}

EXTRA_MESSAGES: Mapping[str, str] = {
    Message.DATA_PRIVACY: "see, take along or erase what Cairn keeps about one person",
}
"""Messages we answer where a platform can send them, and do not miss elsewhere."""

PRIVACY_LEVEL = "https://canvas.instructure.com/lti/privacy_level"
TOOL_ID = "https://canvas.instructure.com/lti/tool_id"

HISTORY = CONTEXT_HISTORY[0]
"""Our name for the courses a course was copied from."""


@dataclass(frozen=True)
class Wishes:
    """What one product is asked for beyond the standard."""

    custom: Mapping[str, str]
    """Custom parameters of every launch."""
    placements: Sequence[str] = ()
    """Where the picker is offered (deep linking)."""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the tool configuration."""


_COMMON = {HISTORY: "$Context.id.history"}

_WISHES: Mapping[Product, Wishes] = {
    Product.CANVAS: Wishes(
        custom={
            MASQUERADING: "$Canvas.masqueradingUser.id",
            HISTORY: "$Canvas.course.previousContextIds",
            **dates.VARIABLES,
        },
        placements=(
            "assignment_selection",
            "course_assignments_menu",
            "link_selection",
            "module_index_menu_modal",
            "module_menu_modal",
        ),
        # Canvas sends neither name nor address unless it is asked to.
        extras={PRIVACY_LEVEL: "public", TOOL_ID: "cairn"},
    ),
    # Moodle keeps dates to itself, and what it does not know it sends as it was written.
    Product.MOODLE: Wishes(custom=_COMMON),
    Product.GENERIC: Wishes(custom=_COMMON | dates.VARIABLES),
}


def wishes_of(product: Product) -> Wishes:
    """What this product is asked for."""
    return _WISHES[product]


def product_named(family: str) -> Product:
    """The product behind a `product_family_code`; one we do not know is generic."""
    try:
        return Product(family.strip().lower())
    except ValueError:
        return Product.GENERIC


_SAME_OPERATOR: Sequence[frozenset[str]] = tuple(
    frozenset({f"canvas.{stage}instructure.com", f"sso.{stage}canvaslms.com"})
    for stage in ("", "beta.", "test.")
)
"""Hosted Canvas speaks from two hosts with one voice (lti_launch_overview of its documentation)."""

_HOSTED = ".instructure.com"


def same_operator(one: str, other: str) -> bool:
    """Whether two host names speak for one LMS: the same host, or hosted Canvas's own pair.

    Host names without port, in lower case.
    """
    return one == other or any({one, other} <= pair for pair in _SAME_OPERATOR)


def may_register_at(endpoint: str, configuration: str) -> bool:
    """Whether an endpoint's host belongs to the LMS whose configuration named it.

    A school on hosted Canvas has a host of its own beside the shared ones.
    """
    if same_operator(endpoint, configuration):
        return True
    shared = any(configuration in pair for pair in _SAME_OPERATOR)
    return shared and endpoint.endswith(_HOSTED)
