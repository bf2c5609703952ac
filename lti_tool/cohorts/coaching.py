"""Coaching: a log by phase, who had none, and drafts that learners let coaches see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.cohorts.models import (
    Coaching,
    CoachingEntry,
    Cohort,
    CohortMember,
    CohortState,
    DraftShare,
)
from lti_tool.cohorts.rules import coaches_see_all_drafts
from lti_tool.cohorts.seats import NotYours, cohorts_served, may_coach, serves
from lti_tool.errors import Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.people.roles import Seat
from lti_tool.programs import appointments
from lti_tool.programs.catalogue import current_version
from lti_tool.programs.models import Credential, CredentialVersion

NOTE_LONGEST = 5000


class EntryRefused(Refused):
    """An entry of the coaching log that cannot be right; says why."""

    status = 422


@dataclass(frozen=True)
class Step:
    """One phase of a credential, wherever it stands in its parts."""

    slug: str
    title: str


def steps_of(version: CredentialVersion) -> list[Step]:
    """The phases of a credential in the order they are first met."""
    found: dict[str, Step] = {}
    for part in version.parts:
        for phase in part.phases:
            found.setdefault(phase.slug, Step(phase.slug, phase.title))
    return list(found.values())


def kinds_of(document: Mapping[str, object]) -> list[Coaching]:
    """The kinds of coaching a program offers; all where it does not say."""
    entry = document.get("coaching")
    kinds = entry.get("kinds", ()) if isinstance(entry, dict) else ()
    return [Coaching(kind) for kind in kinds] or list(Coaching)


def write(
    session: Session,
    cohort: Cohort,
    version: CredentialVersion,
    *,
    phase: str,
    kind: Coaching,
    learners: Collection[Person],
    met_on: date,
    note_: str = "",
    coach: Person,
    now: datetime,
) -> list[CoachingEntry]:
    """Write down one meeting: an entry for each learner, or one for the whole cohort.

    Raises:
        NotYours: the coach is not staff of the cohort, or it is closed.
        EntryRefused: no such phase, a learner of another cohort, or a day to come.
    """
    if not may_coach(session, coach, cohort, now=now):
        raise NotYours("Only coaches and facilitators of a running cohort write in its log.")
    if phase not in {step.slug for step in steps_of(version)}:
        raise EntryRefused("Choose the phase it was about.")
    if met_on > (now + timedelta(days=1)).date():
        raise EntryRefused("The day lies in the future. When did you meet?")
    if len(note_) > NOTE_LONGEST:
        raise EntryRefused(f"Please keep the note below {NOTE_LONGEST} characters.")
    if kind is Coaching.COHORT:
        learners = ()
    elif not learners:
        raise EntryRefused("Choose whom you met.")
    inside = set(
        session.scalars(
            select(CohortMember.person_id).where(
                CohortMember.cohort_id == cohort.id, CohortMember.left_at.is_(None)
            )
        )
    )
    if any(learner.id not in inside for learner in learners):
        raise EntryRefused("Somebody you chose does not take part in this cohort.")
    entries = [
        CoachingEntry(
            cohort=cohort,
            coach=coach,
            learner=learner,
            credential=version.credential,
            phase=phase,
            kind=kind,
            met_on=met_on,
            note=note_.strip(),
            written_at=now,
        )
        for learner in (learners or (None,))
    ]
    session.add_all(entries)
    session.flush()
    note(
        session,
        "cohorts.coach",
        cohort.public_id,
        actor=coach,
        now=now,
        kind=kind.value,
        phase=phase,
        people=len(learners),
    )
    return entries


@dataclass(frozen=True)
class Contact:
    """How often one learner met somebody in each phase, alone."""

    learner: Person
    alone: tuple[int, ...]
    """One figure for each phase."""


@dataclass(frozen=True)
class Heartbeat:
    """Where coaching happened in a cohort, and where it did not (S3-21)."""

    steps: tuple[Step, ...]
    together: tuple[int, ...]
    """Meetings of the whole cohort, phase by phase."""
    people: tuple[Contact, ...]
    asks_alone: bool
    asks_together: bool

    @property
    def without_together(self) -> tuple[Step, ...]:
        """Phases in which the cohort never met."""
        if not self.asks_together:
            return ()
        pairs = zip(self.steps, self.together, strict=True)
        return tuple(step for step, count in pairs if not count)

    def without_alone(self, place: int) -> tuple[Person, ...]:
        """Who met nobody alone in the phase at this place."""
        if not self.asks_alone:
            return ()
        return tuple(one.learner for one in self.people if not one.alone[place])

    @property
    def silent(self) -> tuple[tuple[Step, int], ...]:
        """Phases in which somebody met nobody alone, and how many of them."""
        counted = ((step, len(self.without_alone(place))) for place, step in enumerate(self.steps))
        return tuple((step, count) for step, count in counted if count)


def heartbeat(
    session: Session,
    cohort: Cohort,
    version: CredentialVersion,
    members: Sequence[CohortMember],
) -> Heartbeat:
    """Meetings by phase for one credential; one query, however many met."""
    steps = steps_of(version)
    places = {step.slug: place for place, step in enumerate(steps)}
    together = [0] * len(steps)
    alone = {member.person_id: [0] * len(steps) for member in members}
    rows = session.execute(
        select(CoachingEntry.learner_id, CoachingEntry.phase).where(
            CoachingEntry.cohort_id == cohort.id,
            CoachingEntry.credential_id == version.credential_id,
        )
    )
    for learner_id, phase in rows:
        if phase not in places:
            continue  # of an earlier version
        if learner_id is None:
            together[places[phase]] += 1
        elif learner_id in alone:
            alone[learner_id][places[phase]] += 1
    kinds = kinds_of(version.program_version.document)
    return Heartbeat(
        steps=tuple(steps),
        together=tuple(together),
        people=tuple(Contact(one.person, tuple(alone[one.person_id])) for one in members),
        asks_alone=Coaching.ONE_TO_ONE in kinds,
        asks_together=Coaching.COHORT in kinds,
    )


def entries_of(
    session: Session, cohort: Cohort, *, learner: Person | None = None, most: int = 50
) -> list[CoachingEntry]:
    """The newest entries; with `learner` those they may read: their own, and the cohort's."""
    query = (
        select(CoachingEntry)
        .where(CoachingEntry.cohort_id == cohort.id)
        .options(
            joinedload(CoachingEntry.coach),
            joinedload(CoachingEntry.learner),
            joinedload(CoachingEntry.credential),
        )
        .order_by(CoachingEntry.met_on.desc(), CoachingEntry.id.desc())
        .limit(most)
    )
    if learner is not None:
        query = query.where(
            (CoachingEntry.learner_id == learner.id) | CoachingEntry.learner_id.is_(None)
        )
    return list(session.scalars(query))


# ---- drafts --------------------------------------------------------------------------------------


def share(session: Session, person: Person, credential: Credential, *, now: datetime) -> None:
    """Let coaches see one's draft of a credential, until one stops it (S4-38)."""
    if standing_share(session, person, credential) is None:
        session.add(DraftShare(person=person, credential=credential, shared_at=now))
        session.flush()
        note(session, "cohorts.share-draft", credential.public_id, actor=person, now=now)


def stop_sharing(
    session: Session, person: Person, credential: Credential, *, now: datetime
) -> None:
    """Keep one's draft to oneself again."""
    held = standing_share(session, person, credential)
    if held is not None:
        held.ended_at = now
        note(session, "cohorts.stop-sharing-draft", credential.public_id, actor=person, now=now)


def standing_share(session: Session, person: Person, credential: Credential) -> DraftShare | None:
    """That the draft is shared now, or `None`."""
    return session.scalars(
        select(DraftShare).where(
            DraftShare.person_id == person.id,
            DraftShare.credential_id == credential.id,
            DraftShare.ended_at.is_(None),
        )
    ).first()


def shares_of(session: Session, person: Person) -> set[int]:
    """Ids of the credentials whose draft somebody shares now."""
    return set(
        session.scalars(
            select(DraftShare.credential_id).where(
                DraftShare.person_id == person.id, DraftShare.ended_at.is_(None)
            )
        )
    )


def may_read_draft(
    session: Session, coach: Person, learner: Person, credential: Credential, *, now: datetime
) -> bool:
    """Whether a coach may read a learner's draft: theirs to coach, and let in by the learner.

    A coach is one of a cohort the learner is in. Who is in none is coached by the program's
    coaches. Where the program leaves drafts open, nobody needs to be let in.
    """
    if not _coaches(session, coach, learner, credential, now=now):
        return False
    document = current_version(session, credential.program).document
    return coaches_see_all_drafts(document) or (
        standing_share(session, learner, credential) is not None
    )


def _coaches(
    session: Session, coach: Person, learner: Person, credential: Credential, *, now: datetime
) -> bool:
    running = session.scalars(
        select(Cohort)
        .join(CohortMember, CohortMember.cohort_id == Cohort.id)
        .where(
            Cohort.program_id == credential.program_id,
            Cohort.state != CohortState.CLOSED,
            CohortMember.person_id == learner.id,
            CohortMember.left_at.is_(None),
        )
    ).all()
    if running:
        return any(serves(session, coach, cohort, now=now) for cohort in running)
    return appointments.holds(session, coach, credential.program, Seat.COACH, now=now)


def shared_with(session: Session, coach: Person, *, now: datetime) -> list[DraftShare]:
    """The drafts that learners share and this person may read, the newest first.

    The rule is that of `may_read_draft`, asked for all at once: the queries are as many for a
    hundred drafts as for one.
    """
    seats = appointments.seats_of(session, coach, now=now)
    programs = {one.program_id for one in seats if one.seat in (Seat.COACH, Seat.FACILITATOR)}
    if not programs:
        return []
    shares = session.scalars(
        select(DraftShare)
        .join(DraftShare.credential)
        .where(Credential.program_id.in_(programs), DraftShare.ended_at.is_(None))
        .options(
            joinedload(DraftShare.person),
            joinedload(DraftShare.credential).joinedload(Credential.program),
        )
        .order_by(DraftShare.id.desc())
    ).all()
    running: dict[tuple[int, int], set[int]] = {}
    for person_id, program_id, cohort_id in session.execute(
        select(CohortMember.person_id, Cohort.program_id, Cohort.id)
        .join(CohortMember.cohort)
        .where(
            Cohort.program_id.in_(programs),
            Cohort.state != CohortState.CLOSED,
            CohortMember.left_at.is_(None),
            CohortMember.person_id.in_({one.person_id for one in shares}),
        )
    ):
        running.setdefault((person_id, program_id), set()).add(cohort_id)
    served = {cohort.id for cohort in cohorts_served(session, coach, now=now)}
    coached = {one.program_id for one in seats if one.seat is Seat.COACH}

    def coaches(one: DraftShare) -> bool:
        program_id = one.credential.program_id
        theirs = running.get((one.person_id, program_id))
        return bool(theirs & served) if theirs else program_id in coached

    return [one for one in shares if coaches(one)]
