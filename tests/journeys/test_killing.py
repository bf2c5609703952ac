"""Decisions survive the death of every process, and an LMS that is away for longer than a day."""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from lti_tool.badges.models import Award, AwardState
from lti_tool.database import opaque_id, read_session, sessions
from lti_tool.grades.models import DeliveryState, ScoreDelivery, ScoreEvent
from lti_tool.grades.outbox import queue_score
from lti_tool.keyring import Keyring
from lti_tool.people.models import Person
from lti_tool.practice_lms import PracticeLms, free_port, serve
from lti_tool.practice_lms.school import Cell, Link
from lti_tool.programs.models import Credential
from lti_tool.programs.rubrics import Points
from lti_tool.review import assessments
from lti_tool.review.assessments import Given
from lti_tool.review.models import Decision
from lti_tool.settings import DEFAULT_BACKOFF, Settings
from tests.conftest import some_settings
from tests.journeys.siege import Approver, Siege, a_learner, now, settle_in
from tests.review.works import submitted

DECISIONS = 300
AT_ONCE = 4
APPROVING_SECONDS = 240
SETTLING_SECONDS = 180
DAY = 86_400


@pytest.fixture
def seed() -> int:
    """The seed of everything random here; `KILL_SEED` repeats a run."""
    chosen = int(os.environ.get("KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    sys.stdout.write(f"KILL_SEED={chosen}\n")  # shown with a failing test
    return chosen


@pytest.fixture
def killed_settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings with short waits, so that a lifetime of troubles fits into minutes."""
    return some_settings(
        database_url,
        tmp_path,
        base_url=f"http://localhost:{free_port()}",
        backoff=(0.5,) * 40,
        sweep_seconds=2,
        http_timeout=1.5,
    )


@pytest.fixture
def open_lms() -> Iterator[Callable[[Settings], tuple[PracticeLms, Link]]]:
    """Open a Canvas-like LMS: it appends comments and counts attempts, so repeats would show."""
    running = []

    def make(settings: Settings) -> tuple[PracticeLms, Link]:
        lms = PracticeLms(mood="canvas", base_url="", tool_url=settings.base_url)
        running.append(serve(lms))
        return lms, lms.add_link("1", "Field journal", points=100)

    yield make
    for one in running:
        one.stop()


def wait_until_all_have_arrived(engine: Engine, siege: Siege, seconds: float) -> None:
    """Wait until every score is delivered or superseded.

    A score whose plan ran out is no end: once the LMS answers, it is taken up again.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with read_session(engine) as session:
            states = Counter(session.scalars(select(ScoreDelivery.state)))
        if set(states) <= {DeliveryState.DELIVERED, DeliveryState.SUPERSEDED}:
            return
        time.sleep(0.5)
    raise AssertionError(f"not all arrived after {seconds} s: {states}\n{siege.said()}")


@pytest.mark.timeout(600)
@pytest.mark.row("S3-28", "T-118")
def test_no_decision_is_lost_or_doubled_however_often_processes_are_killed(
    killed_settings: Settings,
    engine: Engine,
    open_lms: Callable[[Settings], tuple[PracticeLms, Link]],
    tmp_path: Path,
    seed: int,
) -> None:
    # Given work of 300 learners that only waits for the second signature
    school, link = open_lms(killed_settings)
    chance = random.Random(seed)
    Keyring.open(killed_settings, engine, now())
    works: dict[str, tuple[str, Decimal]] = {}
    with sessions(engine).begin() as session:
        post = settle_in(session, school, link)
        for number in range(DECISIONS):
            person, key = a_learner(session, school, post, number)
            work = submitted(session, person, post.version, at=now())
            assessment = assessments.begin(session, work, assessor=post.assessor, now=now())
            levels = {criterion.id: chance.choice((3, 4)) for criterion in work.part.criteria}
            assessments.rate(
                assessment, {place: Given(level, "") for place, level in levels.items()}
            )
            assessments.recommend(session, assessment, now=now())
            works[work.public_id] = key, Decimal(sum(levels.values())) / 24
            if number % 3 == 0:  # some handed in while everything still worked
                queue_score(
                    session,
                    person=person,
                    credential=post.version.credential,
                    score=None,
                    event=ScoreEvent.SUBMITTED,
                    comment="",
                    review_id=work.public_id,
                    attempt=1,
                    started_at=work.begun_at,
                    submitted_at=work.submitted_at,
                    now=now(),
                )

    # When all are approved over HTTP while processes die at random moments
    siege = Siege.of(killed_settings, tmp_path, seed=seed)
    siege.start()
    try:
        siege.begin(least=20, most=60)
        until = time.monotonic() + APPROVING_SECONDS
        hands = [Approver(killed_settings.base_url) for _ in range(AT_ONCE)]

        def decide(number: int, public_id: str) -> None:
            hands[number % AT_ONCE].approve(public_id, until=until)
            siege.count()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(decide, range(len(works)), works))
        siege.lift()
        for _ in range(2):  # what is left to carry is disturbed, too
            time.sleep(chance.uniform(1, 4))
            siege.strike()
        wait_until_all_have_arrived(engine, siege, SETTLING_SECONDS)
    finally:
        siege.stop()

    # Then every decision, award, cell, comment and attempt is there once
    assert siege.kills >= 3
    with read_session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == DECISIONS
        holders = session.scalars(
            select(Award.person_id).where(Award.state == AwardState.CURRENT)
        ).all()
        assert session.scalar(select(func.count()).select_from(Award)) == DECISIONS
        assert len(set(holders)) == DECISIONS
        states = Counter(session.scalars(select(ScoreDelivery.state)))
    assert set(states) == {DeliveryState.DELIVERED}
    (column,) = school.school.columns_for(link)
    for number, (key, share) in enumerate(works.values()):
        cell: Cell = school.school.cell(column, school.school.person(key))
        assert cell.visible == pytest.approx(float(share * 100), abs=0.01), key
        assert len(cell.comments) == 1, (key, cell.comments)
        assert cell.attempt == (1 if number % 3 == 0 else 0), key


@pytest.fixture
def patient_settings(database_url: str, tmp_path: Path) -> Settings:
    """The real plan with its real number of steps, each made very short."""
    return some_settings(
        database_url,
        tmp_path,
        base_url=f"http://localhost:{free_port()}",
        backoff=tuple(0.2 + 0.2 * wait / max(DEFAULT_BACKOFF) for wait in DEFAULT_BACKOFF),
        sweep_seconds=1,
        http_timeout=0.4,
    )


@pytest.mark.timeout(300)
@pytest.mark.row("T-118", "T-115")
def test_when_the_lms_is_down_for_longer_than_a_day_everything_arrives_afterwards_in_order(
    patient_settings: Settings,
    engine: Engine,
    open_lms: Callable[[Settings], tuple[PracticeLms, Link]],
    tmp_path: Path,
) -> None:
    # Given an LMS that is down, and three people who are graded three times meanwhile
    steps_of_a_day = sum(total <= DAY for total in accumulate(DEFAULT_BACKOFF))
    assert steps_of_a_day < len(DEFAULT_BACKOFF)
    school, link = open_lms(patient_settings)
    down = school.faults.switch_on("all", "down")
    Keyring.open(patient_settings, engine, now())
    with sessions(engine).begin() as session:
        post = settle_in(session, school, link)
        people = [a_learner(session, school, post, number) for number in range(3)]
        session.flush()
        ids = {key: person.id for person, key in people}
        credential_id = post.version.credential.id
    siege = Siege.of(patient_settings, tmp_path, seed=1)
    siege.start()
    try:
        for points in (3, 6, 9):
            with sessions(engine).begin() as session:
                for person_id in ids.values():
                    queue_score(
                        session,
                        person=session.get_one(Person, person_id),
                        credential=session.get_one(Credential, credential_id),
                        score=Points(Decimal(points), Decimal(12)),
                        event=ScoreEvent.DECIDED,
                        comment=f"{points} points",
                        review_id=opaque_id(),
                        attempt=1,
                        started_at=None,
                        submitted_at=None,
                        now=now(),
                    )
            time.sleep(3)
        deadline = time.monotonic() + 120
        while down.met <= steps_of_a_day and time.monotonic() < deadline:
            time.sleep(0.2)
        assert down.met > steps_of_a_day, siege.said()

        # When it is back
        school.faults.switch_off()
        wait_until_all_have_arrived(engine, siege, 60)
    finally:
        siege.stop()

    # Then every cell shows the newest grade, and no older one came after a newer one
    (column,) = school.school.columns_for(link)
    for key in ids:
        cell = school.school.cell(column, school.school.person(key))
        assert cell.visible == 75
        scores = [change.score for change in cell.changes]
        assert scores == sorted(scores, key=float)  # type: ignore[arg-type]
        texts = [comment.text for comment in cell.comments]
        assert len(texts) == len(set(texts))
        assert texts[-1] == "9 points"
    with read_session(engine) as session:
        states = set(session.scalars(select(ScoreDelivery.state)))
    assert states <= {DeliveryState.DELIVERED, DeliveryState.SUPERSEDED}
