"""The cast: the same five people in every test. Each call makes the person anew.

Ada learns, Ben assesses, Cleo approves, Dora teaches, Ivan must see nothing.
"""

from lti_tool.people.models import Person
from tests.builders import a_person


def ada() -> Person:
    """The learner."""
    return a_person("Ada Ferris")


def ben() -> Person:
    """The assessor."""
    return a_person("Ben Okoro")


def cleo() -> Person:
    """The approver."""
    return a_person("Cleo Marsh")


def dora() -> Person:
    """The instructor."""
    return a_person("Dora Lind")


def ivan() -> Person:
    """A stranger from another district, who must see nothing."""
    return a_person("Ivan Petrov")
