"""Whatever is done to the keys, in whatever order: one signs, and who checks finds it (T-138)."""

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from lti_tool.database import connect, sessions
from lti_tool.keyring import Keyring, KeyState, Purpose, SigningKey, rotation
from lti_tool.keyring.rotation import AlreadyStaged, Pace
from lti_tool.settings import Settings
from tests.conftest import NOON, some_settings

PACE = Pace(stage=timedelta(hours=24), keep=timedelta(days=14), every=timedelta(days=90))
ACTS = ("rotate", "urgent", "an hour", "a day", "a fortnight", "a quarter", "lose", "restart")


@dataclass
class Installation:
    """Keys, and what somebody outside saw of them."""

    settings: Settings
    engine: Engine
    now: datetime = NOON
    signed: dict[str, datetime] = field(default_factory=dict)
    """When each key signed last."""
    seen: dict[str, datetime] = field(default_factory=dict)
    """When each key was first in the key set."""
    urgent: set[str] = field(default_factory=set)
    """Keys that were let sign at once, published or not."""

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """As a new process."""
        self.ring = Keyring.open(self.settings, self.engine, self.now, look_again=0)

    def rotate(self, *, at_once: bool = False) -> None:
        """As an operator, who may be told that it was done already."""
        try:
            with sessions(self.engine).begin() as session:
                row = rotation.rotate(
                    session, self.ring.folder, Purpose.LTI, pace=PACE, now=self.now, at_once=at_once
                )
        except AlreadyStaged:
            return
        if at_once:
            self.urgent.add(row.kid)

    def wait(self, time: timedelta) -> None:
        """Let time pass; the background looks in at the end."""
        self.now += time
        with sessions(self.engine).begin() as session:
            rotation.keep(session, self.ring.folder, pace=PACE, now=self.now)

    def lose(self) -> None:
        """Lose the private part of the key that waits, if there is one."""
        with sessions(self.engine)() as session:
            waits = select(SigningKey.file).where(SigningKey.state == KeyState.STAGED)
            for name in session.scalars(waits):
                self.ring.folder.remove(name)

    def do(self, act: str) -> None:
        """One act."""
        match act:
            case "rotate" | "urgent":
                self.rotate(at_once=act == "urgent")
            case "lose":
                self.lose()
            case "restart":
                self.restart()
            case _:
                hours = {"an hour": 1, "a day": 24, "a fortnight": 24 * 14, "a quarter": 24 * 90}
                self.wait(timedelta(hours=hours[act]))

    def look(self) -> None:
        """Sign, check, and see that everything is as it must be."""
        published = {key["kid"] for key in self.ring.public_jwks()["keys"]}
        for kid in published:
            self.seen.setdefault(kid, self.now)
        kid = self.ring.lti_key().kid
        active = [key.kid for key in self.ring.all() if key.state is KeyState.ACTIVE]
        assert kid in active
        assert len(active) == len(Purpose)
        if kid not in self.signed and self.signed and kid not in self.urgent:
            assert self.now - self.seen[kid] >= PACE.stage, "nobody had the time to see it"
        self.signed[kid] = self.now
        for one, moment in self.signed.items():
            if self.now - moment < PACE.keep:
                assert one in published, "what it signed may be on its way"


@pytest.mark.row("T-138")
@settings(max_examples=25)
@example(acts=["rotate", "lose", "urgent"])
@example(acts=["a quarter", "a day", "rotate", "lose", "a day", "restart", "a fortnight"])
@given(acts=st.lists(st.sampled_from(ACTS), min_size=1, max_size=12))
def test_one_key_signs_and_who_checks_finds_it(
    made_keys: Path, migrated_sqlite: Path, acts: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(made_keys, Path(folder) / "keys")
        shutil.copy(migrated_sqlite, Path(folder) / "cairn.sqlite3")
        given_settings = some_settings(f"sqlite:///{folder}/cairn.sqlite3", Path(folder))
        engine = connect(given_settings.database_url)
        place = Installation(given_settings, engine)
        place.look()
        for act in acts:
            place.do(act)
            place.look()
        engine.dispose()
