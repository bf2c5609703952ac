"""Who and what an LMS knew while the tool was an LTI 1.1 tool there (T-082)."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from lti_tool.database import sessions
from lti_tool.launch import platforms
from lti_tool.launch.models import LegacyId, PlatformUser, Registration, ResourceLink
from lti_tool.people.models import Person
from lti_tool.settings import Settings
from tests.builders import NOON, a_credential_version
from tests.launch.kit import Browser, problem

KEY, SECRET = "old-key", "an old shared secret"


@pytest.fixture
def migrating(engine: Engine, settings: Settings, browser: Browser) -> Registration:
    """The platform's registration, with the key and the secret of LTI 1.1."""
    with sessions(engine).begin() as session:
        row = session.scalars(select(Registration)).one()
        platforms.change(
            session, row, settings=settings, actor=None, now=NOON, legacy=(KEY, SECRET)
        )
    return row


def launch(
    browser: Browser,
    *,
    secret: str = SECRET,
    claim: dict[str, Any] | None = None,
    over: dict[str, Any] | None = None,
    **told: Any,
) -> int:
    """A launch with a signed migration claim; `over` changes what the signature is made over."""
    platform = browser.platform
    begun = browser.begin()
    claims = platform.claims(begun.nonce, **told)
    base = {
        "key": KEY,
        "deployment": platform.deployment_id,
        "iss": platform.issuer,
        "client": platform.client_id,
        "exp": claims["exp"],
        "nonce": begun.nonce,
    } | (over or {})
    words = "&".join(str(part) for part in base.values())
    digest = hmac.new(secret.encode(), words.encode(), hashlib.sha256).digest()
    signed = {
        "user_id": "old-ada",
        "resource_link_id": "old-link",
        "oauth_consumer_key": KEY,
        "oauth_consumer_key_sign": base64.b64encode(digest).decode(),
    } | (claim or {})
    claims["https://purl.imsglobal.org/spec/lti/claim/lti1p1"] = signed
    answer = browser.post(begun.state, platform.sign(claims))
    assert answer.status_code == 303, problem(answer)
    return answer.status_code


def known(engine: Engine) -> dict[str, str]:
    """Each legacy id with its kind."""
    with sessions(engine)() as session:
        return dict(session.execute(select(LegacyId.value, LegacyId.kind)).all())


def people(engine: Engine) -> int:
    """How many people there are."""
    with sessions(engine)() as session:
        return len(session.scalars(select(Person)).all())


@pytest.mark.row("T-082")
def test_a_proven_claim_joins_who_is_known_by_the_old_id(
    browser: Browser, engine: Engine, migrating: Registration
) -> None:
    """T-082: one person, whatever `sub` the LMS sends after it moved."""
    launch(browser, sub="first")
    assert known(engine) == {"old-ada": "user", "old-link": "link"}

    launch(browser, sub="second", name="Ada Bloom")

    assert people(engine) == 1
    with sessions(engine)() as session:
        users = session.scalars(select(PlatformUser).order_by(PlatformUser.sub)).all()
        assert [user.sub for user in users] == ["first", "second"]
        assert users[0].person_id == users[1].person_id
    launch(browser, sub="third", claim={"user_id": "old-ben"})
    assert people(engine) == 2


@pytest.mark.row("T-082")
def test_a_proven_claim_opens_what_the_old_link_opened(
    browser: Browser, engine: Engine, migrating: Registration
) -> None:
    """T-082: a link that came with new ids and no choice opens what it did before."""
    version = a_credential_version()
    with sessions(engine).begin() as session:
        session.add(version)
    slugs = {"program": version.credential.program.slug, "credential": version.credential.slug}
    launch(browser, custom=slugs, resource_link={"id": "before"})

    launch(browser, resource_link={"id": "after"})

    with sessions(engine)() as session:
        link = session.scalars(
            select(ResourceLink).where(ResourceLink.resource_link_id == "after")
        ).one()
        assert link.credential_id == version.credential.id


@pytest.mark.row("T-082")
def test_ids_that_are_left_out_are_those_of_lti_1_3(
    browser: Browser, engine: Engine, migrating: Registration
) -> None:
    """T-082: the claim names only what differs."""
    launch(browser, sub="same", claim={"user_id": "", "resource_link_id": None})

    assert known(engine) == {"same": "user", "link-1": "link"}


@pytest.mark.row("T-082")
@pytest.mark.parametrize(
    "forged",
    [
        {"secret": "another secret"},
        {"claim": {"oauth_consumer_key": "another-key"}},
        {"claim": {"oauth_consumer_key_sign": ""}},
        {"claim": {"oauth_consumer_key_sign": "ü"}},
        {"claim": {"oauth_consumer_key_sign": 5}},
        {"over": {"nonce": "of another launch"}},
        {"over": {"deployment": "2"}},
        {"over": {"iss": "https://else.example"}},
        {"over": {"client": "tool-2"}},
        {"over": {"exp": 1}},
    ],
)
def test_a_claim_that_is_not_proven_joins_nobody(
    browser: Browser,
    engine: Engine,
    migrating: Registration,
    capsys: pytest.CaptureFixture[str],
    forged: dict[str, Any],
) -> None:
    """T-082: the launch goes on as if it said nothing, and the log says why."""
    launch(browser, sub="victim")

    launch(browser, sub="mallory", **forged)

    assert people(engine) == 2
    assert "launch.legacy-unproven" in "".join(capsys.readouterr())


@pytest.mark.row("T-082")
def test_without_a_key_of_lti_1_1_every_claim_is_ignored(browser: Browser, engine: Engine) -> None:
    """T-082: nobody is joined unless an administrator asked for it."""
    launch(browser, sub="first")
    launch(browser, sub="second")
    assert browser.launch(sub="third", lti11_legacy_user_id="old-ada").status_code == 303

    assert known(engine) == {}
    assert people(engine) == 3


@pytest.mark.row("T-082")
def test_canvas_s_own_claim_counts_under_the_same_condition(
    browser: Browser, engine: Engine, migrating: Registration
) -> None:
    """T-082: it stands in the signed token of that very registration."""
    launch(browser, sub="first")

    assert browser.launch(sub="second", lti11_legacy_user_id="old-ada").status_code == 303

    assert people(engine) == 1


@pytest.mark.row("T-082")
@pytest.mark.parametrize("claim", ["text", [1], 5, {}, {"oauth_consumer_key": 5}])
def test_a_claim_of_any_other_shape_is_as_good_as_none(
    browser: Browser, engine: Engine, migrating: Registration, claim: object
) -> None:
    """T-082: never 500."""
    assert browser.launch(lti1p1=claim).status_code == 303
    assert known(engine) == {}


@pytest.mark.row("T-082")
def test_the_old_secret_is_sealed(
    engine: Engine, migrating: Registration, another_browser: Callable[[], Browser]
) -> None:
    """T-082: a copy of the database alone is worth nothing."""
    with sessions(engine)() as session:
        row = session.scalars(select(Registration)).one()
        assert SECRET not in row.legacy_secret
        assert SECRET not in repr(row)
        assert len(row.legacy_secret) > 40
