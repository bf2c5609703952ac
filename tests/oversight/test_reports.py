"""Reports: figures by hub, district and role, and none of them gives a small one away."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from lti_tool.cohorts import organisations
from lti_tool.cohorts.models import OrganisationKind
from lti_tool.credit.models import Circumstances
from lti_tool.database import sessions
from lti_tool.oversight.reports import ALL, WHOLE, Measure, Participant, Place, Row, table
from lti_tool.people.models import AuditEvent
from tests.builders import NOON
from tests.oversight.district import District
from tests.oversight.test_overview import come

ROLES = ("Teacher", "Leader")

Cell = tuple[Place, str]

participants = st.dictionaries(
    st.tuples(st.sampled_from(["North", "South"]), st.sampled_from("ABC"), st.sampled_from(ROLES)),
    st.tuples(st.integers(0, 25), st.integers(0, 25), st.integers(0, 25)),
    min_size=1,
    max_size=8,
)


def _crowd(counts: Mapping[tuple[str, str, str], Sequence[int]]) -> list[Participant]:
    return [
        Participant(hub, district, role, measure)
        for (hub, district, role), numbers in counts.items()
        for measure, number in zip(Measure, numbers, strict=True)
        for _ in range(number)
    ]


def _sums(rows: Sequence[Row]) -> list[dict[Cell, int]]:
    """The sums every reader knows: each adds up to nought."""
    districts = [row.place for row in rows if not row.is_sum]
    hubs = [row.place for row in rows if row.is_sum and row.place != WHOLE]
    found = [
        {(place, ALL): -1} | {(place, role): 1 for role in ROLES}
        for place in [*districts, *hubs, WHOLE]
    ]
    for role in (*ROLES, ALL):
        found += [
            {(hub, role): -1} | {(one, role): 1 for one in districts if one[0] == hub[0]}
            for hub in hubs
        ]
        found.append({(WHOLE, role): -1} | {(hub, role): 1 for hub in hubs})
    return found


def _is_determined(
    unknown: Cell,
    hidden: set[Cell],
    sums: Sequence[Mapping[Cell, int]],
) -> bool:
    """Whether linear algebra finds a hidden figure: our own elimination, unlike the network's."""
    order = sorted(hidden - {unknown}, key=repr)
    matrix = [[Fraction(line.get(key, 0)) for key in [*order, unknown]] for line in sums]
    rank = 0
    for column in range(len(order)):
        pivot = next((at for at in range(rank, len(matrix)) if matrix[at][column]), None)
        if pivot is None:
            continue
        matrix[rank], matrix[pivot] = matrix[pivot], matrix[rank]
        for at in range(len(matrix)):
            if at != rank and matrix[at][column]:
                factor = matrix[at][column] / matrix[rank][column]
                matrix[at] = [a - factor * b for a, b in zip(matrix[at], matrix[rank], strict=True)]
        rank += 1
    return any(line[-1] for line in matrix[rank:])


@pytest.mark.row("S2-11")
@given(participants)
@settings(max_examples=60)
def test_no_small_figure_can_be_worked_out_from_what_is_told(
    counts: dict[tuple[str, str, str], tuple[int, int, int]],
) -> None:
    people = [Participant("North", "A", ROLES[0], Measure.ENROLLED), *_crowd(counts)]

    rows = table(people, ROLES)

    sums = _sums(rows)
    for at, _ in enumerate(Measure):
        told = {(row.place, role): row.cells[role][at] for row in rows for role in (*ROLES, ALL)}
        hidden = {key for key, value in told.items() if value is None}
        assert all(value is None or value >= 10 for value in told.values())
        assert not [key for key in hidden if _is_determined(key, hidden, sums)]


def test_one_small_figure_takes_as_few_with_it_as_it_can() -> None:
    # Given two districts of two roles, one figure of them small
    sizes = {("A", "Teacher"): 40, ("A", "Leader"): 3, ("B", "Teacher"): 50, ("B", "Leader"): 20}
    people = [
        Participant("North", district, role, Measure.ENROLLED)
        for (district, role), number in sizes.items()
        for _ in range(number)
    ]

    # When the table is made
    rows = {row.place: row for row in table(people, ROLES)}
    told = {place: [row.cells[role][0] for role in (*ROLES, ALL)] for place, row in rows.items()}

    # Then the small one and three companions are not shown, and all sums are
    assert told["North", "A"] == [None, None, 43]
    assert told["North", "B"] == [None, None, 70]
    assert told["North", ""] == [90, 23, 113]
    assert told[WHOLE] == [90, 23, 113]


@pytest.mark.row("S2-08")
@pytest.mark.row("S4-14")
def test_a_hub_and_a_funder_get_figures_without_names(app: Flask, engine: Engine) -> None:
    # Given a hub with two districts, twelve people in each, and a thirteenth in one role
    with sessions(engine).begin() as session:
        district = District(session)
        document = district.version.program_version.document
        district.version.program_version.document = document | {
            "funding": [{"title": "Prairie Foundation grant"}]
        }
        hub = organisations.make(
            session, "Prairie Hub", OrganisationKind.REGIONAL_OFFICE, actor=None, now=NOON
        )
        for name in ("Lark", "Wren"):
            home = organisations.make(
                session, name, OrganisationKind.DISTRICT, parent=hub, actor=None, now=NOON
            )
            for at, person in enumerate(district.crowd(12, f"Of{name}")):
                organisations.affiliate(session, person, home, now=NOON)
                role = "leader" if (name, at) == ("Lark", 0) else "teacher"
                session.add(
                    Circumstances(
                        person_id=person.id, program_id=district.program.id, told_at=NOON,
                        roles=[role],
                    )
                )  # fmt: skip
        slug = district.program.slug
    pia, coach = come(app, district.pia), come(app, district.coach)
    address = f"/oversight/of/{slug}/reports"

    # When Pia takes the hub's report, and the funder's
    of_hub = pia.post(address, {"hub": "Prairie Hub"})
    of_funder = pia.post(address, {"funder": "Prairie Foundation grant"})

    # Then each has figures, the small ones and their companions not shown, and no name
    rows = list(csv.DictReader(io.StringIO(of_hub.text.removeprefix("\ufeff"))))
    cells = {(row["district"], row["role"]): row["enrolled"] for row in rows}
    assert cells["Wren", "All roles"] == "12"
    assert cells["Lark", "School leader"] == cells["Lark", "Teacher"] == "not shown"
    assert {row["hub"] for row in rows} == {"Prairie Hub"}
    assert of_hub.headers["Content-Disposition"].startswith("attachment")
    assert "Prairie Foundation grant" in of_funder.text
    assert "Somebody" not in of_hub.text + of_funder.text + pia.get(address).text
    # And it is written down who took it; others may not
    with sessions(engine)() as session:
        taken = session.scalars(select(AuditEvent).where(AuditEvent.action == "oversight.report"))
        assert [event.detail["report"] for event in taken] == [
            "Prairie Hub", "Prairie Foundation grant",
        ]  # fmt: skip
    assert coach.get(address).status_code == coach.post(address).status_code == 403
    assert pia.post(address, {"hub": "Nowhere"}).status_code == 404
