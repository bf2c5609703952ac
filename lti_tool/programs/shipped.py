"""The packages that come with Cairn."""

from pathlib import Path

from lti_tool.programs.packages import packages_in
from lti_tool.settings import CHECKOUT

INSTALLED = Path(__file__).resolve().parent.parent / "catalogue"


def shipped_packages() -> list[Path]:
    """Their folders: at the top of a checkout, inside the package once installed."""
    in_checkout = CHECKOUT / "catalogue"
    return packages_in(in_checkout if in_checkout.is_dir() else INSTALLED)
