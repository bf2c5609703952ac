"""The pages and endpoints: consent, connected services, OAuth, and the Open Badges API."""

from lti_tool.wallets.views import api, connected, consent, oauth
from lti_tool.wallets.views.blueprint import bp

__all__ = ["api", "bp", "connected", "consent", "oauth"]
