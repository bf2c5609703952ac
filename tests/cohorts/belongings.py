"""All that teams and cohorts may keep of one person, for the room of privacy."""

from datetime import date

from sqlalchemy.orm import Session

from lti_tool.cohorts.models import (
    Affiliation,
    Coaching,
    CoachingEntry,
    Cohort,
    CohortMember,
    CohortStaff,
    DeclaredConflict,
    DraftShare,
    Matter,
    Organisation,
    OrganisationKind,
    RuleException,
    StaffSeat,
    SupervisorWish,
    Team,
    TeamKind,
    TeamMember,
    WentOn,
)
from lti_tool.people.models import Person
from lti_tool.portfolio.models import Submission, TeamWork
from lti_tool.programs.models import CredentialVersion
from tests.builders import NOON


def with_everything(
    session: Session, person: Person, version: CredentialVersion, other: Person
) -> None:
    """A place in a team and a cohort, coaching given and had, wishes, words and exceptions."""
    words = f"{person.name} said so."
    program, credential = version.program_version.program, version.credential
    school = Organisation(name="North School", kind=OrganisationKind.SCHOOL, created_at=NOON)
    cohort = Cohort(program=program, title="Fall", created_at=NOON)
    team = Team(program=program, name="Larks", kind=TeamKind.VIRTUAL, formed_at=NOON)

    def met(coach: Person, learner: Person, note: str) -> CoachingEntry:
        return CoachingEntry(
            cohort=cohort,
            coach=coach,
            learner=learner,
            credential=credential,
            phase="do",
            kind=Coaching.ONE_TO_ONE,
            met_on=date(2026, 11, 2),
            note=note,
            written_at=NOON,
        )

    def excepted(whom: Person, by: Person, reason: str) -> RuleException:
        return RuleException(
            program=program,
            matter=Matter.PACE,
            person=whom,
            reason=reason,
            granted_by=by,
            granted_at=NOON,
        )

    session.add_all(
        [
            Affiliation(person=person, organisation=school, since=NOON),
            TeamMember(team=team, person=person, joined_at=NOON),
            CohortMember(cohort=cohort, person=person, organisation=school, joined_at=NOON),
            CohortStaff(cohort=cohort, person=person, seat=StaffSeat.COACH, placed_at=NOON),
            met(other, person, words),
            met(person, other, "Ask two families."),
            excepted(person, other, words),
            excepted(other, person, "On leave."),
            WentOn(person=person, credential_version=version, rule="two", count=3, at=NOON),
            DraftShare(person=person, credential=credential, shared_at=NOON),
            SupervisorWish(
                person=person,
                credential=credential,
                name=words,
                email="boss@school.example",
                asked_at=NOON,
            ),
            DeclaredConflict(judge=other, learner=person, declared_by=person, declared_at=NOON),
            DeclaredConflict(judge=person, learner=other, declared_by=other, declared_at=NOON),
        ]
    )
    session.flush()


def with_team_work(session: Session, work: Submission) -> None:
    """One artifact of a work that a team made together."""
    words = f"{work.enrolment.person.name} typed it."
    program = work.enrolment.credential_version.program_version.program
    team = Team(program=program, name="Wrens", kind=TeamKind.VIRTUAL, formed_at=NOON)
    session.add(
        TeamWork(artifact=work.artifacts[0], team=team, contribution=words, written_at=NOON)
    )
    session.flush()
