"""Demands: what a package asks of parts, tasks and artifacts beyond their rows.

A published version never changes, so its document is read where it is needed. A field that is not
there is no such demand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.programs.models import ArtifactRequirement, CredentialVersion, Part, Phase, Task

WITH_PEOPLE = frozenset({"recording", "student-work"})
"""Contents in which somebody can be seen or heard, unless the package says otherwise (S6-23)."""


@dataclass(frozen=True)
class Demand:
    """What one artifact is asked to say, beside its form and its criteria."""

    content: str = ""
    scopes: tuple[str, ...] = ()
    """Whose goal it may serve; empty where it is not asked (S1-08)."""
    evidence: str = ""
    """`practice`, `student-outcome` or nothing (S4-05)."""
    implements: tuple[str, ...] = ()
    """What may be carried out (S4-34)."""
    instruments: tuple[str, ...] = ()
    """Assessments its data may come from (S5-02)."""
    checklist: tuple[str, ...] = ()
    """Signs of completeness (S5-20)."""
    takes_entries: bool = False
    """Grows by dated entries (S4-37)."""
    names_people: bool = False
    """Likely to hold names, so the learner is reminded (S1-23)."""
    small_groups_under: int | None = None
    """Groups smaller than this need care before they are shown (S1-24)."""
    asks_consent: bool = False
    """Somebody may be seen or heard in it (S6-23)."""
    shared_by_team: bool = False
    """A team may make it together; everybody adds what they did for it (S6-18)."""


@dataclass(frozen=True)
class Modules:
    """One course with its modules, by slug and title."""

    slug: str
    title: str
    modules: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PartDemand:
    """What one part waits for."""

    builds_on: tuple[str, ...] = ()
    """Slugs of the parts it may take up (S5-15)."""
    choose: int = 0
    """How many of them it takes up, no more and no fewer."""
    modules: tuple[tuple[str, str], ...] = ()
    """Course and module by slug that must be done before it is submitted."""
    phases_in_order: bool = False


def demand_of(requirement: ArtifactRequirement) -> Demand:
    """What the package asks of an artifact."""
    entry = _named(_task(requirement.task).get("artifacts", ()), requirement.slug)
    content = str(entry.get("content", ""))
    return Demand(
        content=content,
        scopes=tuple(entry.get("scopes", ())),
        evidence=str(entry.get("evidence", "")),
        implements=tuple(entry.get("implements", ())),
        instruments=tuple(entry.get("instruments", ())),
        checklist=tuple(entry.get("checklist", ())),
        takes_entries=bool(entry.get("dated_entries", False)),
        names_people=bool(entry.get("names_people", False)),
        small_groups_under=entry.get("small_groups_under"),
        asks_consent=bool(entry.get("consent", content in WITH_PEOPLE)),
        shared_by_team=bool(entry.get("shared_by_team", False)),
    )


def part_demand(part: Part) -> PartDemand:
    """What the package says about when a part opens and what it rests on."""
    entry = _part(part)
    builds_on = entry.get("builds_on", {})
    document = part.credential_version.program_version.document
    modules = entry.get("modules", ()) if document.get("resources_required") else ()
    return PartDemand(
        builds_on=tuple(builds_on.get("parts", ())),
        choose=int(builds_on.get("choose", 0)),
        modules=tuple((one["course"], one["module"]) for one in modules),
        phases_in_order=entry.get("phases_open") == "in-order",
    )


def parts_open(version: CredentialVersion) -> str:
    """When a part opens: `at-once`, `when-submitted` or `when-met` (S4-30)."""
    document = version.program_version.document
    stages = document.get("submits") == "stage"
    return str(version.details.get("parts_open", "when-submitted" if stages else "at-once"))


def courses_of(version: CredentialVersion) -> tuple[Modules, ...]:
    """The coursework of a credential in the order of its package (S5-10)."""
    return tuple(
        Modules(
            slug=course["slug"],
            title=course["title"],
            modules=tuple((one["slug"], one["title"]) for one in course.get("modules", ())),
        )
        for course in version.details.get("courses", ())
    )


def evidence_required(version: CredentialVersion) -> tuple[str, ...]:
    """The kinds of evidence that must all be there in the end (S4-05)."""
    return tuple(version.details.get("evidence_required", ()))


def verb_of(task: Task) -> str:
    """What one does above all in a task: `analyse`, `communicate`, or nothing said (S3-07)."""
    return str(_task(task).get("verb", ""))


def _task(task: Task) -> Mapping[str, Any]:
    return _named(_phase(task.phase).get("tasks", ()), task.slug)


def _phase(phase: Phase) -> Mapping[str, Any]:
    return _named(_part(phase.part).get("phases", ()), phase.slug)


def _part(part: Part) -> Mapping[str, Any]:
    version = part.credential_version
    credentials = version.program_version.document.get("credentials", ())
    return _named(_named(credentials, version.credential.slug).get("parts", ()), part.slug)


def _named(entries: Iterable[Mapping[str, Any]], slug: str) -> Mapping[str, Any]:
    return next((entry for entry in entries if entry.get("slug") == slug), {})
