"""The gradebook, tried with a column of our own and nobody's grade.

The column is not coupled to any activity, is named for what it is, and is removed again whatever
happens in between. A score is only posted for the LMS's own test learner.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lti_tool.connect.results import Line, Mender, attention, not_tried, ok
from lti_tool.launch.connector import (
    LINE_ITEMS,
    LINE_ITEMS_READ,
    RESULTS_READ,
    SCORES,
    Answer,
    ScopeMissing,
    Service,
    TokenRefused,
    Unreachable,
)
from lti_tool.launch.models import ResourceLink
from lti_tool.launch.products.scores import moment
from lti_tool.launch.products.wishes import MISSED

LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEM_LIST = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULT_LIST = "application/vnd.ims.lis.v2.resultcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"

READ = "Gradebook: read"
WRITE = "Gradebook: make and remove a column"
SCORE_LINE = "Gradebook: a score for the test learner"

LABEL = "Cairn health check (is removed at once)"
TAG = "cairn-health-check"


def try_gradebook(
    service: Service,
    link: ResourceLink,
    *,
    granted: frozenset[str],
    may_write: bool,
    test_sub: str | None,
    is_late: Callable[[], bool],
    now: datetime,
) -> list[Line]:
    """Read the columns of one course, and, where that may be, make one, score it, remove it."""
    assert link.line_items_url is not None
    course = f"“{link.course.title}”"
    lines = [_read(service, link.line_items_url, course, granted)]
    if not may_write:
        return [*lines, not_tried(WRITE, "You asked for reading only.")]
    if LINE_ITEMS not in granted:
        return [*lines, not_tried(WRITE, f"The LMS does not allow it: {MISSED[LINE_ITEMS]}.")]
    if is_late():
        return [*lines, not_tried(WRITE, "The LMS was too slow for it this time.")]
    written = _write(
        service, link.line_items_url, course, granted=granted, test_sub=test_sub, now=now
    )
    return [*lines, *written]


def _read(service: Service, url: str, course: str, granted: frozenset[str]) -> Line:
    scope = next((one for one in (LINE_ITEMS_READ, LINE_ITEMS) if one in granted), None)
    if scope is None:
        return not_tried(READ, f"The LMS does not allow it: {MISSED[LINE_ITEMS_READ]}.")
    answer = _called(lambda: service.call("GET", url, scopes=[scope], accept=LINE_ITEM_LIST))
    if isinstance(answer, str):
        return attention(READ, answer, Mender.LMS, "Look whether its gradebook service runs.")
    if not answer.ok:
        return _refused(READ, answer, f"to list the columns of {course}")
    count = len(_list(answer))
    return ok(READ, f"{count} {'column' if count == 1 else 'columns'} of ours in {course}.")


def _write(
    service: Service,
    url: str,
    course: str,
    *,
    granted: frozenset[str],
    test_sub: str | None,
    now: datetime,
) -> list[Line]:
    column = {
        "label": LABEL,
        "scoreMaximum": 1,
        "resourceId": f"{TAG}-{int(now.timestamp())}",
        "tag": TAG,
    }
    made = _called(
        lambda: service.call(
            "POST", url, scopes=[LINE_ITEMS], accept=LINE_ITEM, media_type=LINE_ITEM, json=column
        )
    )
    if isinstance(made, str):
        # Nobody knows whether it arrived: whoever looks into the course has to be told.
        how = f"Look into {course} for a column “{LABEL}”, and remove it if it is there."
        return [attention(WRITE, made, Mender.LMS, how)]
    address = _dict(made).get("id")
    if not made.ok or not isinstance(address, str) or not _same_site(address, url):
        return [_refused(WRITE, made, f"to make a column in {course}")]
    lines = []
    seen = None
    try:
        if test_sub is not None:
            lines.append(_score(service, address, test_sub, granted, now))
        else:
            lines.append(
                not_tried(
                    SCORE_LINE,
                    "No test learner has been here, and nobody else is given a score.",
                    Mender.SOMEBODY,
                    "On Canvas, open an activity in Student View once. Other LMSs may have none.",
                )
            )
        seen = _called(lambda: service.call("GET", address, scopes=[LINE_ITEMS], accept=LINE_ITEM))
    finally:
        gone = _called(lambda: service.call("DELETE", address, scopes=[LINE_ITEMS]))
    return [_written(course, seen, gone), *lines]


def _written(course: str, seen: Answer | str | None, gone: Answer | str) -> Line:
    if isinstance(gone, str) or not (gone.ok or gone.status == 404):
        said = gone if isinstance(gone, str) else f"The LMS answered {gone.status}."
        return attention(
            WRITE,
            f"The column was made, and could not be removed. {said}",
            Mender.LMS,
            f"Remove “{LABEL}” from {course} by hand.",
        )
    if not isinstance(seen, Answer) or not seen.ok or _dict(seen).get("tag", TAG) != TAG:
        said = seen if isinstance(seen, str) else "What came back was not what was made."
        return attention(
            WRITE,
            f"A column was made and removed, but could not be read in between. {said}",
            Mender.LMS,
            "Look whether the tool may read its own columns.",
        )
    return ok(WRITE, f"A column was made in {course}, read, and removed again.")


def _score(
    service: Service, address: str, test_sub: str, granted: frozenset[str], now: datetime
) -> Line:
    if SCORES not in granted:
        return not_tried(SCORE_LINE, f"The LMS does not allow it: {MISSED[SCORES]}.")
    score = {
        "userId": test_sub,
        "timestamp": moment(now),
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": 1,
        "scoreMaximum": 1,
    }
    answer = _called(
        lambda: service.call(
            "POST", _below(address, "scores"), scopes=[SCORES], media_type=SCORE, json=score
        )
    )
    if isinstance(answer, str):
        return attention(SCORE_LINE, answer, Mender.LMS, "Try again; look whether it was slow.")
    if answer.status == 422:
        # Canvas takes no grade for Student View in some courses: the service itself answered.
        return ok(SCORE_LINE, "The LMS keeps no grade for its test learner, and says so properly.")
    if not answer.ok:
        return _refused(SCORE_LINE, answer, "to take a score for its test learner")
    return _read_back(service, address, granted)


def _read_back(service: Service, address: str, granted: frozenset[str]) -> Line:
    if RESULTS_READ not in granted:
        return ok(SCORE_LINE, "It was taken; reading it back is not allowed.")
    back = _called(
        lambda: service.call(
            "GET", _below(address, "results"), scopes=[RESULTS_READ], accept=RESULT_LIST
        )
    )
    if isinstance(back, Answer) and back.ok:
        return ok(SCORE_LINE, "It was taken and read back, and went away with the column.")
    said = back if isinstance(back, str) else f"reading it back was answered with {back.status}."
    return attention(
        SCORE_LINE, f"It was taken, but {said}", Mender.LMS, "Allow the tool to read results."
    )


def _called(call: Callable[[], Answer]) -> Answer | str:
    """The answer, or in words why there is none."""
    try:
        return call()
    except (Unreachable, TokenRefused, ScopeMissing) as trouble:
        return str(trouble)


def _refused(name: str, answer: Answer, what: str) -> Line:
    words = " ".join((answer.reason or "").split())[:200]
    return attention(
        name,
        f"The LMS refused {what}: {answer.status} {words}".strip(),
        Mender.LMS,
        "Look at the tool's permissions, and whether the course is open.",
    )


def _below(address: str, name: str) -> str:
    """`{path}/scores` before the query: Moodle's addresses end with one (T-112)."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"{parts.path}/{name}"))


def _same_site(address: str, url: str) -> bool:
    here, there = urlsplit(url), urlsplit(address)
    return (here.scheme, here.netloc) == (there.scheme, there.netloc)


def _dict(answer: Answer) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _list(answer: Answer) -> list[Any]:
    try:
        told = answer.json()
    except ValueError:
        return []
    return told if isinstance(told, list) else []
