"""What the tool asks of an LMS: tokens, gradebook, roster (SEC 4, AGS 2.0, NRPS 2.0; T-107…T-134).

A practice LMS is told to behave like a product; one person goes all the way to a score, and what
the LMS was asked meanwhile is looked at.
"""

import re
import time

from lti_tool.certification.case import Section
from lti_tool.certification.platform import INSTRUCTOR
from lti_tool.certification.school import EXPIRED_TOKENS, NO_COLUMN, published_keys
from lti_tool.certification.trial import SECONDS, Trial
from lti_tool.practice_lms.mood import MoodName
from lti_tool.walk.visitor import Visitor

section = Section()
case = section.case

BOTH: tuple[MoodName, ...] = ("canvas", "moodle")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi"})
SCORE = "application/vnd.ims.lis.v1.score+json"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


@case("T-107", "SEC 4.1; CORE 6.2.1; Moodle", certified=True, elsewhere=False)
def assertion(trial: Trial) -> None:
    """How a token is asked for."""
    for mood in BOTH:
        school = trial.school(mood)
        school.go()
        lms, keys, seen = school.installation.school, published_keys(trial.tool), set()
        odd: list[str] = []
        for asked, claims in school.assertions():
            header = school.header_of(asked)
            who = {claims.get("iss"), claims.get("sub")}
            right = {
                "who asks": who == {lms.client_id},
                "the audience": claims.get("aud") == lms.auth_token_url,
                "a past iat": claims["iat"] < time.time(),
                "five minutes at most": 0 < claims["exp"] - claims["iat"] <= 300,
                "a published key": header.get("kid") in keys and header.get("alg") == "RS256",
                "one scope": len(asked.told["scope"].split()) == 1,
                "a jti used once": claims.get("jti") not in seen,
            }
            seen.add(claims.get("jti"))
            odd += [name for name, is_met in right.items() if not is_met]
        words = f"{len(seen)} assertions, odd: {odd}"
        trial.holds(f"like {mood}", bool(seen) and not odd, words)


@case("T-108", "SEC 4.1.3", elsewhere=False)
def token_kept(trial: Trial) -> None:
    """One token for each set of scopes."""
    for mood in BOTH:
        school = trial.school(mood)
        school.go()
        scopes = [asked.told["scope"] for asked in school.asked("token")]
        again = len(scopes) - len(set(scopes))
        trial.holds(f"like {mood}", bool(scopes) and again == 0, f"{len(scopes)} tokens")


@case("T-109", "SEC 4.1.3", elsewhere=False)
def token_refused(trial: Trial) -> None:
    """A token that stops working on the way."""
    school = trial.school("moodle", EXPIRED_TOKENS)
    school.go()
    scores = [asked.status for asked in school.asked("scores")]
    is_met = 401 in scores and scores[-1] == 200
    trial.holds("refused once, then sent with a new one", is_met, f"scores answered {scores}")


@case("T-110", "SEC 4.1; Canvas", elsewhere=False)
def scope_missing(trial: Trial) -> None:
    """A course whose LMS lets the tool write no scores."""
    browser = trial.browser()
    items = "https://lms.example.edu/items"
    gradebook = {"lineitems": items, "lineitem": f"{items}/1", "scope": []}
    answer = browser.launch(
        roles=[INSTRUCTOR], custom={"program": trial.program}, gradebook=gradebook
    )
    trial.accepted("no permission", answer)
    page = browser.request("GET", "/grades/")
    trial.holds("it is named", "does not let Cairn write scores" in page.text, page.seen, page)


@case("T-111", "AGS 3.1.1; CERT 6.4", certified=True, elsewhere=False)
def columns(trial: Trial) -> None:
    """A link with its column, and one without."""
    for words, school in (
        ("a column of its own", trial.school("canvas")),
        ("none: one is made", trial.school("moodle", NO_COLUMN)),
    ):
        journey = school.go()
        made = [asked.status for asked in school.asked("lineitems") if asked.method == "POST"]
        is_met = made == ([201] if school.trouble else [])
        trial.holds(words, is_met, f"{journey.gradebook()}; {len(made)} columns made")


@case("T-112", "AGS 3.4; CERT 6.4", certified=True, elsewhere=False)
def score(trial: Trial) -> None:
    """What a score looks like."""
    for mood in BOTH:
        school = trial.school(mood)
        school.go()
        odd: list[str] = []
        for asked in school.asked("scores"):
            told = asked.told
            right = {
                "the address": asked.path.endswith("/scores"),
                "the query": mood != "moodle" or "type_id" in asked.query,
                "the media type": asked.media == SCORE,
                "the person": isinstance(told.get("userId"), str),
                "the time": bool(MOMENT.fullmatch(told.get("timestamp", ""))),
                "both kinds of progress": {"activityProgress", "gradingProgress"} <= set(told),
                "a maximum": "scoreGiven" not in told or told.get("scoreMaximum", 0) > 0,
                "the answer": asked.status == 200,
            }
            odd += [name for name, is_met in right.items() if not is_met]
        trial.holds(f"like {mood}", not odd, f"{len(school.asked('scores'))} scores, odd: {odd}")


@case("T-113", "AGS 3.4.8; Canvas; Moodle", elsewhere=False)
def waiting(trial: Trial) -> None:
    """Work that waits for its judges: told to Canvas without a score, to Moodle not at all."""
    for mood in BOTH:
        expected = "PendingManual" if mood == "canvas" else "FullyGraded"
        school = trial.school(mood)
        school.go()
        first = school.asked("scores")[0].told
        is_met = first["gradingProgress"] == expected
        is_met = is_met and ("scoreGiven" in first) == (mood == "moodle")
        trial.holds(f"like {mood}", is_met, f"first told: {first['gradingProgress']}")


@case("T-115", "AGS 3.4.9; Moodle", elsewhere=False)
def times(trial: Trial) -> None:
    """The times of one cell."""
    for mood in BOTH:
        school = trial.school(mood)
        school.go()
        told = [(asked.path, asked.told) for asked in school.asked("scores")]
        cells = {(path, one["userId"]) for path, one in told}
        for cell in cells:
            moments = [one["timestamp"] for path, one in told if (path, one["userId"]) == cell]
            is_met = moments == sorted(set(moments))
            trial.holds(f"like {mood}", is_met, f"{len(moments)} scores, each later")


@case("T-117", "AGS 3.4.11; Canvas; Moodle", elsewhere=False)
def comment(trial: Trial) -> None:
    """The comment of a score."""
    for mood in BOTH:
        school = trial.school(mood)
        school.go()
        words = [asked.told.get("comment") for asked in school.asked("scores")]
        said = [one for one in words if one is not None]
        is_met = bool(said) and all("<" not in one and one.strip() for one in said)
        trial.holds(f"like {mood}", is_met, f"{[len(one) for one in said]} characters")
        if mood == "canvas":
            trial.holds("Canvas, which adds each: once", len(said) == 1, len(said))


@case("T-120", "AGS 3.2; CERT 6.4", certified=True, elsewhere=False)
def column_of_our_own(trial: Trial) -> None:
    """A column is looked for, made, read and removed."""
    school = trial.school("moodle")
    school.go()
    before = len(school.asked("lineitems"))
    school.check_health()
    done = [(one.method, one.status) for one in school.asked("lineitems")[before:]]
    wanted = [("GET", 200), ("POST", 201), ("GET", 200), ("DELETE", 204)]
    missing = [one for one in wanted if one not in done]
    seen = ", ".join(f"{method} {status}" for method, status in done)
    trial.holds("a column of our own", not missing, seen or "nothing was asked")
    filtered = trial.school("moodle", NO_COLUMN)
    filtered.go()
    looked = [one for one in filtered.asked("lineitems") if one.method == "GET" and one.query]
    made = [one for one in filtered.asked("lineitems") if one.method == "POST"]
    is_met = len(made) == 1 and len(looked) >= 1
    trial.holds("looked for before it is made, once", is_met, f"{len(looked)} looks")


@case("T-124", "NRPS 2.4; CERT 6.3", certified=True, elsewhere=False)
def roster(trial: Trial) -> None:
    """The roster of a course."""
    for mood in BOTH:
        school = trial.school(mood)
        school.go()
        before = len(school.asked("memberships"))
        school.check_health()
        done = [one.status for one in school.asked("memberships")[before:]]
        scopes = {asked.told["scope"] for asked in school.asked("token")}
        is_met = bool(done) and set(done) == {200} and NRPS in " ".join(scopes)
        trial.holds(f"like {mood}", is_met, f"memberships answered {done}")


@case("T-134", "LTI Submission Review; Moodle", elsewhere=False)
def review(trial: Trial) -> None:
    """Somebody's work, opened from the gradebook by the instructor, its owner, and a neighbour."""
    school = trial.school("moodle")
    school.go()
    for words, who, expected in (
        ("the instructor", "dora", 200),
        ("the learner", "ada", 200),
        ("another learner", school.neighbour, 403),
    ):
        browser, answer = school.review(who, of="ada")
        page = browser.follow(answer) if answer.location else answer
        trial.holds(words, page.status == expected, page.seen, page)


@case("T-138", "SEC 6.3; RFC 7517", certified=True, elsewhere=False)
def keys(trial: Trial) -> None:
    """The tool's own key set."""
    answer = Visitor().http.get(f"{trial.tool.url}/lti/jwks", timeout=SECONDS)
    published = answer.json().get("keys", [])
    whole = all(
        key.get("kty") == "RSA" and key.get("kid") and key.get("use") == "sig"
        and key.get("alg") == "RS256" for key in published
    )  # fmt: skip
    trial.holds("id, use and algorithm", bool(published) and whole, f"{len(published)} keys")
    secret = sorted(name for key in published for name in key if name in PRIVATE)
    trial.holds("nothing private", not secret, secret or "nothing")
    kept = answer.headers.get("Cache-Control", "")
    trial.holds("may be cached", "max-age" in kept, kept or "no word on it")
