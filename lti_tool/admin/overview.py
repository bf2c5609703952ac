"""What an administrator sees first: what needs somebody, then every platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.admin import clocks, launches
from lti_tool.admin.clocks import Clock
from lti_tool.grades.models import DeliveryState, ScoreDelivery
from lti_tool.launch.models import Deployment, DeploymentState
from lti_tool.launch.platforms import KnownPlatform, known_platforms


@dataclass(frozen=True)
class PlatformRow:
    """One platform on the overview."""

    known: KnownPlatform
    waiting: int
    """Scores on their way to its gradebooks."""
    stuck: int
    """Scores that need a person."""
    clock: Clock | None
    """Where its clock is; `None` where no launch told lately."""
    refusals: Mapping[str, int]
    """How often each code refused a launch within seven days, the most frequent first."""


@dataclass(frozen=True)
class Overview:
    """The whole page."""

    pending: Sequence[Deployment]
    platforms: Sequence[PlatformRow]
    unknown_refusals: Mapping[str, int]
    """The same, of LMSs that are not registered here."""

    @property
    def off_clocks(self) -> Sequence[PlatformRow]:
        """Platforms whose clock somebody should set before launches fail."""
        return [row for row in self.platforms if row.clock is not None and row.clock.is_off]


ON_THE_WAY = frozenset({DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN})


def overview(session: Session, *, now: datetime) -> Overview:
    """Read the overview, in a fixed number of queries."""
    waiting: dict[int, int] = {}
    stuck: dict[int, int] = {}
    counts = session.execute(
        select(ScoreDelivery.registration_id, ScoreDelivery.state, func.count()).group_by(
            ScoreDelivery.registration_id, ScoreDelivery.state
        )
    )
    for registration_id, state, count in counts:
        if state in ON_THE_WAY:
            waiting[registration_id] = waiting.get(registration_id, 0) + count
        elif state is DeliveryState.NEEDS_PERSON:
            stuck[registration_id] = count
    known = known_platforms(session)
    clock_of = clocks.present(session, now)
    refused = launches.refusals(session, now)
    return Overview(
        pending=[
            deployment
            for one in known
            for deployment in one.deployments
            if deployment.state is DeploymentState.PENDING
        ],
        platforms=[
            PlatformRow(
                one,
                waiting=waiting.get(one.registration.id, 0),
                stuck=stuck.get(one.registration.id, 0),
                clock=clock_of.get(one.registration.id),
                refusals=refused.get(one.registration.id, {}),
            )
            for one in known
        ],
        unknown_refusals=refused.get(None, {}),
    )
