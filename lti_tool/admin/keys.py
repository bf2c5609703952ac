"""The page of signing keys: what each is for, which one signs, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lti_tool.keyring import Keyring, KeyState, PublishedKey, Purpose
from lti_tool.keyring.rotation import PRUNED, Pace
from lti_tool.settings import Settings

TITLES = {
    Purpose.LTI: "Talking to LMSs",
    Purpose.BADGE_PROOF: "Badges with a proof inside",
    Purpose.BADGE_JWT: "Badges as tokens",
    Purpose.BADGE_JWS: "Signed Open Badges 2.0",
}

STATES = {
    KeyState.STAGED: ("Published, signs later", ""),
    KeyState.ACTIVE: ("Signs", "now"),
    KeyState.RETIRED: ("Retired, still published", "good"),
    KeyState.WITHDRAWN: ("Withdrawn", ""),
    KeyState.REVOKED: ("Revoked", "stop"),
}
"""Words and mark of each state."""


@dataclass(frozen=True)
class KeyLine:
    """One key of a purpose."""

    key: PublishedKey
    words: str
    mark: str
    published_until: datetime | None
    """When a retired key is withdrawn; `None` where it never is, or was already."""


@dataclass(frozen=True)
class KeyGroup:
    """The keys of one purpose, the newest first."""

    purpose: Purpose
    title: str
    lines: Sequence[KeyLine]

    @property
    def staged(self) -> PublishedKey | None:
        """The key that signs next."""
        staged = (one.key for one in self.lines if one.key.state is KeyState.STAGED)
        return next(staged, None)


@dataclass(frozen=True)
class KeysPage:
    """The whole page."""

    groups: Sequence[KeyGroup]
    is_sealed: bool
    every: timedelta | None
    stage: timedelta
    keep: timedelta


def read(keyring: Keyring, settings: Settings) -> KeysPage:
    """Every key, in one query."""
    pace = Pace.of(settings)
    lines: dict[Purpose, list[KeyLine]] = {purpose: [] for purpose in Purpose}
    for key in reversed(keyring.all()):
        if key.holder:
            continue  # an issuer's own keys stand on the issuer's page
        words, mark = STATES[key.state]
        until = None
        if key.state is KeyState.RETIRED and key.purpose in PRUNED and key.retired_at:
            until = key.retired_at + pace.keep
        lines[key.purpose].append(KeyLine(key, words, mark, until))
    return KeysPage(
        groups=[KeyGroup(purpose, TITLES[purpose], lines[purpose]) for purpose in Purpose],
        is_sealed=keyring.folder.seals,
        every=pace.every,
        stage=pace.stage,
        keep=pace.keep,
    )


def group_of(page: KeysPage, purpose: Purpose) -> KeyGroup:
    """The group of one purpose."""
    return next(group for group in page.groups if group.purpose is purpose)
