"""A generated program year: as many learners as wanted, written in bulk, in every state.

Rows as the rooms would have left them, without their rules: each learner has a cohort of a hundred,
a school, a self-assessment, one credential in one of seven states, and its artifacts.
"""

import dataclasses
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Column, Dialect, Engine, Table, func, insert, select, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from lti_tool.badges.models import Award, Issuer, StatusList
from lti_tool.cohorts.models import (
    Affiliation,
    Cohort,
    CohortMember,
    CohortState,
    Organisation,
    OrganisationKind,
)
from lti_tool.database import Base, opaque_id, sessions, survey, table_of
from lti_tool.people.models import Course, Membership, Person
from lti_tool.people.roles import Role, Seat
from lti_tool.portfolio.models import (
    Artifact,
    Enrolment,
    Occasion,
    SelfAssessment,
    Submission,
    SubmissionState,
    artifact_criterion,
)
from lti_tool.programs import packages
from lti_tool.programs.models import Appointment, ArtifactKind, CredentialVersion, Part
from lti_tool.programs.publishing import import_package
from lti_tool.review.models import Assessment, AssessmentState

T = TypeVar("T")

NOW = datetime.now(UTC)
IN_A_COHORT = 100
IN_A_SCHOOL = 40
IN_A_DISTRICT = 12
"""Schools."""
CHUNK = 5000
TEXT = "What I saw in the room, and what I concluded from it. " * 12
SAID = "I made this myself, and nobody who is named or shown in it can be recognised. " * 3
STATES = (
    None, "draft", "draft", "submitted", "assessed", "again", "again", "approved", "approved",
    "approved",
)  # fmt: skip
"""One learner in ten has begun nothing, and so on."""
JUDGED = {
    SubmissionState.ASSESSED: AssessmentState.RECOMMENDED,
    SubmissionState.RETURNED: AssessmentState.DECIDED,
    SubmissionState.APPROVED: AssessmentState.DECIDED,
}


@dataclass
class Crowd:
    """A program with so many learners, and who looks at it."""

    engine: Engine
    slug: str
    admin: Person
    judge: Person
    """Everything that waits, waits for him."""
    assessor: Person
    """Who has recommended whatever was assessed."""
    course: Course
    versions: list[CredentialVersion]
    size: int = 0

    @classmethod
    def founded(cls, engine: Engine, package: Path) -> "Crowd":
        """The program, its administrator, and nobody else."""
        with sessions(engine).begin() as session:
            published = import_package(session, packages.read(package), now=NOW)
            admin = Person(name="Pia Norling", email=None, created_at=NOW)
            judge = Person(name="Ben Okafor", email=None, created_at=NOW)
            assessor = Person(name="Nia Solberg", email=None, created_at=NOW)
            course = Course(title="Leading for English learners", created_at=NOW)
            issuer = Issuer(
                slug="bench", name="Bench", email="office@bench.example", created_at=NOW
            )
            session.add_all(
                [
                    admin,
                    judge,
                    assessor,
                    course,
                    StatusList(issuer=issuer, number=1, created_at=NOW, changed_at=NOW),
                    *(
                        Appointment(
                            person=person,
                            program=published.program,
                            seat=seat,
                            appointed_at=NOW - timedelta(days=1),
                        )
                        for person, seat in (
                            (admin, Seat.ADMIN),
                            (judge, Seat.ASSESSOR),
                            (judge, Seat.APPROVER),
                        )
                    ),
                ]
            )
            versions = [one for one in published.credentials if one.can_begin]
            for version in versions:
                for part in version.parts:
                    _touch(part)
            return cls(engine, published.program.slug, admin, judge, assessor, course, versions)

    def grow(self, size: int) -> None:
        """As many learners as that, in all."""
        for numbers in _chunks(range(self.size, size)):
            with sessions(self.engine).begin() as session, _roomy(session):
                self._add(session, numbers)
        self.size = size
        # What happens by itself a while later: in PostgreSQL's own daemon, or a chore at night.
        if self.engine.dialect.name == "postgresql":
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
                line.execute(text("VACUUM (ANALYZE)"))
        else:
            with sessions(self.engine).begin() as session:
                survey(session)
        self.engine.dispose()

    def _add(self, session: Session, numbers: list[int]) -> None:
        program_id = self.versions[0].program_version.program_id
        people = write(
            session,
            Person,
            (
                {
                    "name": f"{FIRST[at % len(FIRST)]} {LAST[at // 7 % len(LAST)]} {at}",
                    "email": f"learner{at}@example.org",
                    "created_at": NOW,
                }
                for at in numbers
            ),
        )
        write(
            session,
            Membership,
            (
                {
                    "person_id": person,
                    "course_id": self.course.id,
                    "role": Role.LEARNER,
                    "seen_at": NOW,
                }
                for person in people
            ),
        )
        schools = self._schools(session, numbers)
        cohorts = self._cohorts(session, numbers, program_id)
        write(
            session,
            Affiliation,
            (
                {"person_id": person, "organisation_id": school, "since": NOW}
                for person, school in zip(people, schools, strict=True)
            ),
        )
        write(
            session,
            CohortMember,
            (
                {
                    "cohort_id": cohort,
                    "person_id": person,
                    "organisation_id": school,
                    "joined_at": NOW,
                }
                for person, school, cohort in zip(people, schools, cohorts, strict=True)
            ),
        )
        self._work(session, numbers, people)

    def _schools(self, session: Session, numbers: list[int]) -> list[int]:
        """A school for each learner; new ones every so many."""
        ids: list[int] = []
        for at in numbers:
            if at % IN_A_SCHOOL and ids:
                ids.append(ids[-1])
                continue
            number = at // IN_A_SCHOOL
            hub = self._organisation(session, "Prairie Hub", OrganisationKind.REGIONAL_OFFICE, None)
            district = self._organisation(
                session, f"District {number // IN_A_DISTRICT}", OrganisationKind.DISTRICT, hub
            )
            school = f"School {number}"
            ids.append(self._organisation(session, school, OrganisationKind.SCHOOL, district))
        return ids

    @staticmethod
    def _organisation(
        session: Session, name: str, kind: OrganisationKind, parent_id: int | None
    ) -> int:
        found = session.scalar(select(Organisation.id).where(Organisation.name == name))
        if found is not None:
            return found
        row = {"name": name, "kind": kind, "parent_id": parent_id, "created_at": NOW}
        return write(session, Organisation, [row])[0]

    @staticmethod
    def _cohorts(session: Session, numbers: list[int], program_id: int) -> list[int]:
        """A cohort for each learner; a new one every hundred."""
        known = dict(session.execute(select(Cohort.title, Cohort.id)).all())
        titles = [f"Cohort {at // IN_A_COHORT}" for at in numbers]
        missing = [title for title in dict.fromkeys(titles) if title not in known]
        made = write(
            session,
            Cohort,
            (
                {
                    "program_id": program_id,
                    "title": title,
                    "state": CohortState.OPEN,
                    "created_at": NOW,
                    "opened_at": NOW,
                }
                for title in missing
            ),
        )
        known |= dict(zip(missing, made, strict=True))
        return [known[title] for title in titles]

    def _work(self, session: Session, numbers: list[int], people: list[int]) -> None:
        begun = [
            (at, person, STATES[at % len(STATES)], self.versions[at % len(self.versions)])
            for at, person in zip(numbers, people, strict=True)
            if STATES[at % len(STATES)]
        ]
        enrolments = write(
            session,
            Enrolment,
            (
                {
                    "person_id": person,
                    "credential_version_id": version.id,
                    "focus": "How we listen.",
                    "begun_at": NOW - timedelta(days=at % 200),
                }
                for at, person, _, version in begun
            ),
        )
        write(
            session,
            SelfAssessment,
            (
                {
                    "enrolment_id": enrolment,
                    "occasion": Occasion.BASELINE,
                    "begun_at": NOW - timedelta(days=at % 200),
                    "completed_at": NOW - timedelta(days=at % 200),
                }
                for (at, *_), enrolment in zip(begun, enrolments, strict=True)
            ),
        )
        rows = [
            (part, row)
            for (at, _, state, version), enrolment in zip(begun, enrolments, strict=True)
            for part in version.parts
            for row in _attempts(at, str(state), enrolment, part)
        ]
        works = write(session, Submission, (row for _, row in rows))
        given = [
            (requirement, work, row["begun_at"])
            for (part, row), work in zip(rows, works, strict=True)
            for requirement in part.requirements
        ]
        write(
            session,
            Assessment,
            (
                {
                    "submission_id": work,
                    "assessor_id": self.assessor.id,
                    "state": JUDGED[row["state"]],
                    "note": SAID,
                    "begun_at": row["begun_at"],
                    "recommended_at": row["begun_at"],
                }
                for (_, row), work in zip(rows, works, strict=True)
                if row["state"] in JUDGED
            ),
        )
        made = write(
            session,
            Artifact,
            (
                {
                    "submission_id": work,
                    "requirement_id": requirement.id,
                    "kind": ArtifactKind.TEXT,
                    "title": requirement.title[:255],
                    "text": TEXT,
                    "added_at": at,
                    "changed_at": at,
                }
                for requirement, work, at in given
            ),
        )
        tags = [
            {"artifact_id": artifact, "criterion_id": requirement.task.phase.part.criteria[0].id}
            for artifact, (requirement, _, _) in zip(made, given, strict=True)
        ]
        for some in _chunks(tags):
            _put(session, artifact_criterion, some)
        self._awards(session, begun)

    def _awards(self, session: Session, begun: list[Any]) -> None:
        first = session.scalar(select(func.count()).select_from(Award)) or 0
        issuer = session.scalars(select(Issuer).where(Issuer.slug == "bench")).one()
        places = session.scalars(select(StatusList).where(StatusList.issuer_id == issuer.id)).one()
        earned = [one for one in begun if one[2] == "approved"]
        write(
            session,
            Award,
            (
                {
                    "person_id": person,
                    "credential_id": version.credential_id,
                    "credential_version_id": version.id,
                    "issuer_id": issuer.id,
                    "issued_at": NOW - timedelta(days=at % 100),
                    "recipient_name": "Learner",
                    "recipient_salt": "salt",
                    "recipient_identity": f"learner{at}@example.org",
                    "results": [],
                    "status_list_id": places.id,
                    "status_index": first + place,
                }
                for place, (at, person, _, version) in enumerate(earned)
            ),
        )


@contextmanager
def _roomy(session: Session) -> Iterator[None]:
    """Room in memory for SQLite's indexes while they are written at random places."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    line = session.connection()
    before = line.execute(text("PRAGMA cache_size")).scalar_one()
    line.execute(text("PRAGMA cache_size = -400000"))  # kibibytes
    yield
    line.execute(text(f"PRAGMA cache_size = {before}"))


def _touch(part: Part) -> None:
    """Load what is read after the session is closed."""
    assert all(one.task.phase.part.criteria for one in part.requirements)


def _attempts(at: int, state: str, enrolment: int, part: Part) -> Iterator[dict[str, Any]]:
    """The attempts that lead to a state."""
    begun = NOW - timedelta(days=at % 200)
    row: dict[str, Any] = {
        "enrolment_id": enrolment,
        "part_id": part.id,
        "begun_at": begun,
        "submitted_at": None if state == "draft" else begun,
        "decided_at": begun if state in ("again", "approved") else None,
        "goal": SAID,
        "attestation": "" if state == "draft" else SAID,
        "decision_words": SAID if state in ("again", "approved") else "",
    }
    if state == "again":
        yield row | {"attempt": 1, "state": SubmissionState.RETURNED}
        yield row | {
            "attempt": 2,
            "state": SubmissionState.DRAFT,
            "submitted_at": None,
            "decided_at": None,
            "attestation": "",
            "decision_words": "",
        }
    else:
        yield row | {"attempt": 1, "state": SubmissionState(state)}


def write(session: Session, kind: type[Base], rows: Iterable[dict[str, Any]]) -> list[int]:
    """Many rows at once, with what their class makes by itself; their ids in order.

    Nobody else writes, so that ids need not be asked back, which would take most of the time.
    """
    table = table_of(kind)
    made = {
        one.name: _quick_id if one.default_factory is opaque_id else one.default_factory
        for one in dataclasses.fields(kind)
        if one.name in table.columns and one.default_factory is not dataclasses.MISSING
    }
    taken = session.scalar(select(func.max(table.c.id))) or 0
    first = taken + 1
    for some in _chunks(rows):
        whole = [
            {"id": at} | {name: make() for name, make in made.items()} | row
            for at, row in enumerate(some, taken + 1)
        ]
        _put(session, table, whole)
        taken += len(whole)
    if session.get_bind().dialect.name == "postgresql" and taken >= first:
        session.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), taken)))
    return list(range(first, taken + 1))


def _put(session: Session, table: Table, rows: list[dict[str, Any]]) -> None:
    """All rows in one go: one prepared statement on SQLite, COPY on PostgreSQL."""
    line = session.connection()
    if line.dialect.name != "postgresql":
        line.execute(insert(table), rows)
        return
    columns = [(one.name, _bound(one, line.dialect), _default(one)) for one in table.columns]
    names = ", ".join(name for name, *_ in columns)
    driver = line.connection.driver_connection
    assert driver is not None
    with driver.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([bound(row.get(name, default)) for name, bound, default in columns])


def _bound(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any]:
    """How a value of a column is handed to the driver."""
    return column.type.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)


def _default(column: Column[Any]) -> Any:
    return column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None


def _quick_id() -> str:
    """Spread like the ids the house makes, and made ten times as fast."""
    return secrets.token_hex(11)


def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    whole = iter(rows)
    while some := list(islice(whole, CHUNK)):
        yield some


FIRST = (
    "Ada", "Bela", "Chandra", "Dilek", "Emre", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kofi",
    "Lena", "Malik", "Noor", "Olu", "Pavel", "Quinn", "Rosa", "Sefa", "Tomas", "Uma", "Vera",
    "Wanda", "Ximena", "Yusuf", "Zoe",
)  # fmt: skip
LAST = (
    "Abara", "Berg", "Costa", "Dubois", "Eriksen", "Flores", "Garcia", "Haddad", "Ito", "Jansen",
    "Kovac", "Lopez", "Marsh", "Nowak", "Okoro", "Petrov", "Quist", "Roth", "Silva", "Tran",
)  # fmt: skip
