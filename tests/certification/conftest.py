"""One throwaway tool per process: it is served as `cairn certify` serves it."""

from collections.abc import Iterator

import pytest

from lti_tool.certification.stage import Stage, our_stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Our tool on a free port, and platforms to launch from."""
    with our_stage(tmp_path_factory.mktemp("certification")) as running:
        yield running
