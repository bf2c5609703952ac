"""The journal of credit: lines are added when something is awarded, and taken back by other lines.

No line is ever changed; the database refuses it. The sum of a person's lines is what their
awards of today bring, whatever was awarded, revoked or elected in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.credit import reminders
from lti_tool.credit.history import case_of, standing
from lti_tool.credit.models import Completion, CreditPosting, Election, LicenceStatus
from lti_tool.credit.rules import Option, Terms
from lti_tool.credit.wishes import open_for, wish_of
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion


@dataclass(frozen=True)
class Record:
    """What stands in the evidence of an award beside the credit: who provided, who vouches."""

    provider: str = ""
    begun_at: datetime | None = None
    witnesses: Sequence[Mapping[str, Any]] = ()
    """See `Completion.witnesses`."""
    activity_number: str = ""
    completed_at: datetime | None = None
    """When nothing was missing any more, where the award came later; else its own moment."""


def post(
    session: Session,
    *,
    person_id: int,
    version: CredentialVersion,
    award_ref: str,
    completed_at: datetime,
    now: datetime,
    record: Record | None = None,
) -> Completion:
    """Write down that an award was made, and what it counts as by the rules of its version.

    The moment of completion decides the credit year, not the moment of writing (S7-02). Whoever
    has not chosen yet may still do so: nothing is posted until then, unless the rules leave one
    thing only. Posting the same award twice changes nothing.
    """
    _hold(session, person_id)
    if known := completion_of(session, award_ref):
        return known
    record = record or Record()
    election = open_for(session, person_id, version, now=record.begun_at or now)
    completion = Completion(
        award_ref=award_ref,
        person_id=person_id,
        credential_version=version,
        completed_at=completed_at,
        provider=record.provider,
        begun_at=record.begun_at,
        witnesses=[dict(one) for one in record.witnesses],
        activity_number=record.activity_number,
    )
    session.add(completion)
    session.flush()
    _settle(session, completion, election, now=now)
    return completion


def reverse(session: Session, *, award_ref: str, reason: str, now: datetime) -> None:
    """Take back all an award brought, since it was revoked. Reversing twice changes nothing."""
    completion = completion_of(session, award_ref)
    if completion is None or completion.reversed_at is not None:
        return
    _hold(session, completion.person_id)
    _take_back(session, completion, reason=reason, now=now)
    completion.reversed_at = now
    completion.is_settled = True


def hand_over(session: Session, award_ref: str, to: str) -> None:
    """Let a corrected award stand for one that it replaces: what was posted stays posted."""
    completion = completion_of(session, award_ref)
    if completion is not None:
        _hold(session, completion.person_id)
        completion.award_ref = to


def bring_again(session: Session, *, award_ref: str, now: datetime) -> None:
    """Post anew what was taken back last, line by line: the award counts again.

    Only for an award that was not revoked. What was taken back earlier stays taken back.
    """
    completion = completion_of(session, award_ref)
    if completion is None or completion.reversed_at is None:
        return
    _hold(session, completion.person_id)
    lines = {line.id: line for line in completion.postings}
    last = [
        lines[line.reverses_id]
        for line in completion.postings
        if line.reverses_id is not None and line.posted_at == completion.reversed_at
    ]
    for line in last:
        _write(session, completion, line.option, line, (line.year, line.year_label), now=now)
    completion.reversed_at = None
    # Where nothing was posted its earner had not chosen yet, and may choose now.
    completion.is_settled = bool(last)
    session.flush()


def settle(session: Session, completion: Completion, election: Election, *, now: datetime) -> None:
    """Post what was elected after the award, once."""
    _hold(session, completion.person_id)
    _settle(session, completion, election, now=now)


def resettle(
    session: Session, completion: Completion, election: Election, *, reason: str, now: datetime
) -> None:
    """Take back what an award brought and post it anew, after its election was changed."""
    _hold(session, completion.person_id)
    _take_back(session, completion, reason=reason, now=now)
    _settle(session, completion, election, now=now)


def completion_of(session: Session, award_ref: str) -> Completion | None:
    """The completion an award has here."""
    return session.scalars(
        select(Completion).where(Completion.award_ref == award_ref)
    ).one_or_none()


def current(session: Session, person_id: int, credential_id: int) -> Completion | None:
    """The completion of a credential that holds now."""
    return session.scalars(
        select(Completion)
        .join(Completion.credential_version)
        .where(
            Completion.person_id == person_id,
            Completion.reversed_at.is_(None),
            CredentialVersion.credential_id == credential_id,
        )
        .order_by(Completion.id.desc())
        .limit(1)
    ).one_or_none()


def _hold(session: Session, person_id: int) -> None:
    """Let nobody else write about this person meanwhile: limits count what is there already."""
    query = select(Person.id).where(Person.id == person_id)
    # FOR NO KEY UPDATE: rows that point at the person may still be written beside it.
    session.execute(query.with_for_update(key_share=True))


def _settle(session: Session, completion: Completion, election: Election, *, now: datetime) -> None:
    version = completion.credential_version
    terms = Terms.of(version.program_version.document)
    case = case_of(
        session,
        completion.person_id,
        version.credential.program,
        terms=terms,
        completed_at=completion.completed_at,
        without=completion.award_ref,
    )
    outcome = terms.outcome(wish_of(election), case)
    completion.is_settled = not outcome.is_open
    for option in outcome.options:
        _add(session, completion, terms, option, now=now)
    is_reported = any(option.on_licence for option in outcome.options)
    if is_reported and "licence" in version.program_version.document:
        completion.licence_status = LicenceStatus.TO_REPORT
    else:
        completion.licence_status = LicenceStatus.NOT_APPLICABLE
    completion.licence_on = None
    session.flush()
    reminders.finish(session, completion.person_id, now=now)


def _add(
    session: Session, completion: Completion, terms: Terms, option: Option, *, now: datetime
) -> None:
    year = terms.year_of(completion.completed_at)
    _write(session, completion, option.slug, option, (year.number, year.label), now=now)


def _write(
    session: Session,
    completion: Completion,
    slug: str,
    what: Option | CreditPosting,
    year: tuple[int, str],
    *,
    now: datetime,
) -> None:
    """The next line of a completion; `year` is its number and how the program names it."""
    line = CreditPosting(
        completion=completion,
        person_id=completion.person_id,
        slot=len(completion.postings) + 1,
        option=slug,
        title=what.title,
        kind=what.kind,
        unit=what.unit,
        amount=what.amount,
        year=year[0],
        year_label=year[1],
        on_licence=what.on_licence,
        posted_at=now,
    )
    session.add(line)


def _take_back(session: Session, completion: Completion, *, reason: str, now: datetime) -> None:
    for line in standing(completion.postings):
        counter = CreditPosting(
            completion=completion,
            person_id=completion.person_id,
            slot=len(completion.postings) + 1,
            option=line.option,
            title=line.title,
            kind=line.kind,
            unit=line.unit,
            amount=-line.amount,
            year=line.year,
            year_label=line.year_label,
            on_licence=line.on_licence,
            posted_at=now,
            reverses_id=line.id,
            reason=reason,
        )
        session.add(counter)
    session.flush()
