"""Hours: what counts, what is missing, corrections, and the award that waits for them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from lti_tool.badges.awards import current_award
from lti_tool.credit import approvals, attendance, hours, recording
from lti_tool.credit.models import HoursEntry, HoursSource
from lti_tool.credit.recording import Given
from lti_tool.errors import NotAllowed
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs.models import CredentialVersion
from lti_tool.review import chores, decisions
from tests.builders import NOON
from tests.cast import ada, ben, cleo, dora
from tests.credit.programs import BY_CATEGORY, some_credentials, somebody
from tests.review.works import appointed, recommended, submitted

DAY = date(2026, 11, 3)
NO_GATE = {"hours": {**BY_CATEGORY["hours"], "gate": False}}


def hour(
    session: Session,
    person: Person,
    version: CredentialVersion,
    category: str,
    amount: int,
    *,
    by: Person | None = None,
) -> list[HoursEntry]:
    """So many hours of a kind, recorded by an instructor, eight a day."""
    entries = []
    for number in range(0, amount, 8):
        given = Given(
            category,
            Decimal(min(8, amount - number)),
            DAY - timedelta(days=number),
            f"Session {number}",
        )
        entries.append(
            recording.write(
                session,
                person_id=person.id,
                version=version,
                given=given,
                source=HoursSource.ATTENDANCE if by else HoursSource.SELF,
                by=by or person,
                once=None,
                now=NOON,
            )
        )
    return entries


def missing(session: Session, person: Person, version: CredentialVersion) -> dict[str, int]:
    return {one.title: int(one.missing) for one in hours.missing(session, person.id, version)}


@pytest.mark.row("S5-13", "S5-09", "S5-11", "S5-12")
def test_a_sum_of_105_hours_fails_where_one_kind_is_missing(session):
    learner, instructor = somebody(session, ada()), somebody(session, dora())
    (version,) = some_credentials(session, BY_CATEGORY)
    hour(session, learner, version, "online", 75, by=instructor)
    hour(session, learner, version, "field", 30, by=instructor)

    tally = hours.tally_of(session, learner.id, version)

    assert tally.counted == 105
    assert missing(session, learner, version) == {"In person": 30}
    hour(session, learner, version, "in-person", 30, by=instructor)
    assert missing(session, learner, version) == {}


@pytest.mark.row("S5-09")
def test_minima_that_are_met_still_leave_the_sum_to_reach():
    says = {**BY_CATEGORY["hours"], "min": 120}
    rule = hours.HoursRule(
        gates=True,
        total=Decimal(says["min"]),
        categories=(hours.Category("in-person", "In person", Decimal(30)),),
    )
    entry = HoursEntry(
        person_id=1,
        credential_id=1,
        category="in-person",
        hours=Decimal(40),
        done_on=DAY,
        words="All of it",
        source=HoursSource.ATTENDANCE,
        recorded_by_id=1,
        recorded_at=NOON,
    )

    assert hours.tally(rule, [entry]).shortfalls == (hours.Shortfall("Altogether", Decimal(80)),)


@pytest.mark.row("S5-16", "S5-13")
def test_an_approved_credential_waits_for_its_hours_and_is_awarded_with_the_last_of_them(
    session, settings, engine
):
    # Given Ada's work, approved, with all hours but the last day of one kind
    learner, instructor = somebody(session, ada()), somebody(session, dora())
    (version,) = some_credentials(session, BY_CATEGORY)
    for kind, amount in (("in-person", 22), ("online", 45), ("field", 30)):
        hour(session, learner, version, kind, amount, by=instructor)
    approve_all(session, learner, version)
    assert current_award(session, learner, version.credential_id) is None
    session.commit()
    context = JobContext(settings, engine, Keyring.open(settings, engine, NOON), lambda: NOON)
    chores.award_if_complete(context, learner.id, version.credential_id)
    session.expire_all()
    assert current_award(session, learner, version.credential_id) is None

    # When the instructor records it and the background looks again, and once more
    hour(session, learner, version, "in-person", 8, by=instructor)
    session.commit()
    for _again in range(2):
        chores.award_if_complete(context, learner.id, version.credential_id)

    # Then the award is there, once
    session.expire_all()
    held = current_award(session, learner, version.credential_id)
    assert held is not None
    assert held.issued_at == NOON


@pytest.mark.row("S4-02", "S5-16")
def test_the_same_work_is_awarded_at_once_where_hours_do_not_gate(session):
    learner = somebody(session, ada())
    (version,) = some_credentials(session, NO_GATE)

    approve_all(session, learner, version)

    assert hours.missing(session, learner.id, version) == ()
    assert current_award(session, learner, version.credential_id) is not None


def approve_all(session: Session, learner: Person, version: CredentialVersion) -> None:
    work = submitted(session, learner, version)
    assessor = appointed(session, work, somebody(session, ben()), Seat.ASSESSOR)
    approver = appointed(session, work, somebody(session, cleo()), Seat.APPROVER)
    assessment = recommended(session, work, assessor)
    decisions.approve(
        session, assessment, approver=approver, base_url="https://cairn.example.org", now=NOON
    )


def test_whose_word_counts_is_the_programs_to_say(session):
    """In person only the instructor's; online the participant's own; fieldwork when approved."""
    learner, approver = somebody(session, ada()), somebody(session, cleo())
    (version,) = some_credentials(session, BY_CATEGORY)
    given = {
        kind: Given(kind, Decimal(2), DAY, "Reading") for kind in ("in-person", "online", "field")
    }

    def enter(kind: str) -> HoursEntry:
        return recording.enter_own(
            session, learner, version, given[kind], once=f"form-{kind}", now=NOON
        )

    with pytest.raises(recording.HoursRefused, match="your instructor records"):
        enter("in-person")
    enter("online")
    waiting = enter("field")
    assert enter("field") is waiting  # the same form sent twice is one entry
    counted = {
        one.category.slug: (int(one.counted), int(one.waiting))
        for one in hours.tally_of(session, learner.id, version).counts
    }
    assert counted == {"in-person": (0, 0), "online": (2, 0), "field": (0, 2)}
    with pytest.raises(NotAllowed):
        approvals.approve(session, waiting, version, by=learner, now=NOON)
    approvals.approve(session, waiting, version, by=approver, now=NOON)
    session.expire_all()
    field = hours.tally_of(session, learner.id, version).counts[2]
    assert (int(field.counted), int(field.waiting)) == (2, 0)
    (entry,) = [
        one
        for one in hours.entries_of(session, learner.id, version.credential_id)
        if one.category == "field"
    ]
    assert entry.approval is not None
    assert (entry.approval.approver.name, entry.approval.approved_at) == ("Cleo Marsh", NOON)


def test_a_mistake_is_taken_back_by_its_opposite_and_nothing_is_ever_edited(session):
    learner, instructor = somebody(session, ada()), somebody(session, dora())
    (version,) = some_credentials(session, BY_CATEGORY)
    (entry,) = hour(session, learner, version, "in-person", 8, by=instructor)

    counter = recording.take_back(session, entry, by=instructor, reason="She was ill.", now=NOON)

    assert (int(counter.hours), counter.counters_id) == (-8, entry.id)
    assert hours.tally_of(session, learner.id, version).counted == 0
    for again in (entry, counter):
        with pytest.raises(recording.AlreadyTakenBack):
            recording.take_back(session, again, by=instructor, reason="Again.", now=NOON)
    with pytest.raises(recording.HoursRefused):
        recording.take_back(session, entry, by=instructor, reason="  ", now=NOON)
    with pytest.raises(DatabaseError, match="added and never changed"), session.begin_nested():
        session.execute(update(HoursEntry).values(hours=Decimal(1)))


# -- CSV -------------------------------------------------------------------------------------

HEAD = "email,date,hours,category,session"


def read(session: Session, text: str) -> tuple[list[attendance.Line], CredentialVersion, Person]:
    (version,) = some_credentials(session, BY_CATEGORY)
    people = [somebody(session, who()) for who in (ada, ben)]
    lines = attendance.read(session, text, people=people, version=version, today=NOON.date())
    return lines, version, people[0]


BAD = (
    ("nobody@example.org,2026-11-03,2,in-person,Day one", "not a learner of this course"),
    (",2026-11-03,2,in-person,Day one", "no e-mail address"),
    ("ada@example.org,2026-11-31,2,in-person,Day one", "is not a day"),
    ("ada@example.org,2026-12-24,2,in-person,Day one", "has not come yet"),
    ("ada@example.org,2001-01-01,2,in-person,Day one", "more than five years ago"),
    ("ada@example.org,2026-11-03,two,in-person,Day one", "not a number of hours"),
    ("ada@example.org,2026-11-03,NaN,in-person,Day one", "more than 0 and at most 24"),
    ("ada@example.org,2026-11-03,25,in-person,Day one", "more than 0 and at most 24"),
    ("ada@example.org,2026-11-03,1.005,in-person,Day one", "at most two decimals"),
    ("ada@example.org,2026-11-03,2,by-post,Day one", "no kind of hours here"),
    ("ada@example.org,2026-11-03", "Give a kind of hours"),
    ("ada@example.org,2026-11-03,2,in-person,", "what it was"),
    ("ben@example.org,2026-11-03,2,in-person,Day one", "The same as line 2"),
    ('ada@example.org,"2026-11-03,2,in-person,Day one', "This is not CSV"),
)


@pytest.mark.row("S5-11")
def test_every_bad_line_is_named_with_its_reason_and_nothing_is_taken_over(session):
    good = "ben@example.org,2026-11-03,2,in-person,Day one"
    readable = [line for line, _words in BAD[:-1]]

    with pytest.raises(attendance.SheetRefused) as refused:
        read(session, "\n".join([HEAD, good, *readable]))
    with pytest.raises(attendance.SheetRefused) as torn:
        read(session, "\n".join([HEAD, good, BAD[-1][0]]))

    faults = [*refused.value.faults, *torn.value.faults]
    assert [one.line for one in faults] == [*range(3, 16), 3]
    for fault, (_line, words) in zip(faults, BAD, strict=True):
        assert words in fault.words
    assert session.scalars(select(HoursEntry)).all() == []


@pytest.mark.row("S5-11")
def test_a_sheet_from_a_spreadsheet_is_taken_over_once_however_often_it_is_sent(session):
    sheet = (
        "\ufeffSession;Category;Hours;Date;Email\r\n"
        "Day one;In person;2,5;2026-11-03;ADA@example.org\r\n"
        "\r\n"
        "Day one;in-person;2,5;2026-11-03;Ben Okoro\r\n"
    )
    lines, version, learner = read(session, sheet)
    instructor = somebody(session, dora())
    people = [line.person for line in lines]

    first = attendance.take_over(session, lines, version, by=instructor, sheet="a", now=NOON)
    again = attendance.read(session, sheet, people=people, version=version, today=NOON.date())
    second = attendance.take_over(session, again, version, by=instructor, sheet="b", now=NOON)

    assert (first, second) == (2, 0)
    assert hours.tally_of(session, learner.id, version).counted == Decimal("2.5")


def test_what_is_no_such_sheet_is_refused_as_a_whole(session):
    for text, words in (
        ("", "names the columns"),
        ("email,date\n", "Missing: hours, category, session"),
        (HEAD, "no line below"),
        (f"{HEAD}\n" + "x" * 500_000, "too long"),
        (f"{HEAD}\n" + "\n".join(["a,b,c,d,e"] * 2_001), "At most 2000 lines"),
    ):
        with pytest.raises(attendance.SheetRefused) as refused:
            read(session, text)
        assert words in refused.value.faults[-1].words
