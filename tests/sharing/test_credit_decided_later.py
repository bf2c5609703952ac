"""Credit that is chosen after the award: its earner may have the badge made anew with it."""

import json
import re

import pytest
from sqlalchemy.orm import Session

from lti_tool.badges import awards, chores, corrections, documents
from lti_tool.badges.models import AwardState, Rendering
from lti_tool.credit import elections, journal, wishes
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.web.session import clock
from tests.badges.exhibition import Shown
from tests.credit.programs import ACADEMY, CHICAGO, HOURS

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ASKED = "Your badge does not say its credit yet"
SAYS = {"calendar": CHICAGO, "credit": {"choose": "one", "options": [ACADEMY, HOURS]}}


def decide(shown: Shown) -> None:
    """Let the program offer credit, and Ada choose the academy after her award."""
    with sessions(shown.engine).begin() as session:
        award = shown.award(session)
        version = award.credential_version
        version.program_version.document = {**version.program_version.document, **SAYS}
        completion = journal.completion_of(session, award.public_id)
        assert completion is not None
        completion.is_settled = False
        session.flush()
        election = wishes.open_for(session, award.person_id, version, now=clock())
        elections.elect(session, election, "academy", now=clock())


@pytest.mark.row("S1-16")
def test_a_badge_is_made_anew_with_the_credit_its_earner_chose_after_the_award(
    shown: Shown,
) -> None:
    shown.share()
    earner = shown.visitor(shown.ada)
    assert ASKED not in earner.get(shown.path).text
    decide(shown)

    page = earner.get(shown.path).text
    assert ASKED in page
    assert "It counts as Academy credit: 1 credit." in page
    assert ASKED not in shown.stranger().get(shown.path).text
    form = dict(re.findall(r'name="(form_token)" value="([^"]+)"', page))
    answer = earner.post(f"{shown.path}/credit", data=form)

    assert answer.status_code == 303
    with Session(shown.engine) as session:
        old = shown.award(session)
        fresh = corrections.replacement_of(session, old)
        assert fresh is not None
        assert answer.headers["Location"].endswith(fresh.public_id)
        assert (old.state, old.revocation_reason) == (
            AwardState.SUPERSEDED,
            corrections.CREDIT_DECIDED,
        )
        assert fresh.shared_at is None
    house = shown.app.extensions["cairn"]
    chores.sign(JobContext(house.settings, shown.engine, house.keyring), fresh.id)
    with Session(shown.engine) as session:
        said = json.loads(documents.kept(session, fresh)[Rendering.OB3_JSON])
        assert said["credentialSubject"]["creditsEarned"] == 1
        assert "**Counts as:** " in said["credentialSubject"]["narrative"]
        # What was posted stays posted, once, and goes on under the new badge.
        completion = journal.completion_of(session, fresh.public_id)
        assert completion is not None
        assert len(completion.postings) == 1
    assert ASKED not in earner.get(answer.headers["Location"]).text
    # Pressed twice, it is made anew once.
    again = earner.post(f"{shown.path}/credit", data=form)
    assert again.status_code == 303
    with Session(shown.engine) as session:
        current = awards.current_award(session, shown.ada, shown.award(session).credential_id)
        assert current is not None
        assert current.id == fresh.id
