"""Who somebody is here (CORE 5.3.7, A.2; T-065, T-067…T-079), with the payloads of CERT 6.1.2-3."""

from collections.abc import Sequence
from typing import Any

from lti_tool.certification.case import Section
from lti_tool.certification.platform import INSTRUCTOR, LEARNER, LEFT_OUT, MEMBERSHIP
from lti_tool.certification.trial import Answer, Browser, Trial

section = Section()
case = section.case

INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
BOTH = (("instructor", INSTRUCTOR), ("learner", LEARNER))

STAFF = "the staff's page"
LEARNING = "a learner's page"
NEITHER = "neither staff nor learner"
UNBOUND = "the choice of what the link opens"


def view_of(browser: Browser, answer: Answer) -> str:
    """Which of our pages somebody was led to."""
    page = browser.follow(answer)
    if page.status != 200:
        return page.seen
    if "What shall this link open" in page.text:
        return UNBOUND
    if 'id="course"' in page.text:
        return STAFF
    return LEARNING if 'id="mine"' in page.text else NEITHER


def _let_in(trial: Trial, words: str, view: str, roles: Sequence[str], **changes: Any) -> None:
    """Somebody with these roles must be let in, and ours must show them this view."""
    browser = trial.browser()
    if trial.is_ours:
        changes["custom"] = {"program": trial.program}
    answer = browser.launch(roles=roles, **changes)
    if trial.accepted(words, answer) and trial.is_ours:
        seen = view_of(browser, answer)
        trial.holds(f"{words}: {view}", seen == view, seen, answer)


@case("T-065", "CORE 5.3.7; CERT 6.1.2, 6.1.3", certified=True)
def no_role(trial: Trial) -> None:
    """An empty list."""
    _let_in(trial, "no role", NEITHER, [])


@case("T-067", "CERT 6.1.2", certified=True)
def instructor(trial: Trial) -> None:
    """An instructor with everything."""
    _let_in(
        trial,
        "an instructor with a full role and all data",
        STAFF,
        [INSTRUCTOR],
        given_name="Dora",
        family_name="Field",
        locale="en-US",
        lis={"person_sourcedid": "x:dora", "course_section_sourcedid": "x:c1"},
    )


@case("T-068", "CERT 6.1.2, 6.1.3", certified=True)
def many_roles(trial: Trial) -> None:
    """Roles of course, institution and system together."""
    many = [f"{INSTITUTION}Student", f"{SYSTEM}User", INSTRUCTOR, f"{MEMBERSHIP}#Mentor"]
    _let_in(trial, "an instructor among other roles", STAFF, many)
    learner = [f"{INSTITUTION}Student", f"{SYSTEM}User", LEARNER]
    _let_in(trial, "a learner among other roles", LEARNING, learner)


@case("T-069", "CORE A.2.3; CERT 6.1.2, 6.1.3", certified=True)
def short_roles(trial: Trial) -> None:
    """The names of before."""
    _let_in(trial, "Instructor", STAFF, ["Instructor"])
    _let_in(trial, "Learner", LEARNING, ["Learner"])


@case("T-070", "CORE 5.3.7; CERT 6.1.2, 6.1.3", certified=True)
def unknown_role(trial: Trial) -> None:
    """A role nobody knows."""
    _let_in(trial, "an unknown role", NEITHER, ["http://vendor.example/role"])


@case("T-071", "CERT 6.1.2, 6.1.3", certified=True)
def little_known(trial: Trial) -> None:
    """Address only, names only, neither."""
    bare: dict[str, Any] = {"name": LEFT_OUT, "email": LEFT_OUT}
    for who, role in BOTH:
        view = STAFF if role == INSTRUCTOR else LEARNING
        _let_in(trial, f"{who}, address only", view, [role], name=LEFT_OUT)
        _let_in(trial, f"{who}, name only", view, [role], email=LEFT_OUT)
        _let_in(trial, f"{who}, neither", view, [role], **bare)


@case("T-072", "CORE 5.4.1; CERT 6.1.2, 6.1.3", certified=True)
def no_course(trial: Trial) -> None:
    """Without a course."""
    for who, role in BOTH:
        view = STAFF if role == INSTRUCTOR else LEARNING
        _let_in(trial, f"{who}, no course", view, [role], context=LEFT_OUT, name=LEFT_OUT)


@case("T-073", "additional tests of the suite", certified=True)
def only_a_link(trial: Trial) -> None:
    """A learner of whom nothing but the link is known."""
    bare: dict[str, Any] = {"context": LEFT_OUT, "name": LEFT_OUT, "email": LEFT_OUT}
    _let_in(trial, "only the link", LEARNING, [LEARNER], resource_link={"id": "bare"}, **bare)


@case("T-074", "CORE A.2", elsewhere=False)
def officer(trial: Trial) -> None:
    """Administrators who have no role in the course."""
    for name in (f"{INSTITUTION}Administrator", f"{SYSTEM}Administrator", f"{SYSTEM}SysAdmin"):
        _let_in(trial, name.rsplit("/v2/", 1)[1], NEITHER, [name])


@case("T-075", "CORE A.2; Canvas", elsewhere=False)
def teaches_elsewhere(trial: Trial) -> None:
    """A learner here who teaches elsewhere."""
    roles = [f"{INSTITUTION}Instructor", LEARNER]
    _let_in(trial, "an instructor of the institution, a learner here", LEARNING, roles)


@case("T-076", "CORE A.2.3.1", elsewhere=False)
def assistant(trial: Trial) -> None:
    """Teaching assistants, with and without the principal role."""
    sub_role = f"{MEMBERSHIP}/Instructor#TeachingAssistant"
    _let_in(trial, "with the principal role", STAFF, [INSTRUCTOR, sub_role])
    _let_in(trial, "the sub-role alone", STAFF, [sub_role])


@case("T-077", "CORE 5.4.3", elsewhere=False)
def observer(trial: Trial) -> None:
    """Observers see those they are listed for, and nobody else."""
    browser = trial.browser()
    custom = {"program": trial.program}
    for sub, name in (("ada-1", "Ada Bloom"), ("ivan-1", "Ivan Marsh")):
        trial.accepted(name, browser.launch(sub=sub, name=name, custom=custom))
    mentor = [f"{MEMBERSHIP}#Mentor"]
    for words, listed, sees in (("of Ada", ["ada-1"], True), ("of nobody", [], False)):
        own = trial.browser(browser.platform)
        answer = own.launch(
            sub="olga", name="Olga", roles=mentor, role_scope_mentor=listed, custom=custom
        )
        trial.accepted(f"an observer {words}", answer)
        page = own.follow(answer)
        is_met = ("Ada Bloom" in page.text) == sees and "Ivan Marsh" not in page.text
        trial.holds(f"an observer {words} sees them alone", is_met, page.seen, page)


@case("T-078", "CORE A.2.4; Canvas", elsewhere=False)
def preview(trial: Trial) -> None:
    """The test student: a learner who leaves nothing behind."""
    browser = trial.browser()
    custom = {"program": trial.program}
    answer = browser.launch(
        sub="test-student", name="Test Student", roles=[LEARNER, TEST_USER], custom=custom
    )
    trial.accepted("the test student", answer)
    page = browser.follow(answer)
    is_preview = "This is a preview" in page.text
    trial.holds("is told that it is a preview", is_preview, page.seen, page)
    dora = trial.browser(browser.platform)
    staff = dora.launch(sub="dora", name="Dora", roles=[INSTRUCTOR], custom=custom)
    trial.accepted("the instructor", staff)
    is_hidden = "Test Student" not in dora.follow(staff).text
    trial.holds("stands in no list", is_hidden, "not listed" if is_hidden else "listed", staff)


@case("T-079", "CORE A.2.3", elsewhere=False)
def designer(trial: Trial) -> None:
    """A content developer chooses what a link opens, and is not shown the gradebook."""
    role = [f"{MEMBERSHIP}#ContentDeveloper"]
    browser = trial.browser()
    unbound = browser.launch(roles=role)
    trial.accepted("a content developer", unbound)
    seen = view_of(browser, unbound)
    trial.holds("may choose", seen == UNBOUND, seen, unbound)
    judged = browser.request("GET", "/grades/")
    trial.holds("may not judge", judged.status == 403, judged.status, judged)
