"""One verifiable credential from every side: a badge, an endorsement, or a record of badges.

What a credential holds that is a credential itself is verified in the same way and by itself; its
report stands in the report of the whole.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_tool.sealing import canonical
from lti_tool.verification import (
    credential_rules,
    endorsements,
    facts,
    foundations,
    member_rules,
    records,
    signatures,
    status_check,
    surroundings,
)
from lti_tool.verification.reading import Presented, has_type
from lti_tool.verification.report import Report
from lti_tool.verification.sources import Source

DEEPEST = 3
"""A record, its badges, their endorsements: what is nested deeper is not followed."""


@dataclass(frozen=True)
class Kind:
    """One kind of credential and what is asked of it."""

    thing: str
    """What it is called in sentences."""
    standard: str
    words: str
    types: tuple[str, ...]
    contexts: tuple[str, ...]
    faults: Callable[[Mapping[str, Any]], list[str]]


BADGE = Kind(
    thing="badge",
    standard="Open Badges 3.0",
    words="an open badge",
    types=credential_rules.BADGE_TYPES,
    contexts=credential_rules.OF_BADGES,
    faults=member_rules.badge_faults,
)
ENDORSEMENT = Kind(
    thing="endorsement",
    standard="Endorsement of Open Badges 3.0",
    words="an endorsement",
    types=("EndorsementCredential",),
    contexts=credential_rules.OF_BADGES,
    faults=member_rules.endorsement_faults,
)
RECORD = Kind(
    thing="record",
    standard="Comprehensive Learner Record 2.0",
    words="a learner record",
    types=("ClrCredential",),
    contexts=credential_rules.OF_RECORDS,
    faults=member_rules.record_faults,
)


def kind_of(document: Mapping[str, Any]) -> Kind | None:
    """What a document says it is; `None` where it is no verifiable credential at all."""
    for kind in (BADGE, ENDORSEMENT, RECORD):
        if has_type(document, *kind.types):
            return kind
    return BADGE if has_type(document, "VerifiableCredential") else None


def check(
    presented: Presented,
    kind: Kind,
    source: Source,
    report: Report,
    *,
    now: datetime,
    asks_around: bool = False,
    depth: int = 1,
) -> None:
    """Look at a credential from every side and write each check into the report.

    With `asks_around` addresses are asked that tell nothing of its truth: whether its issuer's
    site answers, and whether there is a newer version.
    """
    document = presented.document
    report.thing = kind.thing
    report.facts = facts.facts_of(document)
    if not presented.token:
        try:
            canonical.guard_shape(document)
        except canonical.NotCanonical as error:
            report.unknown(signatures.PROOF, f"{error}.")
            return
    _by_itself(presented, kind, source, report, now=now)
    if depth >= DEEPEST:
        return

    def verify(inner: Presented, of: Kind) -> Report:
        found = Report()
        check(inner, of, source, found, now=now, depth=depth + 1)
        return found

    endorsements.check(document, lambda inner: verify(inner, ENDORSEMENT), report)
    if kind is RECORD:
        records.check(document, lambda inner: _contained(inner, verify), report)
    if asks_around:
        surroundings.issuer_answers(document, source, report)
        surroundings.newer_version(document, source, report, lambda inner: verify(inner, kind))


def _contained(inner: Presented, verify: Callable[[Presented, Kind], Report]) -> Report | None:
    """The report of a credential in a record; `None` for what is no badge (B3-062)."""
    kind = kind_of(inner.document)
    if kind is None or not has_type(inner.document, *kind.types):
        return None
    return verify(inner, kind)


def _by_itself(
    presented: Presented, kind: Kind, source: Source, report: Report, *, now: datetime
) -> None:
    document = presented.document
    is_known = credential_rules.contexts_are_known(document, report, kind.contexts)
    credential_rules.types_are_right(document, report, kind.types, kind.words)
    credential_rules.members_are_there(kind.faults(document), report)
    credential_rules.schemas_are_known(document, report)
    if presented.token:
        claims = signatures.check_token(presented.token, document, source, report)
    else:
        claims = {}
        if is_known:
            credential_rules.nothing_is_undefined(document, report)
        signatures.check_embedded(document, source, report)
    credential_rules.is_within_dates(document, claims, report, now=now)
    status_check.check(document, source, report, now=now)
    if kind is BADGE:
        credential_rules.levels_belong(document, report)
        foundations.check(document, source, report)
