"""A key that follows leaves old badges valid; one that was stolen takes along what it signed.

What we keep is signed anew. What others say of it is asked of judges that are not ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from lti_tool.badges import chores, compromised, documents, endorsements, issuers, issuing
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import (
    KEPT,
    Award,
    Rendering,
    SignedDocument,
    StatusList,
)
from lti_tool.badges.published import Published
from lti_tool.database import sessions
from lti_tool.errors import NotFound
from lti_tool.jobs import JobContext
from lti_tool.keyring import KeyState, Purpose, SigningKey, rotation
from lti_tool.people.models import AuditEvent
from lti_tool.sealing import did_documents
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome
from lti_tool.verification.sources import World
from tests.badges.conftest import Awarding
from tests.badges.judges.outside import Case, NodeJudges, openbadgeslib
from tests.badges.test_issuers import an_issuer, named_version
from tests.builders import a_credential_version
from tests.cast import ada, ben

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def node_judges() -> Iterator[NodeJudges]:
    with NodeJudges.running() as judges:
        yield judges


@dataclass
class Installation:
    """A session, what its jobs are given, and what its addresses answer."""

    session: Session
    context: JobContext
    judges: NodeJudges

    @property
    def addresses(self) -> Addresses:
        return Addresses(self.context.settings.base_url)

    def signed(self, award: Award) -> dict[Rendering, bytes]:
        """What is kept of an award, signed where it was not yet."""
        self.session.commit()
        chores.sign(self.context, award.id)
        kept = documents.kept(self.session, award)
        self.session.commit()
        return kept

    def rotated(self, purpose: Purpose, holder: str = "") -> str:
        """Let another key follow at once; the name of the one before."""
        ring = self.context.keyring
        old = ring.key(purpose, holder).kid
        with sessions(self.context.engine).begin() as session:
            rotation.rotate(
                session,
                ring.folder,
                purpose,
                pace=rotation.Pace.of(self.context.settings),
                now=self.context.now(),
                at_once=True,
                holder=holder,
            )
        ring.look()
        return old

    def given_up(self, kid: str) -> None:
        """Believe a key no longer."""
        with sessions(self.context.engine).begin() as session:
            compromised.give_up(
                session,
                self.context.keyring.folder,
                kid,
                pace=rotation.Pace.of(self.context.settings),
                actor=None,
                now=self.context.now(),
            )

    def ours(self, content: bytes) -> Outcome:
        """What our own verifier says."""
        with self.context.read() as session:
            own = Published(session, self.context.keyring, self.addresses)
            return checking.check_file(content, World(own), now=self.context.now()).outcome

    def outside(self, slug: str, content: bytes) -> list[str | None]:
        """What the judges that read it say: why they refuse, or nothing where they accept."""
        with self.context.read() as session:
            own = Published(session, self.context.keyring, self.addresses)
            found = own.issuer(slug)
            did = self.addresses.did(found)
            known: dict[str, Any] = {
                # did:web means https, whatever the tests are served by.
                did_documents.web_address(did): own.did_document(found)
            }
            for number in session.scalars(select(StatusList.number)):
                address = f"{self.addresses.base}/badges/status/{number}"
                known[address] = json.loads(own.status_credential(number))
        case = Case(content.decode(), did, known, self.context.now() + timedelta(days=1))
        node = "@digitalbazaar/vc" if content[:1] == b"{" else "jose"
        return [self.judges.ask(node, case), openbadgeslib(case)]


@pytest.fixture
def house(session: Session, context: JobContext, node_judges: NodeJudges) -> Installation:
    return Installation(session, context, node_judges)


@pytest.mark.row("B3-034", "B3-036")
@pytest.mark.parametrize("slug", [issuers.DEMONSTRATION, "north"])
@pytest.mark.parametrize(
    ("purpose", "rendering"),
    [
        (Purpose.BADGE_PROOF, Rendering.OB3_JSON),
        (Purpose.BADGE_JWT, Rendering.OB3_JWT),
    ],
)
def test_a_retired_key_keeps_a_badge_valid_and_a_compromised_one_does_not(
    house: Installation, awarded: Awarding, purpose: Purpose, rendering: Rendering, slug: str
) -> None:
    issuer, session = slug, house.session
    version = named_version()
    session.add(version)
    session.flush()
    default = awarded()
    if slug == "north":
        north = an_issuer(session, slug, house.context.now())
        program = version.credential.program
        issuing.appoint(session, north, program, "north", actor=None, now=house.context.now())
    award = awarded(version, ben())
    assert award.issuer.slug == slug
    old, beside = house.signed(award), house.signed(default)
    assert house.outside(issuer, old[rendering]) == [None, None]

    kid = house.rotated(purpose, "" if slug == issuers.DEMONSTRATION else slug)
    assert house.outside(issuer, old[rendering]) == [None, None]
    assert house.ours(old[rendering]) is Outcome.VALID
    assert house.signed(award) == old

    house.given_up(kid)
    refused = house.outside(issuer, old[rendering])
    assert all(refused), refused
    assert house.ours(old[rendering]) is Outcome.NOT_VALID

    chores.sign_again(house.context, kid)
    new = house.signed(award)
    assert house.outside(issuer, new[rendering]) == [None, None]
    assert house.ours(new[rendering]) is Outcome.VALID
    # The rendering that another key signed is the very same as before.
    (other,) = (one for one in KEPT if one is not rendering)
    assert new[other] == old[other]
    house.session.refresh(award)
    assert award.signed_again_at == house.context.now()
    house.session.commit()
    # Only this issuer's badges were concerned.
    is_its_own = slug == issuers.DEMONSTRATION
    assert (house.signed(default)[rendering] == beside[rendering]) is not is_its_own
    assert house.outside(issuers.DEMONSTRATION, house.signed(default)[rendering]) == [None, None]
    # A second run finds nothing to do.
    chores.sign_again(house.context, kid)
    assert house.signed(award) == new


@pytest.mark.row("B2-045")
def test_a_compromised_key_of_signed_2_0_loses_its_page_and_the_next_download_is_good(
    house: Installation, awarded: Awarding
) -> None:
    award = awarded()
    house.session.commit()
    own = Published(house.session, house.context.keyring, house.addresses)
    old = own.signed(award, Rendering.OB2_JWS)
    house.session.commit()
    kid = house.context.keyring.key(Purpose.BADGE_JWS).kid

    house.given_up(kid)  # it signs: another follows by itself

    # This process has not looked since, and signs with the key that followed all the same.
    assert house.context.keyring.key(Purpose.BADGE_JWS).kid == kid
    assert house.ours(own.signed(award, Rendering.OB2_JWS)) is Outcome.VALID
    assert house.context.keyring.key(Purpose.BADGE_JWS).kid != kid
    assert house.ours(old) is Outcome.NOT_VALID


def test_a_compromised_key_of_a_partner_is_replaced_inside_the_badges_of_others(
    house: Installation, awarded: Awarding, noon: datetime
) -> None:
    version, session = a_credential_version(), house.session
    session.add(version)
    session.flush()
    partner = an_issuer(session, "uni", noon)
    said = endorsements.endorse(
        session,
        version,
        issuer=issuers.demonstration_issuer(session, noon),
        by=partner,
        comment="We hire for this.",
        actor=None,
        now=noon,
    )
    session.commit()
    chores.sign_endorsement(house.context, said.id)
    praised, plain = awarded(version, ada()), awarded(a_credential_version(), ben())
    old, other = house.signed(praised), house.signed(plain)
    kid = house.context.keyring.key(Purpose.BADGE_PROOF, "uni").kid
    for content in old.values():
        assert compromised.names(content, kid)

    house.given_up(kid)
    assert [house.ours(content) for content in old.values()] == [Outcome.NOT_VALID] * 2
    chores.sign_again(house.context, kid)

    new = house.signed(praised)
    assert [house.ours(content) for content in new.values()] == [Outcome.VALID] * 2
    assert house.signed(plain) == other
    session.refresh(said)
    assert house.ours(said.content) is Outcome.VALID
    inside = json.loads(new[Rendering.OB3_JSON])["credentialSubject"]["achievement"]
    assert inside["endorsement"] == [json.loads(said.content)]
    assert house.outside(issuers.DEMONSTRATION, new[Rendering.OB3_JSON])[1] is None


def test_what_was_just_signed_with_a_key_that_is_revoked_meanwhile_is_not_kept(
    house: Installation, awarded: Awarding
) -> None:
    award = awarded()
    house.session.commit()
    kid = house.context.keyring.key(Purpose.BADGE_PROOF).kid
    house.given_up(kid)  # this process has not looked since and signs with it once more

    with pytest.raises(chores.KeyRevoked):
        chores.sign(house.context, award.id)

    count = select(func.count(SignedDocument.id))
    assert house.session.scalar(count) == 0
    house.session.commit()
    kept = house.signed(award)
    assert not any(compromised.names(content, kid) for content in kept.values())


def test_who_gives_a_key_up_is_written_down_and_only_once(
    house: Installation, awarded: Awarding
) -> None:
    awarded()
    house.session.commit()
    ring = house.context.keyring
    kid = ring.key(Purpose.BADGE_JWT).kid

    house.given_up(kid)

    with pytest.raises(compromised.AlreadyOver):
        house.given_up(kid)
    for unknown in ("z6Mk", ring.lti_key().kid):
        with pytest.raises(NotFound):
            house.given_up(unknown)
    session = house.session
    row = session.scalars(select(SigningKey).where(SigningKey.kid == kid)).one()
    assert (row.state, row.file) == (KeyState.REVOKED, "")
    (noted,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "keys.revoke"))
    assert noted.subject == f"key {kid}"
    asked = text("SELECT count(*) FROM workflow_status WHERE workflow_uuid = :name")
    assert session.execute(asked, {"name": f"badges.sign-again/{kid}"}).scalar_one() == 1
