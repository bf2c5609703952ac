"""The keyring: private keys as files, made once, public parts as rows."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import Engine

from lti_tool.database import Base, connect
from lti_tool.keyring import Keyring, KeyState, Purpose, thumbprint
from lti_tool.settings import Settings

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> tuple[Settings, Engine]:
    engine = connect(f"sqlite:///{tmp_path}/keys.db")
    Base.metadata.create_all(engine)
    return Settings(data_dir=tmp_path, keys_dir=tmp_path / "keys"), engine


def test_missing_keys_are_made_once_and_found_again(
    place: tuple[Settings, Engine],
) -> None:
    settings, engine = place

    first = Keyring.open(settings, engine, NOON)
    second = Keyring.open(settings, engine, NOON)

    for purpose in Purpose:
        assert first.key(purpose).kid == second.key(purpose).kid
    assert len(first.all()) == len(Purpose)
    assert first.key(Purpose.BADGE_PROOF).kid.startswith("z6Mk")
    assert first.key(Purpose.BADGE_JWT).algorithm == "ES256"


def test_private_files_are_readable_by_their_owner_only(
    place: tuple[Settings, Engine],
) -> None:
    settings, engine = place

    Keyring.open(settings, engine, NOON)

    files = list(settings.keys_dir.iterdir())
    assert len(files) == len(Purpose)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_many_that_start_at_once_agree_on_the_same_keys(
    place: tuple[Settings, Engine],
) -> None:
    settings, engine = place

    with ThreadPoolExecutor(4) as threads:
        rings = list(threads.map(lambda _: Keyring.open(settings, engine, NOON), range(4)))

    for purpose in Purpose:
        assert len({ring.key(purpose).kid for ring in rings}) == 1
    assert len(rings[0].all()) == len(Purpose)


@pytest.mark.row("T-138")
def test_the_key_set_for_platforms_holds_public_parts_of_lti_keys_only(
    place: tuple[Settings, Engine],
) -> None:
    settings, engine = place
    ring = Keyring.open(settings, engine, NOON)

    (jwk,) = ring.public_jwks()["keys"]

    assert set(jwk) == {"kty", "n", "e", "kid", "use", "alg"}
    assert jwk["kid"] == thumbprint(jwk) == ring.lti_key().kid
    assert isinstance(ring.lti_key().private, rsa.RSAPrivateKey)


def test_a_key_whose_file_is_lost_is_retired_and_stays_published(
    place: tuple[Settings, Engine],
) -> None:
    settings, engine = place
    old = Keyring.open(settings, engine, NOON).key(Purpose.BADGE_PROOF)
    (settings.keys_dir / "badge-proof-1.pem").unlink()

    ring = Keyring.open(settings, engine, NOON)

    states = {key.kid: key.state for key in ring.published(Purpose.BADGE_PROOF)}
    assert states == {
        old.kid: KeyState.RETIRED,
        ring.key(Purpose.BADGE_PROOF).kid: "active",
    }


def test_a_file_that_is_not_what_its_name_says_is_refused_by_name(
    place: tuple[Settings, Engine],
) -> None:
    settings, engine = place
    Keyring.open(settings, engine, NOON)
    right, wrong = (settings.keys_dir / f"{name}-1.pem" for name in ("lti", "badge-jwt"))
    right.unlink()
    wrong.rename(right)

    with pytest.raises(ValueError, match=r"lti-1\.pem"):
        Keyring.open(settings, engine, NOON)


def test_a_thumbprint_is_that_of_the_standard() -> None:
    # RFC 8037, appendix A.3: the thumbprint of the first key of RFC 8032, section 7.1
    raw = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    found = thumbprint({"x": x, "kty": "OKP", "crv": "Ed25519"})

    assert found == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
