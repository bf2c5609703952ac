"""A tool of our own that is served for a run: throwaway database and folder, our settings."""

import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import requests

from lti_tool.certification.case import Case, Outcome, Verdict
from lti_tool.certification.platform import Platform, Platforms, serving
from lti_tool.certification.school import School
from lti_tool.certification.trial import Tool, Trial, Unbegun
from lti_tool.database import sessions
from lti_tool.launch.models import Product
from lti_tool.launch.platforms import add_platform
from lti_tool.practice_lms.mood import MoodName
from lti_tool.settings import Settings
from lti_tool.walk.installation import Installation, beside, fresh_port, now, prepare, settings_for
from lti_tool.walk.journey import startable
from lti_tool.walk.visitor import Lost

UNFINISHED = (
    Unbegun, Lost, requests.RequestException, jwt.PyJWTError, LookupError, ValueError, TypeError,
    StopIteration,
)  # fmt: skip
"""What a tool can do to a case by answering with something else than what was asked for."""

MOST_LINES = 60
"""Log lines that are kept of one case."""


@dataclass
class OurTool:
    """The throwaway installation, as a case sees it."""

    installation: Installation
    program: str
    is_ours: bool = True
    schools: dict[tuple[MoodName, str], School] = field(default_factory=dict)

    def school(self, mood: MoodName, trouble: str) -> School:
        """A practice LMS beside it; each is made when it is first asked for."""
        known = self.schools.get((mood, trouble))
        if known is None:
            known = School(self, beside(self.installation, mood), trouble)
            self.schools[mood, trouble] = known
        return known

    @property
    def url(self) -> str:
        """Its address."""
        return self.installation.settings.base_url

    def register(self, platform: Platform, **changes: Any) -> None:
        """Tell it of a platform, as `cairn platform add` would."""
        facts: dict[str, Any] = {**platform.described(), "product": Product.GENERIC, **changes}
        with sessions(self.installation.engine).begin() as session:
            add_platform(session, **facts, now=now())

    def verdict(self, answer: requests.Response) -> Verdict:
        """A login or launch that is let in leads on, or to a page that goes on by itself."""
        if answer.status_code >= 500 and answer.status_code != 503:
            return Verdict.BREAKS
        is_going_on = "data-storage=" in answer.text or "data-carry=" in answer.text
        is_accepted = answer.status_code in (302, 303) or (answer.ok and is_going_on)
        return Verdict.ACCEPTS if is_accepted else Verdict.REFUSES

    def log_of(self, references: Iterable[str]) -> tuple[str, ...]:
        """The lines that carry one of these references, oldest first."""
        wanted = set(references)
        if not wanted or not self.installation.log.exists():
            return ()
        with self.installation.log.open(encoding="utf-8", errors="replace") as log:
            found = [line.rstrip("\n") for line in log if _reference(line) in wanted]
        return tuple(found[-MOST_LINES:])


def _reference(line: str) -> str:
    if not line.startswith("{"):
        return ""
    try:
        return str(json.loads(line).get("request", ""))
    except ValueError:
        return ""


@dataclass
class Stage:
    """A served tool, and the platforms that launch into it."""

    tool: Tool
    platforms: Platforms

    def run(self, case: Case) -> Outcome:
        """Try one case; whatever keeps it from its end is written down, not raised."""
        trial = Trial(self.tool, self.platforms)
        fault = ""
        try:
            case.run(trial)
        except UNFINISHED as error:
            fault = f"{type(error).__name__}: {error}"[:500]
        return trial.outcome(fault)


def throwaway_settings(folder: Path) -> Settings:
    """This installation's settings for a tool that keeps everything it has in `folder`.

    Its secret is its own, so that nothing it signs is good anywhere else.
    """
    return settings_for(folder, fresh_port(), secret_key=secrets.token_urlsafe(48))


@contextmanager
def our_stage(folder: Path) -> Iterator[Stage]:
    """Our tool on a free loopback port until the end.

    Raises:
        NotStarted: it did not come up.
    """
    installation = prepare(throwaway_settings(folder), mood="canvas")
    try:
        program, _, _ = startable(installation, None)
        installation.start()
        with serving() as platforms:
            yield Stage(OurTool(installation, program), platforms)
    finally:
        installation.stop()
