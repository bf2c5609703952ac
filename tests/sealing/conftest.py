"""What tests of sealing ask for: keys."""

from tests.badges.conftest import workshop

__all__ = ["workshop"]
