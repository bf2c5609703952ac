"""The pages and endpoints of the launch room, all at `/lti`."""

from lti_tool.launch.views import binding, choosing, elsewhere, entrance, login, notices, published
from lti_tool.launch.views.blueprint import bp

__all__ = ["binding", "bp", "choosing", "elsewhere", "entrance", "login", "notices", "published"]
