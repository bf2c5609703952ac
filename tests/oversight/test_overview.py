"""The overview: whom each sees, in which words, and at what cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_tool.cohorts import coaching, exceptions, organisations
from lti_tool.cohorts.models import Matter, OrganisationKind
from lti_tool.database import sessions
from lti_tool.errors import NotFound
from lti_tool.oversight.overview import Wanted, figures, overview
from lti_tool.oversight.scope import scope_in, scopes
from lti_tool.oversight.standings import NOT_BEGUN, Standing
from lti_tool.people.models import Person
from lti_tool.people.roles import Role
from lti_tool.portfolio import submissions
from lti_tool.programs.models import ArtifactRequirement
from tests.builders import NOON, a_person
from tests.counting import Counted
from tests.oversight.district import District
from tests.portfolio.studio import Visitor, decided, enter


def names(
    session: Session, district: District, who: Person, wanted: Wanted | None = None
) -> list[str]:
    """Whom somebody sees."""
    scope = scope_in(session, who, district.program.slug, now=NOON)
    return [line.name for line in overview(session, scope, wanted or Wanted()).lines]


@pytest.mark.row("S6-15")
@pytest.mark.row("S6-21")
def test_everybody_stands_somewhere_in_a_word_of_ours_with_the_attempt(session: Session) -> None:
    # Given one person in each state
    district = District(session)
    drafting, waiting, assessed = district.mates
    returning, earned, idle = (a_person(f"{word} One") for word in ("Returning", "Earning", "Idle"))
    session.add_all([returning, earned, idle])
    session.flush()
    district.draws(drafting)
    district.submits(waiting)
    submissions.mark_assessed(session, district.submits(assessed))
    district.returns(returning)
    district.earns(earned)
    district.begins(idle)
    scope = scope_in(session, district.pia, district.program.slug, now=NOON)

    # When the administrator looks
    found = {line.name: line.marks for line in overview(session, scope, Wanted()).lines}
    counted = figures(session, scope)

    # Then each stands in one word, Ada in none, and the figures agree
    assert {name: [mark.words for mark in marks] for name, marks in found.items()} == {
        "Ada Ferris": [],
        "Mate1 Somebody": ["Working"],
        "Mate2 Somebody": ["Waits for an assessor"],
        "Mate3 Somebody": ["Waits for the approver"],
        "Returning One": ["Returned, revising, attempt 2"],
        "Earning One": ["Earned"],
        "Idle One": ["Begun, nothing added yet"],
    }
    assert (counted.people, counted.begun, counted.earned, counted.with_judges) == (7, 6, 1, 2)
    assert names(session, district, district.pia, Wanted(standing=NOT_BEGUN)) == ["Ada Ferris"]
    waits = Wanted(standing=Standing.WITH_ASSESSOR)
    assert names(session, district, district.pia, waits) == ["Mate2 Somebody"]


def test_a_coach_sees_their_cohort_and_a_stranger_nothing(session: Session) -> None:
    # Given two cohorts, and somebody in neither who has begun
    district = District(session)
    spring = district.other_cohort()
    loose = a_person("Loose One")
    session.add(loose)
    session.flush()
    district.begins(loose)

    # When each looks
    team = ["Ada Ferris", "Mate1 Somebody", "Mate2 Somebody", "Mate3 Somebody"]
    facilitator = district.staff["facilitator-office"]

    # Then the coach sees the fall and who is in no cohort, the facilitator the fall alone
    assert names(session, district, district.coach) == [*team[:1], "Loose One", *team[1:]]
    assert names(session, district, facilitator) == team
    assert len(names(session, district, district.pia)) == 9
    with pytest.raises(NotFound):
        scope_in(session, district.coach, district.program.slug, now=NOON).cohort(spring.public_id)
    for nobody in (district.ada, district.ben, district.cleo, district.ivan):
        assert scopes(session, nobody, now=NOON) == []
    # And with the appointment the sight ends
    assert scopes(session, district.coach, now=NOON + timedelta(days=4000)) != []
    assert scopes(session, district.pia, now=NOON + timedelta(days=400)) == []


def test_people_are_found_by_name_organisation_team_and_page_by_page(session: Session) -> None:
    # Given a hub with a district, in which the team's school lies, and 60 people without a team
    district = District(session)
    hub = organisations.make(
        session, "Prairie Hub", OrganisationKind.REGIONAL_OFFICE, actor=None, now=NOON
    )
    between = organisations.make(
        session, "Lark District", OrganisationKind.DISTRICT, parent=hub, actor=None, now=NOON
    )
    school = district.team.organisation
    assert school is not None
    organisations.move(session, school, between, actor=None, now=NOON)
    district.crowd(60)
    scope = scope_in(session, district.pia, district.program.slug, now=NOON)

    # When the list is narrowed, and when it is turned over
    second = overview(session, scope, Wanted(page=2))
    beyond = overview(session, scope, Wanted(page=99))

    # Then
    team = ["Ada Ferris", "Mate1 Somebody", "Mate2 Somebody", "Mate3 Somebody"]
    assert names(session, district, district.pia, Wanted(organisation=hub)) == team
    assert names(session, district, district.pia, Wanted(team=district.team)) == team
    assert names(session, district, district.pia, Wanted(name="aDA f")) == team[:1]
    assert names(session, district, district.pia, Wanted(name="%")) == []
    assert (second.count, second.pages, len(second.lines)) == (64, 2, 14)
    assert beyond == second


def come(app: Flask, person: Person) -> Visitor:
    """Somebody who runs something comes from a course of theirs."""
    return enter(app, person, role=Role.INSTRUCTOR)


def test_the_pages_ask_as_often_for_many_as_for_few(app: Flask, engine: Engine) -> None:
    # Given a few people, counted, and then many
    with sessions(engine).begin() as session:
        district = District(session)
        district.crowd(2)
        district.returns(district.ada)
        slug, cohort = district.program.slug, district.cohort.public_id
        ada = district.ada.id
    pia = come(app, district.pia)
    pages = [
        "/oversight/",
        f"/oversight/of/{slug}",
        f"/oversight/of/{slug}?name=a&standing=working&cohort={cohort}&team={district.team.public_id}",
        f"/oversight/cohorts/{cohort}",
        f"/oversight/of/{slug}/stalled",
        f"/oversight/of/{slug}/reports",
        f"/oversight/of/{slug}/people/{ada}",
    ]

    def count() -> list[int]:
        counts = []
        for page in pages:
            with Counted(app.extensions["cairn"].engine) as asked:
                assert pia.get(page).status_code == 200, page
            counts.append(len(asked))
        return counts

    few = count()
    with sessions(engine).begin() as session:
        district.session = session
        session.add_all([district.cohort, district.ada, *district.versions])
        for person in district.crowd(25, "More"):
            person.name = f"A {person.name}"

    # When everything is asked again, then no page has asked more often
    assert count() == few
    assert 10 <= min(few) <= max(few) <= 45


@pytest.mark.row("S6-21")
def test_from_the_cohort_down_to_the_artifact(app: Flask, engine: Engine) -> None:
    # Given Ada's work that came back, one artifact of it kept between her and the judges
    with sessions(engine).begin() as session:
        district = District(session)
        requirement: ArtifactRequirement = district.version.parts[0].requirements[1]
        requirement.is_private = True
        draft = decided(
            session, district.submits(district.ada), district.cleo, unmet=1, comment="Quote one."
        )
        assert draft is not None
        exceptions.grant(
            session, district.program, Matter.TEAM_SIZE, district.team,
            reason="A small school.", actor=district.pia, now=NOON,
        )  # fmt: skip
        before = next(work for work in district.works_of(district.ada) if work.attempt == 1)
        shown, private = before.artifacts[0].public_id, before.artifacts[1].public_id
        unsent = draft.artifacts[0].public_id
        slug, cohort, ada = district.program.slug, district.cohort.public_id, district.ada.id
        credential = district.version.credential
    coach, ben = come(app, district.coach), come(app, district.ben)
    person = f"/oversight/of/{slug}/people/{ada}"

    # When her coach goes down, page by page
    of_cohort = coach.get(f"/oversight/cohorts/{cohort}").text
    of_person = coach.get(person).text
    of_artifact = coach.get(f"{person}/artifacts/{shown}").text

    # Then there is the gauge, the exception with its reason, the attempt and the judges' words
    assert "1 of 4 organizations" in of_cohort
    assert "A small school." in of_cohort
    assert "Returned, revising, attempt 2" in of_cohort
    assert "Quote one." in of_person
    assert "It is shown to coaches only if" in of_person
    assert "What I saw." in of_artifact
    assert "Not yet" in of_artifact
    # And neither the draft, nor what is private, nor anything for others
    assert coach.get(f"{person}/artifacts/{private}").status_code == 404
    assert coach.get(f"{person}/artifacts/{unsent}").status_code == 404
    for page in (person, f"{person}/artifacts/{shown}", f"/oversight/cohorts/{cohort}"):
        assert ben.get(page).status_code == 404
    assert ben.get("/oversight/").status_code == 403
    # Until Ada lets her coaches see the draft
    with sessions(engine).begin() as session:
        ada_row = session.get_one(Person, ada)
        coaching.share(session, ada_row, session.merge(credential), now=NOON)
    assert f"/review/drafts/{ada}/{credential.public_id}" in coach.get(person).text
