"""The workspace through a browser without scripts: who may, what is kept, what is said."""

import io

import pytest
from sqlalchemy import func, select

from lti_tool.app import create_app
from lti_tool.database import opaque_id
from lti_tool.people.roles import Role
from lti_tool.portfolio.models import (
    Artifact,
    Enrolment,
    SelfAssessment,
    Submission,
    SubmissionState,
)
from tests.conftest import some_settings
from tests.portfolio.studio import Counted

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"


def a_form(studio, **fields):
    """A new text on Ada's first task, as its form sends it."""
    requirement = studio.version.parts[0].requirements[0]
    return {"kind": "text", "requirement": requirement.id, "text": "What I saw.", **fields}


def put(studio, visitor, public_id=None, *, headers=None, **fields):
    """Send the artifact form of the first task."""
    path = f"{studio.task}/artifacts/{public_id or opaque_id()}"
    return visitor.post(path, a_form(studio, **fields), headers=headers)


def only_artifact(session_of):
    with session_of() as session:
        artifact = session.scalars(select(Artifact)).one()
        _ = artifact.criteria
        return artifact


# ---- before starting ------------------------------------------------------------------------


@pytest.mark.row("S3-22")
def test_goal_requirements_and_rubric_are_readable_before_starting(studio, session_of):
    page = studio.ada().get(f"{studio.address}/begin").text

    assert "Keep a journal that others can learn from." in page
    assert "A journal of five visits to one place." in page
    assert "What you made to prepare" in page
    assert "Work at level 4 of criterion 3." in page
    assert "about 30 hours" in page
    with session_of() as session:
        assert session.scalar(select(func.count(Enrolment.id))) == 0


def test_start_leads_to_the_baseline_and_twice_is_once(studio, session_of):
    visitor = studio.ada()

    answer = visitor.post(f"{studio.address}/begin")
    visitor.post(f"{studio.address}/begin")

    assert (answer.status_code, answer.location) == (303, f"{studio.address}/baseline")
    with session_of() as session:
        assert session.scalar(select(func.count(Enrolment.id))) == 1


@pytest.mark.row("T-078")
def test_a_preview_shows_everything_and_keeps_nothing(studio, session_of):
    visitor = studio.ada(is_preview=True)

    assert visitor.get(f"{studio.address}/begin").status_code == 200
    assert visitor.post(f"{studio.address}/begin").status_code == 403
    with session_of() as session:
        assert session.scalar(select(func.count(Enrolment.id))) == 0


def test_only_learners_of_a_course_begin(studio):
    visitor = studio.ada(role=Role.INSTRUCTOR)

    assert "Learners start here" in visitor.get(f"{studio.address}/begin").text
    assert visitor.post(f"{studio.address}/begin").status_code == 403


def test_a_credential_that_does_not_exist_is_not_found(studio):
    assert studio.ada().get("/portfolio/credentials/none/such/begin").status_code == 404


# ---- focus and self-assessment --------------------------------------------------------------


@pytest.mark.row("S4-20", "S4-21")
def test_a_focus_is_kept_and_may_be_changed(studio, session_of):
    studio.prepare(until="begun")
    visitor = studio.ada()

    visitor.post(f"{studio.address}/focus", {"focus": "Talk."})
    answer = visitor.post(f"{studio.address}/focus", {"focus": "Talk in pairs."})

    assert answer.status_code == 303
    assert "Talk in pairs." in visitor.get(f"{studio.address}/focus").text


def test_a_focus_that_is_too_long_is_refused_and_kept_on_the_page(studio):
    studio.prepare(until="begun")

    answer = studio.ada().post(f"{studio.address}/focus", {"focus": "x" * 2001})

    assert answer.status_code == 422
    assert "x" * 2001 in answer.text
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.row("S4-24", "S4-25")
def test_the_baseline_is_saved_as_one_goes_and_resumed_later(studio, session_of):
    studio.prepare(until="begun")
    first, second = studio.version.items
    visitor = studio.ada()

    quiet = visitor.post(
        f"{studio.address}/baseline",
        {f"rating-{first.id}-knowledge": "2"},
        headers={"X-Autosave": "1"},
    )
    later = visitor.post(f"{studio.address}/baseline", {f"rating-{first.id}-use": "1"})
    early = visitor.post(f"{studio.address}/baseline", {"then": "finish"})

    assert quiet.json["saved"]
    assert later.status_code == 303
    assert (early.status_code, "2 ratings are" in early.text) == (422, True)
    assert f'name="rating-{first.id}-use" value="1" checked' in early.text
    answer = visitor.post(
        f"{studio.address}/baseline",
        {
            f"rating-{second.id}-knowledge": "4",
            f"rating-{second.id}-use": "3",
            "then": "finish",
        },
    )
    assert (answer.status_code, answer.location) == (303, studio.task)
    with session_of() as session:
        assert session.scalars(select(SelfAssessment)).one().completed_at is not None


def test_ratings_sent_with_an_unfinished_form_are_kept_all_the_same(studio, session_of):
    studio.prepare(until="begun")
    item = studio.version.items[0]

    answer = studio.ada().post(
        f"{studio.address}/baseline", {f"rating-{item.id}-use": "3", "then": "finish"}
    )

    assert answer.status_code == 422
    with session_of() as session:
        (rating,) = session.scalars(select(SelfAssessment)).one().ratings
        assert rating.value == 3


# ---- tasks and artifacts --------------------------------------------------------------------


@pytest.mark.row("S4-25")
def test_a_task_can_be_read_before_the_baseline_but_takes_nothing(studio, session_of):
    studio.prepare(until="begun")
    visitor = studio.ada()

    page = visitor.get(studio.task).text
    answer = put(studio, visitor)

    assert "finish the baseline" in page
    assert "Your text" not in page
    assert answer.status_code == 409
    with session_of() as session:
        assert session.scalar(select(func.count(Artifact.id))) == 0


def test_a_text_is_added_changed_removed_and_brought_back(studio, session_of):
    studio.prepare(until="rated")
    visitor, public_id = studio.ada(), opaque_id()
    criterion = studio.version.parts[0].criteria[2]

    added = put(studio, visitor, public_id)
    seen = only_artifact(session_of).changed_at.isoformat()
    put(studio, visitor, public_id, text="More.", seen=seen, criteria=[criterion.id])

    artifact = only_artifact(session_of)
    assert (added.status_code, added.location) == (303, f"{studio.task}#artifact-artifact")
    assert (artifact.text, [row.id for row in artifact.criteria]) == ("More.", [criterion.id])
    assert "1 of 3 criteria has evidence" not in visitor.get(studio.task).text
    assert "1 of 3 criteria have evidence" in visitor.get(studio.task).text
    visitor.post(f"/portfolio/artifacts/{public_id}/remove")
    assert "Removed: “What you made to prepare”" in visitor.get(studio.task).text
    visitor.post(f"/portfolio/artifacts/{public_id}/restore")
    assert only_artifact(session_of).removed_at is None


@pytest.mark.row("S3-24")
def test_help_is_offered_on_every_task(studio):
    document = studio.version.program_version.document
    assert "help" not in document
    studio.prepare(until="rated")

    page = studio.ada().get(studio.task).text

    assert "Coverage and help" in page


def test_words_are_saved_quietly_while_somebody_types(studio, session_of):
    studio.prepare(until="rated")
    visitor, public_id = studio.ada(), opaque_id()
    quiet = {"X-Autosave": "1"}

    first = put(studio, visitor, public_id, headers=quiet, text="W").json
    second = put(studio, visitor, public_id, headers=quiet, text="What", seen=first["seen"]).json

    assert only_artifact(session_of).text == "What"
    assert second["seen"] > first["seen"]


def test_two_windows_keep_both_texts(studio, session_of):
    studio.prepare(until="rated")
    visitor, public_id = studio.ada(), opaque_id()
    put(studio, visitor, public_id, text="A")
    seen = only_artifact(session_of).changed_at.isoformat()
    put(studio, visitor, public_id, text="A and B", seen=seen)

    plain = put(studio, visitor, public_id, text="A and C", seen=seen)
    quiet = put(studio, visitor, public_id, headers={"X-Autosave": "1"}, text="A and C", seen=seen)

    assert plain.status_code == quiet.status_code == 409
    assert "A and B</textarea>" in plain.text
    assert "A and C</textarea>" in plain.text
    assert quiet.json["theirs"] == "A and B"
    newer = only_artifact(session_of)
    assert newer.text == "A and B"
    assert newer.changed_at.isoformat() in plain.text
    assert (
        put(studio, visitor, public_id, text="A, B and C", seen=quiet.json["seen"]).status_code
        == 303
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "link", "url": "javascript:alert(1)"}, "A link begins with https://"),
        ({"text": "x", "done_on": "2099-01-01"}, "lies in the future"),
        ({"text": "x", "done_on": "soon"}, "Write the day as"),
        ({"text": " ", "title": ""}, "Write something first"),
        ({"kind": "file"}, "Choose a file"),
    ],
)
def test_a_fault_is_said_beside_the_form_and_what_was_entered_stays(studio, fields, words):
    studio.prepare(until="rated")

    answer = put(studio, studio.ada(), **{"title": "My title", **fields})

    assert answer.status_code == 422
    assert words in answer.text
    if fields.get("done_on") != "soon" and "title" not in fields:
        assert "My title" in answer.text


@pytest.mark.parametrize("kind", ["", "film", "TEXT"])
def test_an_unknown_form_of_artifact_is_not_there(studio, kind):
    studio.prepare(until="rated")

    assert put(studio, studio.ada(), kind=kind).status_code == 404


@pytest.mark.parametrize("public_id", ["short", "x" * 23, "..%2f..%2f..%2fetc%2fpasswd0"])
def test_an_id_that_is_none_is_not_there(studio, public_id):
    studio.prepare(until="rated")

    assert put(studio, studio.ada(), public_id).status_code == 404


def test_a_file_comes_back_as_an_attachment_that_nothing_runs(studio, session_of):
    studio.prepare(until="rated")
    visitor = studio.ada()
    upload = (io.BytesIO(PDF), "Año\u202e “plan”.pdf")

    answer = put(studio, visitor, kind="file", file=upload)
    public_id = only_artifact(session_of).public_id
    file = visitor.get(f"/portfolio/artifacts/{public_id}")

    assert answer.status_code == 303
    assert file.data == PDF
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Content-Security-Policy"].startswith("sandbox")
    assert file.headers["Content-Length"] == str(len(PDF))
    assert "\u202e" not in only_artifact(session_of).file_name


def test_a_file_that_lies_is_refused_beside_its_form(studio, session_of):
    studio.prepare(until="rated")
    upload = (io.BytesIO(b"<!doctype html><script>alert(1)</script>"), "plan.pdf")

    answer = put(studio, studio.ada(), kind="file", file=upload)

    assert answer.status_code == 422
    assert "is not a PDF document" in answer.text
    with session_of() as session:
        assert session.scalar(select(func.count(Artifact.id))) == 0


def test_a_file_above_the_limit_is_refused(studio, database_url, tmp_path):
    studio.prepare(until="rated")
    studio.app = create_app(some_settings(database_url, tmp_path, upload_limit=65536))
    visitor = studio.ada()

    def answer(size):
        upload = (io.BytesIO(b"%PDF-1.7\n" + bytes(size)), "plan.pdf")
        return put(studio, visitor, kind="file", file=upload)

    slightly, far = answer(65536), answer(200_000)
    studio.app.extensions["cairn"].engine.dispose()

    assert (slightly.status_code, far.status_code) == (413, 413)
    assert "“plan.pdf” is larger than 64 kB" in slightly.text


def test_files_lie_outside_the_web_root_under_names_nobody_chose(studio, settings, session_of):
    studio.prepare(until="rated")
    put(studio, studio.ada(), kind="file", file=(io.BytesIO(PDF), "plan.pdf"))

    (stored,) = [p for p in (settings.data_dir / "evidence").rglob("*") if p.is_file()]
    assert "static" not in stored.parts
    assert "plan" not in str(stored.relative_to(settings.data_dir))


# ---- submitting and what comes back ---------------------------------------------------------


@pytest.mark.row("S3-15", "S3-25", "S3-27")
def test_the_checklist_links_each_gap_and_submits_only_what_is_complete(studio, session_of):
    work = studio.prepare(until="rated")
    visitor = studio.ada()

    page = visitor.get(studio.submit).text
    early = visitor.post(studio.submit, {"attested": "yes"})

    assert f'href="{studio.task}#artifact-artifact"' in page
    assert "Nothing is tagged as evidence for “Criterion 1” yet." in page
    assert ">Submit</button>" not in page
    assert early.status_code == 409
    with session_of() as session:
        assert session.get(Submission, work.id).state is SubmissionState.DRAFT


@pytest.mark.row("S3-15")
def test_submitting_asks_for_ones_word_and_then_shows_what_was_submitted(studio, session_of):
    work = studio.prepare(until="filled")
    visitor = studio.ada()

    silent = visitor.post(studio.submit)
    answer = visitor.post(studio.submit, {"attested": "yes"}, follow_redirects=True)

    assert silent.status_code == 422
    assert "Please confirm" in silent.text
    assert "It waits for an assessor." in answer.text
    assert "What I saw." in answer.text
    assert "This is my own work" in answer.text
    with session_of() as session:
        kept = session.get(Submission, work.id)
        assert kept.state is SubmissionState.SUBMITTED
        assert kept.attested_at is not None


@pytest.mark.row("S3-15")
def test_submitted_work_is_shown_and_no_page_changes_it(studio, session_of):
    work = studio.prepare(until="handed_in")
    visitor = studio.ada()
    artifact = work.artifacts[0]
    path = f"{studio.task}/artifacts/{artifact.public_id}"
    seen = artifact.changed_at.isoformat()

    assert visitor.post(path, a_form(studio, text="Other", seen=seen)).status_code == 409
    assert visitor.post(f"/portfolio/artifacts/{artifact.public_id}/remove").status_code == 409
    assert visitor.post(studio.submit, {"attested": "yes"}).status_code == 409
    assert "cannot be changed now" in visitor.get(studio.task).text
    assert visitor.get(studio.submit).location == f"/portfolio/submissions/{work.public_id}"
    with session_of() as session:
        texts = session.scalars(select(Artifact.text)).all()
        assert texts == ["What I saw.", "What I saw."]


@pytest.mark.row("S3-29")
def test_returned_work_opens_at_the_unmet_criterion_with_the_next_level(studio):
    work = studio.prepare(until="returned")
    visitor = studio.ada()

    page = visitor.get(f"/portfolio/submissions/{work.public_id}").text
    task = visitor.get(studio.task).text

    assert "One criterion to go" in page
    assert "Cleo Marsh returned this" in page
    assert page.index("Whose voices are missing?") < page.index("2 met")
    assert "The next level, Developing:" in page
    assert "Work at level 2 of criterion 1." in page
    assert "Failed" not in page
    assert "Whose voices are missing?" in task or "Criterion 1" in task


def test_approved_work_shows_the_rubric_with_what_was_reached(studio):
    work = studio.prepare(until="approved")

    page = studio.ada().get(f"/portfolio/submissions/{work.public_id}").text

    assert "Cleo Marsh approved this" in page
    assert page.count("Met: Proficient") == 3


def test_a_draft_has_no_submitted_page_yet(studio):
    work = studio.prepare(until="rated")

    answer = studio.ada().get(f"/portfolio/submissions/{work.public_id}")

    assert answer.location == studio.submit


# ---- who may --------------------------------------------------------------------------------


def test_ivan_sees_nothing_of_adas(studio):
    work = studio.prepare(until="handed_in")
    public_id = work.artifacts[0].public_id
    visitor = studio.ivan()

    for page in (
        f"{studio.address}/focus",
        f"{studio.address}/baseline",
        f"{studio.address}/closing",
        studio.task,
        studio.submit,
        f"/portfolio/submissions/{work.public_id}",
        f"/portfolio/artifacts/{public_id}",
    ):
        assert visitor.get(page).status_code == 404, page
    for form in (
        f"{studio.address}/focus",
        f"{studio.address}/baseline",
        f"{studio.address}/closing",
        studio.submit,
        f"/portfolio/artifacts/{public_id}/remove",
        f"/portfolio/artifacts/{public_id}/restore",
    ):
        assert visitor.post(form, {"attested": "yes"}).status_code == 404, form
    assert put(studio, visitor, public_id).status_code == 404


def test_a_stranger_uploads_nothing(studio, settings):
    studio.prepare(until="rated")

    answer = put(studio, studio.ivan(), kind="file", file=(io.BytesIO(PDF), "plan.pdf"))

    assert answer.status_code == 404
    folder = settings.data_dir / "evidence"
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_without_a_visit_every_page_says_how_to_come_in(studio, client):
    for page in (f"{studio.address}/begin", studio.task, studio.submit):
        answer = client.get(page)
        assert answer.status_code == 401
        assert "link in your course" in answer.text


def test_a_form_from_elsewhere_changes_nothing(studio, session_of):
    studio.prepare(until="rated")
    visitor = studio.ada()
    visitor.token = "0" * 64

    assert put(studio, visitor).status_code == 403
    with session_of() as session:
        assert session.scalar(select(func.count(Artifact.id))) == 0


def test_the_task_page_takes_as_many_queries_with_many_artifacts_as_with_one(studio):
    studio.prepare(until="rated")
    visitor = studio.ada()
    engine = studio.app.extensions["cairn"].engine

    def queries():
        visitor.get(studio.task)
        with Counted(engine) as counted:
            assert visitor.get(studio.task).status_code == 200
        return len(counted)

    put(studio, visitor)
    one = queries()
    for _ in range(3):
        put(studio, visitor)

    assert queries() == one
    assert one <= 30
