"""Approving a heap of hours with one click, and withdrawing it."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from lti_tool.credit import approvals, hours, recording
from lti_tool.credit.attendance import waiting_in
from lti_tool.credit.models import HoursApproval, HoursEntry, HoursSource
from lti_tool.credit.recording import Given
from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion
from tests.builders import NOON, a_person
from tests.cast import ada, ben, cleo
from tests.credit.conftest import MakeTown
from tests.credit.programs import BY_CATEGORY, some_credentials, somebody


def entered(
    session: Session, person: Person, version: CredentialVersion, count: int
) -> list[HoursEntry]:
    """Fieldwork of an hour and a half on so many days, in the participant's own word."""
    return [
        recording.write(
            session,
            person_id=person.id,
            version=version,
            given=Given(
                "field", Decimal("1.5"), NOON.date() - timedelta(days=number), f"Visit {number}"
            ),
            source=HoursSource.SELF,
            by=person,
            once=None,
            now=NOON,
        )
        for number in range(count)
    ]


@pytest.mark.row("S5-13")
def test_a_heap_is_approved_by_one_click_and_withdrawn_by_another(session):
    # Given hours of two people that wait, and an approver with some of their own
    learner, neighbour = somebody(session, ada()), somebody(session, ben())
    approver = somebody(session, cleo())
    (version,) = some_credentials(session, BY_CATEGORY)
    versions = {version.credential_id: version}
    for person, count in ((learner, 3), (neighbour, 1), (approver, 2)):
        entered(session, person, version, count)

    def waits() -> list[HoursEntry]:
        session.expire_all()
        return waiting_in(session, version.credential.program)[0]

    def counted() -> float:
        session.expire_all()
        return float(hours.tally_of(session, learner.id, version).counted)

    # When everything of one person is approved, and again
    of_ada, of_kind = approvals.heaps(waits(), versions, approver)
    assert (of_ada.title, of_ada.count, of_ada.hours) == ("Ada Ferris", 3, Decimal("4.5"))
    assert (of_kind.title, of_kind.count, of_kind.people) == ("Fieldwork", 4, 2)
    seen = [one for one in waits() if one.public_id in of_ada.entries]
    click = approvals.approve_all(session, seen, versions, by=approver, now=NOON)
    with pytest.raises(approvals.NothingToApprove):
        approvals.approve_all(session, seen, versions, by=approver, now=NOON)
    own = [one for one in waits() if one.person_id == approver.id]
    with pytest.raises(approvals.NothingToApprove):
        approvals.approve_all(session, own, versions, by=approver, now=NOON)

    # Then they count, and stand on the page as one click
    assert (click.people, click.count, click.hours) == (("Ada Ferris",), 3, Decimal("4.5"))
    assert len(waits()) == 3
    assert counted() == 4.5
    ids = [version.credential_id]
    assert approvals.lately(session, approver, ids, now=NOON) == [click]
    assert approvals.lately(session, neighbour, ids, now=NOON) == []

    # And when it is withdrawn they wait, the approval stays to be seen, and may be given anew
    found = approvals.of_batch(session, click.batch)
    with pytest.raises(recording.HoursRefused):
        approvals.withdraw(session, found, by=approver, reason=" ", now=NOON)
    assert approvals.withdraw(session, found, by=approver, reason="The wrong Ada.", now=NOON) == 3
    with pytest.raises(approvals.NothingToWithdraw):
        approvals.withdraw(session, found, by=approver, reason="Again.", now=NOON)
    assert (counted(), len(waits())) == (0, 6)
    approvals.approve_all(session, seen, versions, by=approver, now=NOON)
    assert counted() == 4.5
    rounds = session.scalars(select(HoursApproval.round).order_by(HoursApproval.id)).all()
    assert rounds == [1, 1, 1, 2, 2, 2]
    with pytest.raises(DatabaseError, match="added and never changed"), session.begin_nested():
        session.execute(update(HoursApproval).values(round=9))


def test_an_instructor_approves_all_of_a_learner_and_takes_it_back(make_town: MakeTown):
    # Given Ada's three entries, and one of somebody who is not in Dora's course
    town = make_town(BY_CATEGORY)
    dora, place = town.comes("dora"), f"/credit/attendance{town.place()}"
    with sessions(town.engine).begin() as session:
        version = session.get_one(CredentialVersion, town.versions[0].id)
        entered(session, session.get_one(Person, town.people["ada"].id), version, 3)
        stranger = somebody(session, a_person("Olga Otherwhere"))
        (elsewhere,) = entered(session, stranger, version, 1)
        foreign = elsewhere.public_id

    # When she presses the one button
    page = dora.get(place).text
    shown = re.findall(r'name="entry" value="([^"]+)"', page)
    assert "Approve all 3 of <bdi>Ada Ferris</bdi>: 4.5 hours" in page
    for who in ("ada", "ivan"):
        assert town.comes(who).post("/credit/hours/approve", {"entry": shown}).status_code == 404
    assert dora.post("/credit/hours/approve", {"entry": [*shown, foreign]}).status_code == 404
    assert dora.post("/credit/hours/approve", {"entry": []}).status_code == 404
    assert dora.post("/credit/hours/approve", {"entry": shown}).location.endswith(place)

    # Then they count, and a withdrawal of hers, with a reason, lets them wait again
    page = dora.get(place).text
    assert "Approved: 3 entries, 4.5 hours." in page
    (withdrawal,) = re.findall(r'href="([^"]+/withdraw)', page)
    assert "4.5 of 30 hours" in town.comes("ada").get(f"/credit{town.place()}/hours").text
    assert town.comes("ivan").get(withdrawal).status_code == 404
    assert "Visit 2" in dora.get(withdrawal).text
    assert dora.post(withdrawal, {"reason": ""}).status_code == 422
    assert dora.post(withdrawal, {"reason": "Not seen."}).location.endswith(place)
    assert "Approve all 3 of" in dora.get(place).text
    assert dora.get(withdrawal).status_code == 404

    # And the office's page returns to itself
    office = town.comes("cleo")
    page = office.get(f"/credit/programs/{town.program}").text
    assert "Approve all 4 of “Fieldwork”, 2 people: 6 hours" in page
    answer = office.post("/credit/hours/approve", {"entry": [*shown, foreign], "from": "office"})
    assert answer.location.endswith(f"/credit/programs/{town.program}")
