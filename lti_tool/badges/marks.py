"""The marks of issuers: what an issuer's badges bear beside its name.

An administrator gives an issuer its mark; else it has the one that a program's package gives the
partner it stands for. A package names whom it likes, so its mark counts only for that partner's
appointed issuer (0044). Both are looked at like the pictures of badges, and nothing else is taken.
"""

import base64
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from lti_tool.badges.issuing import IssuerFaulty
from lti_tool.badges.models import Issuer, Issuing
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs import pictures
from lti_tool.programs.models import ProgramVersion


def mark_of(issuer: Issuer, version: ProgramVersion | None = None) -> str:
    """The mark of an issuer on the badges of a program, as a `data:` address; empty without one."""
    if issuer.mark or version is None:
        return issuer.mark
    given = {
        str(one["slug"]): str(one["mark"])
        for one in version.document.get("partners", ())
        if one.get("mark") and "issuer" in one["roles"]
    }
    session = object_session(issuer)
    if not given or session is None:
        return ""
    stands_for = session.scalars(
        select(Issuing.partner)
        .where(
            Issuing.issuer_id == issuer.id,
            Issuing.program_id == version.program_id,
            Issuing.partner.in_(given),
        )
        .order_by(Issuing.id)
        .limit(1)
    ).first()
    return given.get(stands_for or "", "")


def give(
    session: Session, issuer: Issuer, data: bytes, *, actor: Person | None, now: datetime
) -> None:
    """Let an issuer's badges bear a mark: a PNG or an SVG. Raises `IssuerFaulty`."""
    if not data:
        raise IssuerFaulty("mark", "Choose a file: a PNG or an SVG.")
    try:
        issuer.mark = pictures.taken(data)
    except pictures.NotTaken as refused:
        raise IssuerFaulty("mark", str(refused)) from refused
    note(session, "issuers.mark", f"issuer {issuer.slug}", actor=actor, now=now)


def take_away(session: Session, issuer: Issuer, *, actor: Person | None, now: datetime) -> None:
    """Let an issuer's badges bear no mark but that of its partner's package."""
    issuer.mark = ""
    note(session, "issuers.unmark", f"issuer {issuer.slug}", actor=actor, now=now)


def media_type(mark: str) -> str:
    """`image/png` or `image/svg+xml`."""
    return mark.removeprefix("data:").partition(";")[0]


def content(mark: str) -> bytes:
    """The bytes of a mark."""
    return base64.b64decode(mark.partition(",")[2])
