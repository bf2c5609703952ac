"""Somebody with a row in every table that can say something about a person."""

import io
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.credit.models import (
    Circumstances,
    CreditReminder,
    Deadline,
    HoursApproval,
    HoursEntry,
    HoursSource,
    HoursWithdrawal,
    LicenceNumber,
    LicenceTerm,
    LicenceYears,
)
from lti_tool.database import opaque_id
from lti_tool.grades.models import LineItem, ScoreDelivery, ScoreEvent
from lti_tool.launch.models import (
    DeepLinkRequest,
    Deployment,
    DeploymentState,
    LaunchRecord,
    LegacyId,
    LoginAttempt,
    PlatformUser,
    PrivacyRequest,
    Registration,
    ResourceLink,
)
from lti_tool.people.audit import note
from lti_tool.people.models import Course, Person, Visit
from lti_tool.people.roles import Role, Seat
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.portfolio.artifacts import take_upload
from lti_tool.portfolio.models import (
    Artifact,
    Enrolment,
    Feedback,
    Occasion,
    SelfAssessment,
    SelfRating,
    Submission,
    SubmissionState,
)
from lti_tool.programs.models import ArtifactKind, CredentialVersion
from lti_tool.review.models import Assessment, AssessmentState, Decision, Outcome, Rating
from lti_tool.roster.models import Member, Roster, Status
from tests.accounts.pairs import with_everything as two_accounts
from tests.badges.belongings import with_everything as with_badges
from tests.builders import NOON, a_course, a_credential_version, a_membership, an_appointment
from tests.cohorts.belongings import with_everything as in_company
from tests.cohorts.belongings import with_team_work
from tests.portfolio.belongings import with_everything as beside_the_work
from tests.sharing.belongings import behind_a_link
from tests.stacks.quarry import with_everything
from tests.wallets.ties import with_everything as connected

SOON = timedelta(hours=1)
FILE = b"What the rain does to footprints."


@dataclass(frozen=True)
class School:
    """What everybody shares: one LMS, one course, two credentials, judges, and an onlooker."""

    registration: Registration
    deployment: Deployment
    course: Course
    link: ResourceLink
    roster: Roster
    versions: tuple[CredentialVersion, CredentialVersion]
    assessor: Person
    approver: Person
    officer: Person
    store: ArtifactStore


def a_school(session: Session, store: ArtifactStore, *, client_id: str = "tool-9") -> School:
    """The school, without learners."""
    versions = (a_credential_version(parts=2), a_credential_version(title="Listening"))
    for version in versions:
        hours = {"slug": "pd", "title": "Hours", "kind": "cpdu", "amount": 5, "unit": "hour"}
        version.program_version.document |= {"credit": {"choose": "all", "options": [hours]}}
    registration = Registration(
        name="Prairie State LMS",
        issuer="https://other.example.edu",
        client_id=client_id,
        auth_login_url="https://other.example.edu/auth",
        auth_token_url="https://other.example.edu/token",
        jwks_url="https://other.example.edu/jwks",
        created_at=NOON,
    )
    deployment = Deployment(
        registration=registration,
        deployment_id="d-1",
        state=DeploymentState.ACTIVE,
        first_seen_at=NOON,
    )
    course = a_course()
    link = ResourceLink(
        deployment=deployment,
        resource_link_id="link-9",
        course=course,
        seen_at=NOON,
        credential=versions[0].credential,
        program=versions[0].credential.program,
    )
    roster = Roster(deployment=deployment, course=course, next_at=NOON)
    assessor, approver, officer = (
        Person(name=name, email=f"{name.split()[0].lower()}@staff.example", created_at=NOON)
        for name in ("Benedikt Arkwright", "Cleopatra Munroe", "Oliver Officer")
    )
    session.add_all([*versions, link, roster, assessor, approver, officer])
    session.flush()
    return School(
        registration=registration,
        deployment=deployment,
        course=course,
        link=link,
        roster=roster,
        versions=versions,
        assessor=assessor,
        approver=approver,
        officer=officer,
        store=store,
    )


@dataclass(frozen=True)
class Settled:
    """Somebody with everything."""

    person: Person
    sub: str
    shared: Award
    private: Award
    work: Submission
    """Returned, with words and a file."""
    keys: tuple[str, ...]


def settled(session: Session, school: School, name: str) -> Settled:
    """Somebody who learns, judges, launches, was graded and has earned, all at this school."""
    word = name.split(maxsplit=1)[0].lower()
    sub = f"sub-{word}-7f3"
    person = Person(name=name, email=f"{word}@pupil.example", created_at=NOON)
    session.add(person)
    session.flush()
    _known_to_the_lms(session, school, person, sub)
    work, keys = _work(session, school, person)
    _grades(session, school, person, sub, work)
    shared, private = with_badges(session, person, school.versions)
    shared.shared_at = NOON
    behind_a_link(session, shared, work)
    connected(session, person, shared)
    with_everything(session, person, school.versions[0], school.approver)
    _credit(session, school, person)
    in_company(session, person, school.versions[0], school.officer)
    program = school.versions[0].program_version.program
    session.add(an_appointment(person, program, Seat.ASSESSOR))
    note(session, "people.test", "a thing", actor=person, now=NOON, words=f"{name} did it")
    note(session, "people.test", f"person {person.id}", actor=None, now=NOON, reason=sub)
    session.flush()
    return Settled(person, sub, shared, private, work, keys)


def _known_to_the_lms(session: Session, school: School, person: Person, sub: str) -> None:
    registration = school.registration
    account = PlatformUser(registration=registration, sub=sub, person=person, seen_at=NOON)
    session.add_all(
        [
            account,
            LegacyId(
                registration=registration,
                kind="user",
                value=f"old-{sub}",
                person=person,
                noted_at=NOON,
            ),
            a_membership(person, school.course),
            Member(
                roster=school.roster,
                sub=sub,
                name=person.name,
                role=Role.LEARNER,
                status=Status.ACTIVE,
            ),
        ]
    )
    visit, officers = _visit(person, school), _visit(school.officer, school, watched=[person.id])
    session.add_all([visit, officers])
    session.flush()
    two_accounts(session, person, account, school.officer)
    session.add_all(
        [
            LoginAttempt(
                state_digest=opaque_id(),
                nonce_digest=opaque_id(),
                browser_digest=opaque_id(),
                registration=registration,
                parameters={"login_hint": hint},
                created_at=NOON,
                expires_at=NOON + SOON,
                visit_id=visit_id,
            )
            for hint, visit_id in ((sub, None), ("opaque", visit.id))
        ]
    )
    session.add(
        DeepLinkRequest(
            visit_id=visit.id,
            deployment=school.deployment,
            settings={"data": person.name},
            created_at=NOON,
            expires_at=NOON + SOON,
        )
    )
    for by in (visit, officers):
        session.add(
            PrivacyRequest(
                visit_id=by.id,
                registration_id=registration.id,
                person_id=person.id,
                created_at=NOON,
                expires_at=NOON + SOON,
            )
        )
    for code, known in (("accepted", person.id), ("claim-invalid", person.id), ("expired", None)):
        session.add(
            LaunchRecord(
                reference=opaque_id(),
                at=NOON,
                code=code,
                registration_id=registration.id,
                person_id=known,
                compared=[] if code == "accepted" else [["sub", sub, "text"]],
            )
        )


def _visit(person: Person, school: School, *, watched: list[int] | None = None) -> Visit:
    return Visit(
        token_digest=opaque_id(),
        person=person,
        course=school.course,
        role=Role.LEARNER,
        watched=watched or [],
        began_at=NOON,
        expires_at=NOON + SOON,
    )


def _work(session: Session, school: School, person: Person) -> tuple[Submission, tuple[str, ...]]:
    version = school.versions[0]
    words = f"{person.name} wrote this."
    enrolment = Enrolment(person=person, credential_version=version, focus=words, begun_at=NOON)
    rated = SelfAssessment(enrolment=enrolment, occasion=Occasion.BASELINE, begun_at=NOON)
    item = version.items[0]
    rated.ratings.append(SelfRating(self_assessment=rated, item=item, scale="use", value=2))
    first, second = version.parts
    states = (
        (first, 1, SubmissionState.RETURNED),
        (first, 2, SubmissionState.DRAFT),
        (second, 1, SubmissionState.SUBMITTED),
    )
    works = [
        Submission(
            enrolment=enrolment,
            part=part,
            attempt=attempt,
            state=state,
            begun_at=NOON,
            attestation="It is mine.",
            decision_words=words if attempt == 1 else "",
            decided_by=school.approver if state is SubmissionState.RETURNED else None,
        )
        for part, attempt, state in states
    ]
    session.add_all([enrolment, rated, *works])
    stored = take_upload(school.store, io.BytesIO(FILE), f"{person.name}.txt", limit=1000)
    for work in works:
        _artifacts(session, work, words, stored.key, f"{person.name}.txt")
    session.flush()
    beside_the_work(session, enrolment, works[0])
    with_team_work(session, works[0])
    _judged(session, school, works[0], words)
    session.add(Assessment(submission=works[2], assessor=school.assessor, begun_at=NOON))
    _judging(session, school, person)
    session.flush()
    return works[0], (stored.key,)


def _artifacts(session: Session, work: Submission, words: str, key: str, name: str) -> None:
    requirement = work.part.requirements[0]
    session.add(
        Artifact(
            submission=work,
            requirement=requirement,
            kind=ArtifactKind.FILE,
            title=words,
            text=words,
            file_key=key,
            file_name=name,
            media_type="text/plain",
            size=len(FILE),
            sha256="0" * 64,
            added_at=NOON,
            changed_at=NOON,
            criteria=list(work.part.criteria[:1]),
        )
    )


def _judged(session: Session, school: School, work: Submission, words: str) -> None:
    criterion = work.part.criteria[0]
    assessment = Assessment(
        submission=work,
        assessor=school.assessor,
        state=AssessmentState.DECIDED,
        note=words,
        begun_at=NOON,
    )
    assessment.ratings.append(Rating(criterion=criterion, level=criterion.levels[0], comment=words))
    session.add_all(
        [
            assessment,
            Decision(
                assessment=assessment,
                approver=school.approver,
                outcome=Outcome.RETURNED,
                reason=words,
                decided_at=NOON,
            ),
            Feedback(
                submission=work,
                criterion=criterion,
                level=criterion.levels[0],
                comment=words,
                is_met=False,
                released_at=NOON,
            ),
        ]
    )


def _judging(session: Session, school: School, person: Person) -> None:
    """They judge as well: somebody else's work, once begun and once decided."""
    other = Person(name=f"Neighbour {opaque_id()[:4]}", email=None, created_at=NOON)
    version = school.versions[0]
    enrolment = Enrolment(person=other, credential_version=version, begun_at=NOON)
    begun, done = (
        Submission(
            enrolment=enrolment,
            part=part,
            state=state,
            begun_at=NOON,
            decided_by=person if state is SubmissionState.APPROVED else None,
        )
        for part, state in zip(
            version.parts, (SubmissionState.SUBMITTED, SubmissionState.APPROVED), strict=True
        )
    )
    decided = Assessment(
        submission=done, assessor=person, state=AssessmentState.DECIDED, begun_at=NOON
    )
    session.add_all(
        [
            Assessment(submission=begun, assessor=person, begun_at=NOON),
            Decision(
                assessment=decided,
                approver=person,
                outcome=Outcome.APPROVED,
                reason="Clear.",
                decided_at=NOON,
            ),
        ]
    )


def _grades(session: Session, school: School, person: Person, sub: str, work: Submission) -> None:
    column = LineItem(
        resource_link=school.link,
        credential=school.versions[0].credential,
        measure=f"m-{opaque_id()}",
        label="Field journal",
        score_maximum=Decimal(12),
        created_at=NOON,
    )
    session.add(
        ScoreDelivery(
            registration=school.registration,
            line_item=column,
            person=person,
            sub=sub,
            event=ScoreEvent.DECIDED,
            points=Decimal(9),
            points_possible=Decimal(12),
            comment=f"{person.name}: say more",
            review_id=work.public_id,
            last_error=f"{person.name} is not a student",
            created_at=NOON,
        )
    )


def _credit(session: Session, school: School, person: Person) -> None:
    """Hours of theirs that others recorded, and the other way round; what it all counts for."""
    version = school.versions[0]
    other = Person(name=f"Neighbour {opaque_id()[:4]}", email=None, created_at=NOON)
    session.add(other)
    session.flush()
    for whose, by in ((person, school.approver), (person, person), (other, person)):
        entry = HoursEntry(
            person_id=whose.id,
            credential_id=version.credential_id,
            category="",
            hours=Decimal(2),
            done_on=NOON.date(),
            words=f"{whose.name} was there",
            source=HoursSource.SELF,
            recorded_by_id=by.id,
            recorded_at=NOON,
        )
        session.add(entry)
        session.flush()
        approver = person if whose is other else school.approver
        approval = HoursApproval(entry_id=entry.id, approver_id=approver.id, approved_at=NOON)
        session.add(approval)
        session.flush()
        session.add(
            HoursWithdrawal(
                approval_id=approval.id,
                withdrawn_by_id=approver.id,
                withdrawn_at=NOON,
                reason=f"Not {whose.name}",
            )
        )
    session.add_all(
        [
            Circumstances(
                person_id=person.id,
                program_id=version.credential.program_id,
                told_at=NOON,
                region="US-IL",
            ),
            LicenceNumber(person_id=person.id, register="State", sealed=person.name, told_at=NOON),
            LicenceYears(
                person_id=person.id, register="State", kind="cpdu", since=2025, told_at=NOON
            ),
            LicenceTerm(person_id=person.id, register="State", ends_on=NOON.date(), told_at=NOON),
            CreditReminder(
                person_id=person.id,
                deadline=Deadline.CYCLE,
                register="State",
                kind="",
                due_on=NOON.date(),
                words=f"{person.name}, it ends.",
                told_at=NOON,
            ),
        ]
    )
