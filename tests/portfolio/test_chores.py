"""What happens in the background to bytes nobody needs."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.database import opaque_id, sessions
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring
from lti_tool.portfolio import artifacts
from lti_tool.portfolio.artifact_store import ArtifactStore, BytesMissing
from lti_tool.portfolio.artifacts import Details, take_upload
from lti_tool.portfolio.chores import tidy
from lti_tool.programs.models import ArtifactKind
from tests.builders import a_credential_version
from tests.cast import ada
from tests.portfolio.studio import begun, drafts_of, rated

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"


def test_bytes_without_an_artifact_are_taken_away_after_a_day(settings, engine, noon):
    store = ArtifactStore(settings.evidence_url)
    kept = take_upload(store, io.BytesIO(PDF), "kept.pdf", limit=10_000)
    with sessions(engine).begin() as session:
        enrolment = rated(session, begun(session, ada(), a_credential_version()))
        (work,) = drafts_of(session, enrolment)
        artifacts.put(
            session,
            work,
            work.part.requirements[0],
            public_id=opaque_id(),
            kind=ArtifactKind.FILE,
            details=Details(),
            file=kept,
            now=noon,
        )
    lost = store.put(io.BytesIO(b"an upload that broke off"))
    keyring = Keyring.open(settings, engine, now=noon)
    now = datetime.now(UTC)

    tidy(JobContext(settings, engine, keyring, clock=lambda: now))
    assert b"".join(store.read(lost)) == b"an upload that broke off"
    tidy(JobContext(settings, engine, keyring, clock=lambda: now + timedelta(days=2)))

    assert b"".join(store.read(kept.key)) == PDF
    with pytest.raises(BytesMissing):
        store.read(lost)
