"""What a credential claims, for showing. Nothing in it is proven by being here."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from lti_tool.verification.reading import has_type, id_of, objects, text


@dataclass(frozen=True)
class Level:
    """One level of a criterion as the credential describes it."""

    id: str
    name: str
    descriptor: str
    number: int
    """Counted from the lowest, which is 1."""
    points: Decimal | None


@dataclass(frozen=True)
class Criterion:
    """One criterion as the credential describes it, with the level that was reached."""

    id: str
    """A name for the page on which it stands, perhaps beside those of other credentials."""
    title: str
    levels: tuple[Level, ...]
    required_level: int | None
    """Number of the lowest level that meets it; `None` where it does not say."""
    achieved: str
    """Id of the level that was reached; empty where none is named."""
    statement: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Score:
    """A result that is no level: a total, a percentage, a grade."""

    name: str
    value: str
    highest: str


@dataclass
class Facts:
    """What the credential claims, for showing; nothing in it is proven by being here."""

    name: str = ""
    description: str = ""
    issuer_name: str = ""
    issuer_id: str = ""
    creator_name: str = ""
    """Who designed what is certified, which need not be who certifies it (S1-13)."""
    issued: str = ""
    expires: str = ""
    criteria: tuple[Criterion, ...] = ()
    scores: tuple[Score, ...] = ()
    address: str = ""
    about: str = ""
    """Id of what is endorsed; empty for anything but an endorsement."""
    associations: tuple[tuple[str, str, str], ...] = ()
    """What a record says of how its badges belong together: one, how, another."""

    @property
    def reached(self) -> dict[str, str]:
        """Ids of criteria and of the levels reached in them."""
        return {one.id: one.achieved for one in self.criteria if one.achieved}


LONGEST = 3000
"""Characters of a text that are shown."""


def short(value: Any) -> str:
    """A text as it is shown, or the empty text where it is something else."""
    found = text(value)
    return found if len(found) <= LONGEST else f"{found[:LONGEST]}…"


def facts_of(document: Mapping[str, Any]) -> Facts:
    """What a credential claims, for showing."""
    found = names_of(document)
    subject, achieved = _subject(document)
    found.criteria = _criteria(subject, achieved, _short_name(document))
    found.scores = _scores(subject, achieved)
    return found


def names_of(document: Mapping[str, Any]) -> Facts:
    """The same without criteria and scores, of which a stranger's may hold a great many."""
    issuer = document.get("issuer")
    subject, achieved = _subject(document)
    creator = achieved.get("creator")
    return Facts(
        name=short(document.get("name")) or short(achieved.get("name")),
        description=short(achieved.get("description"))
        or short(subject.get("endorsementComment"))
        or short(document.get("description")),
        issuer_name=short(issuer.get("name")) if isinstance(issuer, Mapping) else "",
        issuer_id=id_of(issuer),
        creator_name=text(creator.get("name")) if isinstance(creator, Mapping) else "",
        issued=text(document.get("validFrom")) or text(document.get("issuanceDate")),
        expires=text(document.get("validUntil")) or text(document.get("expirationDate")),
        address=text(document.get("id")),
        about=text(subject.get("id")) if has_type(subject, "EndorsementSubject") else "",
    )


def _subject(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The first subject and its achievement; empty where there is none."""
    subject = next(iter(objects(document.get("credentialSubject"))), {})
    achieved = subject.get("achievement")
    return subject, achieved if isinstance(achieved, Mapping) else {}


def _short_name(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(text(document.get("id")).encode("utf-8")).hexdigest()[:8]


def _criteria(
    subject: Mapping[str, Any], achieved: Mapping[str, Any], prefix: str
) -> tuple[Criterion, ...]:
    reached = {
        text(result.get("resultDescription")): text(result.get("achievedLevel"))
        for result in objects(subject.get("result"))
    }
    found: list[Criterion] = []
    for one in objects(achieved.get("resultDescription")):
        if not (levels := _levels(one)):
            continue
        required = text(one.get("requiredLevel"))
        found.append(
            Criterion(
                id=f"{prefix}-{len(found) + 1}",
                title=text(one.get("name")),
                levels=levels,
                required_level=next((each.number for each in levels if each.id == required), None),
                achieved=reached.get(text(one.get("id")), ""),
            )
        )
    return tuple(found)


def _levels(description: Mapping[str, Any]) -> tuple[Level, ...]:
    """The levels from low to high; their order is in `level`, for that of the list is unsigned."""
    ordered = sorted(
        objects(description.get("rubricCriterionLevel")),
        key=lambda level: (len(text(level.get("level"))), text(level.get("level"))),
    )
    return tuple(
        Level(
            id=id_of(level),
            name=text(level.get("name")),
            descriptor=text(level.get("description")),
            number=place,
            points=_figure(level.get("points")),
        )
        for place, level in enumerate(ordered, start=1)
    )


def _figure(value: Any) -> Decimal | None:
    try:
        found = Decimal(text(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 1_000_000 else None


def _scores(subject: Mapping[str, Any], achieved: Mapping[str, Any]) -> tuple[Score, ...]:
    described = {
        text(one.get("id")): one
        for one in objects(achieved.get("resultDescription"))
        if not objects(one.get("rubricCriterionLevel"))
    }
    return tuple(
        Score(
            name=text(linked.get("name")) or text(linked.get("resultType")),
            value=text(result.get("value")) or text(result.get("status")),
            highest=text(linked.get("valueMax")),
        )
        for result in objects(subject.get("result"))
        if (linked := described.get(text(result.get("resultDescription"))))
        and (result.get("value") or result.get("status"))
    )
