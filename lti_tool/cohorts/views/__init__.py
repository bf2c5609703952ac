"""Pages of teams and cohorts: for who takes part, who runs them, and who coaches."""

from lti_tool.cohorts.views import coached, mine, organising, running
from lti_tool.cohorts.views.blueprint import bp

__all__ = ["bp", "coached", "mine", "organising", "running"]
