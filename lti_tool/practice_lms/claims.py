"""The claims of an id_token: what both products say alike, and what the mood adds."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lti_tool.practice_lms.mood import LIS, LTI, SCOPE_MEMBERS, SCOPE_NOTICES, SCOPES
from lti_tool.practice_lms.tokens import Claims

if TYPE_CHECKING:
    from lti_tool.practice_lms.launches import Launch
    from lti_tool.practice_lms.lms import PracticeLms

MESSAGES = {
    "resource_link": "LtiResourceLinkRequest",
    "retrieve": "LtiResourceLinkRequest",
    "review": "LtiSubmissionReviewRequest",
    "deep_linking": "LtiDeepLinkingRequest",
    "privacy": "DataPrivacyLaunchRequest",
    "eula": "LtiEulaRequest",
    "report": "LtiReportReviewRequest",
    "settings": "LtiAssetProcessorSettingsRequest",
}


MEMBERS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
GRADES_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
ADMINISTRATING = (LIS + "institution/person#Administrator", LIS + "system/person#SysAdmin")
"""The roles of who asks about a person's data; roles in courses are left out."""


def id_token_claims(lms: PracticeLms, launch: Launch, *, nonce: str, now: datetime) -> Claims:
    """Everything that the LMS signs for this launch."""
    person, course = launch.person, launch.course
    issued = int(now.timestamp())
    claims: Claims = {
        "iss": lms.issuer,
        "aud": lms.client_id,
        "sub": person.sub,
        "nonce": nonce,
        "iat": issued,
        "exp": issued + lms.mood.id_token_seconds,
        "given_name": person.given,
        "family_name": person.family,
        "name": person.name,
        "email": person.email,
        LTI + "version": "1.3.0",
        LTI + "message_type": MESSAGES[launch.message],
        LTI + "deployment_id": course.deployment_id,
        LTI + "target_link_uri": launch.target_link_uri,
        LTI + "custom": custom(lms, launch),
    }
    if launch.for_user is not None:
        claims[LTI + "for_user"] = {"user_id": launch.for_user}
    if any("lti-ags" in scope for scope in lms.scopes):
        claims[GRADES_CLAIM] = _gradebook(lms, launch)
    if launch.message == "deep_linking":
        claims["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"] = (
            lms.mood.deep_linking_settings(lms, launch)
        )
    claims.update(lms.mood.claims(lms, launch, now))
    if SCOPE_MEMBERS not in lms.scopes:
        claims.pop(MEMBERS_CLAIM, None)
    if lms.mood.notices and SCOPE_NOTICES in lms.scopes:
        claims[LTI + "platformnotificationservice"] = lms.notices.claim(course)
    if launch.message == "privacy":
        claims[LTI + "roles"] = list(ADMINISTRATING)
        for name in (LTI + "context", LTI + "lis", GRADES_CLAIM, MEMBERS_CLAIM):
            claims.pop(name, None)
    for name in lms.registrations.withholds():
        claims.pop(name, None)
    return claims


def custom(lms: PracticeLms, launch: Launch) -> dict[str, str | None]:
    """The custom parameters, those variables substituted that the product knows."""
    written = dict(lms.tool_custom)
    if launch.link is not None and launch.message != "retrieve":
        written.update(launch.link.custom)
    written.update(launch.custom)
    known = lms.mood.variables(lms, launch)
    return {
        name: known.get(value[1:], value) if value.startswith("$") else value
        for name, value in written.items()
    }


def _gradebook(lms: PracticeLms, launch: Launch) -> dict[str, object]:
    """The AGS claim; `lineitem` only while the link has exactly one column (AGS 3.1.1)."""
    endpoint: dict[str, object] = {
        "scope": [scope for scope in SCOPES if scope in lms.scopes and "lti-ags" in scope],
        "lineitems": lms.mood.columns_url(lms, launch.course),
    }
    if launch.link is not None and launch.message not in ("deep_linking", "retrieve"):
        columns = lms.school.columns_for(launch.link)
        if len(columns) == 1:
            endpoint["lineitem"] = lms.mood.column_url(lms, columns[0])
    return endpoint
