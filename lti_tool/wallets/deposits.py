"""A connected service puts a badge into *My badges*, if it is the person's and holds.

Looking at it asks addresses of others, so it is done before anything is written.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Badge
from lti_tool.holdings import looking
from lti_tool.holdings.looking import AwardedHere, NotHeld, Seen
from lti_tool.holdings.models import CameBy
from lti_tool.people.models import Person
from lti_tool.verification.credential_rules import RECIPIENT
from lti_tool.verification.reading import NotReadable, has_type, read
from lti_tool.verification.report import Outcome, Verdict
from lti_tool.verification.sources import Source
from lti_tool.wallets import status_info
from lti_tool.wallets.connections import STANDARD
from lti_tool.wallets.models import Connection
from lti_tool.wallets.status_info import ApiRefused

LARGEST = 1024 * 1024
"""Bytes of a credential, pictures in it included."""
JSON_TYPES = ("application/json", "application/vc+ld+json", "application/vc", "application/ld+json")
TEXT = "text/plain"


def look_at(
    session: Session,
    connection: Connection,
    body: bytes,
    kind: str,
    source: Source,
    *,
    own: str,
    now: datetime,
) -> Seen | None:
    """Verify what a service deposits, which says by its media type what it is.

    `None` where it was awarded here to this very person, so that there is nothing to keep. Raises
    `ApiRefused` where it is of another form, not valid, or not this person's.
    """
    _is_what_it_says(body, kind)
    person = connection.person
    if not person.email:
        raise ApiRefused(
            403,
            status_info.FORBIDDEN,
            "The holder's LMS tells no e-mail address, so nobody can tell whose badge this is.",
        )
    try:
        seen = looking.look_at(
            body,
            "",
            source,
            person=person,
            own=own,
            now=now,
            came_by=CameBy.PROGRAM,
            came_from=connection.host.host,
        )
    except AwardedHere as refusal:
        if _is_own(session, refusal, person):
            return None
        raise ApiRefused(403, status_info.FORBIDDEN, "This badge was awarded here.") from refusal
    except NotHeld as refusal:
        raise ApiRefused(400, status_info.DATA, str(refusal)) from refusal
    if not seen.report.form.startswith(STANDARD):
        raise ApiRefused(400, status_info.DATA, f"Only {STANDARD} is taken here.")
    verdicts = {check.verdict for check in seen.report.checks if check.name == RECIPIENT}
    if verdicts != {Verdict.PASSED}:
        raise ApiRefused(
            403, status_info.FORBIDDEN, "The badge is not made out to the holder's e-mail address."
        )
    return seen


def _is_own(session: Session, refusal: AwardedHere, person: Person) -> bool:
    """Whether one of ours that was handed in is genuine and this person's."""
    report = refusal.report
    if report is None or report.outcome is not Outcome.VALID:
        return False
    public_id = report.facts.address.rpartition("/")[2]
    found = session.scalar(select(Badge.person_id).where(Badge.public_id == public_id))
    return found == person.id


def _is_what_it_says(body: bytes, kind: str) -> None:
    if kind not in (*JSON_TYPES, TEXT):
        raise ApiRefused(
            400,
            status_info.NOT_ACCEPTABLE,
            "Send a credential as application/json, or a compact JWS as text/plain.",
        )
    try:
        presented = read(body)
    except NotReadable as error:
        raise ApiRefused(400, status_info.DATA, f"It cannot be read: {error}.") from error
    is_bare = not presented.wrapping and has_type(presented.document, "VerifiableCredential")
    if not is_bare or bool(presented.token) is not (kind == TEXT):
        raise ApiRefused(400, status_info.DATA, f"The body is not what {kind} says it is.")
