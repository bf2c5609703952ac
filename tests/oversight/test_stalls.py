"""Stalled work: what counts, who can act, and what a program may say about it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from lti_tool.cohorts import coaching
from lti_tool.cohorts.models import Coaching
from lti_tool.oversight.overview import Wanted
from lti_tool.oversight.patience import Patience, business_days_before
from lti_tool.oversight.scope import scope_in
from lti_tool.oversight.stalls import Kind, Stall, Stalled, stalled
from lti_tool.people.models import Person
from lti_tool.review import assessments
from tests.builders import NOON
from tests.oversight.district import LATER, District
from tests.portfolio.studio import a_text


def found(
    district: District,
    viewer: Person | None = None,
    *,
    now: datetime = LATER,
    kind: Kind | None = None,
) -> Stalled:
    """What has stopped moving, as somebody sees it."""
    who = viewer or district.pia
    scope = scope_in(district.session, who, district.program.slug, now=now)
    return stalled(district.session, scope, Wanted(), kind=kind, viewer=who, now=now)


def of(listed: Stalled, kind: Kind) -> list[Stall]:
    """Those of one kind."""
    return [one for one in listed.stalls if one.kind is kind]


@pytest.mark.row("S6-09")
@pytest.mark.row("S6-12")
def test_each_kind_of_stalled_work_names_a_step_and_who_can_take_it(session: Session) -> None:
    # Given a draft at rest, work on Ben's desk, work nobody took, and work that came back
    district = District(session)
    drafting, taken, untaken = district.mates
    district.draws(drafting)
    assessments.begin(session, district.submits(taken), assessor=district.ben, now=NOON)
    district.submits(untaken)
    district.returns(district.ada)

    # When 40 days have gone by
    listed = found(district)

    # Then everything is named once, what only staff can move first
    (draft,) = of(listed, Kind.DRAFT)
    assert (draft.name, draft.actors) == (
        "Mate1 Somebody",
        ("Coach-office Here", "Coach-vendor Here"),
    )
    assert [one.actors for one in of(listed, Kind.LATE)] == [("Ben Okoro",), ("Ben Okoro",)]
    (owed,) = of(listed, Kind.NO_ATTEMPTS)
    assert (owed.name, owed.attempt) == ("Ada Ferris", 2)
    assert owed.words.startswith("Attempt 1 was the last")
    assert owed.step.startswith("Meet Ada")
    assert [one.name for one in of(listed, Kind.RETURNED)] == ["Ada Ferris"]
    assert listed.stalls[0].kind is Kind.NO_ATTEMPTS
    assert listed.count == sum(listed.counts.values())
    assert found(district, kind=Kind.LATE).count == 2
    # And who can act is told so
    assert all(one.is_yours for one in of(found(district, district.coach), Kind.DRAFT))
    assert not any(one.is_yours for one in listed.stalls)


def test_what_moves_is_not_stalled(session: Session) -> None:
    # Given the same kinds of work
    district = District(session)
    drafting, waiting, _ = district.mates
    work = district.draws(drafting)
    district.submits(waiting)
    district.returns(district.ada)

    # When little time has passed, or something happened
    assert found(district, now=NOON + timedelta(days=4)).counts == {Kind.NO_ATTEMPTS: 1}
    a_text(session, work, work.part.requirements[0], "More.", now=LATER - timedelta(days=1))
    assert coaching.write(
        session, district.cohort, district.version, phase="prepare", kind=Coaching.ONE_TO_ONE,
        learners=[district.ada], met_on=date(2026, 12, 1), coach=district.coach,
        now=LATER - timedelta(days=20),
    )  # fmt: skip
    listed = found(district)

    # Then the draft moves and the meeting was held, while the rest stays
    assert of(listed, Kind.DRAFT) == []
    assert of(listed, Kind.NO_ATTEMPTS) == []
    assert len(of(listed, Kind.LATE)) == 1


@pytest.mark.row("S3-21")
def test_no_phase_goes_by_without_a_talk_unseen(session: Session) -> None:
    # Given work in both phases, handed in, and one talk about the first
    district = District(session)
    district.submits(district.ada)
    coaching.write(
        session, district.cohort, district.version, phase="prepare", kind=Coaching.ONE_TO_ONE,
        learners=[district.ada], met_on=NOON.date(), coach=district.coach, now=NOON,
    )  # fmt: skip

    # When weeks have gone by
    silent = of(found(district), Kind.SILENT)

    # Then the second phase is named, and a meeting of the whole cohort does not count for it
    assert [(one.name, one.part) for one in silent] == [("Ada Ferris", "Do")]
    coaching.write(
        session, district.cohort, district.version, phase="do", kind=Coaching.COHORT,
        learners=(), met_on=NOON.date(), coach=district.coach, now=NOON,
    )  # fmt: skip
    assert len(of(found(district), Kind.SILENT)) == 1
    # And where a program offers no talks one to one, nobody misses them
    document = district.version.program_version.document
    district.version.program_version.document = document | {"coaching": {"kinds": ["online"]}}
    session.flush()
    assert of(found(district), Kind.SILENT) == []


@pytest.mark.row("S6-09")
def test_patience_is_the_programs_and_judges_rest_on_weekends() -> None:
    # Given a program that says how long is too long, and one that says nothing
    said = Patience.of(
        {"stalled": {"draft_days": 7, "returned_days": 3}, "deciders": {"turnaround_days": 5}}
    )
    document = {"calendar": {"timezone": "America/Chicago"}}
    monday = datetime(2026, 11, 23, 18, tzinfo=UTC)

    # Then
    assert (said.draft_days, said.returned_days, said.judging_days) == (7, 3, 5)
    assert Patience.of({}) == Patience()
    assert business_days_before(document, monday, 1) == monday - timedelta(days=3)
    assert business_days_before(document, monday, 5) == monday - timedelta(days=7)
