"""A status list is signed once for each thing it has to say, and served from memory between."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, literal, select
from sqlalchemy.orm import Session

from lti_tool.badges import awards, documents, status_list
from lti_tool.badges.addresses import Addresses
from lti_tool.keyring import Keyring
from lti_tool.sealing import bitstrings, strict_json
from tests.badges.conftest import Awarding
from tests.counting import Counted


@pytest.mark.row("B3-050", "B3-055")
def test_a_revocation_shows_in_the_very_next_answer(
    session: Session, awarded: Awarding, keyring: Keyring, addresses: Addresses, noon: datetime
) -> None:
    award = awarded()
    session.flush()
    number, place = award.status_list.number, award.status_index

    def bit() -> bool:
        content = documents.status_credential(session, number, keyring, addresses)
        assert content is not None
        subject = strict_json.read(content)["credentialSubject"]
        return bitstrings.is_set(subject["encodedList"], place)

    assert not bit()

    # At the same moment as the list was begun: what counts is what it holds, not when.
    awards.revoke(session, award, reason="It was a mistake.", actor=None, now=noon)
    session.flush()

    assert bit()


def test_an_unchanged_list_is_no_question_for_a_moment_and_then_one_and_no_signature(
    session: Session, engine: Engine, awarded: Awarding, keyring: Keyring, addresses: Addresses
) -> None:
    award = awarded()
    session.flush()
    number = award.status_list.number
    first = documents.status_credential(session, number, keyring, addresses)

    with Counted(engine) as questions:
        at_once = documents.status_credential(session, number, keyring, addresses)
        session.scalar(select(literal("the only one")))
    assert at_once is first
    assert len(questions) == 1

    status_list.CHANGES.count()  # as after a second, or a change to any other list
    with Counted(engine) as questions:
        again = documents.status_credential(session, number, keyring, addresses)
    assert again is first
    assert len(questions) == 1


def test_a_list_nobody_began_is_nothing(
    session: Session, keyring: Keyring, addresses: Addresses
) -> None:
    assert documents.status_credential(session, 77, keyring, addresses) is None
