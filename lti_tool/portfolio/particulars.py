"""Particulars: what an artifact says of itself where its package asks for it.

Whose goal it serves, which assessment its data come from, what was carried out and until when,
whether anybody can be recognised in it, and which signs of completeness its maker has found.
"""

from dataclasses import dataclass
from datetime import date

from lti_tool.errors import Refused
from lti_tool.portfolio.demands import Demand
from lti_tool.portfolio.models import Artifact, Consent

GOAL_LONGEST = 500
INSTRUMENT_LONGEST = 120


class ParticularsRefused(Refused):
    """Something said of an artifact cannot be right; says what."""

    status = 422


@dataclass(frozen=True)
class Particulars:
    """What a learner says of one artifact; empty where nothing was said yet."""

    scope: str = ""
    goal: str = ""
    instrument: str = ""
    implements: str = ""
    done_until: date | None = None
    shows_people: bool | None = None
    ticked: frozenset[int] = frozenset()
    """Which signs of the checklist were found, by their place from 0."""


def keep(artifact: Artifact, demand: Demand, given: Particulars) -> None:
    """Write down what is asked for here; what is not asked for is not kept.

    Raises:
        ParticularsRefused: a choice that is not offered, a text that is too long, or a last day
            before the first.
    """
    if given.scope and given.scope not in demand.scopes:
        raise ParticularsRefused("Choose one of the goals' levels that are offered.")
    if given.implements and given.implements not in demand.implements:
        raise ParticularsRefused("Choose one of the kinds of change that are offered.")
    if len(given.goal) > GOAL_LONGEST:
        raise ParticularsRefused(f"Please say the goal in at most {GOAL_LONGEST} characters.")
    if len(given.instrument) > INSTRUMENT_LONGEST:
        raise ParticularsRefused(
            f"Please keep the assessment's name below {INSTRUMENT_LONGEST} characters."
        )
    if given.done_until and artifact.done_on and given.done_until < artifact.done_on:
        raise ParticularsRefused("The last day lies before the first. Please check both.")
    artifact.scope = given.scope if demand.scopes else ""
    artifact.goal = given.goal.strip() if demand.scopes else ""
    artifact.instrument = given.instrument.strip() if demand.instruments else ""
    artifact.implements = given.implements if demand.implements else ""
    artifact.done_until = given.done_until
    artifact.shows_people = given.shows_people if demand.asks_consent else None
    artifact.ticked = [sign for place, sign in enumerate(demand.checklist) if place in given.ticked]


def of_the_team(artifact: Artifact, demand: Demand) -> Particulars:
    """What a teammate's copy says of the thing itself, as far as it is asked here.

    The signs of the checklist are left out: everybody looks for them in their own copy.
    """
    return Particulars(
        scope=artifact.scope if artifact.scope in demand.scopes else "",
        goal=artifact.goal,
        instrument=artifact.instrument,
        implements=artifact.implements if artifact.implements in demand.implements else "",
        done_until=artifact.done_until,
        shows_people=artifact.shows_people,
    )


def of(artifact: Artifact, demand: Demand) -> Particulars:
    """What an artifact says of itself."""
    return Particulars(
        scope=artifact.scope,
        goal=artifact.goal,
        instrument=artifact.instrument,
        implements=artifact.implements,
        done_until=artifact.done_until,
        shows_people=artifact.shows_people,
        ticked=frozenset(
            place for place, sign in enumerate(demand.checklist) if sign in artifact.ticked
        ),
    )


def owed(artifact: Artifact, demand: Demand) -> list[str]:
    """What is asked of an artifact and not said yet, each ending the words "does not say"."""
    missing = []
    if demand.scopes and not artifact.scope:
        missing.append("whose goal it serves")
    if demand.scopes and not artifact.goal:
        missing.append("which goal it serves")
    if demand.instruments and not artifact.instrument:
        missing.append("which assessment its data come from")
    if demand.implements and not artifact.implements:
        missing.append("whether a program, a policy or a strategy was carried out")
    if demand.asks_consent and artifact.shows_people is None:
        missing.append("whether anybody can be recognised in it")
    return missing


def consents_as_in(source: Artifact, copy: Artifact) -> list[Consent]:
    """What the people shown in an artifact allowed, for a copy in which the same is seen."""
    return [
        Consent(
            artifact=copy,
            who=one.who,
            kind=one.kind,
            given_on=one.given_on,
            noted_at=one.noted_at,
        )
        for one in source.consents
    ]
