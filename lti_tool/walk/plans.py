"""What a program asks of those who walk it together: how many, from where, and for which stack."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from lti_tool.cohorts.models import TeamKind
from lti_tool.cohorts.rules import CohortRule, TeamRule, cohort_rule, team_rule
from lti_tool.database import read_session
from lti_tool.programs.catalogue import offers
from lti_tool.programs.stacks import Stack, stacks_in
from lti_tool.walk.visitor import Lost

COMPANY = 2
"""How many go together where a program names no number."""


@dataclass(frozen=True)
class Leg:
    """One credential of the way."""

    slug: str
    title: str
    parts: tuple[str, ...]
    """Titles of its parts, each submitted and judged by itself."""


@dataclass(frozen=True)
class Hours:
    """Hours of one kind that a program asks for."""

    category: str
    least: Decimal
    by_instructor: bool


@dataclass(frozen=True)
class Plan:
    """One program as a walk plays it."""

    slug: str
    title: str
    legs: tuple[Leg, ...]
    stacks: tuple[Stack, ...]
    """In the order in which they become complete."""
    team: TeamRule
    cohort: CohortRule
    hours: tuple[Hours, ...]
    """What an award waits for; empty where hours decide nothing."""
    crosses_lms: bool
    """Whether people of several LMSs belong together."""
    coaching: bool

    @property
    def size(self) -> int:
        """How many take part: the smallest team there may be."""
        return max(self.team.low or 0, COMPANY) if self.team.is_offered else COMPANY

    @property
    def other_organisations(self) -> int:
        """How many more organisations it takes, beside that of the team, to open a cohort."""
        return max(0, (self.cohort.organisations or 1) - 1)

    @property
    def gathers(self) -> bool:
        """Whether a cohort is formed for it."""
        return self.cohort.is_offered and not self.forms_own_team

    @property
    def forms_own_team(self) -> bool:
        """Whether participants put a team together themselves, and nothing more is asked."""
        return self.team.by_participants and not self.cohort.is_required

    @property
    def home_kind(self) -> TeamKind:
        """What kind of organisation people come from: a district where it may be one."""
        kinds = [
            kind
            for kind in self.team.kinds
            if kind is not TeamKind.VIRTUAL and kind.value in (self.cohort.kinds or (kind.value,))
        ]
        return TeamKind.DISTRICT if TeamKind.DISTRICT in kinds or not kinds else kinds[0]


def plan_for(engine: Engine, slug: str, *, whole: bool) -> Plan:
    """The plan for a program: its first stack, or the whole of it.

    Raises:
        Lost: there is no such program, or nothing of it can be begun.
    """
    with read_session(engine) as session:
        offer = next((one for one in offers(session) if one.slug == slug), None)
        ready = [one.slug for one in offer.credentials if one.can_begin] if offer else []
    if offer is None or not ready:
        raise Lost(
            f"{slug} has no credential that can be begun: those in preparation have no tasks yet."
        )
    return plan_of(offer.slug, offer.title, offer.document, ready, whole=whole)


def plan_of(
    slug: str, title: str, document: dict[str, Any], ready: Collection[str], *, whole: bool
) -> Plan:
    """The same from a package's document; `ready` are the credentials that can be begun."""
    legs = {
        one["slug"]: Leg(
            one["slug"], one["title"], tuple(part["title"] for part in one.get("parts", ()))
        )
        for one in document["credentials"]
        if one["slug"] in ready
    }
    stacks = [stack for stack in stacks_in(document) if set(stack.members) <= set(legs)]
    if not whole:
        stacks = [stack for stack in stacks if stack.members and not stack.requires][:1]
    wanted = [one for stack in stacks for one in stack.members[: stack.needed]]
    chosen = list(dict.fromkeys(wanted)) or list(legs)
    team, cohort = team_rule(document), cohort_rule(document)
    return Plan(
        slug=slug,
        title=title,
        legs=tuple(legs[one] for one in chosen),
        stacks=tuple(stacks),
        team=team,
        cohort=cohort,
        hours=_hours(document),
        crosses_lms=bool(document.get("cohort", {}).get("across_lms"))
        or (cohort.organisations or 1) > 1
        or (team.by_participants and TeamKind.VIRTUAL in team.kinds),
        coaching=bool(document.get("coaching")),
    )


def _hours(document: dict[str, Any]) -> tuple[Hours, ...]:
    entry = document.get("hours", {})
    if not entry.get("gate"):
        return ()
    return tuple(
        Hours(
            one["slug"],
            Decimal(str(one.get("minimum", 0))),
            one.get("recorded_by") == "instructor",
        )
        for one in entry.get("categories", ())
    )
