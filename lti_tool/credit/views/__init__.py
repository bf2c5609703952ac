"""Pages of credit: the participant's, the instructor's attendance, the program office's."""

from lti_tool.credit.views import approvals, attendance, licence, office, participant
from lti_tool.credit.views.blueprint import bp

__all__ = ["approvals", "attendance", "bp", "licence", "office", "participant"]
