"""The pages of the path, without scripts: what is asked, what is refused, what is kept."""

from datetime import date

import pytest
from sqlalchemy import func, select

from lti_tool.database import opaque_id, sessions
from lti_tool.portfolio.models import Artifact, Consent, DatedEntry, Enrolment, Submission
from lti_tool.programs.models import CredentialVersion
from tests.counting import Counted
from tests.portfolio.forms import put
from tests.portfolio.packages import artifact_of, asking

JOURNAL = {
    "dated_entries": True,
    "content": "student-work",
    "scopes": ["classroom", "school"],
    "instruments": ["Reading Inventory"],
    "implements": ["policy", "strategy"],
    "checklist": ["Shows a lesson"],
    "names_people": True,
    "small_groups_under": 10,
    "evidence": "practice",
}


def ask(studio, *, document=None, artifact=None, details=None):
    """Write into the stored package what it asks for."""
    with sessions(studio.engine).begin() as session, session.no_autoflush:
        version = session.get_one(CredentialVersion, studio.version.id)
        whole = dict(version.program_version.document, credentials=[], **(document or {}))
        version.program_version.document = whole
        asking(version)
        artifact_of(version, 0).update(artifact or {})
        version.details = dict(version.details, **(details or {}))


@pytest.mark.row("S1-05", "S4-17")
def test_goal_focus_and_setting_stand_on_one_page_and_keep_what_was_typed(studio, session_of):
    ask(studio, document={"setting": {"ask": ["school"]}, "goal": {"required": True}})
    studio.prepare(until="begun")
    visitor = studio.ada()

    wrong = visitor.post(f"{studio.address}/focus", {"goal": "Talk."})
    quiet = visitor.post(
        f"{studio.address}/focus", {"goal": "Talk in p"}, headers={"X-Autosave": "1"}
    )
    right = visitor.post(f"{studio.address}/focus", {"goal": "Talk.", "setting-school": "Lincoln"})

    assert (wrong.status_code, ">Talk.</textarea>" in wrong.text) == (422, True)
    assert 'id="setting-school-fault"' in wrong.text
    assert quiet.json["saved"]
    assert right.location == f"{studio.address}/baseline"
    with session_of() as session:
        kept = session.scalars(select(Enrolment)).one()
    assert (kept.goal, kept.setting) == ("Talk.", {"school": "Lincoln"})


@pytest.mark.row("S1-23", "S1-24", "S6-23", "S3-07", "S3-08")
def test_a_task_reminds_asks_and_grows_without_scripts(studio, session_of):
    ask(studio, artifact=JOURNAL)
    studio.prepare(until="rated")
    with sessions(studio.engine).begin() as session:
        enrolment = session.scalars(select(Enrolment)).one()
        enrolment.focus = "How we listen to families."
        document = dict(enrolment.credential_version.program_version.document)
        task = document["credentials"][0]["parts"][0]["phases"][0]["tasks"][0]
        task["verb"] = "communicate"
        enrolment.credential_version.program_version.document = {**document, "x": 1}
    visitor = studio.ada()
    page = visitor.get(studio.task).text
    for words in (
        "likely to hold names",
        "fewer than 10 students",
        "Under FERPA",
        "shows your practice",
        "How we listen to families.",
        "communicate",
        "You began",
    ):
        assert words in page

    said = {"scope": "school", "goal": "Talk.", "instrument": "DIBELS", "implements": "policy"}
    put(studio, visitor, **said, shows_people="yes", ticked="0")
    with session_of() as session:
        artifact = session.scalars(select(Artifact)).one()
    place = f"/portfolio/artifacts/{artifact.public_id}"
    key = opaque_id()
    entry = {"on_day": "2026-09-14", "text": "He asked back."}
    assert visitor.post(f"{place}/entries/{key}", entry).status_code == 303
    wrong = visitor.post(f"{place}/entries/{opaque_id()}", {"on_day": "", "text": "Half a"})
    named = visitor.post(
        f"{place}/consents", {"who": "Maria", "kind": "parent", "given_on": "2026-09-01"}
    )
    visitor.post(f"{place}/consents", {"who": "M.", "kind": "parent", "given_on": "2026-09-01"})
    stale = visitor.post(f"{place}/entries/{key}", {**entry, "text": "No."})

    assert (wrong.status_code, "Half a</textarea>" in wrong.text) == (422, True)
    assert (named.status_code, "never a name" in named.text) == (422, True)
    assert (stale.status_code, "As it was saved in the other window" in stale.text) == (409, True)
    quiet = visitor.post(
        f"{place}/entries/{key}", {**entry, "text": "No."}, headers={"X-Autosave": "1"}
    )
    assert quiet.json["theirs"] == "He asked back."
    with session_of() as session:
        kept = session.scalars(select(Artifact)).one()
        assert (kept.scope, kept.instrument, kept.implements, kept.ticked) == (
            "school", "DIBELS", "policy", ["Shows a lesson"],
        )  # fmt: skip
        assert [(one.on_day, one.text) for one in kept.entries] == [
            (date(2026, 9, 14), "He asked back.")
        ]
        (consent,) = kept.consents
    # And Ivan may do none of it
    ivan = studio.ivan()
    for path in (
        f"{place}/entries/{key}",
        f"{place}/entries/{key}/remove",
        f"{place}/consents",
        f"{place}/consents/{consent.id}/remove",
    ):
        assert ivan.post(path, entry).status_code == 404
    visitor.post(f"{place}/entries/{key}/remove")
    visitor.post(f"{place}/consents/{consent.id}/remove")
    with session_of() as session:
        assert session.scalar(select(func.count(DatedEntry.id))) == 0
        assert session.scalar(select(func.count(Consent.id))) == 0


def test_the_task_page_asks_no_more_for_a_long_journal_than_for_a_short_one(studio):
    ask(studio, artifact=JOURNAL)
    studio.prepare(until="filled")
    visitor = studio.ada()

    def queries(entries):
        with sessions(studio.engine).begin() as session:
            artifact = session.scalars(select(Artifact).order_by(Artifact.id).limit(1)).one()
            for number in range(entries):
                day = date(2026, 9, 1 + number)
                now = artifact.changed_at
                session.add(DatedEntry(artifact=artifact, on_day=day, text="Seen.", changed_at=now))
        with Counted(studio.app.extensions["cairn"].engine) as counted:
            assert visitor.get(studio.task).status_code == 200
        return len(counted)

    assert queries(1) == queries(12)


@pytest.mark.row("S6-14")
def test_submitted_work_can_be_taken_back_until_somebody_begins_to_judge_it(studio, session_of):
    work = studio.prepare(until="handed_in")
    visitor = studio.ada()
    place = f"/portfolio/submissions/{work.public_id}"

    assert "Take it back" in visitor.get(place).text
    assert studio.ivan().post(f"{place}/withdraw").status_code == 404
    back = visitor.post(f"{place}/withdraw")
    assert (back.status_code, back.location) == (303, studio.submit)
    visitor.post(studio.submit, {"attested": "yes"})
    with sessions(studio.engine).begin() as session:
        row = session.scalars(select(Submission)).one()
        assert row.attempt == 1
        row.opened_at = row.submitted_at

    assert "Take it back" not in visitor.get(place).text
    assert visitor.post(f"{place}/withdraw").status_code == 409


@pytest.mark.row("S4-27", "S5-10")
def test_growth_and_coursework_have_pages_of_their_own(studio):
    ask(
        studio,
        details={
            "final_required": True,
            "courses": [
                {"slug": "talk", "title": "Talk", "modules": [{"slug": "one", "title": "Pairs"}]}
            ],
        },
    )
    studio.prepare(until="filled")
    visitor = studio.ada()
    assert "This page fills when" in visitor.get(f"{studio.address}/growth").text

    closing = visitor.get(f"{studio.address}/closing").text
    item = studio.version.items[0].id
    public_id = closing.split(f'id="shown-{item}"')[1].split('value="')[2][:22]
    ratings = {
        f"rating-{one.id}-{scale}": "4"
        for one in studio.version.items
        for scale in ("knowledge", "use")
    }
    none = visitor.post(f"{studio.address}/closing", {**ratings, "then": "finish"})
    assert (none.status_code, "Choose for at least one practice" in none.text) == (422, True)
    done = visitor.post(f"{studio.address}/closing", {f"shown-{item}": public_id, "then": "finish"})
    page = visitor.get(f"{studio.address}/growth").text

    assert done.status_code == 303
    assert "You have come further in 2 of 2 practices." in page
    assert page.count('class="growth-picture"') == page.count('role="img"') == 2
    assert "The turning point" in page
    assert studio.ivan().get(f"{studio.address}/growth").status_code == 404

    module = f"{studio.address}/coursework/talk/one"
    assert visitor.post(module, {"done": "yes"}).status_code == 303
    assert "1 of 1 modules done" in visitor.get(f"{studio.address}/coursework").text
    visitor.post(module, {"done": "no"})
    assert "0 of 1 modules done" in visitor.get(f"{studio.address}/coursework").text
    assert visitor.post(f"{studio.address}/coursework/talk/two").status_code == 404
