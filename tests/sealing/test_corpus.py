"""Canonical forms that two libraries once agreed on, and that may never change."""

import hashlib
import json

import pytest

from lti_tool.sealing import canonical
from tests.sealing import documents
from tests.sealing.in_browsers import InBrowsers


def test_every_file_of_the_corpus_has_a_known_form() -> None:
    files = {path.stem for path in documents.CORPUS.glob("*.json")} - {documents.DIGESTS.stem}

    assert files == set(documents.known()) >= {"record", "older", "status-list", "controls"}


@pytest.mark.row("B3-036")
@pytest.mark.parametrize("name", sorted(documents.known()))
def test_a_known_document_has_its_known_form(name: str, in_browsers: InBrowsers) -> None:
    document = json.loads((documents.CORPUS / f"{name}.json").read_text("utf-8"))

    text = canonical.canonical(document)

    assert hashlib.sha256(text.encode()).hexdigest() == documents.known()[name]
    assert in_browsers.canonical(document) == text
