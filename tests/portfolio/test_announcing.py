"""What the gradebook hears when work is submitted: only where it does no harm."""

import pytest
from sqlalchemy import select

from lti_tool.grades.models import DeliveryState, ScoreDelivery, ScoreEvent
from lti_tool.launch.models import (
    Deployment,
    DeploymentState,
    PlatformUser,
    Product,
    Registration,
    ResourceLink,
)
from tests.builders import NOON, a_course, a_credential_version, a_membership
from tests.cast import ada
from tests.portfolio.studio import begun, handed_in, rated

LMS = "https://lms.example.edu"


def enrolled_from(session, product, person, version):
    """Ada came to the credential by a link of an LMS of this product."""
    course = a_course()
    registration = Registration(
        name="School",
        issuer=LMS,
        client_id="1",
        auth_login_url=f"{LMS}/auth",
        auth_token_url=f"{LMS}/token",
        jwks_url=f"{LMS}/jwks",
        product=product,
        created_at=NOON,
    )
    deployment = Deployment(
        registration=registration,
        deployment_id="1",
        state=DeploymentState.ACTIVE,
        first_seen_at=NOON,
    )
    link = ResourceLink(
        deployment=deployment,
        resource_link_id="one",
        course=course,
        program=version.program_version.program,
        credential=version.credential,
        line_items_url=f"{LMS}/line-items",
        seen_at=NOON,
    )
    known = PlatformUser(registration=registration, sub="ada-7", person=person, seen_at=NOON)
    session.add_all([version, link, known, a_membership(person, course)])
    return begun(session, person, version)


@pytest.mark.parametrize(("product", "announced"), [(Product.CANVAS, 1), (Product.MOODLE, 0)])
def test_submitting_is_announced_to_canvas_and_to_nobody_else(session, noon, product, announced):
    enrolment = enrolled_from(session, product, ada(), a_credential_version())

    work = handed_in(session, rated(session, enrolment))

    deliveries = session.scalars(select(ScoreDelivery)).all()
    assert len(deliveries) == announced
    for delivery in deliveries:
        assert (delivery.event, delivery.state) == (ScoreEvent.SUBMITTED, DeliveryState.WAITING)
        assert (delivery.points, delivery.comment, delivery.sub) == (None, "", "ada-7")
        assert (delivery.review_id, delivery.submitted_at) == (work.public_id, noon)
