"""Find programs by topic, by audience and by grade (S1-22, S2-06, S5-01)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """One thing to look for."""

    value: str
    title: str


@dataclass(frozen=True)
class Question:
    """One field of the form."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    given: str


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; empty fields ask for nothing."""

    topic: str = ""
    audience: str = ""
    grade: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> "Wanted":
        """From an address."""
        return cls(*(arguments.get(name, "").strip() for name in ("topic", "audience", "grade")))

    @property
    def is_open(self) -> bool:
        """Whether nothing particular is looked for."""
        return self == Wanted()


def fits(document: Document, wanted: Wanted) -> bool:
    """Whether a program has everything that is looked for."""
    return (
        (not wanted.topic or wanted.topic in topics(document))
        and (not wanted.audience or wanted.audience in dict(audiences(document)))
        and (not wanted.grade or wanted.grade in grades(document))
    )


def questions(documents: Iterable[Document], wanted: Wanted) -> list[Question]:
    """The form's fields with what there is to choose; a field without a choice is left out."""
    there = list(documents)
    found_topics = sorted({topic for document in there for topic in topics(document)})
    found_audiences: dict[str, str] = {}
    for document in there:
        for slug, title in audiences(document):
            found_audiences.setdefault(slug, title)
    found_grades = sorted({grade for document in there for grade in grades(document)})
    fields = (
        ("topic", "Topic", [Choice(one, spoken(one)) for one in found_topics], wanted.topic),
        (
            "audience",
            "For whom",
            [Choice(*one) for one in sorted(found_audiences.items(), key=lambda one: one[1])],
            wanted.audience,
        ),
        ("grade", "Grades", [Choice(one, one) for one in found_grades], wanted.grade),
    )
    return [
        Question(name, label, tuple(choices), given)
        for name, label, choices, given in fields
        if choices
    ]


def topics(document: Document) -> set[str]:
    """Topics of a program and of its credentials."""
    own = set(document.get("topics", ()))
    return own.union(*(credential.get("topics", ()) for credential in document["credentials"]))


def audiences(document: Document) -> list[tuple[str, str]]:
    """Slug and title of every role a program addresses."""
    entries = [document["audience"]]
    entries += [one["audience"] for one in document["credentials"] if "audience" in one]
    return [(role["slug"], role["title"]) for one in entries for role in one.get("roles", ())]


def grades(document: Document) -> set[str]:
    """Grade spans a program names."""
    entries = [document["audience"]]
    entries += [one["audience"] for one in document["credentials"] if "audience" in one]
    return {span for one in entries for span in one.get("grade_spans", ())}


def spoken(slug: str) -> str:
    """A topic's slug as words: `english-learners` is *English learners*."""
    return slug.replace("-", " ").capitalize()
