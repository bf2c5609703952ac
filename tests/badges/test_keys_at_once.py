"""Keeping what a key signed and giving the key up never happen between one another."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from lti_tool.badges import compromised
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.keyring import Purpose, rotation

# SQLite has one writer at any time.
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def test_a_key_cannot_be_given_up_while_what_it_signed_is_being_kept(
    context: JobContext, engine: Engine, noon: datetime
) -> None:
    ring = context.keyring
    kid = ring.key(Purpose.BADGE_PROOF).kid
    pace = rotation.Pace.of(context.settings)

    def give_up() -> None:
        with sessions(engine).begin() as other:
            other.execute(text("SET LOCAL lock_timeout = '50ms'"))
            compromised.give_up(other, ring.folder, kid, pace=pace, actor=None, now=noon)

    with sessions(engine).begin() as keeping:
        assert compromised.still_signs(keeping, [kid])
        with pytest.raises(OperationalError, match="lock timeout"):
            give_up()
        # Others keep what they signed at the same moment.
        with sessions(engine).begin() as beside:
            assert compromised.still_signs(beside, [kid])

    give_up()
    with sessions(engine).begin() as later:
        assert not compromised.still_signs(later, [kid])
