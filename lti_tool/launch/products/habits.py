"""What every LMS product must answer for: the protocol that its habits implement."""

from collections.abc import Mapping
from typing import Protocol

from lti_tool.launch.models import Product
from lti_tool.launch.products.scores import ScoreFacts, ScoreMessage


class Habits(Protocol):
    """How one LMS product behaves where the specifications leave room, or are not followed."""

    product: Product

    def is_masquerading(self, custom: Mapping[str, str]) -> bool:
        """Whether an administrator is acting as the user of this launch.

        `custom` are the launch's custom parameters, unexpanded variables already removed.
        """
        ...

    def learner_is_staff_in_disguise(self, *, known_as_staff: bool) -> bool:
        """Whether a launch as a learner by somebody known as staff in that course is a preview."""
        ...

    def review_names_its_link(self) -> bool:
        """Whether a review launch carries the resource link the work was done in.

        Where it does not, nothing about courses or links may be learnt from such a launch.
        """
        ...

    keeps_hints: bool
    """Whether it keeps dates and window that a deep-linking answer asks for (DL 2.0, 3.2)."""

    announces_submissions: bool
    """Whether work that was handed in is worth a message before it is judged."""

    comments_add_up: bool
    """Whether each comment that is sent is kept beside the earlier ones."""

    replaces_hand_set_grades: bool
    """Whether a score can replace a grade that somebody set by hand, when it is told to."""

    def breath(self, headers: Mapping[str, str]) -> float:
        """Seconds to leave the LMS alone after an answer, because little of our share is left."""
        ...

    def encode_score(self, facts: ScoreFacts) -> ScoreMessage | None:
        """The members of an AGS score, or `None` where sending one would do harm or nothing."""
        ...

    def is_throttled(self, status: int, text: str) -> bool:
        """Whether an answer means: too much at once, later please."""
        ...

    def is_stale(self, status: int, text: str) -> bool:
        """Whether a score was refused because the LMS holds something newer."""
        ...
