"""Where Canvas offers a tool's picker, and what each place takes.

As its documentation of deep linking and its own request builder have it: one item or several, of
which types, and whether Canvas creates what comes back without asking once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LINK = "ltiResourceLink"


@dataclass(frozen=True)
class Placement:
    """One place that opens the picker."""

    name: str
    words: str
    """How this LMS's page calls it."""
    types: tuple[str, ...] = (LINK,)
    takes_several: bool = False
    creates_at_once: bool = False
    takes_columns: bool = True
    targets: tuple[str, ...] = ("iframe", "window")

    def settings(self) -> dict[str, Any]:
        """Its part of the settings claim."""
        return {
            "accept_types": list(self.types),
            "accept_presentation_document_targets": list(self.targets),
            "accept_media_types": "application/vnd.ims.lti.v1.ltilink",
            "accept_multiple": self.takes_several,
            "accept_lineitem": self.takes_columns,
            "auto_create": self.creates_at_once,
        }


_ALL = (
    Placement("course_assignments_menu", "the assignments page's menu", takes_several=True),
    Placement("assignment_selection", "an assignment's submission type"),
    Placement("link_selection", "a module's item", takes_several=True),
    Placement(
        "module_index_menu_modal",
        "the modules page's menu",
        takes_several=True,
        creates_at_once=True,
    ),
    Placement("module_menu_modal", "a module's menu", takes_several=True, creates_at_once=True),
    Placement(
        "editor_button",
        "the rich text editor",
        types=("link", "file", "html", LINK, "image"),
        takes_several=True,
        takes_columns=False,
        targets=("embed", "iframe", "window"),
    ),
    Placement(
        "conference_selection",
        "a conference",
        types=("link", "html"),
        creates_at_once=True,
        takes_columns=False,
    ),
)

PLACEMENTS: Mapping[str, Placement] = {placement.name: placement for placement in _ALL}

USUAL = "course_assignments_menu"
