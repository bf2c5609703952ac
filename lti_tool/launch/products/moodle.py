"""Moodle 4.5, as measured on a real installation."""

from lti_tool.launch.models import Product
from lti_tool.launch.products.generic import GenericHabits


class MoodleHabits(GenericHabits):
    """*Switch role to student*, strict timestamps, and grades that progress states erase."""

    product = Product.MOODLE
    keeps_hints = False  # measured: dates and windows are set in Moodle itself
    replaces_hand_set_grades = False  # only the teacher can lift an override there

    def learner_is_staff_in_disguise(self, *, known_as_staff: bool) -> bool:
        """Moodle sends a teacher in the student role with the teacher's own `sub`.

        Scores for such a person are answered with 400, because teachers hold no grade.
        """
        return known_as_staff

    def is_stale(self, status: int, text: str) -> bool:
        """Always 409; a 400 repeats what was posted, timestamp and all, and means the person."""
        return status == 409
