"""A badge from elsewhere counts towards a stack once it is verified and an approver lets it."""

import io
import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from lti_tool.badges import stack_badges
from lti_tool.badges.models import Rendering
from lti_tool.badges.published import Published
from lti_tool.database import sessions
from lti_tool.holdings import keeping, looking, rechecking
from lti_tool.holdings.models import HeldBadge, HeldState
from lti_tool.people.models import Person
from lti_tool.people.roles import Role, Seat
from lti_tool.sharing import earned
from lti_tool.stacks import desk as desks
from lti_tool.stacks import elsewhere, proposals
from lti_tool.stacks.models import (
    BroughtBadge,
    BroughtState,
    ProposalState,
    StackAward,
    StackAwardState,
    StackProposal,
)
from lti_tool.stacks.reading import Reading
from lti_tool.verification import kept_reports
from lti_tool.verification.report import Verdict
from tests.badges.conftest import workshop
from tests.badges.workshop import LATER, NOON, PLACE, Workshop, an_award
from tests.builders import a_credential_version, an_appointment
from tests.cast import ada, cleo, ivan
from tests.holdings.cabinet import a_held_badge, self_signed
from tests.portfolio.studio import enter
from tests.stacks.quarry import FOUR, PONDS, Quarry

__all__ = ["workshop"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HERE = "http://localhost:8000"
OUTSIDE = PONDS | {"external": [{"title": "Water watch", "provider": "River Office"}]}


@dataclass
class Case:
    """Ada with three of four, and a genuine badge of another installation."""

    session: Session
    quarry: Quarry
    learner: Person
    approver: Person
    workshop: Workshop

    @cached_property
    def badge(self) -> bytes:
        """Their badge as a file."""
        award = an_award(a_credential_version(title="Tides and 潮"), self.learner)
        return json.dumps(self.workshop.signed(award)).encode()

    def reading(self) -> Reading:
        """How Ada stands."""
        return self.quarry.reading(self.learner)

    def hand_in(self, stands_for: str = "four") -> BroughtBadge:
        """Ada hands it in."""
        shelf = self.workshop.shelf()
        seen = looking.look_at(self.badge, "", shelf, person=self.learner, own=HERE, now=NOON)
        held = keeping.hold(self.session, self.learner, seen, now=NOON).badge
        return elsewhere.hand_in(
            self.session, held, self.reading(), stands_for=stands_for, now=NOON
        )

    def keep(self, content: bytes, *, now: datetime = NOON) -> HeldBadge:
        """Ada keeps a badge she brings."""
        shelf = self.workshop.shelf()
        seen = looking.look_at(content, "", shelf, person=self.learner, own=HERE, now=LATER)
        return keeping.hold(self.session, self.learner, seen, now=now).badge

    def accept(self, brought: BroughtBadge, *, stamp: str = "", now: datetime = NOON) -> None:
        """Cleo lets it count, as she saw it last."""
        stamp = stamp or brought.held.stamp
        elsewhere.accept(self.session, brought, stamp=stamp, by=self.approver, now=now)

    def approve(self, stamp: str = "") -> StackAward:
        """Cleo awards the stack, as she saw it last."""
        proposal = self.session.scalars(select(StackProposal)).one()
        stamp = stamp or proposals.stamp_of(self.reading())
        return proposals.approve(self.session, proposal, stamp=stamp, by=self.approver, now=NOON)


@pytest.fixture
def case(session: Session, workshop: Workshop) -> Case:
    """Ada with three of four."""
    quarry, learner, approver = Quarry(session, OUTSIDE), ada(), cleo()
    session.add(an_appointment(approver, quarry.version.program, Seat.APPROVER))
    quarry.earns(learner, *FOUR[:3])
    return Case(session, quarry, learner, approver, workshop)


@pytest.mark.row("S3-12")
@pytest.mark.parametrize("stands_for", ["four", "Water watch"])
def test_an_accepted_badge_counts_and_is_named_on_the_badge_of_the_stack(
    case: Case, stands_for: str
) -> None:
    brought = case.hand_in(stands_for)
    assert case.reading().have == 3
    held = brought.held
    assert (held.title, brought.state) == ("Tides and 潮 (demonstration)", BroughtState.WAITING)
    assert (held.content, held.state) == (case.badge, HeldState.VALID)
    report = kept_reports.from_json(held.report)
    assert {check.verdict for check in report.checks} <= {Verdict.PASSED, Verdict.NOTED}

    elsewhere.accept(case.session, brought, stamp=brought.held.stamp, by=case.approver, now=NOON)

    assert case.reading().waits
    award = case.approve()
    badge = stack_badges.find_badge(case.session, award.public_id)
    assert badge is not None
    assert badge.parts[-1] == {
        "address": json.loads(case.badge)["id"],
        "title": "Tides and 潮 (demonstration)",
        "by": "Cairn demonstration issuer",
    }


def test_one_that_is_declined_does_not_count_and_says_why(case: Case) -> None:
    brought = case.hand_in()
    with pytest.raises(proposals.ReasonMissing):
        elsewhere.decline(case.session, brought, by=case.approver, reason=" ", now=NOON)

    elsewhere.decline(case.session, brought, by=case.approver, reason="Too short.", now=NOON)

    assert (case.reading().have, brought.reason) == (3, "Too short.")
    assert "four" in {place.name for place in elsewhere.places(case.reading())}
    with pytest.raises(proposals.NotWaiting):
        elsewhere.accept(
            case.session, brought, stamp=brought.held.stamp, by=case.approver, now=NOON
        )


def test_a_changed_badge_somebody_elses_and_our_own_are_not_even_kept(case: Case) -> None:
    changed = case.badge.replace(b"Tides", b"Rides")
    refused = [
        (changed, case.learner, HERE, "not valid"),
        (case.badge, ivan(), HERE, "not valid"),
        (case.badge, case.learner, "https://cairn.example.org", "awarded here"),
    ]
    for data, person, own, words in refused:
        with pytest.raises(looking.NotHeld, match=words):
            looking.look_at(data, "", case.workshop.shelf(), person=person, own=own, now=NOON)


def test_nobody_accepts_their_own_and_a_member_that_is_earned_needs_no_other(case: Case) -> None:
    brought = case.hand_in()
    with pytest.raises(proposals.OwnStack):
        elsewhere.accept(case.session, brought, stamp=brought.held.stamp, by=case.learner, now=NOON)
    with pytest.raises(proposals.NotAppointed):
        elsewhere.accept(
            case.session, brought, stamp=brought.held.stamp, by=ivan_of(case.session), now=NOON
        )
    with pytest.raises(elsewhere.NotToBeCounted):
        case.hand_in("one")
    elsewhere.accept(case.session, brought, stamp=brought.held.stamp, by=case.approver, now=NOON)

    case.quarry.earns(case.learner, "four")

    assert case.reading().have == 4


def ivan_of(session: Session) -> Person:
    """Ivan, who may not see anything."""
    found = ivan()
    session.add(found)
    session.flush()
    return found


@pytest.mark.row("S3-12")
def test_the_pages_take_a_file_show_the_checks_and_let_an_approver_decide(
    app: Flask, engine: Engine, workshop: Workshop
) -> None:
    with sessions(engine).begin() as session:
        quarry, learner, approver = Quarry(session, OUTSIDE), ada(), cleo()
        session.add(an_appointment(approver, quarry.version.program, Seat.ADMIN))
        quarry.earns(learner, *FOUR[:3])
        address = f"/stacks/of/{quarry.version.program.slug}/ponds"
        file = workshop.render(an_award(a_credential_version(), learner), Rendering.OB3_JWT)
    visitor = enter(app, learner)
    assert "Hand in a badge you earned elsewhere" in visitor.get(address).text

    # Nobody answers at the other installation's address here, so its issuer stays unproven.
    form = {"badge": (io.BytesIO(file), "badge.jwt"), "stands_for": "four"}
    assert visitor.post(f"{address}/bring", form).status_code == 303
    assert visitor.post(f"{address}/bring", {"stands_for": "four"}).status_code == 422
    assert "An approver looks at it" in visitor.get(address).text

    judge = enter(app, approver, role=Role.INSTRUCTOR)
    desk = judge.get("/stacks/desk").text
    assert "Could not be checked" in desk
    assert "It is to stand for “Credential four” in “Ponds”" in desk
    with sessions(engine)() as session:
        public_id = session.scalars(select(BroughtBadge)).one().public_id
    assert judge.post(f"/stacks/brought/{public_id}/decline").status_code == 422
    assert judge.post(f"/stacks/brought/{public_id}/accept").status_code == 409
    form = {"stamp": stamp_on(desk)}
    assert judge.post(f"/stacks/brought/{public_id}/accept", form).status_code == 303
    desk = judge.get("/stacks/desk").text
    assert f"/stacks/brought/{public_id}/accept" not in desk
    with sessions(engine)() as session:
        proposal = session.scalars(select(StackProposal)).one().public_id
    assert judge.post(f"/stacks/proposals/{proposal}/approve").status_code == 409
    form = {"stamp": stamp_on(desk)}
    assert judge.post(f"/stacks/proposals/{proposal}/approve", form).status_code == 303

    with sessions(engine)() as session:
        badge = session.scalars(select(StackAward)).one().public_id
    assert f"/badges/{badge}" in visitor.get(address).text
    mine = visitor.get("/badges/").text
    assert f"/badges/{badge}" in mine


def stamp_on(page: str) -> str:
    """What the page says was shown."""
    found = re.search(r'name="stamp" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def awarded(case: Case) -> tuple[BroughtBadge, StackAward]:
    """Ada's stack, awarded with a badge from elsewhere in it."""
    brought = case.hand_in()
    elsewhere.accept(case.session, brought, stamp=brought.held.stamp, by=case.approver, now=NOON)
    return brought, case.approve()


def public_parts(case: Case, award: StackAward) -> tuple[earned.Part, ...]:
    """What the page of the stack's badge says it rests on."""
    badge = stack_badges.find_badge(case.session, award.public_id)
    assert badge is not None
    published = Published(case.session, case.workshop.keyring, case.workshop.addresses)
    return earned.parts(published, badge, None)


def look_again(case: Case, brought: BroughtBadge, revoked: tuple[int, ...] = ()) -> None:
    """The badge is looked at again in the background, and so are Ada's stacks."""
    seen = rechecking.look(brought.held, case.workshop.shelf(revoked=revoked), now=LATER)
    rechecking.keep(case.session, brought.held_id, seen, now=LATER)
    proposals.look(case.session, case.learner.id, now=LATER)


@pytest.mark.row("S3-12")
def test_what_is_revoked_elsewhere_puts_the_stack_in_question_until_it_holds_again(
    case: Case,
) -> None:
    brought, award = awarded(case)

    look_again(case, brought, revoked=(PLACE,))

    assert (case.reading().have, award.state) == (3, StackAwardState.IN_QUESTION)
    (waiting,) = desks.desk(case.session, case.approver, now=LATER).in_question
    (lost,) = (part for part in waiting.parts if part.is_revoked)
    assert lost.title == "Tides and 潮 (demonstration), from Cairn demonstration issuer"
    assert "revoked" in lost.why
    assert [part.is_over for part in public_parts(case, award)] == [False, False, False, True]

    look_again(case, brought)

    assert not any(part.is_over for part in public_parts(case, award))

    assert (case.reading().have, award.state) == (4, StackAwardState.CURRENT)


def test_one_that_fell_while_it_waited_can_only_be_declined(case: Case) -> None:
    brought = case.hand_in()
    look_again(case, brought, revoked=(PLACE,))
    (waiting,) = desks.desk(case.session, case.approver, now=LATER).brought
    assert "revoked" in waiting.report.sentence

    with pytest.raises(elsewhere.NotToBeCounted, match="not valid any more"):
        elsewhere.accept(
            case.session, brought, stamp=brought.held.stamp, by=case.approver, now=LATER
        )

    elsewhere.decline(case.session, brought, by=case.approver, reason="Revoked.", now=LATER)
    assert brought.state is BroughtState.DECLINED


def test_removing_it_takes_it_out_of_the_stack_and_the_approver_reads_so(case: Case) -> None:
    brought, award = awarded(case)
    held = brought.held

    elsewhere.let_go(case.session, held, now=LATER)
    keeping.remove(case.session, held, now=LATER)

    assert (case.reading().brought, award.state) == ((), StackAwardState.IN_QUESTION)
    (waiting,) = desks.desk(case.session, case.approver, now=LATER).in_question
    assert desks.REMOVED in {part.title for part in waiting.parts if part.is_revoked}


def test_one_is_handed_in_once_for_a_stack_and_only_while_it_is_valid(case: Case) -> None:
    held = case.hand_in().held
    assert elsewhere.offered(case.session, case.learner, case.reading()) == []
    with pytest.raises(elsewhere.NotToBeCounted, match="already"):
        elsewhere.hand_in(case.session, held, case.reading(), stands_for="Water watch", now=NOON)

    other = a_held_badge(case.learner.id, state=HeldState.EXPIRED)
    case.session.add(other)
    case.session.flush()

    assert elsewhere.offered(case.session, case.learner, case.reading()) == []
    with pytest.raises(elsewhere.NotToBeCounted, match="not valid any more"):
        elsewhere.hand_in(case.session, other, case.reading(), stands_for="Water watch", now=NOON)
    other.state = HeldState.VALID
    assert elsewhere.offered(case.session, case.learner, case.reading()) == [other]
    assert elsewhere.uses_of(case.session, [held, other])[held.id][0].title == "Ponds"


KEY = ec.generate_private_key(ec.SECP256R1())
MODEST = ("Modest workshop", "River Office", "2026-11-19T12:00:00+00:00")
BOLD = ("State teaching licence", "State Board of Education", "2026-11-20T11:00:00+00:00")


def self_made(case: Case, told: tuple[str, str, str]) -> bytes:
    """A badge that Ada issues to herself, with the key that names it."""
    return self_signed(*told, to=case.learner.email, key=KEY)


def self_made_in(case: Case) -> BroughtBadge:
    """The modest one, handed in."""
    held = case.keep(self_made(case, MODEST))
    return elsewhere.hand_in(case.session, held, case.reading(), stands_for="four", now=NOON)


def test_one_that_was_replaced_after_it_was_accepted_is_looked_at_again(case: Case) -> None:
    """Nobody has what they brought signed under other words than an approver read."""
    brought = self_made_in(case)
    case.accept(brought)
    assert case.reading().waits

    held = case.keep(self_made(case, BOLD), now=LATER)

    assert (held.id, held.title) == (brought.held_id, BOLD[0])
    assert case.reading().have == 3  # at once, before the background has had its turn
    with pytest.raises(proposals.NotComplete):
        case.approve()
    job = text("SELECT count(*) FROM workflow_status WHERE workflow_uuid LIKE 'stacks.replaced/%'")
    assert case.session.execute(job).scalar_one() == 1
    elsewhere.ask_again(case.session, held.id, now=LATER)
    assert (brought.state, brought.is_asked_again) == (BroughtState.WAITING, True)
    (waiting,) = desks.desk(case.session, case.approver, now=LATER).brought
    assert waiting.row is brought
    assert case.reading().proposal.state is ProposalState.WITHDRAWN  # type: ignore[union-attr]

    case.accept(brought, now=LATER)
    assert (case.reading().have, brought.is_asked_again) == (4, False)


def test_a_stack_that_rests_on_what_was_replaced_is_in_question(case: Case) -> None:
    brought = self_made_in(case)
    case.accept(brought)
    award = case.approve()

    held = case.keep(self_made(case, BOLD), now=LATER)
    elsewhere.ask_again(case.session, held.id, now=LATER)

    assert (case.reading().have, award.state) == (3, StackAwardState.IN_QUESTION)
    (waiting,) = desks.desk(case.session, case.approver, now=LATER).in_question
    assert [part.why for part in waiting.parts if part.is_revoked] == [desks.NEWER]
    assert [part.is_over for part in public_parts(case, award)] == [False, False, False, True]
    case.accept(brought, now=LATER)
    assert (case.reading().have, award.state) == (4, StackAwardState.CURRENT)


def test_what_changed_under_an_approvers_eyes_is_neither_accepted_nor_awarded(case: Case) -> None:
    brought = self_made_in(case)
    shown = brought.held.stamp
    case.keep(self_made(case, BOLD))
    with pytest.raises(proposals.SomethingChanged, match="newer copy"):
        case.accept(brought, stamp=shown)
    assert brought.state is BroughtState.WAITING

    case.accept(brought)
    (waiting,) = desks.desk(case.session, case.approver, now=NOON).waiting
    assert waiting.stamp == proposals.stamp_of(case.reading())
    case.keep(self_made(case, (*MODEST[:2], "2026-11-20T11:30:00+00:00")))  # in the same moment
    with pytest.raises(proposals.SomethingChanged):
        case.approve(stamp=waiting.stamp)
    elsewhere.ask_again(case.session, brought.held_id, now=NOON)
    assert brought.state is BroughtState.WAITING
