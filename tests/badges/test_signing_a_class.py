"""A class is signed together: the first job signs all of it, in one transaction."""

import base64
import json
from datetime import datetime

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from lti_tool.badges import chores, documents
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import KEPT, Award, Rendering, SignedBeginning, SignedDocument
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring
from lti_tool.sealing import did_documents, proofs
from lti_tool.sealing.members import CannotBeSigned
from lti_tool.sealing.plans import Signed
from tests.badges.conftest import Awarding
from tests.builders import a_credential_version, a_person


@pytest.fixture
def a_class(session: Session, awarded: Awarding) -> list[Award]:
    """Five people who earned the same credential, one right after the other."""
    version = a_credential_version()
    made = [
        awarded(version, a_person(name, email=f"{number}@example.org"), 1 + number % 4)
        for number, name in enumerate(["Ada", "Añá", "آدا", "עדה", "Ada 🌱"])
    ]
    session.commit()
    return made


def _kept(session: Session) -> dict[tuple[int, Rendering], bytes]:
    session.expire_all()
    rows = session.scalars(select(SignedDocument)).all()
    return {(row.award_id, row.rendering): row.content for row in rows}


def test_the_first_job_of_a_class_signs_the_class_in_one_transaction(
    session: Session, a_class: list[Award], context: JobContext, engine: Engine, keyring: Keyring
) -> None:
    written: list[str] = []
    event.listen(engine, "commit", lambda _: written.append("commit"))

    chores.sign(context, a_class[0].id)

    assert written == ["commit"]
    kept = _kept(session)
    assert set(kept) == {(award.id, rendering) for award in a_class for rendering in KEPT}
    addresses = Addresses(context.settings.base_url)
    public = documents.did_document(a_class[0].issuer, keyring, addresses)
    for award in a_class:
        document = json.loads(kept[award.id, Rendering.OB3_JSON])
        (proof,) = document["proof"]
        method = proof["verificationMethod"]
        key = did_documents.find_key(public, method, controller=public["id"])
        proofs.check(document, proof, key)
        assert document["id"] == addresses.award(award)

    for award in a_class:
        chores.sign(context, award.id)
    assert written == ["commit"], "the other jobs find nothing to do"
    assert _kept(session) == kept


def test_one_who_cannot_be_signed_holds_nobody_back(
    session: Session, a_class: list[Award], context: JobContext
) -> None:
    a_class[2].assessed_by = "An office \x07 that rings"
    session.commit()

    chores.sign(context, a_class[0].id)
    with pytest.raises(CannotBeSigned, match="cannot be signed"):
        chores.sign(context, a_class[2].id)
    chores.sweep(context)

    signed = {award_id for award_id, _ in _kept(session)}
    assert signed == {award.id for award in a_class} - {a_class[2].id}


def test_what_another_worker_kept_stays_and_the_rest_is_added(
    session: Session, a_class: list[Award], context: JobContext, noon: datetime
) -> None:
    first, second = a_class[:2]
    theirs = (first.id, Rendering.OB3_JSON, Signed(b"the", b"irs"))
    made = Signed(b"ou", b"rs")
    ours = [(award.id, rendering, made) for award in (first, second) for rendering in KEPT]
    with context.sessions() as other:
        chores._keep(other, [theirs], noon)

    with context.sessions() as other:
        chores._keep(other, ours, noon)

    kept = _kept(session)
    assert kept.pop((first.id, Rendering.OB3_JSON)) == b"theirs"
    assert set(kept.values()) == {b"ours"}
    assert len(kept) == len(ours) - 1


@pytest.mark.row("T-135")
def test_nothing_is_kept_for_somebody_erased_while_the_class_was_signed(
    session: Session, a_class: list[Award], context: JobContext, noon: datetime
) -> None:
    gone, stays = a_class[:2]
    signed = [(award.id, Rendering.OB3_JSON, Signed(b"", b"signed")) for award in (gone, stays)]
    gone.erased_at = noon
    session.commit()

    with context.sessions() as other:
        chores._keep(other, signed, noon)

    assert set(_kept(session)) == {(stays.id, Rendering.OB3_JSON)}


def test_what_a_class_shares_is_kept_once_and_names_nobody(
    session: Session, a_class: list[Award], context: JobContext
) -> None:
    chores.sign(context, a_class[0].id)

    beginnings = session.scalars(select(SignedBeginning)).all()
    rows = session.scalars(select(SignedDocument)).all()
    assert len(beginnings) == len(KEPT)
    for award in a_class:
        own = [row for row in rows if row.award_id == award.id]
        assert {row.beginning for row in own} == set(beginnings)
        assert all(len(row.rest) < len(row.content) / 2 for row in own)
        for beginning in beginnings:
            said = _readable(beginning.content)
            assert award.recipient_identity.encode() not in said
            assert award.recipient_salt.encode() not in said
            assert award.public_id.encode() not in said


def _readable(content: bytes) -> bytes:
    """The bytes themselves, or the payload of the JWT that begins with them."""
    payload = content.rpartition(b".")[2]
    if content.startswith(b"{"):
        return content
    return base64.urlsafe_b64decode(payload[: len(payload) // 4 * 4])
