"""The school behind the practice LMS: people, courses, links, columns, grades.

Plain values under one lock. The moods (`canvas`, `moodle`) decide what a request does to them;
nothing here knows the wire. Every change is written to the state file, when there is one, so that
a demonstration that is started again finds its gradebook as it was.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

Role = Literal["learner", "teacher", "tutor", "test"]
"""What somebody is in one course. A tutor is Moodle's non-editing teacher, `test` is Canvas's
Student View."""


class NotInSchool(LookupError):
    """Nothing in this school has the name or number asked for."""


@dataclass
class Person:
    """Somebody with an account in the LMS."""

    key: str
    """Short name used in addresses: `ada`."""
    sub: str
    """What LTI calls them: a uuid in the Canvas mood, a short number in the Moodle mood."""
    given: str
    family: str
    part: str
    """Their part in the play, in words for the page."""
    elsewhere: bool = False
    """Teaches in some other course, which Canvas mentions among the institution roles (T-075)."""

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.given} {self.family}"

    @property
    def email(self) -> str:
        """An address below the reserved `.example` domain."""
        return f"{self.key}@school.example"


@dataclass
class Course:
    """One course, taught by one district that has its own deployment of the tool."""

    id: str
    lti_id: str
    label: str
    title: str
    district: str
    deployment_id: str
    roles: dict[str, Role] = field(default_factory=dict)
    """Who is enrolled (by `Person.key`) and as what."""
    inactive: set[str] = field(default_factory=set)
    """Enrolled but suspended: still in the gradebook, missing from the roster."""
    concluded: bool = False
    copied_from: list[str] = field(default_factory=list)
    """LTI ids of the courses it was copied from, the nearest first."""

    @property
    def history(self) -> str:
        """The same as `$Context.id.history` has it."""
        return ",".join(quote(one, safe="") for one in self.copied_from)


@dataclass
class Link:
    """One activity of a course that opens the tool."""

    id: str
    lti_id: str
    course_id: str
    title: str
    url: str
    """The `target_link_uri` of its launches; empty for the tool's launch address."""
    custom: dict[str, str] = field(default_factory=dict)
    description: str = ""
    origin: str = "by hand"
    """How it came here: `by hand` or `deep linking`."""
    hints: dict[str, Any] = field(default_factory=dict)
    """What a content item said of dates, window, frame and icon, where the product keeps it."""


@dataclass
class Column:
    """One column of the gradebook; LTI calls it a line item."""

    id: str
    course_id: str
    label: str
    maximum: float
    link_id: str | None = None
    resource_id: str = ""
    tag: str = ""
    coupled: bool = False
    """Made together with its activity, not by the tool through the line-items service."""
    submission_review: dict[str, Any] | None = None
    allowed_attempts: int | None = None
    """Canvas only: the highest number of attempts a learner may make; None for no limit."""


@dataclass(frozen=True)
class Comment:
    """A remark in the gradebook."""

    at: datetime
    author: str
    text: str


@dataclass(frozen=True)
class Change:
    """One accepted change of a cell, as the gradebook's history shows it."""

    at: datetime
    source: str
    score: float | None
    comment: str | None
    note: str
    """What happened, in words: `score`, `erased`, `kept: overridden by a teacher` …"""


@dataclass
class Submission:
    """What Canvas keeps of a submission that came with a score."""

    kind: str
    data: str
    submitted_at: str


@dataclass
class Cell:
    """One person's grade in one column."""

    column_id: str
    person: str
    score: float | None = None
    """What the tool last achieved, in points of the column."""
    maximum: float = 0
    comments: list[Comment] = field(default_factory=list)
    """Canvas appends; Moodle keeps at most one, its feedback."""
    override: float | None = None
    overridden: bool = False
    """A teacher has set the grade by hand."""
    tool_stamp: datetime | None = None
    """The timestamp of the last score (Canvas compares with it)."""
    saved_at: datetime | None = None
    """When this LMS last saved the cell (Moodle compares with it)."""
    attempt: int = 0
    submission: Submission | None = None
    activity_progress: str | None = None
    grading_progress: str | None = None
    changes: list[Change] = field(default_factory=list)

    @property
    def visible(self) -> float | None:
        """The grade that people see."""
        return self.override if self.overridden else self.score

    @property
    def comment(self) -> str | None:
        """The latest remark, or None."""
        return self.comments[-1].text if self.comments else None


class School:
    """All that the LMS knows. Take `with school.change():` around anything that alters it."""

    def __init__(self, name: str, keep: Callable[[School], None] | None = None) -> None:
        """A school without anybody in it; `keep` writes it down after every change."""
        self.name = name
        self.lock = threading.RLock()
        self.people: dict[str, Person] = {}
        self.courses: dict[str, Course] = {}
        self.links: dict[str, Link] = {}
        self.columns: dict[str, Column] = {}
        self.cells: dict[tuple[str, str], Cell] = {}
        self.secrets: dict[str, str] = {}
        """What else must survive a restart: the LMS's signing keys."""
        self._keep = keep
        self._last_number = 1

    @contextmanager
    def change(self) -> Iterator[None]:
        """Alter the school alone, and write it down afterwards."""
        with self.lock:
            yield
            if self._keep is not None:
                self._keep(self)

    def next_number(self) -> str:
        """A new short number, as both products number their rows."""
        with self.lock:
            self._last_number += 1
            return str(self._last_number)

    @property
    def last_number(self) -> int:
        """The newest number given away."""
        return self._last_number

    @last_number.setter
    def last_number(self, number: int) -> None:
        self._last_number = number

    def person(self, key: str) -> Person:
        """Somebody by short name or by `sub`; raises `NotInSchool`."""
        with self.lock:
            found = self.people.get(key) or self.by_sub(key)
        if found is None:
            raise NotInSchool(f"Nobody here is called {key!r}.")
        return found

    def by_sub(self, sub: str) -> Person | None:
        """Whose `sub` this is, or None."""
        with self.lock:
            return next((person for person in self.people.values() if person.sub == sub), None)

    def course(self, course_id: str) -> Course:
        """A course by its number or its LTI id; raises `NotInSchool`."""
        with self.lock:
            for course in self.courses.values():
                if course_id in (course.id, course.lti_id):
                    return course
        raise NotInSchool(f"There is no course {course_id!r}.")

    def link(self, link_id: str) -> Link:
        """A link by its number or its LTI id; raises `NotInSchool`."""
        with self.lock:
            for link in self.links.values():
                if link_id in (link.id, link.lti_id):
                    return link
        raise NotInSchool(f"There is no link {link_id!r}.")

    def column(self, column_id: str) -> Column:
        """A column by its number; raises `NotInSchool`."""
        with self.lock:
            if column_id not in self.columns:
                raise NotInSchool(f"There is no gradebook column {column_id!r}.")
            return self.columns[column_id]

    def links_of(self, course: Course) -> list[Link]:
        """A course's links, in the order they came."""
        with self.lock:
            return [link for link in self.links.values() if link.course_id == course.id]

    def columns_of(self, course: Course) -> list[Column]:
        """A course's gradebook columns, in the order they came."""
        with self.lock:
            return [column for column in self.columns.values() if column.course_id == course.id]

    def columns_for(self, link: Link) -> list[Column]:
        """The columns that belong to one link."""
        with self.lock:
            return [column for column in self.columns.values() if column.link_id == link.id]

    def members(self, course: Course) -> list[tuple[Person, Role]]:
        """Everybody enrolled, with their role."""
        with self.lock:
            return [(self.people[key], role) for key, role in course.roles.items()]

    def gradable(self, course: Course) -> list[Person]:
        """The learners, who have a row in the gradebook."""
        return [person for person, role in self.members(course) if role == "learner"]

    def cell(self, column: Column, person: Person) -> Cell:
        """One cell, made empty on first sight (kept once something is written into it)."""
        with self.lock:
            key = (column.id, person.key)
            return self.cells.setdefault(key, Cell(column.id, person.key, maximum=column.maximum))

    def grade(self, column: Column, person: Person) -> Cell | None:
        """One cell if anything ever happened to it."""
        with self.lock:
            cell = self.cells.get((column.id, person.key))
            return cell if cell is not None and cell.changes else None

    def remove_column(self, column: Column) -> None:
        """Take a column away together with its grades."""
        with self.change():
            self.columns.pop(column.id, None)
            for key in [key for key in self.cells if key[0] == column.id]:
                del self.cells[key]
