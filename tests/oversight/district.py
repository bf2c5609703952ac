"""A program under way: a cohort with a team, people in every state, and who looks after them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import awards
from lti_tool.cohorts import forming
from lti_tool.cohorts.models import Cohort, Team
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio.models import Enrolment, Submission
from lti_tool.programs.models import CredentialVersion, Program
from tests.badges.workshop import results_for
from tests.builders import NOON, an_appointment
from tests.cast import ada, ben, cleo, ivan
from tests.cohorts.gathering import (
    COHORTS,
    TEAMS,
    a_cohort,
    a_program_with,
    a_team,
    an_admin,
    people,
    staffed,
)
from tests.portfolio.studio import begun, decided, drafts_of, filled, handed_in, rated

ROLES = {
    "text": "Teachers and leaders.",
    "roles": [
        {"slug": "teacher", "title": "Teacher"},
        {"slug": "leader", "title": "School leader"},
    ],
}


@dataclass
class District:
    """One program, its administrator Pia, a cohort with a coach, and Ada in a team of it."""

    session: Session
    versions: list[CredentialVersion] = field(default_factory=list)

    def __post_init__(self) -> None:
        session = self.session
        self.versions = a_program_with(
            session,
            credentials=2,
            team={**TEAMS, "enforcement": "advice", "required": False},
            cohort={**COHORTS, "enforcement": "advice"},
            audience=ROLES,
            coaching={"kinds": ["one-to-one", "cohort"]},
            deciders={
                "assessors": 1, "approver": True, "distinct": True, "appointed": True,
                "turnaround_days": 5, "attempts": {"maximum": 1, "then": "coach-meeting"},
            },
        )  # fmt: skip
        self.pia = an_admin(session, self.version)
        self.ada, self.ben, self.cleo, self.ivan = ada(), ben(), cleo(), ivan()
        session.add_all([self.ada, self.ben, self.cleo, self.ivan])
        session.add(an_appointment(self.ben, self.program, Seat.ASSESSOR))
        session.add(an_appointment(self.cleo, self.program, Seat.APPROVER))
        session.flush()
        self.cohort: Cohort = a_cohort(session, self.version, self.pia)
        self.staff = staffed(session, self.cohort, self.pia)
        self.coach = self.staff["coach-office"]
        self.mates = people(session, 3, "Mate")
        self.team: Team = a_team(
            session, self.version, self.pia, [self.ada, *self.mates], cohort=self.cohort
        )

    @property
    def version(self) -> CredentialVersion:
        """The first credential."""
        return self.versions[0]

    @property
    def program(self) -> Program:
        """The program."""
        return self.version.program_version.program

    def begins(self, person: Person, *, at: datetime = NOON) -> Enrolment:
        """Somebody begins the first credential."""
        enrolment = rated(self.session, begun(self.session, person, self.version))
        for work in drafts_of(self.session, enrolment):
            work.begun_at = at
        return enrolment

    def draws(self, person: Person) -> Submission:
        """Somebody fills a draft and keeps it."""
        return filled(self.session, self.begins(person))

    def submits(self, person: Person) -> Submission:
        """Somebody hands the first credential in."""
        return handed_in(self.session, self.begins(person))

    def returns(self, person: Person) -> Submission:
        """Somebody's work comes back; answers the new draft."""
        draft = decided(self.session, self.submits(person), self.cleo, unmet=1)
        assert draft is not None
        return draft

    def works_of(self, person: Person) -> list[Submission]:
        """Every attempt of somebody, the oldest first."""
        return list(
            self.session.scalars(
                select(Submission)
                .join(Submission.enrolment)
                .where(Enrolment.person_id == person.id)
                .order_by(Submission.attempt)
            )
        )

    def earns(self, person: Person) -> None:
        """Somebody earns the first credential."""
        decided(self.session, self.submits(person), self.cleo)
        awards.award(
            self.session,
            person=person,
            credential_version=self.version,
            results=results_for(self.version),
            now=NOON,
        )

    def other_cohort(self) -> Cohort:
        """Another cohort of the program, with a team and nobody Ada's coach knows."""
        cohort = a_cohort(self.session, self.version, self.pia, "Spring")
        a_team(
            self.session,
            self.version,
            self.pia,
            people(self.session, 4, "Other"),
            name="Wrens",
            cohort=cohort,
        )
        return cohort

    def crowd(self, count: int, word: str = "Many") -> list[Person]:
        """So many people who join the cohort without a team and begin."""
        made = people(self.session, count, word)
        for person in made:
            forming.join(self.session, self.cohort, person, now=NOON)
            self.draws(person)
        return made


LATER = NOON + timedelta(days=40)
"""When everything of noon has lain still for long."""
