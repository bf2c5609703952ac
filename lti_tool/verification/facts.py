"""What a credential claims, for showing. Nothing in it is proven by being here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.verification.reading import id_of, objects, text


@dataclass(frozen=True)
class Level:
    """One level of a criterion as the credential describes it."""

    id: str
    name: str
    descriptor: str
    number: str


@dataclass(frozen=True)
class Criterion:
    """One criterion as the credential describes it, with the level that was reached."""

    title: str
    levels: tuple[Level, ...]
    required: str
    """Id of the lowest level that meets it."""
    achieved: str
    """Id of the level that was reached; empty where none is named."""


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
    address: str = ""


def facts_of(document: Mapping[str, Any]) -> Facts:
    """What a credential claims, for showing."""
    issuer = document.get("issuer")
    subject = next(iter(objects(document.get("credentialSubject"))), {})
    achieved = subject.get("achievement")
    achieved = achieved if isinstance(achieved, Mapping) else {}
    creator = achieved.get("creator")
    reached = {
        text(result.get("resultDescription")): text(result.get("achievedLevel"))
        for result in objects(subject.get("result"))
    }
    criteria = tuple(
        Criterion(
            title=text(one.get("name")),
            levels=tuple(
                sorted(
                    (
                        Level(
                            id_of(level),
                            text(level.get("name")),
                            text(level.get("description")),
                            text(level.get("level")),
                        )
                        for level in objects(one.get("rubricCriterionLevel"))
                    ),
                    key=lambda level: (len(level.number), level.number),
                )
            ),
            required=text(one.get("requiredLevel")),
            achieved=reached.get(text(one.get("id")), ""),
        )
        for one in objects(achieved.get("resultDescription"))
        if objects(one.get("rubricCriterionLevel"))
    )
    return Facts(
        name=text(document.get("name")) or text(achieved.get("name")),
        description=text(achieved.get("description")),
        issuer_name=text(issuer.get("name")) if isinstance(issuer, Mapping) else "",
        issuer_id=id_of(issuer),
        creator_name=text(creator.get("name")) if isinstance(creator, Mapping) else "",
        issued=text(document.get("validFrom")) or text(document.get("issuanceDate")),
        expires=text(document.get("validUntil")) or text(document.get("expirationDate")),
        criteria=criteria,
        address=text(document.get("id")),
    )
