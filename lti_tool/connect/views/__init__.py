"""Pages and endpoints by which an LMS is connected: at `/lti` for LMSs, at `/admin` for people."""

from lti_tool.connect.views import connecting, health, registration
from lti_tool.connect.views.blueprint import bp

__all__ = ["bp", "connecting", "health", "registration"]
