"""Anything anybody tries with submitted work, in any order: what is legal happens, nothing else.

A model of a few lines says beforehand whether a step is legal; the rooms must agree, and after
every step what can never be must not be. Runs are drawn at random and shrunk when one fails.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import settings as chosen
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.database import opaque_id, sessions
from lti_tool.errors import Refused
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio import artifacts, attempts, submissions
from lti_tool.portfolio.artifacts import Details
from lti_tool.portfolio.models import Feedback, Submission, SubmissionState
from lti_tool.programs.models import ArtifactKind, CredentialVersion
from lti_tool.review import assessments, decisions, prechecks
from lti_tool.review.assessments import Given
from lti_tool.review.models import Assessment, AssessmentState, Decision, Outcome
from tests.builders import NOON, a_credential_version, a_person, an_appointment
from tests.portfolio.studio import begun, filled, rated

MOST = 2
"""Attempts before the program of these tests asks for a meeting with a coach."""

ASSESSORS, APPROVERS = ("ben", "both"), ("cleo", "both")
SOME_ASSESSOR = st.sampled_from(["ben", "ben", "both", "cleo", "ivan", "learner"])
SOME_APPROVER = st.sampled_from(["cleo", "cleo", "both", "ben", "ivan", "learner"])
Step = TypeVar("Step", bound=Callable[..., Any])
DRAFT, SUBMITTED, ASSESSED, APPROVED = "draft", "submitted", "assessed", "approved"


def sensible(state: str) -> Callable[[Step], Step]:
    """Most steps fit the state, so that runs come far; every fourth may be anything."""
    return precondition(lambda self: self.state in (state, APPROVED) or self.tried % 4 == 0)


class Work(RuleBasedStateMachine):
    """One learner's work on one part, and everybody who wants something of it."""

    engine: Engine
    version_id: int
    people: dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        with sessions(self.engine).begin() as session:
            learner = a_person("Ada")
            session.add(learner)
            version = session.get_one(CredentialVersion, self.version_id)
            for seat in (Seat.ASSESSOR, Seat.APPROVER):  # of one's own work all the same not
                session.add(an_appointment(learner, version.credential.program, seat))
            enrolment = rated(session, begun(session, learner, version))
            filled(session, enrolment)
            session.flush()
            self.enrolment_id = enrolment.id
            self.who = {**self.people, "learner": learner.id}
        self.state, self.attempt = DRAFT, 1
        self.is_complete, self.tried = True, 0
        self.is_opened = self.was_sent_back = self.has_met = False
        self.judge = ""
        self.recommended: list[bool] = []
        self.carried = [False, False]
        self.told: dict[int, Any] = {}

    # ---- how a step is tried ---------------------------------------------------------------------

    def tries(self, is_legal: bool, step: Any) -> bool:
        """Do a step; it must come to pass exactly when the model says so."""
        self.now += timedelta(hours=1)
        self.tried += 1
        try:
            with sessions(self.engine).begin() as session:
                step(session, self.newest(session))
        except Refused:
            assert not is_legal
            return False
        assert is_legal
        return True

    def newest(self, session: Session) -> Submission:
        query = select(Submission).where(Submission.enrolment_id == self.enrolment_id)
        return session.scalars(query.order_by(Submission.attempt.desc()).limit(1)).one()

    def person(self, session: Session, name: str) -> Person:
        return session.get_one(Person, self.who[name])

    def latest(self, session: Session, work: Submission) -> Assessment:
        found = session.scalars(
            select(Assessment)
            .where(Assessment.submission_id == work.id)
            .order_by(Assessment.id.desc())
            .limit(1)
        ).first()
        if found is None:
            raise Refused("Nobody has assessed it.")
        return found

    # ---- the learner -----------------------------------------------------------------------------

    @precondition(lambda self: not self.is_complete or self.tried % 4 == 0)
    @rule(words=st.sampled_from(["Seen once more.", "Seen anew."]))
    def write(self, words: str) -> None:
        def step(session: Session, work: Submission) -> None:
            requirement = work.part.requirements[0]
            tagged = frozenset(
                row.id for row in work.part.criteria if row.slug in requirement.criteria
            )
            artifacts.put(
                session,
                work,
                requirement,
                public_id=opaque_id(),
                kind=ArtifactKind.TEXT,
                details=Details(text=words, criteria=tagged),
                now=self.now,
            )

        with sessions(self.engine)() as session:
            work = self.newest(session)
            first = work.part.requirements[0].id
            has_room = sum(one.requirement_id == first for one in work.kept) < 5
        if self.tries(self.state == DRAFT and has_room, step):
            self.is_complete = True

    @precondition(lambda self: self.tried % 4 == 0)
    @rule()
    def remove_everything_for_the_first_task(self) -> None:
        def step(session: Session, work: Submission) -> None:
            first = work.part.requirements[0].id
            for artifact in [one for one in work.artifacts if one.requirement_id == first]:
                artifacts.remove(session, artifact, now=self.now)

        if self.tries(self.state == DRAFT, step):
            self.is_complete = False

    @sensible(DRAFT)
    @rule(attested=st.sampled_from([True, True, True, False]))
    def submit(self, attested: bool) -> None:
        may = self.attempt <= MOST or self.has_met
        is_legal = self.state == DRAFT and attested and self.is_complete and may
        if self.tries(
            is_legal,
            lambda session, work: submissions.submit(
                session, work, attested=attested, now=self.now
            ),
        ):
            self.state = SUBMITTED

    @precondition(lambda self: self.is_opened or self.tried % 4 == 0)
    @rule()
    def withdraw(self) -> None:
        is_legal = self.state == SUBMITTED and not self.is_opened
        if self.tries(
            is_legal, lambda session, work: submissions.withdraw(session, work, now=self.now)
        ):
            self.state = DRAFT

    # ---- the judges ------------------------------------------------------------------------------

    @sensible(SUBMITTED)
    @rule(name=SOME_ASSESSOR)
    def open_it(self, name: str) -> None:
        is_mine = self.judge == name and not self.recommended
        is_legal = name in ASSESSORS and self.state == SUBMITTED and (is_mine or not self.judge)
        if self.tries(
            is_legal,
            lambda session, work: assessments.begin(
                session, work, assessor=self.person(session, name), now=self.now
            ),
        ):
            self.judge, self.is_opened = name, True

    @precondition(lambda self: self.judge and (self.state == SUBMITTED or self.tried % 4 == 0))
    @rule(levels=st.lists(st.booleans(), min_size=2, max_size=2), comment=st.sampled_from("xyz "))
    def recommend(self, levels: list[bool], comment: str) -> None:
        met = [level or before for level, before in zip(levels, self.carried, strict=True)]
        is_open = self.state == SUBMITTED and not self.recommended
        is_legal = is_open and (all(met) or bool(comment.strip()))

        def step(session: Session, work: Submission) -> None:
            assessment = self.latest(session, work)
            given = {
                criterion.id: Given(3 if level else 1, comment)
                for criterion, level in zip(work.part.criteria, levels, strict=True)
            }
            assessments.rate(assessment, given)
            session.flush()
            assessments.recommend(session, assessment, now=self.now)

        if self.tries(is_legal, step):
            self.state, self.recommended = ASSESSED, met

    @precondition(lambda self: self.tried % 4 == 0)
    @rule(name=SOME_ASSESSOR, words=st.sampled_from(["Turn the sound up.", " "]))
    def give_back_unjudged(self, name: str, words: str) -> None:
        is_free = not self.judge or (self.judge == name and not self.recommended)
        is_legal = (
            name in ASSESSORS
            and self.state == SUBMITTED
            and is_free
            and not self.was_sent_back
            and bool(words.strip())
        )

        def step(session: Session, work: Submission) -> None:
            first = work.part.requirements[0].id
            prechecks.give_back(
                session,
                work,
                assessor=self.person(session, name),
                not_found={first: [0]},
                words={first: words},
                now=self.now,
            )

        if self.tries(is_legal, step):
            self.state, self.judge, self.is_opened = DRAFT, "", False

    def may_decide(self, name: str) -> bool:
        return self.state == ASSESSED and name in APPROVERS and name != self.judge

    @sensible(ASSESSED)
    @rule(name=SOME_APPROVER)
    def approve(self, name: str) -> None:
        def step(session: Session, work: Submission) -> None:
            decisions.approve(
                session,
                self.latest(session, work),
                approver=self.person(session, name),
                base_url="https://cairn.example",
                now=self.now,
            )

        if self.tries(self.may_decide(name) and all(self.recommended), step):
            self.state = APPROVED

    @sensible(ASSESSED)
    @rule(name=SOME_APPROVER)
    def return_it(self, name: str) -> None:
        def step(session: Session, work: Submission) -> None:
            decisions.return_to_learner(
                session,
                self.latest(session, work),
                approver=self.person(session, name),
                reason="",
                now=self.now,
            )

        if self.tries(self.may_decide(name) and not all(self.recommended), step):
            self.carried = self.recommended
            self.state, self.attempt = DRAFT, self.attempt + 1
            self.judge, self.recommended = "", []
            self.is_opened = self.was_sent_back = self.has_met = False

    @precondition(lambda self: self.tried % 4 == 0)
    @rule(name=SOME_APPROVER, reason=st.sampled_from(["Look at page two.", ""]))
    def send_back_to_the_assessor(self, name: str, reason: str) -> None:
        def step(session: Session, work: Submission) -> None:
            decisions.send_back_to_assessor(
                session,
                self.latest(session, work),
                approver=self.person(session, name),
                reason=reason,
                now=self.now,
            )

        if self.tries(self.may_decide(name) and bool(reason), step):
            self.state, self.judge, self.recommended = SUBMITTED, "", []
            self.was_sent_back = True

    @precondition(lambda self: not self.has_met and self.attempt + self.tried % 4 >= MOST)
    @rule()
    def meet_a_coach(self) -> None:
        def step(session: Session, work: Submission) -> None:
            attempts.log_meeting(
                session,
                work.enrolment,
                met_on=self.now.date(),
                words="",
                by=self.person(session, "cleo"),
                now=self.now,
            )

        self.has_met = self.tries(True, step)

    # ---- what can never be -----------------------------------------------------------------------

    @invariant()
    def what_can_never_be_is_not(self) -> None:
        with sessions(self.engine)() as session:
            self.what_is_stored_is_what_the_model_says(session)
            self.at_most_one_assessment_stands(session)
            self.an_award_stands_on_two_deciders_and_on_every_criterion(session)
            self.what_was_told_never_changes(session)

    def what_is_stored_is_what_the_model_says(self, session: Session) -> None:
        rows = session.scalars(
            select(Submission)
            .where(Submission.enrolment_id == self.enrolment_id)
            .order_by(Submission.attempt)
        ).all()
        *before, newest = rows
        assert [row.attempt for row in rows] == list(range(1, self.attempt + 1))
        assert {row.state for row in before} <= {SubmissionState.RETURNED}
        assert newest.state == self.state
        is_draft = self.state == DRAFT
        assert (newest.submitted_at is None) is is_draft
        assert (newest.attestation == "") is is_draft
        assert (newest.opened_at is not None) is self.is_opened

    def at_most_one_assessment_stands(self, session: Session) -> None:
        standing = session.execute(
            select(func.count())
            .select_from(Assessment)
            .join(Assessment.submission)
            .where(
                Submission.enrolment_id == self.enrolment_id,
                Assessment.state != AssessmentState.SENT_BACK,
            )
            .group_by(Assessment.submission_id)
        ).scalars()
        assert all(count == 1 for count in standing)

    def an_award_stands_on_two_deciders_and_on_every_criterion(self, session: Session) -> None:
        awards = session.scalars(select(Award).where(Award.person_id == self.who["learner"])).all()
        assert len(awards) == (self.state == APPROVED)
        if not awards:
            return
        decision = session.scalars(
            select(Decision)
            .join(Decision.assessment)
            .join(Assessment.submission)
            .where(
                Submission.enrolment_id == self.enrolment_id,
                Decision.outcome == Outcome.APPROVED,
            )
        ).one()
        judges = {decision.approver_id, decision.assessment.assessor_id}
        assert len(judges) == 2
        assert self.who["learner"] not in judges
        assert all(one.level and one.level.is_met for one in decision.assessment.ratings)

    def what_was_told_never_changes(self, session: Session) -> None:
        now: dict[int, Any] = {
            row.id: (row.submission_id, row.criterion_id, row.level_id, row.comment)
            for row in session.scalars(
                select(Feedback)
                .join(Feedback.submission)
                .where(Submission.enrolment_id == self.enrolment_id)
            )
        }
        for work in session.scalars(
            select(Submission).where(
                Submission.enrolment_id == self.enrolment_id,
                Submission.state == SubmissionState.RETURNED,
            )
        ):
            # Negative, so that no number of a work is one of a feedback.
            now[-work.id] = sorted((one.title, one.text) for one in work.artifacts)
        assert {key: now[key] for key in self.told} == self.told
        self.told = now


@pytest.mark.row("S6-12", "S6-14", "S2-03", "S3-28")
def test_whatever_is_tried_in_whatever_order_only_what_is_legal_happens(engine: Engine) -> None:
    # Given a program that allows two attempts before a meeting, and judges of every kind
    version = a_credential_version(criteria=2, items=1, title="Anything goes")
    version.program_version.document["deciders"]["attempts"] = {
        "maximum": MOST,
        "then": "coach-meeting",
    }
    program = version.credential.program
    people = {name: a_person(name.title()) for name in ("ben", "cleo", "both", "ivan")}
    seats = [(people[name], Seat.ASSESSOR) for name in ASSESSORS]
    seats += [(people[name], Seat.APPROVER) for name in APPROVERS]
    with sessions(engine).begin() as session:
        session.add_all([version, *people.values()])
        session.add_all(an_appointment(person, program, seat) for person, seat in seats)
        session.flush()
        known: dict[str, Any] = {
            "engine": engine,
            "version_id": version.id,
            "people": {name: person.id for name, person in people.items()},
        }

    # Then the rooms agree with the model on every step of every run
    run(
        type("WorkHere", (Work,), known),
        settings=chosen(max_examples=6, stateful_step_count=35, database=None),
    )
