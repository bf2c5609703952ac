"""An LMS we know nothing particular about: the specifications, read cautiously."""

from collections.abc import Mapping

from lti_tool.launch.models import Product


class GenericHabits:
    """The careful defaults; the products we know refine them."""

    product = Product.GENERIC

    def is_masquerading(self, custom: Mapping[str, str]) -> bool:  # noqa: ARG002
        """No general LTI claim tells it, so nobody is taken to be in disguise."""
        return False

    def learner_is_staff_in_disguise(self, *, known_as_staff: bool) -> bool:  # noqa: ARG002
        """A person may teach in one course and learn in it later."""
        return False

    def review_names_its_link(self) -> bool:
        """Not relied upon: a review launch is only used to find the work itself."""
        return False
