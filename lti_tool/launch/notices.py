"""Notices a platform sends: each is checked like a launch, kept once, and acted on later (T-137).

The platform waits for our answer and does not ask again (Canvas never does), so a good notice is
kept in the transaction that answers; what follows from it is a job's.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool import jobs
from lti_tool.launch import claims
from lti_tool.launch.claims import LTI
from lti_tool.launch.hearing import CONTEXT_COPY, HEARD
from lti_tool.launch.models import (
    ContextOrigin,
    Deployment,
    DeploymentState,
    Notice,
    Registration,
)
from lti_tool.launch.platform_keys import PlatformKeys
from lti_tool.launch.problems import (
    CLAIM_INVALID,
    CLAIM_MISSING,
    DEPLOYMENT_BLOCKED,
    DEPLOYMENT_PENDING,
    MALFORMED,
    REPLAY,
    UNKNOWN_PLATFORM,
    UNSUPPORTED_MESSAGE,
    LaunchProblem,
    refuse,
)
from lti_tool.launch.tool_conf import Received
from lti_tool.launch.verification import Message

NOTICE = LTI + "notice"
ORIGINS = LTI + "origin_contexts"

MOST = 100
"""Notices in one request; Canvas sends one."""

MOST_ORIGINS = 20
"""Courses that one copy may name; Canvas names one."""

JOB = "launch.act-on-notice"


@dataclass(frozen=True)
class Told:
    """A notice that was found in order."""

    registration_id: int
    deployment_pk: int
    notice_id: str
    nonce: str
    kind: str
    context_id: str
    origins: Sequence[str]


class SignedNotice(Message):
    """A notice's token: checked as a launch's, but it answers no login."""

    def __init__(self, token: str, session: Session, keys: PlatformKeys, now: datetime) -> None:
        super().__init__(Received({"id_token": token}), session, {}, keys, now)
        self.session = session
        self.row: Registration | None = None

    @property
    def platform(self) -> Registration:
        """The platform that the token names."""
        if self.row is None:
            raise refuse(UNKNOWN_PLATFORM)
        return self.row

    def tell(self) -> Told:
        """Check everything. Raises `LaunchProblem`."""
        self.validate_jwt_format()
        self.row = self._named()
        self.validate_jwt_signature()
        self.validate_times()
        self.validate_audience()
        if self.body.get(claims.VERSION) != "1.3.0":
            raise refuse(CLAIM_INVALID, ("version", self.body.get(claims.VERSION), "1.3.0"))
        notice = claims.mapping(self.body, NOTICE)
        kind = notice.get("type")
        if kind not in HEARD:
            raise refuse(UNSUPPORTED_MESSAGE, ("notice.type", kind, ", ".join(HEARD)))
        context = claims.mapping(self.body, claims.CONTEXT)
        is_copy = kind == CONTEXT_COPY
        return Told(
            registration_id=self.platform.id,
            deployment_pk=self._deployment().id,
            notice_id=claims.identifier(notice, "id", shown="notice.id"),
            nonce=claims.identifier(self.body, "nonce"),
            kind=kind,
            context_id=claims.identifier(context, "id", shown="context.id") if is_copy else "",
            origins=self._origins() if is_copy else (),
        )

    def _named(self) -> Registration:
        """The registration of issuer and audience, which nobody has proven yet."""
        issuer, audience = self.body.get("iss"), self.body.get("aud")
        named = [audience] if isinstance(audience, str) else audience
        if not isinstance(issuer, str) or not isinstance(named, list) or len(named) > 20:
            raise refuse(CLAIM_MISSING, ("iss", issuer), ("aud", audience))
        clients = [one for one in named if isinstance(one, str) and claims.text(one, 255) == one]
        rows = self.session.scalars(
            select(Registration).where(
                Registration.issuer == claims.text(issuer, 4096),
                Registration.client_id.in_(clients),
            )
        ).all()
        if len(rows) != 1:
            raise refuse(UNKNOWN_PLATFORM, ("iss", issuer), ("aud", audience))
        return rows[0]

    def _deployment(self) -> Deployment:
        named = claims.identifier(self.body, claims.DEPLOYMENT_ID)
        found = self.session.scalars(
            select(Deployment).where(
                Deployment.registration_id == self.platform.id, Deployment.deployment_id == named
            )
        ).one_or_none()
        if found is None or found.state is DeploymentState.PENDING:
            raise refuse(DEPLOYMENT_PENDING, ("deployment_id", named, "one that was approved"))
        if found.state is DeploymentState.BLOCKED:
            raise refuse(DEPLOYMENT_BLOCKED, ("deployment_id", named, "one that was approved"))
        return found

    def _origins(self) -> Sequence[str]:
        value = self.body.get(ORIGINS)
        if not isinstance(value, list) or not value or len(value) > MOST_ORIGINS:
            raise refuse(CLAIM_INVALID, ("origin_contexts", value, "a list of course ids"))
        return tuple(claims.identifier({"id": one}, "id", shown="origin_contexts") for one in value)


def tokens_of(body: object) -> Sequence[object]:
    """What is said to be tokens, in order. Raises `LaunchProblem` where the body is no list."""
    notices = body.get("notices") if isinstance(body, dict) else None
    if not isinstance(notices, list) or len(notices) > MOST:
        raise refuse(MALFORMED, ("notices", type(notices).__name__, f"a list of at most {MOST}"))
    return [one.get("jwt") if isinstance(one, dict) else None for one in notices]


def check(
    session: Session, tokens: Sequence[object], keys: PlatformKeys, *, now: datetime
) -> list[Told | LaunchProblem]:
    """Each notice, or why it is refused, in order. `session` is only read from."""
    results: list[Told | LaunchProblem] = []
    for token in tokens:
        try:
            if not isinstance(token, str):
                raise refuse(MALFORMED, ("jwt", type(token).__name__, "a signed token"))
            results.append(SignedNotice(token, session, keys, now).tell())
        except LaunchProblem as problem:
            results.append(problem)
    return results


def keep(session: Session, told: Told, *, now: datetime) -> bool:
    """Keep a notice and ask for what follows from it; false where it was kept before.

    Raises `LaunchProblem`: another notice came with the same nonce.
    """
    digest = hashlib.sha256(told.nonce.encode()).hexdigest()
    try:
        with session.begin_nested():
            notice = Notice(
                registration_id=told.registration_id,
                deployment_id=told.deployment_pk,
                notice_id=told.notice_id,
                nonce_digest=digest,
                kind=told.kind,
                context_id=told.context_id,
                origins=list(told.origins),
                received_at=now,
            )
            session.add(notice)
    except IntegrityError:
        same = select(Notice.id).where(
            Notice.registration_id == told.registration_id, Notice.notice_id == told.notice_id
        )
        if session.scalar(same) is None:
            raise refuse(REPLAY, ("nonce", "one that was used before")) from None
        return False
    jobs.enqueue(session, JOB, notice.id, key=str(notice.id))
    return True


def act_on(session: Session, notice: Notice, *, now: datetime) -> None:
    """What follows from a notice. Safe to repeat."""
    if notice.done_at is not None:
        return
    if notice.kind == CONTEXT_COPY:
        _note_copy(session, notice, now=now)
    notice.done_at = now


def _note_copy(session: Session, notice: Notice, *, now: datetime) -> None:
    known = set(
        session.scalars(
            select(ContextOrigin.origin_id).where(
                ContextOrigin.registration_id == notice.registration_id,
                ContextOrigin.context_id == notice.context_id,
            )
        )
    )
    for origin in dict.fromkeys(notice.origins):
        if origin not in known and origin != notice.context_id:
            session.add(
                ContextOrigin(
                    registration_id=notice.registration_id,
                    context_id=notice.context_id,
                    origin_id=origin,
                    copied_at=now,
                )
            )


def forget(session: Session, *, before: datetime) -> int:
    """Delete notices that were acted on and are too old to come again; how many."""
    old = select(Notice).where(Notice.received_at < before, Notice.done_at.is_not(None))
    rows = session.scalars(old.limit(1000)).all()
    for row in rows:
        session.delete(row)
    return len(rows)


def undone(session: Session, *, before: datetime) -> Sequence[int]:
    """Ids of notices that should have been acted on by now."""
    waiting = select(Notice.id).where(Notice.done_at.is_(None), Notice.received_at < before)
    return session.scalars(waiting.order_by(Notice.id).limit(500)).all()
