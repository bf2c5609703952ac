"""Pages of credit: the participant's, the instructor's attendance, the program office's."""

from lti_tool.credit.views import approvals, attendance, office, participant
from lti_tool.credit.views.blueprint import bp

__all__ = ["approvals", "attendance", "bp", "office", "participant"]
