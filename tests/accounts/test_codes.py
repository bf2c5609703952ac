"""A one-time code: shown once, good for ten minutes, used up once, and not to be guessed."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from lti_tool.accounts import codes
from lti_tool.accounts.models import AccountRequest
from lti_tool.cohorts.models import CODE_LETTERS
from lti_tool.people.models import Person
from tests.accounts.conftest import Pair
from tests.builders import NOON
from tests.privacy import ledger

pytestmark = [
    pytest.mark.row("S2-09"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

MINUTE = timedelta(minutes=1)
SECRET = "a secret of this installation"


def ask(session: Session, person: Person, minutes: int = 0) -> str:
    """A code."""
    return codes.ask(session, person, secret=SECRET, now=NOON + minutes * MINUTE)


def enter(session: Session, person: Person, code: str, minutes: int = 0) -> AccountRequest | None:
    """Enter one."""
    return codes.enter(session, person, code, secret=SECRET, now=NOON + minutes * MINUTE)


def test_a_code_names_both_and_is_used_up(session: Session, pair: Pair) -> None:
    code = ask(session, pair.ada)

    found = enter(session, pair.again, f" {code.lower().replace('-', ' ')} ", 9)

    assert found is not None
    session.refresh(found)
    assert (found.person, found.other) == (pair.ada, pair.again)
    assert enter(session, pair.ivan, code, 9) is None


@pytest.mark.parametrize("why", ["own", "late", "replaced", "mistyped"])
def test_a_code_that_does_not_fit_opens_nothing(session: Session, pair: Pair, why: str) -> None:
    code = ask(session, pair.ada)
    who, minutes = pair.again, 0
    if why == "own":
        who = pair.ada
    elif why == "late":
        minutes = 10
    elif why == "replaced":
        ask(session, pair.ada)
    else:
        code = code[:-1] + ("A" if code[-1] != "A" else "B")

    assert enter(session, who, code, minutes) is None
    assert codes.of_person(session, pair.ada, now=NOON) == []


def test_only_a_keyed_digest_is_kept(session: Session, pair: Pair) -> None:
    code = ask(session, pair.ada)

    kept = f"{ledger.read(session)['account_request']}"

    assert code not in kept
    assert code.replace("-", "") not in kept
    assert codes.digest(code, secret=SECRET) != codes.digest(code, secret="another")


def test_guessing_is_bounded_for_a_person(session: Session, pair: Pair) -> None:
    """Ten an hour among a million million: nobody gets there within the ten minutes of a code."""
    assert len(CODE_LETTERS) ** 8 > 10**12
    code = ask(session, pair.ada, 59)
    for number in range(codes.MOST_WRONG):
        assert enter(session, pair.ivan, f"AAAA-AAA{number}", number) is None

    with pytest.raises(codes.TooManyCodes, match="for an hour"):
        enter(session, pair.ivan, code, 59)
    assert enter(session, pair.again, code, 59) is not None  # others are not held up
    assert enter(session, pair.ivan, ask(session, pair.ada, 61), 61) is not None


def test_what_is_over_is_forgotten(session: Session, pair: Pair) -> None:
    ask(session, pair.ada)
    enter(session, pair.ivan, "nonsense")

    codes.forget_old(session, now=NOON + 61 * MINUTE)

    told = ledger.read(session)
    assert (told["account_request"], told["wrong_code"]) == ({}, {})
