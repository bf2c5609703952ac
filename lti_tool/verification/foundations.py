"""What a badge rests on, where it is ours: whether the badges it was awarded for still hold.

No signature can say that, since it was written before. Only the installation that awarded both
knows; it says so to whoever asks, and a person decides whether the whole still holds.
"""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from lti_tool.verification.reading import objects, text
from lti_tool.verification.report import Report
from lti_tool.verification.sources import Source

RESTS_ON = "Rests on"
GENRE = "Badge"
"""How a stack's badge marks the badges among its evidence."""


@runtime_checkable
class KnowsParts(Protocol):
    """A source that knows what became of the parts of its own badges."""

    def parts_taken_back(self, url: str) -> list[str]:
        """Titles of what a badge of its own rested on and lacks since."""


def check(document: Mapping[str, Any], source: Source, report: Report) -> None:
    """A note on badges that were taken back since the one that rests on them was awarded."""
    named = [one for one in objects(document.get("evidence")) if text(one.get("genre")) == GENRE]
    if not named or not isinstance(source, KnowsParts):
        return
    lost = source.parts_taken_back(text(document.get("id")))
    if lost:
        told = ", ".join(f"“{title}”" for title in lost)
        verb = "was" if len(lost) == 1 else "were"
        report.noted(
            RESTS_ON,
            f"{told} {verb} taken back since it was awarded. Its issuer decides whether it holds.",
        )
    else:
        report.passed(RESTS_ON, f"{len(named)} badges, of which none was taken back here.")
