"""The state file: a school as JSON, so that stopping the demonstration loses nothing."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from lti_tool.practice_lms.school import (
    Cell,
    Change,
    Column,
    Comment,
    Course,
    Link,
    Person,
    School,
    Submission,
)


def write(school: School, path: Path) -> None:
    """Write the school down in one step: a reader sees the old file or the new one."""
    document = {
        "last_number": school.last_number,
        "people": [asdict(person) for person in school.people.values()],
        "courses": [
            {**asdict(course), "inactive": sorted(course.inactive)}
            for course in school.courses.values()
        ],
        "links": [asdict(link) for link in school.links.values()],
        "columns": [asdict(column) for column in school.columns.values()],
        "cells": [asdict(cell) for cell in school.cells.values() if cell.changes],
        "secrets": school.secrets,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.new")
    beside.touch(mode=0o600)  # the file holds the practice signing keys
    beside.write_text(json.dumps(document, default=_as_text, indent=1), encoding="utf-8")
    beside.replace(path)


def read(school: School, path: Path) -> bool:
    """Fill an empty school from its file; False when there is none yet."""
    if not path.exists():
        return False
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for row in document["people"]:
        school.people[row["key"]] = Person(**row)
    for row in document["courses"]:
        school.courses[row["id"]] = Course(**{**row, "inactive": set(row["inactive"])})
    for row in document["links"]:
        school.links[row["id"]] = Link(**row)
    for row in document["columns"]:
        school.columns[row["id"]] = Column(**row)
    for row in document["cells"]:
        school.cells[(row["column_id"], row["person"])] = _cell(row)
    school.secrets.update(document["secrets"])
    school.last_number = document["last_number"]
    return True


def _cell(row: dict[str, Any]) -> Cell:
    """One gradebook cell with its moments as moments again."""
    row = dict(row)
    row["comments"] = [Comment(**{**one, "at": _moment(one["at"])}) for one in row["comments"]]
    row["changes"] = [Change(**{**one, "at": _moment(one["at"])}) for one in row["changes"]]
    row["tool_stamp"] = _moment(row["tool_stamp"]) if row["tool_stamp"] else None
    row["saved_at"] = _moment(row["saved_at"]) if row["saved_at"] else None
    row["submission"] = Submission(**row["submission"]) if row["submission"] else None
    return Cell(**row)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in the state file")
