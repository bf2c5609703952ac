"""Beginning a credential, keeping its version, choosing a focus."""

import pytest
from sqlalchemy import select

from lti_tool.portfolio import enrolments
from lti_tool.portfolio.models import Enrolment, Submission, SubmissionState
from tests.builders import a_credential_version, a_program_version
from tests.cast import ada
from tests.portfolio.studio import begun


def test_beginning_opens_a_draft_for_every_part(session, noon):
    version = a_credential_version(parts=3)
    person = ada()

    enrolment = begun(session, person, version)

    work = session.scalars(select(Submission)).all()
    assert [row.part for row in work] == version.parts
    assert {row.state for row in work} == {SubmissionState.DRAFT}
    assert enrolment.begun_at == noon


@pytest.mark.row("S3-05")
def test_whoever_has_begun_keeps_the_version_they_began(session, noon):
    first = a_credential_version()
    person = ada()
    enrolment = begun(session, person, first)
    second = a_credential_version(
        credential=first.credential,
        program_version=a_program_version(first.program_version.program, number=2),
    )
    session.add(second)
    session.flush()

    again = enrolments.begin(session, person, second, now=noon)

    assert again is enrolment
    assert again.credential_version is first
    assert len(session.scalars(select(Enrolment)).all()) == 1


def test_an_outline_cannot_be_begun(session, noon):
    outline = a_credential_version(parts=0)
    person = ada()
    session.add_all([outline, person])
    session.flush()

    with pytest.raises(enrolments.NotOpenYet, match="in preparation"):
        enrolments.begin(session, person, outline, now=noon)


@pytest.mark.row("S4-10")
def test_several_credentials_may_be_under_way_at_once(session, noon):
    person = ada()
    for version in (a_credential_version(), a_credential_version()):
        begun(session, person, version)

    assert len(enrolments.enrolments_of(session, person)) == 2


@pytest.mark.row("S4-20")
def test_a_focus_that_is_required_cannot_be_empty(session):
    version = a_credential_version()
    version.program_version.document["focus"] = {"required": True, "prompt": "For whom?"}
    enrolment = begun(session, ada(), version)

    assert enrolments.is_focus_open(enrolment)
    with pytest.raises(enrolments.FocusMissing):
        enrolments.choose_focus(enrolment, "   ")
    enrolments.choose_focus(enrolment, " Academic talk in grade 4. ")

    assert enrolment.focus == "Academic talk in grade 4."
    assert not enrolments.is_focus_open(enrolment)
    assert enrolments.focus_prompt(version) == "For whom?"


@pytest.mark.row("S4-21")
def test_a_focus_may_be_sharpened_later_but_stays_a_paragraph(session):
    enrolment = begun(session, ada(), a_credential_version())

    enrolments.choose_focus(enrolment, "Talk.")
    enrolments.choose_focus(enrolment, "Talk in pairs.")
    with pytest.raises(enrolments.FocusMissing, match="2000"):
        enrolments.choose_focus(enrolment, "x" * 2001)

    assert enrolment.focus == "Talk in pairs."
