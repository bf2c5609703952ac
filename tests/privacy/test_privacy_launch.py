"""The privacy launch: an LMS asks about one person, and about nobody else (T-135)."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from werkzeug.test import TestResponse

from lti_tool.certification.platform import INSTRUCTOR, LEFT_OUT
from lti_tool.database import sessions
from lti_tool.launch.claims import CONTEXT, LTI, RESOURCE_LINK
from lti_tool.launch.models import PlatformContext, PlatformUser, PrivacyRequest
from lti_tool.launch.roles import INSTITUTION, MEMBERSHIP, SYSTEM
from lti_tool.people.models import AuditEvent, Person, Visit
from lti_tool.people.personal_data import ERASED_NAME
from lti_tool.privacy.rooms import ROOMS
from tests.launch.kit import Browser, problem, visits
from tests.portfolio.studio import Visitor
from tests.privacy.conftest import Residents, another_account
from tests.privacy.estate import FILE

pytestmark = pytest.mark.row("T-135")

ADMINISTRATOR = INSTITUTION + "Administrator"


def ask(browser: Browser, sub: str, **changes: Any) -> TestResponse:
    """A privacy launch about somebody."""
    return browser.launch(
        **{
            "message_type": "DataPrivacyLaunchRequest",
            "sub": "olga-1",
            "name": "Olga Officer",
            "email": LEFT_OUT,
            "resource_link": LEFT_OUT,
            "context": LEFT_OUT,
            "roles": [ADMINISTRATOR],
            "for_user": {"user_id": sub},
            **changes,
        }
    )


def form_token(page: TestResponse) -> str:
    """The token of a page's forms."""
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)
    assert found is not None
    return found[1]


def follow(browser: Browser, answer: TestResponse) -> TestResponse:
    """Go where an answer leads, to the page at the end."""
    while answer.status_code in {302, 303}:
        answer = browser.client.get(answer.location)
    return answer


@pytest.mark.parametrize("role", [ADMINISTRATOR, SYSTEM + "SysAdmin", SYSTEM + "Administrator"])
def test_an_administrator_of_the_lms_sees_what_is_kept_about_the_person_it_named(
    browser: Browser, residents: Residents, engine: Engine, role: str
) -> None:
    page = follow(browser, ask(browser, residents.ada.sub, roles=[role]))

    assert page.status_code == 200
    assert "Adaline Quillfeather" in page.text
    assert "Fayette" not in page.text
    for path in ("/", "/badges/", "/review/", "/grades/", "/programs/"):
        elsewhere = browser.client.get(path)
        assert elsewhere.status_code < 500
        assert "Adaline" not in elsewhere.text
    with sessions(engine)() as session:  # no course and no link is learnt from it
        assert session.scalars(select(PlatformContext)).all() == []


@pytest.mark.parametrize(
    "roles",
    [
        [INSTRUCTOR],
        [MEMBERSHIP + "#Administrator"],
        [INSTITUTION + "Faculty", INSTITUTION + "Staff"],
        [SYSTEM + "SysSupport"],
        ["Administrator"],
        [],
    ],
)
def test_nobody_else_may_ask(
    browser: Browser, residents: Residents, engine: Engine, roles: list[str]
) -> None:
    before = len(visits(engine))

    answer = ask(browser, residents.ada.sub, roles=roles)

    assert problem(answer) == (403, "not-yours-to-know")
    assert "Adaline" not in answer.text
    assert len(visits(engine)) == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"for_user": LEFT_OUT}, "claim-missing"),
        ({"for_user": {}}, "claim-missing"),
        ({"for_user": {"user_id": 7}}, "claim-invalid"),
        ({CONTEXT.removeprefix(LTI): {"id": "course-1"}}, "claim-missing"),
        ({RESOURCE_LINK.removeprefix(LTI): {"id": "link-1"}}, "claim-missing"),
    ],
)
def test_a_privacy_launch_names_a_person_and_no_course(
    browser: Browser, residents: Residents, changes: dict[str, Any], code: str
) -> None:
    assert problem(ask(browser, residents.ada.sub, **changes)) == (401, code)


def test_somebody_who_was_never_here_leaves_nothing_to_see(
    browser: Browser, residents: Residents
) -> None:
    page = follow(browser, ask(browser, "never-seen"))

    assert (page.status_code, "Nothing is kept about this person" in page.text) == (200, True)


def test_the_launch_opens_one_person_and_nobody_else(
    browser: Browser, residents: Residents
) -> None:
    page = follow(browser, ask(browser, residents.ada.sub))
    token = form_token(page)

    for path in (f"/privacy/people/{residents.fay_id}", "/privacy/people/2147483647"):
        assert browser.client.get(path).status_code in {403, 404}
        assert browser.client.get(f"{path}/erase").status_code in {403, 404}
        for act in ("export", "erase"):
            answer = browser.client.post(f"{path}/{act}", data={"form_token": token})
            assert answer.status_code in {403, 404}


def test_it_is_good_for_an_hour(browser: Browser, residents: Residents, engine: Engine) -> None:
    ask(browser, residents.ada.sub)
    with sessions(engine).begin() as session:
        passed = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(PrivacyRequest).values(expires_at=passed))

    assert browser.client.get("/privacy/").status_code == 404
    assert browser.client.get(f"/privacy/people/{residents.ada_id}").status_code == 403


def test_an_lms_does_not_speak_for_accounts_at_another(
    browser: Browser, residents: Residents, engine: Engine
) -> None:
    another_account(engine, residents.ada_id)

    page = follow(browser, ask(browser, residents.ada.sub))

    assert page.status_code == 403
    assert "also comes from another LMS" in page.text


def test_an_ordinary_visit_opens_nothing(browser: Browser, residents: Residents) -> None:
    for roles in ([INSTRUCTOR], [ADMINISTRATOR]):
        assert browser.launch(roles=roles).status_code == 303
        assert browser.client.get("/privacy/").status_code == 404
        for path in ("", "/erase"):
            answer = browser.client.get(f"/privacy/people/{residents.ada_id}{path}")
            assert answer.status_code == 403
            assert "Adaline" not in answer.text


def test_everything_is_given_out_as_texts_to_read_and_files(
    browser: Browser, residents: Residents, engine: Engine
) -> None:
    page = follow(browser, ask(browser, residents.ada.sub))

    answer = browser.client.post(
        f"/privacy/people/{residents.ada_id}/export", data={"form_token": form_token(page)}
    )

    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert f"cairn-person-{residents.ada_id}.zip" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as archive:
        assert archive.testzip() is None
        told = {name: archive.read(name) for name in archive.namelist()}
    files = [content for name, content in told.items() if name.startswith("files/")]
    assert files == [FILE, FILE, FILE]
    texts = {name: json.loads(text) for name, text in told.items() if name.endswith(".json")}
    assert len(texts) == len(ROOMS)
    assert texts["1-person.json"]["who"]["e-mail"] == "adaline@pupil.example"
    attempt = texts["5-work.json"]["credentials begun"][0]["attempts"][0]
    assert attempt["artifacts"][0]["text"] == "Adaline Quillfeather wrote this."
    assert attempt["artifacts"][0]["file"] in told
    assert texts["6-judging.json"]["assessments of their work"][0]["decision"]["outcome"]
    assert {one["credential"] for one in texts["8-badges.json"]["awards"]} == {
        "Keeping a field journal", "Listening", "Ponds",
    }  # fmt: skip
    whole = b"\n".join(told.values()).decode()
    for other in ("Fayette", "Arkwright", "Munroe", "Officer", "Neighbour"):
        assert other not in whole, other
    with sessions(engine)() as session:
        written = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "privacy.export")
        ).one()
        assert written.subject == f"person {residents.ada_id}"
        assert session.get_one(Person, written.actor_id).name == "Olga Officer"


def test_a_file_whose_bytes_are_missing_is_named_in_its_place(
    browser: Browser, residents: Residents, settings: Any
) -> None:
    from lti_tool.portfolio.artifact_store import ArtifactStore

    ArtifactStore(settings.evidence_url).delete(residents.ada.keys[0])
    page = follow(browser, ask(browser, residents.ada.sub))

    answer = browser.client.post(
        f"/privacy/people/{residents.ada_id}/export", data={"form_token": form_token(page)}
    )

    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as archive:
        missing = [name for name in archive.namelist() if name.endswith(".missing.txt")]
    assert len(missing) == 3


def test_erasing_takes_the_words_that_stand_there_and_nothing_less(
    browser: Browser, residents: Residents, engine: Engine
) -> None:
    follow(browser, ask(browser, residents.ada.sub))
    path = f"/privacy/people/{residents.ada_id}/erase"
    page = browser.client.get(path)
    assert "all of it goes" in page.text
    assert "something stays" in page.text

    for typed in ("", "erase", f"erase person {residents.fay_id}", "<b>"):
        again = browser.client.post(
            path, data={"form_token": form_token(page), "confirm": typed, "keep_badges": "yes"}
        )
        assert again.status_code == 422
        assert 'value="yes" checked' in again.text
    with sessions(engine)() as session:
        assert session.get_one(Person, residents.ada_id).name == "Adaline Quillfeather"


def test_erased_is_erased(browser: Browser, residents: Residents, engine: Engine) -> None:
    """And who launches again is somebody new, of whom nothing is known."""
    page = follow(browser, ask(browser, residents.ada.sub))
    path = f"/privacy/people/{residents.ada_id}"
    public = f"/badges/{residents.ada.shared.public_id}"
    assert browser.client.get(public).status_code == 200

    answer = browser.client.post(
        f"{path}/erase",
        data={
            "form_token": form_token(page),
            "confirm": f" Erase  person {residents.ada_id} ",
        },
    )

    assert answer.status_code == 303
    page = follow(browser, answer)
    assert "Nothing is kept about this person" in page.text
    assert "Adaline" not in page.text
    assert browser.client.get(path).status_code == 403
    with sessions(engine)() as session:
        assert session.get_one(Person, residents.ada_id).name == ERASED_NAME
        assert session.get_one(Person, residents.fay_id).name == "Fayette Unterberg"
    assert browser.client.get(public).status_code == 410
    assert "Adaline" not in browser.client.get(public).text
    for kind in ("v2/assertions/", ""):
        gone = f"/badges/{kind}{residents.ada.shared.public_id}"
        assert browser.client.get(gone).status_code == 410
        assert browser.client.get(f"{gone}.png").status_code == 410
    private = f"/badges/{residents.ada.private.public_id}"
    assert browser.client.get(private).status_code == 404
    assert "Nothing is kept" in follow(browser, ask(browser, residents.ada.sub)).text

    assert browser.launch(sub=residents.ada.sub, name="Adaline Quillfeather").status_code == 303
    with sessions(engine)() as session:
        anew = session.scalars(
            select(PlatformUser).where(PlatformUser.sub == residents.ada.sub)
        ).one()
        assert anew.person_id != residents.ada_id


def test_badges_she_asked_to_keep_stay_public(
    browser: Browser, residents: Residents, engine: Engine
) -> None:
    page = follow(browser, ask(browser, residents.ada.sub))

    browser.client.post(
        f"/privacy/people/{residents.ada_id}/erase",
        data={
            "form_token": form_token(page),
            "confirm": f"erase person {residents.ada_id}",
            "keep_badges": "yes",
        },
    )

    public = browser.client.get(f"/badges/{residents.ada.shared.public_id}")
    assert (public.status_code, "Adaline Quillfeather" in public.text) == (200, True)


def test_who_acts_as_somebody_else_erases_nobody(
    browser: Browser, residents: Residents, engine: Engine
) -> None:
    page = follow(browser, ask(browser, residents.ada.sub))
    with sessions(engine).begin() as session:
        session.execute(update(Visit).values(is_preview=True))

    for act in ("export", "erase"):
        answer = browser.client.post(
            f"/privacy/people/{residents.ada_id}/{act}",
            data={
                "form_token": form_token(page),
                "confirm": f"erase person {residents.ada_id}",
            },
        )
        assert answer.status_code == 403


# -- the administration ----------------------------------------------------------------------


def test_the_administration_leads_there_and_does_the_same(
    administrator: Visitor, residents: Residents, engine: Engine
) -> None:
    path = f"/privacy/people/{residents.ada_id}"
    another_account(engine, residents.ada_id)  # whoever runs the tool speaks for all
    assert path in administrator.get(f"/admin/people/{residents.ada_id}").text
    assert administrator.get(path).status_code == 200
    answer = administrator.post(f"{path}/export")
    assert zipfile.is_zipfile(io.BytesIO(answer.get_data()))

    answer = administrator.post(f"{path}/erase", {"confirm": f"erase person {residents.ada_id}"})

    assert (answer.status_code, answer.location) == (303, "/admin/people")
    assert administrator.get(path).status_code == 404
    assert administrator.get("/admin/people?q=Somebody").text.count(ERASED_NAME) == 0


def test_an_administrator_does_not_erase_themselves(administrator: Visitor, engine: Engine) -> None:
    with sessions(engine)() as session:
        own = session.scalars(select(Person).where(Person.name == "Tool administrator")).one()

    answer = administrator.post(
        f"/privacy/people/{own.id}/erase", {"confirm": f"erase person {own.id}"}
    )

    assert answer.status_code == 409
    assert "Ask another administrator" in answer.text
