"""Two words join two accounts, and once."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from lti_tool.accounts import codes, joining
from lti_tool.accounts.joining import Step
from lti_tool.accounts.models import AccountRequest, JoinedAccount
from lti_tool.database import sessions
from lti_tool.errors import NotFound
from lti_tool.launch.models import PlatformUser
from lti_tool.people.models import AuditEvent, Person
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.portfolio.models import Enrolment
from lti_tool.privacy import erasure
from lti_tool.settings import Settings
from tests.accounts.conftest import Pair, a_pair, an_lms
from tests.builders import NOON, a_credential_version
from tests.privacy import ledger
from tests.privacy.estate import a_school, settled

pytestmark = pytest.mark.row("S2-09")

SECRET = "a secret of this installation"
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def a_request(session: Session, pair: Pair) -> AccountRequest:
    """Ada's code, entered in her other account."""
    code = codes.ask(session, pair.ada, secret=SECRET, now=NOON)
    found = codes.enter(session, pair.again, code, secret=SECRET, now=NOON)
    assert found is not None
    session.refresh(found)
    return found


@only_sqlite
@pytest.mark.parametrize("first", ["ada", "again"])
def test_nothing_happens_before_both_have_confirmed(
    session: Session, pair: Pair, first: str
) -> None:
    request = a_request(session, pair)
    people = {"ada": pair.ada, "again": pair.again}
    one, two = people.pop(first), *people.values()
    before = ledger.read(session)["platform_user"]

    assert joining.confirm(session, request, by=one, now=NOON) is Step.WAITING
    assert joining.confirm(session, request, by=one, now=NOON) is Step.WAITING
    assert ledger.read(session)["platform_user"] == before

    assert joining.confirm(session, request, by=two, now=NOON) is Step.JOINED
    subs = session.scalars(
        select(PlatformUser.sub).where(PlatformUser.person_id == pair.ada.id)
    ).all()
    assert sorted(subs) == ["sub of A. Ferris", "sub of Ada Ferris"]


@only_sqlite
def test_a_request_is_for_its_two_people_and_a_day(session: Session, pair: Pair) -> None:
    request = a_request(session, pair)

    with pytest.raises(NotFound):
        joining.find(session, request.public_id, for_=pair.ivan, now=NOON)
    with pytest.raises(NotFound):
        joining.find(session, request.public_id, for_=pair.ada, now=NOON + timedelta(days=1))
    joining.decline(session, request, by=pair.ada, now=NOON)
    session.flush()
    with pytest.raises(NotFound):
        joining.find(session, request.public_id, for_=pair.again, now=NOON)


def test_of_two_confirmations_at_once_exactly_one_joins(engine: Engine) -> None:
    """Both sides, twice each, in the same moment."""
    with sessions(engine).begin() as session:
        pair = a_pair(session)
        public_id = a_request(session, pair).public_id
        ids = [pair.ada.id, pair.again.id] * 2
    told: list[str] = []
    start = threading.Barrier(len(ids))

    def confirm(person_id: int) -> None:
        start.wait()
        with sessions(engine).begin() as session:
            person = session.get(Person, person_id)
            if person is None:
                told.append("is the other now")
                return
            try:
                request = joining.find(session, public_id, for_=person, now=NOON, hold=True)
            except NotFound:
                told.append("over")
                return
            told.append(joining.confirm(session, request, by=person, now=NOON).name)

    threads = [threading.Thread(target=confirm, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(told) == len(ids)
    assert told.count("JOINED") == 1
    with sessions(engine)() as session:
        assert session.get(Person, ids[1]) is None
        assert session.scalar(select(func.count(AccountRequest.id))) == 0
        events = select(AuditEvent).where(AuditEvent.action == "accounts.join")
        assert len(session.scalars(events).all()) == 1


def test_whoever_writes_at_that_moment_loses_nothing(engine: Engine) -> None:
    """What is written for the person who leaves comes along, or is not written at all."""
    with sessions(engine).begin() as session:
        pair = a_pair(session)
        versions = [a_credential_version() for _ in range(4)]
        session.add_all(versions)
        session.flush()
        keep_id, leave_id = pair.ada.id, pair.again.id
        version_ids = [version.id for version in versions]
    written: list[int] = []
    start = threading.Barrier(len(version_ids) + 1)

    def begin(version_id: int) -> None:
        start.wait()
        try:
            with sessions(engine).begin() as session:
                session.connection().execute(
                    Enrolment.__table__.insert().values(  # type: ignore[attr-defined]
                        person_id=leave_id,
                        credential_version_id=version_id,
                        begun_at=NOON,
                        focus="",
                        goal="",
                        setting={},
                    )
                )
        except Exception:  # noqa: BLE001  a broken reference, in the words of either database
            return
        written.append(version_id)

    def join() -> None:
        start.wait()
        with sessions(engine).begin() as session:
            people = [session.get_one(Person, one) for one in (keep_id, leave_id)]
            joining.join(session, keep=people[0], leave=people[1], now=NOON)

    threads = [threading.Thread(target=begin, args=(one,)) for one in version_ids]
    threads.append(threading.Thread(target=join))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with sessions(engine)() as session:
        rows = session.scalars(select(Enrolment).order_by(Enrolment.id)).all()
        assert sorted(row.credential_version_id for row in rows) == sorted(written)
        assert {row.person_id for row in rows} <= {keep_id}


@only_sqlite
def test_a_third_account_joins_as_well_and_each_keeps_its_own_name(
    session: Session, pair: Pair
) -> None:
    pair.ivan.name = "Ada at work"
    session.scalars(
        select(PlatformUser).where(PlatformUser.person == pair.ivan)
    ).one().registration = pair.river
    session.flush()
    joining.join(session, keep=pair.ivan, leave=pair.again, now=NOON)
    third = Person(name="Ada at night", created_at=NOON)
    other = an_lms(session, "Night School")
    session.add(PlatformUser(registration=other, sub="n", person=third, seen_at=NOON))
    session.flush()

    joining.join(session, keep=third, leave=pair.ivan, now=NOON)

    rows = session.scalars(select(JoinedAccount).order_by(JoinedAccount.name)).all()
    assert [(row.name, row.person) for row in rows] == [
        ("A. Ferris", third),
        ("Ada at work", third),
    ]


@only_sqlite
@pytest.mark.row("T-135")
def test_erasing_takes_the_names_from_before_too(session: Session, settings: Settings) -> None:
    store = ArtifactStore(settings.evidence_url)
    ada = settled(session, a_school(session, store), "Adaline Quillfeather")
    again = settled(session, a_school(session, store, client_id="tool-10"), "Zuleika Dobson")
    session.execute(delete(JoinedAccount))  # each comes from one LMS only
    joining.join(session, keep=ada.person, leave=again.person, now=NOON)

    erasure.erase(session, ada.person, keep_badges=False, actor=None, now=NOON)

    left = [
        (table, column)
        for table, rows in ledger.read(session).items()
        for row in rows.values()
        for column, value in row.items()
        for word in ("Quillfeather", "Zuleika", "zuleika", "Dobson", ada.sub, again.sub)
        if word in f"{value!r}"
    ]
    assert left == []
