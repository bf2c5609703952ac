"""When a launch was made, by whom, and for whom (SEC 5.1.3; T-039…T-053)."""

import time
from typing import Any

from lti_tool.certification.case import Section
from lti_tool.certification.platform import LEFT_OUT
from lti_tool.certification.trial import Trial

section = Section()
case = section.case


def _in(seconds: int) -> int:
    """A moment as tokens write it."""
    return int(time.time()) + seconds


@case("T-039", "SEC 5.1.3; CERT 6.1.1", certified=True)
def expired(trial: Trial) -> None:
    """Past its end, beyond any leeway."""
    answer = trial.browser().launch(iat=_in(-500), exp=_in(-375))
    trial.refused("expired six minutes ago", answer, 401, "expired")


@case("T-040", "SEC 5.1.3; Moodle")
def clocks_apart(trial: Trial) -> None:
    """Half a minute in either direction."""
    browser = trial.browser()
    trial.accepted("30 s behind", browser.launch(iat=_in(-90), exp=_in(-30)))
    trial.accepted("30 s ahead", browser.launch(iat=_in(30), exp=_in(330)))


@case("T-041", "SEC 5.1.2; CERT 6.1.1", certified=True)
def no_end(trial: Trial) -> None:
    """Without exp, or with one that is no time."""
    browser = trial.browser()
    trial.refused("no exp", browser.launch(exp=LEFT_OUT), 401, "claim-missing")
    trial.refused("exp is a word", browser.launch(exp="tomorrow"), 401, "claim-invalid")


@case("T-042", "SEC 5.1.2; CERT 6.1.1", certified=True)
def no_beginning(trial: Trial) -> None:
    """Without iat."""
    trial.refused("no iat", trial.browser().launch(iat=LEFT_OUT), 401, "claim-missing")


@case("T-043", "SEC 5.1.3; CERT 6.1.1", certified=True)
def of_yesterday(trial: Trial) -> None:
    """A day old and still good, as it says."""
    answer = trial.browser().launch(iat=_in(-86_400), exp=_in(3_600))
    trial.refused("iat of yesterday", answer, 401, "too-old")


@case("T-044", "RFC 7519, 4.1.5")
def of_tomorrow(trial: Trial) -> None:
    """Not valid yet."""
    answer = trial.browser().launch(nbf=_in(400), exp=_in(900))
    trial.refused("nbf in the future", answer, 401, "not-yet")


@case("T-045", "SEC 5.1.3")
def near_issuer(trial: Trial) -> None:
    """An issuer that is almost right."""
    browser = trial.browser()
    issuer = browser.platform.issuer
    for words, wrong in (
        ("a slash more", f"{issuer}/"),
        ("other case", issuer.replace("http://", "HTTP://")),
        ("another", "https://nobody.example"),
    ):
        trial.refused(words, browser.launch(iss=wrong), 401, "unknown-platform")


@case("T-046", "SEC 5.1.3")
def another_client(trial: Trial) -> None:
    """An audience of somebody else."""
    browser = trial.browser()
    trial.refused("another client", browser.launch(aud="other"), 401, "audience")
    trial.refused("a list of another", browser.launch(aud=["other"]), 401, "audience")


@case("T-047", "SEC 5.1.2")
def list_of_one(trial: Trial) -> None:
    """An audience in a list."""
    browser = trial.browser()
    client = browser.platform.client_id
    trial.accepted("a list of one", browser.launch(aud=[client], azp=client))


@case("T-048", "SEC 5.1.3")
def another_before_us(trial: Trial) -> None:
    """A second audience before ours, with azp."""
    browser = trial.browser()
    client = browser.platform.client_id
    answer = browser.launch(aud=["other", client], azp=client)
    trial.refused("[other, ours] with azp", answer, 401, "audience")


@case("T-049", "SEC 5.1.3")
def nobody_authorised(trial: Trial) -> None:
    """A second audience after ours, without azp."""
    browser = trial.browser()
    answer = browser.launch(aud=[browser.platform.client_id, "other"])
    trial.refused("[ours, other] without azp", answer, 401, "audience")


@case("T-050", "SEC 5.1.3")
def other_authorised(trial: Trial) -> None:
    """An authorised party that is not us."""
    trial.refused("azp of another", trial.browser().launch(azp="other"), 401, "audience")


@case("T-051", "CORE 5.3.6.1; CERT 6.1.1", certified=True)
def nobody(trial: Trial) -> None:
    """Without a person."""
    trial.refused("no sub", trial.browser().launch(sub=LEFT_OUT), 401, "anonymous")


@case("T-052", "CORE 5.3.6")
def odd_person(trial: Trial) -> None:
    """User ids that are none."""
    browser = trial.browser()
    odd: tuple[tuple[str, Any], ...] = (("empty", ""), ("256 characters", "x" * 256), ("7", 7))
    for words, sub in odd:
        trial.refused(words, browser.launch(sub=sub), 401, "claim-invalid")


@case("T-053", "CORE 4.3")
def unknown_claims(trial: Trial) -> None:
    """Claims of a vendor."""
    vendor = {"https://vendor.example/claim": {"deep": [1, {"x": "y" * 5000}]}}
    trial.accepted("a vendor's claims", trial.browser().launch(locale="de", **vendor))
