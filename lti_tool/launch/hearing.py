"""Asking a platform to send us notices: our address for each kind we act on (PNS 1.0; T-137)."""

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from lti_tool import jobs
from lti_tool.background import JobContext
from lti_tool.launch.claims import NOTICE_HANDLERS, NoticeService, text
from lti_tool.launch.connector import ScopeMissing, Service, TokenRefused, Unreachable
from lti_tool.launch.models import Deployment, DeploymentState
from lti_tool.launch.upkeep import keep

log = structlog.get_logger(__name__)

HELLO = "LtiHelloWorldNotice"
CONTEXT_COPY = "LtiContextCopyNotice"

HEARD = (CONTEXT_COPY, HELLO)
"""The kinds we ask for: a copied course, and the one by which an administrator tries the way."""

PATH = "/lti/notices"

JOB = "launch.hear-notices"


def note_offer(
    session: Session, deployment: Deployment, offered: NoticeService | None, *, now: datetime
) -> None:
    """Keep what a launch says of notices; where that is new, ask in the background.

    At most once an hour: a platform that says something else each time costs no more than that.
    """
    if offered is None:
        return
    kinds = list(offered.kinds)
    if (deployment.notices_url, deployment.notices_offered) == (offered.url, kinds):
        return
    # At another address nothing has been asked for yet.
    heard = deployment.notices_heard if deployment.notices_url == offered.url else []
    keep(deployment, notices_url=offered.url, notices_offered=kinds, notices_heard=heard)
    if lacks(deployment, deployment.notices_handler):
        session.flush()  # the job is told the row's id
        jobs.enqueue(session, JOB, deployment.id, key=f"{deployment.id}-{now:%Y%m%d%H}")


def lacks(deployment: Deployment, handler: str) -> list[str]:
    """The kinds it can send, we act on, and it does not send to this address of ours yet."""
    heard = deployment.notices_heard if deployment.notices_handler == handler else []
    return [kind for kind in HEARD if kind in deployment.notices_offered and kind not in heard]


def hear(context: JobContext, deployment_pk: int) -> None:
    """Give the platform our address for every kind it lacks. Safe to repeat.

    Raises `Unreachable`, so that the job is tried again; refusals are kept in words, and a sweep
    comes back to them the next day.
    """
    handler = context.settings.base_url + PATH
    with context.read() as session:
        deployment = session.get(Deployment, deployment_pk)
        if deployment is None or deployment.state is not DeploymentState.ACTIVE:
            return
        url, kinds = deployment.notices_url, lacks(deployment, handler)
        heard = set(deployment.notices_heard) if deployment.notices_handler == handler else set()
    if url is None or not kinds:
        return
    words = ""
    try:
        service = Service.of(
            context.engine,
            context.settings,
            context.keyring,
            deployment_pk=deployment_pk,
            clock=context.now,
        )
        for kind in kinds:
            answer = service.call(
                "PUT", url, scopes=[NOTICE_HANDLERS], json={"notice_type": kind, "handler": handler}
            )
            if answer.ok:
                heard.add(kind)
            else:
                words = f"{kind}: status {answer.status} {text(answer.text, 200)}".strip()
    except (ScopeMissing, TokenRefused) as refusal:
        words = str(refusal)
    except Unreachable as trouble:
        _keep(context, deployment_pk, url, heard, words=str(trouble))
        raise
    _keep(context, deployment_pk, url, heard, words=words)
    log.info("launch.notices-asked", deployment=deployment_pk, heard=sorted(heard), words=words)


def _keep(
    context: JobContext, deployment_pk: int, url: str, heard: set[str], *, words: str
) -> None:
    handler = context.settings.base_url + PATH
    with context.sessions() as session:
        deployment = session.get(Deployment, deployment_pk)
        if deployment is None or deployment.notices_url != url:
            return  # a launch named another address meanwhile, and has asked anew
        keep(deployment, notices_handler=handler, notices_heard=sorted(heard), notices_words=words)
