"""The workspace through a browser without scripts: who may, what is kept, what is said."""

import io

import pytest
from sqlalchemy import func, select

from lti_tool.app import create_app
from lti_tool.database import opaque_id, sessions
from lti_tool.people.roles import Role
from lti_tool.portfolio.models import (
    Artifact,
    Enrolment,
    SelfAssessment,
)
from lti_tool.programs.models import CredentialVersion
from tests.builders import a_resource
from tests.conftest import some_settings
from tests.portfolio.forms import PDF, only_artifact, put

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
def test_resources_coach_and_colleagues_are_at_hand_on_every_task(studio, engine):
    studio.prepare(until="rated")
    with sessions(engine).begin() as session:
        version = session.get_one(CredentialVersion, studio.version.id)
        version.program_version.document = version.program_version.document | {
            "help": [
                {"kind": "coaching", "text": "Ask your coach."},
                {"kind": "peers", "text": "Work with your team."},
            ]
        }
        session.add(a_resource(version, 1))

    for task in studio.version.parts[0].tasks:
        page = studio.ada().get(f"/portfolio/tasks/{task.id}").text
        assert "https://example.org/resource-1" in page
        assert "Ask your coach." in page
        assert "Work with your team." in page


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
