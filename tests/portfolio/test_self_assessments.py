"""Baseline and closing self-assessment."""

import pytest

from lti_tool.portfolio import self_assessments
from lti_tool.portfolio.models import Occasion
from tests.builders import a_credential_version
from tests.cast import ada
from tests.portfolio.studio import begun, filled, rated


@pytest.mark.row("S4-24")
def test_each_practice_is_rated_for_knowledge_and_for_use(session):
    version = a_credential_version(items=3)
    begun(session, ada(), version)

    questions = self_assessments.questions_of(version)

    assert len(questions) == 6
    assert {scale for _, scale in questions} == {"knowledge", "use"}
    assert self_assessments.scales_of(version)["use"].steps[0] == "Not yet"


def test_ratings_are_kept_one_by_one_and_may_change_until_it_is_finished(session, noon):
    version = a_credential_version(items=1)
    enrolment = begun(session, ada(), version)
    item = version.items[0].id

    self_assessments.rate(session, enrolment, {(item, "use"): 1}, now=noon)
    self_assessments.rate(session, enrolment, {(item, "use"): 3}, now=noon)
    kept = self_assessments.rate(session, enrolment, {(item, "knowledge"): 2}, now=noon)

    assert self_assessments.answers_of(kept) == {(item, "use"): 3, (item, "knowledge"): 2}


def test_it_is_finished_only_when_every_practice_is_rated_on_every_scale(session, noon):
    version = a_credential_version(items=1)
    enrolment = begun(session, ada(), version)
    item = version.items[0].id
    self_assessments.rate(session, enrolment, {(item, "use"): 1}, now=noon)

    with pytest.raises(self_assessments.RatingsMissing, match="One rating is"):
        self_assessments.finish(session, enrolment, now=noon)
    self_assessments.rate(session, enrolment, {(item, "knowledge"): 4}, now=noon)

    assert self_assessments.finish(session, enrolment, now=noon).completed_at == noon


def test_a_finished_baseline_is_kept_as_it_was(session, noon):
    version = a_credential_version(items=1)
    enrolment = rated(session, begun(session, ada(), version))

    with pytest.raises(self_assessments.AlreadyFinished):
        self_assessments.rate(session, enrolment, {(version.items[0].id, "use"): 4}, now=noon)


@pytest.mark.parametrize(
    ("scale", "value"), [("use", 0), ("use", 5), ("grace", 1)], ids=["low", "high", "scale"]
)
def test_a_rating_off_the_scale_is_refused(session, noon, scale, value):
    version = a_credential_version(items=1)
    enrolment = begun(session, ada(), version)

    with pytest.raises(self_assessments.RatingUnknown):
        self_assessments.rate(session, enrolment, {(version.items[0].id, scale): value}, now=noon)


def test_practices_of_another_credential_cannot_be_rated(session, noon):
    foreign = a_credential_version(items=1)
    begun(session, ada(), foreign)
    enrolment = begun(session, ada(), a_credential_version(items=1))

    with pytest.raises(self_assessments.RatingUnknown):
        self_assessments.rate(session, enrolment, {(foreign.items[0].id, "use"): 1}, now=noon)


@pytest.mark.row("S4-20")
def test_the_focus_comes_before_the_baseline(session, noon):
    version = a_credential_version()
    version.program_version.document["focus"] = {"required": True}
    enrolment = begun(session, ada(), version)

    with pytest.raises(self_assessments.FocusFirst):
        self_assessments.rate(session, enrolment, {}, now=noon)


@pytest.mark.row("S4-27")
def test_the_closing_one_uses_the_same_scales_and_follows_the_baseline(session, noon):
    version = a_credential_version(items=1)
    version.details["final_required"] = True
    enrolment = begun(session, ada(), version)
    questions = self_assessments.questions_of(version)

    with pytest.raises(self_assessments.BaselineComesFirst):
        self_assessments.rate(session, enrolment, {}, occasion=Occasion.FINAL, now=noon)
    rated(session, enrolment, 1)
    work = filled(session, enrolment)
    answers = dict.fromkeys(questions, 4)
    self_assessments.rate(session, enrolment, answers, occasion=Occasion.FINAL, now=noon)
    with pytest.raises(self_assessments.EvidenceMissing):
        self_assessments.finish(session, enrolment, occasion=Occasion.FINAL, now=noon)
    chosen = {version.items[0].id: work.artifacts[0].public_id}
    self_assessments.rest_on(session, enrolment, chosen, now=noon)
    final = self_assessments.finish(session, enrolment, occasion=Occasion.FINAL, now=noon)

    both = self_assessments.own_ratings(session, enrolment)
    assert both.final is final
    assert set(self_assessments.answers_of(both.baseline)) == set(
        self_assessments.answers_of(both.final)
    )
    assert not self_assessments.is_final_open(version, final)
