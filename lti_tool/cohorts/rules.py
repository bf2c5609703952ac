"""What a program's package says of teams and cohorts, read once into plain values.

A missing field is no rule. `enforcement: advice` makes advice of what would bind otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.cohorts.models import StaffSeat, TeamKind

Document = Mapping[str, Any]


@dataclass(frozen=True)
class TeamRule:
    """Teams, as a program wants them (S1-04, S3-31, S4-40)."""

    is_offered: bool = False
    """Whether there are teams at all."""
    is_required: bool = False
    alone: bool = True
    """Whether somebody may also go by themselves."""
    kinds: tuple[TeamKind, ...] = tuple(TeamKind)
    low: int | None = None
    high: int | None = None
    limited: frozenset[TeamKind] = frozenset(TeamKind)
    """The kinds of team the numbers are for."""
    binds: bool = True
    """False: the numbers are advice."""
    by_participants: bool = False
    """Whether participants put teams together themselves."""
    shared_schedule: bool = False

    def limits(self, kind: TeamKind) -> bool:
        """Whether the numbers hold for a team of this kind."""
        return kind in self.limited and (self.low is not None or self.high is not None)


@dataclass(frozen=True)
class SeatWanted:
    """A seat that each of these partners fills before a cohort opens (S3-37)."""

    seat: StaffSeat
    partner: str
    """Slug of the partner."""
    partner_name: str


@dataclass(frozen=True)
class CohortRule:
    """Cohorts, as a program wants them (S3-36, S3-37)."""

    is_offered: bool = False
    is_required: bool = False
    organisations: int | None = None
    """How many different organisations it takes to open."""
    kinds: tuple[str, ...] = ()
    """Kinds of organisation that count; empty: all."""
    staff: tuple[SeatWanted, ...] = ()
    binds: bool = True


def team_rule(document: Document) -> TeamRule:
    """The program's rule on teams."""
    entry = document.get("team")
    if not entry:
        return TeamRule()
    members = entry.get("members", {})
    modes = set(entry["modes"])
    return TeamRule(
        is_offered="team" in modes,
        is_required=bool(entry["required"]),
        alone="individual" in modes and not entry["required"],
        kinds=tuple(TeamKind(kind) for kind in entry.get("kinds", ())) or tuple(TeamKind),
        low=members.get("min"),
        high=members.get("max"),
        limited=frozenset(TeamKind(kind) for kind in entry.get("limits_apply_to", ()))
        or frozenset(TeamKind),
        binds=entry.get("enforcement") != "advice",
        by_participants=entry.get("formed_by") == "participants",
        shared_schedule=bool(entry.get("shared_schedule", False)),
    )


def cohort_rule(document: Document) -> CohortRule:
    """The program's rule on cohorts."""
    entry = document.get("cohort")
    if not entry:
        return CohortRule()
    names = {partner["slug"]: partner["name"] for partner in document.get("partners", ())}
    return CohortRule(
        is_offered=True,
        is_required=bool(entry["required"]),
        organisations=entry.get("organisations", {}).get("min"),
        kinds=tuple(entry.get("organisation_kinds", ())),
        staff=tuple(
            SeatWanted(StaffSeat(wanted["seat"]), slug, names.get(slug, slug))
            for wanted in entry.get("staff", ())
            for slug in wanted["from"]
        ),
        binds=entry.get("enforcement") != "advice",
    )


def asks_for_company(document: Document) -> bool:
    """Whether a program has anything to say on teams or cohorts."""
    return bool(document.get("team") or document.get("cohort"))


def same_organisation_counts(document: Document) -> bool:
    """Whether judges from the participant's own organisation are kept away (S4-31)."""
    return bool(document.get("deciders", {}).get("conflict_check", False))


def coaches_see_all_drafts(document: Document) -> bool:
    """Whether coaches see drafts without being let in; where nothing is said they do not."""
    return bool(document.get("coaching", {}).get("drafts") == "open")
