"""LTI role URIs turned into our roles: what somebody is in *this* course decides (T-065…T-079)."""

from collections.abc import Iterable
from dataclasses import dataclass

from lti_tool.people.roles import Role

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"

_BY_CONTEXT = {
    "Instructor": Role.INSTRUCTOR,
    "ContentDeveloper": Role.DESIGNER,
    "Learner": Role.LEARNER,
    "Mentor": Role.OBSERVER,
    "Administrator": Role.OFFICER,
    # LTI 1.1 systems send the sub-role alone, in the short form.
    "TeachingAssistant": Role.INSTRUCTOR,
    "Student": Role.LEARNER,
}
_ASSISTING = frozenset(
    {
        "TeachingAssistant",
        "TeachingAssistantGroup",
        "TeachingAssistantOffering",
        "TeachingAssistantSection",
        "TeachingAssistantSectionAssociation",
        "TeachingAssistantTemplate",
    }
)
_OFFICERS = frozenset({"Administrator", "SysAdmin", "SysSupport"})
_ADMINISTRATORS = frozenset({"Administrator", "SysAdmin"})
_FIRST = (Role.INSTRUCTOR, Role.DESIGNER, Role.LEARNER, Role.OBSERVER, Role.OFFICER)
"""Which counts where somebody is several things in one course."""


@dataclass(frozen=True)
class Standing:
    """What a launch says of a person: the role in this course, and whether they are real."""

    role: Role
    is_test_user: bool = False
    is_assistant: bool = False
    """Teaches, but only as somebody's assistant: what that allows is the deployment's to say."""


def read(roles: Iterable[str]) -> Standing:
    """The standing that follows from a launch's role URIs.

    Only context roles make a learner or a teacher: Canvas sends what somebody is in *other*
    courses as institution roles. Unknown or missing roles give the least privilege.
    """
    given = list(dict.fromkeys(roles))
    held = {role for uri in given if (role := _in_context(uri))}
    if not held and any(_is_officer(uri) for uri in given):
        held = {Role.OFFICER}
    role = next((role for role in _FIRST if role in held), Role.VISITOR)
    return Standing(
        role=role,
        is_test_user=TEST_USER in given,
        is_assistant=role is Role.INSTRUCTOR and _only_assists(given),
    )


def _only_assists(given: Iterable[str]) -> bool:
    """Whether all that makes somebody teach here is the sub-role of an assistant.

    Canvas sends `#Instructor` beside `/Instructor#TeachingAssistant`, as A.2.3.1 asks; a sub-role
    of any other kind, such as `/Instructor#PrimaryInstructor`, makes it an instructor's after all.
    """
    teaching = {
        uri.removeprefix(MEMBERSHIP).replace("urn:lti:role:ims/lis/", "")
        for uri in given
        if _in_context(uri) is Role.INSTRUCTOR
    }
    assisting = {uri for uri in teaching if uri.split("#")[-1].split("/")[0] in _ASSISTING}
    return bool(assisting) and teaching - assisting <= {"#Instructor", "Instructor"}


def _in_context(uri: str) -> Role | None:
    if uri.startswith(MEMBERSHIP):
        # `membership#Instructor`, or `membership/Instructor#TeachingAssistant` for a sub-role.
        rest = uri.removeprefix(MEMBERSHIP)
        name = rest[1:].split("#")[0] if rest.startswith("/") else rest.removeprefix("#")
        return _BY_CONTEXT.get(name)
    return (
        _BY_CONTEXT.get(uri.removeprefix("urn:lti:role:ims/lis/").split("/")[0])
        if ("://" not in uri and uri != "Administrator")
        else None
    )


def administers(roles: Iterable[str]) -> bool:
    """Whether somebody runs the institution or the LMS, whatever they are in courses (T-135).

    Support staff and the short forms of LTI 1.1 are not enough to ask for a person's data.
    """
    held = {f"{prefix}{name}" for prefix in (INSTITUTION, SYSTEM) for name in _ADMINISTRATORS}
    return any(uri in held for uri in roles)


def _is_officer(uri: str) -> bool:
    if uri == "Administrator":
        return True
    for prefix in (INSTITUTION, SYSTEM):
        if uri.startswith(prefix):
            return uri.removeprefix(prefix) in _OFFICERS
    return False
