"""What a launch must say, and what it may (CORE 5.3, 5.4; T-054…T-066, T-080, T-081, T-083)."""

from typing import Any

from lti_tool.certification.case import Section
from lti_tool.certification.platform import INSTRUCTOR, LEFT_OUT
from lti_tool.certification.trial import Trial

section = Section()
case = section.case


@case("T-054", "CORE 5.3.2; CERT 6.1.1", certified=True)
def version(trial: Trial) -> None:
    """Another version, and none."""
    browser = trial.browser()
    trial.refused("1.1.0", browser.launch(version="1.1.0"), 401, "claim-invalid")
    trial.refused("no version", browser.launch(version=LEFT_OUT), 401, "claim-missing")


@case("T-055", "CORE 5.3.1; CERT 6.1.1", certified=True)
def no_type(trial: Trial) -> None:
    """A message without a type."""
    answer = trial.browser().launch(message_type=LEFT_OUT)
    trial.refused("no message_type", answer, 401, "claim-missing")


@case("T-056", "CORE 4.3.1")
def unknown_type(trial: Trial) -> None:
    """A message of a type we do not know."""
    way_back = {"return_url": "https://lms.example.edu/c/1?a=b"}
    answer = trial.browser().launch(message_type="LtiStartProctoring", launch_presentation=way_back)
    trial.refused("LtiStartProctoring", answer, 400, "unsupported-message")
    if trial.is_ours:
        is_named = "LtiStartProctoring" in answer.text
        trial.holds("it is named", is_named, answer.seen, answer)
        has_way = "https://lms.example.edu/c/1?a=b&amp;lti_errormsg=" in answer.text
        trial.holds("the way back is there", has_way, answer.seen, answer)


@case("T-057", "CORE 5.3.3; CERT 6.1.1", certified=True)
def no_deployment(trial: Trial) -> None:
    """A message without a deployment."""
    answer = trial.browser().launch(deployment_id=LEFT_OUT)
    trial.refused("no deployment_id", answer, 401, "claim-missing")


@case("T-058", "CORE 3.1.3", elsewhere=False)
def new_deployment(trial: Trial) -> None:
    """A deployment nobody has seen before."""
    browser = trial.browser()
    for words in ("the first time", "again"):
        begun = browser.begin(lti_deployment_id=None)
        token = browser.platform.sign(
            browser.platform.claims(begun.nonce, deployment_id="new-school")
        )
        answer = browser.post(begun.state, token)
        trial.refused(words, answer, 403, "deployment-pending")
    is_told = "cairn deployment approve" in answer.text and "/admin" in answer.text
    trial.holds("who approves it, and how", is_told, answer.seen, answer)


@case("T-059", "CORE 4.1.2")
def other_deployment(trial: Trial) -> None:
    """A deployment at login, another one in the token."""
    browser = trial.browser()
    begun = browser.begin(lti_deployment_id="2")
    token = browser.platform.sign(browser.platform.claims(begun.nonce))
    answer = browser.post(begun.state, token)
    trial.refused("2 at login, 1 in the token", answer, 401, "unknown-deployment")


@case("T-060", "CORE 5.3.4")
def no_target(trial: Trial) -> None:
    """A message without a target."""
    answer = trial.browser().launch(target_link_uri=LEFT_OUT)
    trial.refused("no target_link_uri", answer, 401, "claim-missing")


@case("T-061", "CORE 5.3.4", elsewhere=False)
def other_target(trial: Trial) -> None:
    """A target at login, another one in the token."""
    browser = trial.browser()
    begun = browser.begin(target_link_uri=f"{trial.tool.url}/lti/review/abc")
    token = browser.platform.sign(browser.platform.claims(begun.nonce))
    answer = browser.post(begun.state, token)
    trial.accepted("a review at login, a link in the token", answer)
    is_signed_one = "/review/" not in answer.location
    trial.holds("the signed one counts", is_signed_one, answer.location, answer)


@case("T-062", "CORE 5.3.4", elsewhere=False)
def foreign_target(trial: Trial) -> None:
    """Targets outside the tool, and some that only look like ours."""
    browser = trial.browser()
    for target in (
        "https://evil.example/lti/review/abc",
        "javascript:alert(1)",
        f"{trial.tool.url}/nowhere/at/all",
        f"{trial.tool.url}.evil.example/lti/review/abc",
        "//evil.example/lti/review/abc",
        "http://[broken",
    ):
        answer = browser.launch(target_link_uri=target)
        where = answer.location
        is_ours = where.startswith("/") and not where.startswith("//") and "review" not in where
        is_met = is_ours and answer.status == 303
        trial.holds(target.replace(trial.tool.url, "…"), is_met, f"leads to {where}", answer)


@case("T-063", "CORE 5.3.5; CERT 6.1.1", certified=True)
def no_link(trial: Trial) -> None:
    """A launch without its link, in several shapes."""
    browser = trial.browser()
    shapes: tuple[tuple[str, Any], ...] = (
        ("no resource_link", LEFT_OUT),
        ("an empty one", {}),
        ("null", None),
        ("its id is null", {"id": None}),
        ("a text", "link-1"),
    )
    for words, link in shapes:
        answer = browser.launch(resource_link=link)
        trial.refused(words, answer, 401, "claim-missing", "claim-invalid")


@case("T-064", "CORE 5.3.7; CERT 6.1.1", certified=True)
def no_roles(trial: Trial) -> None:
    """A message without roles."""
    trial.refused("no roles", trial.browser().launch(roles=LEFT_OUT), 401, "claim-missing")


@case("T-066", "CORE 5.3.7")
def odd_roles(trial: Trial) -> None:
    """Roles that are no list, nulls among them, hundreds of them."""
    browser = trial.browser()
    trial.refused("a text", browser.launch(roles=INSTRUCTOR), 401, "claim-invalid")
    trial.accepted("nulls among them", browser.launch(roles=[None, 3, INSTRUCTOR]))
    many = [f"urn:x:{number}" for number in range(500)]
    trial.accepted("five hundred", browser.launch(roles=many))


@case("T-080", "CORE Appendix B; Canvas; Moodle", elsewhere=False)
def odd_custom(trial: Trial) -> None:
    """Custom values that were not filled in: none of them is taken for a program's name."""
    browser = trial.browser()
    odd: tuple[tuple[str, Any], ...] = (
        ("unexpanded", "$Canvas.assignment.id"),
        ("empty", ""),
        ("a list", [1]),
        ("null", None),
    )
    for words, value in odd:
        trial.accepted(words, browser.launch(custom={"program": value}))
    number = browser.launch(custom={"program": 12})
    trial.refused("a number, read as text", number, 404, "unknown-content")


@case("T-081", "CORE 5.3.6, 5.4.1", elsewhere=False)
def odd_names(trial: Trial) -> None:
    """Names with anything in them, titles of 10 kB."""
    browser = trial.browser()
    answer = browser.launch(
        name="<script>alert(1)</script> عَلِي 🪨\x00\n",
        context={"id": "c", "title": "T" * 10_000},
        resource_link={"id": "l", "title": "half a character: \ud800"},
    )
    trial.accepted("hostile, right to left, very long", answer)
    page = browser.follow(answer)
    is_text = "<script>alert" not in page.text and "&lt;script&gt;alert" in page.text
    trial.holds("shown as text", is_text and page.status == 200, page.seen, page)


@case("T-083", "CORE 5.4.4", elsewhere=False)
def way_back(trial: Trial) -> None:
    """A refused launch that has a way back; and ways that are none."""
    browser = trial.browser()
    good = browser.launch(
        message_type="x", launch_presentation={"return_url": "https://lms.example.edu/c?a=b"}
    )
    is_there = "https://lms.example.edu/c?a=b&amp;lti_errormsg=" in good.text
    trial.holds("an address", is_there, good.seen, good)
    for address in ("javascript:alert(1)", "data:text/html,x", "//x", 7):
        answer = browser.launch(message_type="x", launch_presentation={"return_url": address})
        is_left_out = "Back to the course" not in answer.text
        trial.holds(str(address), is_left_out and answer.status == 400, answer.seen, answer)
