"""What tests of verification ask for: the badges of the room below, and its keys."""

from tests.badges.conftest import shown, workshop

__all__ = ["shown", "workshop"]
