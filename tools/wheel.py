"""What the wheel holds beside the package: templates and catalogue, which lie at the top here.

A build hook of hatchling. An editable installation finds both in the checkout, so it gets none.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BESIDE = ("templates", "catalogue")


class IncludeWhatLiesBeside(BuildHookInterface[Any]):
    """Puts `templates/` and `catalogue/` into the package."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders to a wheel that is to be installed elsewhere."""
        if version != "editable":
            for folder in BESIDE:
                build_data["force_include"][folder] = f"lti_tool/{folder}"
