"""Canvas, as its documentation and source describe it."""

from collections.abc import Mapping

from lti_tool.launch.models import Product
from lti_tool.launch.products.generic import GenericHabits

MASQUERADING = "canvas_masquerading_user_id"
"""Our name for `$Canvas.masqueradingUser.id` in the developer key's custom fields."""


class CanvasHabits(GenericHabits):
    """Student View, acting-as, SpeedGrader, and a gradebook that appends comments."""

    product = Product.CANVAS

    def is_masquerading(self, custom: Mapping[str, str]) -> bool:
        """Canvas expands the variable only while somebody acts as the user."""
        return bool(custom.get(MASQUERADING))
