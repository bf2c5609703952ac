"""One practice LMS: a school, a mood, keys, and what a test may ask of it directly."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from lti_tool.practice_lms import cast, state
from lti_tool.practice_lms.app import make_app
from lti_tool.practice_lms.canvas import CanvasMood
from lti_tool.practice_lms.claims import id_token_claims
from lti_tool.practice_lms.faults import Faults
from lti_tool.practice_lms.journal import Journal
from lti_tool.practice_lms.launches import Launch, Launches, Message, Target
from lti_tool.practice_lms.mood import (
    FORWARDING_FRAME,
    SCOPE_NOTICES,
    SCOPES,
    Mood,
    MoodName,
    Storage,
)
from lti_tool.practice_lms.moodle import MoodleMood
from lti_tool.practice_lms.notices import NoticeHandlers
from lti_tool.practice_lms.nrps import RosterHabits
from lti_tool.practice_lms.registration import Registrations
from lti_tool.practice_lms.school import Column, Course, Link, Person, Role, School
from lti_tool.practice_lms.tokens import (
    AccessTokens,
    Claims,
    SeenOnce,
    SigningKeys,
    ToolKeys,
    forged,
)

log = logging.getLogger("cairn.practice_lms")

MOODS: dict[MoodName, type[Mood]] = {"canvas": CanvasMood, "moodle": MoodleMood}


def system_clock() -> datetime:
    """The time now; a practice LMS is a system of its own with a clock of its own."""
    return datetime.now(UTC)


class PracticeLms:
    """One LMS with one mood, ready to be served (`server.serve`) or asked in process.

    `base_url` may be empty when `serve` chooses the port; every address is made when it is needed.
    """

    def __init__(
        self,
        *,
        mood: MoodName,
        base_url: str,
        tool_url: str,
        client_id: str | None = None,
        name: str | None = None,
        state_file: Path | None = None,
        clock: Callable[[], datetime] | None = None,
        signing_key: str | None = None,
    ) -> None:
        """An LMS with the ready-made school, or with the one kept in `state_file`.

        `signing_key` is a key as `lms.keys.pem()` gives it; many LMSs for tests share one, since
        making one takes longer than everything else here.
        """
        self.mood: Mood = MOODS[mood]()
        self.base_url = base_url.rstrip("/")
        self.tool_url = tool_url.rstrip("/")
        self.client_id = client_id or self.mood.default_client_id
        self.tool_name = "Cairn"
        self.clock = clock or system_clock
        self.tool_custom: dict[str, str] = dict(self.mood.tool_custom)
        self.scopes: tuple[str, ...] = (*SCOPES, SCOPE_NOTICES) if self.mood.notices else SCOPES
        """The services granted to the tool; an administrator may take some away."""
        self.storage: Storage = self.mood.storage
        """May be switched to another way of storing, or off (`POST /api/storage`)."""
        self.launches = Launches()
        self.picking = Launches()
        """Deep-linking requests that have not come back yet; Canvas forgets the launch before."""
        self.chosen: dict[str, list[dict[str, Any]]] = {}
        """Items that wait for the teacher's word, by the launch that brought them (Moodle)."""
        self.encodes_twice = True
        """Whether SpeedGrader's address has its query encoded once too often (canvas-lms #1486)."""
        self.faults = Faults()
        self.journal = Journal()
        self.roster = RosterHabits()
        self.access_tokens = AccessTokens()
        self.seen_jti = SeenOnce()
        self.seen_nonce = SeenOnce()
        self.sessions: dict[str, str] = {}
        """Browser session to `Person.key`."""
        self.school = School(name or f"Lakeside School ({self.mood.title})", _keeper(state_file))
        if state_file is None or not state.read(self.school, state_file):
            cast.open_school(self)
        kept = self.school.secrets.get("signing_key", signing_key)
        self.keys = SigningKeys(self.mood.key_name, kept)
        with self.school.change():
            self.school.secrets["signing_key"] = self.keys.pem()
        self.tool_keys = ToolKeys(lambda: f"{self.tool_url}/lti/jwks")
        self.notices = NoticeHandlers(self)
        """Which address hears of what."""
        self.registrations = Registrations(self)
        """Tools that register themselves."""
        self.app: Flask = make_app(self)
        """The WSGI application."""

    # -- what an administrator hands over ------------------------------------------------------

    @property
    def issuer(self) -> str:
        """The `iss` of everything it signs."""
        return self.base_url

    @property
    def auth_login_url(self) -> str:
        """The OpenID Connect authorisation address."""
        return self.base_url + self.mood.path("authorise")

    @property
    def auth_token_url(self) -> str:
        """The access-token address, also the audience of client assertions."""
        return self.base_url + self.mood.path("token")

    @property
    def jwks_url(self) -> str:
        """The address of the public keys."""
        return self.base_url + self.mood.path("jwks")

    @property
    def redirect_uri(self) -> str:
        """The one address an id_token may be sent to."""
        return f"{self.tool_url}/lti/launch"

    def registration(self) -> dict[str, Any]:
        """The registration as `cairn platform add` takes it."""
        return {
            "name": self.school.name,
            "issuer": self.issuer,
            "client_id": self.client_id,
            "auth_login_url": self.auth_login_url,
            "auth_token_url": self.auth_token_url,
            "jwks_url": self.jwks_url,
            "deployment_ids": [course.deployment_id for course in self.school.courses.values()],
            "product": self.mood.product,
            "auth_audience": None,
        }

    # -- furnishing ----------------------------------------------------------------------------

    def add_link(
        self,
        course: Course | str,
        title: str,
        *,
        custom: Mapping[str, str] | None = None,
        url: str | None = None,
        description: str = "",
        points: float | None = 100,
        origin: str = "by hand",
        hints: Mapping[str, Any] | None = None,
    ) -> Link:
        """A new activity; with `points` it has a gradebook column of its own (coupled)."""
        school = self.school
        with school.change():
            where = school.course(course) if isinstance(course, str) else course
            number = school.next_number()
            link = Link(
                id=number,
                lti_id=self.mood.long_id(school.name, "link", number),
                course_id=where.id,
                title=title,
                url=url or "",
                custom=dict(custom or {}),
                description=description,
                origin=origin,
                hints=dict(hints or {}),
            )
            school.links[link.id] = link
            if points is not None:
                self.add_column(where, title, points, link_id=link.id, coupled=True)
            return link

    def add_column(
        self,
        course: Course,
        label: str,
        maximum: float,
        *,
        link_id: str | None = None,
        resource_id: str = "",
        tag: str = "",
        coupled: bool = False,
        submission_review: dict[str, Any] | None = None,
    ) -> Column:
        """A new gradebook column."""
        school = self.school
        with school.change():
            column = Column(
                id=school.next_number(),
                course_id=course.id,
                label=label,
                maximum=maximum,
                link_id=link_id,
                resource_id=resource_id,
                tag=tag,
                coupled=coupled,
                submission_review=submission_review,
            )
            school.columns[column.id] = column
            return column

    def enrol(
        self, given: str, family: str, *, course: str = "1", role: Role = "learner"
    ) -> Person:
        """Somebody new in a course."""
        return cast.enrol(self, self.school.course(course), given, family, role)

    def override(
        self,
        column: Column | str,
        person: Person | str,
        score: float | None,
        *,
        comment: str = "",
        teacher: str = "dora",
    ) -> None:
        """A teacher sets a grade by hand, or takes the hand-set grade away (None)."""
        school = self.school
        with school.change():
            where = school.column(column) if isinstance(column, str) else column
            whose = school.person(person) if isinstance(person, str) else person
            cell = school.cell(where, whose)
            name = school.person(teacher).name
            self.mood.set_by_hand(cell, score, comment, name, self.clock())

    def rotate_keys(self) -> str:
        """Sign with a new key from now on; the earlier one stays published."""
        kid = self.keys.rotate()
        with self.school.change():
            self.school.secrets["signing_key"] = self.keys.pem()
        return kid

    # -- launching -----------------------------------------------------------------------------

    def begin_launch(
        self,
        person: Person | str,
        course: Course | str,
        link: Link | str | None = None,
        *,
        message: Message = "resource_link",
        target: Target = "iframe",
        target_link_uri: str | None = None,
        for_user: str | None = None,
        session: str | None = None,
        custom: Mapping[str, str] | None = None,
        placement: str = "",
        replaces: Link | None = None,
    ) -> Launch:
        """Remember a launch that is about to be made."""
        school = self.school
        chosen = school.link(link) if isinstance(link, str) else link
        default = chosen.url if chosen is not None and chosen.url else self.redirect_uri
        launch = self.launches.begin(
            Launch(
                person=school.person(person) if isinstance(person, str) else person,
                course=school.course(course) if isinstance(course, str) else course,
                link=chosen,
                target_link_uri=target_link_uri or default,
                started_at=self.clock(),
                message=message,
                target=target,
                for_user=for_user,
                session=session,
                custom=dict(custom or {}),
                placement=placement,
                replaces=replaces,
            )
        )
        return self.picking.begin(launch) if message == "deep_linking" else launch

    def login_request(self, launch: Launch) -> dict[str, str]:
        """The parameters of third-party initiated login for a launch."""
        return {
            "iss": self.issuer,
            "target_link_uri": launch.target_link_uri,
            "client_id": self.client_id,
            "lti_deployment_id": launch.course.deployment_id,
            **self.mood.hints(self, launch),
            **self._storage_hint(launch),
        }

    def _storage_hint(self, launch: Launch) -> dict[str, str]:
        """Where the tool may keep things in our page; a window of its own has no such page."""
        if self.storage == "off" or launch.target != "iframe":
            return {}
        frame = FORWARDING_FRAME if self.storage == "named" else "_parent"
        return {"lti_storage_target": frame}

    def id_token(self, launch: Launch, *, nonce: str, now: datetime | None = None) -> str:
        """The signed id_token of a launch."""
        claims = id_token_claims(self, launch, nonce=nonce, now=now or self.clock())
        return self.keys.sign(claims)

    def launch_form(
        self,
        person: Person | str,
        link: Link | str,
        *,
        state: str,
        nonce: str,
        message: Message = "resource_link",
        for_user: str | None = None,
        change: Callable[[Claims, dict[str, Any]], None] | None = None,
        key: Any = None,
        alg: str = "RS256",
    ) -> dict[str, str]:
        """The form that the browser would post to the tool, honest or forged.

        `change(claims, headers)` may alter both in place before signing (a header set to None is
        left out, so `headers["kid"] = None` makes a token without one); `key` and `alg` sign with
        something else (`alg="none"` signs with nothing).
        """
        chosen = self.school.link(link) if isinstance(link, str) else link
        launch = self.begin_launch(
            person,
            chosen.course_id,
            None if message == "deep_linking" else chosen,
            message=message,
            for_user=for_user,
        )
        claims = id_token_claims(self, launch, nonce=nonce, now=self.clock())
        kid, own = self.keys.current
        headers: dict[str, Any] = {"kid": kid}
        if change is not None:
            change(claims, headers)
        signing = own if key is None else key
        return {"id_token": forged(claims, headers, signing, alg), "state": state}

    @property
    def tool_origin(self) -> str:
        """Scheme, host and port of the tool."""
        parts = urlsplit(self.tool_url)
        return f"{parts.scheme}://{parts.netloc}"


def _keeper(path: Path | None) -> Callable[[School], None] | None:
    if path is None:
        return None

    def keep(school: School) -> None:
        state.write(school, path)

    return keep
