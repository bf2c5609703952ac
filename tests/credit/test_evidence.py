"""The evidence pack: what an auditor asks for, in files that open without us."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from lti_tool.badges import awards
from lti_tool.badges.awards import current_award
from lti_tool.credit import elections, evidence, journal, recording, wishes
from lti_tool.credit.models import HoursSource
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs.models import CredentialVersion
from lti_tool.review import decisions
from tests.builders import NOON
from tests.cast import ada, ben, cleo, dora
from tests.credit.programs import (
    ACADEMY,
    BY_CATEGORY,
    CHICAGO,
    HOURS,
    LICENCE,
    some_credentials,
    somebody,
)
from tests.review.works import appointed, recommended, submitted

SAYS: dict[str, Any] = {
    **LICENCE,
    "calendar": CHICAGO,
    "hours": {**BY_CATEGORY["hours"], "gate": False},
    "credit": {"choose": "one", "options": [{**ACADEMY, "on_licence": True}, HOURS]},
}


def earned(session: Session) -> tuple[Person, CredentialVersion]:
    """Ada has chosen the academy, was there one day, and has earned it by two signatures."""
    learner, instructor = somebody(session, ada()), somebody(session, dora())
    (version,) = some_credentials(session, SAYS)
    election = wishes.open_for(session, learner.id, version, now=NOON)
    elections.elect(session, election, "academy", now=NOON)
    for words in ("=Day *one* #strong", "A day that was wrong"):
        entry = recording.write(
            session,
            person_id=learner.id,
            version=version,
            given=recording.Given("in-person", Decimal("6.5"), date(2026, 11, 3), words),
            source=HoursSource.ATTENDANCE,
            by=instructor,
            once=None,
            now=NOON,
        )
    recording.take_back(session, entry, by=instructor, reason="Wrong.", now=NOON)
    work = submitted(session, learner, version)
    assessor = appointed(session, work, somebody(session, ben()), Seat.ASSESSOR)
    approver = appointed(session, work, somebody(session, cleo()), Seat.APPROVER)
    decisions.approve(
        session,
        recommended(session, work, assessor),
        approver=approver,
        base_url="https://cairn.example.org",
        now=NOON,
    )
    return learner, version


def packed(session: Session, person: Person) -> evidence.Pack:
    return evidence.pack_of(
        session,
        person,
        address_of=lambda ref: f"https://cairn.example.org/badges/{ref}",
        on=date(2026, 12, 1),
    )


@pytest.mark.row("S7-12", "S7-08", "S7-14", "S2-05")
def test_one_file_has_hours_dates_provider_number_signatures_and_where_to_verify(session):
    learner, version = earned(session)
    award = current_award(session, learner, version.credential_id)
    assert award
    completion = journal.completion_of(session, award.public_id)
    assert completion
    completion.activity_number = "AA-0815"

    pack = packed(session, learner)
    raw = evidence.as_pdf(pack, now=NOON)

    assert raw.startswith(b"%PDF-")
    reader = PdfReader(io.BytesIO(raw))
    page = " ".join(" ".join(one.extract_text() for one in reader.pages).split())
    for words in (
        "Ada Ferris",
        "Number 1",
        "20 November 2026",
        "about 30 hours",
        "Academy number AA-0815",
        "FY27 Academy credit 1 credit",
        "Assessor Ben Okoro",
        "Approver Cleo Marsh",
        "Cairn demonstration issuer",
        "6.5",
        "Dora Lind",
        "=Day *one* #strong",  # nothing anybody wrote is read as markup
        "State register",
    ):
        assert words in page, (words, page)
    assert "A day that was wrong" not in page
    assert f"https://cairn.example.org/badges/{award.public_id}" in page.replace(" ", "")
    assert b"/Marked true" in raw  # tagged: a screen reader finds its way
    assert pack.items[0].code.startswith("<svg")


@pytest.mark.row("S7-12")
def test_the_same_as_a_table_for_a_spreadsheet(session):
    learner, version = earned(session)
    award = current_award(session, learner, version.credential_id)
    assert award

    text = evidence.as_table(packed(session, learner))

    award_row, hours_row = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert award_row["completed"] == "2026-11-20"
    assert (award_row["kind"], award_row["amount"]) == ("Academy credit", "1")
    assert award_row["signed by"] == "Assessor Ben Okoro; Approver Cleo Marsh"
    assert award_row["verify at"].endswith(award.public_id)
    assert (hours_row["record"], hours_row["amount"], hours_row["unit"]) == ("hours", "6.5", "hour")
    assert hours_row["signed by"] == "Dora Lind"


def test_what_was_taken_back_is_no_evidence_and_an_empty_pack_opens_too(session):
    learner, version = earned(session)
    award = current_award(session, learner, version.credential_id)
    assert award
    awards.revoke(session, award, reason="A mistake.", actor=None, now=NOON)

    pack = packed(session, learner)

    assert pack.items == ()
    assert len(PdfReader(io.BytesIO(evidence.as_pdf(pack, now=NOON))).pages) == 1


@pytest.mark.row("S7-09")
def test_the_pack_carries_the_written_rationale_of_the_version_that_was_earned(session):
    # Given a credential that cites its research and is aligned to standards
    learner, version = earned(session)
    version.details = {
        **version.details,
        "research": [{"citation": "A. Author, 2020, On #asking first."}],
        "alignments": [
            {"framework": "psel", "code": "Standard 9", "title": "Operations and Management"},
            {"framework": "handbook", "title": "The Handbook"},
        ],
    }
    package = version.program_version
    package.document = {
        **package.document,
        "frameworks": [
            {"slug": "psel", "title": "Standards for Leaders"},
            {"slug": "handbook", "title": "The Handbook"},
        ],
        "research": [{"citation": "B. Program, 2010."}],
    }
    session.flush()

    # When
    pack = packed(session, learner)
    reader = PdfReader(io.BytesIO(evidence.as_pdf(pack, now=NOON)))
    page = " ".join(" ".join(one.extract_text() for one in reader.pages).split())
    award_row, hours_row = csv.DictReader(
        io.StringIO(evidence.as_table(pack).removeprefix("\ufeff"))
    )

    # Then
    aligned = ("Standards for Leaders: Standard 9: Operations and Management", "The Handbook")
    assert pack.items[0].alignments == aligned
    for words in ("Rationale", version.competency, "A. Author, 2020, On #asking first.", *aligned):
        assert words in page, (words, page)
    assert "B. Program" not in page
    assert award_row["competency"] == version.competency
    assert award_row["research"] == "A. Author, 2020, On #asking first."
    assert award_row["aligned to"] == "; ".join(aligned)
    assert (hours_row["competency"], hours_row["aligned to"]) == ("", "")

    # And where the credential cites nothing, the program's own research stands there
    version.details = {**version.details, "research": []}
    assert packed(session, learner).items[0].research == ("B. Program, 2010.",)
