"""The pages: choose, hours, attendance, the office, the files; and who may see them."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import awards
from lti_tool.badges.models import Award
from lti_tool.credit import exports, licence
from lti_tool.credit.models import HoursEntry, LicenceNumber
from lti_tool.database import sessions
from lti_tool.people.models import AuditEvent, Person
from lti_tool.programs.models import CredentialVersion
from tests.badges.workshop import results_for
from tests.builders import NOON, a_person
from tests.counting import Counted
from tests.credit.conftest import MakeTown, Town
from tests.credit.programs import ACADEMY, BY_CATEGORY, CHICAGO, HOURS, LICENCE, ONE_OR_THE_OTHER

ON_LICENCE: dict[str, Any] = {
    **LICENCE,
    "calendar": CHICAGO,
    "credit": {"choose": "one", "options": [{**ACADEMY, "on_licence": True}, HOURS]},
}
RECORDED_HERE = {"category": "in-person", "hours": "3", "words": "Day one", "sheet": "s" * 22}


def earns(town: Town, who: str = "ada", number: int = 0, at: datetime = NOON) -> str:
    """Somebody is awarded a credential; answers the award's public id."""
    with sessions(town.engine).begin() as session:
        return award(session, town.people[who].id, town.versions[number].id, at).public_id


def award(session: Session, person_id: int, version_id: int, at: datetime = NOON) -> Award:
    version = session.get_one(CredentialVersion, version_id)
    return awards.award(
        session,
        person=session.get_one(Person, person_id),
        credential_version=version,
        results=results_for(version),
        now=at,
    )


@pytest.mark.row("S1-16", "S2-04")
def test_ada_reads_what_she_can_choose_before_she_begins_and_chooses(make_town: MakeTown):
    town = make_town(ONE_OR_THE_OTHER)
    visitor = town.comes("ada")

    before = visitor.get(f"/credit{town.place()}").text
    answer = visitor.post(f"/credit{town.place()}", {"option": "take:academy"})
    after = visitor.get(f"/credit{town.place()}").text

    assert "one of these, never two" in before
    assert "Academy credit: 1 credit" in before
    assert "Finish by 30 June" in before
    assert answer.status_code == 303
    assert 'value="take:academy" checked' in after
    assert visitor.post(f"/credit{town.place()}", {"option": "none"}).status_code == 422


@pytest.mark.row("S1-18")
def test_choosing_the_academy_twice_is_refused_on_the_page_with_the_reason(make_town: MakeTown):
    town = make_town(ONE_OR_THE_OTHER, credentials=2)
    visitor = town.comes("ada")
    visitor.post(f"/credit{town.place()}", {"option": "take:academy"})
    now = datetime.now(NOON.tzinfo)
    earns(town, at=now - timedelta(seconds=5))

    refused = visitor.post(f"/credit{town.place(1)}", {"option": "take:academy"})

    assert refused.status_code == 422
    assert "Only the first award of a year brings it" in refused.text
    assert "1 credit</strong> Academy credit" in visitor.get("/credit/").text
    assert "decided" in visitor.get(f"/credit{town.place()}").text


@pytest.mark.row("S4-15")
def test_somebody_says_where_they_work_and_the_choice_follows(make_town: MakeTown):
    option = {**HOURS, "regions": ["US-CT"]}
    town = make_town({"credit": {"choose": "one", "none_allowed": True, "options": [option]}})
    visitor = town.comes("ada")

    assert "Say first where you work" in visitor.get(f"/credit{town.place()}").text
    visitor.post(f"/credit{town.place()}/about", {"region": "US-CT", "role": "nonsense"})

    page = visitor.get(f"/credit{town.place()}").text
    assert "<option selected>US-CT</option>" in page
    assert "Not now" not in page


@pytest.mark.row("S5-13")
def test_ada_sees_what_is_missing_of_each_kind_and_adds_her_own(make_town: MakeTown):
    town = make_town(BY_CATEGORY)
    visitor = town.comes("ada")
    place = f"/credit{town.place()}/hours"
    own = {"category": "online", "hours": "4,5", "day": "2026-01-05", "words": "Unit 1"}

    visitor.post(place, {**own, "once": "x" * 22})
    visitor.post(place, {**own, "once": "x" * 22})
    refused = visitor.post(place, {**own, "category": "in-person"})
    page = visitor.get(place).text

    assert "40.5 more of “Online”" in page
    assert "30 more of “In person”" in page
    assert "4.5 of 45 hours" in page
    assert refused.status_code == 422
    assert 'value="Unit 1"' in refused.text


@pytest.mark.row("S5-11")
def test_dora_ticks_who_was_there_on_one_page_and_a_click_too_many_counts_once(
    make_town: MakeTown,
):
    town = make_town(BY_CATEGORY, learners=3)
    visitor = town.comes("dora")
    place = f"/credit/attendance{town.place()}"
    everybody = [str(town.people["ada"].id), str(town.people["ivan"].id)]

    assert visitor.get("/credit/attendance").location.endswith(place)
    form = {**RECORDED_HERE, "day": "2026-01-05", "person": everybody}
    visitor.post(place, form)
    visitor.post(place, form)
    nobody = visitor.post(place, {**form, "person": []})

    with sessions(town.engine)() as session:
        (entry,) = session.scalars(select(HoursEntry)).all()
    assert entry.person_id == town.people["ada"].id  # Ivan is no learner of this course
    assert nobody.status_code == 422
    assert "Tick at least one person" in nobody.text
    assert "Day one" in visitor.get(place).text


@pytest.mark.row("S5-11")
def test_a_file_is_looked_at_before_anything_is_written(make_town: MakeTown):
    town = make_town(BY_CATEGORY)
    visitor = town.comes("dora")
    place = f"/credit/attendance{town.place()}"
    head = "email,date,hours,category,session\n"
    good = "ada@example.org,2026-01-05,3,in-person,=Day one\n"

    def send(text: str | bytes) -> Any:
        raw = text.encode() if isinstance(text, str) else text
        return visitor.post(f"{place}/file", {"file": (io.BytesIO(raw), "sheet.csv")})

    faulty = send(head + good + "nobody@example.org,2026-01-05,3,in-person,Day one\n")
    latin = send("Frühling".encode("latin-1"))
    preview = send(head + good)
    with sessions(town.engine)() as session:
        assert session.scalars(select(HoursEntry)).all() == []
    taken = visitor.post(f"{place}/take-over", {"text": head + good, "sheet": "t" * 22})

    assert faulty.status_code == latin.status_code == 422
    assert "Line 3: “nobody@example.org” is not a learner of this course." in faulty.text
    assert "This is not text in UTF-8" in latin.text
    assert "1 entry would be written down" in preview.text
    assert taken.status_code == 303
    assert "There already" in send(head + good).text
    assert "0 entries would be written down" in send(head + good).text


def test_dora_approves_what_her_learner_entered_and_takes_back_what_she_recorded(
    make_town: MakeTown,
):
    town = make_town(BY_CATEGORY)
    learner, instructor = town.comes("ada"), town.comes("dora")
    own = {"category": "field", "hours": "2", "day": "2026-01-05", "words": "Visits"}
    learner.post(f"/credit{town.place()}/hours", own)
    place = f"/credit/attendance{town.place()}"
    form = {**RECORDED_HERE, "day": "2026-01-05", "person": [str(town.people["ada"].id)]}
    instructor.post(place, form)
    with sessions(town.engine)() as session:
        visits, day_one = session.scalars(select(HoursEntry).order_by(HoursEntry.id)).all()

    assert "Hours that wait for you" in instructor.get(place).text
    assert learner.post(f"/credit/hours/{visits.public_id}/approve").status_code == 404
    assert town.comes("ivan").post(f"/credit/hours/{visits.public_id}/approve").status_code == 404
    assert instructor.post(f"/credit/hours/{visits.public_id}/approve").status_code == 303
    assert learner.get(f"/credit/hours/{day_one.public_id}/take-back").status_code == 403
    back = f"/credit/hours/{day_one.public_id}/take-back"
    assert instructor.post(back, {"reason": ""}).status_code == 422
    assert instructor.post(back, {"reason": "Another day."}).status_code == 303

    page = learner.get(f"/credit{town.place()}/hours").text
    assert "2 of 30 hours" in page
    assert "0 of 30 hours" in page
    assert "Taken back" in page
    assert "approved by <bdi>Dora Lind</bdi>" in page


@pytest.mark.row("S2-05", "S7-14", "S7-08")
def test_an_award_goes_to_the_register_by_export_and_confirmation(make_town: MakeTown):
    # Given Ada's number, sealed, and an award that is to be reported
    town = make_town(ON_LICENCE)
    learner, office = town.comes("ada"), town.comes("cleo")
    learner.post(f"/credit{town.place()}", {"option": "take:academy"})
    number = {"register": "State register", "number": "IEIN 1234567"}
    assert learner.post("/credit/number", {**number, "number": "<b>"}).status_code == 422
    assert learner.post("/credit/number", number).status_code == 303
    ref = earns(town)
    with sessions(town.engine)() as session:
        (sealed,) = session.scalars(select(LicenceNumber)).all()
        assert "1234567" not in sealed.sealed
    page = learner.get("/credit/").text
    assert "To report" in page
    assert "Enter it by" in page
    assert "19 January 2027" in page  # sixty days
    assert "1234567" in page

    # When the office exports it and Ada finds it on her licence
    office.post(f"/credit/awards/{ref}/register", {"activity": "AA-0815", "then": "number"})
    sheet = office.post(f"/credit/programs/{town.program}/register.csv")
    (row,) = csv.DictReader(io.StringIO(sheet.text.removeprefix("\ufeff")))
    again = office.post(f"/credit/programs/{town.program}/register.csv")
    assert "Handed over for reporting" in learner.get("/credit/").text
    seen = {"day": "2026-02-01", "reference": "R 77"}
    assert learner.post(f"/credit/awards/{ref}/confirm", seen).status_code == 303

    # Then the file names all a register asks for, once, and the page the day and the reference
    assert row["name"] == "Ada Ferris"
    assert row["number"] == "IEIN 1234567"
    assert row["activity number"] == "AA-0815"
    assert (row["completed"], row["credit year"], row["amount"]) == ("2026-11-20", "FY27", "1")
    assert len(again.text.splitlines()) == 1
    page = learner.get("/credit/").text
    assert "Confirmed" in page
    assert "R 77" in page
    with sessions(town.engine)() as session:
        actions = [one.action for one in session.scalars(select(AuditEvent))]
    assert actions.count("credit.export-licence") == 2
    assert "credit.confirm-licence" in actions


@pytest.mark.row("S7-12")
def test_the_evidence_of_one_award_is_a_file_of_its_own(make_town: MakeTown):
    # Given two awards, completed in the last minutes of a June day in Chicago
    town = make_town(ON_LICENCE, credentials=2)
    moment = datetime(2026, 7, 1, 4, 50, tzinfo=UTC)
    ref, other = earns(town, at=moment), earns(town, number=1, at=moment)
    visitor, place = town.comes("ada"), f"/credit/awards/{ref}/evidence"

    # When she saves one of them from the page
    for page in ("/credit/", f"/badges/{ref}"):
        assert f'href="{place}.pdf" download' in visitor.get(page).text
    table, pdf = visitor.get(f"{place}.csv"), visitor.get(f"{place}.pdf")

    # Then it holds that one only, opens without us, and tells the day the rules count
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"))))
    assert {row["credential"] for row in rows} == {"Number 1"}
    assert {row["completed"] for row in rows} == {"2026-06-30"}
    words = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf.data)).pages)
    assert "Number 1" in words
    assert "Number 2" not in words
    assert "30 June 2026" in words
    assert "filename=evidence-credential" in pdf.headers["Content-Disposition"]

    # And is nobody else's, and nothing once it is taken back
    for who in ("dora", "cleo", "ivan"):
        assert town.comes(who).get(f"{place}.pdf").status_code == 404
    with sessions(town.engine).begin() as session:
        taken = session.scalars(select(Award).where(Award.public_id == other)).one()
        awards.revoke(session, taken, reason="A mistake.", actor=None, now=NOON)
    assert visitor.get(f"/credit/awards/{other}/evidence.csv").status_code == 404
    for page in ("/credit/", f"/badges/{other}"):
        assert f"/credit/awards/{other}/evidence" not in visitor.get(page).text


@pytest.mark.row("S7-02")
def test_pages_tell_the_day_on_which_the_year_turned_where_the_program_is(make_town: MakeTown):
    """Half past eleven at night in Chicago is the next day in UTC, and belongs to the old year."""
    town = make_town(ON_LICENCE)
    town.comes("ada").post(f"/credit{town.place()}", {"option": "take:pd"})
    ref = earns(town, at=datetime(2026, 7, 1, 4, 30, tzinfo=UTC))
    with sessions(town.engine).begin() as session:
        taken = session.scalars(select(Award).where(Award.public_id == ref)).one()
        awards.revoke(
            session,
            taken,
            reason="A mistake.",
            actor=None,
            now=datetime(2026, 7, 1, 4, 40, tzinfo=UTC),
        )
    pages = (
        town.comes("ada").get("/credit/").text,
        town.comes("cleo").get(f"/credit/programs/{town.program}").text,
        town.comes("cleo").get(f"/credit/awards/{ref}").text,
    )

    for page in pages:
        assert "30 June 2026" in page
        assert "1 July 2026" not in page
    assert "FY26" in pages[0]
    assert "30 June 2026, 23:30 CDT" in pages[2]


def test_only_the_programs_office_sees_awards_and_files(make_town: MakeTown):
    town = make_town(ON_LICENCE)
    ref = earns(town)
    doors = (
        ("get", f"/credit/programs/{town.program}"),
        ("post", f"/credit/programs/{town.program}/register.csv"),
        ("post", f"/credit/programs/{town.program}/funder.csv"),
        ("get", f"/credit/awards/{ref}"),
        ("post", f"/credit/awards/{ref}/change"),
        ("post", f"/credit/awards/{ref}/register"),
    )

    for who in ("ada", "dora", "ivan"):
        visitor = town.comes(who)
        codes = [getattr(visitor, method)(path).status_code for method, path in doors]
        assert set(codes) <= {403, 404}, who
    assert town.comes("ivan").post(f"/credit/awards/{ref}/confirm").status_code == 404
    assert "Ada Ferris" in town.comes("cleo").get(f"/credit/programs/{town.program}").text
    assert "Ada Ferris" not in town.comes("ivan").get("/credit/").text


@pytest.mark.row("S1-16")
def test_the_office_changes_a_choice_with_a_reason(make_town: MakeTown):
    town = make_town(ON_LICENCE)
    town.comes("ada").post(f"/credit{town.place()}", {"option": "take:academy"})
    ref = earns(town)
    office = town.comes("cleo")

    silent = office.post(f"/credit/awards/{ref}/change", {"option": "take:pd", "reason": ""})
    said = office.post(f"/credit/awards/{ref}/change", {"option": "take:pd", "reason": "Asked."})

    assert silent.status_code == 422
    assert said.status_code == 303
    page = town.comes("ada").get("/credit/").text
    assert "30 hours</strong> Development hours" in page
    assert "Asked." in page


def test_a_funder_sees_no_name_and_no_cell_below_ten(make_town: MakeTown):
    """Ten who chose hours make a figure, nine who chose the academy do not, nor a difference."""
    town = make_town(ONE_OR_THE_OTHER)
    version = town.versions[0]
    with sessions(town.engine).begin() as session:
        for number in range(19):
            person = a_person(f"Somebody{number} Else")
            session.add(person)
            session.flush()
            award(session, person.id, version.id)
    for number in range(19):
        option = "pd" if number < 10 else "academy"
        _chosen_after(town, f"Somebody{number} Else", option)

    sheet = town.comes("cleo").post(f"/credit/programs/{town.program}/funder.csv").text

    rows = list(csv.reader(io.StringIO(sheet.removeprefix("\ufeff"))))
    assert rows == [
        list(exports.FUNDER_COLUMNS),
        ["Number 1", "FY27", "Academy credit", "fewer than 10", "", ""],
        ["Number 1", "FY27", "Development hours", "10", "300", "hour"],
    ]
    assert "Somebody" not in sheet


def _chosen_after(town: Town, name: str, option: str) -> None:
    from lti_tool.credit import elections, wishes

    with sessions(town.engine).begin() as session:
        person = session.scalars(select(Person).where(Person.name == name)).one()
        version = session.get_one(CredentialVersion, town.versions[0].id)
        election = wishes.open_for(session, person.id, version, now=NOON)
        elections.elect(session, election, option, now=NOON)


def test_no_cell_of_a_file_is_taken_for_a_formula():
    assert exports.harmless("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert exports.harmless("-30") == "-30"
    assert exports.harmless("@you") == "'@you"


def test_a_number_sealed_under_another_secret_counts_as_not_told(make_town: MakeTown, settings):
    town = make_town(ON_LICENCE)
    with sessions(town.engine).begin() as session:
        person = session.get_one(Person, town.people["ada"].id)
        licence.tell_number(session, settings, person, "State register", "12", now=NOON)
        other = settings.model_copy(update={"secret_key": type(settings.secret_key)("z" * 40)})
        assert licence.numbers_of(session, settings, [person.id]) == {
            person.id: {"State register": "12"}
        }
        assert licence.numbers_of(session, other, [person.id]) == {}


def test_pages_ask_as_often_for_many_rows_as_for_one(make_town: MakeTown):
    town = make_town(ON_LICENCE, credentials=6, learners=8)
    learner, instructor, office = (town.comes(who) for who in ("ada", "dora", "cleo"))
    places = (
        (learner, "/credit/"),
        (learner, f"/credit{town.place()}"),
        (learner, f"/credit{town.place()}/hours"),
        (learner, "/credit/evidence.csv"),
        (instructor, f"/credit/attendance{town.place()}"),
        (office, f"/credit/programs/{town.program}"),
    )
    learner.post(f"/credit{town.place()}", {"option": "take:pd"})
    form = {"category": "", "hours": "2", "day": "2026-01-05", "words": "Visits"}
    person = {"person": [str(town.people["ada"].id)]}

    def asked() -> list[int]:
        counts = []
        for visitor, path in places:
            with Counted(town.app.extensions["cairn"].engine) as counted:
                assert visitor.get(path).status_code == 200
            counts.append(len(counted))
        return counts

    earns(town)
    instructor.post(f"/credit/attendance{town.place()}", {**form, **person})
    few = asked()
    for number in range(1, 6):
        earns(town, number=number, at=NOON + timedelta(hours=number))
        more = {**form, **person, "words": f"Visit {number}", "sheet": str(number) * 22}
        instructor.post(f"/credit/attendance{town.place()}", more)

    assert asked() == few
    assert max(few) <= 20
