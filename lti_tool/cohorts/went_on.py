"""Who read advice and went on: for those who coach them, never against anybody (S1-07, S3-33)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.cohorts.exceptions import WORDS
from lti_tool.cohorts.models import Cohort, CohortMember, Matter, WentOn
from lti_tool.cohorts.pace import STRETCH
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion, ProgramVersion

MOST = 100


@dataclass(frozen=True)
class Gone:
    """One piece of advice that one participant read and went past."""

    name: str
    credential: str
    """Title of what they began."""
    words: str
    """What was advised, short."""
    at: datetime


def in_cohort(session: Session, cohort: Cohort, document: Mapping[str, Any]) -> tuple[Gone, ...]:
    """What participants of a cohort began in its program although it was advised otherwise.

    The newest first, at most a hundred; one query.

    Args:
        session: any session.
        cohort: whose present participants it is about.
        document: the program's package, for the words of its rules.
    """
    rules = {rule["slug"]: rule for rule in document.get("pace", ())}
    rows = session.execute(
        select(
            Person.name,
            CredentialVersion.title,
            WentOn.rule,
            WentOn.count.label("number"),
            WentOn.at,
        )
        .join(WentOn.person)
        .join(WentOn.credential_version)
        .join(CredentialVersion.program_version)
        .join(CohortMember, CohortMember.person_id == Person.id)
        .where(
            CohortMember.cohort_id == cohort.id,
            CohortMember.left_at.is_(None),
            ProgramVersion.program_id == cohort.program_id,
        )
        .order_by(WentOn.at.desc(), WentOn.id.desc())
        .limit(MOST)
    )
    return tuple(
        Gone(row.name, row.title, _words(row.rule, row.number, rules.get(row.rule)), row.at)
        for row in rows
    )


def _words(slug: str, number: int, rule: Mapping[str, Any] | None) -> str:
    if slug in set(Matter):
        return f"Advice on {WORDS[Matter(slug)]}"
    if rule is None:  # a later version of the program has dropped it
        return f"Number {number}, more than was advised" if number else "More than was advised"
    stretch = STRETCH[rule["per"]].removeprefix("this ")
    return f"Number {number} in one {stretch}, {rule['count']} advised"
