"""Who may what: the roles a person holds in a course and those they are appointed to."""

import enum


class Role(enum.StrEnum):
    """What a person is in one course, read from the LMS (LTI Core 1.3, A.2)."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    ASSISTANT = "assistant"
    """A teaching assistant whose deployment keeps work and gradebook to instructors (T-076)."""
    DESIGNER = "designer"
    """May choose what a link opens, may not grade (T-079)."""
    OBSERVER = "observer"
    OFFICER = "officer"
    """An administrator of the LMS without a role in the course: looks, never teaches (T-074)."""
    VISITOR = "visitor"
    """No role we know: least privilege (T-065, T-070)."""
    ADMINISTRATOR = "administrator"
    """Came by `cairn admin link`, not from an LMS."""


class Seat(enum.StrEnum):
    """What a person is appointed to in a program, by somebody of the program (S3-28)."""

    ASSESSOR = "assessor"
    APPROVER = "approver"
    COACH = "coach"
    FACILITATOR = "facilitator"
    ADMIN = "admin"


TEACHING = frozenset({Role.INSTRUCTOR})
"""Roles that see a course's deliveries and everybody's progress."""

FOLLOWING = TEACHING | {Role.ASSISTANT}
"""Roles that see where everybody of a course stands; what was handed in is another matter."""

CHOOSING = frozenset({Role.INSTRUCTOR, Role.DESIGNER, Role.ADMINISTRATOR})
"""Roles that choose what a resource link opens."""
