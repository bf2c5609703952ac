"""What the pages of this room show, as finished values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lti_tool.credit import dated, licence, reminders
from lti_tool.credit.calendar import Calendar
from lti_tool.credit.forecast import Outlook, forecast
from lti_tool.credit.history import (
    Sum,
    begun_by,
    case_of,
    circumstances,
    completions_of,
    standing,
    sums,
)
from lti_tool.credit.hours import Category, Tally, is_counted, rule_of, tally_of
from lti_tool.credit.models import (
    Choice,
    Completion,
    CreditPosting,
    CreditReminder,
    Election,
    HoursEntry,
    LicenceStatus,
)
from lti_tool.credit.obligations import Obligations, obligations
from lti_tool.credit.rules import Option, Terms, Wish
from lti_tool.credit.wishes import wish_of
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion
from lti_tool.settings import Settings


@dataclass(frozen=True)
class AwardLine:
    """One award on the page of what it counts for."""

    completion: Completion
    title: str
    program: str
    address: dict[str, str]
    lines: tuple[CreditPosting, ...]
    """What stands."""
    history: tuple[CreditPosting, ...]
    """Everything that was ever written, if it differs from what stands."""
    register: licence.Register | None
    status: str
    due: date | None
    """The day by which it is reported."""
    zone: ZoneInfo
    """Where the program is: its midnight decides, so its days are the ones to be shown."""

    @property
    def completed_on(self) -> date:
        """The day it was completed, as the rules count days (S7-02)."""
        return self.day_of(self.completion.completed_at)

    def day_of(self, moment: datetime) -> date:
        """The day of a moment where the program is."""
        return moment.astimezone(self.zone).date()

    @property
    def is_open(self) -> bool:
        """Whether its earner still has to choose."""
        return not self.completion.is_settled and self.completion.reversed_at is None

    @property
    def is_for_licence(self) -> bool:
        """Whether anything of it goes onto a licence."""
        return self.completion.licence_status is not LicenceStatus.NOT_APPLICABLE


@dataclass(frozen=True)
class UnderWay:
    """A credential somebody has begun and not yet been awarded."""

    title: str
    program: str
    address: dict[str, str]
    chosen: str
    has_credit: bool
    keeps_hours: bool


@dataclass(frozen=True)
class Number:
    """A register somebody may have a number in."""

    register: licence.Register
    number: str


@dataclass(frozen=True)
class CreditPage:
    """Everything of one person."""

    awards: tuple[AwardLine, ...]
    under_way: tuple[UnderWay, ...]
    sums: tuple[Sum, ...]
    numbers: tuple[Number, ...]
    asked: Obligations
    """What their licences ask of them, year by year and in a cycle."""
    reminders: tuple[CreditReminder, ...]


def credit_page(
    session: Session, settings: Settings, person: Person, *, now: datetime
) -> CreditPage:
    """What somebody's awards count for, and what is under way; a fixed number of queries."""
    completions = completions_of(session, person.id)
    elections = begun_by(session, person.id)
    earned = {
        one.credential_version.credential_id for one in completions if one.reversed_at is None
    }
    versions = [one.credential_version for one in completions]
    versions += [one.credential_version for one in elections]
    return CreditPage(
        awards=tuple(award_line(one) for one in reversed(completions)),
        under_way=tuple(_under_way(one) for one in elections if one.credential_id not in earned),
        sums=tuple(sums(completions)),
        numbers=tuple(_numbers(session, settings, person, versions)),
        asked=obligations(session, person.id, versions, completions, now=now),
        reminders=tuple(reminders.shown(session, person.id, versions, now=now)),
    )


@dataclass(frozen=True)
class OptionLine:
    """One kind of credit on the page where it is chosen."""

    option: Option
    refusal: str
    """Why it cannot be had if completed now."""
    is_chosen: bool


@dataclass(frozen=True)
class ChoicePage:
    """What one credential will count for."""

    version: CredentialVersion
    address: dict[str, str]
    terms: Terms
    options: tuple[OptionLine, ...]
    outlooks: tuple[Outlook, ...]
    chooses_none: bool
    is_open: bool
    is_locked: bool
    """It is awarded and decided."""
    award: AwardLine | None
    roles: tuple[tuple[str, str, bool], ...]
    """Slug, title and whether it was said; only where a rule asks."""
    regions: tuple[tuple[str, bool], ...]
    tally: Tally
    register: licence.Register | None
    worths: tuple[dated.Worth, ...]
    cycles: tuple[dated.Cycle, ...]
    fault: str = ""


def choice_page(
    session: Session,
    person: Person,
    version: CredentialVersion,
    election: Election | None,
    *,
    now: datetime,
    fault: str = "",
) -> ChoicePage:
    """What somebody can choose for a credential, and what would come of it."""
    terms = Terms.of(version.program_version.document)
    program = version.credential.program
    completion = _current(session, person, version)
    at = completion.completed_at if completion else now
    without = completion.award_ref if completion else ""
    case = case_of(session, person.id, program, terms=terms, completed_at=at, without=without)
    wish = wish_of(election) if election else Wish()
    told = circumstances(session, person.id, program)
    asked = {role for option in terms.options for role in option.roles}
    regions = sorted({region for option in terms.options for region in option.regions})
    said = set(told.roles) if told else set()
    return ChoicePage(
        version=version,
        address=address_of(version),
        terms=terms,
        options=tuple(
            OptionLine(one, terms.refusal(one, case), one.slug == wish.option)
            for one in terms.options
        ),
        outlooks=() if completion else forecast(terms, wish, case),
        chooses_none=wish.option == "",
        is_open=wish.option is None,
        is_locked=completion is not None and completion.is_settled,
        award=award_line(completion) if completion else None,
        roles=tuple(
            (slug, title, slug in said) for slug, title in (terms.role_titles if asked else ())
        ),
        regions=tuple((one, told is not None and told.region == one) for one in regions),
        tally=tally_of(session, person.id, version),
        register=licence.Register.of(version.program_version.document),
        worths=dated.worths(version.program_version.document, terms.calendar.day_of(at)),
        cycles=dated.cycles(
            version.program_version.document,
            terms.calendar.day_of(at),
            dict(terms.role_titles),
        ),
        fault=fault,
    )


@dataclass(frozen=True)
class HoursLine:
    """One entry of hours on a page."""

    entry: HoursEntry
    title: str
    state: str
    """In words: counts, waits, taken back, takes back."""
    tone: str
    may_take_back: bool


def hours_lines(
    entries: Sequence[HoursEntry], categories: Sequence[Category], viewer: Person
) -> list[HoursLine]:
    """Entries with what becomes of each."""
    known = {one.slug: one for one in categories}
    return [_hours_line(one, known.get(one.category), viewer) for one in entries]


def address_of(version: CredentialVersion) -> dict[str, str]:
    """What the addresses of a credential's pages are made of."""
    return {
        "program": version.credential.program.slug,
        "credential": version.credential.slug,
    }


def _hours_line(entry: HoursEntry, category: Category | None, viewer: Person) -> HoursLine:
    title = category.title if category else entry.category
    if entry.counters_id is not None:
        return HoursLine(entry, title, "Takes hours back", "", may_take_back=False)
    if entry.countered_by is not None:
        return HoursLine(entry, title, "Taken back", "stop", may_take_back=False)
    mine = entry.recorded_by_id == viewer.id
    if category is None:
        return HoursLine(entry, title, "Not asked for", "", may_take_back=mine)
    if is_counted(category, entry):
        return HoursLine(entry, title, "Counts", "good", may_take_back=mine)
    return HoursLine(entry, title, "Waits for approval", "now", may_take_back=mine)


def _current(session: Session, person: Person, version: CredentialVersion) -> Completion | None:
    found = completions_of(session, person.id)
    mine = [
        one
        for one in found
        if one.reversed_at is None and one.credential_version.credential_id == version.credential_id
    ]
    return mine[-1] if mine else None


def award_line(completion: Completion) -> AwardLine:
    """One award with what it brings and how far it is on its way to a licence."""
    version = completion.credential_version
    lines = tuple(standing(completion.postings))
    everything = tuple(completion.postings)
    return AwardLine(
        completion=completion,
        title=version.title,
        program=version.program_version.title,
        address=address_of(version),
        lines=lines,
        history=everything if len(everything) > len(lines) else (),
        register=licence.Register.of(version.program_version.document),
        status=licence.WORDS[completion.licence_status],
        due=licence.due(completion),
        zone=Calendar.of(version.program_version.document).zone,
    )


def _under_way(election: Election) -> UnderWay:
    version = election.credential_version
    document = version.program_version.document
    terms = Terms.of(document)
    option = terms.option(election.option)
    chosen = {
        Choice.OPEN: "Not chosen yet" if terms.is_choice else "",
        Choice.NONE: "No credit",
        Choice.OPTION: option.title if option else election.option,
    }[election.choice]
    return UnderWay(
        title=version.title,
        program=version.program_version.title,
        address=address_of(version),
        chosen=chosen if terms.options else "This program brings no credit",
        has_credit=bool(terms.options),
        keeps_hours=rule_of(version).is_kept,
    )


def _numbers(
    session: Session, settings: Settings, person: Person, versions: Sequence[CredentialVersion]
) -> list[Number]:
    registers: dict[str, licence.Register] = {}
    for version in versions:
        register = licence.Register.of(version.program_version.document)
        if register:
            registers.setdefault(register.name, register)
    if not registers:
        return []
    told = licence.numbers_of(session, settings, [person.id]).get(person.id, {})
    return [Number(one, told.get(name, "")) for name, one in sorted(registers.items())]
