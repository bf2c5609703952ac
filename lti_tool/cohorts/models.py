"""Rows: organisations, cohorts and their staff, teams, exceptions, coaching, conflicts.

What a program asks of teams and cohorts stands in its package; here stands who is in them.
"""

import enum
import secrets
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, LongText, opaque_id, word
from lti_tool.launch.models import Registration
from lti_tool.people.models import Course, Person
from lti_tool.programs.models import Credential, CredentialVersion, Program

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters of an invitation code: none that is read as another."""


def short_code() -> str:
    """Eight letters (40 bits) that can be said over the telephone."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(8))


class OrganisationKind(enum.StrEnum):
    """What kind of organisation it is: the words of the package format (S1-03)."""

    REGIONAL_OFFICE = "regional-office"
    SERVICE_CENTER = "service-center"
    DISTRICT = "district"
    SCHOOL = "school"
    UNIVERSITY = "university"
    DEPARTMENT = "department"
    ASSOCIATION = "association"
    COALITION = "coalition"
    FOUNDATION = "foundation"
    AGENCY = "agency"
    VENDOR = "vendor"


class Organisation(Base):
    """A school, a district, a regional office: whatever people come from or a course belongs to."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    name: Mapped[str]
    kind: Mapped[OrganisationKind] = mapped_column(word(OrganisationKind))
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id"), init=False, index=True
    )
    parent: Mapped["Organisation | None"] = relationship(
        remote_side="Organisation.id", default=None, repr=False
    )
    """A school's district, a district's regional office or hub (S2-08)."""
    created_at: Mapped[datetime]
    register_name: Mapped[str | None] = mapped_column(default=None)
    """Where it is registered as a provider, such as a state's list of providers (S7-09)."""
    register_number: Mapped[str | None] = mapped_column(default=None)
    """Its number there."""
    registered_until: Mapped[date | None] = mapped_column(default=None)
    """The last day on which the registration holds."""


class Belonging(Base):
    """That a platform or a course belongs to an organisation, and with it who comes from there."""

    __tablename__ = "belonging"
    __table_args__ = (
        CheckConstraint(
            "(registration_id IS NULL) <> (course_id IS NULL)", name="platform_or_course"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), init=False)
    organisation: Mapped[Organisation] = relationship(repr=False)
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), init=False, unique=True
    )
    registration: Mapped[Registration | None] = relationship(default=None, repr=False)
    course_id: Mapped[int | None] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), init=False, unique=True
    )
    course: Mapped[Course | None] = relationship(default=None, repr=False)
    since: Mapped[datetime]


class Affiliation(Base):
    """That a person is of an organisation, beside what their platform and course say."""

    __tablename__ = "affiliation"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False)
    person: Mapped[Person] = relationship(repr=False)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id"), init=False, index=True
    )
    organisation: Mapped[Organisation] = relationship(repr=False)
    since: Mapped[datetime]


class CohortState(enum.StrEnum):
    """Where a cohort stands (S3-36)."""

    FORMING = "forming"
    OPEN = "open"
    CLOSED = "closed"


class Delivery(enum.StrEnum):
    """How a cohort meets (S1-02)."""

    ONLINE = "online"
    IN_PERSON = "in-person"
    BLENDED = "blended"


class Cohort(Base):
    """A group that goes through a program together, offered by one organisation (S1-03, S3-36)."""

    __tablename__ = "cohort"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), init=False, index=True)
    program: Mapped[Program] = relationship(repr=False)
    title: Mapped[str]
    state: Mapped[CohortState] = mapped_column(word(CohortState), default=CohortState.FORMING)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), init=False)
    provider: Mapped[Organisation | None] = relationship(default=None, repr=False)
    delivery: Mapped[Delivery | None] = mapped_column(word(Delivery), default=None)
    begins_on: Mapped[date | None] = mapped_column(default=None)
    ends_on: Mapped[date | None] = mapped_column(default=None)
    term: Mapped[str] = mapped_column(default="")
    """Slug of a term of the program's calendar; empty for the whole year."""
    activity_number: Mapped[str] = mapped_column(default="")
    """The number under which the offering is listed with the licensing agency (S7-07)."""
    listed_on: Mapped[date | None] = mapped_column(default=None)
    """The day on which it was listed there."""
    apply_by: Mapped[date | None] = mapped_column(default=None)
    """The last day on which one may ask for a place."""
    seats: Mapped[int | None] = mapped_column(default=None)
    """How many people it takes."""
    is_announced: Mapped[bool] = mapped_column(default=False)
    """Whether anybody may read its dates in the public catalogue (S1-22)."""
    code: Mapped[str] = mapped_column(unique=True, default_factory=short_code)
    """Typed by whoever joins without a team, from any LMS."""
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)


class StaffSeat(enum.StrEnum):
    """What somebody does for a cohort."""

    FACILITATOR = "facilitator"
    COACH = "coach"
    INSTRUCTOR = "instructor"


class CohortStaff(Base):
    """That a person facilitates, coaches or teaches a cohort, sent by a partner (S3-37)."""

    __tablename__ = "cohort_staff"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), init=False, index=True)
    cohort: Mapped[Cohort] = relationship(repr=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    seat: Mapped[StaffSeat] = mapped_column(word(StaffSeat))
    partner: Mapped[str] = mapped_column(default="")
    """Slug of the partner of the program they come from; empty where that is not asked."""
    placed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class TeamKind(enum.StrEnum):
    """Where the members of a team come from (S3-31, S4-40)."""

    SCHOOL = "school"
    DISTRICT = "district"
    VIRTUAL = "virtual"


class Team(Base):
    """People who work together. It earns nothing: an award is always a person's (S1-06)."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), init=False, index=True)
    program: Mapped[Program] = relationship(repr=False)
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohort.id"), init=False, index=True)
    cohort: Mapped[Cohort | None] = relationship(default=None, repr=False)
    name: Mapped[str]
    kind: Mapped[TeamKind] = mapped_column(word(TeamKind))
    organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id"), init=False, index=True
    )
    organisation: Mapped[Organisation | None] = relationship(default=None, repr=False)
    """The school or district; a virtual team has none."""
    code: Mapped[str] = mapped_column(unique=True, default_factory=short_code)
    """Typed by whoever was invited, from any LMS (S3-39)."""
    formed_at: Mapped[datetime]

    members: Mapped[list["TeamMember"]] = relationship(
        back_populates="team", order_by="TeamMember.id", default_factory=list, repr=False
    )

    @property
    def current(self) -> list["TeamMember"]:
        """Who is in it now."""
        return [member for member in self.members if member.left_at is None]


class TeamMember(Base):
    """That a person is or was in a team."""

    __tablename__ = "team_member"
    __table_args__ = (UniqueConstraint("team_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), init=False)
    team: Mapped[Team] = relationship(back_populates="members", repr=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    leads: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None] = mapped_column(default=None)


class CohortMember(Base):
    """That a person is or was in a cohort, and for which organisation they count there."""

    __tablename__ = "cohort_member"
    __table_args__ = (UniqueConstraint("cohort_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), init=False)
    cohort: Mapped[Cohort] = relationship(repr=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), init=False)
    organisation: Mapped[Organisation | None] = relationship(default=None, repr=False)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None] = mapped_column(default=None)


class Door(Base):
    """That a cohort takes in whoever comes from an organisation, into this team if one is named.

    So a district opens a program to its people without a code for each of them (S4-19).
    """

    __tablename__ = "cohort_door"
    __table_args__ = (UniqueConstraint("cohort_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), init=False)
    cohort: Mapped[Cohort] = relationship(repr=False)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id"), init=False, index=True
    )
    organisation: Mapped[Organisation] = relationship(repr=False)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), init=False)
    team: Mapped[Team | None] = relationship(default=None, repr=False)
    opened_at: Mapped[datetime]


class PlannedCredential(Base):
    """That a team takes a credential in a term: its shared schedule (S3-30)."""

    __tablename__ = "planned_credential"
    __table_args__ = (UniqueConstraint("team_id", "credential_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), init=False)
    team: Mapped[Team] = relationship(repr=False)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential.id"), init=False)
    credential: Mapped[Credential] = relationship(repr=False)
    begins_on: Mapped[date]
    """First day of the term."""
    planned_at: Mapped[datetime]


class Matter(enum.StrEnum):
    """What an exception is from."""

    TEAM_SIZE = "team-size"
    TEAM_NEEDED = "team-needed"
    ORGANISATIONS = "organisations"
    STAFF = "staff"
    COHORT_NEEDED = "cohort-needed"
    PACE = "pace"


class RuleException(Base):
    """That a rule does not bind one team, cohort or person, granted with a reason (S3-31)."""

    __tablename__ = "rule_exception"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), init=False, index=True)
    program: Mapped[Program] = relationship(repr=False)
    matter: Mapped[Matter] = mapped_column(word(Matter))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), init=False, index=True)
    team: Mapped[Team | None] = relationship(default=None, repr=False)
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohort.id"), init=False, index=True)
    cohort: Mapped[Cohort | None] = relationship(default=None, repr=False)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person | None] = relationship(
        default=None, repr=False, foreign_keys="RuleException.person_id"
    )
    reason: Mapped[str] = mapped_column(LongText)
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False)
    granted_by: Mapped[Person] = relationship(
        repr=False, foreign_keys="RuleException.granted_by_id"
    )
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class WentOn(Base):
    """That somebody read a piece of advice and began all the same (S1-07)."""

    __tablename__ = "went_on"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    credential_version_id: Mapped[int] = mapped_column(
        ForeignKey("credential_version.id"), init=False
    )
    credential_version: Mapped[CredentialVersion] = relationship(repr=False)
    rule: Mapped[str]
    """Slug of the advice in the package."""
    count: Mapped[int]
    """How many it would be with this one."""
    at: Mapped[datetime]


class Coaching(enum.StrEnum):
    """How somebody was coached: the words of the package format (S3-21)."""

    ONE_TO_ONE = "one-to-one"
    COHORT = "cohort"
    ONLINE = "online"
    INSTRUCTOR = "instructor"


class CoachingEntry(Base):
    """One meeting, with one person or with a whole cohort, in one phase of a credential."""

    __tablename__ = "coaching_entry"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), init=False, index=True)
    cohort: Mapped[Cohort] = relationship(repr=False)
    coach_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False)
    coach: Mapped[Person] = relationship(repr=False, foreign_keys="CoachingEntry.coach_id")
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    learner: Mapped[Person | None] = relationship(
        default=None, repr=False, foreign_keys="CoachingEntry.learner_id"
    )
    """`None`: it was for the whole cohort."""
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential.id"), init=False)
    credential: Mapped[Credential] = relationship(repr=False)
    phase: Mapped[str]
    """Slug of a phase of the credential; the same slug in several parts is one phase."""
    kind: Mapped[Coaching] = mapped_column(word(Coaching))
    met_on: Mapped[date]
    note: Mapped[str] = mapped_column(LongText, default="")
    """What was agreed. Seen by the staff of the cohort and by the learner."""
    written_at: Mapped[datetime]


class DraftShare(Base):
    """That a learner lets coaches see their draft of a credential (S4-38)."""

    __tablename__ = "draft_share"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential.id"), init=False)
    credential: Mapped[Credential] = relationship(repr=False)
    shared_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class SupervisorWish(Base):
    """That a learner wants a supervisor to hear of an award (S4-17); they alone send it."""

    __tablename__ = "supervisor_wish"
    __table_args__ = (UniqueConstraint("person_id", "credential_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False)
    person: Mapped[Person] = relationship(repr=False)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential.id"), init=False)
    credential: Mapped[Credential] = relationship(repr=False)
    name: Mapped[str]
    """The supervisor's. It goes with `email` as soon as the learner says that they were told."""
    email: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    award_public_id: Mapped[str] = mapped_column(default="")
    """Public id of the award; empty while it is not earned."""
    earned_at: Mapped[datetime | None] = mapped_column(default=None)
    told_at: Mapped[datetime | None] = mapped_column(default=None)


class DeclaredConflict(Base):
    """That a judge and a learner are too close, as one of the two has said (S4-31)."""

    __tablename__ = "declared_conflict"
    __table_args__ = (UniqueConstraint("judge_id", "learner_id", "declared_by_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    judge_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    judge: Mapped[Person] = relationship(repr=False, foreign_keys="DeclaredConflict.judge_id")
    learner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    learner: Mapped[Person] = relationship(repr=False, foreign_keys="DeclaredConflict.learner_id")
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False)
    declared_by: Mapped[Person] = relationship(
        repr=False, foreign_keys="DeclaredConflict.declared_by_id"
    )
    declared_at: Mapped[datetime]
    is_lasting: Mapped[bool] = mapped_column(default=False)
    """They are accounts of one human, who had joined and separated them: nobody takes it back."""
