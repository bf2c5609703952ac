"""Erasing one person: nothing of theirs remains, nothing of anybody else's changes (T-135)."""

import threading
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.badges import chores as signing  # noqa: F401  its jobs are carried out below
from lti_tool.badges.models import Award, AwardState
from lti_tool.database import sessions
from lti_tool.errors import NotFound
from lti_tool.jobs import JobContext, carry_out
from lti_tool.keyring import Keyring
from lti_tool.launch.newcomers import guest_of
from lti_tool.people.models import AuditEvent, Person
from lti_tool.people.personal_data import ERASED_NAME
from lti_tool.portfolio import chores  # noqa: F401  its job is carried out below
from lti_tool.portfolio.artifact_store import ArtifactStore, BytesMissing
from lti_tool.portfolio.models import DiscardedFile
from lti_tool.privacy import erasure
from lti_tool.settings import Settings
from tests.builders import NOON
from tests.privacy import ledger
from tests.privacy.estate import School, Settled, a_school, settled

pytestmark = pytest.mark.row("T-135")

KEYS_TO_THEM = {
    ("person", "name"), ("person", "email"), ("platform_user", "sub"), ("roster_member", "sub"),
    ("score_delivery", "sub"), ("legacy_id", "value"), ("legacy_id", "kind"),
    ("login_attempt", "parameters"), ("artifact", "file_key"), ("launch_record", "compared"),
}  # fmt: skip
"""Columns by which a person or their files are found: they hold what must not remain anyway."""

NOT_THEIRS = {
    # What the platform says of itself, and which launch it was.
    "launch_record": {
        "reference", "code", "issuer", "client_id", "deployment_id", "message", "way",
    },
    # Who did what; names are taken out of it, which is tried by names.
    "audit_event": {"action", "subject", "detail"},
    # Figures, and the address that has to answer 410.
    "award": {"results", "public_id", "stack", "decision"},
    # That a partner had said something.
    "endorsement": {"public_id", "stack"},
    # Which stack it was; whose, only our own number says.
    "stack_award": {"public_id", "stack"},
    "stack_proposal": {"public_id", "stack", "basis"},
}  # fmt: skip
"""Columns of a person's rows that stay, because nothing the person is or wrote stands there."""


@pytest.fixture
def store(settings: Settings) -> ArtifactStore:
    """Where files lie."""
    return ArtifactStore(settings.evidence_url)


@pytest.fixture
def school(session: Session, store: ArtifactStore) -> School:
    """The school."""
    return a_school(session, store)


@pytest.fixture
def ada(session: Session, school: School) -> Settled:
    """Who is to be erased."""
    return settled(session, school, "Adaline Quillfeather")


@pytest.fixture
def fay(session: Session, school: School, ada: Settled) -> Settled:
    """Somebody beside her, with everything she has."""
    return settled(session, school, "Fayette Unterberg")


def spare(table: str, column: str) -> bool:
    """Whether a column is left as it is when her rows are marked."""
    return (table, column) in KEYS_TO_THEM or column in NOT_THEIRS.get(table, ())


def test_the_estate_has_a_row_for_every_column_that_names_a_person(
    session: Session, ada: Settled
) -> None:
    """A new table that names people has to be given a row here, and then erased in its room."""
    told = ledger.read(session)
    names = {ada.person.id, ada.sub}

    missing = [
        f"{column.table.name}.{column.name}"
        for column in ledger.references_to_people()
        if (column.table.name, column.name) != ("deployment", "guest_id")  # stands for nobody
        and not any(row[column.name] in names for row in told[column.table.name].values())
    ]

    assert missing == []


def test_nothing_with_her_name_address_id_or_words_remains(
    session: Session, ada: Settled, fay: Settled
) -> None:
    """Every text of every row of hers is marked first, so that no table can be forgotten."""
    theirs = ledger.of_person(ledger.read(session), ada.person.id)
    ledger.mark(session, theirs, spare)

    erasure.erase(session, ada.person, keep_badges=False, actor=None, now=NOON)

    left = [
        f"{table}.{column}: {value!r}"
        for table, rows in ledger.read(session).items()
        if table != "discarded_file"
        for row in rows.values()
        for column, value in row.items()
        if any(
            told in f"{value!r}"
            for told in ("trace-", "Adaline", "adaline", "Quillfeather", ada.sub)
        )
    ]
    assert left == []
    assert session.get_one(Person, ada.person.id).name == ERASED_NAME


def test_nothing_of_anybody_else_changes(session: Session, ada: Settled, fay: Settled) -> None:
    before = ledger.read(session)
    theirs = ledger.of_person(before, ada.person.id)

    erasure.erase(session, ada.person, keep_badges=False, actor=None, now=NOON)

    after = ledger.read(session)
    changed = sorted(
        {
            f"{table}: {', '.join(_changes(row, after[table].get(key)))}"
            for table, rows in before.items()
            for key, row in rows.items()
            if key not in theirs[table] and row != after[table].get(key)
        }
    )
    assert changed == [
        "assessment: gone",  # what she had begun to judge and not handed on
        "audit_event: detail",  # her id where others had written it
        "launch_record: compared",  # her id in a refused launch that was nobody's
        "login_attempt: gone",  # begun with her id as its hint
        "privacy_request: person_id",  # whom an administrator had asked about
        "roster_member: gone",
        "status_place: is_revoked",  # of her two badges
        "visit: watched",  # an observer follows her no more
    ]


def _changes(before: dict[str, Any], after: dict[str, Any] | None) -> list[str]:
    if after is None:
        return ["gone"]
    return [name for name, value in before.items() if after[name] != value]


def test_figures_of_what_was_decided_stay(session: Session, ada: Settled) -> None:
    levels = len(ada.private.results)

    erasure.erase(session, ada.person, keep_badges=False, actor=None, now=NOON)

    told = ledger.read(session)
    theirs = ledger.of_person(told, ada.person.id)
    kept = {table: len(keys) for table, keys in theirs.items() if keys}
    assert kept == {
        "person": 1, "appointment": 1, "audit_event": 2, "award": 3, "enrolment": 1,
        "submission": 1, "assessment": 1, "rating": 1, "decision": 1, "feedback": 1,
        "stack_award": 1, "stack_proposal": 1, "endorsement": 2,
    }  # fmt: skip
    assert len(ada.private.results) == levels > 0
    assert told["rating"][next(iter(theirs["rating"]))]["level_id"] is not None


def test_badges_are_revoked_without_a_recipient(session: Session, ada: Settled) -> None:
    erasure.erase(session, ada.person, keep_badges=False, actor=None, now=NOON)

    for award in (ada.shared, ada.private):
        assert award.state is AwardState.REVOKED
        assert (award.recipient_name, award.recipient_type) == ("", "identifier")
        assert award.recipient_identity.startswith("urn:uuid:")


def test_badges_stay_as_they_were_where_she_asked_to_keep_them(
    session: Session, ada: Settled
) -> None:
    before = ledger.read(session)

    erasure.erase(session, ada.person, keep_badges=True, actor=None, now=NOON)

    after = ledger.read(session)
    for table in ("award", "signed_document", "status_place"):
        assert before[table] == after[table]
    assert ada.shared.recipient_name == "Adaline Quillfeather"
    assert ada.person.name == ERASED_NAME


def test_her_files_are_taken_away_and_nobody_elses(
    engine: Engine, settings: Settings, store: ArtifactStore
) -> None:
    with sessions(engine).begin() as session:
        school = a_school(session, store)
        ada, fay = settled(session, school, "Adaline Q"), settled(session, school, "Fayette U")
        erasure.erase(session, ada.person, keep_badges=False, actor=None, now=NOON)
    context = JobContext(settings, engine, Keyring.open(settings, engine, NOON))

    for _ in range(2):  # running it again does no harm
        carry_out(context, "portfolio.discard")

    with pytest.raises(BytesMissing):
        store.read(ada.keys[0])
    assert b"".join(store.read(fay.keys[0]))
    with sessions(engine)() as session:
        assert session.scalars(select(DiscardedFile)).all() == []


def test_bytes_that_somebody_still_needs_are_not_taken_away(
    engine: Engine, settings: Settings, store: ArtifactStore
) -> None:
    with sessions(engine).begin() as session:
        fay = settled(session, a_school(session, store), "Fayette U")
        session.add(DiscardedFile(file_key=fay.keys[0], discarded_at=NOON))
    context = JobContext(settings, engine, Keyring.open(settings, engine, NOON))

    carry_out(context, "portfolio.discard")

    assert b"".join(store.read(fay.keys[0]))


def test_erasing_is_written_down_and_cannot_be_done_twice(
    session: Session, ada: Settled, school: School
) -> None:
    erasure.erase(session, ada.person, keep_badges=False, actor=school.officer, now=NOON)

    written = session.scalars(select(AuditEvent).where(AuditEvent.action == "privacy.erase")).one()
    assert (written.subject, written.actor_id) == (f"person {ada.person.id}", school.officer.id)
    with pytest.raises(NotFound, match="was erased on 2026-11-20"):
        erasure.erase(session, ada.person, keep_badges=False, actor=None, now=NOON)
    with pytest.raises(NotFound):
        erasure.find_person(session, ada.person.id)


def test_the_stand_in_for_nobody_and_oneself_are_not_erased(
    session: Session, school: School
) -> None:
    guest = guest_of(session, school.deployment, now=NOON)

    with pytest.raises(erasure.NobodyInParticular):
        erasure.erase(session, guest, keep_badges=False, actor=None, now=NOON)
    with pytest.raises(erasure.OwnData):
        erasure.erase(session, school.officer, keep_badges=False, actor=school.officer, now=NOON)


def test_the_preview_counts_what_is_there(session: Session, ada: Settled, fay: Settled) -> None:
    told = {
        holding.words: (holding.count, bool(holding.stays))
        for shelf in erasure.preview(session, ada.person, now=NOON)
        for holding in shelf.holdings
    }

    assert told == {
        "name and e-mail address": (1, False),
        "courses they are in": (1, False),
        "visits": (1, False),
        "entries of the audit trail": (3, True),
        "accounts": (1, False),
        "ids of LTI 1.1": (1, False),
        "records of launches": (2, True),
        "lines of rosters": (1, False),
        "appointments": (1, True),
        "drafts, and attempts nobody has decided on": (2, False),
        "texts, links and files": (3, False),
        "self-assessments": (2, False),
        "modules they marked as done, and notes of meetings with a coach": (2, False),
        "attempts that were decided on": (1, True),
        "assessments of work nobody has decided on": (1, False),
        "assessments of their work": (1, True),
        "work of others they judged": (3, True),
        "scores sent or waiting": (1, False),
        "badges that are public": (1, True),
        "badges that are private": (2, True),
        "signed badge files": (3, False),
        "words of partners about a badge": (2, False),
        "choices of what a badge shows": (2, False),
        "links to badges": (1, False),
        "choices of work to show": (1, False),
        "connected services": (1, False),
        "entries of hours": (2, False),
        "choices of credit": (2, False),
        "lines of the credit journal": (2, False),
        "licence numbers": (1, False),
        "what they said of their licence, and reminders": (3, False),
        "hours of others they recorded or approved": (3, True),
        "plans of credentials": (1, False),
        "proposals of stacks nobody has decided on": (1, False),
        "proposals of stacks that were decided on": (1, True),
        "stacks": (1, True),
        "badges from elsewhere": (1, False),
        "badges from elsewhere handed in for stacks": (1, False),
        "stacks of others they decided on or recorded something for": (3, True),
        "memberships of teams, cohorts and organizations": (4, False),
        "entries of the coaching log about them": (1, False),
        "entries of the coaching log they wrote about others": (1, True),
        "exceptions, wishes and declarations": (6, False),
        "names that joined accounts had before": (1, False),
        "notes of what came along with a joined account": (1, False),
        "requests to join accounts": (2, False),
        "codes that did not fit": (1, False),
    }


def test_of_two_who_erase_somebody_at_once_one_is_told_so(
    engine: Engine, settings: Settings, store: ArtifactStore
) -> None:
    with sessions(engine).begin() as session:
        ada = settled(session, a_school(session, store), "Adaline Q")
        person_id = ada.person.id
    told: list[str] = []
    start = threading.Barrier(3)

    def erase() -> None:
        start.wait()
        try:
            with sessions(engine).begin() as session:
                person = erasure.find_person(session, person_id)
                erasure.erase(session, person, keep_badges=False, actor=None, now=NOON)
            told.append("erased")
        except NotFound:
            told.append("was erased")

    threads = [threading.Thread(target=erase) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["erased", "was erased", "was erased"]
    with sessions(engine)() as session:
        done = select(AuditEvent).where(AuditEvent.action == "privacy.erase")
        assert len(session.scalars(done).all()) == 1


def test_an_erased_award_is_not_signed_again(
    engine: Engine, settings: Settings, store: ArtifactStore
) -> None:
    with sessions(engine).begin() as session:
        ada = settled(session, a_school(session, store), "Adaline Q")
        erasure.erase(session, ada.person, keep_badges=False, actor=None, now=NOON)
    context = JobContext(settings, engine, Keyring.open(settings, engine, NOON))

    carry_out(context, "badges.sweep")
    carry_out(context, "badges.sign", ada.shared.id)

    with sessions(engine)() as session:
        assert ledger.read(session)["signed_document"] == {}
        assert session.get_one(Award, ada.shared.id).erased_at == NOON
