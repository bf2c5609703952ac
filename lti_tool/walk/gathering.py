"""An open cohort and a team for whoever comes from a practice LMS, so that everybody may begin.

Programs that want company are not begun alone. Here the LMS belongs to a district, and the district
has a door to an open cohort. That it is smaller than the program asks for is excepted, with the
reason that it is for practice.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.cohorts import doors, exceptions, forming, organisations, teams
from lti_tool.cohorts.forming import Facts
from lti_tool.cohorts.models import Cohort, Matter, Organisation, OrganisationKind, Team, TeamKind
from lti_tool.cohorts.rules import TeamRule, cohort_rule, team_rule
from lti_tool.launch.models import Registration
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs import appointments
from lti_tool.programs.catalogue import current_version, find_program, offers
from lti_tool.programs.models import Program, ProgramVersion

OFFICE = "Practice program office"
DISTRICT = "Practice School District"
COHORT = "Practice cohort"
REASON = "To try things out with a practice LMS."


def gather(session: Session, platform: Registration, *, now: datetime) -> None:
    """Open every program that wants company to the people of a platform; again changes nothing."""
    district = session.scalars(
        select(Organisation).where(Organisation.name == DISTRICT)
    ).one_or_none() or organisations.make(
        session, DISTRICT, OrganisationKind.DISTRICT, actor=None, now=now
    )
    organisations.give_platform(session, platform, district, actor=None, now=now)
    for offer in offers(session):
        program = find_program(session, offer.slug)
        version = current_version(session, program)
        team, cohort = team_rule(version.document), cohort_rule(version.document)
        if team.is_required or cohort.is_required:
            _open(session, program, version, district, now=now)


def _open(
    session: Session,
    program: Program,
    version: ProgramVersion,
    district: Organisation,
    *,
    now: datetime,
) -> None:
    team, rule = team_rule(version.document), cohort_rule(version.document)
    known = select(Cohort).where(Cohort.program_id == program.id, Cohort.title == COHORT)
    if session.scalars(known).first() is not None:
        return
    office = _office(session, program, now=now)
    cohort = forming.form(session, program, Facts(COHORT), actor=office, now=now)
    reasons = [Matter.ORGANISATIONS] if rule.organisations else []
    reasons += [Matter.STAFF] if rule.staff else []
    for matter in reasons:
        exceptions.grant(session, program, matter, cohort, reason=REASON, actor=office, now=now)
    forming.open_(session, cohort, version.document, actor=office, now=now)
    together = _team(session, cohort, district, team, office, now=now) if team.is_required else None
    doors.open_door(session, cohort, district, together, actor=office, now=now)


def _team(
    session: Session,
    cohort: Cohort,
    district: Organisation,
    rule: TeamRule,
    office: Person,
    *,
    now: datetime,
) -> Team:
    made = teams.form(
        session,
        cohort.program,
        rule,
        name="Practice team",
        kind=TeamKind.DISTRICT if TeamKind.DISTRICT in rule.kinds else TeamKind.VIRTUAL,
        organisation=district,
        cohort=cohort,
        leader=None,
        actor=office,
        now=now,
    )
    exceptions.grant(
        session, cohort.program, Matter.TEAM_SIZE, made, reason=REASON, actor=office, now=now
    )
    return made


def _office(session: Session, program: Program, *, now: datetime) -> Person:
    office = session.scalars(select(Person).where(Person.name == OFFICE)).first()
    if office is None:
        office = Person(name=OFFICE, created_at=now)
        session.add(office)
        session.flush()
    if not appointments.holds(session, office, program, Seat.ADMIN, now=now):
        appointments.appoint(session, office, program, Seat.ADMIN, until=None, actor=None, now=now)
    return office
