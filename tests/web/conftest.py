"""An application of one's own, for tests that add addresses to it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from lti_tool.app import create_app
from lti_tool.settings import Settings


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The tool, made for one test alone."""
    app = create_app(settings)
    app.testing = True
    yield app
    app.extensions["cairn"].engine.dispose()
