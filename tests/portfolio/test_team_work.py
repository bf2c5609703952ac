"""A team's artifact once; the contribution and the attestation of each (S6-18)."""

import io

import pytest
from sqlalchemy.orm import Session

from lti_tool.cohorts.models import Team, TeamKind
from lti_tool.database import opaque_id
from lti_tool.portfolio import artifacts, submissions, team_work
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.portfolio.artifacts import Details
from lti_tool.portfolio.models import Artifact, Submission, SubmissionState
from lti_tool.portfolio.team_work import ContributionMissing, NotTogether
from lti_tool.programs.models import ArtifactKind, CredentialVersion
from lti_tool.settings import Settings
from tests.builders import NOON
from tests.cohorts.gathering import FREE_TEAMS, a_program_with, a_team, people
from tests.portfolio.studio import a_text, begun, drafts_of, rated

pytestmark = pytest.mark.row("S6-18")


class Pair:
    """Two teammates and a stranger with a draft each, of a credential with one shared artifact."""

    def __init__(self, session: Session) -> None:
        (self.version,) = a_program_with(session, team={**FREE_TEAMS, "kinds": ["virtual"]})
        shares(self.version, 0)
        self.people = people(session, 3)
        first, second, self.stranger = self.people
        kind = TeamKind.VIRTUAL
        self.team: Team = a_team(session, self.version, first, [first, second], kind=kind)
        self.drafts: list[Submission] = []
        for person in self.people:
            enrolment = rated(session, begun(session, person, self.version))
            self.drafts.append(drafts_of(session, enrolment)[0])
        self.asked, self.alone = self.version.parts[0].requirements


def shares(version: CredentialVersion, place: int) -> None:
    """Say in the package that the artifact at this place may be made together."""
    part = version.parts[0]
    entry = {
        "slug": version.credential.slug,
        "parts": [
            {
                "slug": part.slug,
                "phases": [
                    {
                        "slug": phase.slug,
                        "tasks": [
                            {
                                "slug": "task",
                                "artifacts": [{"slug": "artifact", "shared_by_team": at == place}],
                            }
                        ],
                    }
                    for at, phase in enumerate(part.phases)
                ],
            }
        ],
    }
    document = version.program_version.document
    version.program_version.document = {**document, "credentials": [entry]}


@pytest.fixture
def pair(session: Session) -> Pair:
    """Two who work together."""
    return Pair(session)


def taken(session: Session, pair: Pair, words: str = "I asked the families.") -> Artifact:
    """The first offers, the second takes over."""
    made = a_text(session, pair.drafts[0], pair.asked, "What we found.")
    team_work.offer(
        session, pair.people[0], made.public_id, "I counted and drew the table.", now=NOON
    )
    (offer,) = team_work.offers(session, pair.drafts[1].enrolment, pair.asked)
    return team_work.take_over(session, pair.drafts[1], pair.asked, offer, words, now=NOON)


def test_what_one_offers_a_teammate_takes_over_as_their_own(session: Session, pair: Pair) -> None:
    # When
    copy = taken(session, pair)

    # Then it is theirs, tagged as it was, with their own words, and offered to them no more
    assert copy.submission is pair.drafts[1]
    assert (copy.text, [c.slug for c in copy.criteria]) == (
        "What we found.",
        [c.slug for c in pair.drafts[0].artifacts[0].criteria],
    )
    assert team_work.own_words(session, pair.drafts[1]) == {copy.id: "I asked the families."}
    assert team_work.offers(session, pair.drafts[1].enrolment, pair.asked) == ()


def test_nothing_is_offered_or_taken_over_without_a_word_on_ones_own_part(
    session: Session, pair: Pair
) -> None:
    made = a_text(session, pair.drafts[0], pair.asked)
    with pytest.raises(ContributionMissing):
        team_work.offer(session, pair.people[0], made.public_id, " ", now=NOON)
    with pytest.raises(ContributionMissing):
        taken(session, pair, words="")


def test_only_what_the_package_marks_is_made_together_and_only_in_a_team(
    session: Session, pair: Pair
) -> None:
    made = a_text(session, pair.drafts[0], pair.alone)
    with pytest.raises(NotTogether, match="for themselves"):
        team_work.offer(session, pair.people[0], made.public_id, "Mine.", now=NOON)
    with pytest.raises(NotTogether, match="in no team"):
        team_work.offers(session, pair.drafts[2].enrolment, pair.asked)


def test_each_of_them_attests_and_submits_for_themselves(session: Session, pair: Pair) -> None:
    # Given
    taken(session, pair)
    for draft in pair.drafts[:2]:
        a_text(session, draft, pair.alone)

    # When the first submits
    submissions.submit(session, pair.drafts[0], attested=True, now=NOON)

    # Then the second has still to attest
    assert pair.drafts[1].submitted_at is None
    with pytest.raises(submissions.AttestationMissing):
        submissions.submit(session, pair.drafts[1], attested=False, now=NOON)


def test_judges_read_what_each_did_and_see_where_copies_differ(
    session: Session, pair: Pair
) -> None:
    # Given both submitted, and the second changed their copy before
    copy = taken(session, pair)
    artifacts.put(
        session,
        pair.drafts[1],
        pair.asked,
        public_id=copy.public_id,
        kind=ArtifactKind.TEXT,
        details=Details(text="What I found.", criteria=frozenset(one.id for one in copy.criteria)),
        seen=copy.changed_at,
        now=NOON,
    )
    for draft in pair.drafts[:2]:
        a_text(session, draft, pair.alone)
    submissions.submit(session, pair.drafts[0], attested=True, now=NOON)
    before = team_work.told(session, pair.drafts[0])
    submissions.submit(session, pair.drafts[1], attested=True, now=NOON)

    # When
    (shared,) = team_work.told(session, pair.drafts[0]).values()

    # Then a draft was nobody's business, and what differs is seen
    assert [one.others for one in before.values()] == [()]
    assert shared.contribution == "I counted and drew the table."
    (other,) = shared.others
    assert (other.person, other.is_same, other.contribution) == (
        pair.people[1],
        False,
        "I asked the families.",
    )
    assert shared.differs


def test_a_next_attempt_keeps_what_was_made_together(session: Session, pair: Pair) -> None:
    # Given
    copy = taken(session, pair)
    a_text(session, pair.drafts[1], pair.alone)
    submissions.submit(session, pair.drafts[1], attested=True, now=NOON)
    pair.drafts[1].state = SubmissionState.RETURNED

    # When
    following = submissions.next_attempt(session, pair.drafts[1], now=NOON)

    # Then
    assert list(team_work.own_words(session, following).values()) == ["I asked the families."]
    assert copy.id not in team_work.own_words(session, following)


def test_a_file_that_is_taken_over_has_bytes_of_its_own(
    session: Session, pair: Pair, settings: Settings
) -> None:
    # Given
    store = ArtifactStore(settings.evidence_url)
    stored = artifacts.take_upload(store, io.BytesIO(b"Seven families."), "us.txt", limit=1000)
    made = artifacts.put(
        session,
        pair.drafts[0],
        pair.asked,
        public_id=opaque_id(),
        kind=ArtifactKind.FILE,
        details=Details(),
        file=stored,
        now=NOON,
    )
    team_work.offer(session, pair.people[0], made.public_id, "I typed.", now=NOON)
    (offer,) = team_work.offers(session, pair.drafts[1].enrolment, pair.asked)

    # When the first one's bytes are gone afterwards
    key = team_work.copied_bytes(store, offer.artifact)
    copy = team_work.take_over(
        session, pair.drafts[1], pair.asked, offer, "I asked.", file_key=key, now=NOON
    )
    store.delete(stored.key)

    # Then
    assert copy.file_key != made.file_key
    assert b"".join(store.read(copy.file_key or "")) == b"Seven families."
