"""To whom a badge is made out, where the LMS told no address: its earner is asked (T-071)."""

import re
import secrets
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool import jobs
from lti_tool.badges.awards import SALT_BYTES
from lti_tool.badges.models import KEPT, AwardState, Badge, SignedDocument
from lti_tool.errors import Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person

ADDRESS = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]+")
LONGEST = 254
"""Characters of an e-mail address (RFC 5321, 4.5.3.1.3)."""


class NoAddress(Refused):
    """What was given is no e-mail address."""


def without_address(session: Session, person: Person, *, lock: bool = False) -> list[Badge]:
    """Current, signed badges of a person that are made out to nobody's address."""
    signed = (
        select(func.count(SignedDocument.id))
        .where(SignedDocument.award_id == Badge.id)
        .scalar_subquery()
    )
    lacking = select(Badge).where(
        Badge.person_id == person.id,
        Badge.state == AwardState.CURRENT,
        Badge.recipient_type == "identifier",
        signed == len(KEPT),  # nobody is signing it at this moment
    )
    return list(session.scalars(lacking.with_for_update() if lock else lacking))


def make_out(session: Session, person: Person, address: str, *, now: datetime) -> int:
    """Make a person's badges that have no address out to this one; how many they were.

    Once only: a badge that has an address keeps it. What was signed before goes, and the
    background signs anew under the same address on the web. Nobody checks the address, so it
    stands in the badges and never becomes `Person.email`, which is the LMS's word. Raises
    `NoAddress`.
    """
    given = address.strip()
    if len(given) > LONGEST or not given.isprintable() or not ADDRESS.fullmatch(given):
        raise NoAddress("Give an e-mail address, like ada@example.org.")
    awards = without_address(session, person, lock=True)
    for award in awards:
        award.recipient_identity, award.recipient_type = given, "emailAddress"
        award.recipient_salt = secrets.token_urlsafe(SALT_BYTES)
        session.execute(delete(SignedDocument).where(SignedDocument.award_id == award.id))
        jobs.enqueue(session, "badges.sign", award.id, key=f"{award.id}:made-out")
        note(session, "badges.make-out", award.public_id, actor=person, now=now)
    return len(awards)
