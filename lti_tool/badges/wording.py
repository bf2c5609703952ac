"""What a badge says in prose, the same in every format: name, description, criteria, levels."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lti_tool.badges.models import Award, Disclosure
from lti_tool.credit.rules import Terms, amount_words
from lti_tool.programs.models import CredentialVersion, Criterion, Level
from lti_tool.programs.wording import listed

DEMONSTRATION = (
    "Demonstration: issued from a sample package to show how this works. "
    "It is not awarded by the program it describes and certifies nothing."
)


@dataclass(frozen=True)
class Reached:
    """One criterion of an award with the level that was reached."""

    criterion: Criterion
    level: Level


def is_demonstration(version: CredentialVersion) -> bool:
    """Whether the version comes from a sample package."""
    return bool(version.program_version.document.get("demonstration", False))


def name(version: CredentialVersion) -> str:
    """The badge's name, which says so when it is a demonstration."""
    return f"{version.title} (demonstration)" if is_demonstration(version) else version.title


def description(version: CredentialVersion) -> str:
    """What the badge shows, in a sentence or two."""
    return f"{version.goal} {DEMONSTRATION}" if is_demonstration(version) else version.goal


def creators(version: CredentialVersion) -> str:
    """Who designed what is earned: the credential's own creators, or its program's (S1-13)."""
    named = version.details.get("creators") or version.program_version.document.get("creators", ())
    return one_line(listed(str(creator["name"]) for creator in named))


def co_issuers(version: CredentialVersion) -> str:
    """The organisations that the program says issue it together; empty for a single one (S4-13)."""
    partners = version.program_version.document.get("partners", ())
    named = [str(one["name"]) for one in partners if "issuer" in one["roles"]]
    return one_line(listed(named)) if len(named) > 1 else ""


def assessors(version: CredentialVersion) -> str:
    """The organisations that the program says assess for it; empty where it names none."""
    partners = version.program_version.document.get("partners", ())
    return one_line(listed(str(one["name"]) for one in partners if "assessor" in one["roles"]))


def tags(version: CredentialVersion) -> list[str]:
    """The topics of a credential, else those of its program."""
    topics = version.details.get("topics") or version.program_version.document.get("topics", ())
    return [str(topic) for topic in topics]


def places(version: CredentialVersion) -> list[str]:
    """The sections of handbooks and standards it answers to, with or without an address (S1-10)."""
    titles = {
        framework["slug"]: str(framework["title"])
        for framework in version.program_version.document.get("frameworks", ())
    }
    found = []
    for entry in version.details.get("alignments", ()):
        named = (titles.get(entry["framework"], entry["framework"]), entry.get("code"))
        words = [*filter(None, named), entry["title"]]
        found.append(one_line(", ".join(dict.fromkeys(map(str, words)))))
    return found


def time_it_takes(version: CredentialVersion) -> str:
    """How many hours it takes as the program says: `about 30 hours`; empty where it is silent."""
    least, most = version.hours_min, version.hours_max
    if least is None and most is None:
        stated = version.program_version.document.get("hours", {})
        least, most = (
            None if stated.get(name) is None else Decimal(str(stated[name]))
            for name in ("min", "max")
        )
    if least and most and least != most:
        return f"about {number(least)} to {number(most)} hours."
    return f"about {number(least or most or Decimal(0))} hours." if least or most else ""


def grants(version: CredentialVersion) -> list[str]:
    """The kinds of credit the program grants for it: `Academy credit: 1 credit`."""
    options = Terms.of(version.program_version.document).options
    return [one_line(option.brings) for option in options]


def criteria(version: CredentialVersion) -> Iterator[Criterion]:
    """Every criterion of every part, in the order of the rubric."""
    for part in version.parts:
        yield from part.criteria


def required_level(criterion: Criterion) -> Level:
    """The lowest level that meets a criterion."""
    return next(level for level in criterion.levels if level.is_met)


def number(value: Decimal) -> str:
    """A number as text without needless zeros: `18`, `2.5`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=1024)
def points(kept: str) -> str:
    """Points as an award's row keeps them, as badges show them: few differ in a whole program."""
    return number(Decimal(kept))


def one_line(text: str) -> str:
    """Prose on one line, as a table cell or a heading needs it."""
    return " ".join(text.split())


def narrative(version: CredentialVersion) -> str:
    """How the badge is earned, in Markdown."""
    how = (
        "**How it is earned.** A portfolio of the participant's own work is rated against the "
        "rubric by an appointed assessor and approved by a second person. Every criterion below "
        "has to reach the required level."
    )
    paragraphs = [
        *([f"*{DEMONSTRATION}*"] if is_demonstration(version) else []),
        f"**Competency.** {one_line(version.competency)}",
        how,
    ]
    for part in version.parts:
        lines = [
            f"- **{one_line(criterion.title)}**"
            + (f": {one_line(criterion.statement)}" if criterion.statement else "")
            + f" Required: *{one_line(required_level(criterion).name)}*."
            for criterion in part.criteria
        ]
        heading = [f"### {one_line(part.title)}"] if len(version.parts) > 1 else []
        paragraphs += [*heading, "\n".join(lines)]
    paragraphs += [
        f"**{heading}** {words}"
        for heading, words in (
            ("Designed by", creators(version) and f"{creators(version)}."),
            ("Answers to:", "".join(f"\n- {place}" for place in places(version))),
            ("Time:", time_it_takes(version)),
            ("May count as:", "; ".join(grants(version))),
        )
        if words
    ]
    return "\n\n".join(paragraphs)


def reached(award: Award) -> list[Reached]:
    """The levels an award rests on, in the order of the rubric; criteria without one are absent."""
    found = {(row["part"], row["criterion"]): int(row["level"]) for row in award.results}
    return [
        Reached(criterion, level)
        for criterion in criteria(award.credential_version)
        for level in criterion.levels
        if found.get((criterion.part.slug, criterion.slug)) == level.number
    ]


def total(award: Award) -> Decimal:
    """The points of all reached levels, as they stood when the award was made."""
    return sum((Decimal(row["points"]) for row in award.results), Decimal(0))


def reached_points(award: Award, criterion: Criterion) -> str:
    """The points one criterion gave, as text."""
    (kept,) = (
        row["points"]
        for row in award.results
        if (row["part"], row["criterion"]) == (criterion.part.slug, criterion.slug)
    )
    return points(kept)


def attainment(award: Award) -> str:
    """What was shown and how well, in Markdown, as far as the badge says so."""
    shown = [one_line(award.credential_version.competency)]
    if award.disclosure is Disclosure.LEVELS:
        shown.append(table(award))
    elif award.disclosure is Disclosure.MET:
        shown.append("Every criterion reached the required level.")
    if counts := told_counts(award):
        shown.append(counts)
    if award.assessed_by:
        shown.append(f"**Assessed by** {one_line(award.assessed_by)}.")
    return "\n\n".join(shown)


def told_counts(award: Award) -> str:
    """The hours and the credit in Markdown; empty where there are none, or nothing is disclosed."""
    counts = () if award.disclosure is Disclosure.NOTHING else counts_as(award)
    return f"**Counts as:** {'; '.join(counts)}" if counts else ""


def counts_as(award: Award) -> tuple[str, ...]:
    """The hours and the credit it brought when it was awarded: `2.5 hours`, `Academy: 1 credit`."""
    hours = () if award.hours is None else (amount_words(award.hours, "hour"),)
    return (*hours, *credit_words(award.credits))


def credit_words(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Credit as an award's row keeps it: `Academy: 1 credit`."""
    return tuple(
        f"{one_line(one['title'])}: {amount_words(Decimal(one['amount']), one['unit'])}"
        for one in rows
    )


def table(award: Award) -> str:
    """The reached levels as a Markdown table, for formats that know no rubrics."""
    lines = [
        "| Criterion | Level reached | What that means | Points |",
        "|---|---|---|---|",
    ]
    for entry in reached(award):
        cells = (
            entry.criterion.title,
            entry.level.name,
            entry.level.descriptor,
            reached_points(award, entry.criterion),
        )
        lines.append("| " + " | ".join(one_line(cell).replace("|", "\\|") for cell in cells) + " |")
    lines.append(f"| Total | | | {number(total(award))} |")
    return "\n".join(lines)
