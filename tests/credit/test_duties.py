"""What a licence asks year by year: missed, made up, and never carried over."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lti_tool.badges import awards
from lti_tool.credit import elections, statements
from lti_tool.credit.calendar import Calendar
from lti_tool.credit.duties import Said, State, duties, reckon
from lti_tool.credit.forecast import forecast
from lti_tool.credit.history import completions_of, sums
from lti_tool.credit.rules import Case, Earned, Posted, Terms, Wish
from lti_tool.credit.wishes import open_for
from tests.badges.workshop import results_for
from tests.builders import NOON
from tests.cast import ada
from tests.counting import Counted
from tests.credit.conftest import MakeTown
from tests.credit.programs import ACADEMY, CHICAGO, HOURS, LICENCE, some_credentials, somebody

CHICAGO_TIME = ZoneInfo("America/Chicago")
YEARLY: dict[str, Any] = {
    "title": "Administrators' Academy",
    "kind": "administrator-academy",
    "amount": 1,
    "unit": "credit",
    "missed": "make-up",
}
SAYS: dict[str, Any] = {
    "calendar": CHICAGO,
    "licence": {**LICENCE["licence"], "yearly": [YEARLY]},
    "credit": {"choose": "one", "options": [ACADEMY, HOURS]},
}
OFFERS_MAKE_UP: dict[str, Any] = {
    **SAYS,
    "credit": {"choose": "one", "options": [{**ACADEMY, "make_up": True}, HOURS]},
}


def june(year: int, day: int = 30) -> datetime:
    """Late on a day at the end of a credit year, in Chicago."""
    return datetime(year, 6, day, 23, 59, 59, tzinfo=CHICAGO_TIME)


def terms_of(says: dict[str, Any]) -> Terms:
    """The terms of the program `field` where it says this."""
    return Terms.of({"slug": "field", **says})


def states(
    *earned: datetime, said: Said, now: datetime, **rule: Any
) -> dict[str, tuple[State, str]]:
    """By year: what became of it, and in which year it was made up."""
    document = {**SAYS, "licence": {"yearly": [{**YEARLY, **rule}]}}
    (duty,) = duties(document)
    lines = reckon(
        duty, Calendar.of(document), [(one, Decimal(1)) for one in earned], said, now=now
    )
    return {line.year.label: (line.state, line.made_up_in) for line in lines}


@pytest.mark.row("S7-03", "S7-01")
def test_a_missed_year_adds_a_make_up_one_and_nothing_is_carried_over():
    now = june(2027, day=1)
    since_24 = Said(2024)

    # Two in one year do not meet the next: what is left over is not banked
    assert states(june(2025), june(2025, day=2), said=Said(2025), now=now) == {
        "FY25": (State.MET, ""),
        "FY26": (State.OWED, ""),
        "FY27": (State.OPEN, ""),
    }
    # One in a later year is that year's own; a second makes up for the oldest that was missed
    assert states(june(2026), said=since_24, now=now)["FY24"] == (State.OWED, "")
    both = states(june(2026), june(2026, day=2), said=since_24, now=now)
    assert (both["FY24"], both["FY25"]) == ((State.MADE_UP, "FY26"), (State.OWED, ""))
    # What is said of the years counts too, and rules without a make-up lose the year
    said = Said(2024, elsewhere=frozenset({2024}), excused=frozenset({2025}))
    assert [one for one, _ in states(june(2026), said=said, now=now).values()] == [
        State.ELSEWHERE,
        State.EXCUSED,
        State.MET,
        State.OPEN,
    ]
    assert states(said=Said(2026), now=now, missed="lost")["FY26"] == (State.LOST, "")
    # A rule asks for the years that end while it holds, to the second where the program is
    assert "FY26" not in states(said=Said(2025), now=now, **{"from": "2026-07-01"})
    assert states(said=Said(2026), now=june(2026) + timedelta(seconds=1))["FY26"][0] is State.OWED
    assert states(said=Said(2026), now=june(2026))["FY26"][0] is State.OPEN


@pytest.mark.row("S7-03")
def test_the_forecast_says_what_would_make_it_up_and_what_would_be_missed():
    # Given FY26 missed, FY27 not yet met
    terms = terms_of(OFFERS_MAKE_UP)
    case = Case(NOON, said=(("administrator-academy", Said(2026)),))
    own = Earned("other", NOON, (Posted("other", "aa", "administrator-academy"),))
    here = Earned("field", NOON, (Posted("field", "academy", "administrator-academy"),))

    def notes(wish: str, case: Case, terms: Terms = terms) -> list[tuple[str, ...]]:
        return [one.notes for one in forecast(terms, Wish(wish), case)]

    # Then the academy is the one of the year that is asked; hours let it be missed
    missed = "FY27 is then missed, unless you have Administrators' Academy from elsewhere, and"
    assert notes("academy", case) == [
        ("It is what your license asks for in FY27: Administrators' Academy.",),
        (
            "It is what your license asks for in FY28: Administrators' Academy.",
            f"{missed} adds a make-up one.",
        ),
    ]
    assert notes("pd", case) == [(), (f"{missed} adds a make-up one.",)]
    # And once the year has its own, a further one makes up, where the program offers that
    later = Case(NOON + timedelta(days=1), (here,), said=case.said)
    (make_up, _), (refused, _) = (
        forecast(one, Wish("academy"), later) for one in (terms, terms_of(SAYS))
    )
    assert make_up.notes == ("It makes up for FY26, which was missed.",)
    assert (make_up.refusal, [one.slug for one in make_up.brings]) == ("", ["academy"])
    assert "Only the first award of a year" in refused.refusal
    # And nothing can be saved where nothing is owed
    free = {**ACADEMY, "awards": "any", "at_most": {"count": 2, "per": "credit-year"}}
    twice = terms_of({**SAYS, "credit": {"choose": "one", "options": [free]}})
    paid = Case(NOON + timedelta(days=1), (own,), said=(("administrator-academy", Said(2027)),))
    (note,) = notes("academy", paid, twice)[0]
    assert "asks for no more Administrators' Academy in FY27, and it cannot be saved" in note


@pytest.mark.row("S7-03", "S1-18")
def test_a_make_up_one_is_posted_where_a_year_is_owed_and_refused_where_none_is(session):
    # Given a program that offers make-up ones, and an academy of this year
    learner = somebody(session, ada())
    versions = some_credentials(session, OFFERS_MAKE_UP, 3)

    def chosen(number: int) -> None:
        election = open_for(session, learner.id, versions[number], now=NOON)
        elections.elect(session, election, "academy", now=NOON)

    def awarded(number: int) -> None:
        awards.award(
            session,
            person=learner,
            credential_version=versions[number],
            results=results_for(versions[number]),
            now=NOON + timedelta(minutes=number),
        )

    chosen(0)
    awarded(0)
    with pytest.raises(elections.NotToBeHad):
        chosen(1)

    # When Ada says that it has been asked of her since last year
    register = LICENCE["licence"]["register"]
    kind = "administrator-academy"
    statements.tell_years(session, learner, register, kind, Said(2026), now=NOON)
    chosen(1)
    awarded(1)

    # Then a second one is posted, in the year it was completed, and no third one
    (line,) = sums(completions_of(session, learner.id))
    assert (line.year_label, line.amount) == ("FY27", Decimal(2))
    with pytest.raises(elections.NotToBeHad):
        chosen(2)


@pytest.mark.row("S7-03")
def test_the_page_shows_what_is_owed_for_which_year_and_takes_corrections(make_town: MakeTown):
    # Given an academy that is asked of leaders, and Ada, who has not said that she is one
    leaders = {
        **SAYS,
        "audience": {"text": "Leaders.", "roles": [{"slug": "leader", "title": "Leader"}]},
        "licence": {**SAYS["licence"], "yearly": [{**YEARLY, "roles": ["leader"]}]},
        "credit": {"choose": "one", "options": [{**ACADEMY, "roles": ["leader"]}, HOURS]},
    }
    town = make_town(leaders)
    visitor = town.comes("ada")
    visitor.post(f"/credit{town.place()}", {"option": "take:pd"})
    assert "is asked of certain roles" in visitor.get("/credit/").text
    engine = town.app.extensions["cairn"].engine

    # When she says that she is one, and since when
    visitor.post(f"/credit{town.place()}/about", {"role": "leader"})
    now = datetime.now(UTC)
    calendar = Calendar.of(SAYS)
    this = calendar.year_of(now)
    before, first = (calendar.year_on(this.first - timedelta(days=days)) for days in (1, 367))
    with Counted(engine) as alone:
        page = visitor.get("/credit/").text
    assert "1 credit to go" in page
    assert "as a make-up" not in page
    key = {"register": "State register", "kind": "administrator-academy"}
    answer = visitor.post("/credit/years", {**key, "since": str(first.number)})
    assert answer.location.endswith("/credit/#asked")

    # Then the page names the years, what is owed, and that nobody here offers a make-up one
    with Counted(engine) as many:
        page = " ".join(visitor.get("/credit/").text.split())
    assert len(many) == len(alone) <= 20
    assert "You owe 2 credits as a make-up,</strong> for" in page
    assert f"{first.label}, {before.label}, beside 1 credit for {this.label}." in page
    assert "ask State register who does" in page
    assert "Nothing can be saved for a later year, and a year that is missed adds" in page
    choice = visitor.get(f"/credit{town.place()}").text
    assert f"{this.label} is then missed, unless you have" in choice

    # And what was had elsewhere, or not asked, is owed no longer
    told = {f"year-{first.number}": "excused", f"year-{before.number}": "elsewhere"}
    visitor.post("/credit/years", {**key, **told})
    page = visitor.get("/credit/").text
    assert "as a make-up" not in page
    assert "Had elsewhere" in page
    assert "Not asked" in page
    assert visitor.post("/credit/years", {**key, "register": "Another"}).status_code == 404
