"""Secrets in the database after `CAIRN_SECRET_KEY` was changed: licence numbers, shared secrets."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from lti_tool.credit import licence
from lti_tool.credit.models import LicenceNumber
from lti_tool.launch import seals
from lti_tool.launch.models import Registration
from lti_tool.settings import Settings

COLUMNS: tuple[tuple[InstrumentedAttribute[int], InstrumentedAttribute[str], str], ...] = (
    (LicenceNumber.id, LicenceNumber.sealed, licence.PURPOSE),
    (Registration.id, Registration.legacy_secret, seals.PLATFORMS),
)
"""What is sealed for good, by row and purpose. Sealed access tokens are fetched anew instead."""


@dataclass(frozen=True)
class Resealed:
    """What became of the sealed texts."""

    count: int
    """Sealed anew."""
    lost: int
    """Opened by neither secret, and left as they are."""


def reseal(session: Session, settings: Settings, former: str) -> Resealed:
    """Seal with the present secret what a former one sealed. Twice changes nothing."""
    count = lost = 0
    for key, column, purpose in COLUMNS:
        for row_id, sealed in session.execute(select(key, column).where(column != "")).all():
            anew = seals.sealed_anew(settings, sealed, former, purpose)
            if anew is None:
                lost += 1
            elif anew != sealed:
                session.execute(update(column.class_).where(key == row_id).values({column: anew}))
                count += 1
    return Resealed(count, lost)


def closed(session: Session, settings: Settings) -> tuple[int, int]:
    """How many sealed texts there are, and how many of them the present secret does not open."""
    found = [
        seals.unseal(settings, sealed, purpose) is not None
        for _key, column, purpose in COLUMNS
        for sealed in session.scalars(select(column).where(column != ""))
    ]
    return len(found), found.count(False)
