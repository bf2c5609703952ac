"""The pages: my badges, an award at its own address, its sharing, and links for one reader."""

from lti_tool.sharing.views import by_link, collected, deciding, elsewhere, mine, showing
from lti_tool.sharing.views.blueprint import bp

__all__ = ["bp", "by_link", "collected", "deciding", "elsewhere", "mine", "showing"]
