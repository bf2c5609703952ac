"""What an account is and brings along: names for its owner, figures for the other side."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award, AwardState
from lti_tool.cohorts.models import Team, TeamMember
from lti_tool.launch.personal_data import accounts_of
from lti_tool.people.models import Person
from lti_tool.people.personal_data import count
from lti_tool.portfolio.models import Enrolment
from lti_tool.programs.models import CredentialVersion


@dataclass(frozen=True)
class Side:
    """One of the two accounts of a request, as it is shown."""

    name: str
    lmss: Sequence[str]
    credentials: int
    badges: int
    teams: int


@dataclass(frozen=True)
class Things:
    """What somebody has, by name; shown to nobody else."""

    credentials: Sequence[str]
    badges: Sequence[str]
    teams: Sequence[str]


def side_of(session: Session, person: Person) -> Side:
    """Name, LMSs and figures: what the other side may see before both have confirmed."""
    return Side(
        name=person.name,
        lmss=[account.registration.name for account in accounts_of(session, person)],
        credentials=count(session, Enrolment.id, Enrolment.person_id == person.id),
        badges=count(
            session, Award.id, Award.person_id == person.id, Award.state == AwardState.CURRENT
        ),
        teams=count(
            session, TeamMember.id, TeamMember.person_id == person.id, TeamMember.left_at.is_(None)
        ),
    )


def things_of(session: Session, person: Person) -> Things:
    """Titles of what somebody has begun and earned, and names of their teams."""
    begun = select(CredentialVersion.title).join(
        Enrolment, Enrolment.credential_version_id == CredentialVersion.id
    )
    earned = select(CredentialVersion.title).join(
        Award, Award.credential_version_id == CredentialVersion.id
    )
    teams = select(Team.name).join(TeamMember, TeamMember.team_id == Team.id)
    return Things(
        credentials=session.scalars(
            begun.where(Enrolment.person_id == person.id).order_by(Enrolment.id)
        ).all(),
        badges=session.scalars(
            earned.where(Award.person_id == person.id, Award.state == AwardState.CURRENT).order_by(
                Award.id
            )
        ).all(),
        teams=session.scalars(
            teams.where(TeamMember.person_id == person.id, TeamMember.left_at.is_(None)).order_by(
                TeamMember.id
            )
        ).all(),
    )
