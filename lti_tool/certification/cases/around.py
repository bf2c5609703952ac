"""What comes beside a launch: old ids, dates, groups, privacy, notices (T-082…T-137)."""

import re
import time
import uuid
from typing import Any

from lti_tool.certification.case import Section
from lti_tool.certification.platform import INSTRUCTOR, LEFT_OUT, LTI, Speaker, a_key
from lti_tool.certification.trial import Trial

section = Section()
case = section.case

ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
GROUPS = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
GROUPS_READ = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
NOTICE = f"{LTI}notice"
ORIGINS = f"{LTI}origin_contexts"
OLD_CANVAS_ID = f"{LTI}lti11_legacy_user_id"


@case("T-082", "LTI 1.1 migration guide; Canvas", elsewhere=False)
def old_ids(trial: Trial) -> None:
    """Ids of before, where nobody gave the tool the old key: they change nothing."""
    platform = trial.platform()
    custom = {"program": trial.program}
    ada = trial.browser(platform)
    trial.accepted("somebody", ada.launch(sub="new-1", name="Ada Bloom", custom=custom))
    claim = {"user_id": "new-1", "oauth_consumer_key": "k", "oauth_consumer_key_sign": "AAAA"}
    for words, changes in (
        ("a claim signed by nobody", {"lti1p1": claim}),
        ("Canvas's own claim", {OLD_CANVAS_ID: "new-1"}),
    ):
        ivan = trial.browser(platform)
        sub = f"ivan-{uuid.uuid4().hex[:6]}"
        answer = ivan.launch(sub=sub, name="Ivan Marsh", custom=custom, **changes)
        trial.accepted(words, answer)
        page = ivan.follow(answer)
        is_met = "Ivan Marsh" in page.text and "Ada Bloom" not in page.text
        trial.holds(f"{words}: nobody becomes somebody else", is_met, page.seen, page)


@case("T-084", "CORE Appendix B.4; DL 3.2; Canvas", elsewhere=False)
def dates(trial: Trial) -> None:
    """Dates that an LMS fills in."""
    for words, value, is_shown in (
        ("a date", "2030-05-02T10:00:00Z", True),
        ("an empty one", "", False),
        ("a variable", "$ResourceLink.submission.endDateTime", False),
    ):
        browser = trial.browser()
        answer = browser.launch(custom={"program": trial.program, "submission_until": value})
        trial.accepted(words, answer)
        page = browser.follow(answer)
        is_met = ("as your course says" in page.text) == is_shown and page.status == 200
        trial.holds(f"{words}: {'shown' if is_shown else 'no date'}", is_met, page.seen, page)


@case("T-085", "LTI Course Groups", elsewhere=False)
def groups(trial: Trial) -> None:
    """A course with groups, one whose groups may not be read, and one without."""
    url = "https://lms.example.edu/groups"
    for words, claim, is_offered in (
        ("may be read", {"context_groups_url": url, "scope": [GROUPS_READ]}, True),
        ("may not be read", {"context_groups_url": url, "scope": []}, False),
        ("none", LEFT_OUT, False),
    ):
        browser = trial.browser()
        named: dict[str, Any] = {GROUPS: claim}
        answer = browser.launch(roles=[INSTRUCTOR], custom={"program": trial.program}, **named)
        trial.accepted(words, answer)
        page = browser.follow(answer)
        is_met = ("Groups of the course" in page.text) == is_offered
        trial.holds(f"{words}: {'offered' if is_offered else 'hidden'}", is_met, page.seen, page)


@case("T-135", "LTI Data Privacy Launch", elsewhere=False)
def privacy(trial: Trial) -> None:
    """An LMS asks about one person."""
    platform = trial.platform()
    ada = trial.browser(platform)
    trial.accepted("somebody was here", ada.launch(sub="ada-9", name="Adaline Quillfeather"))
    asked: dict[str, Any] = {
        "message_type": "DataPrivacyLaunchRequest",
        "sub": "olga-1",
        "name": "Olga Officer",
        "resource_link": LEFT_OUT,
        "context": LEFT_OUT,
        "for_user": {"user_id": "ada-9"},
    }
    olga = trial.browser(platform)
    answer = olga.launch(**asked, roles=[ADMINISTRATOR])
    trial.accepted("an administrator asks", answer)
    page = olga.follow(answer)
    trial.holds("sees that person", "Adaline Quillfeather" in page.text, page.seen, page)
    dora = trial.browser(platform).launch(**asked, roles=[INSTRUCTOR])
    trial.refused("an instructor asks", dora, 403, "not-yours-to-know")
    nobody = trial.browser(platform).launch(
        **(asked | {"for_user": LEFT_OUT}), roles=[ADMINISTRATOR]
    )
    trial.refused("about nobody", nobody, 401, "claim-missing")


@case("T-136", "LTI Asset Processor", elsewhere=False)
def not_offered(trial: Trial) -> None:
    """Messages that this tool does not answer."""
    back = {"return_url": "https://lms.example.edu/back?course=7"}
    lean: dict[str, Any] = {"resource_link": LEFT_OUT, "context": LEFT_OUT}
    for kind in ("LtiEulaRequest", "LtiReportReviewRequest", "LtiAssetProcessorSettingsRequest"):
        answer = trial.browser().launch(message_type=kind, launch_presentation=back, **lean)
        trial.refused(kind, answer, 400, "not-offered")
        has_way = "https://lms.example.edu/back?course=7&amp;lti_errormsg=" in answer.text
        trial.holds(f"{kind}: the way back", has_way, answer.seen, answer)


def a_notice(platform: Speaker, **changes: Any) -> dict[str, Any]:
    """The claims of a notice that a course was copied; changes are by full name."""
    now = int(time.time())
    told: dict[str, Any] = {
        "iss": platform.issuer,
        "aud": platform.client_id,
        "azp": platform.client_id,
        "nonce": uuid.uuid4().hex,
        "iat": now,
        "exp": now + 3600,
        f"{LTI}version": "1.3.0",
        f"{LTI}deployment_id": platform.deployment_id,
        NOTICE: {
            "id": uuid.uuid4().hex,
            "timestamp": "2026-11-20T12:00:00Z",
            "type": "LtiContextCopyNotice",
        },
        f"{LTI}context": {"id": "copy-1", "title": "Spring"},
        ORIGINS: ["course-1"],
    }
    return told | changes


@case("T-137", "LTI Platform Notification Service; Canvas", elsewhere=False)
def notices(trial: Trial) -> None:
    """Notices: a good one, again, and forged ones; then a launch from the copied course."""
    platform = trial.platform()
    browser = trial.browser(platform)
    custom = {"program": trial.program}
    link = {"id": "link-1", "title": "Field journal"}
    trial.accepted("the course of before", browser.launch(custom=custom, resource_link=link))
    told = a_notice(platform)
    for words, token, status in (
        ("a copied course", platform.sign(told), 200),
        ("the same again", platform.sign(told), 200),
        ("signed by another key", platform.sign(a_notice(platform), key=a_key(2)), 401),
        ("for another tool", platform.sign(a_notice(platform, aud="other")), 401),
        ("expired", platform.sign(a_notice(platform, iat=1, exp=2)), 401),
    ):
        answer = browser.request("POST", "/lti/notices", json={"notices": [{"jwt": token}]})
        trial.holds(words, answer.status == status, answer.status, answer)
    deadline = time.monotonic() + PATIENCE
    page = None
    while time.monotonic() < deadline:
        ada = trial.browser(platform)
        copied = ada.launch(
            context={"id": "copy-1", "title": "Spring"},
            resource_link={"id": f"copy-{uuid.uuid4().hex[:6]}", "title": link["title"]},
        )
        page = ada.follow(copied)
        if "data-next" in page.text:
            break
        time.sleep(0.3)
    assert page is not None
    is_met = "data-next" in page.text
    seen = "opens what its origin opens" if is_met else re.sub(r"<[^>]+>", " ", page.text)[-200:]
    trial.holds("a link of the copy", is_met, seen, page)


PATIENCE = 20.0
"""Seconds that background work may take."""
