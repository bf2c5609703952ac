"""What one LMS product does differently: one file per product, nowhere else.

`habits_of(registration)` gives the habits of the product a registration names.
"""

from lti_tool.launch.models import Product, Registration
from lti_tool.launch.products.canvas import CanvasHabits
from lti_tool.launch.products.generic import GenericHabits
from lti_tool.launch.products.habits import Habits
from lti_tool.launch.products.moodle import MoodleHabits

_HABITS: dict[Product, Habits] = {
    Product.CANVAS: CanvasHabits(),
    Product.MOODLE: MoodleHabits(),
    Product.GENERIC: GenericHabits(),
}


def habits_of(registration: Registration) -> Habits:
    """The habits of the LMS product behind a registration."""
    return _HABITS[registration.product]


__all__ = ["Habits", "habits_of"]
