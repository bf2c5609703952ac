"""Where an LMS's browser comes in: the launch."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from flask import g, make_response, redirect, url_for
from flask import request as http
from sqlalchemy.orm import Session

from lti_tool.launch import (
    arrival,
    attempts,
    claims,
    dates,
    deep_linking,
    privacy_requests,
    records,
    review_targets,
)
from lti_tool.launch.models import LoginAttempt, Registration, ResourceLink
from lti_tool.launch.platform_keys import PlatformKeys
from lti_tool.launch.problems import (
    METHOD,
    NOT_YOURS_TO_CHOOSE,
    REPLAY,
    LaunchProblem,
    refuse,
)
from lti_tool.launch.verification import Failed, Verified, verify
from lti_tool.launch.views import storage
from lti_tool.launch.views.blueprint import Page, bp
from lti_tool.launch.views.problem_page import problem_page
from lti_tool.launch.views.received import received
from lti_tool.launch.ways import STORED_NONCE, STORED_STATE, StorageNotAsked, Way
from lti_tool.people.models import Person
from lti_tool.people.roles import CHOOSING, Role
from lti_tool.web.observing import launched
from lti_tool.web.pages import origin_of
from lti_tool.web.permissions import public
from lti_tool.web.session import (
    begin_visit,
    clock,
    house,
    is_from_here,
    reading,
    recall_visit,
    set_visit_cookie,
    settings,
    transaction,
)

log = structlog.get_logger(__name__)

SAME_AGAIN = timedelta(seconds=60)
"""How soon the same form in the same browser counts as a second click (T-020)."""


@bp.get("/launch")
@public
def launch_by_get() -> Page:
    """Nobody can be let in by a plain link; say what to do instead (T-025)."""
    response = make_response(problem_page(refuse(METHOD)))
    response.headers["Allow"] = "POST"
    return response


@bp.post("/launch")
@public
def launch() -> Page:
    """The LMS's answer: who launches, from where, and to what. The one redirect address."""
    now = clock()
    try:
        with reading() as session:
            keys = PlatformKeys(house().engine, settings(), reading=session)
            form = _form()
            verified = verify(session, form, http.cookies, keys=keys, now=now)
        return _again(verified) if verified.is_used_up else _arrive(verified)
    except Failed as failed:
        if failed.used_up is not None:
            with transaction() as session:
                attempts.consume(session, failed.used_up, now=now)
        return problem_page(failed.problem)
    except StorageNotAsked as unasked:
        return storage.asking_page(unasked.attempt, form)
    except LaunchProblem as problem:
        return problem_page(problem)


def _form() -> Mapping[str, str]:
    """The launch form; what an LMS's page had stored counts only from a page of ours (T-018)."""
    form = received()
    if is_from_here():
        return form
    return {name: value for name, value in form.items() if name not in (STORED_STATE, STORED_NONCE)}


@dataclass(frozen=True)
class Landing:
    """Where an accepted launch leads, and the token of its visit."""

    address: str
    token: str


def _arrive(verified: Verified) -> Page:
    """Let the person in and use the login up, all in one transaction.

    It is not waited for until the disk has it: a power cut takes visit and launch along together,
    and whatever the LMS said it says again with the next click.
    """
    message = verified.launch
    try:
        with transaction(durable=False) as session:
            landing = _let_in(session, verified)
    except LaunchReused:
        return _again(verified)
    except LaunchProblem as refused:
        problem = _refused(verified, refused).with_way_back(message.return_url)
        problem.seen = verified.seen()
        return problem_page(problem)
    log.info(
        "launch.accepted",
        **verified.seen().facts(),
        message=message.message.value,
        skew_seconds=round(verified.skew),
    )
    launched("accepted")
    if verified.way is Way.PLATFORM_STORAGE:
        return storage.carrying_page(landing.address, landing.token)
    response = make_response(redirect(landing.address, 303))
    set_visit_cookie(response, landing.token)
    response.headers["Cache-Control"] = "no-store"
    return response


class LaunchReused(Exception):
    """Somebody else used the login up first; nothing of this launch is kept."""


def _let_in(session: Session, verified: Verified) -> Landing:
    message = verified.launch
    known = arrival.look_up(session, verified.registration_id, message)
    deployment = arrival.admit(session, known, message.deployment_id, now=clock())
    arrival.check(deployment)
    privacy_requests.check(message)
    arrived = arrival.receive(session, known, deployment, message, now=clock())
    if message.message is claims.Message.DEEP_LINKING and arrived.role not in CHOOSING:
        raise refuse(NOT_YOURS_TO_CHOOSE, ("role", arrived.role.value, "instructor or designer"))
    link = arrived.resource_link
    visit_id, token = begin_visit(
        session,
        person=arrived.person,
        role=arrived.role,
        course=arrived.course,
        resource_link_id=link.id if link else None,
        is_preview=arrived.is_preview,
        watched=arrived.watched,
        dates=dates.read(message.custom),
        return_url=message.return_url,
        frame_origins=_origins(known.registration, message),
        way=verified.way,
        by_token=verified.way is Way.PLATFORM_STORAGE,
        now=clock(),
    )
    if not attempts.consume(session, verified.attempt_id, visit_id=visit_id, now=clock()):
        raise LaunchReused
    if message.message is claims.Message.DEEP_LINKING:
        deep_linking.ask(session, visit_id, deployment, message, now=clock())
    if message.message is claims.Message.DATA_PRIVACY:
        privacy_requests.ask(session, visit_id, verified.registration_id, message, now=clock())
    records.keep(
        session,
        records.ACCEPTED,
        verified.seen(),
        person_id=arrived.person.id,
        reference=g.correlation_id,
        way=verified.way,
        now=clock(),
    )
    address = _address(session, verified, link, person=arrived.person, role=arrived.role)
    return Landing(address, token)


def _refused(verified: Verified, problem: LaunchProblem) -> LaunchProblem:
    """Keep what stays of a refused launch: the login is used up, its deployment written down."""
    with transaction() as session:
        attempts.consume(session, verified.attempt_id, now=clock())
        known = arrival.look_up(session, verified.registration_id, verified.launch)
        name = verified.launch.deployment_id
        deployment = arrival.admit(session, known, name, now=clock())
        try:
            arrival.check(deployment)
        except LaunchProblem as not_admitted:
            return not_admitted  # with the number that the deployment keeps
    return problem


def _address(
    session: Session,
    verified: Verified,
    link: ResourceLink | None,
    *,
    person: Person,
    role: Role,
) -> str:
    """Where a launch leads. Only our own addresses, whatever the message names (T-062)."""
    message = verified.launch
    if message.message is claims.Message.DEEP_LINKING:
        return url_for(".choose")
    if message.message is claims.Message.DATA_PRIVACY:
        return url_for("privacy.asked")
    target = review_targets.find(
        session,
        verified.registration_id,
        message,
        person=person,
        role=role,
        base_url=settings().base_url,
        now=clock(),
    )
    if target is not None:
        return _work(target)
    if link is not None and link.program is None:
        return url_for(".choose_for_link")
    return url_for("home.show")


def _work(target: review_targets.Target) -> str:
    """The page of a work, or of those among which it is."""
    match target:
        case review_targets.OneWork(public_id):
            return url_for(".review", public_id=public_id)
        case review_targets.AnyWork(credential_id):
            return url_for("review.of_anybody", credential_id=credential_id)
        case review_targets.SomebodysWork(person_id, credential_id, part_slug):
            part = part_slug or None
            return url_for("review.of", person_id=person_id, credential_id=credential_id, part=part)


def _again(verified: Verified) -> Page:
    """The same form a second time: back to the visit it became, or refused (T-020)."""
    present = recall_visit()
    with reading() as session:
        attempt = session.get_one(LoginAttempt, verified.attempt_id)
        is_theirs = present is not None and attempt.visit_id == present.id
        is_soon = attempt.consumed_at is not None and clock() - attempt.consumed_at <= SAME_AGAIN
        if present is not None and is_theirs and is_soon:
            link = None
            if present.resource_link_id is not None:
                link = session.get(ResourceLink, present.resource_link_id)
            person = session.get_one(Person, present.person_id)
            there = _address(session, verified, link, person=person, role=present.role)
            return redirect(there, 303)
    problem = refuse(REPLAY).with_way_back(verified.launch.return_url)
    problem.seen = verified.seen()
    return problem_page(problem)


def _origins(registration: Registration, message: claims.Launch) -> list[str]:
    """The sites whose pages may show ours in a frame: those this LMS is known to use."""
    addresses = [registration.issuer, registration.auth_login_url, message.return_url or ""]
    addresses.append(message.memberships_url or "")
    if message.gradebook is not None:
        addresses.append(message.gradebook.line_items_url or "")
    addresses.append(str((message.deep_linking or {}).get("deep_link_return_url", "")))
    origins = {origin_of(address) for address in addresses}
    # The policy is a header: nothing that could end it or begin another may stand in it.
    return sorted(one for one in origins if re.fullmatch(r"https?://[\w.\-\[\]:]+", one))
