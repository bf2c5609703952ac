"""Canvas, as its documentation and source describe it."""

from collections.abc import Mapping

from lti_tool.launch.models import Product
from lti_tool.launch.products.generic import GenericHabits
from lti_tool.launch.products.scores import ScoreFacts, ScoreMessage, dates, graded, moment

MASQUERADING = "canvas_masquerading_user_id"
"""Our name for `$Canvas.masqueradingUser.id` in the developer key's custom fields."""

SUBMISSION = "https://canvas.instructure.com/lti/submission"
"""Canvas's own member of a score."""


class CanvasHabits(GenericHabits):
    """Student View, acting-as, SpeedGrader, and a gradebook that appends comments."""

    product = Product.CANVAS

    def is_masquerading(self, custom: Mapping[str, str]) -> bool:
        """Canvas expands the variable only while somebody acts as the user."""
        return bool(custom.get(MASQUERADING))

    announces_submissions = True
    comments_add_up = True

    def encode_score(self, facts: ScoreFacts) -> ScoreMessage | None:
        """An attempt when work is handed in, and never another one with the grade.

        Canvas counts an attempt with every score unless it is told not to, and takes one with the
        same moment of submission for the one it knows. A grade somebody set there by hand stays.
        """
        if facts.is_decision:
            if facts.points is None:
                return None
            return graded(facts) | {
                SUBMISSION: {"new_submission": False, "prioritize_non_tool_grade": True}
            }
        message: ScoreMessage = {
            "userId": facts.user_id,
            "timestamp": moment(facts.stamp),
            "activityProgress": "Submitted",
            "gradingProgress": "PendingManual",
            SUBMISSION: {
                "new_submission": True,
                "preserve_score": True,
                "submission_type": "basic_lti_launch",
                "submission_data": facts.review_url,
            },
        }
        if dates(facts):
            message["submission"] = dates(facts)
        return message

    def is_throttled(self, status: int, text: str) -> bool:
        """403 with these words; 429 comes from what stands before it."""
        return status == 429 or (status == 403 and "rate limit exceeded" in text.lower())
