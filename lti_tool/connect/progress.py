"""How far a platform has come on its way to a first launch, and what the next step is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.connect import evidence, health
from lti_tool.connect.evidence import Evidence
from lti_tool.connect.models import HealthReport, RegistrationAnswer
from lti_tool.connect.registering import answer_of
from lti_tool.connect.results import Line, Outcome
from lti_tool.launch.models import Registration
from lti_tool.roster.keeping import troubles
from lti_tool.roster.models import Roster


@dataclass(frozen=True)
class Progress:
    """One platform's page."""

    registration: Registration
    known: Evidence
    answer: RegistrationAnswer | None
    report: HealthReport | None
    lines: Sequence[Line]
    rosters: Sequence[Roster]
    """Those the background could not read the last time, each with why."""

    @property
    def lacking(self) -> list[str]:
        """Scopes and messages that were asked for on registration and not granted (T-133)."""
        if self.answer is None:
            return []
        pairs = (
            (self.answer.asked_scopes, self.answer.granted_scopes),
            (self.answer.asked_messages, self.answer.granted_messages),
        )
        return [name for asked, granted in pairs for name in asked if name not in granted]

    @property
    def is_arrived(self) -> bool:
        """Whether somebody has come in."""
        return self.known.last_accepted_at is not None

    @property
    def needs(self) -> list[Line]:
        """Lines of the report that need somebody."""
        return [line for line in self.lines if line.outcome is Outcome.ATTENTION]

    @property
    def state(self) -> str:
        """Changes when the page would show something else: what a watching browser compares."""
        refused = self.known.last_refused
        return ":".join(
            (
                ",".join(f"{one.id}={one.state.value}" for one in self.known.deployments),
                "arrived" if self.is_arrived else "",
                refused.reference if refused else "",
                self.report.at.isoformat() if self.report else "",
            )
        )


def of(session: Session, registration: Registration, *, now: datetime) -> Progress:
    """Read one platform's progress."""
    report = health.newest(session, registration)
    return Progress(
        registration=registration,
        known=evidence.gather(session, registration, now=now),
        answer=answer_of(session, registration),
        report=report,
        lines=_first_what_needs_somebody(report),
        rosters=troubles(session, registration),
    )


def _first_what_needs_somebody(report: HealthReport | None) -> list[Line]:
    lines = health.lines_of(report) if report is not None else []
    return sorted(lines, key=lambda line: line.outcome is not Outcome.ATTENTION)
