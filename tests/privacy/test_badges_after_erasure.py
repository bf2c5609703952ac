"""What strangers find of somebody's badges once their data was erased: nothing (T-135)."""

import base64
import json
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.badges import status_list
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Badge, Endorsement, SignedBeginning, StatusList
from lti_tool.badges.published import Published
from lti_tool.database import sessions
from lti_tool.people.models import AuditEvent
from lti_tool.people.personal_data import ERASED_NAME
from lti_tool.privacy import erasure
from lti_tool.sharing import wallet
from lti_tool.static_site.contents import Contents
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome, Verdict
from lti_tool.verification.sources import World
from lti_tool.web.permissions import PUBLIC, guard_of
from lti_tool.web.session import clock
from tests.valuables import SAID, House, furnished

pytestmark = [
    pytest.mark.row("T-135"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

HERS = ("Ferris", "ada@example.org", SAID)
"""Her name, longer than what bytes of a picture spell by chance, her address, and what was said."""

THE_LEAST = {
    "sharing.show", "sharing.file", "sharing.card", "sharing.code", "sharing.embed",
    "sharing.picture", "sharing.by_link", "sharing.file_by_link", "sharing.picture_by_link",
    "badges.assertion", "badges.baked_assertion", "badges.signed_assertion", "badges.record",
    "badges.endorsement",
}  # fmt: skip
"""Endpoints that a walk has to have found open, or it walked past them."""

Answers = dict[str, tuple[int, bytes]]


@pytest.fixture
def house(app: Flask, engine: Engine) -> House:
    """Ada's badge, the badge of a stack that rests on it, a link, and a partner's word."""
    return furnished(app, engine)


def addresses_of_hers(house: House) -> Iterator[tuple[str, str]]:
    """Endpoint and path of every public page and file of hers, in each form there is."""
    badges = [house.values[name] for name in ("badges.public_id", "badges.record.public_id")]
    hers = [*badges, house.values["sharing.token"], house.values["endorsement_id"]]
    for rule, method in house.addresses():
        if method != "GET" or guard_of(house.app, rule.endpoint) != PUBLIC:
            continue
        if not any(one in house.path(rule) for one in hers):
            continue
        choice = re.search(r"<any\(([^)]*)\):(\w+)>", rule.rule)
        forms = [one.strip("' ") for one in choice[1].split(",")] if choice else [""]
        for badge in badges:
            for form in forms:
                yield rule.endpoint, house.path(rule, {"form": form, "public_id": badge})


def asked(house: House) -> Answers:
    """What a stranger is answered at each of them now, and the page in other kinds too."""
    found: Answers = {}
    for _, path in addresses_of_hers(house):
        answer = house.ask("stranger", "GET", path)
        found[path] = answer.status_code, answer.get_data()
    page = f"/badges/{house.values['badges.public_id']}"
    for kind in ("application/vc", "application/vc+jwt"):
        answer = house.ask("stranger", "GET", page, headers={"Accept": kind})
        found[f"{page} as {kind}"] = answer.status_code, answer.get_data()
    return found


def erase(house: House) -> None:
    """Erase Ada, as somebody at the command line does."""
    with sessions(house.engine).begin() as session:
        ada = erasure.find_person(session, house.people["ada"].id)
        erasure.erase(session, ada, keep_badges=False, actor=None, now=clock())


def published(house: House, session: Session) -> Published:
    """What the installation publishes."""
    known = house.app.extensions["cairn"]
    return Published(session, known.keyring, Addresses(known.settings.base_url))


def _opened(encoded: bytes) -> bytes:
    """What stands in the first part of a token's payload; nothing where it is no token."""
    try:
        return base64.b64decode(encoded[: len(encoded) // 4 * 4], b"-_", validate=True)
    except ValueError:
        return b""


@pytest.mark.row("B2-057")
@pytest.mark.parametrize(("is_shared", "status"), [(True, 410), (False, 404)])
def test_every_address_of_hers_is_gone_and_says_nothing(
    house: House, is_shared: bool, status: int
) -> None:
    """Asked before as well, so that what this process keeps in memory would be found out."""
    house.share(is_shared=is_shared)
    passed = wallet.give_pass(
        house.values["badges.public_id"],
        house.app.extensions["cairn"].settings.secret_key.get_secret_value(),
        now=clock(),
    )
    before = asked(house)
    assert house.ask("stranger", "POST", f"/badges/wallet/{passed}").status_code == 200
    was_open = {one for one, path in addresses_of_hers(house) if before[path][0] == 200}
    by_link = {one for one in THE_LEAST if one.endswith("by_link")}
    assert was_open >= (THE_LEAST if is_shared else by_link)

    erase(house)

    assert house.ask("stranger", "POST", f"/badges/wallet/{passed}").status_code == 404
    after = asked(house)
    for path, (code, body) in after.items():
        assert code == (404 if "/for/" in path else status), path
        assert not any(word.encode() in body for word in HERS), path
    hosted = f"/badges/v2/assertions/{house.values['badges.public_id']}"
    if is_shared:
        told = json.loads(after[hosted][1])
        assert told.pop("id").endswith(hosted)
        assert told == {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Assertion",
            "revoked": True,
            "revocationReason": "The person it was awarded to had their data erased.",
        }


def test_whatever_somebody_saved_is_found_to_be_revoked(house: House) -> None:
    """In every format: signed or hosted, alone, in a picture, in a record, or said of it."""
    house.share(is_shared=True)
    copies = {
        path: body
        for path, (code, body) in asked(house).items()
        if code == 200 and re.search(r"\.(json|jwt|png|svg|jws)$|/assertions/\w+$|dorsements", path)
        and not re.search(r"card\.png|code\.svg|picture\.svg", path)
    }  # fmt: skip
    assert len(copies) >= 20

    erase(house)

    with sessions(house.engine)() as session:
        own = published(house, session)
        for path, copy in copies.items():
            report = checking.check_file(copy, World(own), now=clock())
            assert report.outcome is Outcome.NOT_VALID, path
            failed = [one.saw for one in report.checks if one.verdict is Verdict.FAILED]
            assert any("revoked" in saw for saw in failed), (path, failed)


def test_what_is_left_for_everybody_to_read_names_nobody(house: House) -> None:
    """Bits of status lists, entries of revocation lists, a row without a recipient, an event."""
    house.share(is_shared=True)
    ada = house.people["ada"].id
    with sessions(house.engine)() as session:
        hers = [*HERS]
        for one in session.scalars(select(Badge).where(Badge.person_id == ada)):
            hers += [one.recipient_salt, f"/badges/{one.public_id}"]

    erase(house)

    with sessions(house.engine)() as session:
        # Of what was signed, the beginnings stay that documents of many people share.
        beginnings = session.scalars(select(SignedBeginning.content)).all()
        assert beginnings
        for beginning in beginnings:
            opened = beginning + _opened(beginning.rpartition(b".")[2])
            assert b"resultDescription" in opened or b'"achievement"' in opened
            assert not any(word.encode() in opened for word in hers)
        own = published(house, session)
        badges = session.scalars(select(Badge).where(Badge.person_id == ada)).all()
        (said,) = session.scalars(select(Endorsement))
        lists = [
            own.status_credential(number).decode()
            for number in session.scalars(select(StatusList.number))
        ]
        revocations = json.dumps([own.revocations_2(one.issuer.slug) for one in badges])
        events = session.scalars(select(AuditEvent)).all()

        assert len(badges) == 2
        for one in badges:
            assert one.erased_at is not None
            assert (one.recipient_name, one.assessed_by, one.credits) == ("", "", [])
            assert one.person.name == ERASED_NAME
            assert one.person.email is None
        for places, place in [(one.status_list, one.status_index) for one in badges] + [
            (said.status_list, said.status_index)
        ]:
            assert place in status_list.revoked_places(session, places)
        (event,) = (one for one in events if one.action == "privacy.erase")
        assert (event.subject, event.actor_id) == (f"person {ada}", None)
        written = [f"{one.subject} {one.detail}" for one in events]
    for told in (revocations, *written, *lists):
        assert not any(word in told for word in HERS), told


def test_a_site_that_is_exported_afterwards_knows_nothing_of_her(house: House) -> None:
    house.share(is_shared=True)
    erase(house)

    with sessions(house.engine)() as session:
        known = house.app.extensions["cairn"].settings
        contents = Contents(published(house, session), known, now=clock())
        badges = contents.shared()
        named = [
            file.path
            for file in contents.everything_else()
            if any(word.encode() in file.content for word in HERS)
        ]

    assert (badges, named) == ([], [])
