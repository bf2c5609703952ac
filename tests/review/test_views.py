"""The judges' pages: who may open what, and what a form does."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.database import sessions
from lti_tool.people.models import Person
from lti_tool.people.roles import Role, Seat
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.portfolio.artifacts import take_upload
from lti_tool.portfolio.models import Submission, SubmissionState
from lti_tool.programs.models import ArtifactKind
from lti_tool.review.models import Assessment, AssessmentState
from tests.builders import a_course, a_membership
from tests.cast import ada, ben, cleo, dora, ivan
from tests.counting import Counted
from tests.portfolio.studio import Visitor, enter
from tests.review.works import appointed, submitted


class Scene:
    """Ada's submitted work, its judges, her instructor and a stranger."""

    def __init__(self, app: Flask, engine: Engine) -> None:
        with sessions(engine).begin() as session:
            self.work = submitted(session, ada())
            self.ada = self.work.enrolment.person
            self.ben = appointed(session, self.work, ben(), Seat.ASSESSOR)
            self.cleo = appointed(session, self.work, cleo(), Seat.APPROVER)
            self.dora, self.ivan = dora(), ivan()
            self.course, self.elsewhere = a_course(), a_course("Elsewhere")
            session.add_all(
                [
                    a_membership(self.ada, self.course),
                    a_membership(self.dora, self.course, Role.INSTRUCTOR),
                    a_membership(self.ivan, self.elsewhere),
                ]
            )
            self.levels = {
                criterion.id: len(criterion.levels) for criterion in self.work.part.criteria
            }
        self.app = app
        self.engine = engine
        self.path = f"/review/{self.work.public_id}"

    def enter(self, person: Person, role: Role = Role.INSTRUCTOR) -> Visitor:
        """Somebody comes in from their course."""
        course = self.elsewhere if person is self.ivan else self.course
        return enter(self.app, person, role=role, course=course)

    def ratings(self, level: int, comment: str = "") -> dict[str, str]:
        """The desk's form with one level for every criterion."""
        return {f"level-{key}": str(level) for key in self.levels} | {
            f"comment-{key}": comment for key in self.levels
        }

    def recommend(self, level: int = 3, comment: str = "") -> None:
        """Ben assesses and recommends."""
        judge = self.enter(self.ben)
        judge.post(f"{self.path}/begin")
        answer = judge.post(
            f"{self.path}/ratings", self.ratings(level, comment) | {"then": "recommend"}
        )
        assert answer.status_code == 303

    def state(self) -> SubmissionState:
        """Where the work stands in the database."""
        with Session(self.engine) as session:
            return session.scalars(
                select(Submission.state).where(Submission.id == self.work.id)
            ).one()


@pytest.fixture
def scene(app: Flask, engine: Engine) -> Scene:
    """Ada's work waits for its judges."""
    return Scene(app, engine)


@pytest.mark.row("S4-16")
def test_after_a_judgement_the_queue_says_which_credential_to_go_on_with(scene: Scene) -> None:
    scene.recommend()
    approver = scene.enter(scene.cleo)

    answer = approver.post(f"{scene.path}/decision", {"outcome": "approved"})

    credential = scene.work.enrolment.credential_version.credential
    assert answer.location == f"/review/?after={credential.public_id}"


def test_the_queue_shows_the_assessor_what_waits_and_refuses_a_stranger(scene: Scene) -> None:
    shown = scene.enter(scene.ben).get("/review/")
    assert shown.status_code == 200
    assert scene.path in shown.text

    assert scene.enter(scene.ivan, Role.LEARNER).get("/review/").status_code == 403
    assert scene.app.test_client().get("/review/").status_code == 401


@pytest.mark.row("T-134")
def test_another_learner_never_opens_the_work(scene: Scene) -> None:
    stranger = scene.enter(scene.ivan, Role.LEARNER)

    assert stranger.get(scene.path).status_code == 403
    for ending in ("begin", "ratings", "decision"):
        assert stranger.post(f"{scene.path}/{ending}", {"outcome": "approved"}).status_code == 403
    assert scene.state() is SubmissionState.SUBMITTED


@pytest.mark.row("T-134")
def test_the_owner_is_led_to_their_own_page_and_the_instructor_may_read(scene: Scene) -> None:
    own = scene.enter(scene.ada, Role.LEARNER).get(scene.path)
    assert own.status_code == 303
    assert own.headers["Location"].endswith(f"/portfolio/submissions/{scene.work.public_id}")

    assert scene.enter(scene.dora).get(scene.path).status_code == 200
    other = enter(scene.app, scene.dora, role=Role.INSTRUCTOR, course=scene.elsewhere)
    assert other.get(scene.path).status_code == 403


def test_ratings_are_kept_although_the_recommendation_is_refused(scene: Scene) -> None:
    judge = scene.enter(scene.ben)
    judge.post(f"{scene.path}/begin")
    first = next(iter(scene.levels))

    answer = judge.post(
        f"{scene.path}/ratings",
        {f"level-{first}": "2", f"comment-{first}": "", "note": "Look twice.", "then": "recommend"},
    )

    assert answer.status_code == 422
    assert "Say what is missing" in answer.text
    assert "Choose a level" in answer.text
    kept = judge.get(scene.path).text
    assert "Look twice." in kept
    assert ">1</span> of 3" in kept


def test_a_script_saves_quietly(scene: Scene) -> None:
    judge = scene.enter(scene.ben)
    judge.post(f"{scene.path}/begin")

    answer = judge.post(f"{scene.path}/ratings", scene.ratings(3), headers={"X-Quiet": "1"})

    assert answer.status_code == 204
    assert ">3</span> of 3" in judge.get(scene.path).text


def test_the_approver_approves_and_the_badge_is_awarded(scene: Scene) -> None:
    scene.recommend()
    approver = scene.enter(scene.cleo)
    assert "Approve" in approver.get(scene.path).text

    answer = approver.post(f"{scene.path}/decision", {"outcome": "approved"})

    assert answer.status_code == 303
    assert scene.state() is SubmissionState.APPROVED
    with Session(scene.engine) as session:
        assert session.scalars(select(Award.person_id)).all() == [scene.ada.id]


def test_the_assessor_cannot_decide_by_sending_the_form_themselves(scene: Scene) -> None:
    scene.recommend()

    answer = scene.enter(scene.ben).post(f"{scene.path}/decision", {"outcome": "approved"})

    assert answer.status_code == 403
    assert scene.state() is SubmissionState.ASSESSED


def test_the_approver_returns_unmet_work_and_cannot_approve_it(scene: Scene) -> None:
    scene.recommend(level=2, comment="Add the dates.")
    approver = scene.enter(scene.cleo)
    assert approver.post(f"{scene.path}/decision", {"outcome": "approved"}).status_code == 409

    answer = approver.post(f"{scene.path}/decision", {"outcome": "returned", "reason": "Nearly."})

    assert answer.status_code == 303
    assert scene.state() is SubmissionState.RETURNED


def test_sending_back_needs_a_word_and_gives_the_work_to_the_assessor_again(scene: Scene) -> None:
    scene.recommend()
    approver = scene.enter(scene.cleo)
    empty = approver.post(f"{scene.path}/decision", {"outcome": "sent-back"})
    assert empty.status_code == 422

    approver.post(
        f"{scene.path}/decision", {"outcome": "sent-back", "reason": "Look at the third."}
    )

    assert "Look at the third." in scene.enter(scene.ben).get(scene.path).text
    with Session(scene.engine) as session:
        assert session.scalars(select(Assessment.state)).all() == [AssessmentState.SENT_BACK]


def test_judges_download_files_as_attachments_and_strangers_do_not(scene: Scene) -> None:
    store = ArtifactStore(scene.app.extensions["cairn"].settings.evidence_url)
    stored = take_upload(store, io.BytesIO(b"Notes of the team."), "notes.txt", limit=1_000_000)
    with sessions(scene.engine).begin() as session:
        artifact = session.merge(scene.work).artifacts[0]
        artifact.kind = ArtifactKind.FILE
        artifact.file_key, artifact.file_name = stored.key, stored.name
        artifact.media_type, artifact.size = stored.media_type, stored.size
        path = f"{scene.path}/artifacts/{artifact.public_id}"

    answer = scene.enter(scene.ben).get(path)
    assert (answer.status_code, answer.data) == (200, b"Notes of the team.")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert scene.enter(scene.ivan, Role.LEARNER).get(path).status_code == 403


@pytest.mark.parametrize("standing", ["assess", "decide", "read"])
def test_a_piece_of_work_is_shown_with_a_constant_number_of_queries(
    scene: Scene, standing: str
) -> None:
    if standing != "assess":
        scene.recommend()
    judge = scene.enter({"assess": scene.ben, "decide": scene.cleo, "read": scene.dora}[standing])
    engine = scene.app.extensions["cairn"].engine
    count: Callable[[], int] = lambda: _count(engine, judge, scene.path)  # noqa: E731
    count()  # the first connection asks the database who it is
    before = count()
    with sessions(scene.engine).begin() as session:
        work = session.get_one(Submission, scene.work.id)
        for artifact in list(work.artifacts):
            for number in range(5):
                session.add(_another(artifact, number))

    assert count() == before


def _count(engine: Engine, judge: Visitor, path: str) -> int:
    with Counted(engine) as counted:
        assert judge.get(path).status_code == 200
    return len(counted)


def _another(artifact: object, number: int) -> object:
    from lti_tool.portfolio.models import Artifact

    assert isinstance(artifact, Artifact)
    return Artifact(
        submission=artifact.submission,
        requirement=artifact.requirement,
        kind=ArtifactKind.TEXT,
        title=f"More {number}",
        text="More.",
        added_at=artifact.added_at,
        changed_at=artifact.changed_at,
        criteria=list(artifact.criteria),
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.row("S6-14")
def test_who_judges_again_sees_what_they_gave_last_time_and_chooses_anew(scene: Scene) -> None:
    # Given Ben's "not yet" on everything but the first, returned and handed in again
    judge = scene.enter(scene.ben)
    first, second, *_ = scene.levels
    judge.post(f"{scene.path}/begin")
    given = scene.ratings(2, "Add the dates.") | {f"level-{first}": "3"}
    judge.post(f"{scene.path}/ratings", given | {"then": "recommend"})
    scene.enter(scene.cleo).post(f"{scene.path}/decision", {"outcome": "returned"})
    with sessions(scene.engine).begin() as session:
        again = session.scalars(select(Submission).where(Submission.attempt == 2)).one()
        again.state, again.submitted_at = SubmissionState.SUBMITTED, again.begun_at
        path = f"/review/{again.public_id}"
        other = appointed(session, again, dora(), Seat.ASSESSOR)

    # When he opens it, and when a colleague does
    elsewhere = scene.enter(other).get(path).text
    judge.post(f"{path}/begin")
    desk = judge.get(path).text

    # Then his own words stand beside the criteria that are judged anew, and nothing is chosen
    assert desk.count("You gave this last time:") == len(scene.levels) - 1
    of_second = desk[desk.index(f'id="criterion-{second}"') :]
    of_second = of_second[: of_second.index("</fieldset>")]
    assert "Developing</strong>" in of_second
    assert "Add the dates.</blockquote>" in of_second
    assert "checked" not in desk[desk.index('class="ratings"') :]
    assert "You gave this" not in elsewhere
    # And a colleague who takes over finds nothing of it
    with sessions(scene.engine).begin() as session:
        session.scalars(
            select(Assessment).where(Assessment.submission_id == again.id)
        ).one().assessor = session.get_one(Person, other.id)
    assert "You gave this" not in scene.enter(other).get(path).text
