"""What can be earned, found by its slug."""

from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound
from lti_tool.programs.catalogue import (
    current_credential_version,
    current_version,
    find_credential,
    find_program,
    offers,
)
from tests.builders import a_credential, a_credential_version, a_program, a_program_version
from tests.counting import Counted


def test_a_program_is_found_with_its_current_version(session: Session) -> None:
    ponds = a_program("ponds")
    old, new = a_program_version(ponds, number=1), a_program_version(ponds, number=2)
    session.add_all([old, new])
    session.flush()

    assert find_program(session, "ponds") is ponds
    assert current_version(session, ponds) is new


def test_what_is_not_there_is_not_found(session: Session) -> None:
    session.add(a_program("ponds"))
    session.flush()

    with pytest.raises(NotFound, match="no program “forests”"):
        find_program(session, "forests")
    with pytest.raises(NotFound, match="Nothing of the program “ponds”"):
        current_version(session, find_program(session, "ponds"))
    with pytest.raises(NotFound, match="no credential “survey” in the program “ponds”"):
        find_credential(session, "survey", "ponds")


def test_a_slug_two_programs_share_needs_the_program(session: Session) -> None:
    here, there = a_credential(a_program("ponds"), "survey"), a_credential(slug="survey")
    session.add_all([here, there])
    session.flush()

    assert find_credential(session, "survey", "ponds") is here
    with pytest.raises(NotFound, match="name the program as well"):
        find_credential(session, "survey")


def test_every_program_is_offered_once_with_its_credentials_in_order(session: Session) -> None:
    ponds = a_program("ponds")
    old = a_program_version(ponds, number=1, title="Old ponds")
    new = a_program_version(ponds, number=2, title="Ponds")
    first = a_credential(ponds, "look")
    session.add(a_credential_version(program_version=old, credential=first, title="Look once"))
    session.add(a_credential_version(program_version=new, credential=first, title="Look"))
    session.add(a_credential_version(program_version=new, slug="tell", title="Tell", parts=0))
    session.add(a_credential_version(program_version=a_program_version(title="Forests")))
    session.flush()

    forests, offer = offers(session)

    assert forests.title == "Forests"
    assert (offer.slug, offer.title, offer.number) == ("ponds", "Ponds", 2)
    assert [(one.slug, one.title, one.can_begin) for one in offer.credentials] == [
        ("look", "Look", True),
        ("tell", "Tell", False),
    ]


@pytest.mark.parametrize("size", [1, 4])
def test_the_number_of_queries_does_not_grow_with_the_credential(
    session: Session, size: int, noon: datetime
) -> None:
    version = a_credential_version(parts=size, criteria=size, items=size, resources=size)
    session.add(version)
    session.commit()
    session.expunge_all()
    bind = session.get_bind()
    assert isinstance(bind, Engine)
    credential = find_credential(session, version.credential.slug)

    with Counted(bind) as counted:
        found = current_credential_version(session, credential)
        for part in found.parts:
            assert [level.is_met for row in part.criteria for level in row.levels]
            assert [requirement.title for requirement in part.requirements]
        assert (len(found.items), len(found.resources)) == (size, size)
        assert found.credential.program.slug
        assert found.number == 1
    assert len(counted) == 9
