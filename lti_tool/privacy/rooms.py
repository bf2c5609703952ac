"""Which rooms keep something about people, and in which order they are asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.accounts import personal_data as accounts
from lti_tool.badges import personal_data as badges
from lti_tool.cohorts import personal_data as cohorts
from lti_tool.credit import personal_data as credit
from lti_tool.grades import personal_data as grades
from lti_tool.holdings import personal_data as held
from lti_tool.launch import personal_data as launch
from lti_tool.people import personal_data as people
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan
from lti_tool.portfolio import personal_data as portfolio
from lti_tool.programs import personal_data as programs
from lti_tool.review import personal_data as review
from lti_tool.roster import personal_data as roster
from lti_tool.sharing import personal_data as sharing
from lti_tool.stacks import personal_data as stacks
from lti_tool.wallets import personal_data as wallets


@dataclass(frozen=True)
class Room:
    """One room's answer to what it keeps about a person."""

    title: str
    file: str
    """Name of its file in an export."""
    export_of: Callable[[Session, Person], Mapping[str, Any]]
    holdings: Callable[[Session, Person, Plan], list[Holding]]
    erase: Callable[[Session, Person, Plan], None]


ROOMS = (
    Room("Who they are", "1-person", people.export_of, people.holdings, people.erase),
    Room("Their LMS", "2-lms", launch.export_of, launch.holdings, launch.erase),
    Room("Rosters", "3-rosters", roster.export_of, roster.holdings, roster.erase),
    Room("Appointments", "4-appointments", programs.export_of, programs.holdings, programs.erase),
    Room("Their work", "5-work", portfolio.export_of, portfolio.holdings, portfolio.erase),
    Room("Judging", "6-judging", review.export_of, review.holdings, review.erase),
    Room("Gradebook", "7-gradebook", grades.export_of, grades.holdings, grades.erase),
    Room("Badges", "8-badges", badges.export_of, badges.holdings, badges.erase),
    Room("Sharing", "8-sharing", sharing.export_of, sharing.holdings, sharing.erase),
    Room("Elsewhere", "8-elsewhere", held.export_of, held.holdings, held.erase),
    Room("Connected services", "8-wallets", wallets.export_of, wallets.holdings, wallets.erase),
    Room("Credit", "8-credit", credit.export_of, credit.holdings, credit.erase),
    Room("Stacks", "9-stacks", stacks.export_of, stacks.holdings, stacks.erase),
    Room("Teams and cohorts", "cohorts", cohorts.export_of, cohorts.holdings, cohorts.erase),
    Room("Joined accounts", "joined", accounts.export_of, accounts.holdings, accounts.erase),
)
"""In the order in which a person reads them."""

ERASING = (
    accounts,
    wallets,
    sharing,
    stacks,
    held,
    review,
    portfolio,
    grades,
    badges,
    credit,
    cohorts,
    roster,
    launch,
    programs,
    people,
)
"""In the order in which rows let go of each other."""
