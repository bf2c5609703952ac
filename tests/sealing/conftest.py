"""What tests of sealing ask for: keys, and the canonical form that browsers find."""

from collections.abc import Iterator

import pytest

from tests.badges.conftest import workshop
from tests.sealing.in_browsers import InBrowsers

__all__ = ["workshop"]


@pytest.fixture(scope="session")
def in_browsers() -> Iterator[InBrowsers]:
    """One process for a run."""
    with InBrowsers.running() as found:
        yield found
