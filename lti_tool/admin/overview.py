"""What an administrator sees first: what needs somebody, then every platform."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

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


@dataclass(frozen=True)
class Overview:
    """The whole page."""

    pending: Sequence[Deployment]
    platforms: Sequence[PlatformRow]


ON_THE_WAY = frozenset({DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN})


def overview(session: Session) -> Overview:
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
    return Overview(
        pending=[
            deployment
            for one in known
            for deployment in one.deployments
            if deployment.state is DeploymentState.PENDING
        ],
        platforms=[
            PlatformRow(one, waiting.get(one.registration.id, 0), stuck.get(one.registration.id, 0))
            for one in known
        ],
    )
