"""The pages of stacks: a participant's own, and an approver's."""

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.people.roles import Role, Seat
from lti_tool.portfolio.models import Enrolment
from lti_tool.programs.models import CredentialVersion
from lti_tool.stacks.models import StackAward, StackProposal
from tests.builders import an_appointment
from tests.cast import ada, cleo, ivan
from tests.counting import Counted
from tests.portfolio.studio import a_text, begun, drafts_of, enter, rated
from tests.stacks.quarry import FOUR, PONDS, Quarry

TWO_A_YEAR = {"per": "school-year", "counts": [2, 2]}
LAKES = {
    "slug": "lakes",
    "title": "Lakes",
    "rule": "n-of",
    "count": 2,
    "members": ["two", "three"],
    "designation": "Keeper of lakes",
    "recognised_as": [{"title": "Water certificate", "region": "Rhode Island"}],
}
SHOW = "/stacks/of/{}/ponds"


@dataclass
class Town:
    """Ada with three of four, Cleo who decides, Ivan who has nothing."""

    ada: Person
    cleo: Person
    ivan: Person
    program: str


@pytest.fixture
def town(engine: Engine) -> Town:
    with sessions(engine).begin() as session:
        quarry = Quarry(session, PONDS, LAKES, plan=TWO_A_YEAR)
        people = Town(ada(), cleo(), ivan(), quarry.version.program.slug)
        session.add_all(
            [people.ivan, an_appointment(people.cleo, quarry.version.program, Seat.ADMIN)]
        )
        quarry.earns(people.ada, *FOUR[:3])
        session.flush()
    return people


@pytest.mark.row("S1-09")
def test_a_participant_sees_how_far_everything_is(app: Flask, engine: Engine, town: Town) -> None:
    with sessions(engine).begin() as session:
        version = session.scalars(select(Enrolment)).first().credential_version  # type: ignore[union-attr]
        version.details = version.details | {"topics": ["inland-waters"]}

    page = " ".join(enter(app, town.ada).get("/stacks/").text.split())

    assert "You are one away." in page
    assert "Everything is there. An approver of the program looks at it" in page
    assert "Counts also toward Lakes." in page
    assert "<dt>Inland waters</dt><dd><strong>1 micro-credential, about 30 hours</strong>" in page


@pytest.mark.row("S4-04")
@pytest.mark.row("S3-12")
def test_an_approver_awards_and_records_what_others_took_it_for(
    app: Flask, engine: Engine, town: Town
) -> None:
    visitor = enter(app, town.cleo, role=Role.INSTRUCTOR)
    desk = visitor.get("/stacks/desk").text
    assert "One stack waits for you" in desk
    assert "brings “Keeper of lakes”" in desk
    with sessions(engine)() as session:
        proposal = session.scalars(select(StackProposal)).one().public_id

    assert visitor.post(f"/stacks/proposals/{proposal}/decline").status_code == 422
    assert visitor.post(f"/stacks/proposals/{proposal}/approve").status_code == 303

    with sessions(engine)() as session:
        award = session.scalars(select(StackAward)).one().public_id
    form = {"title": "Six points of a master", "by": "Prairie University", "on": "2026-11-02"}
    assert visitor.post(f"/stacks/awards/{award}/recognise", form).status_code == 303
    assert visitor.post(f"/stacks/awards/{award}/recognise", form | {"on": ""}).status_code == 422
    page = " ".join(enter(app, town.ada).get(f"/stacks/of/{town.program}/lakes").text.split())
    assert "Complete, and awarded." in page
    assert "<dt>You can be called</dt><dd>Keeper of lakes</dd>" in page
    assert "Water certificate (Rhode Island)" in page
    assert "<bdi>Six points of a master</bdi>, <bdi>Prairie University</bdi>" in page
    visitor.post(f"/stacks/awards/{award}/take-back", {"reason": "See me."})
    assert "See me." in enter(app, town.ada).get(f"/stacks/of/{town.program}/lakes").text


def test_who_has_no_seat_sees_and_changes_nothing(app: Flask, engine: Engine, town: Town) -> None:
    with sessions(engine)() as session:
        proposal = session.scalars(select(StackProposal)).one().public_id
    visitor = enter(app, town.ivan, role=Role.INSTRUCTOR)

    assert visitor.get("/stacks/desk").status_code == 403
    assert visitor.post(f"/stacks/proposals/{proposal}/approve").status_code == 404
    assert visitor.get(SHOW.format(town.program)).status_code == 404
    assert "Nothing adds up yet" in visitor.get("/stacks/").text
    assert enter(app, town.ada).post(f"/stacks/proposals/{proposal}/approve").status_code == 403


def test_a_plan_is_kept_and_one_that_is_no_plan_is_refused(app: Flask, town: Town) -> None:
    visitor = enter(app, town.ada)
    address = SHOW.format(town.program)
    first = visitor.get(address).text
    periods = [part.split('"')[0] for part in first.split('<option value="')[1:]]

    kept = visitor.post(f"{address}/plan", {"four": periods[3]}, follow_redirects=True)

    assert "Your plan is kept." in kept.text
    assert f'value="{periods[3]}" selected' in kept.text
    assert visitor.post(f"{address}/plan", {"four": "1999-07-01"}).status_code == 422
    assert visitor.post(f"{address}/plan", {"four": "soon"}).status_code == 422
    back = visitor.post(f"{address}/plan/forget", follow_redirects=True)
    assert "A plan to start from" in back.text


def test_what_was_made_is_worth_a_second_look_where_both_answer_to_one_place(
    app: Flask, engine: Engine, town: Town
) -> None:
    with sessions(engine).begin() as session:
        learner = session.get_one(Person, town.ivan.id)
        versions = {one.credential.slug: one for one in session.scalars(select(CredentialVersion))}
        for slug in ("one", "three"):
            place = {"framework": "f", "code": "Part 3", "title": "Reading water"}
            versions[slug].details = versions[slug].details | {"alignments": [place]}
        work = drafts_of(session, rated(session, begun(session, learner, versions["one"])))[0]
        a_text(session, work, work.part.requirements[0]).title = "A year of samples"

    page = " ".join(enter(app, town.ivan).get(SHOW.format(town.program)).text.split())

    looks = page.split("Worth a second look")[1]
    assert "<strong>For “Credential three”:</strong> <bdi>A year of samples</bdi>" in looks
    assert "both: Part 3: Reading water" in looks
    assert "For “Credential two”" not in looks


@pytest.mark.parametrize("address", ["/stacks/", SHOW, "/stacks/desk"])
def test_the_number_of_queries_does_not_grow(
    app: Flask, engine: Engine, town: Town, address: str
) -> None:
    address = address.format(town.program)
    who = town.cleo if address.endswith("desk") else town.ada

    def queries() -> int:
        visitor = enter(app, who)
        with Counted(app.extensions["cairn"].engine) as counted:
            assert visitor.get(address).status_code == 200
        return len(counted)

    once = queries()
    with sessions(engine).begin() as session:
        for number in range(3):
            more = Quarry(session, PONDS | {"slug": f"ponds-{number}"}, LAKES)
            more.earns(session.get_one(Person, town.ada.id), "one", "two", "three")
            session.add(
                an_appointment(
                    session.get_one(Person, town.cleo.id), more.version.program, Seat.APPROVER
                )
            )

    assert queries() == once
