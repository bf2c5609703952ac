"""Hours: what a program wants of each kind, what counts, what is missing (S4-02, S5-09 … S5-13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.credit.models import HoursEntry, HoursSource
from lti_tool.programs.models import CredentialVersion

NONE = Decimal(0)


@dataclass(frozen=True)
class Category:
    """One kind of hours."""

    slug: str
    title: str
    minimum: Decimal = NONE
    recorded_by: str = ""
    """`instructor`, `participant` or `approver`; empty where the program does not say."""

    @property
    def may_enter_own(self) -> bool:
        """Whether participants write down their own."""
        return self.recorded_by != "instructor"

    @property
    def counts_unapproved(self) -> bool:
        """Whether a participant's own word is enough."""
        return self.recorded_by == "participant"


@dataclass(frozen=True)
class HoursRule:
    """What one version of a credential wants."""

    gates: bool
    """Whether the award waits for the hours."""
    total: Decimal
    categories: tuple[Category, ...]

    @property
    def is_kept(self) -> bool:
        """Whether hours are written down at all, beyond attendance."""
        return self.gates or any(category.slug for category in self.categories)

    def category(self, slug: str) -> Category | None:
        """The kind of hours of a slug."""
        return next((one for one in self.categories if one.slug == slug), None)


@dataclass(frozen=True)
class Shortfall:
    """Hours of one kind that are still missing. The kind is `Altogether` where only the sum is."""

    title: str
    missing: Decimal


@dataclass(frozen=True)
class Count:
    """How far the hours of one kind have come."""

    category: Category
    counted: Decimal
    waiting: Decimal
    """Entered, and not yet approved by anybody."""

    @property
    def missing(self) -> Decimal:
        """Hours below the minimum."""
        return max(self.category.minimum - self.counted, NONE)


@dataclass(frozen=True)
class Tally:
    """Everything of one person in one credential."""

    rule: HoursRule
    counts: tuple[Count, ...]

    @property
    def counted(self) -> Decimal:
        """All hours that count."""
        return sum((one.counted for one in self.counts), NONE)

    @property
    def shortfalls(self) -> tuple[Shortfall, ...]:
        """What is missing: each kind by itself, and the sum where only that falls short (S5-13)."""
        found = [Shortfall(one.category.title, one.missing) for one in self.counts if one.missing]
        if not found and self.counted < self.rule.total:
            found.append(Shortfall("Altogether", self.rule.total - self.counted))
        return tuple(found)


def rule_of(version: CredentialVersion) -> HoursRule:
    """What a version states.

    A credential's own hours stand instead of its program's; whether they gate the award is the
    program's to say where the credential does not.
    """
    program: dict[str, Any] = version.program_version.document.get("hours", {})
    entry: dict[str, Any] = version.details.get("hours") or program
    stated = entry.get("categories", [])
    categories = tuple(
        Category(
            one["slug"],
            one["title"],
            Decimal(str(one["minimum"])),
            one.get("recorded_by", ""),
        )
        for one in stated
    )
    least = sum((one.minimum for one in categories), NONE)
    total = max(Decimal(str(entry.get("min", 0))), least)
    return HoursRule(
        gates=bool(entry.get("gate", program.get("gate", False))),
        total=total,
        categories=categories or (Category("", "Hours", total),),
    )


def entries_of(session: Session, person_id: int, credential_id: int) -> Sequence[HoursEntry]:
    """Every entry of a person in a credential, the latest day first, with who answers for it."""
    return session.scalars(
        select(HoursEntry)
        .where(HoursEntry.person_id == person_id, HoursEntry.credential_id == credential_id)
        .order_by(HoursEntry.done_on.desc(), HoursEntry.id.desc())
        .options(
            joinedload(HoursEntry.approval),
            joinedload(HoursEntry.recorded_by),
            joinedload(HoursEntry.countered_by),
        )
    ).all()


def tally(rule: HoursRule, entries: Sequence[HoursEntry]) -> Tally:
    """What counts of these entries.

    An entry that was taken back adds up to nothing with the entry that takes it back; one nobody
    approved counts only where the program takes the participant's word.
    """
    counts = []
    for category in rule.categories:
        mine = [one for one in entries if one.category == category.slug]
        taken = {one.counters_id for one in mine if one.counters_id is not None}
        live = [one for one in mine if one.counters_id is None and one.id not in taken]
        counted = sum((one.hours for one in live if is_counted(category, one)), NONE)
        everything = sum((one.hours for one in live), NONE)
        counts.append(Count(category, counted, everything - counted))
    return Tally(rule, tuple(counts))


def is_counted(category: Category, entry: HoursEntry) -> bool:
    """Whether an entry counts that was not taken back."""
    if entry.source is not HoursSource.SELF or category.counts_unapproved:
        return True
    return entry.approval is not None


def tally_of(session: Session, person_id: int, version: CredentialVersion) -> Tally:
    """What counts for a person in a credential; one query."""
    return tally(rule_of(version), entries_of(session, person_id, version.credential_id))


def complete_since(session: Session, person_id: int, version: CredentialVersion) -> datetime | None:
    """The moment from which no hours were missing; `None` where some are or none are asked."""
    rule = rule_of(version)
    if not rule.gates:
        return None
    dated = sorted(
        (
            (one.approval.approved_at if one.approval else one.recorded_at, one.id, one)
            for one in entries_of(session, person_id, version.credential_id)
            if one.counters_id is None and one.countered_by is None
        ),
    )
    for at, (moment, _id, _entry) in enumerate(dated, start=1):
        if not tally(rule, [entry for _moment, _id, entry in dated[:at]]).shortfalls:
            return moment
    return None


Awaited = tuple[int, CredentialVersion]
"""A person's id, and the version they are on the way to."""


def missing_of_all(
    session: Session, awaited: Sequence[Awaited]
) -> dict[tuple[int, int], tuple[Shortfall, ...]]:
    """The hours awards still wait for, by person and version; one query, and none without gates."""
    gated = [(person_id, version) for person_id, version in awaited if rule_of(version).gates]
    if not gated:
        return {}
    rows = session.scalars(
        select(HoursEntry)
        .where(
            HoursEntry.person_id.in_({person_id for person_id, _ in gated}),
            HoursEntry.credential_id.in_({version.credential_id for _, version in gated}),
        )
        .options(joinedload(HoursEntry.approval))
    ).all()
    found = {}
    for person_id, version in gated:
        mine = [
            row
            for row in rows
            if (row.person_id, row.credential_id) == (person_id, version.credential_id)
        ]
        found[person_id, version.id] = tally(rule_of(version), mine).shortfalls
    return found


def missing(session: Session, person_id: int, version: CredentialVersion) -> tuple[Shortfall, ...]:
    """The hours an award still waits for; nothing, and no query, where hours do not gate it."""
    if not rule_of(version).gates:
        return ()
    return tally_of(session, person_id, version).shortfalls
