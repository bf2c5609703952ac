"""What others say of a badge, and what stands in place of one that was replaced."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.badges import corrections, endorsements
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import AwardState, Badge


@dataclass(frozen=True)
class Said:
    """One endorsement, as the page of a badge lists it."""

    by: str
    comment: str
    at: datetime
    address: str
    """Of the signed endorsement; empty while nobody else may read it there."""
    about: str = ""
    """The issuer, where it is the issuer that was endorsed and not the badge."""


def of(session: Session, award: Badge, addresses: Addresses) -> tuple[Said, ...]:
    """What is said of a badge, of what was earned and of its issuer; nothing once it is over."""
    if award.state is not AwardState.CURRENT:
        return ()
    return tuple(
        Said(
            by=one.issuer.name,
            comment=one.comment,
            at=one.endorsed_at,
            address=addresses.endorsement(one) if one.award is None or award.shared_at else "",
            about=award.issuer.name if one.about_issuer_id is not None else "",
        )
        for one in endorsements.standing(session, award)
    )


def replaced_by(session: Session, award: Badge, *, is_mine: bool, addresses: Addresses) -> str:
    """Address of the badge that stands in place of this one, for whoever may see it; else empty."""
    fresh = corrections.replacement_of(session, award)
    if fresh is None or not (is_mine or fresh.shared_at):
        return ""
    return addresses.award(fresh)
