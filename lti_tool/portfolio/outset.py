"""At the outset: focus, goal and setting, asked once before the way and open until it is submitted.

What is asked is the program's business (S4-20, S4-17, S1-05). A focus must be there before the
baseline where the program requires it; goal and setting must be there before work is submitted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lti_tool.errors import Refused
from lti_tool.portfolio.enrolments import FOCUS_LONGEST, focus_prompt, needs_focus
from lti_tool.portfolio.models import Enrolment
from lti_tool.programs.models import CredentialVersion

SETTING = {
    "school": ("Your school", "Its name, or what describes it.", 1),
    "district": ("Your district", "", 1),
    "grade-span": ("Grades you work with", "Such as K-2, or 6 to 8.", 1),
    "learners": (
        "The English learners there",
        "How many, and which languages. Numbers and languages only, no names.",
        3,
    ),
}
"""By the words of the package: label, hint and rows of the field."""

SETTING_LONGEST = 500


class OutsetMissing(Refused):
    """Something that is asked at the outset is not there, or too long; `faults` says what."""

    status = 422

    def __init__(self, faults: Mapping[str, str]) -> None:
        """Keep the words by the name of their field."""
        super().__init__("Please look at what is marked below.")
        self.faults = dict(faults)


@dataclass(frozen=True)
class Asked:
    """One thing that is asked at the outset."""

    name: str
    """Of its field: `focus`, `goal`, `setting-school` and so on."""
    label: str
    hint: str
    rows: int
    longest: int
    is_required: bool


def asked_of(version: CredentialVersion) -> list[Asked]:
    """What the program asks at the outset, in the order of the page.

    A goal and a setting are asked only where the program says so; a focus may always be said.
    """
    document = version.program_version.document
    asked = []
    if "goal" in document:
        prompt = document["goal"].get("prompt") or "What do you want to reach, and for whom?"
        required = bool(document["goal"]["required"])
        asked.append(Asked("goal", "Your goal", prompt, 3, FOCUS_LONGEST, required))
    asked.append(
        Asked("focus", "Your focus", focus_prompt(version), 4, FOCUS_LONGEST, needs_focus(version))
    )
    for word in document.get("setting", {}).get("ask", ()):
        label, hint, rows = SETTING[word]
        asked.append(Asked(f"setting-{word}", label, hint, rows, SETTING_LONGEST, True))
    return asked


def answers_of(enrolment: Enrolment) -> dict[str, str]:
    """What was said so far, by the name of its field."""
    setting = {f"setting-{word}": said for word, said in enrolment.setting.items()}
    return {"focus": enrolment.focus, "goal": enrolment.goal, **setting}


def owed(enrolment: Enrolment) -> list[Asked]:
    """What must be there before the work is submitted and is not there yet."""
    said = answers_of(enrolment)
    return [
        one
        for one in asked_of(enrolment.credential_version)
        if one.is_required and not said.get(one.name, "").strip()
    ]


def keep(enrolment: Enrolment, given: Mapping[str, str], *, is_whole: bool = True) -> None:
    """Write down what the learner says at the outset; it may be changed until it is submitted.

    Args:
        enrolment: whose.
        given: words by the name of their field; what is not asked is not kept.
        is_whole: whether everything required must be there. A save while somebody types is not.

    Raises:
        OutsetMissing: something is missing or too long; nothing was written.
    """
    faults: dict[str, str] = {}
    said: dict[str, str] = {}
    for one in asked_of(enrolment.credential_version):
        words = given.get(one.name, "").strip()
        if len(words) > one.longest:
            faults[one.name] = f"Please keep this below {one.longest} characters."
        elif not words and one.is_required and is_whole:
            faults[one.name] = (
                "Write one or two sentences: what do you want to get better at?"
                if one.name == "focus"
                else "Please fill this in; a few words are enough."
            )
        said[one.name] = words
    if faults:
        raise OutsetMissing(faults)
    enrolment.focus = said.pop("focus", "")
    enrolment.goal = said.pop("goal", "")
    enrolment.setting = {
        name.removeprefix("setting-"): words for name, words in said.items() if words
    }
