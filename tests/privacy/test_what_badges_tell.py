"""A badge tells nobody what its earner wrote, uploaded, was told or is recorded as (S3-09)."""

import base64
import re
import zlib
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from lti_tool.badges import chores
from lti_tool.badges.models import SignedDocument
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.settings import Settings
from tests.privacy import ledger
from tests.privacy.estate import FILE, a_school, settled

AWARD = ("", ".json", ".jwt", ".png", ".svg", "/picture.svg", "/card.png")
ASSERTION = ("", ".png", ".svg", ".jws", ".signed.png", ".signed.svg")


def _opened(body: bytes) -> bytes:
    """A body, with what is encoded or compressed in it laid open beside it."""
    found = [body]
    for token in re.findall(rb"[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}", body):
        parts = token.split(b".")[:2]
        found += [base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)) for part in parts]
    for at in re.finditer(rb"(?:IDAT|zTXt|iTXt)", body):
        try:
            found.append(zlib.decompressobj().decompress(body[at.end() :]))
        except zlib.error:
            continue
    return b"\n".join(found)


@pytest.mark.row("S3-09")
def test_no_byte_of_any_rendering_holds_a_word_of_hers(
    app: Flask, engine: Engine, settings: Settings, noon: datetime
) -> None:
    """Every text of every row of hers is marked first, so that no table can be forgotten."""
    with sessions(engine).begin() as session:
        store = ArtifactStore(settings.evidence_url)
        she = settled(session, a_school(session, store), "Adaline Quillfeather")
        for artifact in she.work.artifacts:
            artifact.requirement.is_private = True
        she.shared.assessed_by = "Prairie Assessors"
        session.flush()
        _mark_all_but_the_award(session, she.person.id)
        award_id, public_id = she.shared.id, she.shared.public_id
        session.execute(delete(SignedDocument))  # which stand for nothing that was signed
    keyring = Keyring.open(settings, engine, noon)
    chores.sign(JobContext(settings, engine, keyring, clock=lambda: noon), award_id)

    stranger = app.test_client()
    answers = [stranger.get(f"/badges/{public_id}{ending}") for ending in AWARD]
    answers += [stranger.get(f"/badges/v2/assertions/{public_id}{ending}") for ending in ASSERTION]

    assert {answer.status_code for answer in answers} == {200}
    hidden = ("trace-", "@pupil.example", "sub-adaline", "Arkwright", "Munroe", FILE.decode())
    told = [
        (answer.request.path, words)
        for answer in answers
        for words in hidden
        if words.encode() in _opened(answer.data)
    ]
    assert told == []
    # Her name stands on her page alone; what machines read knows her by a fingerprint.
    named = {answer.request.path for answer in answers if b"Quillfeather" in _opened(answer.data)}
    assert named == {f"/badges/{public_id}"}


def _mark_all_but_the_award(session: Session, person_id: int) -> None:
    theirs = ledger.of_person(ledger.read(session), person_id)
    stays = {"award", "signed_document", "stack_award", "status_place", "endorsement"}
    theirs = {table: keys if table not in stays else set() for table, keys in theirs.items()}
    ledger.mark(session, theirs, lambda table, column: (table, column) == ("person", "email"))
