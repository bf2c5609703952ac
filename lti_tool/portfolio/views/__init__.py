"""The learner's workspace: the way in, tasks and artifacts, submitting and what comes back."""

from lti_tool.portfolio.views import (
    reflecting,
    starting,
    submitting,
    together,
    working,
)
from lti_tool.portfolio.views.blueprint import bp, send_artifact

__all__ = ["bp", "reflecting", "send_artifact", "starting", "submitting", "together", "working"]
