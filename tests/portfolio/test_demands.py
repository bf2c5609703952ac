"""What a package asks an artifact to say of itself, and what may grow beside it."""

from datetime import date, timedelta

import pytest

from lti_tool.database import opaque_id
from lti_tool.errors import NotFound
from lti_tool.portfolio import artifacts, consents, dated_entries, submissions
from lti_tool.portfolio.artifacts import Details
from lti_tool.portfolio.gaps import GapKind, gaps_in_task
from lti_tool.portfolio.models import SubmissionState
from lti_tool.portfolio.particulars import Particulars, ParticularsRefused
from lti_tool.programs import packages, publishing
from lti_tool.programs.models import ArtifactKind
from tests.builders import a_credential_version
from tests.cast import ada, cleo
from tests.portfolio.packages import artifact_of, asking
from tests.portfolio.studio import a_text, begun, decided, drafts_of, filled, rated
from tests.programs.samples import a_document


def a_draft(session, version):
    """Ada's draft of a version, every artifact in it."""
    return filled(session, rated(session, begun(session, ada(), version)))


def say(session, artifact, noon, **said):
    """Save an artifact again with these particulars."""
    return artifacts.put(
        session,
        artifact.submission,
        artifact.requirement,
        public_id=artifact.public_id,
        kind=artifact.kind,
        details=Details(
            text=artifact.text,
            criteria=frozenset(one.id for one in artifact.criteria),
            done_on=said.pop("done_on", None),
            particulars=Particulars(**said),
        ),
        seen=artifact.changed_at,
        now=noon,
    )


def kinds(work, task=0):
    """The kinds of gaps of one task."""
    return [gap.kind for gap in gaps_in_task(work, work.part.tasks[task])]


@pytest.mark.row("S1-08")
def test_where_a_package_names_scopes_an_artifact_serves_a_goal_of_one(session, noon):
    version = asking(a_credential_version())
    artifact_of(version, 0)["scopes"] = ["school", "district"]
    work = a_draft(session, version)

    assert kinds(work) == [GapKind.SAID, GapKind.SAID]
    with pytest.raises(ParticularsRefused):
        say(session, work.artifacts[0], noon, scope="classroom")
    say(session, work.artifacts[0], noon, scope="school", goal="More families speak.")

    assert kinds(work) == []
    # Where nothing is asked, nothing is kept: the second artifact has no scopes
    say(session, work.artifacts[1], noon, scope="", goal="More families speak.")
    assert work.artifacts[1].goal == ""


@pytest.mark.row("S5-02", "S1-24", "S4-34")
def test_data_name_their_instrument_and_a_change_says_what_was_carried_out(session, noon):
    version = asking(a_credential_version())
    artifact_of(version, 0).update(
        content="data-analysis", instruments=["Summative ELPAC"], small_groups_under=10
    )
    artifact_of(version, 1).update(implements=["program", "strategy"])
    work = a_draft(session, version)
    data, change = work.artifacts

    assert kinds(work, 0) == kinds(work, 1) == [GapKind.SAID]
    with pytest.raises(ParticularsRefused):
        say(session, change, noon, implements="policy")
    say(session, data, noon, instrument="Summative ELPAC")
    say(session, change, noon, implements="strategy")

    assert kinds(work, 0) == kinds(work, 1) == []


@pytest.mark.row("S3-26")
def test_a_change_that_took_weeks_has_a_first_and_a_last_day(session, noon):
    version = asking(a_credential_version())
    work = a_draft(session, version)
    version.parts[0].tasks[0].requirements[0].needs_date = True
    first, last = date(2026, 10, 1), date(2026, 11, 12)

    assert kinds(work) == [GapKind.DATE]
    with pytest.raises(ParticularsRefused):
        say(session, work.artifacts[0], noon, done_on=last, done_until=first)
    say(session, work.artifacts[0], noon, done_on=first, done_until=last)

    assert kinds(work) == []
    assert (work.artifacts[0].done_on, work.artifacts[0].done_until) == (first, last)


@pytest.mark.row("S5-20", "S4-35")
def test_every_sign_of_the_checklist_is_found_before_submitting(session, noon):
    signs = ["Starts with a definition", "Shows the steps", "Names the grade", "Models language"]
    version = asking(a_credential_version())
    artifact_of(version, 0)["checklist"] = signs
    work = a_draft(session, version)

    say(session, work.artifacts[0], noon, ticked=frozenset({0, 1, 3, 9}))
    assert work.artifacts[0].ticked == [signs[0], signs[1], signs[3]]
    (gap,) = gaps_in_task(work, work.part.tasks[0])
    assert (gap.kind, "1 of 4 signs" in gap.words) == (GapKind.SIGN, True)
    say(session, work.artifacts[0], noon, ticked=frozenset(range(4)))

    submissions.submit(session, work, attested=True, now=noon)
    assert work.state is SubmissionState.SUBMITTED


@pytest.mark.row("S6-23")
def test_whoever_is_seen_or_heard_has_a_permission_without_a_name(session, noon):
    version = asking(a_credential_version())
    artifact_of(version, 0)["content"] = "recording"
    work = a_draft(session, version)
    film = work.artifacts[0]
    day = date(2026, 9, 14)

    def note(**changed):
        given = {"who": "M. D.", "kind": "parent", "given_on": day, **changed}
        return consents.note(session, film, now=noon, **given)

    # Nothing was said yet; then that somebody can be seen, but not who agreed
    assert kinds(work) == [GapKind.SAID]
    say(session, film, noon, shows_people=True)
    assert kinds(work) == [GapKind.CONSENT]
    for wrong in (
        {"who": "Maria"},
        {"who": "Maya"},
        {"who": "md"},
        {"who": ""},
        {"kind": "friend"},
        {"given_on": None},
        {"given_on": noon.date() + timedelta(days=9)},
    ):
        with pytest.raises(consents.ConsentRefused):
            note(**wrong)
    note()
    note(kind="release")  # the same person again is corrected
    note(who="17")

    assert kinds(work) == []
    assert [(one.who, one.kind) for one in film.consents] == [
        ("M. D.", "release"),
        ("17", "parent"),
    ]
    # The other artifact asks for none
    with pytest.raises(NotFound):
        consents.note(session, work.artifacts[1], who="AB", kind="own", given_on=day, now=noon)
    # And where nobody can be recognised, none is needed
    say(session, film, noon, shows_people=False)
    assert kinds(work) == []


@pytest.mark.row("S4-37")
def test_a_journal_grows_by_dated_entries_and_goes_along_into_the_next_attempt(session, noon):
    version = asking(a_credential_version())
    artifact_of(version, 0)["dated_entries"] = True
    enrolment = rated(session, begun(session, ada(), version))
    (work,) = drafts_of(session, enrolment)
    requirement = work.part.requirements[0]
    tagged = frozenset(row.id for row in work.part.criteria if row.slug in requirement.criteria)
    journal = artifacts.put(
        session,
        work,
        requirement,
        public_id=opaque_id(),
        kind=ArtifactKind.TEXT,
        details=Details(criteria=tagged),
        now=noon,
    )

    def write(text, day, key=None, **given):
        return dated_entries.write(
            session, journal, public_id=key or opaque_id(), on_day=day, text=text, now=noon, **given
        )

    # An empty journal is a place to write, no evidence
    assert kinds(work) == [GapKind.ARTIFACT]
    key = opaque_id()
    late = write("He asked me a question back.", date(2026, 11, 3))
    write("He copied my words.", date(2026, 9, 8), key)
    write("He copied my words.", date(2026, 9, 8), key)  # sent twice, one entry
    assert [one.on_day.month for one in journal.entries] == [9, 11]
    for text, day in ((" ", date(2026, 9, 8)), ("Later.", None), ("Later.", date(2027, 1, 1))):
        with pytest.raises(dated_entries.EntryRefused):
            write(text, day)
    # A save that began from an older state is refused, never merged
    seen = late.changed_at
    write("He asked me two questions.", date(2026, 11, 3), late.public_id, seen=seen)
    with pytest.raises(dated_entries.EntryChanged):
        write("He asked nothing.", date(2026, 11, 3), late.public_id, seen=seen)
    assert kinds(work) == []

    a_text(session, work, work.part.requirements[1])
    submissions.submit(session, work, attested=True, now=noon)
    following = decided(session, work, cleo(), unmet=1)

    assert following is not None
    (copy,) = [one for one in following.artifacts if one.entries]
    assert [one.text for one in copy.entries] == [
        "He copied my words.",
        "He asked me two questions.",
    ]
    dated_entries.take_out(session, copy, copy.entries[0].public_id, now=noon)
    assert (len(copy.entries), len(journal.entries)) == (1, 2)


@pytest.mark.row("S4-05")
def test_evidence_of_practice_and_of_what_students_learned_are_both_there(session, noon):
    version = asking(a_credential_version(parts=2))
    version.details["evidence_required"] = ["practice", "student-outcome"]
    artifact_of(version, 0)["evidence"] = "practice"
    artifact_of(version, 1, part=1)["evidence"] = "student-outcome"
    for part in version.parts:
        for requirement in part.requirements:
            requirement.minimum = 0  # so that nothing else asks for them
    version.coverage_required = False
    enrolment = rated(session, begun(session, ada(), version))
    first, second = drafts_of(session, enrolment)

    # The first part can show practice and nothing else
    a_text(session, first, first.part.requirements[1])
    with pytest.raises(submissions.NotComplete) as refusal:
        submissions.submit(session, first, attested=True, now=noon)
    assert [gap.kind for gap in refusal.value.gaps] == [GapKind.EVIDENCE]
    a_text(session, first, first.part.requirements[0])
    submissions.submit(session, first, attested=True, now=noon)

    # The last part still owes what students learned
    a_text(session, second, second.part.requirements[0])
    with pytest.raises(submissions.NotComplete) as refusal:
        submissions.submit(session, second, attested=True, now=noon)
    assert "your students learned" in refusal.value.gaps[0].words
    a_text(session, second, second.part.requirements[1])
    submissions.submit(session, second, attested=True, now=noon)


@pytest.mark.row("S6-19")
def test_a_learner_points_at_the_place_where_a_criterion_shows(session, noon):
    work = a_draft(session, a_credential_version(criteria=2))
    artifact = work.artifacts[0]
    tagged, other = (
        artifact.criteria[0],
        next(one for one in work.part.criteria if one not in artifact.criteria),
    )

    def save(criteria, pointers):
        artifacts.put(
            session,
            work,
            artifact.requirement,
            public_id=artifact.public_id,
            kind=artifact.kind,
            details=Details(
                text="Seen.", criteria=frozenset(one.id for one in criteria), pointers=pointers
            ),
            seen=artifact.changed_at,
            now=noon,
        )
        session.expire(artifact, ["pointers"])
        return [(one.criterion_id, one.words) for one in artifact.pointers]

    # Only what it is tagged to is pointed at, and the words go with the tag
    assert save([tagged], {tagged.id: " Page 2 ", other.id: "Page 9"}) == [(tagged.id, "Page 2")]
    assert save([tagged], {tagged.id: "From minute 3"}) == [(tagged.id, "From minute 3")]
    assert save([other], {tagged.id: "From minute 3"}) == []


@pytest.mark.row("S4-05", "S5-02", "S4-43", "S5-03")
def test_a_package_says_all_this_of_its_artifacts_and_is_read_where_it_is_needed(session, noon):
    document = a_document()
    credential = document["credentials"][0]
    part = credential["parts"][0]
    part["phases"][0]["tasks"][0]["artifacts"][0].update(
        instruments=["Reading Inventory"], evidence="student-outcome", scopes=["classroom"]
    )
    part["rubric"]["criteria"][0]["kind"] = "knowledge"
    credential["evidence_required"] = ["student-outcome"]
    credential["outcomes"] = [
        {"kind": "disposition", "text": "Patience with what cannot be seen yet."}
    ]
    package = packages.Package(document=document)
    (version,) = publishing.import_package(session, package, now=noon).credentials
    enrolment = rated(session, begun(session, ada(), version))
    (work,) = drafts_of(session, enrolment)
    artifact = a_text(session, work, work.part.requirements[0])

    words = {gap.words for gap in gaps_in_task(work, work.part.tasks[0])}

    assert words == {
        f"“{artifact.title}” does not say whose goal it serves.",
        f"“{artifact.title}” does not say which goal it serves.",
        f"“{artifact.title}” does not say which assessment its data come from.",
    }
    assert version.parts[0].criteria[0].kind == "knowledge"
    assert version.details["outcomes"][0]["kind"] == "disposition"
