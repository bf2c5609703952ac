"""Work on one credential in both accounts: side by side, one goes on, the other is set aside."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.orm import Session

from lti_tool.accounts import codes, joining, works
from lti_tool.accounts.joining import CannotBeJoined, ChoiceMissing, Step
from lti_tool.accounts.models import AccountRequest
from lti_tool.accounts.works import BEING_JUDGED, CHOOSE, EARNED, EARNED_TWICE, NEITHER
from lti_tool.badges import awards
from lti_tool.badges.models import Award, AwardState, StatusPlace
from lti_tool.credit.models import CreditPosting
from lti_tool.database import sessions
from lti_tool.errors import NotFound
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio import set_aside, submissions
from lti_tool.portfolio.models import Artifact, Enrolment, Submission, SubmissionState
from lti_tool.privacy import export
from lti_tool.programs.models import CredentialVersion
from lti_tool.review import queue
from lti_tool.review.models import Assessment
from lti_tool.review.work import find_work
from tests.accounts.conftest import Pair, a_pair
from tests.badges.workshop import results_for
from tests.builders import NOON, a_credential_version, an_appointment
from tests.portfolio.studio import begun, enter, filled, handed_in, rated

pytestmark = pytest.mark.row("S2-09")
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SECRET = "a secret of this installation"


@dataclass(frozen=True)
class Twice:
    """One credential worked on in both accounts; the first has words of its own in it."""

    version: CredentialVersion
    mine: Enrolment
    theirs: Enrolment


def twice(session: Session, pair: Pair) -> Twice:
    """Something written in both."""
    version = a_credential_version(title="Pond survey")
    version.program_version.document |= {
        "credit": {
            "choose": "all",
            "options": [
                {"slug": "pd", "title": "Hours", "kind": "cpdu", "amount": 5, "unit": "hour"}
            ],
        }
    }
    mine, theirs = (rated(session, begun(session, one, version)) for one in (pair.ada, pair.again))
    for artifact in filled(session, theirs).artifacts:
        artifact.text = "Frogs at the university."
    filled(session, mine)
    return Twice(version, mine, theirs)


def join(session: Session, pair: Pair, chosen: Mapping[int, int] | None = None) -> None:
    """Both as one."""
    joining.join(session, keep=pair.ada, leave=pair.again, chosen=chosen, now=NOON)


def earn(session: Session, person: Person, version: CredentialVersion, days: int) -> Award:
    """Its badge."""
    return awards.award(
        session,
        person=person,
        credential_version=version,
        results=results_for(version),
        now=NOON + timedelta(days=days),
    )


def open_it(session: Session, enrolment: Enrolment, judge: Person) -> None:
    """Handed in, and a judge has begun."""
    work = session.scalars(
        select(Submission).where(Submission.enrolment_id == enrolment.id).limit(1)
    ).one()
    work.state, work.submitted_at, work.opened_at = SubmissionState.SUBMITTED, NOON, NOON
    session.add(Assessment(submission=work, assessor=judge, begun_at=NOON))
    session.flush()


@only_sqlite
@pytest.mark.parametrize("going_on", ["mine", "theirs"])
def test_what_was_chosen_goes_on_and_the_other_is_kept_out_of_the_way(
    session: Session, pair: Pair, going_on: str
) -> None:
    # Given work handed in from both, and a judge
    found = twice(session, pair)
    program = found.version.program_version.program
    session.add(an_appointment(pair.ivan, program, Seat.ASSESSOR))
    chosen = getattr(found, going_on)
    other = found.theirs if chosen is found.mine else found.mine
    for enrolment in (chosen, other):
        handed_in(session, enrolment)
    works_of = {
        one.enrolment_id: one.public_id
        for one in session.scalars(select(Submission).where(Submission.submitted_at.is_not(None)))
    }
    artifacts = len(session.scalars(select(Artifact)).all())
    ids = chosen.id, other.id

    # When nothing is chosen, nothing happens
    with pytest.raises(ChoiceMissing):
        join(session, pair)
    with pytest.raises(ChoiceMissing):
        join(session, pair, {found.version.credential_id: 999})
    assert session.get(Person, pair.again.id) is not None

    # When one is chosen
    join(session, pair, {found.version.credential_id: ids[0]})

    # Then it is all there is, for Ada and for judges
    assert session.scalars(select(Enrolment.id)).all() == [ids[0]]
    waiting = [one.public_id for one in queue.waiting_for(session, pair.ivan, now=NOON)]
    assert waiting == [works_of[ids[0]]]
    with pytest.raises(NotFound, match="set aside"):
        find_work(session, works_of[ids[1]])
    # And nothing is lost: she reads the other, with a sentence why, and gets it in her export
    (aside,) = set_aside.of_person(session, pair.ada)
    assert aside.id == ids[1]
    assert "you chose to go on with the other work" in aside.set_aside_words
    assert len(session.scalars(select(Artifact)).all()) == artifacts
    with pytest.raises(NotFound):
        set_aside.find(session, aside.id, for_=pair.ivan)
    told = export.tell(session, pair.ada, now=NOON).texts["5-work.json"]
    assert "Frogs at the university." in told
    assert "you chose to go on with the other work" in told


@only_sqlite
def test_what_cannot_be_chosen_is_said_and_held_to(session: Session, pair: Pair) -> None:
    found = twice(session, pair)

    def said() -> tuple[int | None, str]:
        (choice,) = works.choices(session, pair.ada, pair.again)
        return choice.fixed, choice.words

    assert said() == (None, CHOOSE)
    open_it(session, found.theirs, pair.ivan)
    assert said() == (found.theirs.id, BEING_JUDGED)
    open_it(session, found.mine, pair.ivan)
    assert said() == (None, NEITHER)
    with pytest.raises(CannotBeJoined, match="cannot be set aside"):
        join(session, pair, {found.version.credential_id: found.mine.id})
    earn(session, pair.ada, found.version, 1)
    assert said() == (found.mine.id, EARNED)

    # A wish for the other is of no account
    join(session, pair, {found.version.credential_id: found.theirs.id})
    assert session.scalars(select(Enrolment.id)).all() == [found.mine.id]


@only_sqlite
@pytest.mark.row("S7-02")
def test_of_two_badges_the_earlier_is_current_and_neither_is_revoked(
    session: Session, pair: Pair
) -> None:
    found = twice(session, pair)
    later = earn(session, pair.ada, found.version, 2)
    first = earn(session, pair.again, found.version, 1)
    (choice,) = works.choices(session, pair.ada, pair.again)
    assert (choice.fixed, choice.words) == (found.theirs.id, EARNED_TWICE)

    join(session, pair)

    assert (first.state, later.state) == (AwardState.CURRENT, AwardState.BESIDE)
    assert {first.person_id, later.person_id} == {pair.ada.id}
    assert (later.revoked_at, later.revocation_reason) == (None, "")
    assert not any(session.scalars(select(StatusPlace.is_revoked)))
    assert sum(session.scalars(select(CreditPosting.amount))) == 5  # counted once
    assert [one.id for one in set_aside.of_person(session, pair.ada)] == [found.mine.id]


@only_sqlite
def test_the_badge_beside_is_not_called_revoked_and_not_shared_anew(
    app: Flask, engine: Engine
) -> None:
    with sessions(engine).begin() as session:
        pair = a_pair(session)
        found = twice(session, pair)
        later = earn(session, pair.ada, found.version, 2)
        earn(session, pair.again, found.version, 1)
        join(session, pair)
        address = f"/badges/{later.public_id}"
    ada = enter(app, pair.ada)

    for page in (ada.get("/badges/").text, ada.get(address).text):
        assert "Kept beside your current one" in page
        assert "evoked" not in page
    ada.post(f"{address}/share")
    assert app.test_client().get(address).status_code == 404


def test_of_two_choices_at_once_exactly_one_counts(engine: Engine) -> None:
    """Ada presses the button in both windows, for another work in each."""
    with sessions(engine).begin() as session:
        pair = a_pair(session)
        found = twice(session, pair)
        code = codes.ask(session, pair.ada, secret=SECRET, now=NOON)
        request = codes.enter(session, pair.again, code, secret=SECRET, now=NOON)
        assert request is not None
        session.refresh(request)
        steps = [joining.confirm(session, request, by=one, now=NOON) for one in (pair.ada,)]
        steps.append(joining.confirm(session, request, by=pair.again, now=NOON))
        assert steps == [Step.WAITING, Step.CHOOSE]
        public_id, credential_id = request.public_id, found.version.credential_id
        wishes = [(pair.ada.id, found.mine.id), (pair.again.id, found.theirs.id)]
    won: list[int] = []
    start = threading.Barrier(len(wishes))

    def choose(person_id: int, enrolment_id: int) -> None:
        start.wait()
        with sessions(engine).begin() as session:
            person = session.get(Person, person_id)
            if person is None:
                return
            try:
                request = joining.find(session, public_id, for_=person, now=NOON, hold=True)
            except NotFound:
                return
            joining.choose(session, request, {credential_id: enrolment_id}, now=NOON)
            won.append(enrolment_id)

    threads = [threading.Thread(target=choose, args=wish) for wish in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1
    with sessions(engine)() as session:
        assert session.scalars(select(Enrolment.id)).all() == won
        (aside,) = set_aside.of_person(session, session.get_one(Person, wishes[0][0]))
        assert {aside.id, *won} == {wish[1] for wish in wishes}
        assert session.scalars(select(AccountRequest)).all() == []


def test_work_handed_in_at_that_moment_is_kept_whichever_comes_first(engine: Engine) -> None:
    """Nobody waits for the other for ever, and what was handed in is set aside with it."""
    with sessions(engine).begin() as session:
        pair = a_pair(session)
        found = twice(session, pair)
        ids = (pair.ada.id, pair.again.id)
        chosen = {found.version.credential_id: found.mine.id}
        work_id = session.scalars(
            select(Submission.public_id).where(Submission.enrolment_id == found.theirs.id)
        ).first()
        assert work_id is not None
    told: list[str] = []
    start = threading.Barrier(2)

    def hand_in() -> None:
        start.wait()
        try:
            with sessions(engine).begin() as session:
                person = session.get_one(Person, ids[1])
                work = submissions.find_own(session, work_id, person)
                submissions.submit(session, work, attested=True, now=NOON)
        except (NoResultFound, NotFound, IntegrityError):  # the person is the other by now
            told.append("joined first")
            return
        told.append("handed in")

    def choose() -> None:
        start.wait()
        with sessions(engine).begin() as session:
            people = [session.get_one(Person, one) for one in ids]
            joining.join(session, keep=people[0], leave=people[1], chosen=chosen, now=NOON)
        told.append("joined")

    threads = [threading.Thread(target=one) for one in (hand_in, choose)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) in (["handed in", "joined"], ["joined", "joined first"])
    with sessions(engine)() as session:
        works = select(Submission).where(Submission.public_id == work_id)
        kept = session.scalars(works).one()
        assert (kept.state is SubmissionState.SUBMITTED) == ("handed in" in told)
        with pytest.raises(NotFound):
            find_work(session, work_id)


@only_sqlite
def test_ada_sees_both_only_after_both_words_and_chooses_in_either(
    app: Flask, engine: Engine
) -> None:
    with sessions(engine).begin() as session:
        pair = a_pair(session)
        found = twice(session, pair)
    ada, again, ivan = (enter(app, one) for one in (pair.ada, pair.again, pair.ivan))
    code = ada.post("/accounts/code").text.split('account-code">')[1].split("<")[0]
    address = again.post("/accounts/enter", {"code": code}).location
    page = ada.get(address).text
    assert "You have worked on <bdi>“Pond survey”</bdi> in both" in page
    assert ada.get(f"{address}/works").status_code == 303  # not yet

    ada.post(f"{address}/confirm")
    again.post(f"{address}/confirm")
    page = again.get(address, follow_redirects=True).text
    assert page.count("Go on with this one") == 2
    assert ivan.get(f"{address}/works").status_code == 404
    answer = again.post(f"{address}/works")
    assert answer.status_code == 422
    assert "Say which work on “Pond survey” goes on" in answer.text

    name = f"work-{found.version.credential_id}"
    page = again.post(f"{address}/works", {name: found.mine.id}, follow_redirects=True).text
    assert "Joined." in page
    way = page.split('href="/accounts/set-aside/')[1].split('"')[0]
    page = ada.get(f"/accounts/set-aside/{way}").text
    assert "Frogs at the university." in page
    assert "Hills University" in page
    assert ivan.get(f"/accounts/set-aside/{way}").status_code == 404
    assert ada.get(f"/accounts/set-aside/{found.mine.id}").status_code == 404
