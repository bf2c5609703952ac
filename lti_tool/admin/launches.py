"""The launch doctor: what became of launches, why, and who must act.

Records are written by `launch.records`, without secrets. Whoever reads them is an administrator of
the tool: names of learners are education records, and nobody else may search for them.
"""

import difflib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound
from lti_tool.launch.models import Deployment, LaunchRecord, PlatformUser, Registration
from lti_tool.launch.problems import CAUSES, Cause
from lti_tool.launch.records import ACCEPTED, without_personal
from lti_tool.people.models import Person

PAGE = 50
"""Records on one page."""

MOST_PEOPLE = 200
"""People that one search looks among."""

RECENT = timedelta(days=7)

PROBLEMS = "problems"
ALL = "all"
NOT_REGISTERED = 0
"""As the number of an LMS: launches of one that is not registered here."""

KNOWN_CAUSES = {cause.code: cause for cause in CAUSES}

LEARNER = "The person who clicked"
LMS = "The LMS's administrator"
US = "Us, who run this tool"

FIRST_TO_ACT = {
    "too-many": LMS,
    "unknown-platform": US,
    "ambiguous-client": US,
    "platform-error": LMS,
    "signature": LMS,
    "keys-unreachable": LMS,
    "not-yet": LMS,
    "audience": LMS,
    "claim-missing": LMS,
    "claim-invalid": LMS,
    "unsupported-message": LMS,
    "not-offered": LMS,
    "nothing-accepted": LMS,
    "deployment-pending": US,
    "deployment-blocked": US,
    "unknown-content": US,
}
"""Who is asked first, where it is not the person who clicked."""


@dataclass(frozen=True)
class Wanted:
    """Which launches are asked for."""

    lms: int | None = None
    """A registration's number, `NOT_REGISTERED`, or `None` for all."""
    outcome: str = PROBLEMS
    """`PROBLEMS`, `ALL`, or one code."""
    text: str = ""
    """A reference or its beginning, or a part of a person's name or address, or their LMS id."""
    before: int | None = None
    """Only records with a smaller number: the page that follows."""


@dataclass(frozen=True)
class Line:
    """One launch in the list."""

    record: LaunchRecord
    lms: str
    """What we call the LMS, or what it called itself."""
    person: str
    """Who it was; empty where nobody is known or they were erased."""
    happened: str


@dataclass(frozen=True)
class Lines:
    """One page of the list, the newest first."""

    lines: Sequence[Line]
    next_before: int | None
    """Where the next page begins; `None` on the last one."""


@dataclass(frozen=True)
class Compared:
    """One value that was received, beside what is registered or would have been right."""

    name: str
    received: str
    registered: str
    differs: bool


@dataclass(frozen=True)
class Step:
    """What somebody has to do."""

    who: str
    words: str


@dataclass(frozen=True)
class Findings:
    """All that is known of one launch."""

    line: Line
    registration: Registration | None
    person: Person | None
    cause: Cause | None
    """`None` for a launch that was let in, or a code of an older version."""
    steps: Sequence[Step]
    """Whoever is to act first stands first."""
    compared: Sequence[Compared]
    command: str
    """What mends it on the command line, ready to copy; empty where there is none."""

    @property
    def is_accepted(self) -> bool:
        """Whether it was let in."""
        return self.line.record.code == ACCEPTED

    @property
    def report(self) -> str:
        """The same as plain text, to be passed on: without the person, without secrets."""
        return _report(self)


def find(session: Session, wanted: Wanted) -> Lines:
    """One page of launches, in one query."""
    query = _listed()
    if wanted.lms is not None:
        query = query.where(LaunchRecord.registration_id == (wanted.lms or None))
    if wanted.outcome == PROBLEMS:
        query = query.where(LaunchRecord.code != ACCEPTED)
    elif wanted.outcome != ALL:
        query = query.where(LaunchRecord.code == wanted.outcome)
    if wanted.before is not None:
        query = query.where(LaunchRecord.id < wanted.before)
    if text := wanted.text.strip():
        query = query.where(
            or_(
                LaunchRecord.reference.like(_escaped(text) + "%", escape="\\"),
                LaunchRecord.person_id.in_(_people(text)),
            )
        )
    rows = session.execute(query.limit(PAGE + 1)).all()
    lines = [_line(record, name, person) for record, name, person in rows[:PAGE]]
    return Lines(lines, lines[-1].record.id if len(rows) > PAGE else None)


def find_one(session: Session, named: int | str, *, base_url: str) -> Findings:
    """One launch by its number, or the newest of a reference.

    Raises:
        NotFound: there is none, or it was forgotten since.
    """
    query = _listed()
    if isinstance(named, int):
        query = query.where(LaunchRecord.id == named)
    else:
        query = query.where(LaunchRecord.reference == named.strip())
    row = session.execute(query.limit(1)).one_or_none()
    if row is None:
        raise NotFound("There is no record of this launch. Records are kept for a set time only.")
    record, name, person_name = row
    registration = session.get(Registration, record.registration_id or 0)
    cause = KNOWN_CAUSES.get(record.code)
    return Findings(
        line=_line(record, name, person_name),
        registration=registration,
        person=session.get(Person, record.person_id or 0),
        cause=cause,
        steps=_steps(cause, base_url),
        compared=_compared(session, record, registration),
        command=_command(session, record),
    )


def lmss(session: Session) -> list[tuple[int, str]]:
    """The registered LMSs, to choose from: number and name."""
    rows = session.execute(
        select(Registration.id, Registration.name).order_by(func.lower(Registration.name))
    )
    return [(number, name) for number, name in rows]


def refusals(session: Session, now: datetime) -> dict[int | None, dict[str, int]]:
    """How often each code refused a launch lately, by LMS; the most frequent first."""
    count = func.count()
    rows = session.execute(
        select(LaunchRecord.registration_id, LaunchRecord.code, count)
        .where(LaunchRecord.at > now - RECENT, LaunchRecord.code != ACCEPTED)
        .group_by(LaunchRecord.registration_id, LaunchRecord.code)
        .order_by(count.desc(), LaunchRecord.code)
    )
    found: dict[int | None, dict[str, int]] = {}
    for registration_id, code, number in rows:
        found.setdefault(registration_id, {})[code] = number
    return found


def _listed() -> Select[LaunchRecord, str | None, str | None]:
    return (
        select(LaunchRecord, Registration.name, Person.name)
        .outerjoin(Registration, Registration.id == LaunchRecord.registration_id)
        .outerjoin(Person, Person.id == LaunchRecord.person_id)
        .order_by(LaunchRecord.id.desc())
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _people(text: str) -> Select[int]:
    pattern = f"%{_escaped(text.lower())}%"
    accounts = select(PlatformUser.person_id).where(PlatformUser.sub == text)
    return (
        select(Person.id)
        .where(
            or_(
                func.lower(Person.name).like(pattern, escape="\\"),
                func.lower(Person.email).like(pattern, escape="\\"),
                Person.id.in_(accounts),
            )
        )
        .order_by(Person.id.desc())
        .limit(MOST_PEOPLE)
    )


def _line(record: LaunchRecord, name: str | None, person: str | None) -> Line:
    cause = KNOWN_CAUSES.get(record.code)
    happened = "Let in." if record.code == ACCEPTED else cause.happened if cause else record.code
    return Line(record, name or record.issuer, person or "", happened)


def _steps(cause: Cause | None, base_url: str) -> list[Step]:
    if cause is None:
        return []
    steps = [
        Step(who, words.replace(" /admin", f" {base_url}/admin"))
        for who, words in ((LEARNER, cause.you), (LMS, cause.lms), (US, cause.us))
        if words
    ]
    first = FIRST_TO_ACT.get(cause.code, LEARNER)
    if first == LEARNER and cause.you.startswith("Nothing"):
        first = LMS if cause.lms else US
    return sorted(steps, key=lambda step: step.who != first)


def _command(session: Session, record: LaunchRecord) -> str:
    """The command that mends what only we can mend, with the values of this launch."""
    if record.code == "unknown-platform":
        words = ["cairn", "platform", "add", "--issuer", record.issuer]
        words += ["--client-id", record.client_id] if record.client_id else []
        return f"{shlex.join(words)} …"
    if record.code in {"deployment-pending", "deployment-blocked"}:
        number = session.scalar(
            select(Deployment.id).where(
                Deployment.registration_id == record.registration_id,
                Deployment.deployment_id == record.deployment_id,
            )
        )
        return f"cairn deployment approve {number}" if number else ""
    return ""


def _compared(
    session: Session, record: LaunchRecord, registration: Registration | None
) -> list[Compared]:
    """What is registered now beside what was received then, and after it what decided."""
    decided = {str(name): (str(got), str(right)) for name, got, right in record.compared}
    issuer, client_id = _registered(session, record, registration)
    rows = [
        _beside("issuer", record.issuer, issuer, decided),
        _beside("client_id", record.client_id, client_id, decided),
    ]
    if registration is not None:
        deployments = session.scalars(
            select(Deployment)
            .where(Deployment.registration_id == registration.id)
            .order_by(Deployment.deployment_id != record.deployment_id, Deployment.id)
            .limit(10)
        ).all()
        known = ", ".join(f"{one.deployment_id} ({one.state.value})" for one in deployments)
        here = any(one.deployment_id == record.deployment_id for one in deployments)
        got, right = decided.pop("deployment_id", (record.deployment_id, ""))
        rows.append(Compared("deployment_id", got, known or right, bool(right) or not here))
    rows += [Compared(name, got, right, True) for name, (got, right) in decided.items()]
    return [row for row in rows if row.received or row.registered]


def _beside(
    name: str, received: str, registered: str, decided: dict[str, tuple[str, str]]
) -> Compared:
    got, right = decided.pop(name, (received, ""))
    return Compared(name, got or received, registered or right, (got or received) != registered)


def _registered(
    session: Session, record: LaunchRecord, registration: Registration | None
) -> tuple[str, str]:
    """Issuer and client id that are registered, or the nearest to what was received."""
    if registration is not None:
        return registration.issuer, registration.client_id
    known = session.execute(
        select(Registration.issuer, Registration.client_id)
        .order_by(Registration.issuer, Registration.id)
        .limit(500)
    ).all()
    issuer = _nearest(record.issuer, sorted({issuer for issuer, _ in known}))
    clients = [client for one, client in known if one == issuer]
    shown = record.client_id if record.client_id in clients else ", ".join(clients)
    if issuer in (None, record.issuer):
        return issuer or "nothing like it", shown
    return f"did you mean {issuer}", shown


def _nearest(sent: str, issuers: Sequence[str]) -> str | None:
    """The registered issuer that is meant, as far as one can tell."""
    if sent in issuers:
        return sent
    near = [one for one in issuers if _core(one) == _core(sent)]
    near = near or difflib.get_close_matches(sent, issuers, n=1, cutoff=0.85)
    return near[0] if near else None


def _core(issuer: str) -> str:
    return issuer.lower().removeprefix("https://").removeprefix("http://").rstrip("/")


def _report(found: Findings) -> str:
    record = found.line.record
    facts = [
        ("Reference", record.reference),
        ("When", f"{record.at:%Y-%m-%d %H:%M:%S} UTC"),
        ("Outcome", record.code),
        ("LMS", found.line.lms),
        ("Message", record.message),
        ("Browser known by", record.way),
    ]
    if record.skew is not None:
        facts.append(("LMS clock", f"{record.skew:+.0f} s against ours, way included"))
    lines = [f"{name}: {value}" for name, value in facts if value]
    lines += ["", found.line.happened]
    lines += ["", "Received and registered:"]
    for row in found.compared:
        mark = "differs" if row.differs else "same"
        lines.append(f"- {row.name} [{mark}]")
        lines.append(f"  received:   {row.received or '(nothing)'}")
        lines.append(f"  registered: {row.registered or '(nothing)'}")
    if found.steps:
        lines += ["", "What to do:"]
        lines += [f"- {step.who}: {step.words}" for step in found.steps]
    if found.command:
        lines += ["", f"Command: {found.command}"]
    return without_personal("\n".join(lines)) + "\n"
