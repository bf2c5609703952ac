"""A team's shared schedule: which credential in which term (S3-30, S4-39)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.cohorts.models import PlannedCredential, Team
from lti_tool.cohorts.periods import Period, local_day, terms_from
from lti_tool.cohorts.rules import Document, team_rule
from lti_tool.cohorts.seats import NotYours
from lti_tool.errors import Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.models import Credential

TERMS_AHEAD = 6


class TermUnknown(Refused):
    """The program has no such term ahead."""

    status = 422


@dataclass(frozen=True)
class TermPlan:
    """What a team does in one term."""

    period: Period
    credentials: tuple[int, ...]
    """Ids of credentials."""


def plan(
    session: Session,
    team: Team,
    document: Document,
    choices: Mapping[int, date | None],
    *,
    actor: Person,
    now: datetime,
) -> None:
    """Say which credential the team takes in which term; members choose together (S4-39).

    Args:
        session: the caller's transaction.
        team: whose schedule it is.
        document: the program's package, with its terms.
        choices: for ids of credentials of the program the first day of a term, or `None`.
        actor: a member of the team.
        now: the present moment.

    Raises:
        NotYours: whoever asks is not in the team.
        TermUnknown: a day on which no term of the program begins.
    """
    if all(member.person_id != actor.id for member in team.current):
        raise NotYours("Only members of the team change its schedule.")
    if not team_rule(document).shared_schedule:
        raise TermUnknown("Teams of this program keep no schedule together.")
    begins = {period.begins for period in terms(document, now=now)}
    held = {one.credential_id: one for one in planned(session, team)}
    known = {
        one.id: one
        for one in session.scalars(
            select(Credential).where(Credential.program_id == team.program_id)
        )
    }
    for credential_id, day in choices.items():
        standing = held.get(credential_id)
        if day is None:
            if standing is not None:
                session.delete(standing)
            continue
        is_kept = standing is not None and standing.begins_on == day
        if credential_id not in known or (day not in begins and not is_kept):
            raise TermUnknown("Choose a term of the list.")
        if standing is None:
            session.add(
                PlannedCredential(
                    team=team, credential=known[credential_id], begins_on=day, planned_at=now
                )
            )
        else:
            standing.begins_on, standing.planned_at = day, now
    session.flush()
    note(session, "cohorts.plan", team.public_id, actor=actor, now=now)


def planned(session: Session, team: Team) -> Sequence[PlannedCredential]:
    """The team's schedule, by term."""
    return session.scalars(
        select(PlannedCredential)
        .where(PlannedCredential.team_id == team.id)
        .order_by(PlannedCredential.begins_on, PlannedCredential.id)
    ).all()


def terms(document: Document, *, now: datetime) -> list[Period]:
    """The terms a team may plan: this one and those ahead."""
    return terms_from(document, local_day(document, now), TERMS_AHEAD)


def crowded(
    document: Document, schedule: Sequence[PlannedCredential], slugs: Mapping[int, str]
) -> list[str]:
    """Where a schedule has more in one term of one set than the program recommends (S3-32)."""
    found = []
    for rule in document.get("pace", ()):
        if (rule["per"], rule["of"]) != ("term", "credentials-of-one-stack"):
            continue
        for stack in document.get("stacks", ()):
            members = stack.get("members", ())
            days = [one.begins_on for one in schedule if slugs.get(one.credential_id) in members]
            found += [
                f"“{stack['title']}”: {days.count(day)} in one term, "
                f"{rule['count']} recommended. You may keep it so."
                for day in sorted(set(days))
                if days.count(day) > rule["count"]
            ]
    return found
