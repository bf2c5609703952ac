"""Several issuers: each with its own keys and documents, and a partner is one only when told so."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.badges import chores, documents, issuers, issuing
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Issuer, Issuing, Rendering
from lti_tool.badges.published import Published
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.keyring import KeyState, Purpose, SigningKey, rotation
from lti_tool.people.models import AuditEvent
from lti_tool.programs.models import CredentialVersion
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome, Report
from lti_tool.verification.sources import World
from tests.badges.conftest import Awarding
from tests.builders import a_credential_version
from tests.cast import ben, cleo

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PARTNERS = [
    {"slug": "north", "name": "North Office", "kind": "regional-office", "roles": ["issuer"]},
    {"slug": "uni", "name": "The University", "kind": "university", "roles": ["issuer"]},
]


def an_issuer(session: Session, slug: str, now: datetime) -> Issuer:
    """An issuer that an administrator made."""
    profile = issuing.Profile(f"The {slug}", f"{slug}@example.org", parent_name="The State")
    return issuing.make(session, slug, profile, actor=None, now=now)


def named_version() -> CredentialVersion:
    """A credential of a program whose package names two issuers."""
    version = a_credential_version()
    version.program_version.document = {
        **version.program_version.document,
        "demonstration": False,
        "partners": PARTNERS,
    }
    return version


def outcome(
    context: JobContext, public_id: str, rendering: Rendering = Rendering.OB3_JSON
) -> Report:
    """What verifying a badge says now."""
    addresses = Addresses(context.settings.base_url)
    with context.read() as session:
        award = session.scalars(select(Award).where(Award.public_id == public_id)).one()
        own = Published(session, context.keyring, addresses)
        return checking.check_file(own.signed(award, rendering), World(own), now=context.now())


def test_a_partner_issues_only_when_an_administrator_says_which_issuer_it_is(
    session: Session, awarded: Awarding, noon: datetime
) -> None:
    version = named_version()
    session.add(version)
    session.flush()
    north, uni = (an_issuer(session, slug, noon) for slug in ("north", "uni"))
    program = version.credential.program
    issuers.demonstration_issuer(session, noon)
    sample = issuers.awarding_issuer(session, version)
    assert sample is not None
    assert sample.slug == issuers.DEMONSTRATION

    for issuer in (uni, north):
        issuing.appoint(session, issuer, program, issuer.slug, actor=None, now=noon)
    first = awarded(version, ben())
    second_in_package = session.scalars(select(Issuing).where(Issuing.partner == "north")).one()
    issuing.dismiss(session, second_in_package, actor=None, now=noon)

    assert first.issuer is north
    # The badge class of this version names one issuer for good.
    assert awarded(version, cleo()).issuer is north
    with pytest.raises(issuing.NoSuchPartner):
        issuing.appoint(session, north, program, "somebody", actor=None, now=noon)
    noted = session.scalars(select(AuditEvent.action)).all()
    assert {"issuers.make", "issuers.appoint", "issuers.dismiss"} <= set(noted)


def test_a_sample_package_is_signed_by_the_demonstration_issuer_whatever_it_names(
    session: Session, noon: datetime
) -> None:
    version = named_version()
    session.add(version)
    session.flush()
    north = an_issuer(session, "north", noon)
    issuing.appoint(session, north, version.credential.program, "north", actor=None, now=noon)
    version.program_version.document = {
        **version.program_version.document,
        "demonstration": True,
    }

    assert issuers.issuer_of(session, version, noon).slug == issuers.DEMONSTRATION


@pytest.mark.parametrize(
    ("slug", "changes", "member"),
    [
        ("North", {}, "slug"),
        ("main", {}, "slug"),
        ("a.b", {}, "slug"),
        ("north", {"name": ""}, "name"),
        ("north", {"email": "nobody"}, "email"),
        ("north", {"url": "javascript:alert(1)"}, "url"),
        ("north", {"parent_url": "https://state.example.org"}, "parent_name"),
    ],
)
def test_an_issuer_that_nobody_could_find_is_not_made(
    session: Session, noon: datetime, slug: str, changes: dict[str, str], member: str
) -> None:
    profile = issuing.Profile(**{"name": "North", "email": "n@example.org", **changes})

    with pytest.raises(issuing.IssuerFaulty) as refused:
        issuing.make(session, slug, profile, actor=None, now=noon)

    assert refused.value.member == member


@pytest.mark.row("B3-055")
def test_each_issuer_signs_with_its_own_keys_and_loses_only_its_own(
    session: Session, engine: Engine, awarded: Awarding, context: JobContext, noon: datetime
) -> None:
    version = named_version()
    session.add(version)
    session.flush()
    default = issuers.demonstration_issuer(session, noon)
    north = an_issuer(session, "north", noon)
    issuing.appoint(session, north, version.credential.program, "north", actor=None, now=noon)
    ours, theirs = awarded(), awarded(version, ben())
    session.commit()
    for award in (ours, theirs):
        chores.sign(context, award.id)
    ring, addresses = context.keyring, Addresses(context.settings.base_url)

    # Every purpose has a key of its own for each, and each did document lists its own only.
    kids = {
        issuer.slug: {
            key.kid for purpose in Purpose for key in documents.keys_of(issuer, ring, purpose)
        }
        for issuer in (default, north)
    }
    assert not (kids["north"] & kids[default.slug])
    listed = documents.did_document(north, ring, addresses)
    assert listed["id"] == f"{addresses.did(default)}:issuers:north"
    assert len(listed["verificationMethod"]) == 2
    signed = json.loads(documents.kept(session, theirs)[Rendering.OB3_JSON])
    session.commit()
    assert signed["issuer"]["parentOrg"]["name"] == "The State"
    assert signed["proof"][0]["verificationMethod"] in listed["assertionMethod"]
    assert outcome(context, theirs.public_id).outcome is Outcome.VALID
    assert outcome(context, theirs.public_id, Rendering.OB2_JWS).outcome is Outcome.VALID

    # A key that follows leaves old badges valid; a stolen one takes along what it signed.
    folder, pace = ring.folder, rotation.Pace.of(context.settings)
    old = ring.key(Purpose.BADGE_PROOF, "north").kid
    with sessions(engine).begin() as change:
        rotation.rotate(
            change, folder, Purpose.BADGE_PROOF, pace=pace, now=noon, at_once=True, holder="north"
        )
    ring.look()
    assert ring.key(Purpose.BADGE_PROOF, "north").kid != old
    assert ring.key(Purpose.BADGE_PROOF).kid in kids[default.slug]
    assert outcome(context, theirs.public_id).outcome is Outcome.VALID
    with sessions(engine).begin() as change:
        rotation.revoke(change, folder, old, now=noon)
    assert outcome(context, theirs.public_id).outcome is Outcome.NOT_VALID
    assert outcome(context, ours.public_id).outcome is Outcome.VALID


def test_what_an_issuer_signed_with_shared_keys_stays_believed(
    session: Session, engine: Engine, context: JobContext, noon: datetime
) -> None:
    issuers.demonstration_issuer(session, noon)
    before = an_issuer(session, "before", noon)
    before.own_keys_since = None
    later = noon + timedelta(days=1)

    assert set(issuers.give_own_keys(session, later)) == {"", "before"}
    session.commit()
    context.keyring.prepare("before", later)

    shared = context.keyring.key(Purpose.BADGE_JWS).kid
    own = context.keyring.key(Purpose.BADGE_JWS, "before").kid
    pages = documents.keys_2(before, context.keyring)
    assert [(number, key.kid) for number, key in pages.items()] == [(1, shared), (2, own)]
    session.commit()
    # A shared key from after that day is none of its own.
    with sessions(engine).begin() as change:
        rows = change.scalars(select(SigningKey).where(SigningKey.kid == shared)).all()
        rows[0].made_at = later + timedelta(hours=1)
        assert rows[0].state is KeyState.ACTIVE
    assert list(documents.keys_2(before, context.keyring)) == [1]
