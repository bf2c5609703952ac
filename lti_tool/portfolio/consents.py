"""Consents: that people who can be seen or heard agreed, noted without their names (S6-23)."""

import re
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from lti_tool.errors import NotFound, Refused
from lti_tool.portfolio.artifacts import open_draft
from lti_tool.portfolio.demands import demand_of
from lti_tool.portfolio.models import Artifact, Consent, ConsentKind

WHO = re.compile(r"(?:[^\W\d_]\.?[ -]?){1,3}|[Nn]?[.°# -]{0,2}\d{1,6}")
"""At most three initials such as `M. D.`, or a number; never a word that could be a name."""

MOST_CONSENTS = 200

FERPA = (
    "Under FERPA, the federal law on students' records, a student who can be seen, heard or "
    "recognised needs a signed permission before you share the recording or the work. Write "
    "initials or a number here, never a name, and keep the signed form at your school. "
    "Where there is no permission, leave the student out or make them unrecognisable."
)
"""Shown wherever people may be seen or heard."""

KINDS = {
    ConsentKind.PARENT: "A parent or guardian signed",
    ConsentKind.OWN: "The person is an adult and agreed",
    ConsentKind.RELEASE: "The school's media release covers it",
}


class ConsentRefused(Refused):
    """A consent that says too much or too little; says which."""

    status = 422


def note(
    session: Session,
    artifact: Artifact,
    *,
    who: str,
    kind: str,
    given_on: date | None,
    now: datetime,
) -> Consent:
    """Note that one person agreed. The same person noted again is corrected, not doubled.

    Raises:
        AlreadySubmitted, BaselineFirst: nothing may be changed now.
        NotFound: consent is not asked for here.
        ConsentRefused: a name instead of initials, no kind, no day, or a day to come.
    """
    open_draft(session, artifact.submission)
    if not demand_of(artifact.requirement).asks_consent or artifact.removed_at is not None:
        raise NotFound("Consent is not asked for here.")
    who = " ".join(who.split())
    if len(who) > 9 or not WHO.fullmatch(who) or who != who.upper():
        raise ConsentRefused("Write initials such as “M. D.” or a number, never a name.")
    if kind not in set(ConsentKind):
        raise ConsentRefused("Choose who gave the permission.")
    if given_on is None:
        raise ConsentRefused("On which day was the permission given?")
    if given_on > (now + timedelta(days=1)).date() or given_on.year < 2000:
        raise ConsentRefused("Please check the day of the permission.")
    known = next((one for one in artifact.consents if one.who.lower() == who.lower()), None)
    if known is not None:
        known.kind, known.given_on, known.noted_at = ConsentKind(kind), given_on, now
        return known
    if len(artifact.consents) >= MOST_CONSENTS:
        raise ConsentRefused(f"At most {MOST_CONSENTS} people fit here.")
    artifact.shows_people = True
    consent = Consent(
        artifact=artifact, who=who, kind=ConsentKind(kind), given_on=given_on, noted_at=now
    )
    session.add(consent)
    session.flush()  # its number stands on the page at once
    return consent


def take_back(session: Session, artifact: Artifact, number: int) -> None:
    """Take one note out again.

    Raises:
        NotFound: the artifact has no such note.
    """
    open_draft(session, artifact.submission)
    consent = next((one for one in artifact.consents if one.id == number), None)
    if consent is None:
        raise NotFound("There is no such note here.")
    artifact.consents.remove(consent)
