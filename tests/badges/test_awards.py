"""Awards: made once, private at first, taken back for a reason."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from lti_tool.badges import awards, chores, documents, status_list
from lti_tool.badges.issuers import default_issuer
from lti_tool.badges.models import (
    KEPT,
    Award,
    AwardState,
    Issuer,
    SignedDocument,
    StatusList,
    StatusPlace,
)
from lti_tool.database import sessions
from lti_tool.errors import NotFound
from lti_tool.jobs import JobContext
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion
from lti_tool.sealing import bitstrings
from lti_tool.settings import Settings
from tests.badges.conftest import Awarding
from tests.badges.workshop import results_for
from tests.builders import NOON, a_credential_version, a_person, a_program_version
from tests.cast import ada, ivan


def test_an_award_is_private_until_its_earner_shares_it(
    session: Session, awarded: Awarding, noon: datetime
) -> None:
    award = awarded()
    stranger = ivan()
    session.add(stranger)
    session.flush()

    with pytest.raises(NotFound):
        awards.find_award(session, award.public_id, for_=None)
    with pytest.raises(NotFound):
        awards.find_award(session, award.public_id, for_=stranger)
    assert awards.find_award(session, award.public_id, for_=award.person) is award

    awards.share(session, award, now=noon)
    assert awards.find_award(session, award.public_id, for_=None) is award

    awards.stop_sharing(session, award, now=noon)
    with pytest.raises(NotFound):
        awards.find_award(session, award.public_id, for_=None)


def test_awarding_twice_is_awarding_once(
    session: Session, awarded: Awarding, noon: datetime
) -> None:
    first = awarded()

    second = awards.award(
        session,
        person=first.person,
        credential_version=first.credential_version,
        results=results_for(first.credential_version, 4),
        now=noon + timedelta(days=1),
    )

    assert second is first
    assert first.issued_at == noon
    assert session.scalars(select(Award)).all() == [first]


def test_after_a_revocation_the_credential_can_be_earned_again(
    session: Session, awarded: Awarding, noon: datetime
) -> None:
    first = awarded()
    awards.revoke(
        session, first, reason="The portfolio was not the person's own.", actor=None, now=noon
    )

    second = awards.award(
        session,
        person=first.person,
        credential_version=first.credential_version,
        results=results_for(first.credential_version),
        now=noon,
    )

    assert second is not first
    assert second.public_id != first.public_id
    assert second.status_index != first.status_index


@pytest.mark.row("T-114")
def test_revoking_asks_once_for_the_grade_to_be_taken_back(
    session: Session, awarded: Awarding, noon: datetime
) -> None:
    award = awarded()
    for _ in range(2):
        awards.revoke(session, award, reason="Made by mistake.", actor=None, now=noon)

    table = (
        "workflow_status"
        if session.get_bind().dialect.name == "sqlite"
        else ("dbos.workflow_status")
    )
    asked = session.execute(
        text(f"SELECT workflow_uuid FROM {table} WHERE workflow_uuid LIKE 'grades.withdraw/%'")
    ).all()
    assert [row[0] for row in asked] == [f"grades.withdraw/{award.public_id}"]


@pytest.mark.row("B3-055")
def test_a_revoked_award_sets_its_place_in_the_status_list(
    session: Session, awarded: Awarding, context: JobContext, noon: datetime
) -> None:
    award, other = awarded(), awarded()
    later = noon + timedelta(hours=1)

    awards.revoke(session, award, reason="Made by mistake.", actor=None, now=later)

    assert award.state is AwardState.REVOKED
    places = status_list.revoked_places(session, award.status_list)
    encoded = bitstrings.encode(places)
    assert bitstrings.is_set(encoded, award.status_index)
    assert not bitstrings.is_set(encoded, other.status_index)
    assert award.status_list.changed_at == later


def test_a_revoked_award_can_no_longer_be_shared(
    session: Session, awarded: Awarding, noon: datetime
) -> None:
    award = awarded()
    awards.revoke(session, award, reason="Made by mistake.", actor=None, now=noon)

    with pytest.raises(awards.AwardRevoked):
        awards.share(session, award, now=noon)


def test_equal_addresses_cannot_be_told_to_be_equal(session: Session, awarded: Awarding) -> None:
    person = ada()
    one, two = awarded(person=person), awarded(person=person)

    assert one.recipient_identity == two.recipient_identity
    assert one.recipient_salt != two.recipient_salt
    assert len(one.recipient_salt) >= 32


def test_a_person_without_an_address_gets_a_random_identifier(
    session: Session, awarded: Awarding
) -> None:
    nameless = a_person("Learner 3f9c")
    nameless.email = None

    award = awarded(person=nameless)

    assert award.recipient_identity.startswith("urn:uuid:")
    assert award.recipient_type == "identifier"


def test_sample_packages_are_awarded_by_the_demonstration_issuer(
    session: Session, settings: Settings, awarded: Awarding, noon: datetime
) -> None:
    named = settings.model_copy(update={"issuer_name": "Regional Office of Education"})
    own = default_issuer(session, named, noon)
    real = a_program_version()
    real.document = {**real.document, "demonstration": False}

    sample, earnest = awarded(), awarded(a_credential_version(program_version=real))

    assert sample.issuer.is_demonstration
    assert not sample.issuer.is_default
    assert earnest.issuer is own
    assert own.is_default


def test_an_installation_without_a_name_of_its_own_demonstrates(
    session: Session, settings: Settings, noon: datetime
) -> None:
    issuer = default_issuer(session, settings, noon)

    assert issuer.is_default
    assert issuer.is_demonstration
    assert default_issuer(session, settings, noon) is issuer


def test_the_root_identifier_never_changes_hands_once_something_was_issued(
    session: Session, settings: Settings, awarded: Awarding, noon: datetime
) -> None:
    award = awarded()
    assert award.issuer.is_default

    named = settings.model_copy(update={"issuer_name": "Regional Office of Education"})
    own = default_issuer(session, named, noon)

    assert not own.is_default
    assert award.issuer.is_default
    assert len(session.scalars(select(Issuer).where(Issuer.is_default)).all()) == 1


def test_an_award_is_signed_once_and_its_bytes_are_kept(
    session: Session, awarded: Awarding, context: JobContext
) -> None:
    award = awarded()
    session.commit()

    chores.sign(context, award.id)
    first = documents.kept(session, award)
    session.commit()
    chores.sign(context, award.id)

    assert set(first) == set(KEPT)
    assert documents.kept(session, award) == first
    assert len(session.scalars(select(SignedDocument)).all()) == len(KEPT)


def test_a_forgotten_award_is_found_and_signed(
    session: Session, awarded: Awarding, context: JobContext
) -> None:
    award, other = awarded(), awarded()
    session.commit()
    chores.sign(context, other.id)

    chores.sweep(context)

    assert set(documents.kept(session, award)) == set(KEPT)


def test_places_of_a_list_are_given_out_once(session: Session, awarded: Awarding) -> None:
    made = [awarded() for _ in range(20)]

    places = session.scalars(select(StatusPlace.place)).all()
    assert len(set(places)) == len(made) == 20
    assert max(places) > 1000, "places are random, not the first twenty"
    assert {award.status_list_id for award in made} == {made[0].status_list_id}
    assert made[0].issued_at == NOON


def test_many_first_awards_at_once_share_one_issuer_and_one_list(
    session: Session, engine: Engine, noon: datetime
) -> None:
    version = a_credential_version()
    people = [a_person(f"Person {number}") for number in range(8)]
    session.add_all([version, *people])
    session.commit()
    # Each person twice: the second of two equal decisions finds the award of the first.
    wanted = [person.id for person in people] * 2

    def decide(person_id: int) -> int:
        with sessions(engine).begin() as own:
            held = own.get_one(CredentialVersion, version.id)
            made = awards.award(
                own,
                person=own.get_one(Person, person_id),
                credential_version=held,
                results=results_for(held),
                now=noon,
            )
            return made.id

    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(decide, wanted))

    assert made[:8] == made[8:]
    assert len(set(made)) == 8
    assert len(session.scalars(select(Issuer)).all()) == 1
    assert len(session.scalars(select(StatusList)).all()) == 1
    assert len(set(session.scalars(select(StatusPlace.place)))) >= 8
