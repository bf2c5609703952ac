"""Keys follow each other: staged, active, retired, withdrawn (issue line 9, T-138)."""

import re
import shutil
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from lti_tool.admin.chores import keep_keys
from lti_tool.database import connect, sessions
from lti_tool.errors import NotFound
from lti_tool.jobs import JobContext
from lti_tool.keyring import KeyFolder, Keyring, KeyState, Purpose, SigningKey, Unsealable, rotation
from lti_tool.keyring.rotation import AlreadyStaged, Pace, StillSigning
from lti_tool.settings import Settings, SettingsRefused
from tests.conftest import NOON, some_settings

PACE = Pace(stage=timedelta(hours=24), keep=timedelta(days=30), every=None)
DAY = timedelta(days=1)

Act = Callable[..., object]


@pytest.fixture
def ring(settings: Settings, engine: Engine) -> Keyring:
    """The keys of a process that looks at every signature whether another one signs."""
    return Keyring.open(settings, engine, NOON, look_again=0)


@pytest.fixture
def rotate(settings: Settings, engine: Engine) -> Callable[..., str]:
    """Let another key follow; answers its name."""

    def act(purpose: Purpose = Purpose.LTI, now: datetime = NOON, *, at_once: bool = False) -> str:
        with sessions(engine).begin() as session:
            folder = KeyFolder.of(settings)
            row = rotation.rotate(session, folder, purpose, pace=PACE, now=now, at_once=at_once)
            return row.kid

    return act


@pytest.fixture
def keep(settings: Settings, engine: Engine) -> Callable[..., list[str]]:
    """What the background does every few minutes."""

    def act(now: datetime, pace: Pace = PACE) -> list[str]:
        with sessions(engine).begin() as session:
            return rotation.keep(session, KeyFolder.of(settings), pace=pace, now=now)

    return act


def states(ring: Keyring, purpose: Purpose = Purpose.LTI) -> dict[str, KeyState]:
    """Every key of a purpose and where it is in its life."""
    return {key.kid: key.state for key in ring.all() if key.purpose is purpose}


def kids(ring: Keyring) -> set[str]:
    """The names in the key set for platforms."""
    return {key["kid"] for key in ring.public_jwks()["keys"]}


@pytest.mark.row("T-138")
def test_a_new_key_is_published_a_day_before_it_signs(
    ring: Keyring, rotate: Callable[..., str], keep: Callable[..., list[str]]
) -> None:
    old = ring.lti_key().kid

    new = rotate()

    assert kids(ring) == {old, new}
    assert ring.lti_key().kid == old
    assert keep(NOON + DAY - timedelta(minutes=1)) == []
    assert ring.lti_key().kid == old
    assert keep(NOON + DAY) == [f"{new} (lti) signs"]
    assert ring.lti_key().kid == new
    assert states(ring) == {old: KeyState.RETIRED, new: KeyState.ACTIVE}


@pytest.mark.row("T-138")
def test_a_retired_key_stays_published_for_as_long_as_it_may_be_needed(
    ring: Keyring,
    settings: Settings,
    rotate: Callable[..., str],
    keep: Callable[..., list[str]],
) -> None:
    old = ring.lti_key().kid
    new = rotate()
    keep(NOON + DAY)

    keep(NOON + DAY + PACE.keep - timedelta(minutes=1))
    assert kids(ring) == {old, new}
    assert (settings.keys_dir / "lti-1.pem").exists()

    assert keep(NOON + DAY + PACE.keep) == [f"{old} (lti) is withdrawn"]
    assert kids(ring) == {new}
    assert states(ring)[old] is KeyState.WITHDRAWN
    assert not (settings.keys_dir / "lti-1.pem").exists()
    assert keep(NOON + DAY + PACE.keep) == []


def test_two_weeks_is_the_least_a_retired_key_is_kept() -> None:
    with pytest.raises(SettingsRefused, match="KEY_KEEP_DAYS"):
        Settings.load(key_keep_days=13)


def test_a_running_process_notices_a_rotation_made_by_another(
    settings: Settings,
    engine: Engine,
    ring: Keyring,
    rotate: Callable[..., str],
    keep: Callable[..., list[str]],
) -> None:
    patient = Keyring.open(settings, engine, NOON)
    old = ring.lti_key().kid

    new = rotate()
    keep(NOON + DAY)

    assert ring.lti_key().kid == new
    assert patient.lti_key().kid == old
    patient.look()
    assert patient.lti_key().kid == new


def test_a_key_is_loaded_once_and_not_for_each_signature(
    settings: Settings, engine: Engine
) -> None:
    ring = Keyring.open(settings, engine, NOON, look_again=0)
    shutil.rmtree(settings.keys_dir)

    assert len({id(ring.lti_key().private) for _ in range(5)}) == 1


def test_a_process_that_cannot_load_the_next_key_goes_on_with_the_present_one(
    settings: Settings,
    ring: Keyring,
    rotate: Callable[..., str],
    keep: Callable[..., list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    old = ring.lti_key().kid
    rotate()
    keep(NOON + DAY)
    (settings.keys_dir / "lti-2.pem").unlink()

    assert ring.lti_key().kid == old
    assert "lti-2.pem is not in the keys folder" in caplog.text


def test_the_next_key_is_not_made_twice(ring: Keyring, rotate: Callable[..., str]) -> None:
    new = rotate()

    with pytest.raises(AlreadyStaged):
        rotate()

    assert len(states(ring)) == 2
    assert new in states(ring)


def test_of_many_that_rotate_at_the_same_moment_one_succeeds(
    ring: Keyring, rotate: Callable[..., str]
) -> None:
    def one(_number: int) -> int:
        try:
            rotate()
        except AlreadyStaged:
            return 0
        return 1

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(one, range(4))) == 1

    assert list(states(ring).values()) == [KeyState.ACTIVE, KeyState.STAGED]


def test_a_stolen_key_is_followed_at_once_and_taken_off_the_set(
    ring: Keyring, settings: Settings, engine: Engine, rotate: Callable[..., str]
) -> None:
    old = ring.lti_key().kid
    with sessions(engine).begin() as session, pytest.raises(StillSigning):
        rotation.revoke(session, KeyFolder.of(settings), old, now=NOON)

    new = rotate(at_once=True)
    with sessions(engine).begin() as session:
        rotation.revoke(session, KeyFolder.of(settings), old, now=NOON)
        with pytest.raises(NotFound):
            rotation.revoke(session, KeyFolder.of(settings), "no-such", now=NOON)

    assert ring.lti_key().kid == new
    assert kids(ring) == {new}
    assert states(ring)[old] is KeyState.REVOKED
    assert not (settings.keys_dir / "lti-1.pem").exists()


def test_a_staged_key_can_be_let_sign_at_once(ring: Keyring, rotate: Callable[..., str]) -> None:
    staged = rotate()

    assert rotate(at_once=True) == staged

    assert ring.lti_key().kid == staged


def test_keys_follow_by_the_calendar_where_somebody_wants_it(
    ring: Keyring, keep: Callable[..., list[str]]
) -> None:
    every = Pace(stage=DAY, keep=30 * DAY, every=90 * DAY)
    first = ring.lti_key().kid

    assert keep(NOON + 1000 * DAY) == []  # never, unless it is set
    assert keep(NOON + 88 * DAY, every) == []
    (published,) = keep(NOON + 89 * DAY, every)
    assert ring.lti_key().kid == first
    (signs,) = keep(NOON + 90 * DAY, every)

    second = ring.lti_key().kid
    assert (published, signs) == (f"{second} (lti) is published", f"{second} (lti) signs")
    keep(NOON + 178 * DAY, every)
    assert list(states(ring).values()) == [KeyState.WITHDRAWN, KeyState.ACTIVE]
    assert len(keep(NOON + 179 * DAY, every)) == 1
    for purpose in set(Purpose) - {Purpose.LTI}:
        assert list(states(ring, purpose).values()) == [KeyState.ACTIVE]


def test_the_background_keeps_the_keys(
    settings: Settings, engine: Engine, ring: Keyring, rotate: Callable[..., str]
) -> None:
    new = rotate()

    context = JobContext(settings, engine, ring, clock=lambda: NOON + 2 * DAY)
    keep_keys(context)
    keep_keys(context)

    assert ring.lti_key().kid == new


def test_a_staged_key_whose_file_is_lost_never_signs_and_blocks_nobody(
    settings: Settings,
    ring: Keyring,
    rotate: Callable[..., str],
    keep: Callable[..., list[str]],
) -> None:
    old, lost = ring.lti_key().kid, rotate()
    (settings.keys_dir / "lti-2.pem").unlink()

    assert keep(NOON + DAY) == [f"{lost} (lti) is withdrawn: its file is lost"]

    assert ring.lti_key().kid == old
    assert rotate(now=NOON + DAY) in kids(ring)
    assert (settings.keys_dir / "lti-3.pem").exists()


def test_a_key_that_waits_and_was_lost_is_not_let_sign_in_a_hurry(
    settings: Settings, ring: Keyring, rotate: Callable[..., str]
) -> None:
    lost = rotate()
    (settings.keys_dir / "lti-2.pem").unlink()

    fresh = rotate(at_once=True)

    assert ring.lti_key().kid == fresh != lost
    assert states(ring)[lost] is KeyState.WITHDRAWN


def test_badge_keys_stay_published_for_good_and_only_their_private_part_goes(
    settings: Settings,
    ring: Keyring,
    rotate: Callable[..., str],
    keep: Callable[..., list[str]],
) -> None:
    old = ring.key(Purpose.BADGE_PROOF).kid
    new = rotate(Purpose.BADGE_PROOF)
    keep(NOON + DAY)

    keep(NOON + 1000 * DAY)

    assert [key.kid for key in ring.published(Purpose.BADGE_PROOF)] == [old, new]
    assert ring.key(Purpose.BADGE_PROOF).kid == new
    assert not (settings.keys_dir / "badge-proof-1.pem").exists()
    assert Keyring.open(settings, ring._engine, NOON).key(Purpose.BADGE_PROOF).kid == new


def test_a_new_start_finds_the_key_that_signs_and_not_the_newest_file(
    settings: Settings, engine: Engine, ring: Keyring, rotate: Callable[..., str]
) -> None:
    old = ring.lti_key().kid
    rotate()

    assert Keyring.open(settings, engine, NOON).lti_key().kid == old


def test_rows_of_before_learn_the_names_of_their_files(
    settings: Settings, engine: Engine, ring: Keyring
) -> None:
    with sessions(engine).begin() as session:
        for row in session.scalars(select(SigningKey)):
            row.file = ""

    again = Keyring.open(settings, engine, NOON)

    assert again.lti_key().kid == ring.lti_key().kid
    with sessions(engine)() as session:
        assert sorted(session.scalars(select(SigningKey.file))) == [
            "badge-jws-1.pem", "badge-jwt-1.pem", "badge-proof-1.pem", "lti-1.pem",
        ]  # fmt: skip


def test_files_that_changed_places_are_not_believed(
    settings: Settings, engine: Engine, ring: Keyring
) -> None:
    lti, jws = (settings.keys_dir / f"{name}-1.pem" for name in ("lti", "badge-jws"))
    lti.rename(settings.keys_dir / "other")
    jws.rename(lti)
    (settings.keys_dir / "other").rename(jws)
    before = states(ring)

    again = Keyring.open(settings, engine, NOON)

    assert again.lti_key().kid not in before
    assert states(again)[next(iter(before))] is KeyState.RETIRED


# -- at rest ------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path, migrated_sqlite: Path) -> Callable[..., tuple[Settings, Engine]]:
    """An installation without keys, with the secret it is given or one of its own making."""
    path = tmp_path / "cairn.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())

    def make(secret: str = "") -> tuple[Settings, Engine]:
        given = some_settings(
            f"sqlite:///{path}", tmp_path, keys_dir=tmp_path / "own", secret_key=secret
        )
        return given, connect(given.database_url)

    return make


ONE, OTHER = "one secret of more than 32 characters", "other secret of more than 32 characters"


def test_private_files_are_sealed_where_the_secret_comes_from_outside(
    place: Callable[..., tuple[Settings, Engine]],
) -> None:
    settings, engine = place(ONE)

    ring = Keyring.open(settings, engine, NOON)

    for path in settings.keys_dir.iterdir():
        assert path.read_bytes().startswith(b"-----BEGIN CAIRN SEALED KEY-----")
        assert b"PRIVATE" not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Keyring.open(settings, engine, NOON).lti_key().kid == ring.lti_key().kid


def test_files_stay_plain_where_the_secret_lies_beside_them(
    place: Callable[..., tuple[Settings, Engine]], tmp_path: Path
) -> None:
    settings, engine = place()

    Keyring.open(settings, engine, NOON)

    assert not settings.secret_is_given
    for path in settings.keys_dir.iterdir():
        assert b"BEGIN PRIVATE KEY" in path.read_bytes()
    # Handing the kept one on by the environment does not make it a secret from outside.
    kept = (tmp_path / "secret-key").read_text()
    assert not place(kept)[0].secret_is_given


def test_plain_files_are_read_and_sealed_from_the_day_a_secret_is_given(
    place: Callable[..., tuple[Settings, Engine]],
) -> None:
    settings, engine = place()
    before = Keyring.open(settings, engine, NOON).lti_key().kid

    settings, engine = place(ONE)
    after = Keyring.open(settings, engine, NOON)

    assert after.lti_key().kid == before
    for path in settings.keys_dir.iterdir():
        assert path.read_bytes().startswith(b"-----BEGIN CAIRN SEALED KEY-----")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_secret_opens_nothing_and_says_which_file(
    place: Callable[..., tuple[Settings, Engine]],
) -> None:
    Keyring.open(*place(ONE), NOON)

    for secret in (OTHER, ""):
        with pytest.raises(Unsealable, match=r"lti-1\.pem .* another CAIRN_SECRET_KEY"):
            Keyring.open(*place(secret), NOON)


def test_a_file_that_was_changed_is_not_opened(
    place: Callable[..., tuple[Settings, Engine]],
) -> None:
    settings, engine = place(ONE)
    Keyring.open(settings, engine, NOON)
    path = settings.keys_dir / "lti-1.pem"
    first, second, *rest = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([first, second[:8] + second[8:][::-1], *rest]))

    with pytest.raises(Unsealable):
        Keyring.open(settings, engine, NOON)


def test_files_are_sealed_anew_when_the_secret_changes(
    place: Callable[..., tuple[Settings, Engine]],
) -> None:
    before = Keyring.open(*place(ONE), NOON).lti_key().kid
    settings, engine = place(OTHER)
    folder = KeyFolder.of(settings)

    with pytest.raises(Unsealable):
        folder.reseal("not the former one either, however long")
    assert folder.reseal(ONE) == len(Purpose)
    assert folder.reseal(ONE) == 0

    assert Keyring.open(settings, engine, NOON).lti_key().kid == before
    leftovers = [path.name for path in settings.keys_dir.iterdir() if path.name.startswith(".")]
    assert leftovers == []


def test_nothing_of_a_private_part_is_in_the_database(
    settings: Settings, engine: Engine, ring: Keyring
) -> None:
    with sessions(engine)() as session:
        kept = [row.public_jwk for row in session.scalars(select(SigningKey))]

    assert len(kept) == len(Purpose)
    for jwk in kept:
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(jwk)
        assert not re.search("PRIVATE", str(jwk))


# -- while the database is away -----------------------------------------------------------------


def test_keys_are_signed_with_and_published_while_the_database_is_away(
    place: Callable[..., tuple[Settings, Engine]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings, engine = place(ONE)
    ring = Keyring.open(settings, engine, NOON, look_again=0)
    kid, published = ring.lti_key().kid, ring.public_jwks()
    engine.dispose()
    for path in tmp_path.glob("cairn.sqlite3*"):
        path.unlink()

    assert ring.lti_key().kid == kid
    assert ring.public_jwks() == published
    assert "the key set is the last one known" in caplog.text
