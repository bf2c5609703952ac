"""Hours, choices, credit and licence numbers of a person, given out and erased (T-135)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.credit.history import completions_of
from lti_tool.credit.models import (
    Circumstances,
    Completion,
    CreditPosting,
    CreditReminder,
    Election,
    HoursApproval,
    HoursEntry,
    HoursWithdrawal,
    LicenceNumber,
    LicenceTerm,
    LicenceYears,
)
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan, count, when


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Hours with who answers for them, what was chosen, what was posted, where it stands."""
    entries = session.scalars(
        select(HoursEntry)
        .where(HoursEntry.person_id == person.id)
        .order_by(HoursEntry.id)
        .options(joinedload(HoursEntry.approval), joinedload(HoursEntry.credential))
    )
    elections = session.scalars(
        select(Election)
        .where(Election.person_id == person.id)
        .order_by(Election.id)
        .options(joinedload(Election.credential_version))
    )
    told = session.scalars(
        select(Circumstances).where(Circumstances.person_id == person.id).order_by(Circumstances.id)
    )
    numbers = session.scalars(select(LicenceNumber).where(LicenceNumber.person_id == person.id))
    years = session.scalars(select(LicenceYears).where(LicenceYears.person_id == person.id))
    terms = session.scalars(select(LicenceTerm).where(LicenceTerm.person_id == person.id))
    reminders = session.scalars(select(CreditReminder).where(CreditReminder.person_id == person.id))
    return {
        "hours": [
            {
                "credential": entry.credential.slug,
                "kind": entry.category,
                "hours": str(entry.hours),
                "day": entry.done_on.isoformat(),
                "what": entry.words,
                "recorded": when(entry.recorded_at),
                "recorded by": _who(entry.recorded_by_id, person),
                "approved": when(entry.approval.approved_at) if entry.approval else None,
                "takes another entry back": entry.counters_id is not None,
            }
            for entry in entries
        ],
        "choices": [
            {
                "credential": one.credential_version.title,
                "choice": one.choice.value,
                "option": one.option,
                "chosen": when(one.chosen_at),
            }
            for one in elections
        ],
        "credit": [_completion(one) for one in completions_of(session, person.id)],
        "what they said of themselves": [
            {"roles": one.roles, "region": one.region, "told": when(one.told_at)} for one in told
        ],
        "licence numbers": [
            # The key is not at hand here; the person reads the number on their own page.
            {"register": one.register, "number": "kept sealed", "told": when(one.told_at)}
            for one in numbers
        ],
        "license years": [
            {
                "register": one.register,
                "kind": one.kind,
                "since": one.since,
                "had elsewhere": one.elsewhere,
                "not asked": one.excused,
                "told": when(one.told_at),
            }
            for one in years
        ],
        "license runs until": [
            {"register": one.register, "day": one.ends_on.isoformat(), "told": when(one.told_at)}
            for one in terms
        ],
        "reminders": [
            {"words": one.words, "due": one.due_on.isoformat(), "told": when(one.told_at)}
            for one in reminders
        ],
    }


def _completion(completion: Completion) -> dict[str, Any]:
    return {
        "credential": completion.credential_version.title,
        "completed": when(completion.completed_at),
        "provider": completion.provider,
        "activity number": completion.activity_number,
        "license": completion.licence_status.value,
        "license reference": completion.licence_reference,
        "taken back": when(completion.reversed_at),
        "journal": [
            {
                "year": line.year_label,
                "credit": line.title,
                "amount": str(line.amount),
                "unit": line.unit,
                "posted": when(line.posted_at),
                "reason": line.reason,
            }
            for line in completion.postings
        ],
    }


def _who(person_id: int | None, person: Person) -> str:
    return "this person" if person_id == person.id else "somebody else"


def holdings(session: Session, person: Person, plan: Plan) -> list[Holding]:
    """What `erase` takes and what it leaves."""
    stays = "They asked to keep their badges; what a badge counted for stays with it."
    kept = stays if plan.keep_badges else ""
    mine = person.id
    return [
        Holding("entries of hours", count(session, HoursEntry.id, HoursEntry.person_id == mine)),
        Holding("choices of credit", count(session, Election.id, Election.person_id == mine)),
        Holding(
            "lines of the credit journal",
            count(session, CreditPosting.id, CreditPosting.person_id == mine),
            kept,
        ),
        Holding(
            "licence numbers", count(session, LicenceNumber.id, LicenceNumber.person_id == mine)
        ),
        Holding(
            "what they said of their licence, and reminders",
            count(session, LicenceYears.id, LicenceYears.person_id == mine)
            + count(session, LicenceTerm.id, LicenceTerm.person_id == mine)
            + count(session, CreditReminder.id, CreditReminder.person_id == mine),
        ),
        Holding(
            "hours of others they recorded or approved",
            count(
                session,
                HoursEntry.id,
                HoursEntry.recorded_by_id == mine,
                HoursEntry.person_id != mine,
            )
            + count(session, HoursApproval.id, HoursApproval.approver_id == mine)
            + count(session, HoursWithdrawal.id, HoursWithdrawal.withdrawn_by_id == mine),
            "Others' records need them. They stay under a number, without a name.",
        ),
    ]


def erase(session: Session, person: Person, plan: Plan) -> None:
    """Delete hours, choices, licences and reminders; the journal too, unless badges are kept."""
    entries = select(HoursEntry.id).where(HoursEntry.person_id == person.id)
    approvals = select(HoursApproval.id).where(HoursApproval.entry_id.in_(entries))
    session.execute(delete(HoursWithdrawal).where(HoursWithdrawal.approval_id.in_(approvals)))
    session.execute(delete(HoursApproval).where(HoursApproval.entry_id.in_(entries)))
    session.execute(delete(HoursEntry).where(HoursEntry.person_id == person.id))
    for kind in (
        Election,
        Circumstances,
        LicenceNumber,
        LicenceYears,
        LicenceTerm,
        CreditReminder,
    ):
        session.execute(delete(kind).where(kind.person_id == person.id))
    if plan.keep_badges:
        return
    session.execute(delete(CreditPosting).where(CreditPosting.person_id == person.id))
    session.execute(delete(Completion).where(Completion.person_id == person.id))
