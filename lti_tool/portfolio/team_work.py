"""What a team made together: offered by one, taken over by others, each with their own part in it.

Everybody's copy is their own artifact: they submit it, attest to it and are judged for it (S6-18).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lti_tool.cohorts import teams
from lti_tool.cohorts.models import Team, TeamMember
from lti_tool.database import opaque_id
from lti_tool.errors import Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.portfolio import particulars
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.portfolio.artifacts import find_own, open_draft, require_place
from lti_tool.portfolio.demands import demand_of
from lti_tool.portfolio.models import (
    Artifact,
    DatedEntry,
    Enrolment,
    Submission,
    TeamWork,
)
from lti_tool.programs.models import (
    ArtifactRequirement,
    Credential,
    CredentialVersion,
    Part,
    Phase,
    Task,
)

CONTRIBUTION_LONGEST = 4000
IN_MEMORY = 1 << 20


class NotTogether(Refused):
    """The program does not let this be made together, or the person is in no team."""


class ContributionMissing(Refused):
    """Somebody has not said what they did for it."""

    status = 422


@dataclass(frozen=True)
class Offer:
    """A teammate's artifact that may be taken over."""

    artifact: Artifact
    maker: Person
    contribution: str


@dataclass(frozen=True)
class Teammate:
    """Somebody else's copy of the same thing, as judges see it."""

    person: Person
    is_same: bool
    """False: it says something else than the copy that is looked at."""
    contribution: str


@dataclass(frozen=True)
class Shared:
    """What judges are told of one artifact that a team made."""

    team: str
    contribution: str
    others: tuple[Teammate, ...]

    @property
    def differs(self) -> bool:
        """Whether somebody's copy is not the same any more (S6-18)."""
        return any(not one.is_same for one in self.others)


def may_share(requirement: ArtifactRequirement) -> bool:
    """Whether the program lets a team make this together."""
    return demand_of(requirement).shared_by_team


def team_for(session: Session, enrolment: Enrolment, requirement: ArtifactRequirement) -> Team:
    """The team somebody makes this with.

    Raises:
        NotTogether: everybody makes it alone here, or they are in no team.
    """
    if not may_share(requirement):
        raise NotTogether(f"“{requirement.title}” is made by everybody for themselves.")
    program = enrolment.credential_version.program_version.program
    team = teams.of_person(session, enrolment.person_id, program)
    if team is None:
        raise NotTogether("You are in no team of this program yet.")
    return team


def offer(
    session: Session, person: Person, public_id: str, contribution: str, *, now: datetime
) -> TeamWork:
    """Let one's team take over an artifact of one's draft, saying what one did for it oneself.

    Doing it again changes the words.

    Raises:
        NotFound: no such artifact of theirs.
        NotTogether: it is not made in teams.
        ContributionMissing: nothing is said of the person's own part.
        AlreadySubmitted: it is no draft any more.
    """
    artifact = find_own(session, public_id, person)
    team = team_for(session, artifact.submission.enrolment, artifact.requirement)
    words = _words(contribution)
    open_draft(session, artifact.submission)
    held = session.scalars(
        select(TeamWork).where(TeamWork.artifact_id == artifact.id)
    ).one_or_none()
    if held is None:
        held = TeamWork(artifact=artifact, team=team, contribution=words, written_at=now)
        session.add(held)
        note(session, "portfolio.offer-to-team", public_id, actor=person, now=now)
    held.contribution, held.written_at = words, now
    session.flush()
    return held


def offers(
    session: Session, enrolment: Enrolment, requirement: ArtifactRequirement
) -> Sequence[Offer]:
    """What teammates offer for this, and the person has not taken over yet."""
    team = team_for(session, enrolment, requirement)
    mine = select(TeamWork.shared_id).where(
        TeamWork.artifact_id.in_(
            select(Artifact.id)
            .join(Artifact.submission)
            .where(Submission.enrolment_id == enrolment.id, Artifact.removed_at.is_(None))
        )
    )
    rows = session.execute(
        select(TeamWork, Person)
        .join(TeamWork.artifact)
        .join(Artifact.submission)
        .join(Submission.enrolment)
        .join(Enrolment.person)
        .join(Artifact.requirement)
        .join(ArtifactRequirement.task)
        .join(Task.phase)
        .join(Phase.part)
        .join(Part.credential_version)
        .join(CredentialVersion.credential)
        .where(
            TeamWork.team_id == team.id,
            TeamWork.shared_id.not_in(mine),
            Enrolment.person_id.in_(
                select(TeamMember.person_id).where(
                    TeamMember.team_id == team.id, TeamMember.left_at.is_(None)
                )
            ),
            Enrolment.person_id != enrolment.person_id,
            Artifact.removed_at.is_(None),
            # Teammates may have begun different versions: what is asked for has the same name.
            Credential.id == enrolment.credential_version.credential_id,
            Part.slug == requirement.task.phase.part.slug,
            ArtifactRequirement.slug == requirement.slug,
            Task.slug == requirement.task.slug,
        )
        .options(
            joinedload(TeamWork.artifact).options(
                selectinload(Artifact.entries), selectinload(Artifact.consents)
            )
        )
        .order_by(TeamWork.id)
    )
    # Of several attempts and copies of one thing the first is enough.
    found: dict[str, Offer] = {}
    for work, maker in rows:
        found.setdefault(work.shared_id, Offer(work.artifact, maker, work.contribution))
    return tuple(found.values())


def copied_bytes(store: ArtifactStore, artifact: Artifact) -> str | None:
    """A copy of a file's bytes under a key of its own; `None` where it is no file.

    Outside any transaction, as for uploads: erasing one person then takes nothing of another's.
    """
    if artifact.file_key is None:
        return None
    with SpooledTemporaryFile(max_size=IN_MEMORY) as copy:
        for chunk in store.read(artifact.file_key):
            copy.write(chunk)
        copy.seek(0)
        return store.put(copy)


def take_over(
    session: Session,
    submission: Submission,
    requirement: ArtifactRequirement,
    shared: Offer,
    contribution: str,
    *,
    file_key: str | None = None,
    now: datetime,
) -> Artifact:
    """Take over what a teammate offers, as one's own artifact, with one's own part in it.

    What is said of the thing itself comes along: days, assessment, goal, entries, and who in it has
    given permission. Where a criterion shows, and which signs were found, everybody says anew.

    Args:
        session: the caller's transaction.
        submission: the draft it goes into.
        requirement: what it answers there.
        shared: one of `offers`.
        contribution: what the person did for it; never empty.
        file_key: where a copy of the bytes lies, for a file.
        now: the moment.

    Raises:
        ContributionMissing: nothing is said of the person's own part.
        AlreadySubmitted: the attempt is no draft any more.
        Enough, NotOpenHere: nothing more may be added for it now.
    """
    words = _words(contribution)
    open_draft(session, submission)
    require_place(session, submission, requirement)
    source = shared.artifact
    slugs = {criterion.slug for criterion in source.criteria}
    copy = Artifact(
        public_id=opaque_id(),
        submission=submission,
        requirement=requirement,
        kind=source.kind,
        title=source.title,
        text=source.text,
        url=source.url,
        file_key=file_key,
        file_name=source.file_name,
        media_type=source.media_type,
        size=source.size,
        sha256=source.sha256,
        done_on=source.done_on,
        added_at=now,
        changed_at=now,
        criteria=[one for one in submission.part.criteria if one.slug in slugs],
    )
    _say_the_same(copy, source)
    session.add(copy)
    origin = session.scalars(select(TeamWork).where(TeamWork.artifact_id == source.id)).one()
    session.add(
        TeamWork(
            artifact=copy,
            team=origin.team,
            shared_id=origin.shared_id,
            contribution=words,
            written_at=now,
        )
    )
    session.flush()
    person = submission.enrolment.person
    note(session, "portfolio.take-over", copy.public_id, actor=person, now=now)
    return copy


def _say_the_same(copy: Artifact, source: Artifact) -> None:
    demand = demand_of(copy.requirement)
    particulars.keep(copy, demand, particulars.of_the_team(source, demand))
    if demand.takes_entries:
        copy.entries = [
            DatedEntry(artifact=copy, on_day=one.on_day, text=one.text, changed_at=copy.changed_at)
            for one in source.entries
        ]
    if demand.asks_consent:
        # The permission is for what can be seen, and in a copy of it the same can be seen.
        copy.consents = particulars.consents_as_in(source, copy)


def carry(session: Session, copies: Mapping[int, Artifact]) -> None:
    """A next attempt keeps what was made together: copies by the ids of what they are copies of."""
    for one in session.scalars(select(TeamWork).where(TeamWork.artifact_id.in_(copies))).all():
        session.add(
            TeamWork(
                artifact=copies[one.artifact_id],
                team=one.team,
                shared_id=one.shared_id,
                contribution=one.contribution,
                written_at=one.written_at,
            )
        )


def own_words(session: Session, submission: Submission) -> dict[int, str]:
    """By id of artifact: what the person said of their part in it."""
    rows = session.execute(
        select(TeamWork.artifact_id, TeamWork.contribution)
        .join(TeamWork.artifact)
        .where(Artifact.submission_id == submission.id)
    )
    return {row.artifact_id: row.contribution for row in rows}


def told(session: Session, work: Submission) -> dict[int, Shared]:
    """What judges are told, by id of artifact; two queries, however many teammates.

    Teammates' copies are those of their newest attempts, drafts left out: an unsubmitted draft is
    nobody's business.
    """
    mine = session.scalars(
        select(TeamWork)
        .join(TeamWork.artifact)
        .where(Artifact.submission_id == work.id)
        .options(joinedload(TeamWork.team), joinedload(TeamWork.artifact))
    ).all()
    if not mine:
        return {}
    rows = session.execute(
        select(TeamWork, Artifact, Person)
        .join(TeamWork.artifact)
        .join(Artifact.submission)
        .join(Submission.enrolment)
        .join(Enrolment.person)
        .where(
            TeamWork.shared_id.in_([one.shared_id for one in mine]),
            Submission.submitted_at.is_not(None),
            Enrolment.person_id != work.enrolment.person_id,
        )
        .order_by(Submission.attempt.desc(), TeamWork.id)
    ).all()
    found = {}
    for one in mine:
        others: dict[int, Teammate] = {}
        for row, artifact, person in rows:
            if row.shared_id == one.shared_id:
                same = _says(artifact) == _says(one.artifact)
                others.setdefault(person.id, Teammate(person, same, row.contribution))
        found[one.artifact_id] = Shared(one.team.name, one.contribution, tuple(others.values()))
    return found


def _says(artifact: Artifact) -> tuple[str, str | None, str | None]:
    return artifact.text.strip(), artifact.url, artifact.sha256


def _words(contribution: str) -> str:
    words = contribution.strip()
    if not words:
        raise ContributionMissing(
            "Say what you did for it: one or two sentences about your own part."
        )
    if len(words) > CONTRIBUTION_LONGEST:
        raise ContributionMissing(f"Please keep it below {CONTRIBUTION_LONGEST} characters.")
    return words
