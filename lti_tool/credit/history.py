"""What somebody has earned so far, as the rules want to know it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lti_tool.credit import statements
from lti_tool.credit.duties import Said
from lti_tool.credit.models import Circumstances, Completion, CreditPosting, Election
from lti_tool.credit.rules import Case, Earned, Posted, Terms
from lti_tool.programs.models import Credential, CredentialVersion, Program


def completions_of(session: Session, person_id: int) -> list[Completion]:
    """Every completion of a person with its postings, oldest first, reversed ones too."""
    return list(
        session.scalars(
            select(Completion)
            .where(Completion.person_id == person_id)
            .order_by(Completion.completed_at, Completion.id)
            .options(
                selectinload(Completion.postings),
                joinedload(Completion.credential_version).options(
                    joinedload(CredentialVersion.program_version),
                    joinedload(CredentialVersion.credential).joinedload(Credential.program),
                ),
            )
        )
    )


def begun_by(session: Session, person_id: int) -> list[Election]:
    """Everything somebody has begun, with the version they began, in the order they began it."""
    return list(
        session.scalars(
            select(Election)
            .where(Election.person_id == person_id)
            .order_by(Election.id)
            .options(
                joinedload(Election.credential_version).options(
                    joinedload(CredentialVersion.program_version),
                    joinedload(CredentialVersion.credential).joinedload(Credential.program),
                )
            )
        )
    )


def standing(postings: Iterable[CreditPosting]) -> list[CreditPosting]:
    """The postings that were not taken back."""
    lines = list(postings)
    taken = {line.reverses_id for line in lines if line.reverses_id is not None}
    return [line for line in lines if line.reverses_id is None and line.id not in taken]


def case_of(
    session: Session,
    person_id: int,
    program: Program,
    *,
    terms: Terms,
    completed_at: datetime,
    without: str = "",
) -> Case:
    """The case of one award: everything else the person has, and what they say of themselves.

    `without` is the award the case is about.
    """
    told = circumstances(session, person_id, program)
    return Case(
        completed_at=completed_at,
        others=tuple(
            _earned(one)
            for one in completions_of(session, person_id)
            if one.reversed_at is None and one.award_ref != without
        ),
        roles=frozenset(told.roles if told else ()),
        region=told.region if told else "",
        said=_said(session, person_id, terms, told, completed_at),
    )


def _said(
    session: Session,
    person_id: int,
    terms: Terms,
    told: Circumstances | None,
    completed_at: datetime,
) -> tuple[tuple[str, Said], ...]:
    """What they say of each duty that is theirs; no query where the program states none."""
    if not terms.duties:
        return ()
    return tuple(
        statements.said_of(
            statements.years_of(session, person_id),
            terms.duties,
            terms.register,
            told.roles if told else (),
            terms.year_of(completed_at),
        ).items()
    )


def circumstances(session: Session, person_id: int, program: Program) -> Circumstances | None:
    """What somebody said of themselves in a program."""
    return session.scalars(
        select(Circumstances).where(
            Circumstances.person_id == person_id, Circumstances.program_id == program.id
        )
    ).one_or_none()


@dataclass(frozen=True)
class Sum:
    """All credit of one kind in one credit year."""

    year: int
    year_label: str
    title: str
    unit: str
    amount: Decimal


def sums(completions: Iterable[Completion]) -> list[Sum]:
    """What stands in the journal, added up by credit year and option; newest year first."""
    found: dict[tuple[int, str, str, str], Decimal] = {}
    for completion in completions:
        for line in completion.postings:
            key = (line.year, line.year_label, line.title, line.unit)
            found[key] = found.get(key, Decimal(0)) + line.amount
    added = [Sum(*key, amount) for key, amount in found.items() if amount]
    return sorted(added, key=lambda one: (-one.year, one.title))


def _earned(completion: Completion) -> Earned:
    program = completion.credential_version.credential.program.slug
    return Earned(
        program,
        completion.completed_at,
        tuple(
            Posted(program, line.option, line.kind, line.amount)
            for line in standing(completion.postings)
        ),
    )
