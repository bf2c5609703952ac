"""A report as it is kept beside a badge, and read again later: the same words, nothing asked anew.

It is for showing. What a hostile badge claims is cut short, so that a row stays small.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lti_tool.verification.facts import Criterion, Facts, Level, Score, short
from lti_tool.verification.report import Check, Part, Report, Standing, Verdict

MOST = 50
"""Entries of each list that are kept: checks, criteria, levels, what is inside."""

_WORDS = (
    "name", "description", "issuer_name", "issuer_id", "creator_name", "issued", "expires",
    "address", "about",
)  # fmt: skip


def to_json(report: Report) -> dict[str, Any]:
    """A report as it is kept."""
    facts = report.facts
    return {
        "form": report.form,
        "thing": report.thing,
        "is_intact": report.is_intact,
        "is_hosted": report.is_hosted,
        "standing": report.standing.value,
        "checks": [[one.name, one.verdict.value, _plain(one.saw)] for one in report.checks[:MOST]],
        "facts": {name: _plain(getattr(facts, name)) for name in _WORDS},
        "criteria": [_criterion(one) for one in facts.criteria[:MOST]],
        "scores": [
            [_plain(text) for text in (one.name, one.value, one.highest)]
            for one in facts.scores[:MOST]
        ],
        "associations": [[_plain(text) for text in one] for one in facts.associations[:MOST]],
        "parts": [[part.kind, to_json(part.report)] for part in report.parts[:MOST]],
    }


def from_json(kept: Mapping[str, Any]) -> Report:
    """The report that was kept."""
    return Report(
        form=kept["form"],
        thing=kept["thing"],
        is_intact=kept["is_intact"],
        is_hosted=kept["is_hosted"],
        standing=Standing(kept["standing"]),
        checks=[Check(name, Verdict(verdict), saw) for name, verdict, saw in kept["checks"]],
        facts=Facts(
            **kept["facts"],
            criteria=tuple(_criterion_again(one) for one in kept["criteria"]),
            scores=tuple(Score(*one) for one in kept["scores"]),
            associations=tuple((one, how, other) for one, how, other in kept["associations"]),
        ),
        parts=[Part(kind, from_json(inner)) for kind, inner in kept["parts"]],
    )


def _plain(text: str) -> str:
    """A text as every database takes it, cut to what is shown."""
    return short(text.replace("\x00", ""))


def _criterion(one: Criterion) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": _plain(one.title),
        "required": one.required_level,
        "achieved": _plain(one.achieved),
        "levels": [
            [
                _plain(level.id),
                _plain(level.name),
                _plain(level.descriptor),
                level.number,
                None if level.points is None else str(level.points),
            ]
            for level in one.levels[:MOST]
        ],
    }


def _criterion_again(kept: Mapping[str, Any]) -> Criterion:
    return Criterion(
        id=kept["id"],
        title=kept["title"],
        required_level=kept["required"],
        achieved=kept["achieved"],
        levels=tuple(
            Level(id_, name, descriptor, number, None if points is None else Decimal(points))
            for id_, name, descriptor, number, points in kept["levels"]
        ),
    )
