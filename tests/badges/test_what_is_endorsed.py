"""What can be endorsed, exactly one thing at a time, and where it is found in either standard."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.badges import awards, chores, endorsements, issuers, personal_data, stack_achievement
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Badge, Endorsement, Issuer, Rendering
from lti_tool.badges.published import Published
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.people.personal_data import Identity, Plan
from lti_tool.programs.models import CredentialVersion
from lti_tool.sharing import pages, said
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome, Report, Verdict
from lti_tool.verification.sources import World
from tests.badges.conftest import Awarding
from tests.badges.exhibition import Shown
from tests.badges.test_issuers import an_issuer
from tests.badges.workshop import check_named
from tests.builders import NOON
from tests.stacks.test_stack_badges import Earned, earned

__all__ = ["earned"]

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WORDS = "Our schools hire for exactly this. مبروك 🎉"


def endorsed(
    session: Session, about: endorsements.Endorsed, issuer: Issuer, by: Issuer
) -> Endorsement:
    """What a partner says, not signed yet."""
    return endorsements.endorse(
        session, about, issuer=issuer, by=by, comment=WORDS, actor=None, now=NOON
    )


def at(own: Published, address: str) -> tuple[int, dict[str, object]]:
    """What one of our own addresses answers a stranger."""
    status, body = own.answer(address) or (0, b"{}")
    return status, json.loads(body or b"{}")


def checked(own: Published, address: str) -> Report:
    """What verifying an address says."""
    return checking.check_address(address, World(own), now=NOON)


@SQLITE
@pytest.mark.row("B2-054", "B2-055")
@pytest.mark.parametrize("what", ["badge class", "assertion", "issuer"])
def test_open_badges_2_find_what_is_said_beside_what_it_is_said_of(
    session: Session, awarded: Awarding, context: JobContext, noon: datetime, what: str
) -> None:
    badge = awarded()
    awards.share(session, badge, now=noon)
    addresses = Addresses(context.settings.base_url)
    places: dict[str, tuple[CredentialVersion | Badge | Issuer, str]] = {
        "badge class": (badge.credential_version, addresses.badge_class(badge.credential_version)),
        "assertion": (badge, addresses.assertion(badge)),
        "issuer": (badge.issuer, addresses.issuer_2(badge.issuer)),
    }
    about, place = places[what]
    found = endorsed(session, about, badge.issuer, an_issuer(session, "uni", noon))
    session.commit()
    own = Published(session, context.keyring, addresses)
    # What is not signed yet is not there yet.
    assert at(own, addresses.endorsement_2(found))[0] == 404
    session.commit()
    chores.sign(context, badge.id)
    chores.sign_endorsement(context, found.id)
    session.expire_all()

    status, document = at(own, addresses.endorsement_2(found))

    assert status == 200
    assert document["claim"] == {"id": place, "endorsementComment": WORDS}
    assert document["issuer"] == addresses.issuer_2(found.issuer)
    assert checked(own, addresses.endorsement_2(found)).outcome is Outcome.VALID
    assert at(own, place)[1]["endorsement"] == [addresses.endorsement_2(found)]
    report = checked(own, addresses.assertion(badge))
    assert report.outcome is Outcome.VALID
    assert check_named(report, "Endorsement").verdict is Verdict.PASSED
    # Open Badges 3.0 say it of the same thing.
    about_3 = json.loads(found.content)["credentialSubject"]["id"]
    assert about_3 == endorsements.subject(found, addresses).id
    assert checked(own, addresses.endorsement(found)).outcome is Outcome.VALID
    # A signed assertion is the same bytes each time, so nothing is beside it.
    assert b"endorsement" not in own.signed(badge, Rendering.OB2_JWS)

    endorsements.withdraw(session, found, reason="We moved on.", actor=None, now=noon)
    session.flush()

    assert at(own, addresses.endorsement_2(found)) == (
        410,
        {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Endorsement",
            "id": addresses.endorsement_2(found),
            "revoked": True,
            "revocationReason": "We moved on.",
        },
    )
    assert "endorsement" not in at(own, place)[1]
    assert checked(own, addresses.endorsement_2(found)).outcome is Outcome.NOT_VALID
    assert checked(own, addresses.assertion(badge)).outcome is Outcome.VALID


@SQLITE
def test_what_is_said_of_a_private_badge_is_named_nowhere(
    session: Session, awarded: Awarding, context: JobContext, noon: datetime
) -> None:
    badge = awarded()
    addresses = Addresses(context.settings.base_url)
    found = endorsed(session, badge, badge.issuer, an_issuer(session, "uni", noon))
    session.commit()
    chores.sign_endorsement(context, found.id)
    session.expire_all()
    own = Published(session, context.keyring, addresses)

    assert at(own, addresses.endorsement_2(found))[0] == 404
    assert at(own, addresses.endorsement(found))[0] == 404
    assert "endorsement" not in own.assertion(badge)[1]


@SQLITE
@pytest.mark.row("B3-059")
def test_a_stack_and_its_badge_are_endorsed_like_any_other(earned: Earned) -> None:
    session, own, badge = earned.session, earned.published, earned.badge
    addresses = own.addresses
    partner = an_issuer(session, "uni", NOON)
    session.commit()
    own.keyring.prepare("uni", NOON)
    of_stack = endorsed(session, stack_achievement.of(badge), badge.issuer, partner)
    of_badge = endorsed(session, badge, badge.issuer, partner)
    of_issuer = endorsed(session, badge.issuer, badge.issuer, partner)
    for one in (of_stack, of_badge, of_issuer):
        one.content = endorsements.signed(one, own.keyring, addresses, NOON)
    awards.share(session, badge, now=NOON)
    session.flush()

    stack = stack_achievement.of(badge)
    assert endorsements.standing(session, badge) == [of_stack, of_badge, of_issuer]
    assert endorsements.standing_of(session, stack) == [of_stack]
    told = said.of(session, badge, addresses)
    assert [(one.by, one.about) for one in told] == [
        ("The uni", ""),
        ("The uni", ""),
        ("The uni", badge.issuer.name),
    ]
    page = pages.share_page(own, badge, is_mine=False, now=NOON)
    assert page.endorsements == told
    # The next badge of the stack holds what is said of the stack, and nothing else.
    (inside,) = endorsements.signed_of(badge)
    assert inside["credentialSubject"]["id"] == stack.address(addresses)
    assert checking.check_file(of_badge.content, World(own), now=NOON).outcome is Outcome.VALID
    in_2 = at(own, stack_achievement.class_address(stack, addresses))[1]
    assert in_2["endorsement"] == [addresses.endorsement_2(of_stack)]


@pytest.mark.parametrize("things", [(), ("badge", "issuer"), ("stack without a program",)])
def test_the_database_keeps_that_exactly_one_thing_is_endorsed(
    session: Session, awarded: Awarding, noon: datetime, things: tuple[str, ...]
) -> None:
    badge = awarded()
    found = endorsed(session, badge, badge.issuer, an_issuer(session, "uni", noon))
    session.flush()

    found.award = badge if "badge" in things else None
    found.about_issuer = badge.issuer if "issuer" in things else None
    if "stack without a program" in things:
        found.award, found.stack = badge, "ponds"

    with pytest.raises(IntegrityError):
        session.flush()


@SQLITE
@pytest.mark.row("T-135")
def test_erasing_takes_what_was_said_of_somebodys_badge_along(
    session: Session, awarded: Awarding, context: JobContext, noon: datetime
) -> None:
    badge = awarded()
    awards.share(session, badge, now=noon)
    partner = an_issuer(session, "uni", noon)
    of_badge = endorsed(session, badge, badge.issuer, partner)
    of_many = endorsed(session, badge.credential_version, badge.issuer, partner)
    session.commit()
    for one in (of_badge, of_many):
        chores.sign_endorsement(context, one.id)
    session.expire_all()

    personal_data.erase(session, badge.person, Plan(Identity("Ada", None, []), noon))
    session.flush()

    assert (of_badge.comment, of_badge.content) == ("", b"")
    assert of_badge.withdrawn_at == noon
    assert of_many.comment == WORDS
    addresses = Addresses(context.settings.base_url)
    own = Published(session, context.keyring, addresses)
    for address in (addresses.endorsement(of_badge), addresses.endorsement_2(of_badge)):
        status, body = own.answer(address) or (0, b"")
        assert status == 410
        assert WORDS.encode() not in body
    # A job that comes late signs nothing of it any more.
    session.commit()
    chores.sign_endorsement(context, of_badge.id)
    session.expire_all()
    assert of_badge.content == b""


@SQLITE
def test_the_page_of_what_can_be_earned_lists_who_endorses_it(
    shown: Shown, app: Flask, engine: Engine
) -> None:
    house = app.extensions["cairn"]
    with sessions(engine).begin() as session:
        an_issuer(session, "uni", NOON)
    house.keyring.prepare("uni", NOON)
    with sessions(engine).begin() as session:
        award = shown.award(session)
        version = award.credential_version
        path = f"/badges/achievements/{version.credential.public_id}/v{version.number}"
        uni = issuers.find_issuer(session, "uni")
        assert uni is not None
        found = endorsed(session, version, award.issuer, uni)
        found.content = endorsements.signed(
            found, house.keyring, Addresses(house.settings.base_url), NOON
        )
        address = f"/badges/endorsements/{found.public_id}"

    page = shown.stranger().get(path, headers={"Accept": "text/html"}).text

    assert WORDS in page
    assert "The uni" in page
    assert address in page
    shown.share()
    assert WORDS in shown.stranger().get(shown.path).text
    with sessions(engine).begin() as session:
        row = session.scalars(select(Endorsement)).one()
        endorsements.withdraw(session, row, reason="", actor=None, now=NOON)
    assert WORDS not in shown.stranger().get(path, headers={"Accept": "text/html"}).text
    in_2 = shown.stranger().get(address.replace("/badges/", "/badges/v2/", 1))
    assert (in_2.status_code, in_2.get_json()["revoked"]) == (410, True)
