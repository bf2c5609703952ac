"""Resources in the order that helps: first what answers a low rating of oneself (S3-23)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lti_tool.programs.models import CredentialVersion, Resource

Ratings = Mapping[tuple[str, str], int]
"""Item's slug and scale's slug → the step chosen, from 1."""


@dataclass(frozen=True)
class Recommendation:
    """A resource, and the slugs of the self-assessment items for which it is recommended."""

    resource: Resource
    for_items: tuple[str, ...]

    @property
    def is_recommended(self) -> bool:
        """Whether some low rating asks for it."""
        return bool(self.for_items)


def recommended(version: CredentialVersion, ratings: Ratings) -> list[Recommendation]:
    """All resources: recommended ones first, those that answer the lowest rating foremost.

    A rule fits when its item was rated at or below `at_most` on its scale, or on any scale
    where it names none. Nothing rated, nothing recommended: then the program's order stands.
    """
    found = [_recommendation(resource, ratings) for resource in version.resources]
    return [
        entry
        for _, entry in sorted(
            found, key=lambda pair: (pair[0] is None, pair[0] or 0, pair[1].resource.position)
        )
    ]


def _recommendation(resource: Resource, ratings: Ratings) -> tuple[int | None, Recommendation]:
    """The lowest rating that asks for a resource (`None`: none does), and why."""
    items: list[str] = []
    lowest: int | None = None
    for rule in resource.recommend:
        for value in _values(ratings, rule["item"], rule.get("scale")):
            if value > rule["at_most"]:
                continue
            lowest = value if lowest is None else min(lowest, value)
            if rule["item"] not in items:
                items.append(rule["item"])
    return lowest, Recommendation(resource, tuple(items))


def _values(ratings: Ratings, item: str, scale: str | None) -> Iterable[int]:
    for (rated, on), value in ratings.items():
        if rated == item and scale in (None, on):
            yield value
