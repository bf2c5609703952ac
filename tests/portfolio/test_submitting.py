"""Submitting, what comes back, and who may see what, through a browser without scripts."""

import io

import pytest
from sqlalchemy import func, select

from lti_tool.portfolio.models import (
    Artifact,
    Submission,
    SubmissionState,
)
from tests.counting import Counted
from tests.portfolio.forms import PDF, a_form, put

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

    assert "Your badge will show the level you reached" in visitor.get(studio.submit).text
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
    assert "<bdi>Cleo Marsh</bdi> returned this" in page
    assert page.index("Whose voices are missing?") < page.index("2 met")
    assert "The next level, Developing:" in page
    assert "Work at level 2 of criterion 1." in page
    assert "Failed" not in page
    assert "Whose voices are missing?" in task or "Criterion 1" in task


def test_approved_work_shows_the_rubric_with_what_was_reached(studio):
    work = studio.prepare(until="approved")

    page = studio.ada().get(f"/portfolio/submissions/{work.public_id}").text

    assert "<bdi>Cleo Marsh</bdi> approved this" in page
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
