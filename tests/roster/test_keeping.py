"""A roster that is kept fresh in the background, and holds no more than is needed."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import func, select

from lti_tool.database import read_session, sessions
from lti_tool.launch.models import ResourceLink
from lti_tool.people import sign_in_links
from lti_tool.people.models import Course
from lti_tool.people.roles import Role
from lti_tool.roster import chores, keeping
from lti_tool.roster.models import Member, Roster, Status
from tests.grades.test_views import sign_in
from tests.roster.conftest import Town


def count(town: Town, kind: type[Roster] | type[Member]) -> int:
    with read_session(town.world.engine) as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


@pytest.mark.row("T-124")
def test_who_never_came_is_listed_by_name_and_nothing_else_is_kept(town: Town) -> None:
    town.world.lms.enrol("Noor", "Haddad")

    town.refresh()

    assert "Noor Haddad" in town.listing().not_here_yet
    noor = town.members()["noor"]
    assert (noor.name, noor.status) == ("Noor Haddad", Status.ACTIVE)
    # Of those who came the name is known already, and of nobody an address
    assert town.members()["ada"].name == ""
    assert {"email", "picture"}.isdisjoint(Member.__table__.columns.keys())
    assert "Ada Reyes" not in town.listing().not_here_yet
    assert "dora" not in town.members()


@pytest.mark.row("T-127")
@pytest.mark.parametrize("is_listed", [True, False], ids=["Inactive", "left out"])
def test_who_is_suspended_is_hidden_and_comes_back(town: Town, is_listed: bool) -> None:
    lms = town.world.lms
    lms.roster.lists_inactive = is_listed
    lms.school.course("1").inactive.add("ada")
    town.world.clock.pass_by(60)
    town.refresh()
    assert town.listing().away == {town.world.people["ada"]}
    assert ("ada" in town.members()) is is_listed

    lms.school.course("1").inactive.discard("ada")
    town.refresh()

    assert town.listing().away == frozenset()


@pytest.mark.row("T-127")
def test_who_came_after_the_roster_was_read_is_there_whatever_it_said(town: Town) -> None:
    town.world.lms.school.course("1").inactive.add("ada")
    town.world.clock.pass_by(60)
    town.refresh()

    town.launched("ada", Role.LEARNER)

    assert town.listing().away == frozenset()


@pytest.mark.row("T-126")
def test_what_a_launch_says_of_a_role_counts_more_than_the_roster(town: Town) -> None:
    """Moodle lists a tutor as a learner (8.13); whoever launched as an instructor is none."""
    town.launched("ben", Role.INSTRUCTOR)

    town.refresh()

    listing = town.listing()
    assert town.world.lms.school.person("ben").name not in listing.not_here_yet
    assert town.world.people["ben"] not in listing.away


@pytest.mark.row("T-127")
def test_who_left_the_course_leaves_no_trace(town: Town) -> None:
    noor = town.world.lms.enrol("Noor", "Haddad")
    town.refresh()
    del town.world.lms.school.course("1").roles[noor.key]

    town.refresh()

    assert "noor" not in town.members()
    assert "Noor Haddad" not in town.listing().not_here_yet


@pytest.mark.row("T-128")
def test_only_what_has_changed_is_asked_for_where_the_lms_tells_it(town: Town) -> None:
    lms = town.world.lms
    lms.roster.offers_differences = True
    lms.roster.lists_inactive = True
    noor, eli = lms.enrol("Noor", "Haddad"), lms.enrol("Eli", "Novak")
    town.refresh()
    given = town.roster().differences_url
    assert given is not None
    del lms.school.course("1").roles[noor.key]
    lms.school.course("1").inactive.add(eli.key)
    lms.enrol("Ines", "Roth")

    town.refresh()

    last = town.asked()[-1]
    assert given.endswith(f"{last.path}?{last.query}")  # opaque: exactly as it was given
    members = town.members()
    assert "noor" not in members
    assert members["eli"].status is Status.INACTIVE
    assert members["ines"].name == "Ines Roth"
    assert "ada" in members  # of whom nothing was said
    assert town.roster().differences_url != given


@pytest.mark.row("T-128")
def test_differences_that_cannot_be_had_are_given_up_for_the_whole(town: Town) -> None:
    lms = town.world.lms
    lms.roster.offers_differences = True
    town.refresh()
    lms.roster.forget()
    lms.enrol("Noor", "Haddad")

    town.refresh()

    assert "noor" in town.members()
    assert "since=" not in town.asked()[-1].query
    assert town.roster().failures == 0


@pytest.mark.row("T-128")
def test_once_a_day_the_whole_is_read_all_the_same(town: Town) -> None:
    town.world.lms.roster.offers_differences = True
    town.refresh()
    town.world.clock.pass_by(keeping.WHOLE.total_seconds() + 1)

    town.refresh()

    assert "since=" not in town.asked()[-1].query


@pytest.mark.row("T-129")
def test_of_a_course_with_one_link_only_those_are_listed_who_may_see_it(town: Town) -> None:
    lms, link = town.world.lms, town.world.link
    lms.enrol("Noor", "Haddad")
    lms.roster.hidden[link.id] = {lms.enrol("Eli", "Novak").key}

    town.refresh()

    assert "noor" in town.members()
    assert "eli" not in town.members()
    assert "rlid=" in town.asked()[-1].query


@pytest.mark.row("T-129")
def test_an_lms_that_trips_over_our_parameters_is_asked_without_them(town: Town) -> None:
    town.world.change_link(resource_link_id="a-link-it-does-not-know")

    town.refresh()

    assert "ada" in town.members()
    assert "rlid" in town.asked()[0].query
    assert "rlid" not in town.asked()[-1].query
    assert "dora" not in town.members()


@pytest.mark.row("T-124")
def test_an_lms_in_trouble_is_asked_later_and_what_was_known_stays(town: Town) -> None:
    town.world.lms.enrol("Noor", "Haddad")
    town.refresh()
    town.world.lms.faults.switch_on("memberships", "500")

    town.refresh()

    roster = town.roster()
    assert roster.failures == 1
    assert roster.words
    assert roster.next_at > town.world.clock.now
    assert "noor" in town.members()
    town.world.lms.faults.switch_off()
    town.refresh()
    assert (town.roster().failures, town.roster().words) == (0, "")


@pytest.mark.row("T-124")
def test_an_administrator_reads_why_a_roster_could_not_be_read(
    town: Town, client: FlaskClient
) -> None:
    world = town.world
    with sessions(world.engine).begin() as session:
        link = sign_in_links.make(session, now=datetime.now(UTC))
    client.post(f"/admin/sign-in/{link}")
    address = f"/admin/connect/platforms/{world.registration_id}"
    town.refresh()
    assert "Rosters that could not be read" not in client.get(address).text

    world.lms.faults.switch_on("memberships", "503")
    for _ in range(2):
        town.refresh()

    page = client.get(address).text
    assert "Rosters that could not be read" in page
    assert escape(town.roster().words) in page
    assert "503" in town.roster().words
    assert "2 times in a row" in page
    with read_session(world.engine) as session:
        assert f"<bdi>{session.get_one(Course, world.course_id).title}</bdi>" in page


@pytest.mark.row("T-124")
def test_courses_in_use_are_asked_about_and_others_are_forgotten(town: Town) -> None:
    town.world.lms.enrol("Noor", "Haddad")
    chores.look(town.world.context)
    assert count(town, Roster) == 1
    town.refresh()
    assert count(town, Member) > 0
    # When nobody has come for long, nothing is left of what the LMS told
    with sessions(town.world.engine).begin() as session:
        link = session.get_one(ResourceLink, town.world.link_id)
        link.seen_at = town.world.clock.now - keeping.KEPT - timedelta(hours=1)

    chores.look(town.world.context)

    assert (count(town, Roster), count(town, Member)) == (0, 0)


@pytest.mark.row("T-124")
def test_a_roster_that_is_fresh_is_not_asked_for_again(town: Town) -> None:
    town.refresh()
    asked = len(town.asked())

    chores.read(town.world.context, town.roster().id)

    assert len(town.asked()) == asked


@pytest.mark.row("T-127")
@pytest.mark.usefixtures("app")
def test_the_instructors_page_names_who_is_missing_and_leaves_out_who_is_away(
    town: Town, client: FlaskClient
) -> None:
    town.world.lms.enrol("Noor", "Haddad")
    town.world.lms.school.course("1").inactive.add("fay")
    town.world.clock.pass_by(60)
    town.refresh()
    sign_in(client, town.world, town.world.people["dora"], Role.INSTRUCTOR)

    shown = " ".join(client.get("/", base_url="https://localhost").text.split())

    assert "Noor Haddad" in shown
    assert "Not here yet" in shown
    assert "Ada Reyes" in shown
    assert town.world.lms.school.person("fay").name not in shown
    assert "One person who is not active in it now is left out; their work is kept." in shown
