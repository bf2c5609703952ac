"""The whole way in a real browser, inside the frame of an LMS on another site."""

from pathlib import Path

import pytest

from lti_tool.walk.installation import Installation
from tests.browser.conftest import Seat
from tests.browser.furnishing import Furnishing
from tests.browser.people import Approver, Assessor, Instructor, Participant, Stranger

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def test_a_participant_earns_a_badge_that_a_stranger_verifies(
    canvas: Installation,
    course: Furnishing,
    seat: Seat,
    stranger: Stranger,
    tmp_path: Path,
) -> None:
    # Given Ada, Ben, Cleo and Dora, each in the frame of the course's page
    ada, ben, cleo, dora = (seat(canvas, key) for key in ("ada", "ben", "cleo", "dora"))
    assert isinstance(ada, Participant)
    assert isinstance(ben, Assessor)
    assert isinstance(cleo, Approver)
    assert isinstance(dora, Instructor)
    for person in (ada, ben, cleo, dora):
        person.comes_to_school()
        person.opens(course.title)

    # When Ada does what is next until she has submitted
    ada.begins()
    ada.rates_own_practice()
    ada.makes_everything()
    ada.submits()

    # And Ben finds one criterion not yet met, Cleo returns it, and Ada mends it
    ben.opens_the_work_of(ada.name)
    ben.rates_everything(first=0, comment="Quote one family.")
    ben.recommends()
    cleo.opens_the_work_of(ada.name)
    cleo.returns(ada.name, "Nearly there.")
    ada.mends("One mother said: you are the first who asked.")
    ada.submits()

    # And the second attempt is met
    ben.opens_the_work_of(ada.name)
    ben.rates_everything()
    ben.recommends()
    cleo.opens_the_work_of(ada.name)
    cleo.approves()
