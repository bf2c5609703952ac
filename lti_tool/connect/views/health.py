"""Looking at a platform's health, from its page."""

from flask import redirect, url_for
from flask import request as http
from sqlalchemy.orm import Session

from lti_tool.connect import evidence, health
from lti_tool.connect.evidence import Evidence
from lti_tool.connect.results import Line
from lti_tool.connect.views.blueprint import Page, bp
from lti_tool.launch.connector import Service
from lti_tool.launch.models import Registration
from lti_tool.web.permissions import administrator
from lti_tool.web.session import clock, find, house, reading, transaction


@bp.post("/admin/connect/platforms/<int:registration_id>/check")
@administrator
def check(registration_id: int) -> Page:
    """Look at everything once; the LMS is asked between transactions, for seconds only."""
    watch = health.Stopwatch.start()
    with reading() as session:
        registration = find(session, Registration, id=registration_id)
        known = evidence.gather(session, registration, now=clock())
        session.expunge_all()  # rows that leave their session keep what was read
    lines = health.examine(
        house().settings,
        known,
        _service(known),
        may_write="own_column" in http.form,
        watch=watch,
        now=clock,
    )
    with transaction() as session:
        _keep(session, registration_id, lines, watch.seconds)
    return redirect(url_for(".platform", registration_id=registration_id) + "#health", 303)


def _keep(session: Session, registration_id: int, lines: list[Line], seconds: float) -> None:
    registration = find(session, Registration, id=registration_id)
    health.keep(session, registration, lines, seconds=seconds, now=clock())


def _service(known: Evidence) -> Service | None:
    """The services of the deployment whose course will be looked at."""
    link = known.gradebook or known.roster
    deployments = [link.deployment] if link is not None else known.approved
    if not deployments:
        return None
    return Service.of(
        house().engine,
        house().settings,
        house().keyring,
        deployment_pk=deployments[0].id,
        clock=clock,
    )
