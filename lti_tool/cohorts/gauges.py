"""How far a cohort is from opening, and whether it is listed in time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.cohorts import exceptions
from lti_tool.cohorts.models import Cohort, CohortMember, CohortState, Matter, Organisation
from lti_tool.cohorts.periods import local_day
from lti_tool.cohorts.rules import CohortRule, Document, SeatWanted
from lti_tool.cohorts.seats import effective_staff


@dataclass(frozen=True)
class Gauge:
    """How far a cohort is from opening."""

    organisations: tuple[str, ...]
    """Names of the different organisations in it that count."""
    needed: int
    organisations_excepted: bool
    unfilled: tuple[SeatWanted, ...]
    staff_excepted: bool
    binds: bool = True

    @property
    def lacking(self) -> int:
        """How many more organisations it takes."""
        return max(0, self.needed - len(self.organisations))

    @property
    def missing(self) -> tuple[str, ...]:
        """What keeps it from opening, each in a sentence."""
        found = []
        if self.lacking and not self.organisations_excepted:
            found.append(
                f"It has {len(self.organisations)} of {self.needed} different organizations: "
                f"{self.lacking} more {'is' if self.lacking == 1 else 'are'} needed."
            )
        if not self.staff_excepted:
            found += [
                f"A {one.seat.value} from {one.partner_name} is missing." for one in self.unfilled
            ]
        return tuple(found)

    @property
    def is_ready(self) -> bool:
        """Whether it may open."""
        return not self.missing or not self.binds


def gauge_of(session: Session, cohort: Cohort, rule: CohortRule, *, now: datetime) -> Gauge:
    """How many different organisations are in, and which seats are not filled (S3-36, S3-37)."""
    names = session.execute(
        select(Organisation.name, Organisation.kind)
        .join(CohortMember, CohortMember.organisation_id == Organisation.id)
        .where(CohortMember.cohort_id == cohort.id, CohortMember.left_at.is_(None))
        .distinct()
        .order_by(Organisation.name)
        .add_columns(Organisation.id)
    ).all()
    filled = {(placed.seat, placed.partner) for placed in effective_staff(session, cohort, now=now)}
    excepted = {one.matter for one in exceptions.all_of(session, cohort.program, cohort)}
    return Gauge(
        organisations=tuple(
            row.name for row in names if not rule.kinds or row.kind.value in rule.kinds
        ),
        needed=rule.organisations or 0,
        organisations_excepted=Matter.ORGANISATIONS in excepted,
        unfilled=tuple(one for one in rule.staff if (one.seat, one.partner) not in filled),
        staff_excepted=Matter.STAFF in excepted,
        binds=rule.binds,
    )


def listing_warning(cohort: Cohort, document: Document, *, now: datetime) -> str:
    """Whether the offering is listed in time with the agency; empty where all is well (S7-07)."""
    licence = document.get("licence", {})
    ahead = licence.get("offering_days_ahead")
    if ahead is None or cohort.begins_on is None or cohort.state is CohortState.CLOSED:
        return ""
    name = licence.get("offering_number", "number")
    last = cohort.begins_on - timedelta(days=ahead)
    today = local_day(document, now)
    if not cohort.activity_number:
        if today > last:
            return (
                f"There is no {name} yet, and it had to be listed by {last:%B} {last.day}, "
                f"{last.year}: {ahead} days ahead. Ask the agency, or move the first day."
            )
        return f"List it and enter its {name} by {last:%B} {last.day}, {last.year}."
    if cohort.listed_on is not None and cohort.listed_on > last:
        late = (cohort.listed_on - last).days
        days = f"{late} day{'' if late == 1 else 's'}"
        return f"It was listed {days} late: {ahead} days ahead are asked for."
    return ""


def provider_warning(cohort: Cohort, document: Document, *, now: datetime) -> str:
    """Whether the provider's registration lasts as long as the cohort; empty where it does (S7-09).

    Asked only where the package says that providers register; of a closed cohort nothing is said.
    """
    asked = document.get("licence", {}).get("providers_register")
    if asked is None or cohort.state is CohortState.CLOSED:
        return ""
    register, provider = asked["register"], cohort.provider
    if provider is None:
        return f"Say who offers it: providers have to stand in {register}."
    if provider.registered_until is None or not _is_same(provider.register_name, register):
        return (
            f"It is not known until when {provider.name} stands in {register}."
            " Enter that with the organizations."
        )
    until = provider.registered_until
    today = local_day(document, now)
    renewed = _renewed(asked.get("renewed_every_years"))
    if until < today:
        return f"The registration of {provider.name} in {register} ended on {_day(until)}.{renewed}"
    if until < (cohort.ends_on or cohort.begins_on or today):
        last = "the cohort does" if cohort.ends_on else "the cohort begins"
        return (
            f"The registration of {provider.name} in {register} ends on {_day(until)}, before"
            f" {last}.{renewed}"
        )
    return ""


def _is_same(held: str | None, register: str) -> bool:
    return held is not None and held.casefold() == register.casefold()


def _renewed(years: int | None) -> str:
    if years is None:
        return ""
    return f" It is renewed every {'year' if years == 1 else f'{years} years'}."


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
