"""Who can act on stalled work: a coach of the participant, or a judge."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.cohorts.models import Cohort, CohortMember, CohortStaff, CohortState, StaffSeat
from lti_tool.cohorts.seats import NEEDS
from lti_tool.oversight.scope import Scope
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.portfolio.models import SubmissionState
from lti_tool.programs import appointments
from lti_tool.review.models import Assessment, AssessmentState

Named = tuple[int, str]
"""A person's id and name."""

ORDER = {StaffSeat.COACH: 0, StaffSeat.FACILITATOR: 1, StaffSeat.INSTRUCTOR: 2}


@dataclass(frozen=True)
class Actors:
    """Who can act, for one page of people and their works."""

    staff: Mapping[int, Sequence[Named]]
    """By participant: the staff of their running cohorts, coaches before all others."""
    seats: Mapping[Seat, Sequence[Named]]
    """Who holds which seat in the program now."""
    assessors: Mapping[int, Named]
    """By attempt: who has it on the desk, or has recommended."""

    @classmethod
    def of(
        cls,
        session: Session,
        scope: Scope,
        *,
        people: Collection[int],
        works: Collection[int],
        now: datetime,
    ) -> "Actors":
        """Everybody who comes into question; four queries."""
        seats: dict[Seat, list[Named]] = defaultdict(list)
        for one in appointments.all_in(session, scope.program, now=now):
            seats[one.seat].append((one.person_id, one.person.name))
        held = {(person_id, seat) for seat, named in seats.items() for person_id, _ in named}
        found: dict[int, list[tuple[int, Named]]] = defaultdict(list)
        for member_id, seat, person_id, name in session.execute(
            select(CohortMember.person_id, CohortStaff.seat, CohortStaff.person_id, Person.name)
            .join(Cohort, Cohort.id == CohortMember.cohort_id)
            .join(CohortStaff, CohortStaff.cohort_id == Cohort.id)
            .join(Person, Person.id == CohortStaff.person_id)
            .where(
                Cohort.program_id == scope.program.id,
                Cohort.state != CohortState.CLOSED,
                CohortMember.person_id.in_(people),
                CohortMember.left_at.is_(None),
                CohortStaff.ended_at.is_(None),
            )
            .order_by(CohortStaff.id)
        ):
            if seat not in NEEDS or (person_id, NEEDS[seat]) in held:
                found[member_id].append((ORDER[seat], (person_id, name)))
        assessors = {
            work_id: (person_id, name)
            for work_id, person_id, name in session.execute(
                select(Assessment.submission_id, Person.id, Person.name)
                .join(Person, Person.id == Assessment.assessor_id)
                .where(
                    Assessment.submission_id.in_(works),
                    Assessment.state.in_((AssessmentState.OPEN, AssessmentState.RECOMMENDED)),
                )
            )
        }
        staff = {member_id: _first(placed) for member_id, placed in found.items()}
        return cls(staff, seats, assessors)

    def coaches_of(self, person_id: int) -> Sequence[Named]:
        """Who coaches somebody: cohort staff, the program's coaches, its administrators."""
        return (
            self.staff.get(person_id)
            or self.seats.get(Seat.COACH)
            or self.seats.get(Seat.ADMIN)
            or ()
        )

    def judges_of(self, work_id: int, state: SubmissionState) -> Sequence[Named]:
        """Who can judge an attempt now: whoever has it, or everybody who may take it."""
        assessor = self.assessors.get(work_id)
        if state is SubmissionState.ASSESSED:
            return [one for one in self.seats.get(Seat.APPROVER, ()) if one != assessor]
        return [assessor] if assessor else self.seats.get(Seat.ASSESSOR, ())


def _first(placed: Sequence[tuple[int, Named]]) -> list[Named]:
    """The people of the first kind of seat that is filled."""
    best = min(order for order, _ in placed)
    return list(dict.fromkeys(named for order, named in placed if order == best))
