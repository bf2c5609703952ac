"""Badges that were made wrong: taken back together after a look, or made anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from lti_tool.badges import awards, corrections, status_list
from lti_tool.badges.corrections import Wanted
from lti_tool.badges.models import AwardState, Badge
from lti_tool.credit.models import Completion, CreditPosting
from lti_tool.people.models import AuditEvent
from tests.badges.conftest import Awarding
from tests.badges.workshop import results_for
from tests.builders import a_credential_version
from tests.cast import ada, ben, cleo

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WHY = "The second criterion was entered one level too low."


def jobs_named(session: Session, name: str) -> int:
    """How many jobs of this name were asked for."""
    query = text("SELECT count(*) FROM workflow_status WHERE workflow_uuid LIKE :name")
    return int(session.execute(query, {"name": f"{name}/%"}).scalar_one())


def test_what_would_be_taken_back_is_shown_first_and_only_that_is(
    session: Session, awarded: Awarding, noon: datetime
) -> None:
    version, elsewhere = a_credential_version(), a_credential_version()
    mine = [awarded(version, one) for one in (ada(), ben(), cleo())]
    other = awarded(elsewhere)
    program = version.credential.program
    wanted = Wanted(program=program.slug, credential=version.credential.slug, since=noon)

    seen = corrections.preview(session, wanted)

    assert list(seen.awards) == mine
    assert seen.by_title == [(version.title, 3)]
    done = corrections.revoke_all(
        session, seen, stamp=seen.stamp, reason="A wrong list.", actor=None, now=noon
    )
    assert done == 3
    assert {one.state for one in mine} == {AwardState.REVOKED}
    assert {one.revocation_reason for one in mine} == {"A wrong list."}
    assert other.state is AwardState.CURRENT
    places = set(status_list.revoked_places(session, mine[0].status_list))
    assert places == {one.status_index for one in mine}
    assert corrections.preview(session, wanted).count == 0


def test_badges_are_found_by_time_by_name_and_only_in_programs_of_ones_own(
    session: Session, awarded: Awarding, noon: datetime
) -> None:
    first, second = awarded(), awarded()
    second.issued_at = noon + timedelta(days=2)
    session.flush()
    both = (first.public_id, second.public_id)
    own = [first.credential_version.credential.program_id]

    def found(wanted: Wanted, programs: list[int] | None = None) -> list[Badge]:
        return list(corrections.preview(session, wanted, programs=programs).awards)

    assert found(Wanted(ids=both)) == [first, second]
    assert found(Wanted(ids=both, before=noon + timedelta(days=1))) == [first]
    assert found(Wanted(ids=both, since=noon + timedelta(days=1))) == [second]
    assert found(Wanted(ids=both), own) == [first]
    # Nothing said is nothing meant, and never everything there is.
    assert found(Wanted()) == []
    assert found(Wanted(since=noon)) == []


def test_nothing_is_taken_back_without_a_reason_or_after_something_changed(
    session: Session, awarded: Awarding, noon: datetime
) -> None:
    version = a_credential_version()
    badge = awarded(version)
    wanted = Wanted(program=version.credential.program.slug)
    seen = corrections.preview(session, wanted)
    awarded(version, ben())
    now_there = corrections.preview(session, wanted)

    with pytest.raises(corrections.SomethingChanged):
        corrections.revoke_all(
            session, now_there, stamp=seen.stamp, reason="A wrong list.", actor=None, now=noon
        )
    with pytest.raises(corrections.ReasonMissing):
        corrections.revoke_all(
            session, now_there, stamp=now_there.stamp, reason=" ", actor=None, now=noon
        )
    assert badge.state is AwardState.CURRENT


def test_a_corrected_badge_stands_for_the_old_one_and_nothing_is_counted_twice(
    session: Session, awarded: Awarding, noon: datetime
) -> None:
    version = a_credential_version()
    old = awarded(version, level=3)
    posted = session.scalar(select(func.count(CreditPosting.id)))
    later = noon + timedelta(days=3)

    fresh = corrections.correct(
        session, old, results=results_for(version, 4), reason=WHY, actor=None, now=later
    )

    assert (old.state, old.revocation_reason) == (AwardState.SUPERSEDED, WHY)
    assert corrections.replacement_of(session, old) is fresh
    assert status_list.revoked_places(session, old.status_list) == [old.status_index]
    assert fresh.state is AwardState.CURRENT
    assert fresh.shared_at is None
    assert fresh.public_id != old.public_id
    assert fresh.recipient_salt != old.recipient_salt
    assert {row["level"] for row in fresh.results} == {4}
    assert [Decimal(row["points"]) for row in old.results] != [
        Decimal(row["points"]) for row in fresh.results
    ]
    assert awards.current_award(session, old.person, old.credential_id) is fresh
    # The credit goes on under the new badge; the grade stays.
    assert session.scalars(select(Completion.award_ref)).all() == [fresh.public_id]
    assert session.scalar(select(func.count(CreditPosting.id))) == posted
    assert jobs_named(session, "grades.withdraw") == 0
    assert jobs_named(session, "badges.sign") == 2
    assert jobs_named(session, "stacks.look") == 1
    noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "badges.correct")).one()
    assert noted.detail == {"reason": WHY, "replaced_by": fresh.public_id}

    # What is over already is not taken back once more, nor corrected.
    awards.revoke(session, old, reason="Again.", actor=None, now=later)
    assert old.revocation_reason == WHY
    with pytest.raises(awards.AwardRevoked):
        corrections.correct(session, old, name="Ada", reason=WHY, actor=None, now=later)


def test_a_correction_that_changes_nothing_or_says_no_reason_is_refused(
    session: Session, awarded: Awarding, noon: datetime
) -> None:
    badge = awarded()

    with pytest.raises(corrections.NothingWrong):
        corrections.correct(
            session, badge, name=badge.recipient_name, reason=WHY, actor=None, now=noon
        )
    with pytest.raises(corrections.ReasonMissing):
        corrections.correct(session, badge, name="Ada F.", reason="", actor=None, now=noon)
    assert badge.state is AwardState.CURRENT
