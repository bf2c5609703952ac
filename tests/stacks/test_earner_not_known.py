"""A badge from elsewhere whose earner cannot be told says so to whoever lets it count."""

import io

import pytest
from flask import Flask
from sqlalchemy import Engine

from lti_tool.badges.models import Rendering
from lti_tool.database import sessions
from lti_tool.people.roles import Role, Seat
from tests.badges.conftest import workshop
from tests.badges.workshop import Workshop, an_award
from tests.builders import a_credential_version, an_appointment
from tests.cast import ada, cleo, ivan
from tests.portfolio.studio import enter
from tests.stacks.quarry import FOUR, Quarry
from tests.stacks.test_elsewhere import OUTSIDE

__all__ = ["workshop"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_approver_reads_that_nobody_could_tell_whose_it_is(
    app: Flask, engine: Engine, workshop: Workshop
) -> None:
    # Given Ada, of whom the LMS tells no address, and a badge of Ivan's
    with sessions(engine).begin() as session:
        quarry, learner, approver = Quarry(session, OUTSIDE), ada(), cleo()
        learner.email = None
        session.add(an_appointment(approver, quarry.version.program, Seat.ADMIN))
        quarry.earns(learner, *FOUR[:3])
        address = f"/stacks/of/{quarry.version.program.slug}/ponds"
        file = workshop.render(an_award(a_credential_version(), ivan()), Rendering.OB3_JWT)

    # When she hands it in
    form = {"badge": (io.BytesIO(file), "badge.jwt"), "stands_for": "four"}
    assert enter(app, learner).post(f"{address}/bring", form).status_code == 303

    # Then
    desk = enter(app, approver, role=Role.INSTRUCTOR).get("/stacks/desk").text
    assert "Earner not checked" in desk
