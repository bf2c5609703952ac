"""A team's artifact once; the contribution and the attestation of each (S6-18)."""

import io
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_tool.cohorts.models import Team, TeamKind
from lti_tool.database import opaque_id, sessions
from lti_tool.portfolio import (
    artifacts,
    consents,
    dated_entries,
    particulars,
    submissions,
    team_work,
)
from lti_tool.portfolio.artifact_store import ArtifactStore
from lti_tool.portfolio.artifacts import Details
from lti_tool.portfolio.demands import demand_of
from lti_tool.portfolio.models import Artifact, Submission, SubmissionState
from lti_tool.portfolio.team_work import ContributionMissing, NotTogether
from lti_tool.programs.models import ArtifactKind, CredentialVersion
from lti_tool.settings import Settings
from tests.builders import NOON
from tests.cohorts.gathering import FREE_TEAMS, a_program_with, a_team, people
from tests.portfolio.studio import a_text, begun, drafts_of, enter, rated

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


def asks_much(pair: Pair) -> None:
    """Let the package ask what the shared artifact has to say of itself."""
    document = pair.version.program_version.document
    task = document["credentials"][0]["parts"][0]["phases"][0]["tasks"][0]
    task["artifacts"][0].update(
        scopes=["school", "district"],
        instruments=["Reading Inventory"],
        implements=["policy"],
        consent=True,
        dated_entries=True,
        checklist=["It names a family"],
    )


def test_what_the_thing_says_of_itself_comes_along_and_ones_own_findings_do_not(
    session: Session, pair: Pair
) -> None:
    # Given an artifact that says all it is asked to say
    asks_much(pair)
    made = a_text(session, pair.drafts[0], pair.asked, "", done_on=date(2026, 9, 1))
    made.scope, made.goal, made.instrument = "school", "More talk", "Reading Inventory"
    made.implements, made.done_until = "policy", date(2026, 10, 1)
    made.ticked = ["It names a family"]
    dated_entries.write(
        session, made, public_id=opaque_id(), on_day=date(2026, 9, 8), text="He asked.", now=NOON
    )
    consents.note(session, made, who="M. D.", kind="parent", given_on=date(2026, 8, 30), now=NOON)
    team_work.offer(session, pair.people[0], made.public_id, "I wrote it down.", now=NOON)
    (offer,) = team_work.offers(session, pair.drafts[1].enrolment, pair.asked)

    # When
    copy = team_work.take_over(
        session, pair.drafts[1], pair.asked, offer, "I asked along.", now=NOON
    )

    # Then only the sign is still to be looked for, and the teammate's rows are untouched
    assert particulars.owed(copy, demand_of(pair.asked)) == []
    assert (copy.scope, copy.goal, copy.instrument) == ("school", "More talk", "Reading Inventory")
    assert (copy.implements, copy.done_until) == ("policy", date(2026, 10, 1))
    assert [(one.on_day, one.text) for one in copy.entries] == [(date(2026, 9, 8), "He asked.")]
    assert [(one.who, one.given_on) for one in copy.consents] == [("M. D.", date(2026, 8, 30))]
    assert copy.ticked == []
    assert (len(made.entries), len(made.consents)) == (1, 1)


def test_nothing_is_taken_over_where_there_is_no_room_for_it(session: Session, pair: Pair) -> None:
    for _copy in range(pair.asked.maximum):
        a_text(session, pair.drafts[1], pair.asked, "Mine.")

    with pytest.raises(artifacts.Enough):
        taken(session, pair)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_share_and_take_over_on_their_pages(app: Flask, engine: Engine) -> None:
    # Given
    with sessions(engine).begin() as session:
        pair = Pair(session)
        made = a_text(session, pair.drafts[0], pair.asked, "What we found.")
        path = f"/portfolio/together/{pair.asked.id}"
        theirs = f"{path}/{made.public_id}"
        _ = pair.asked.task_id
    first, second, stranger = (enter(app, person) for person in pair.people)

    # When the first shares, at first without a word on their own part
    refused = first.post(theirs, {"then": "offer", "contribution": " "})
    first.post(theirs, {"then": "offer", "contribution": "I counted."})
    shown = second.get(path).text
    speechless = second.post(theirs, {"then": "take", "contribution": ""})
    taken_over = second.post(theirs, {"then": "take", "contribution": "I asked."})

    # Then
    assert (refused.status_code, speechless.status_code) == (422, 422)
    assert "Say what you did for it" in refused.text
    assert "What we found." in shown
    assert "I counted." in shown
    assert (taken_over.status_code, taken_over.location) == (
        303,
        f"/portfolio/tasks/{pair.asked.task_id}",
    )
    assert "What we found." in second.get(taken_over.location).text
    assert "Nobody has shared anything for this yet." in second.get(path).text
    assert "Your team sees it" in first.get(path).text
    # And whoever is in no team neither sees nor takes it
    assert "What we found." not in stranger.get(path).text
    assert stranger.post(theirs, {"then": "take", "contribution": "Me too."}).status_code == 409
