"""What somebody has earned on one topic over time, in whichever program (S1-09)."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award, AwardState
from lti_tool.programs.finding import spoken
from lti_tool.programs.models import CredentialVersion
from lti_tool.programs.wording import plural


@dataclass(frozen=True)
class Topic:
    """One topic with what was earned on it, oldest first."""

    title: str
    credentials: tuple[str, ...]
    hours: Decimal
    """The least hours they take together, where their packages say so."""

    @property
    def words(self) -> str:
        """`2 micro-credentials, about 60 hours`."""
        size = f", about {self.hours:.0f} hours" if self.hours else ""
        return plural(len(self.credentials), "micro-credential") + size


def topics_of(session: Session, person_id: int) -> list[Topic]:
    """What a person holds now, topic by topic; one query."""
    titles: dict[str, list[str]] = defaultdict(list)
    hours: dict[str, Decimal] = defaultdict(Decimal)
    for title, topics, least in session.execute(
        select(
            CredentialVersion.title,
            CredentialVersion.details["topics"],
            CredentialVersion.hours_min,
        )
        .join(Award.credential_version)
        .where(Award.person_id == person_id, Award.state == AwardState.CURRENT)
        .order_by(Award.issued_at, Award.id)
    ):
        for topic in topics or ():
            titles[topic].append(title)
            hours[topic] += least or 0
    return [Topic(spoken(topic), tuple(titles[topic]), hours[topic]) for topic in sorted(titles)]
