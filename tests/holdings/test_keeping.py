"""Badges from elsewhere are kept once each, looked at again, and tell when they hold no more."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.holdings import keeping, looking, rechecking
from lti_tool.holdings.keeping import Became, Held
from lti_tool.holdings.models import CameBy, HeldBadge, HeldState
from lti_tool.people.models import Person
from lti_tool.verification import kept_reports
from lti_tool.verification.report import Rung, Verdict
from tests.badges.conftest import workshop
from tests.badges.workshop import BASE, NOON, PLACE, Shelf, Workshop, an_award
from tests.builders import a_credential_version
from tests.cast import ada, ivan
from tests.holdings.cabinet import a_held_badge, self_signed
from tests.verification.school import HOST, School
from tests.verification.test_records import record

__all__ = ["workshop"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HERE = "http://localhost:8000"
LATER = NOON + timedelta(days=2)


@dataclass
class Desk:
    """Ada, and an installation elsewhere that awards her something."""

    session: Session
    ada: Person
    workshop: Workshop

    @cached_property
    def award(self) -> Award:
        """What they awarded her."""
        return an_award(a_credential_version(title="Tides and 潮"), self.ada)

    def document(self, **changes: Any) -> dict[str, Any]:
        """Their badge, perhaps changed and signed again."""
        signed = self.workshop.signed(self.award)
        return self.workshop.resigned(signed | changes) if changes else signed

    def look(
        self,
        content: Any,
        source: Shelf | None = None,
        *,
        words: str = "",
        person: Person | None = None,
        own: str = HERE,
        now: datetime = NOON,
        made_out_to: str = "",
    ) -> looking.Seen:
        """What looking at a file finds."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        return looking.look_at(
            data,
            words,
            source or self.workshop.shelf(),
            person=person or self.ada,
            own=own,
            now=now,
            made_out_to=made_out_to,
        )

    def hold(self, content: Any, **told: Any) -> Held:
        """Look at it and keep it."""
        return keeping.hold(self.session, self.ada, self.look(content, **told), now=NOON)

    def again(self, held: HeldBadge, source: Shelf, at: Any = LATER) -> HeldBadge:
        """Look at it once more, as the background does."""
        seen = rechecking.look(held, source, now=at)
        rechecking.keep(self.session, held.id, seen, now=at)
        return held


@pytest.fixture
def desk(session: Session, workshop: Workshop) -> Desk:
    learner = ada()
    session.add(learner)
    session.flush()
    return Desk(session, learner, workshop)


def count(desk: Desk) -> int:
    return desk.session.scalar(select(func.count(HeldBadge.id))) or 0


def test_a_genuine_badge_is_kept_with_its_file_and_every_check(desk: Desk) -> None:
    document = desk.document()

    held = desk.hold(document).badge

    assert held.content == json.dumps(document).encode()
    assert (held.state, held.came_by, held.counts) == (HeldState.VALID, CameBy.FILE, True)
    assert (held.issuer_name, held.address) == ("Cairn demonstration issuer", document["id"])
    desk.session.expire_all()
    kept = kept_reports.from_json(held.report)
    told = desk.look(document).report
    assert [(one.name, one.verdict, one.saw) for one in kept.checks] == [
        (one.name, one.verdict, one.saw) for one in told.checks
    ]
    assert (kept.intact, kept.issuer_known) == (Rung.REACHED, Rung.REACHED)
    assert (kept.sentence, kept.facts) == (told.sentence, told.facts)


def test_a_record_is_kept_with_what_was_seen_of_each_badge_inside(desk: Desk) -> None:
    document = record(desk.workshop, desk.document())
    kept = kept_reports.from_json(desk.hold(document).badge.report)

    told = desk.look(document).report
    assert kept.thing == "record"
    assert [part.report.sentence for part in kept.parts] == [
        part.report.sentence for part in told.parts
    ]
    assert kept.as_json() == told.as_json()


def test_the_newer_of_two_copies_stays_and_the_same_is_kept_once(desk: Desk) -> None:
    """Same issuer and same id are the same credential (Open Badges 3.0)."""
    first = desk.hold(desk.document())
    assert first.became is Became.ADDED
    public_id = first.badge.public_id

    assert desk.hold(desk.workshop.token(desk.award).encode()).became is Became.SAME
    older = desk.document(validFrom="2020-01-01T00:00:00Z", name="An old one")
    assert desk.hold(older).became is Became.SAME
    assert first.badge.title == "Tides and 潮 (demonstration)"

    newer = desk.document(validFrom="2026-11-20T12:00:01Z", name="Tides, corrected")
    replaced = desk.hold(newer, now=LATER)

    assert (count(desk), replaced.became) == (1, Became.REPLACED)
    assert (replaced.badge.title, replaced.badge.public_id) == ("Tides, corrected", public_id)


def test_what_nobody_could_check_never_takes_the_place_of_what_is_genuine(desk: Desk) -> None:
    """Its issuer's host is silent, so anybody may have written it."""
    held = desk.hold(desk.document()).badge
    forged = desk.document(validFrom="2026-11-20T12:00:01Z", name="Oceans")

    told = keeping.hold(desk.session, desk.ada, desk.look(forged, Shelf(), now=LATER), now=LATER)

    assert (told.became, held.state) == (Became.SAME, HeldState.VALID)
    assert held.title == "Tides and 潮 (demonstration)"


@pytest.mark.parametrize("state", [HeldState.OVER, HeldState.EXPIRED, HeldState.UNCHECKED])
@pytest.mark.parametrize("is_silent", [True, False])
def test_a_forgery_never_takes_the_place_of_what_is_over_or_unchecked(
    desk: Desk, state: HeldState, is_silent: bool
) -> None:
    """Its earner signs a newer one with a key of their own, under the same issuer and id."""
    held = desk.hold(desk.document()).badge
    held.state, held.over_since = state, NOON if state is HeldState.OVER else None
    forged = self_signed(
        "Oceans",
        "A great school",
        "2026-11-20T12:00:01+00:00",
        to=desk.ada.email,
        key=ec.generate_private_key(ec.SECP256R1()),
        issuer=held.issuer_id,
        address=held.address,
    )

    try:
        desk.hold(forged, source=Shelf() if is_silent else None, now=LATER)
    except looking.NotHeld:
        assert not is_silent

    assert (held.state, held.title) == (state, "Tides and 潮 (demonstration)")
    newer = desk.document(validFrom="2026-11-20T12:00:01Z", name="Tides, corrected")
    assert desk.hold(newer, now=LATER).became is Became.REPLACED
    assert (held.state, held.over_since) == (HeldState.VALID, None)


def test_who_replaces_what_is_over_needs_more_than_the_key_it_names_itself(desk: Desk) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    first, second = (
        self_signed("Tides", "River Office", moment, to=desk.ada.email, key=key)
        for moment in ("2026-11-19T12:00:00+00:00", "2026-11-20T11:00:00+00:00")
    )
    held = desk.hold(first).badge
    assert (held.state, held.is_vouched_for) == (HeldState.VALID, False)
    held.state = HeldState.OVER

    assert desk.hold(second).became is Became.SAME

    held.state = HeldState.VALID
    assert desk.hold(second).became is Became.REPLACED


def test_what_is_over_stays_so_while_the_host_that_said_it_is_silent(desk: Desk) -> None:
    held = desk.hold(desk.document()).badge
    desk.again(held, desk.workshop.shelf(revoked=[PLACE]))

    desk.again(held, Shelf(), at=LATER + timedelta(days=1))

    assert (held.state, held.over_since) == (HeldState.OVER, LATER)
    assert "revoked" in kept_reports.from_json(held.report).sentence
    assert held.check_at == LATER + timedelta(days=1) + keeping.SOONER


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"revoked": [PLACE]}, "not valid"),
        ({"person": ivan()}, "not earned by"),
        ({"own": BASE}, "awarded here"),
    ],
    ids=["revoked", "somebody else's", "ours"],
)
def test_what_does_not_hold_is_refused_with_every_check(
    desk: Desk, changes: dict[str, Any], words: str
) -> None:
    source = desk.workshop.shelf(changes.pop("revoked", ()))

    with pytest.raises(looking.NotHeld, match=words) as refused:
        desk.look(desk.document(), source, **changes)

    assert refused.value.report is not None
    assert refused.value.report.checks
    assert count(desk) == 0


def test_nothing_and_things_that_are_no_badge_are_refused(desk: Desk) -> None:
    for data, words in ((b"", " "), (b"{}", ""), (b"PK\x03\x04", ""), (b"", "not an address")):
        with pytest.raises(looking.NotHeld):
            desk.look(data, words=words)


def test_a_badge_made_out_to_another_address_is_theirs_by_their_own_word(desk: Desk) -> None:
    elsewhere = ivan()
    elsewhere.email = "ada.at.home@example.net"
    document = desk.workshop.signed(an_award(a_credential_version(), elsewhere))
    with pytest.raises(looking.NotHeld, match="not earned by"):
        desk.look(document)

    held = desk.hold(document, made_out_to="ada.at.home@example.net").badge

    assert (held.state, held.made_out_to) == (HeldState.VALID, "ada.at.home@example.net")
    assert desk.hold(desk.document(), made_out_to=desk.ada.email).badge.made_out_to == ""


def test_one_that_names_its_earner_by_a_wallet_is_kept_as_not_fully_checked(desk: Desk) -> None:
    document = desk.document()
    wallet = "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"
    subject = {**document["credentialSubject"], "id": wallet}
    del subject["identifier"]

    held = desk.hold(desk.document(credentialSubject=subject)).badge

    assert held.state is HeldState.UNCHECKED
    assert "does not name its earner" in kept_reports.from_json(held.report).sentence


def test_an_address_is_kept_as_what_it_answered(desk: Desk) -> None:
    """The host may be gone tomorrow; a hosted badge of Open Badges 2.0 among them."""
    school = School()
    address = school.assertion["id"]
    learner = desk.ada
    learner.email = "ada@example.org"

    seen = looking.look_at(b"", f" <{address}> ", school.shelf, person=learner, own=HERE, now=LATER)
    held = keeping.hold(desk.session, learner, seen, now=LATER).badge

    assert (held.came_by, held.came_from) == (CameBy.ADDRESS, address)
    assert json.loads(held.content)["id"] == address
    assert held.issuer_id == f"{HOST}/issuer"


def test_what_is_revoked_elsewhere_is_seen_here_and_may_hold_again(desk: Desk) -> None:
    held = desk.hold(desk.document()).badge

    desk.again(held, desk.workshop.shelf(revoked=[PLACE]))
    assert (held.state, held.counts, held.over_since) == (HeldState.OVER, False, LATER)
    assert "revoked" in kept_reports.from_json(held.report).sentence

    much_later = LATER + timedelta(days=1)
    desk.again(held, desk.workshop.shelf(revoked=[PLACE]), at=much_later)
    assert held.over_since == LATER
    whole_again = desk.again(held, desk.workshop.shelf(), at=much_later)
    assert (whole_again.state, whole_again.over_since) == (HeldState.VALID, None)


def test_a_host_that_is_silent_takes_nothing_away_and_is_asked_sooner(desk: Desk) -> None:
    held = desk.hold(desk.document()).badge
    assert held.check_at == NOON + keeping.AGAIN

    desk.again(held, Shelf())

    assert (held.state, held.counts) == (HeldState.UNCHECKED, True)
    assert held.check_at == LATER + keeping.SOONER


def test_one_whose_time_is_over_stays_and_says_so(desk: Desk) -> None:
    held = desk.hold(desk.document(validUntil="2026-11-21T12:00:00Z")).badge
    assert held.state is HeldState.VALID

    desk.again(held, desk.workshop.shelf())

    assert (held.state, held.counts) == (HeldState.EXPIRED, True)


def test_an_address_the_lms_tells_anew_takes_nothing_from_a_badge(desk: Desk) -> None:
    held = desk.hold(desk.document()).badge
    desk.ada.email = "ada.ferris@new.example"

    desk.again(held, desk.workshop.shelf())

    assert held.state is HeldState.VALID
    checks = kept_reports.from_json(held.report).checks
    assert [one.verdict for one in checks if one.name == "Recipient"] == [Verdict.PASSED]


def test_there_is_room_for_so_many(desk: Desk) -> None:
    for number in range(keeping.MOST):
        desk.session.add(a_held_badge(desk.ada.id, identity=f"{number}"))
    desk.session.flush()

    with pytest.raises(looking.NotHeld, match="Remove one first"):
        desk.hold(desk.document())
