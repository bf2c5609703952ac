"""A house in which everything that could be stolen is there, and everybody who might try."""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from lti_tool.badges import awards, chores, endorsements, issuing, stack_badges
from lti_tool.badges.models import Award, Badge, Endorsement, Issuing, StackBadge
from lti_tool.connect import invitations
from lti_tool.database import opaque_id, sessions
from lti_tool.grades.models import LineItem, ScoreDelivery, ScoreEvent
from lti_tool.jobs import JobContext
from lti_tool.launch.models import (
    Deployment,
    DeploymentState,
    LaunchRecord,
    Registration,
    ResourceLink,
)
from lti_tool.people import sign_in_links
from lti_tool.people.models import Course, Person, Visit
from lti_tool.people.roles import Role, Seat
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.portfolio.artifacts import take_upload
from lti_tool.portfolio.models import Artifact, Submission
from lti_tool.programs.models import ArtifactKind, CredentialVersion
from lti_tool.sharing import links
from lti_tool.web.permissions import PUBLIC, guard_of
from lti_tool.web.session import clock
from tests.badges.workshop import results_for
from tests.builders import (
    NOON,
    a_course,
    a_credential_version,
    a_membership,
    a_person,
    an_appointment,
)
from tests.cast import ada, ben, cleo, dora, ivan
from tests.holdings.cabinet import a_held_badge
from tests.portfolio.studio import Visitor, begun, enter, handed_in, rated
from tests.wallets.ties import with_everything as connected

WRITTEN = "Between Ada and her judges"
FILED = "Kept apart"
FILE_NAME = "journal-of-ada.txt"
SAID = "We hire whoever works like Ada Ferris."

EVERYBODY = (
    "stranger", "ada", "fay", "ben", "cleo", "dora", "ivan", "ivan-learning", "olga", "vera",
    "administrator",
)  # fmt: skip
"""Ada learns, Fay beside her; Ben assesses, Cleo approves, Dora teaches; Ivan teaches or learns
elsewhere; Olga is an officer of the LMS, Vera a visitor without a role."""


@dataclass
class House:
    """Ada's work, badge and grade; who comes; and the address of each thing."""

    app: Flask
    engine: Engine
    values: dict[str, str]
    visitors: dict[str, Visitor | None]
    people: dict[str, Person]

    def addresses(self) -> Iterator[tuple[Rule, str]]:
        """Every address with each of its methods."""
        for rule in sorted(self.app.url_map.iter_rules(), key=str):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method

    def doors(self, who: str) -> Iterator[tuple[Rule, str]]:
        """The addresses worth trying as somebody: public ones are alike for all but their owner."""
        for rule, method in self.addresses():
            is_public = guard_of(self.app, rule.endpoint) == PUBLIC
            if not is_public or who in ("stranger", "ada", "ivan"):
                yield rule, method

    def path(self, rule: Rule, odd: Mapping[str, str] | None = None) -> str:
        """The address of Ada's things, or with odd words in the places named."""

        def value(found: re.Match[str]) -> str:
            kind, _, name = found[1].rpartition(":")
            if odd and name in odd:
                return quote(odd[name], safe="")
            choice = re.fullmatch(r"any\((\w+).*\)", kind)
            return quote(choice[1] if choice else self._value(rule, name), safe="")

        return re.sub(r"<([^>]+)>", value, rule.rule)

    def _value(self, rule: Rule, name: str) -> str:
        """Ada's own thing; `badges.public_id` is another thing than `portfolio.public_id`."""
        room = rule.endpoint.partition(".")[0]
        return self.values.get(f"{rule.endpoint}.{name}") or self.values.get(
            f"{room}.{name}", self.values.get(name, "x")
        )

    def ask(
        self,
        who: str,
        method: str,
        path: str,
        data: dict[str, Any] | bytes | None = None,
        **given: Any,
    ) -> TestResponse:
        """One request of somebody, with their own form token where a form is sent."""
        visitor = self.visitors[who]
        client = visitor.client if visitor else self.app.test_client()
        if method == "POST" and not isinstance(data, bytes):
            data = {"form_token": visitor.token if visitor else "", **(data or {})}
        given["data"] = data
        answer = client.open(path, method=method, **given)
        answer.get_data()
        answer.close()  # a file that is served stays open until then
        return answer

    def preview(self, who: str) -> None:
        """Somebody's visit turns out to be a test user's, or one of somebody acting as them."""
        visitor = self.visitors[who]
        assert visitor is not None
        with sessions(self.engine).begin() as session:
            session.execute(
                update(Visit)
                .where(Visit.person_id == self.people[who].id)
                .values(is_preview=True, expires_at=clock() + timedelta(hours=1))
            )

    def share(self, *, is_shared: bool) -> None:
        """Let Ada's badges be seen by anybody, or by nobody else."""
        with sessions(self.engine).begin() as session:
            for award in session.scalars(
                select(Badge).where(Badge.person_id == self.people["ada"].id)
            ):
                award.shared_at = clock() if is_shared else None


def furnished(app: Flask, engine: Engine) -> House:
    """The house with all its valuables, committed."""
    with sessions(engine).begin() as session:
        people = {
            "ada": ada(), "ben": ben(), "cleo": cleo(), "dora": dora(), "ivan": ivan(),
            "fay": a_person("Fay Unger"), "olga": a_person("Olga Reis"),
            "vera": a_person("Vera Quist"),
        }  # fmt: skip
        version = a_credential_version(parts=2)
        course, elsewhere = a_course(), a_course("Another district")
        session.add_all([version, course, elsewhere, *people.values()])
        session.flush()
        program = version.program_version.program
        session.add_all(
            [
                a_membership(people["ada"], course),
                a_membership(people["fay"], course),
                a_membership(people["dora"], course, Role.INSTRUCTOR),
                a_membership(people["ivan"], elsewhere, Role.INSTRUCTOR),
                an_appointment(people["ben"], program, Seat.ASSESSOR),
                an_appointment(people["cleo"], program, Seat.APPROVER),
            ]
        )
        work, file = _work(app, session, people["ada"], version)
        award = awards.award(
            session,
            person=people["ada"],
            credential_version=version,
            results=results_for(version),
            now=clock(),
        )
        stack, endorsement, row = _beside(session, award)
        link, other_link, delivery = _grade(session, people["ada"], version, course, elsewhere)
        record = LaunchRecord(
            reference="reference-1",
            at=clock(),
            code="expired",
            registration_id=link.deployment.registration_id,
            person_id=people["ada"].id,
            skew=-3.0,
        )
        session.add(record)
        invitation = invitations.make(
            session,
            app.extensions["cairn"].settings,
            approves_deployments=False,
            actor=None,
            now=clock(),
        ).invitation
        token = sign_in_links.make(session, now=clock())
        administrator = a_person("Tool administrator")
        session.add(administrator)
        session.flush()
        credential = version.credential
        reader = links.make(
            session, award, face="full", for_whom="Principal", days="30", now=clock()
        )
        values = {
            "filename": "cairn.css",
            "slug": program.slug,
            "program": program.slug,
            "credential": credential.slug,
            "credential_slug": credential.slug,
            "credential_id": credential.public_id,
            "person_id": str(people["ada"].id),
            "appointment_id": "1",
            "joined_id": "1",
            "learner_id": str(people["ada"].id),
            "requirement_id": "1",
            "deployment_pk": str(link.deployment.id),
            "delivery_id": str(delivery.id),
            "column_id": str(delivery.line_item_id),
            "record_id": str(record.id),
            "registration_id": str(link.deployment.registration_id),
            "task_id": str(version.parts[1].phases[0].tasks[0].id),
            "part_id": str(version.parts[1].id),
            "public_id": work.public_id,
            "artifact_id": file.public_id,
            "portfolio.artifact.public_id": file.public_id,
            "portfolio.remove.public_id": file.public_id,
            "portfolio.restore.public_id": file.public_id,
            "portfolio.put_artifact.public_id": file.public_id,
            "oversight.artifact.public_id": file.public_id,
            "oversight.file.public_id": file.public_id,
            "badges.public_id": award.public_id,
            "sharing.public_id": award.public_id,
            "sharing.token": reader.token,
            **_held(session, people["ada"]),
            "wallets.public_id": connected(session, people["ada"], award).public_id,
            "link_id": str(reader.id),
            "connect.public_id": invitation.public_id,
            "badges.achievement.public_id": credential.public_id,
            "badges.achievement_file.public_id": credential.public_id,
            "badges.record.public_id": stack.public_id,
            "endorsement_id": endorsement.public_id,
            "issuers.slug": endorsement.issuer.slug,
            "row_id": str(row.id),
            "badges.stack.slug": "ponds",
            "badges.stack_file.slug": "ponds",
            "badges.slug": award.issuer.slug,
            "name": f"{credential.public_id}-v1",
            "number": "1",
            "token": token,
        }
    known = app.extensions["cairn"]
    context = JobContext(known.settings, engine, known.keyring)
    chores.sign_endorsement(context, endorsement.id)
    for badge in (award, stack):
        chores.sign(context, badge.id)

    def come(who: str, role: Role, course: Course, link: ResourceLink | None = None) -> Visitor:
        return enter(app, people[who], role=role, course=course, link=link.id if link else None)

    visitors = {
        "stranger": None,
        "ada": come("ada", Role.LEARNER, course, link),
        "fay": come("fay", Role.LEARNER, course, link),
        "ben": come("ben", Role.INSTRUCTOR, elsewhere),
        "cleo": come("cleo", Role.LEARNER, elsewhere),
        "dora": come("dora", Role.INSTRUCTOR, course, link),
        "ivan": come("ivan", Role.INSTRUCTOR, elsewhere, other_link),
        "ivan-learning": come("ivan", Role.LEARNER, elsewhere, other_link),
        "olga": come("olga", Role.OFFICER, course),
        "vera": come("vera", Role.VISITOR, course),
        "administrator": enter(app, administrator, role=Role.ADMINISTRATOR),
    }
    return House(app, engine, values, visitors, people)


def _work(
    app: Flask, session: Session, learner: Person, version: CredentialVersion
) -> tuple[Submission, Artifact]:
    """The first part handed in with a text and a file; the second a draft."""
    store = ArtifactStore(app.extensions["cairn"].settings.evidence_url)
    stored = take_upload(store, io.BytesIO(FILED.encode()), FILE_NAME, limit=1000)
    work = handed_in(session, rated(session, begun(session, learner, version)))
    work.artifacts[0].text = WRITTEN
    file = Artifact(
        submission=work,
        requirement=work.artifacts[0].requirement,
        kind=ArtifactKind.FILE,
        title="A journal",
        file_key=stored.key,
        file_name=stored.name,
        size=stored.size,
        media_type=stored.media_type,
        sha256=stored.sha256,
        added_at=NOON,
        changed_at=NOON,
    )
    session.add(file)
    session.flush()
    return work, file


def _beside(session: Session, award: Award) -> tuple[StackBadge, Endorsement, Issuing]:
    """A stack that rests on the badge, and what a partner said of it, who issues as well."""
    version = award.credential_version.program_version
    own = award.credential_version.credential.slug
    ponds = {"slug": "ponds", "title": "Ponds", "rule": "all-of", "members": [own]}
    version.document = {**version.document, "stacks": [ponds]}
    stack = stack_badges.award_stack(
        session,
        person=award.person,
        program_version=version,
        stack="ponds",
        public_id=opaque_id(),
        basis=[award.public_id],
        now=clock(),
    )
    profile = issuing.Profile(name="Prairie University", email="badges@uni.example")
    partner = issuing.make(session, "uni", profile, actor=None, now=clock())
    said = endorsements.endorse(
        session,
        award,
        issuer=award.issuer,
        by=partner,
        comment=SAID,
        actor=None,
        now=clock(),
    )
    row = Issuing(issuer=partner, program=version.program, partner="uni", appointed_at=clock())
    session.add(row)
    session.flush()
    return stack, said, row


def _held(session: Session, learner: Person) -> dict[str, str]:
    """A badge of Ada's from elsewhere, by the endpoints that lead to it."""
    held = a_held_badge(learner.id)
    session.add(held)
    session.flush()
    ends = ("held", "held_file", "look_again", "remove_held")
    return {f"sharing.{end}.public_id": held.public_id for end in ends}


def _grade(
    session: Session, learner: Person, version: CredentialVersion, course: Course, elsewhere: Course
) -> tuple[ResourceLink, ResourceLink, ScoreDelivery]:
    """A link in each course, and Ada's score on its way to the first."""
    registration = Registration(
        name="Prairie State LMS",
        issuer="https://lms.example.edu",
        client_id="tool-1",
        auth_login_url="https://lms.example.edu/auth",
        auth_token_url="https://lms.example.edu/token",
        jwks_url="https://lms.example.edu/jwks",
        created_at=NOON,
    )
    deployment = Deployment(
        registration=registration,
        deployment_id="1",
        state=DeploymentState.ACTIVE,
        first_seen_at=NOON,
    )
    links = [
        ResourceLink(
            deployment=deployment,
            resource_link_id=f"link-{place.id}",
            course=place,
            seen_at=NOON,
            title="Field journal",
            program=version.program_version.program,
            credential=version.credential,
        )
        for place in (course, elsewhere)
    ]
    column = LineItem(
        resource_link=links[0],
        credential=version.credential,
        label="Field journal",
        score_maximum=Decimal(12),
        created_at=NOON,
    )
    delivery = ScoreDelivery(
        registration=registration,
        line_item=column,
        person=learner,
        sub="ada-1",
        event=ScoreEvent.DECIDED,
        points=Decimal(9),
        points_possible=Decimal(12),
        review_id="r",
        created_at=NOON,
    )
    session.add_all([*links, delivery])
    session.flush()
    return links[0], links[1], delivery
