"""Submitting whole, judgement passing through, the next attempt."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from lti_tool.portfolio import artifacts, feedback, submissions
from lti_tool.portfolio.gaps import GapKind, coverage_of
from lti_tool.portfolio.models import Artifact, Occasion, SubmissionState
from lti_tool.portfolio.self_assessments import finish, questions_of, rate, rest_on
from tests.builders import a_credential_version, a_person
from tests.cast import ada, cleo
from tests.portfolio.studio import a_text, begun, decided, drafts_of, filled, handed_in, rated


@pytest.fixture
def enrolment(session):
    return rated(session, begun(session, ada(), a_credential_version()))


@pytest.mark.row("S3-15", "S3-27")
def test_submitting_keeps_the_attestation_with_its_words_and_time(session, enrolment, noon):
    work = filled(session, enrolment)

    submissions.submit(session, work, attested=True, now=noon)

    assert work.state is SubmissionState.SUBMITTED
    assert work.submitted_at == work.attested_at == noon
    assert work.attestation == submissions.ATTESTATION


@pytest.mark.row("S3-15")
def test_without_the_attestation_nothing_is_submitted(session, enrolment, noon):
    work = filled(session, enrolment)

    with pytest.raises(submissions.AttestationMissing):
        submissions.submit(session, work, attested=False, now=noon)

    assert work.state is SubmissionState.DRAFT


@pytest.mark.row("S3-25")
def test_every_criterion_needs_an_artifact_before_submitting(session, enrolment, noon):
    work = filled(session, enrolment)
    bare = work.part.criteria[0]
    for artifact in work.artifacts:
        artifact.criteria = [row for row in artifact.criteria if row is not bare]
    session.flush()

    with pytest.raises(submissions.NotComplete) as refusal:
        submissions.submit(session, work, attested=True, now=noon)

    (gap,) = refusal.value.gaps
    assert (gap.kind, gap.criterion) == (GapKind.COVERAGE, bare)
    assert gap.task in work.part.tasks
    assert coverage_of(work).words == "2 of 3 criteria have evidence"


def test_a_program_may_do_without_coverage(session, noon):
    version = a_credential_version(coverage_required=False)
    enrolment = rated(session, begun(session, ada(), version))
    work = drafts_of(session, enrolment)[0]
    for requirement in work.part.requirements:
        a_text(session, work, requirement, criteria=frozenset())

    submissions.submit(session, work, attested=True, now=noon)

    assert work.state is SubmissionState.SUBMITTED


@pytest.mark.row("S3-26")
def test_an_artifact_of_implementation_carries_the_day_it_was_done(session, enrolment, noon):
    requirement = enrolment.credential_version.parts[0].requirements[0]
    requirement.needs_date = True
    work = filled(session, enrolment)

    with pytest.raises(submissions.NotComplete) as refusal:
        submissions.submit(session, work, attested=True, now=noon)
    assert [gap.kind for gap in refusal.value.gaps] == [GapKind.DATE]
    work.artifacts[0].done_on = date(2026, 11, 2)
    submissions.submit(session, work, attested=True, now=noon)

    assert work.state is SubmissionState.SUBMITTED


@pytest.mark.row("S4-25")
def test_nothing_is_submitted_before_the_baseline(session, noon):
    enrolment = begun(session, ada(), a_credential_version())
    work = drafts_of(session, enrolment)[0]

    with pytest.raises(submissions.NotComplete) as refusal:
        submissions.submit(session, work, attested=True, now=noon)

    assert refusal.value.gaps[0].kind is GapKind.BASELINE


@pytest.mark.row("S3-17")
def test_every_artifact_asked_for_must_be_there_and_have_something_in_it(session, enrolment, noon):
    work = filled(session, enrolment)
    work.artifacts[0].text = " \n"

    with pytest.raises(submissions.NotComplete) as refusal:
        submissions.submit(session, work, attested=True, now=noon)

    assert GapKind.ARTIFACT in {gap.kind for gap in refusal.value.gaps}
    assert work.artifacts[0].requirement.title in refusal.value.gaps[0].words


@pytest.mark.row("S4-27")
def test_a_program_that_closes_with_a_self_evaluation_waits_for_it(session, noon):
    version = a_credential_version()
    version.details["final_required"] = True
    enrolment = rated(session, begun(session, ada(), version), 1)
    work = filled(session, enrolment)

    with pytest.raises(submissions.NotComplete) as refusal:
        submissions.submit(session, work, attested=True, now=noon)
    assert [gap.kind for gap in refusal.value.gaps] == [GapKind.FINAL]
    answers = dict.fromkeys(questions_of(version), 3)
    rate(session, enrolment, answers, occasion=Occasion.FINAL, now=noon)
    item = version.items[0].id
    rest_on(session, enrolment, {item: work.artifacts[0].public_id}, now=noon)
    finish(session, enrolment, occasion=Occasion.FINAL, now=noon)
    # And what it names must still be there
    artifacts.remove(session, work.artifacts[0], now=noon)
    with pytest.raises(submissions.NotComplete) as refusal:
        submissions.submit(session, work, attested=True, now=noon)
    assert refusal.value.gaps[-1].kind is GapKind.FINAL
    artifacts.restore(session, work.artifacts[0])
    submissions.submit(session, work, attested=True, now=noon)

    assert work.state is SubmissionState.SUBMITTED


@pytest.mark.row("S4-03")
def test_resources_never_gate_submission(session, noon):
    version = a_credential_version(resources=3)
    enrolment = rated(session, begun(session, ada(), version))

    assert handed_in(session, enrolment).state is SubmissionState.SUBMITTED


def test_removed_artifacts_are_gone_for_good_once_submitted(session, enrolment, noon):
    work = filled(session, enrolment)
    extra = a_text(session, work, work.part.requirements[0], "Never mind.")
    artifacts.remove(session, extra, now=noon)

    submissions.submit(session, work, attested=True, now=noon)
    session.flush()

    texts = session.scalars(select(Artifact.text)).all()
    assert "Never mind." not in texts
    assert len(texts) == 2


@pytest.mark.row("S6-14")
def test_returned_work_goes_on_from_a_copy_and_the_returned_attempt_stays(session, enrolment):
    approver = cleo()
    session.add(approver)
    work = handed_in(session, enrolment)
    before = [(a.public_id, a.text) for a in work.artifacts]

    following = decided(session, work, approver, unmet=1)
    assert following is not None

    assert work.state is SubmissionState.RETURNED
    assert (following.attempt, following.state) == (2, SubmissionState.DRAFT)
    assert [a.text for a in following.artifacts] == [text for _, text in before]
    assert [a.criteria for a in following.artifacts] == [a.criteria for a in work.artifacts]
    following.artifacts[0].text = "Better."
    session.flush()
    assert [(a.public_id, a.text) for a in work.artifacts] == before


def test_copies_share_the_bytes_of_unchanged_files(session, enrolment):
    work = filled(session, enrolment)
    work.artifacts[0].file_key = "ab/cd"
    approver = cleo()
    session.add(approver)
    submissions.submit(session, work, attested=True, now=work.begun_at)

    following = decided(session, work, approver, unmet=1)
    assert following is not None

    assert following.artifacts[0].file_key == "ab/cd"
    assert following.artifacts[0].public_id != work.artifacts[0].public_id


def test_met_criteria_are_known_to_the_next_attempt(session, enrolment):
    approver = cleo()
    session.add(approver)
    work = handed_in(session, enrolment)

    following = decided(session, work, approver, unmet=1, comment="Whose voices are missing?")
    assert following is not None

    told = feedback.feedback_of(session, work)
    assert [row.is_met for row in told] == [False, True, True]
    assert told[0].comment == "Whose voices are missing?"
    assert set(feedback.met_before(session, following)) == {
        row.id for row in work.part.criteria[1:]
    }
    assert feedback.met_before(session, work) == {}


def test_feedback_is_released_whole_or_not_at_all(session, enrolment, noon):
    approver = cleo()
    session.add(approver)
    work = handed_in(session, enrolment)
    submissions.mark_assessed(session, work)
    criterion = work.part.criteria[0]
    verdict = feedback.Verdict(criterion, criterion.levels[0])

    with pytest.raises(feedback.VerdictsIncomplete):
        submissions.close(
            session, work, approved=False, verdicts=[verdict], words="", by=approver, now=noon
        )


def test_a_decision_is_made_once(session, enrolment):
    approver = cleo()
    session.add(approver)
    work = handed_in(session, enrolment)

    assert decided(session, work, approver) is None
    assert work.decided_by is approver
    with pytest.raises(submissions.StateRefused):
        decided(session, work, approver)
    with pytest.raises(submissions.StateRefused):
        submissions.next_attempt(session, work, now=work.begun_at)


def test_work_sent_back_to_the_assessor_waits_again(session, enrolment):
    work = handed_in(session, enrolment)

    submissions.mark_assessed(session, work)
    submissions.mark_reopened(session, work)

    assert work.state is SubmissionState.SUBMITTED


@pytest.mark.row("T-078")
def test_a_test_user_of_the_lms_leaves_nothing_in_the_gradebook(session, noon):
    person = a_person("Test Student", is_test=True)
    enrolment = rated(session, begun(session, person, a_credential_version()))
    work = filled(session, enrolment)

    submissions.submit(session, work, attested=True, now=noon + timedelta(minutes=1))

    from lti_tool.grades.models import ScoreDelivery

    assert session.scalars(select(ScoreDelivery)).all() == []
