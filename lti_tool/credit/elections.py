"""Elections: what somebody wants an award to count as, free until it is awarded (S1-16)."""

from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.credit import journal, statements
from lti_tool.credit.history import case_of, circumstances
from lti_tool.credit.models import Choice, Circumstances, Election
from lti_tool.credit.rules import Terms
from lti_tool.errors import NotAllowed, Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs import appointments
from lti_tool.programs.models import CredentialVersion


class NotToBeHad(Refused):
    """The credit that was asked for cannot be had now; the words say why and when it could."""

    status = 422


class ElectionLocked(Refused):
    """The award is made, and what it counts as with it."""


class ReasonMissing(Refused):
    """A change after the award needs a word on why, for whoever looks into it later."""

    status = 422


def elect(session: Session, election: Election, option: str | None, *, now: datetime) -> None:
    """Choose what an award will count as; `""` for no credit, `None` to leave it open.

    Before the award it may be changed as often as one likes. After an award that still waits for
    a choice it is made once, and posted.

    Raises:
        ElectionLocked: it is awarded and decided.
        NotToBeHad: by the rules of the version it cannot be had if completed now.
    """
    completion = journal.current(session, election.person_id, election.credential_id)
    if completion is not None and completion.is_settled:
        raise ElectionLocked(
            "This is awarded, and what it counts for is decided with it. The program's office can"
            " change it, and writes down why."
        )
    at = completion.completed_at if completion else now
    _check(session, election, option, at=at)
    _set(election, option, now=now)
    if completion is not None:
        session.flush()
        journal.settle(session, completion, election, now=now)


def change(
    session: Session,
    election: Election,
    option: str | None,
    *,
    actor: Person,
    reason: str,
    now: datetime,
) -> None:
    """Change an election after the award, as the program's administrator; audited (S1-16).

    The lines posted before are taken back and new ones written.

    Raises:
        NotAllowed: the actor does not administer the program.
        ReasonMissing: there is no word on why.
        NotToBeHad: the rules do not allow it.
    """
    program = election.credential_version.credential.program
    if not appointments.holds(session, actor, program, Seat.ADMIN, now=now):
        raise NotAllowed("Only an administrator of the program changes this after the award.")
    reason = reason.strip()[:500]
    if not reason:
        raise ReasonMissing("Say why it is changed: it stays in the audit trail.")
    completion = journal.current(session, election.person_id, election.credential_id)
    at = completion.completed_at if completion else now
    _check(session, election, option, at=at, without=completion.award_ref if completion else "")
    before = election.option or election.choice.value
    _set(election, option, now=now)
    session.flush()
    if completion is not None:
        journal.resettle(session, completion, election, reason=reason, now=now)
    note(
        session,
        "credit.change-election",
        f"person {election.person_id}",
        actor=actor,
        now=now,
        credential=election.credential_version.credential.slug,
        before=before,
        after=election.option or election.choice.value,
        reason=reason,
    )


def tell(
    session: Session,
    person: Person,
    version: CredentialVersion,
    *,
    roles: list[str],
    region: str,
    now: datetime,
) -> Circumstances:
    """Write down what somebody says of their roles and where they work.

    What a licence asks of these roles year by year is reckoned from this year on, unless the person
    said otherwise.
    """
    program = version.credential.program
    told = circumstances(session, person.id, program)
    if told is None:
        told = Circumstances(person_id=person.id, program_id=program.id, told_at=now)
        session.add(told)
    told.roles, told.region, told.told_at = sorted(set(roles)), region, now
    session.flush()
    terms = Terms.of(version.program_version.document)
    mine = [duty for duty in terms.duties if duty.roles & set(roles)]
    if mine:
        statements.reckon_from(
            session, person, terms.register, mine, year=terms.year_of(now), now=now
        )
    return told


def _set(election: Election, option: str | None, *, now: datetime) -> None:
    election.choice = Choice.OPEN if option is None else Choice.OPTION if option else Choice.NONE
    election.option = option or ""
    election.chosen_at = now


def _check(
    session: Session, election: Election, option: str | None, *, at: datetime, without: str = ""
) -> None:
    version = election.credential_version
    terms = Terms.of(version.program_version.document)
    if option is None:
        return
    if not option:
        if not terms.none_allowed:
            raise NotToBeHad("This program asks you to choose one kind of credit.")
        return
    found = terms.option(option)
    if found is None:
        raise NotToBeHad("Choose one of the kinds of credit this program offers.")
    program = version.credential.program
    case = case_of(
        session, election.person_id, program, terms=terms, completed_at=at, without=without
    )
    if why := terms.refusal(found, case):
        following = terms.year_of(at).ends_at
        later = case_of(
            session,
            election.person_id,
            program,
            terms=terms,
            completed_at=following,
            without=without,
        )
        hint = ""
        if not without and not terms.refusal(found, later):
            year = terms.year_of(following)
            hint = f" If you finish in {year.label}, you can choose it then."
        raise NotToBeHad(f"{found.title}: {why}{hint}")
