"""One look at one platform's health, from *can we talk* to *does everything arrive*.

Each line says what was seen, and where somebody is needed: who, and how. No grade of anybody is
touched (`gradebook_trial`). Asking the LMS happens between transactions.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import outward
from lti_tool.connect.evidence import Evidence
from lti_tool.connect.gradebook_trial import try_gradebook
from lti_tool.connect.models import HealthReport
from lti_tool.connect.results import Line, Mender, attention, not_tried, ok
from lti_tool.launch.connector import (
    MEMBERSHIPS_READ,
    Answer,
    ScopeMissing,
    Service,
    TokenRefused,
    Unreachable,
)
from lti_tool.launch.models import Product, Registration
from lti_tool.launch.products.wishes import MISSED, SCOPES
from lti_tool.launch.verification import LEEWAY
from lti_tool.launch.ways import Way
from lti_tool.settings import Settings

BUDGET = 20.0
"""Seconds a look may take; what was not begun by then is not tried."""

SKEW_NOTED = LEEWAY.total_seconds() / 2
"""Seconds between the clocks from which somebody is told; at twice that, launches are refused."""

MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

DEPLOYMENTS = "Deployments"
LAUNCHES = "Launches"
THEIR_KEYS = "The LMS's keys"
OUR_KEYS = "Our keys"
CLOCKS = "Clocks"
GRANT = "Access to services"
PERMISSIONS = "Permissions"
ROSTER = "Names and roles"
GRADEBOOK = "Gradebook"
COOKIES = "Cookies"


@dataclass
class Stopwatch:
    """How long a look has taken, against its budget."""

    began: float
    budget: float = BUDGET

    @classmethod
    def start(cls) -> "Stopwatch":
        """Begin now."""
        return cls(time.monotonic())

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self.began

    def is_late(self) -> bool:
        """Whether nothing more should be begun."""
        return self.seconds > self.budget


def examine(
    settings: Settings,
    evidence: Evidence,
    service: Service | None,
    *,
    may_write: bool,
    watch: Stopwatch,
    now: Callable[[], datetime],
) -> list[Line]:
    """Look at everything once. `service` is that of an approved deployment, if there is one."""
    keys, ahead = _their_keys(settings, evidence.registration, now)
    lines = [_deployments(evidence), _launches(evidence), keys, _clocks(evidence, ahead)]
    if service is None:
        why = "No deployment is approved yet."
        untried = (OUR_KEYS, GRANT, PERMISSIONS, ROSTER, GRADEBOOK)
        return [*lines, *(not_tried(name, why) for name in untried), _cookies(evidence)]
    given = grant(service)
    lines += [_our_keys(settings, given), _access(given)]
    lines.append(_permissions(given, evidence.registration.product))
    if given.granted is None:
        why = "Without an access token no service can be asked."
        lines += [not_tried(ROSTER, why), not_tried(GRADEBOOK, why)]
    else:
        lines.append(_roster(service, evidence, given.granted, watch))
        lines += _gradebook(service, evidence, given.granted, watch, now, may_write=may_write)
    return [*lines, _cookies(evidence)]


# -- what our rows say -----------------------------------------------------------------------


def _deployments(evidence: Evidence) -> Line:
    approved, pending = len(evidence.approved), len(evidence.pending)
    if pending:
        return attention(
            DEPLOYMENTS,
            f"{approved} approved, {pending} waiting for a decision.",
            Mender.US,
            "Approve or block what waits, above on this page.",
        )
    if not approved:
        return not_tried(
            DEPLOYMENTS,
            "None has been seen yet.",
            Mender.SOMEBODY,
            "Open the tool once from a course: its deployment then appears above.",
        )
    return ok(DEPLOYMENTS, f"{approved} approved.")


def _launches(evidence: Evidence) -> Line:
    refused = evidence.last_refused
    if refused is not None:
        return attention(
            LAUNCHES,
            f"The newest launch was refused: {refused.code}, reference {refused.reference}.",
            Mender.US,
            "Read that launch's record: it says what to compare, and who has to act.",
        )
    if evidence.last_accepted_at is None:
        return not_tried(
            LAUNCHES, "Nobody has come from it yet.", Mender.SOMEBODY, "Open the tool in a course."
        )
    return ok(
        LAUNCHES, f"The newest was let in on {evidence.last_accepted_at:%Y-%m-%d at %H:%M} UTC."
    )


def _clocks(evidence: Evidence, ahead: float | None) -> Line:
    skew = evidence.skew if evidence.skew is not None else ahead
    if skew is None:
        return not_tried(CLOCKS, "Neither a launch nor an answer has said what time it is there.")
    source = "the last launches" if evidence.skew is not None else "the date of its answer"
    if abs(skew) < 1:
        seen = f"The same time, by {source}."
    else:
        side = "ahead of" if skew > 0 else "behind"
        seen = f"The LMS is {abs(skew):.0f} s {side} us, by {source}."
    if abs(skew) < SKEW_NOTED:
        return ok(CLOCKS, seen)
    return attention(
        CLOCKS,
        f"{seen} From {LEEWAY.total_seconds():.0f} s on launches are refused.",
        Mender.LMS,
        "Let both servers set their clocks by network time (NTP).",
    )


_WAYS = {
    Way.PARTITIONED_COOKIE: "by cookie",
    Way.PLATFORM_STORAGE: "by the LMS's own storage",
    Way.NEW_WINDOW: "in a window of its own",
}


def _cookies(evidence: Evidence) -> Line:
    total = sum(evidence.ways.values())
    launches = "the last launch" if total == 1 else f"the last {total} launches"
    if not total:
        return not_tried(COOKIES, "No launch of the last thirty days says.")
    told = ", ".join(
        f"{count} {_WAYS.get(way, way)}"  # type: ignore[call-overload]
        for way, count in evidence.ways.items()
    )
    windows = evidence.ways.get(Way.NEW_WINDOW, 0)
    if windows * 2 > total:
        return attention(
            COOKIES,
            f"Of {launches}: {told}.",
            Mender.LMS,
            "Let the LMS open the tool in a new window: it saves people a click.",
        )
    return ok(COOKIES, f"Of {launches}: {told}.")


# -- keys and tokens -------------------------------------------------------------------------


def _their_keys(
    settings: Settings, registration: Registration, now: Callable[[], datetime]
) -> tuple[Line, float | None]:
    """Whether we reach its key set, and by how much its clock is ahead."""
    began = now()
    try:
        answer = outward.get(
            registration.jwks_url,
            allow=settings.lti_http_allow,
            headers={"Accept": "application/json"},
            time_out=settings.http_timeout,
        )
    except Unreachable as trouble:
        line = attention(
            THEIR_KEYS,
            f"{registration.jwks_url}: {trouble}",
            Mender.LMS,
            "Let Cairn's server reach that address. Until then launches work with the keys of"
            " before.",
        )
        return line, None
    ahead = _ahead(answer, began)
    try:
        keys = answer.json()["keys"] if answer.ok else []
        count = sum(1 for key in keys if key.get("kty") == "RSA" and key.get("kid"))
    except (ValueError, KeyError, TypeError, AttributeError):
        count = 0
    if not count:
        line = attention(
            THEIR_KEYS,
            f"{registration.jwks_url} answered with status {answer.status}, and no key to use.",
            Mender.LMS,
            "Compare the key set address with what the LMS shows for this tool.",
        )
        return line, ahead
    return ok(THEIR_KEYS, f"Reached: {count} {'key' if count == 1 else 'keys'}."), ahead


def _ahead(answer: Answer, began: datetime) -> float | None:
    """Seconds by which the answer's `Date` is ahead of us; it has whole seconds."""
    try:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return (told - began).total_seconds() if told.tzinfo else None


@dataclass(frozen=True)
class Grant:
    """What the LMS's token service gave: the scopes, or why there are none."""

    granted: frozenset[str] | None
    trouble: str = ""
    is_our_signature: bool = False
    """Whether the refusal is about who we are: our keys, client id, or audience."""


def grant(service: Service) -> Grant:
    """A fresh token for all we want; where that is refused whole, scope by scope (T-110)."""
    wanted = list(SCOPES)
    try:
        kept = service.tokens.token(wanted)
        service.tokens.drop(wanted, kept)
        return Grant(service.tokens.token(wanted).granted & frozenset(wanted))
    except ScopeMissing:
        pass  # Canvas refuses all where one is not allowed
    except (TokenRefused, Unreachable) as trouble:
        return Grant(None, str(trouble), is_our_signature=isinstance(trouble, TokenRefused))
    granted: set[str] = set()
    for scope in wanted:
        try:
            granted |= service.tokens.token([scope]).granted
        except ScopeMissing:
            continue
        except (TokenRefused, Unreachable) as trouble:
            return Grant(None, str(trouble), is_our_signature=isinstance(trouble, TokenRefused))
    return Grant(frozenset(granted))


def _our_keys(settings: Settings, grant: Grant) -> Line:
    address = f"{settings.base_url}/lti/jwks"
    if grant.granted is not None:
        return ok(OUR_KEYS, f"The LMS took our signature, so it can read {address}.")
    if grant.is_our_signature:
        return attention(
            OUR_KEYS,
            f"The LMS did not take our signature. {grant.trouble}",
            Mender.LMS,
            f"Let the LMS's server reach {address}, and compare that address and the client id with"
            " what the LMS has.",
        )
    return not_tried(OUR_KEYS, "The LMS's token service could not be asked.")


def _access(grant: Grant) -> Line:
    if grant.granted is not None:
        return ok(GRANT, "The LMS gave an access token.")
    return attention(
        GRANT,
        grant.trouble,
        Mender.LMS,
        "Compare the token address and the client id with what the LMS shows for this tool.",
    )


_WHERE = {
    Product.CANVAS: "In Canvas: Admin, Developer Keys, this key's scopes.",
    Product.MOODLE: "In Moodle: Manage tools, the tool's settings (the gear), Services.",
}


def _permissions(grant: Grant, product: Product) -> Line:
    if grant.granted is None:
        return not_tried(PERMISSIONS, "Without an access token nobody knows.")
    missing = [scope for scope in SCOPES if scope not in grant.granted]
    if not missing:
        return ok(PERMISSIONS, f"All {len(SCOPES)} that Cairn uses.")
    words = " ".join(f"Not allowed to {SCOPES[scope]}: {MISSED[scope]}." for scope in missing)
    return attention(
        PERMISSIONS,
        words,
        Mender.LMS,
        _WHERE.get(product, "Allow the tool these services in the LMS."),
    )


# -- services --------------------------------------------------------------------------------


def _roster(
    service: Service, evidence: Evidence, granted: frozenset[str], watch: Stopwatch
) -> Line:
    link = evidence.roster
    if MEMBERSHIPS_READ not in granted:
        return not_tried(ROSTER, f"The LMS does not allow it: {MISSED[MEMBERSHIPS_READ]}.")
    if link is None or link.memberships_url is None:
        return not_tried(
            ROSTER,
            "No launch has brought a roster's address yet.",
            Mender.SOMEBODY,
            "Open the tool in a course.",
        )
    if watch.is_late():
        return not_tried(ROSTER, "The LMS was too slow for it this time.")
    return _members(service, link.memberships_url, f"“{link.course.title}”")


def _members(service: Service, url: str, course: str) -> Line:
    try:
        answer = service.call(
            "GET",
            url,
            scopes=[MEMBERSHIPS_READ],
            accept=MEMBERS,
            params={"limit": "10"},
        )
        members = answer.json()["members"] if answer.ok else None
    except (Unreachable, TokenRefused, ScopeMissing) as trouble:
        return attention(ROSTER, str(trouble), Mender.LMS, "Look whether its roster service runs.")
    except (ValueError, KeyError, TypeError):
        members = None
    if not isinstance(members, list):
        return attention(
            ROSTER,
            f"The roster of {course} was answered with status {answer.status}.",
            Mender.LMS,
            "Allow the tool to retrieve members of a course.",
        )
    named = sum(1 for one in members if isinstance(one, dict) and one.get("name"))
    seen = f"The roster of {course} begins with {len(members)} people."
    if members and not named:
        return attention(
            ROSTER,
            f"{seen} None has a name.",
            Mender.LMS,
            "Share names and addresses with the tool: badges are made out to people.",
        )
    return ok(ROSTER, seen)


def _gradebook(
    service: Service,
    evidence: Evidence,
    granted: frozenset[str],
    watch: Stopwatch,
    now: Callable[[], datetime],
    *,
    may_write: bool,
) -> list[Line]:
    link = evidence.gradebook
    if link is None:
        why = "No launch has brought a gradebook's address yet."
        return [not_tried(GRADEBOOK, why, Mender.SOMEBODY, "Open the tool in a course.")]
    if watch.is_late():
        return [not_tried(GRADEBOOK, "The LMS was too slow for it this time.")]
    return try_gradebook(
        service,
        link,
        granted=granted,
        may_write=may_write,
        test_sub=evidence.test_sub,
        is_late=watch.is_late,
        now=now(),
    )


# -- the report ------------------------------------------------------------------------------


def keep(
    session: Session,
    registration: Registration,
    lines: Sequence[Line],
    *,
    seconds: float,
    now: datetime,
) -> HealthReport:
    """Keep what was seen, in place of what was seen before."""
    kept = [asdict(line) for line in lines]
    report = newest(session, registration)
    if report is None:
        report = HealthReport(registration=registration, at=now, seconds=seconds, lines=kept)
        session.add(report)
    report.at, report.seconds, report.lines = now, seconds, kept
    return report


def newest(session: Session, registration: Registration) -> HealthReport | None:
    """What was seen last; `None` where nobody has looked."""
    return session.scalars(
        select(HealthReport).where(HealthReport.registration_id == registration.id)
    ).one_or_none()


def lines_of(report: HealthReport) -> list[Line]:
    """A report's lines."""
    return [Line.read(kept) for kept in report.lines]
