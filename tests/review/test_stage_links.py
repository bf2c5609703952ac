"""A stage that is handed in and approved reaches the column of its own link, and no other."""

from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.grades.models import LineItem, ScoreDelivery, ScoreEvent
from lti_tool.launch.models import Product, ResourceLink
from lti_tool.people.roles import Seat
from lti_tool.review import decisions
from tests.builders import NOON, a_credential_version
from tests.cast import ada, ben, cleo
from tests.portfolio.studio import handed_in, rated
from tests.portfolio.test_announcing import enrolled_from
from tests.review.works import appointed, recommended


@pytest.mark.row("T-111")
def test_each_stage_goes_to_its_own_link(session: Session, noon: datetime) -> None:
    # Given a credential in two stages, each with a link of its own
    enrolment = enrolled_from(session, Product.CANVAS, ada(), a_credential_version(parts=2))
    first = session.scalars(select(ResourceLink)).one()
    first.part_slug = "part-1"
    session.add(
        ResourceLink(
            deployment=first.deployment,
            resource_link_id="two",
            course=first.course,
            program=first.program,
            credential=first.credential,
            part_slug="part-2",
            line_items_url=first.line_items_url,
            seen_at=NOON,
        )
    )

    # When the first stage is handed in and approved
    work = handed_in(session, rated(session, enrolment))
    assessor = appointed(session, work, ben(), Seat.ASSESSOR)
    approver = appointed(session, work, cleo(), Seat.APPROVER)
    assessment = recommended(session, work, assessor, level=4)
    decisions.approve(session, assessment, approver=approver, base_url="http://t", now=noon)

    # Then its link's column hears of both, and nothing else is made
    (column,) = session.scalars(select(LineItem)).all()
    assert (column.resource_link, column.measure) == (first, "part-1")
    told = session.scalars(select(ScoreDelivery).order_by(ScoreDelivery.id)).all()
    assert [row.event for row in told] == [ScoreEvent.SUBMITTED, ScoreEvent.DECIDED]
    assert (told[1].points, told[1].points_possible) == (Decimal(12), Decimal(12))
