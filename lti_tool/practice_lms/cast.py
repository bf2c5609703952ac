"""The ready-made school: the people everybody knows, two districts, one link each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lti_tool.practice_lms.mood import Mood
from lti_tool.practice_lms.school import Course, Person, Role, School

if TYPE_CHECKING:
    from lti_tool.practice_lms.lms import PracticeLms

PEOPLE: tuple[tuple[str, str, str, str], ...] = (
    ("ada", "Ada", "Reyes", "participant"),
    ("fay", "Fay", "Okafor", "participant"),
    ("ben", "Ben", "Castillo", "assessor"),
    ("cleo", "Cleo", "Marsh", "approver"),
    ("dora", "Dora", "Lindqvist", "instructor"),
    ("ivan", "Ivan", "Petrov", "participant of another district"),
)
"""Key, given name, family name, part."""

HOME: dict[str, Role] = {
    "ada": "learner",
    "fay": "learner",
    "ben": "teacher",
    "cleo": "tutor",
    "dora": "teacher",
}
"""Enrolled in the first course. Cleo is a teacher who may not edit the course."""


def open_school(lms: PracticeLms) -> None:
    """Fill an empty school with its people, courses and one unbound link in each course."""
    school, mood = lms.school, lms.mood
    with school.change():
        for number, (key, given, family, part) in enumerate(PEOPLE, start=3):
            sub = mood.sub(school.name, number, key)
            school.people[key] = Person(key, sub, given, family, part, elsewhere=key == "fay")
        home = _course(
            school,
            mood,
            number=1,
            label="CAIRN-101",
            title="Teaching English learners",
            district="Lakeside",
        )
        home.roles.update(HOME)
        away = _course(
            school,
            mood,
            number=2,
            label="CIRCLE-7",
            title="New teacher circle",
            district="Riverbend",
        )
        away.roles["ivan"] = "learner"
        if mood.name == "canvas":
            sub = mood.sub(school.name, 99, "student-view")
            school.people["student-view"] = Person(
                "student-view", sub, "Test", "Student", "Student View"
            )
            home.roles["student-view"] = "test"
        school.last_number = 20
        for course in (home, away):
            lms.add_link(course, "Micro-credentials", points=None)


def _course(
    school: School, mood: Mood, *, number: int, label: str, title: str, district: str
) -> Course:
    course_id = str(number)
    course = Course(
        id=course_id,
        lti_id=mood.long_id(school.name, "course", course_id),
        label=label,
        title=title,
        district=f"{district} School District",
        deployment_id=mood.deployment_id(school.name, number),
    )
    school.courses[course_id] = course
    return course


def enrol(lms: PracticeLms, course: Course, given: str, family: str, role: Role) -> Person:
    """Add somebody new to a course."""
    school = lms.school
    with school.change():
        number = int(school.next_number())
        key = f"{given.lower()}-{number}"
        person = Person(key, lms.mood.sub(school.name, number, key), given, family, role)
        school.people[key] = person
        course.roles[key] = role
        return person
