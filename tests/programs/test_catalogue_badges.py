"""Badges of the shipped programs: who designed what, and what never gets into them."""

import base64
import json

import pytest

from lti_tool.database import sessions
from lti_tool.portfolio.models import Artifact, Submission
from lti_tool.programs.models import ArtifactKind
from tests.programs.house import House, words_of
from tests.programs.shipped import ACADEMIES, DUPAGE, EXCEL, catalogue

SECRET = "Heron-gray doubts about my own expectations"
ITS_TITLE = "My quietest page"


@pytest.mark.row("S1-10")
@pytest.mark.row("S1-13")
@pytest.mark.row("S4-13")
def test_a_badge_names_its_designers_apart_from_its_issuer(house: House) -> None:
    # Given
    ada = house.somebody("Ada Ferris")
    academy = house.awarded(ada, house.begun(ada, ACADEMIES, "staff-attitudes"), is_shared=True)
    excel = house.awarded(ada, house.begun(ada, EXCEL, "basic-3"), is_shared=True)
    stranger = house.app.test_client()

    # When
    badge = json.loads(stranger.get(f"/badges/{academy}.json").data)
    page = words_of(stranger.get(f"/badges/{academy}").text)

    # Then
    achieved = badge["credentialSubject"]["achievement"]
    designers = "Experts in the field of English learner education and Latino Policy Forum"
    assert achieved["creator"]["name"] == designers
    assert badge["issuer"]["name"] == "Cairn demonstration issuer"
    assert achieved["creator"]["id"] != badge["issuer"]["id"]
    assert f"Designed by {designers} " in page
    assert "Issued by Cairn demonstration issuer On" in page
    older = stranger.get(
        next(one["id"] for one in achieved["related"]), base_url="http://localhost:8000"
    )
    assert older.json is not None
    assert f"**Designed by** {designers}." in older.json["criteria"]["narrative"]
    # and the framework it rests on stands in it with an address
    assert ("Illinois English Learner Handbook", "https://elhandbook.org/") in [
        (one["targetFramework"], one["targetUrl"]) for one in achieved["alignment"]
    ]
    # A credential with designers of its own names them; those who issue together are named beside
    other = words_of(stranger.get(f"/badges/{excel}").text)
    assert "A program of UCLA Center X and Shelton Public Schools" in other
    assert "Designed by Authors of this Cairn package" in other


@pytest.mark.row("S3-09")
def test_a_private_reflection_is_in_no_badge_and_on_no_public_page(house: House) -> None:
    # Given Ada's reflection on her own biases, which the program asks for in private
    ada, ivan = house.somebody("Ada Ferris"), house.somebody("Ivan Petrov")
    enrolment = house.begun(ada, DUPAGE, "el-mindset-and-culture")
    house.rated(enrolment)
    visitor = house.enter(ada)
    task = house.task(enrolment, "own-story")
    assert "private: never part of your public badge" in task.read(visitor)
    given = task.write(visitor, "opening-reflection", SECRET, title=ITS_TITLE)
    assert given == 303
    with sessions(house.engine).begin() as session:
        artifacts = session.query(Artifact).join(Artifact.submission)
        (artifact,) = artifacts.filter(Submission.enrolment_id == enrolment)
        assert (artifact.text, artifact.kind, artifact.requirement.is_private) == (
            SECRET, ArtifactKind.TEXT, True,
        )  # fmt: skip
        own = artifact.public_id

    # When she earns the badge and shares it with the world
    public_id = house.awarded(ada, enrolment, is_shared=True)

    # Then nothing that a stranger can fetch holds it, in any form
    stranger = house.app.test_client()
    signed = json.loads(stranger.get(f"/badges/{public_id}.json").data)
    achieved = signed["credentialSubject"]["achievement"]
    older = f"/badges/v2/assertions/{public_id}"
    fetched = {
        path: stranger.get(path, headers={"Accept": accept})
        for path, accept in [
            (f"/badges/{public_id}", "text/html"),
            *((f"/badges/{public_id}.{form}", "*/*") for form in ("json", "jwt", "png", "svg")),
            (f"/badges/{public_id}/card.png", "*/*"),
            *((older + form, "application/json") for form in ("", ".png", ".svg")),
            (achieved["id"].removeprefix("http://localhost:8000"), "application/json"),
            (achieved["related"][0]["id"].removeprefix("http://localhost:8000"), "*/*"),
            (f"/verify?address=http://localhost:8000/badges/{public_id}", "text/html"),
            (f"/programs/{DUPAGE}/el-mindset-and-culture", "text/html"),
        ]
    }
    for path, answer in fetched.items():
        assert answer.status_code == 200, path
        assert SECRET.encode() not in answer.data, path
        assert ITS_TITLE.encode() not in answer.data, path
        assert own.encode() not in answer.data, path
    payload = fetched[f"/badges/{public_id}.jwt"].data.split(b".")[1]
    inside = base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)).decode()
    assert SECRET not in inside
    assert ITS_TITLE not in inside
    for reader in (stranger, house.enter(ivan).client):
        assert reader.get(f"/portfolio/artifacts/{own}").status_code in (401, 403, 404)


@pytest.mark.row("S3-09")
def test_every_reflection_on_oneself_in_the_catalogue_is_asked_for_in_private(house: House) -> None:
    asked = 0
    for slug in (ACADEMIES, DUPAGE):
        for one in catalogue()[slug]["credentials"]:
            page = house.page(slug, one["slug"])
            for part in one["parts"]:
                for task in (task for phase in part["phases"] for task in phase["tasks"]):
                    for row in task["artifacts"]:
                        if row.get("content") == "reflection":
                            assert row["private"], (one["slug"], row["slug"])
                            assert f"{row['title']} stays private" in page
                            asked += 1
    assert asked >= 15
