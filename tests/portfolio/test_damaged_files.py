"""Packed files that arrive damaged, by accident or on purpose, are refused in words."""

import io
import random
import zipfile

import pytest

from lti_tool.portfolio.evidence_types import FileNotTaken, true_type


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_damaged_document_is_refused_in_words(packing: int) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", packing) as folder:
        folder.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        folder.writestr("content.xml", "What I saw. " * 20)
    chance = random.Random(20261120)

    refused = []
    for _ in range(800):
        damaged = bytearray(whole.getvalue())
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
        try:
            true_type(io.BytesIO(bytes(damaged)), "journal.odt")
        except FileNotTaken as refusal:
            refused.append(str(refusal))

    assert len(refused) > 100
    assert all("journal.odt" in words for words in refused)
