"""What tests of sharing ask for: a badge that was signed, and is still private."""

from tests.badges.conftest import shown

__all__ = ["shown"]
