"""The journal: golden vectors, and what holds in whatever order things happen."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from lti_tool.badges import awards
from lti_tool.badges.models import Award, AwardState
from lti_tool.credit import elections, journal
from lti_tool.credit.history import completions_of, standing, sums
from lti_tool.credit.models import Completion, CreditPosting, LicenceStatus
from lti_tool.credit.wishes import open_for
from lti_tool.database import connect, table_of
from lti_tool.errors import NotAllowed
from lti_tool.people.models import AuditEvent, Person
from lti_tool.people.roles import Seat
from lti_tool.programs.models import CredentialVersion
from tests.badges.workshop import results_for
from tests.builders import NOON, a_credential_version, an_appointment
from tests.cast import ada, cleo, dora
from tests.credit.programs import (
    ACADEMY,
    CHICAGO,
    HOURS,
    LICENCE,
    ONE_OR_THE_OTHER,
    a_program_that_says,
    some_credentials,
    somebody,
)

CHICAGO_TIME = ZoneInfo("America/Chicago")
AUTUMN = datetime(2026, 10, 5, 9, tzinfo=CHICAGO_TIME)
SPRING = datetime(2027, 4, 12, 9, tzinfo=CHICAGO_TIME)
YEAR = timedelta(days=365)


def awarded(session: Session, person: Person, version: CredentialVersion, at: datetime) -> Award:
    return awards.award(
        session,
        person=person,
        credential_version=version,
        results=results_for(version),
        now=at,
    )


def chosen(
    session: Session,
    person: Person,
    version: CredentialVersion,
    option: str | None,
    at: datetime = NOON,
) -> None:
    election = open_for(session, person.id, version, now=at)
    elections.elect(session, election, option, now=at)


def credit_of(session: Session, person: Person) -> dict[str, str]:
    """`{"FY27 Academy credit": "1"}`."""
    found = sums(completions_of(session, person.id))
    return {f"{one.year_label} {one.title}": f"{one.amount.normalize():f}" for one in found}


@pytest.mark.row("S1-18", "S1-16")
def test_the_second_award_of_a_year_brings_hours_and_asking_for_the_academy_twice_is_refused(
    session,
):
    # Given two credentials, and the academy chosen for the first
    learner = somebody(session, ada())
    first, second = some_credentials(session, ONE_OR_THE_OTHER, 2)
    chosen(session, learner, first, "academy")
    awarded(session, learner, first, AUTUMN)

    # When the academy is asked for again
    with pytest.raises(elections.NotToBeHad) as refused:
        chosen(session, learner, second, "academy")
    awarded(session, learner, second, SPRING)

    # Then it is refused with the reason, and the award brings hours
    assert "Only the first award of a year brings it, and you have one in FY27" in str(
        refused.value
    )
    assert "If you finish in FY28, you can choose it then." in str(refused.value)
    assert credit_of(session, learner) == {
        "FY27 Academy credit": "1",
        "FY27 Development hours": "30",
    }


@pytest.mark.row("S1-21")
def test_two_and_two_over_two_years_bring_two_academy_credits_and_sixty_hours(session):
    learner = somebody(session, ada())
    versions = some_credentials(session, ONE_OR_THE_OTHER, 4)
    moments = (AUTUMN, SPRING, AUTUMN + YEAR, SPRING + YEAR)

    for version, moment, option in zip(versions, moments, ("academy", None) * 2, strict=True):
        chosen(session, learner, version, option, moment)
        awarded(session, learner, version, moment)

    totals: Counter[str] = Counter()
    for one in sums(completions_of(session, learner.id)):
        totals[one.title] += int(one.amount)
    assert totals == {"Academy credit": 2, "Development hours": 60}
    assert credit_of(session, learner)["FY28 Academy credit"] == "1"


@pytest.mark.row("S7-02", "S3-33")
@pytest.mark.parametrize(
    ("moment", "year", "label"),
    [
        (datetime(2024, 6, 30, 23, 59, 59, tzinfo=CHICAGO_TIME), 2024, "FY24"),
        (datetime(2024, 7, 1, tzinfo=CHICAGO_TIME), 2025, "FY25"),
    ],
    ids=["the last second of June", "midnight"],
)
def test_the_second_of_completion_decides_the_year(session, moment, year, label):
    learner = somebody(session, ada())
    (version,) = some_credentials(session, ONE_OR_THE_OTHER)
    chosen(session, learner, version, "academy")

    awarded(session, learner, version, moment)

    (line,) = completions_of(session, learner.id)[0].postings
    assert (line.year, line.year_label, line.option) == (year, label, "academy")


@pytest.mark.row("S3-35", "S4-12")
def test_credit_is_posted_when_something_is_awarded_and_not_before(session):
    learner = somebody(session, ada())
    graduate = {
        "slug": "graduate",
        "title": "Graduate credit",
        "kind": "graduate",
        "amount": 1,
        "unit": "credit",
    }
    (version,) = some_credentials(session, {"credit": {"choose": "all", "options": [graduate]}})
    open_for(session, learner.id, version, now=NOON)
    assert credit_of(session, learner) == {}

    awarded(session, learner, version, AUTUMN)

    assert credit_of(session, learner) == {"2026 Graduate credit": "1"}


@pytest.mark.row("S1-16")
def test_a_choice_is_free_until_the_award_and_locked_with_it(session):
    learner = somebody(session, ada())
    (version,) = some_credentials(session, ONE_OR_THE_OTHER)
    for option in ("academy", "pd", "academy"):
        chosen(session, learner, version, option)

    awarded(session, learner, version, AUTUMN)

    with pytest.raises(elections.ElectionLocked):
        chosen(session, learner, version, "pd")
    assert credit_of(session, learner) == {"FY27 Academy credit": "1"}


@pytest.mark.row("S1-16")
def test_who_never_chose_may_choose_once_after_the_award(session):
    learner = somebody(session, ada())
    (version,) = some_credentials(session, ONE_OR_THE_OTHER)
    awarded(session, learner, version, AUTUMN)
    assert credit_of(session, learner) == {}

    chosen(session, learner, version, "pd")

    assert credit_of(session, learner) == {"FY27 Development hours": "30"}
    with pytest.raises(elections.ElectionLocked):
        chosen(session, learner, version, "academy")


@pytest.mark.row("S1-16")
def test_only_the_programs_administrator_changes_it_afterwards_and_it_is_written_down(session):
    # Given an award that counts as an academy
    learner, admin, instructor = (somebody(session, who()) for who in (ada, cleo, dora))
    (version,) = some_credentials(session, ONE_OR_THE_OTHER)
    session.add(an_appointment(admin, version.credential.program, Seat.ADMIN))
    chosen(session, learner, version, "academy")
    awarded(session, learner, version, AUTUMN)
    election = open_for(session, learner.id, version, now=NOON)

    # When the instructor tries, and then the administrator, without a reason and with one
    why = "She holds no administrative position."
    with pytest.raises(NotAllowed):
        elections.change(session, election, "pd", actor=instructor, reason=why, now=NOON)
    with pytest.raises(elections.ReasonMissing):
        elections.change(session, election, "pd", actor=admin, now=NOON, reason=" ")
    elections.change(session, election, "pd", actor=admin, reason=why, now=NOON)

    # Then the journal tells all of it, and the audit trail who and why
    lines = completions_of(session, learner.id)[0].postings
    assert [(line.option, int(line.amount)) for line in lines] == [
        ("academy", 1),
        ("academy", -1),
        ("pd", 30),
    ]
    (event,) = [
        one for one in session.query(AuditEvent).all() if one.action == "credit.change-election"
    ]
    assert event.actor_id == admin.id
    assert event.detail["before"] == "academy"
    assert event.detail["reason"] == why


def test_a_revoked_award_takes_its_credit_with_it_and_frees_the_year(session):
    learner = somebody(session, ada())
    first, second = some_credentials(session, ONE_OR_THE_OTHER, 2)
    chosen(session, learner, first, "academy")
    award = awarded(session, learner, first, AUTUMN)

    awards.revoke(session, award, reason="A mistake.", actor=None, now=SPRING)

    assert credit_of(session, learner) == {}
    chosen(session, learner, second, "academy")
    awarded(session, learner, second, SPRING)
    assert credit_of(session, learner) == {"FY27 Academy credit": "1"}


@pytest.mark.row("S2-05")
def test_an_award_is_to_be_reported_only_where_its_credit_stands_on_a_licence(session):
    learner = somebody(session, ada())
    on_licence = {**ACADEMY, "on_licence": True}
    says = {**LICENCE, "credit": {"choose": "one", "options": [on_licence, HOURS]}}
    first, second = some_credentials(session, says, 2)
    chosen(session, learner, first, "academy")
    chosen(session, learner, second, "pd")

    statuses = [
        journal.completion_of(session, awarded(session, learner, one, AUTUMN).public_id)
        for one in (first, second)
    ]

    assert [one.licence_status for one in statuses if one] == [
        LicenceStatus.TO_REPORT,
        LicenceStatus.NOT_APPLICABLE,
    ]


def test_no_line_of_the_journal_can_be_changed_not_even_by_hand(session):
    learner = somebody(session, ada())
    (version,) = some_credentials(session, ONE_OR_THE_OTHER)
    chosen(session, learner, version, "pd")
    awarded(session, learner, version, AUTUMN)
    line = completions_of(session, learner.id)[0].postings[0]

    for attempt in (
        update(CreditPosting).values(amount=Decimal(99)),
        text("UPDATE credit_posting SET year = 2030"),
    ):
        with pytest.raises(DatabaseError, match="added and never changed"), session.begin_nested():
            session.execute(attempt)
    # What takes a line back is its opposite.
    columns = {
        column.name: getattr(line, column.name)
        for column in table_of(CreditPosting).columns
        if column.name != "id"
    }
    wrong = insert(CreditPosting).values(columns | {"slot": 2, "reverses_id": line.id})
    with pytest.raises(DatabaseError, match="brings_or_takes_back"), session.begin_nested():
        session.execute(wrong)


# -- whatever happens, in whatever order -----------------------------------------------------

HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["award", "revoke", "choose", "change", "new rules", "wait"]),
        st.integers(0, 3),
        st.sampled_from(["academy", "pd", None]),
    ),
    max_size=25,
)

RULES = (
    ONE_OR_THE_OTHER,
    {
        "calendar": CHICAGO,
        "credit": {"choose": "one", "options": [ACADEMY, {**HOURS, "amount": 15}]},
    },
    {"calendar": CHICAGO, "credit": {"choose": "one", "none_allowed": True, "options": [HOURS]}},
)


class Story:
    """Ada, an administrator and four credentials whose rules change with each version."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.now = AUTUMN.astimezone(UTC)
        self.ada, self.admin = somebody(session, ada()), somebody(session, cleo())
        self.versions = some_credentials(session, ONE_OR_THE_OTHER, 4)
        self.program = self.versions[0].credential.program
        self.number = 1
        session.add(an_appointment(self.admin, self.program, Seat.ADMIN, days=None))
        self.seen: dict[int, tuple[object, ...]] = {}

    def happen(self, what: str, which: int, option: str | None) -> None:
        """One thing, legal or not; a refusal changes nothing."""
        self.now += timedelta(hours=1)
        version = self.versions[which]
        held = awards.current_award(self.session, self.ada, version.credential_id)
        if what == "wait":
            self.now += timedelta(days=97)
        elif what == "award":
            awarded(self.session, self.ada, version, self.now)
        elif what == "revoke" and held:
            awards.revoke(self.session, held, reason="Wrong.", actor=None, now=self.now)
        elif what == "new rules":
            self._publish(which)
        elif what in ("choose", "change"):
            self._elect(what, version, option)
        self.session.flush()
        self.check()

    def _elect(self, what: str, version: CredentialVersion, option: str | None) -> None:
        election = open_for(self.session, self.ada.id, version, now=self.now)
        try:
            if what == "choose":
                elections.elect(self.session, election, option, now=self.now)
            else:
                elections.change(
                    self.session, election, option, actor=self.admin, reason="Asked.", now=self.now
                )
        except (elections.NotToBeHad, elections.ElectionLocked):
            return

    def _publish(self, which: int) -> None:
        self.number += 1
        newer = a_program_that_says(
            RULES[(self.number + which) % len(RULES)], program=self.program, number=self.number
        )
        self.versions = [
            a_credential_version(program_version=newer, credential=one.credential)
            for one in self.versions
        ]
        self.session.add_all(self.versions)

    def check(self) -> None:
        completions = completions_of(self.session, self.ada.id)
        current = {
            award.public_id
            for award in awards.awards_of(self.session, self.ada)
            if award.state is AwardState.CURRENT
        }
        self._sums_are_those_of_current_awards(completions, current)
        self._no_award_brings_two_kinds(completions)
        self._one_academy_a_year(completions)
        self._nothing_written_has_changed(completions)

    def _sums_are_those_of_current_awards(
        self, completions: Sequence[Completion], current: set[str]
    ) -> None:
        assert {one.award_ref for one in completions if one.reversed_at is None} == current
        for one in completions:
            total = sum((line.amount for line in one.postings), Decimal(0))
            left = sum((line.amount for line in standing(one.postings)), Decimal(0))
            assert total == left
            if one.award_ref not in current:
                assert total == 0
                by_option: Counter[str] = Counter()
                for line in one.postings:
                    by_option[line.option] += int(line.amount)
                assert set(by_option.values()) <= {0}
        assert sum((one.amount for one in sums(completions)), Decimal(0)) == sum(
            (
                line.amount
                for one in completions
                if one.award_ref in current
                for line in standing(one.postings)
            ),
            Decimal(0),
        )

    def _no_award_brings_two_kinds(self, completions: Sequence[Completion]) -> None:
        for one in completions:
            assert len(standing(one.postings)) <= 1

    def _one_academy_a_year(self, completions: Sequence[Completion]) -> None:
        years = [
            line.year
            for one in completions
            for line in standing(one.postings)
            if line.option == "academy"
        ]
        assert len(years) == len(set(years))

    def _nothing_written_has_changed(self, completions: Sequence[Completion]) -> None:
        lines: dict[int, tuple[object, ...]] = {
            line.id: (line.option, line.amount, line.year, line.slot, line.reverses_id)
            for one in completions
            for line in one.postings
        }
        assert {number: lines.get(number) for number in self.seen} == self.seen
        self.seen = lines


@pytest.mark.row("S1-18", "S2-04")
@settings(max_examples=60)
@given(happenings=HAPPENINGS)
def test_the_sums_match_whatever_was_awarded_revoked_chosen_or_changed(
    migrated_sqlite, tmp_path_factory, happenings
):
    with in_a_fresh_database(migrated_sqlite, tmp_path_factory) as session:
        story = Story(session)
        for happening in happenings:
            story.happen(*happening)


class in_a_fresh_database:  # noqa: N801  read as a phrase
    """A session on an empty database that is rolled back: the file is made once."""

    engine: Engine | None = None

    def __init__(self, migrated, folders) -> None:
        if type(self).engine is None:
            path = folders.mktemp("journal") / "cairn.sqlite3"
            path.write_bytes(migrated.read_bytes())
            type(self).engine = connect(f"sqlite:///{path}")
        assert self.engine is not None
        self.session = Session(self.engine, expire_on_commit=False)

    def __enter__(self) -> Session:
        return self.session

    def __exit__(self, *_: object) -> None:
        self.session.rollback()
        self.session.close()
