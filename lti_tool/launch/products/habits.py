"""What every LMS product must answer for: the protocol that its habits implement."""

from collections.abc import Mapping
from typing import Protocol

from lti_tool.launch.models import Product


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
