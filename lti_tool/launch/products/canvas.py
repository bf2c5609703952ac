"""Canvas, as its documentation and source describe it."""

from collections.abc import Mapping

from lti_tool.launch.models import Product
from lti_tool.launch.products.generic import GenericHabits
from lti_tool.launch.products.scores import (
    ScoreFacts,
    ScoreMessage,
    dates,
    graded,
    moment,
    withdrawn,
)

MASQUERADING = "canvas_masquerading_user_id"
"""Our name for `$Canvas.masqueradingUser.id` in the developer key's custom fields."""

SUBMISSION = "https://canvas.instructure.com/lti/submission"
"""Canvas's own member of a score."""


COMFORT = 100.0
"""Units of `X-Rate-Limit-Remaining` below which we hold back; a school's own pages come first."""

REFILL = 10.0
"""Units a second by which the remaining amount grows again."""


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
        same moment of submission for the one it knows. A grade somebody set there by hand stays,
        unless an instructor asked for it to be replaced.
        """
        if facts.is_decision or facts.is_withdrawal:
            if facts.points is None and not facts.is_withdrawal:
                return None
            message = withdrawn(facts) if facts.is_withdrawal else graded(facts)
            message[SUBMISSION] = {
                "new_submission": False,
                "prioritize_non_tool_grade": not facts.insists,
            }
            return message
        message = {
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

    def breath(self, headers: Mapping[str, str]) -> float:
        """Canvas says how much it would still take before it answers 403."""
        try:
            remaining = float(headers.get("X-Rate-Limit-Remaining", COMFORT))
        except ValueError:
            return 0.0
        return max(0.0, (COMFORT - remaining) / REFILL)
