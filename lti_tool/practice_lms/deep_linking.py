"""Deep linking: the tool comes back with what was picked, and every word of it is checked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Response, jsonify, make_response, render_template, request

from lti_tool.practice_lms.mood import LTI
from lti_tool.practice_lms.oidc import onward, this_lms, wants_json
from lti_tool.practice_lms.pages import cookie_name
from lti_tool.practice_lms.school import Link
from lti_tool.practice_lms.tokens import Claims, TokenRefused, check_moments

if TYPE_CHECKING:
    from lti_tool.practice_lms.launches import Launch
    from lti_tool.practice_lms.lms import PracticeLms

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
ABSENT = object()


class NotAccepted(Exception):
    """The tool's deep-linking response is refused; the text says why."""


def come_back(**_: str) -> Response:
    """Take the signed response, keep its items as links, and lead back to the course."""
    lms = this_lms()
    now = lms.clock()
    # The launch, not a cookie, says who this is: a form posted by the tool's frame brings no
    # SameSite=Lax cookie.
    launch = lms.picking.find(request.args.get("data") or request.args.get("sesskey"), now)
    try:
        if launch is None or launch.message != "deep_linking":
            raise NotAccepted("This LMS is not waiting for a choice here, or not any more.")
        if _lost_session(lms, launch):
            return _once_more(lms)
        if "confirmed" in request.form:
            claims, items = {}, lms.chosen.pop(launch.id, [])
        else:
            claims = _checked(lms, launch)
            items = _items(lms, claims)
            _fits(lms, launch, items)
            if lms.mood.asks_before_adding and len(items) > 1 and not wants_json():
                lms.chosen[launch.id] = items
                page = render_template("confirm_added.html", course=launch.course, items=items)
                return make_response(page)
        links = [_place(lms, launch, item) for item in items]
    except (NotAccepted, TokenRefused) as refused:
        return _refusal(str(refused))
    if wants_json():
        answer = {"links": [link.id for link in links], "msg": claims.get(DL + "msg")}
        return jsonify(answer)
    page = render_template(
        "added.html", course=launch.course, links=links, message=claims.get(DL + "msg")
    )
    return make_response(page)


def _lost_session(lms: PracticeLms, launch: Launch) -> bool:
    """Whether the form came from the tool's frame and left the browser's session behind.

    Moodle's cookie is not sent with a form that another site posts.
    """
    is_signed_in = launch.session is None or request.cookies.get(cookie_name()) == launch.session
    return lms.mood.posts_again and not is_signed_in and "repost" not in request.form


def _once_more(lms: PracticeLms) -> Response:
    """The same form again from a page of this LMS, so that the session comes along."""
    fields = {"JWT": request.form.get("JWT", ""), "repost": "1"}
    address = request.full_path.rstrip("?")
    return onward("post", address, fields, f"Coming back from {lms.tool_name} …")


def _fits(lms: PracticeLms, launch: Launch, items: list[dict[str, Any]]) -> None:
    """Refuse more than the place takes."""
    takes_several = lms.mood.deep_linking_settings(lms, launch)["accept_multiple"]
    if len(items) > 1 and (launch.replaces is not None or not takes_several):
        raise NotAccepted(f"This place takes one item, and {len(items)} came.")


def _checked(lms: PracticeLms, launch: Launch) -> Claims:
    """The claims, when signature, names, moments, nonce, deployment and data are right."""
    claims = lms.tool_keys.verify(request.form.get("JWT", ""))
    stated = claims.get("aud")
    wrong = {
        "iss is not the client id": claims.get("iss") != lms.client_id,
        "aud is not this platform": lms.issuer
        not in (stated if isinstance(stated, list) else [stated]),
        "message_type is not LtiDeepLinkingResponse": claims.get(LTI + "message_type")
        != "LtiDeepLinkingResponse",
        "version is not 1.3.0": claims.get(LTI + "version") != "1.3.0",
        "deployment_id is another": claims.get(LTI + "deployment_id")
        != launch.course.deployment_id,
    }
    for words, is_wrong in wrong.items():
        if is_wrong:
            raise NotAccepted(f"{words}.")
    now = lms.clock()
    check_moments(claims, lms.mood.assertion_rules, now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce:
        raise NotAccepted("nonce is missing.")
    if not lms.seen_nonce.use(nonce, until=now + timedelta(hours=1), now=now):
        raise NotAccepted("nonce was used before.")
    wanted = lms.mood.deep_linking_settings(lms, launch).get("data", ABSENT)
    if claims.get(DL + "data", ABSENT) != wanted:  # DL 4.5.5: echoed, or not there at all
        raise NotAccepted("data is not what the request carried.")
    return claims


def _items(lms: PracticeLms, claims: Claims) -> list[dict[str, Any]]:
    """The content items, each of a kind and shape that can be kept."""
    items = claims.get(DL + "content_items", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise NotAccepted("content_items is not a list of objects.")
    for item in items:
        if item.get("type") != "ltiResourceLink":  # whatever else a place takes: ours is no editor
            raise NotAccepted(f"type {item.get('type')!r} is not accepted here.")
        empty = _null_inside(item)
        if empty:
            raise NotAccepted(f"{empty} is null; leave it out instead.")
        custom = item.get("custom", {})
        if not isinstance(custom, dict) or not all(isinstance(v, str) for v in custom.values()):
            raise NotAccepted("custom values must be texts.")
        url = item.get("url", lms.tool_url)
        if urlsplit(url)[:2] != urlsplit(lms.tool_url)[:2]:
            raise NotAccepted(f"{url} is not an address of the registered tool.")
        if not isinstance(item.get("lineItem", {}), dict):
            raise NotAccepted("lineItem is not an object.")
    return items


def _place(lms: PracticeLms, launch: Launch, item: dict[str, Any]) -> Link:
    try:
        if launch.replaces is not None:
            return lms.mood.replace(lms, launch.replaces, item)
        return lms.mood.place(lms, launch.course, item)
    except ValueError as unfit:
        raise NotAccepted(str(unfit)) from unfit


def _null_inside(value: object, path: str = "item") -> str | None:
    """The path of the first null, or None."""
    if value is None:
        return path
    pairs: list[tuple[str, object]] = []
    if isinstance(value, dict):
        pairs = [(f"{path}.{name}", inner) for name, inner in value.items()]
    elif isinstance(value, list):
        pairs = [(f"{path}[{index}]", inner) for index, inner in enumerate(value)]
    for name, inner in pairs:
        found = _null_inside(inner, name)
        if found is not None:
            return found
    return None


def _refusal(words: str) -> Response:
    if wants_json():
        response = jsonify(error=words)
    else:
        title = "The tool's choice cannot be kept"
        response = make_response(render_template("problem.html", title=title, words=words))
    response.status_code = 400
    return response
