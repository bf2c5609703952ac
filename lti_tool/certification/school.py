"""A practice LMS beside the tool in which one person went all the way to a score."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import jwt
from sqlalchemy import select

from lti_tool.certification.platform import Platform
from lti_tool.certification.trial import SECONDS, Answer, Browser, Tool
from lti_tool.connect import invitations
from lti_tool.database import read_session, sessions
from lti_tool.launch.models import Registration
from lti_tool.people import sign_in_links
from lti_tool.walk.installation import Installation, now
from lti_tool.walk.journey import Journey
from lti_tool.walk.visitor import Lost, Page, Visitor

EXPIRED_TOKENS = "expired tokens"
NO_COLUMN = "no column"


@dataclass(frozen=True)
class Asked:
    """One request that the LMS received from the tool."""

    method: str
    path: str
    query: str
    media: str
    body: str
    status: int | None

    @property
    def told(self) -> dict[str, Any]:
        """Its body: an object as JSON, or a form."""
        if self.media.startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(self.body))
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class School:
    """One LMS in one mood. Its one journey is made when it is first asked about."""

    tool: Tool
    installation: Installation
    trouble: str = ""
    """What goes wrong on the way: one of the constants above, or nothing."""
    _lost: str = ""
    _has_gone: bool = False
    journey: Journey = field(init=False)

    def __post_init__(self) -> None:
        """Place a link in the course."""
        self.journey = Journey(self.installation, None, None)

    def go(self) -> Journey:
        """Launch, submit, assess, approve, until the score is in the gradebook; once only.

        Raises:
            Lost: it did not arrive.
        """
        if self._lost:
            raise Lost(self._lost)
        if not self._has_gone:
            try:
                self._go()
            except Lost as lost:
                self._lost = str(lost)
                raise
            self._has_gone = True
        return self.journey

    def _go(self) -> None:
        journey, lms = self.journey, self.installation.school
        if self.trouble == NO_COLUMN:
            with lms.school.change():
                for column in lms.school.columns_for(journey.link):
                    del lms.school.columns[column.id]
        journey.launch()
        journey.submit()
        journey.assess()
        if self.trouble == EXPIRED_TOKENS:
            lms.faults.switch_on("scores", "expired-tokens", count=1)
        journey.approve()
        journey.gradebook()

    def asked(self, group: str) -> list[Asked]:
        """What a service of the LMS was asked, oldest first."""
        return [
            Asked(one.method, one.path, one.query, one.media, one.body, one.status)
            for one in self.installation.school.journal.all(group)
        ]

    def assertions(self) -> list[tuple[Asked, dict[str, Any]]]:
        """Every request for a token, with the claims of its assertion."""
        return [
            (one, jwt.decode(one.told["client_assertion"], options={"verify_signature": False}))
            for one in self.asked("token")
        ]

    def header_of(self, asked: Asked) -> dict[str, Any]:
        """The header of the assertion with which a token was asked for."""
        header: dict[str, Any] = jwt.get_unverified_header(asked.told["client_assertion"])
        return header

    @cached_property
    def neighbour(self) -> str:
        """Another learner of the same course."""
        return self.installation.school.enrol("Ivan", "Marsh").key

    def review(self, person: str, of: str) -> tuple[Browser, Answer]:
        """Somebody opens somebody's work from the gradebook, as Moodle does it."""
        lms, link = self.installation.school, self.journey.link
        nowhere = Platform(url="", tool_url=self.tool.url, issuer=lms.issuer, client_id="")
        browser = Browser(self.tool, nowhere)
        launch = lms.begin_launch(person, link.course_id, link)
        answer = browser.request("GET", "/lti/login", params=lms.login_request(launch))
        begun = browser.begun_by(answer)
        form = lms.launch_form(
            person,
            link,
            state=begun.state,
            nonce=begun.nonce,
            message="review",
            for_user=lms.school.person(of).sub,
        )
        return browser, browser.request("POST", "/lti/launch", data=form)

    # -- an administrator of the tool ----------------------------------------------------------

    @cached_property
    def administrator(self) -> Visitor:
        """Somebody who came by `cairn admin link`."""
        with sessions(self.installation.engine).begin() as session:
            token = sign_in_links.make(session, now=now())
        visitor = Visitor()
        page = visitor.get(f"{self.tool.url}/admin/sign-in/{token}")
        visitor.send(page, page.form(f"/admin/sign-in/{token}"))
        return visitor

    def invitation(self) -> str:
        """A fresh registration address, as `cairn platform invite` makes it."""
        settings = self.installation.settings
        with sessions(self.installation.engine).begin() as session:
            made = invitations.make(
                session, settings, approves_deployments=False, actor=None, now=now()
            )
            return invitations.address(settings, made.token)

    def check_health(self) -> Page:
        """Look at everything between the tool and this LMS, from the administrator's page."""
        with read_session(self.installation.engine) as session:
            number = session.scalars(
                select(Registration.id).where(
                    Registration.issuer == self.installation.school.issuer
                )
            ).first()
        page = self.administrator.get(f"{self.tool.url}/admin/connect/platforms/{number}")
        return self.administrator.send(page, page.form("/check"), {"own_column": "yes"})


def published_keys(tool: Tool) -> dict[str, dict[str, Any]]:
    """The tool's public keys by their ids."""
    answer = Visitor().http.get(f"{tool.url}/lti/jwks", timeout=SECONDS)
    return {key["kid"]: key for key in answer.json()["keys"]}
