"""Role URIs (LTI Core 1.3, A.2; T-065…T-079)."""

import pytest

from lti_tool.launch.roles import Standing, read
from lti_tool.people.roles import Role

CONTEXT = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"


@pytest.mark.row("T-065")
@pytest.mark.row("T-070")
@pytest.mark.parametrize("roles", [[], ["urn:x"], [CONTEXT + "#Conjurer"], [""], ["Membership"]])
def test_no_known_role_gives_the_least_privilege(roles: list[str]) -> None:
    """T-065, T-070."""
    assert read(roles).role is Role.VISITOR


@pytest.mark.row("T-067")
@pytest.mark.row("T-069")
@pytest.mark.parametrize(
    ("role", "ours"),
    [
        (CONTEXT + "#Instructor", Role.INSTRUCTOR),
        (CONTEXT + "#Learner", Role.LEARNER),
        (CONTEXT + "#ContentDeveloper", Role.DESIGNER),
        (CONTEXT + "#Mentor", Role.OBSERVER),
        ("Instructor", Role.INSTRUCTOR),
        ("Learner", Role.LEARNER),
        ("urn:lti:role:ims/lis/Learner", Role.LEARNER),
        ("urn:lti:role:ims/lis/Instructor/GuestInstructor", Role.INSTRUCTOR),
    ],
)
def test_full_and_short_roles_mean_the_same(role: str, ours: Role) -> None:
    """T-067, T-069, T-079."""
    assert read([role]).role is ours


@pytest.mark.row("T-068")
def test_the_context_role_decides_among_many() -> None:
    """T-068."""
    many = [INSTITUTION + "Student", SYSTEM + "User", CONTEXT + "#Instructor", CONTEXT + "#Mentor"]

    assert read(many).role is Role.INSTRUCTOR


@pytest.mark.row("T-074")
@pytest.mark.parametrize(
    "role",
    [INSTITUTION + "Administrator", SYSTEM + "Administrator", SYSTEM + "SysAdmin", "Administrator"],
)
def test_administrators_of_the_lms_do_not_teach_by_that(role: str) -> None:
    """T-074: they look."""
    assert read([role]).role is Role.OFFICER
    assert read([role, CONTEXT + "#Learner"]).role is Role.LEARNER
    assert read([role, CONTEXT + "#Instructor"]).role is Role.INSTRUCTOR


@pytest.mark.row("T-075")
def test_who_teaches_elsewhere_learns_here() -> None:
    """T-075: Canvas sends what somebody is in all courses as institution roles."""
    assert read([INSTITUTION + "Instructor", CONTEXT + "#Learner"]).role is Role.LEARNER
    assert read([INSTITUTION + "Instructor"]).role is Role.VISITOR


@pytest.mark.row("T-076")
@pytest.mark.parametrize(
    "roles",
    [
        [CONTEXT + "#Instructor", CONTEXT + "/Instructor#TeachingAssistant"],
        [CONTEXT + "/Instructor#TeachingAssistant"],
        [CONTEXT + "/Instructor#Grader"],
    ],
)
def test_teaching_assistants_teach(roles: list[str]) -> None:
    """T-076."""
    assert read(roles).role is Role.INSTRUCTOR


@pytest.mark.row("T-078")
def test_a_test_user_is_known_as_one() -> None:
    """T-078."""
    roles = [CONTEXT + "#Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]

    assert read(roles) == Standing(Role.LEARNER, is_test_user=True)


@pytest.mark.row("T-079")
def test_designers_who_also_teach_are_teachers() -> None:
    """T-079."""
    assert read([CONTEXT + "#ContentDeveloper", CONTEXT + "#Instructor"]).role is Role.INSTRUCTOR
