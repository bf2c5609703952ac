"""What our own rows say of one platform: deployments, the newest links, launches of late."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.launch.models import (
    Deployment,
    DeploymentState,
    LaunchRecord,
    PlatformUser,
    Registration,
    ResourceLink,
)
from lti_tool.launch.records import ACCEPTED
from lti_tool.people.models import Person

LATELY = timedelta(days=30)
FEW = 50
"""Launches that are enough to know clocks and cookies by."""


@dataclass(frozen=True)
class Evidence:
    """Everything a health check takes from the database. Rows are detached."""

    registration: Registration
    deployments: Sequence[Deployment]
    gradebook: ResourceLink | None
    """The newest link that brought the address of a gradebook, in an approved deployment."""
    roster: ResourceLink | None
    """The newest link that brought the address of a roster."""
    last_accepted_at: datetime | None
    last_refused: LaunchRecord | None
    """The newest refused launch, if it is newer than the last one that was let in."""
    skew: float | None
    """Seconds by which the platform's clock is ahead, the middle of the last launches."""
    ways: Mapping[str, int]
    """How browsers were known again in the last launches, most often first."""
    test_sub: str | None
    """What the platform calls its test learner, where one has been here."""

    @property
    def approved(self) -> Sequence[Deployment]:
        """Deployments people may launch from."""
        return [one for one in self.deployments if one.state is DeploymentState.ACTIVE]

    @property
    def pending(self) -> Sequence[Deployment]:
        """Deployments that wait for a decision."""
        return [one for one in self.deployments if one.state is DeploymentState.PENDING]


def gather(session: Session, registration: Registration, *, now: datetime) -> Evidence:
    """Read it all, in a fixed number of queries."""
    deployments = session.scalars(
        select(Deployment)
        .where(Deployment.registration_id == registration.id)
        .options(joinedload(Deployment.registration))
        .order_by(Deployment.id)
    ).all()
    records = session.scalars(
        select(LaunchRecord)
        .where(
            LaunchRecord.registration_id == registration.id,
            LaunchRecord.at > now - LATELY,
        )
        .order_by(LaunchRecord.at.desc(), LaunchRecord.id.desc())
        .limit(FEW)
    ).all()
    accepted = [record for record in records if record.code == ACCEPTED]
    skews = [record.skew for record in records if record.skew is not None]
    newest = records[0] if records else None
    last_seen = session.scalar(
        select(func.max(PlatformUser.seen_at)).where(
            PlatformUser.registration_id == registration.id
        )
    )
    return Evidence(
        registration=registration,
        deployments=deployments,
        gradebook=_newest_link(session, registration, ResourceLink.line_items_url.is_not(None)),
        roster=_newest_link(session, registration, ResourceLink.memberships_url.is_not(None)),
        last_accepted_at=accepted[0].at if accepted else last_seen,
        last_refused=newest if newest is not None and newest.code != ACCEPTED else None,
        skew=median(skews) if skews else None,
        ways=dict(Counter(record.way for record in accepted if record.way).most_common()),
        test_sub=session.scalar(
            select(PlatformUser.sub)
            .join(Person)
            .where(PlatformUser.registration_id == registration.id, Person.is_test)
            .order_by(PlatformUser.seen_at.desc())
            .limit(1)
        ),
    )


def _newest_link(
    session: Session, registration: Registration, has_service: object
) -> ResourceLink | None:
    return session.scalars(
        select(ResourceLink)
        .join(ResourceLink.deployment)
        .where(
            Deployment.registration_id == registration.id,
            Deployment.state == DeploymentState.ACTIVE,
            has_service,  # type: ignore[arg-type]
        )
        .options(joinedload(ResourceLink.course), joinedload(ResourceLink.deployment))
        .order_by(ResourceLink.seen_at.desc(), ResourceLink.id.desc())
        .limit(1)
    ).one_or_none()
