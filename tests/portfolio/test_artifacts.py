"""Adding, changing, tagging, removing artifacts; uploads that are not what they say."""

import hashlib
import io
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from lti_tool.database import opaque_id
from lti_tool.errors import NotFound
from lti_tool.portfolio import artifacts, submissions
from lti_tool.portfolio.artifact_store import ArtifactStore, BytesMissing, KeyTaken
from lti_tool.portfolio.artifacts import Details, safe_name, take_upload
from lti_tool.portfolio.evidence_types import FileNotTaken
from lti_tool.portfolio.models import Artifact
from lti_tool.programs.models import ArtifactKind
from tests.builders import a_credential_version
from tests.cast import ada, ivan
from tests.portfolio.studio import a_text, begun, drafts_of, handed_in, rated

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"


@pytest.fixture
def store(tmp_path) -> ArtifactStore:
    return ArtifactStore((tmp_path / "evidence").as_uri())


@pytest.fixture
def work(session):
    enrolment = rated(session, begun(session, ada(), a_credential_version()))
    return drafts_of(session, enrolment)[0]


def put(session, work, kind, details, *, now, **given):
    requirement = work.part.requirements[0]
    return artifacts.put(
        session,
        work,
        requirement,
        public_id=given.pop("public_id", opaque_id()),
        kind=kind,
        details=details,
        now=now,
        **given,
    )


def test_a_text_a_link_and_a_file_can_be_added(session, work, store, noon):
    file = take_upload(store, io.BytesIO(PDF), "plan.pdf", limit=10_000)

    put(session, work, ArtifactKind.TEXT, Details(text="Line\r\nline"), now=noon)
    put(session, work, ArtifactKind.LINK, Details(url="https://example.org/x"), now=noon)
    put(session, work, ArtifactKind.FILE, Details(), file=file, now=noon)

    text, link, upload = session.scalars(select(Artifact).order_by(Artifact.id)).all()
    assert text.text == "Line\nline"
    assert text.title == work.part.requirements[0].title
    assert link.url == "https://example.org/x"
    assert (upload.title, upload.media_type, upload.size) == ("plan.pdf", "application/pdf", 34)
    assert upload.sha256 == hashlib.sha256(PDF).hexdigest()
    assert b"".join(artifacts.open_file(store, upload).chunks) == PDF


@pytest.mark.row("S4-25")
def test_nothing_is_added_before_the_baseline_is_finished(session, noon):
    enrolment = begun(session, ada(), a_credential_version())
    work = drafts_of(session, enrolment)[0]

    with pytest.raises(artifacts.BaselineFirst):
        a_text(session, work, work.part.requirements[0])
    rated(session, enrolment)
    a_text(session, work, work.part.requirements[0])

    assert session.scalar(select(func.count(Artifact.id))) == 1


def test_a_program_without_a_baseline_lets_work_begin_at_once(session):
    enrolment = begun(session, ada(), a_credential_version(baseline_required=False))
    work = drafts_of(session, enrolment)[0]

    assert a_text(session, work, work.part.requirements[0]).text


def test_artifacts_are_tagged_to_criteria_of_their_own_part_only(session, work, noon):
    other = a_credential_version()
    session.add(other)
    session.flush()
    own, foreign = work.part.criteria[1].id, other.parts[0].criteria[0].id

    artifact = put(
        session,
        work,
        ArtifactKind.TEXT,
        Details(text="x", criteria=frozenset({own, foreign})),
        now=noon,
    )

    assert [criterion.id for criterion in artifact.criteria] == [own]


def test_a_form_that_arrives_twice_is_one_artifact(session, work, noon):
    details, public_id = Details(text="Once."), opaque_id()

    first = put(session, work, ArtifactKind.TEXT, details, public_id=public_id, now=noon)
    again = put(session, work, ArtifactKind.TEXT, details, public_id=public_id, now=noon)

    assert first is again


def test_the_last_write_of_two_windows_never_loses_the_other_silently(session, work, noon):
    public_id = opaque_id()
    opened = put(
        session, work, ArtifactKind.TEXT, Details(text="A"), public_id=public_id, now=noon
    ).changed_at
    later = noon + timedelta(minutes=1)
    saved = put(
        session,
        work,
        ArtifactKind.TEXT,
        Details(text="A, then B"),
        public_id=public_id,
        seen=opened,
        now=later,
    )

    with pytest.raises(artifacts.ChangedMeanwhile) as refusal:
        put(
            session,
            work,
            ArtifactKind.TEXT,
            Details(text="A, then C"),
            public_id=public_id,
            seen=opened,
            now=later,
        )

    assert refusal.value.theirs is saved
    assert saved.text == "A, then B"


def test_a_form_without_a_state_never_overwrites_what_is_there(session, work, noon):
    public_id = opaque_id()
    put(session, work, ArtifactKind.TEXT, Details(text="A"), public_id=public_id, now=noon)

    with pytest.raises(artifacts.ChangedMeanwhile):
        put(session, work, ArtifactKind.TEXT, Details(text="B"), public_id=public_id, now=noon)


def test_an_id_of_somebody_elses_artifact_is_not_there(session, work, noon):
    public_id = opaque_id()
    put(session, work, ArtifactKind.TEXT, Details(text="A"), public_id=public_id, now=noon)
    other = rated(session, begun(session, ivan(), a_credential_version()))
    draft = drafts_of(session, other)[0]

    with pytest.raises(NotFound):
        put(session, draft, ArtifactKind.TEXT, Details(text="B"), public_id=public_id, now=noon)
    with pytest.raises(NotFound):
        artifacts.find_own(session, public_id, other.person)


def test_a_requirement_takes_only_its_forms_and_its_maximum(session, work, noon):
    requirement = work.part.requirements[0]
    requirement.kinds, requirement.maximum = ["text"], 1

    with pytest.raises(artifacts.KindNotAsked):
        put(session, work, ArtifactKind.LINK, Details(url="https://example.org"), now=noon)
    put(session, work, ArtifactKind.TEXT, Details(text="x"), now=noon)
    with pytest.raises(artifacts.Enough):
        put(session, work, ArtifactKind.TEXT, Details(text="y"), now=noon)


def test_what_was_removed_can_be_brought_back(session, work, noon):
    artifact = put(session, work, ArtifactKind.TEXT, Details(text="x"), now=noon)

    artifacts.remove(session, artifact, now=noon)
    assert work.kept == []
    artifacts.restore(session, artifact)

    assert work.kept == [artifact]


def test_a_place_that_was_filled_meanwhile_takes_nothing_back(session, work, noon):
    work.part.requirements[0].maximum = 1
    first = put(session, work, ArtifactKind.TEXT, Details(text="x"), now=noon)
    artifacts.remove(session, first, now=noon)
    put(session, work, ArtifactKind.TEXT, Details(text="y"), now=noon)

    with pytest.raises(artifacts.Enough):
        artifacts.restore(session, first)


@pytest.mark.row("S3-15")
def test_submitted_work_refuses_every_change(session, noon):
    enrolment = rated(session, begun(session, ada(), a_credential_version()))
    work = handed_in(session, enrolment)
    artifact = work.artifacts[0]

    with pytest.raises(artifacts.AlreadySubmitted):
        put(session, work, ArtifactKind.TEXT, Details(text="more"), now=noon)
    with pytest.raises(artifacts.AlreadySubmitted):
        put(
            session,
            work,
            ArtifactKind.TEXT,
            Details(text="other"),
            public_id=artifact.public_id,
            seen=artifact.changed_at,
            now=noon,
        )
    with pytest.raises(artifacts.AlreadySubmitted):
        artifacts.remove(session, artifact, now=noon)
    with pytest.raises(artifacts.AlreadySubmitted):
        artifacts.restore(session, artifact)
    with pytest.raises(artifacts.AlreadySubmitted):
        submissions.submit(session, work, attested=True, now=noon)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org/x",
        "example.org",
        "https://",
        "https://user:secret@example.org/",
        "https://exa mple.org/",
        "http://[broken",
    ],
)
def test_a_link_is_a_web_address_and_nothing_else(session, work, noon, url):
    with pytest.raises(artifacts.DetailsRefused):
        put(session, work, ArtifactKind.LINK, Details(url=url), now=noon)


@pytest.mark.row("S3-26")
def test_the_day_something_was_done_lies_in_the_past(session, work, noon):
    with pytest.raises(artifacts.DetailsRefused, match="future"):
        put(
            session,
            work,
            ArtifactKind.TEXT,
            Details(text="x", done_on=date(2026, 11, 23)),
            now=noon,
        )
    dated = Details(text="x", done_on=date(2026, 11, 19))

    assert put(session, work, ArtifactKind.TEXT, dated, now=noon).done_on == date(2026, 11, 19)


def test_an_empty_text_is_not_added_and_an_endless_one_neither(session, work, noon):
    with pytest.raises(artifacts.DetailsRefused, match="Write something"):
        put(session, work, ArtifactKind.TEXT, Details(text="  "), now=noon)
    with pytest.raises(artifacts.DetailsRefused, match="200,000"):
        put(session, work, ArtifactKind.TEXT, Details(text="x" * 200_001), now=noon)


def test_a_file_above_the_limit_is_refused_and_leaves_nothing_behind(store, tmp_path):
    with pytest.raises(artifacts.TooLarge, match="64 kB"):
        take_upload(store, io.BytesIO(PDF + bytes(65536)), "plan.pdf", limit=65536)

    assert not [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]


def test_a_file_that_lies_leaves_nothing_behind(store, tmp_path):
    with pytest.raises(FileNotTaken):
        take_upload(store, io.BytesIO(b"<html><script>"), "plan.pdf", limit=65536)

    assert not [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]


def test_the_stored_name_tells_the_truth_about_the_kind(store):
    stored = take_upload(store, io.BytesIO(b"\xff\xd8\xff\xe0" + bytes(99)), "a.png", limit=999)

    assert (stored.name, stored.media_type) == ("a.jpg", "image/jpeg")
    assert "jpg" not in stored.key


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\plan.pdf", "plan.pdf"),
        ("re\u202efdp.exe", "refdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie- x.pdf"),
        ('quo"te<>.pdf', "quo-te-.pdf"),
        ("...hidden", "hidden"),
        ("", "file"),
        (".pdf", "pdf"),
        ("Año de la niñez.pdf", "Año de la niñez.pdf"),
        ("計画.pdf", "計画.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_odd_names_become_safe_and_stay_readable(name, safe):
    assert safe_name(name) == safe


def test_the_store_never_writes_over_anything(store):
    key = store.put(io.BytesIO(b"first"))

    with pytest.raises(KeyTaken):
        store.put(io.BytesIO(b"second"), key=key)

    assert b"".join(store.read(key)) == b"first"


def test_large_files_are_read_in_small_pieces(store):
    key = store.put(io.BytesIO(bytes(3 * 1024 * 1024)))

    sizes = [len(chunk) for chunk in store.read(key)]

    assert sum(sizes) == 3 * 1024 * 1024
    assert max(sizes) <= 1024 * 1024


def test_bytes_that_are_gone_are_named(store):
    key = store.put(io.BytesIO(b"x"))
    store.delete(key)
    store.delete(key)

    with pytest.raises(BytesMissing, match=key):
        store.read(key)
