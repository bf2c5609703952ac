"""A badge of Ada's with the work it rests on: some to be shown, some that never may be."""

import io
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.badges import awards, chores
from lti_tool.badges.models import Award
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.portfolio.artifacts import take_upload
from lti_tool.portfolio.models import (
    Artifact,
    Enrolment,
    Submission,
    SubmissionState,
)
from lti_tool.programs.models import ArtifactKind, ArtifactRequirement, CredentialVersion
from lti_tool.sharing import evidence, links
from lti_tool.sharing.models import Face, ShareLink
from lti_tool.web.permissions import form_token
from lti_tool.web.session import VISIT_COOKIE, clock
from tests.badges import exhibition
from tests.badges.workshop import results_for
from tests.builders import NOON, a_credential_version
from tests.cast import ada, ivan

FILED = b"Wren, three times, at the hedge."
WORDS = {
    "essay": "What a wren does in the morning.",
    "plan": "How I would lead the whole school.",
    "unchosen": "A first try that I keep to myself.",
    "bias": "Whom I had not seen at first.",
    "video": "A lesson with my class.",
}
"""What each piece says, so that tests can look for it."""


@dataclass
class Showcase:
    """The badge, its pieces by name, and who may look."""

    shown: exhibition.Shown
    pieces: dict[str, str]
    """Public ids."""

    @property
    def path(self) -> str:
        """The badge's own address."""
        return self.shown.path

    def award(self, session: Session) -> Award:
        """The award's row."""
        return self.shown.award(session)

    def choose(self, **faces: Face) -> None:
        """Let Ada choose who sees which piece."""
        wishes = {self.pieces[name]: face for name, face in faces.items()}
        with sessions(self.shown.engine).begin() as session:
            evidence.choose(session, self.award(session), wishes, now=clock())

    def link(self, face: Face, days: int = 30) -> ShareLink:
        """A link of Ada's."""
        with sessions(self.shown.engine).begin() as session:
            link = links.make(
                session,
                self.award(session),
                face=face,
                for_whom="Principal Okafor",
                days=str(days),
                now=clock(),
            )
            session.flush()
            session.expunge(link)
        return link

    def ada(self) -> "Visitor":
        """She comes from her LMS."""
        return Visitor(self.shown.visitor(self.shown.ada), self.path)

    def ivan(self) -> "Visitor":
        """So does Ivan, who must see nothing."""
        return Visitor(self.shown.visitor(self.shown.ivan), self.path)


@dataclass
class Visitor:
    """Somebody signed in, who posts forms as a browser would."""

    client: FlaskClient
    path: str

    def get(self, ending: str) -> TestResponse:
        """A page below the badge's address."""
        return self.client.get(self.path + ending)

    def post(self, ending: str, **fields: str) -> TestResponse:
        """A form of a page of theirs."""
        cookie = self.client.get_cookie(VISIT_COOKIE)
        assert cookie
        headers = {"Cookie": f"{VISIT_COOKIE}={cookie.value}"}
        with self.client.application.test_request_context(headers=headers):
            token = form_token()
        return self.client.post(self.path + ending, data={"form_token": token, **fields})


def showcase(app: Flask, engine: Engine, **limits: object) -> Showcase:
    """A signed, private badge and the approved work it rests on.

    `limits` are what the program says of what badges may tell, such as `allowed=["pass"]`.
    """
    house = app.extensions["cairn"]
    stored = take_upload(
        ArtifactStore(house.settings.evidence_url), io.BytesIO(FILED), "walk.txt", limit=1000
    )
    with sessions(engine).begin() as session:
        version, learner, stranger = _version(limits), ada(), ivan()
        session.add_all([version, learner, stranger])
        session.flush()
        award = awards.award(
            session,
            person=learner,
            credential_version=version,
            results=results_for(version),
            now=clock(),
        )
        part = version.parts[0]
        requirement, filmed, private = (
            one for phase in part.phases for one in phase.tasks[0].requirements
        )
        enrolment = Enrolment(person=learner, credential_version=version, begun_at=NOON)
        work = Submission(
            enrolment=enrolment,
            part=part,
            state=SubmissionState.APPROVED,
            begun_at=NOON,
            decided_at=NOON,
        )
        session.add_all([enrolment, work])

        def piece(name: str, kind: ArtifactKind = ArtifactKind.TEXT, **told: object) -> Artifact:
            made = Artifact(
                submission=work,
                requirement=requirement,
                kind=kind,
                title=f"My {name}",
                text=WORDS.get(name, ""),
                added_at=NOON,
                changed_at=NOON,
            )
            for field, value in told.items():
                setattr(made, field, value)
            session.add(made)
            return made

        made = {
            "essay": piece("essay", criteria=list(part.criteria[:2])),
            "walk": piece(
                "walk",
                ArtifactKind.FILE,
                file_key=stored.key,
                file_name=stored.name,
                media_type=stored.media_type,
                size=stored.size,
                sha256=stored.sha256,
            ),
            "plan": piece("plan"),
            "site": piece("site", ArtifactKind.LINK, url="https://class.example/garden"),
            "unchosen": piece("unchosen"),
            "bias": piece("bias", requirement=private),
            "video": piece("video", requirement=filmed, shows_people=True),
        }
        session.flush()
        pieces = {name: one.public_id for name, one in made.items()}
    chores.sign(JobContext(house.settings, engine, house.keyring), award.id)
    return Showcase(exhibition.Shown(app, engine, award.public_id, learner, stranger), pieces)


def _version(limits: dict[str, object]) -> CredentialVersion:
    """A credential that asks for a film with permissions, and for a reflection it keeps private."""
    version = a_credential_version()
    do = version.parts[0].phases[1].tasks[0]
    ArtifactRequirement(
        task=do,
        slug="bias",
        position=2,
        title="What you had not seen",
        kinds=["text"],
        is_private=True,
    )
    document = version.program_version.document
    if limits:
        document["disclosure"] = limits
    artifacts = [{"slug": "artifact", "consent": True}]
    task = {"slug": "task", "artifacts": artifacts}
    phases = [{"slug": "do", "tasks": [task]}]
    part = {"slug": "part-1", "phases": phases, "rubric": {"criteria": []}}
    document["credentials"] = [{"slug": version.credential.slug, "parts": [part]}]
    return version
