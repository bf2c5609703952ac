"""An LMS we know nothing particular about: the specifications, read cautiously."""

from collections.abc import Mapping

from lti_tool.launch.models import Product
from lti_tool.launch.products.scores import ScoreFacts, ScoreMessage, graded, withdrawn


class GenericHabits:
    """The careful defaults; the products we know refine them."""

    product = Product.GENERIC

    def is_masquerading(self, custom: Mapping[str, str]) -> bool:
        """No general LTI claim tells it, so nobody is taken to be in disguise."""
        return False

    def learner_is_staff_in_disguise(self, *, known_as_staff: bool) -> bool:
        """A person may teach in one course and learn in it later."""
        return False

    def review_names_its_link(self) -> bool:
        """Not relied upon: a review launch is only used to find the work itself."""
        return False

    keeps_hints = True
    announces_submissions = False
    comments_add_up = False
    replaces_hand_set_grades = True

    def breath(self, headers: Mapping[str, str]) -> float:
        """No general header tells how much more an LMS would take."""
        return 0.0

    def encode_score(self, facts: ScoreFacts) -> ScoreMessage | None:
        """Only what is fully graded: with any other state some LMSs erase the grade.

        The comment goes along every time, because a score without one removes the one before.
        """
        if facts.is_withdrawal:
            return withdrawn(facts)
        if facts.points is None:
            return None
        return graded(facts)

    def is_throttled(self, status: int, text: str) -> bool:
        """429, as HTTP has it."""
        return status == 429

    def is_stale(self, status: int, text: str) -> bool:
        """409, or a 400 that speaks of the timestamp (LMSs differ, AGS 2.0 names no status)."""
        return status == 409 or (status == 400 and "timestamp" in text.lower())
