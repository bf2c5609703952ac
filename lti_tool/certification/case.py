"""A case that can be run, the steps it takes, and what came of it."""

import enum
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lti_tool.certification.trial import Trial

WORDS = Path(__file__).parent / "words.toml"
"""What each case asks for, in our words: the one place where the sentences stand."""


class Verdict(enum.StrEnum):
    """What a tool did with a login or a launch."""

    ACCEPTS = "accepts"
    REFUSES = "refuses"
    BREAKS = "HTTP 500"


@dataclass(frozen=True)
class Step:
    """One thing that a case tried."""

    words: str
    seen: str
    """What the tool did, in a few words."""
    is_met: bool
    verdict: Verdict | None = None
    """For a login or launch: what became of it."""
    reference: str = ""
    """Under which the tool wrote it down, where it says so."""


@dataclass(frozen=True)
class Outcome:
    """What came of one case."""

    steps: tuple[Step, ...]
    fault: str = ""
    """What kept the case from being run to its end."""
    log: tuple[str, ...] = ()
    """The tool's own log lines of these steps: the proof that certification asks for."""

    @property
    def passed(self) -> bool:
        """Whether the case was run to its end and every step went as it must."""
        return bool(self.steps) and not self.fault and all(step.is_met for step in self.steps)

    @property
    def seen(self) -> str:
        """In one line: what decided."""
        if self.fault:
            return self.fault
        unmet = [step for step in self.steps if not step.is_met]
        return "; ".join(f"{step.words}: {step.seen}" for step in unmet or self.steps)

    @property
    def reference(self) -> str:
        """The reference of the launch that decided: of the first unmet step, else of the last."""
        unmet = [step for step in self.steps if not step.is_met]
        for step in [*unmet, *reversed(self.steps)]:
            if step.reference:
                return step.reference
        return ""


@dataclass(frozen=True)
class Case:
    """One case: what it asks for, where that is written, and how it is tried."""

    number: str
    """As in `T-041`."""
    source: str
    """The clause of the standard, or the product whose habit it is."""
    run: Callable[["Trial"], None]
    is_of_certification: bool = False
    """Whether the certification suite of 1EdTech has it as well."""
    elsewhere: bool = True
    """Whether it can be run against any tool, since it looks at nothing but the answer's kind."""

    @property
    def words(self) -> str:
        """What the case asks for, in our words."""
        return sentences()[self.number]


class Section:
    """The cases of one part of the standard, in the order they are written."""

    def __init__(self) -> None:
        """Begin with none."""
        self.cases: list[Case] = []

    def case(
        self, number: str, source: str, *, certified: bool = False, elsewhere: bool = True
    ) -> Callable[[Callable[["Trial"], None]], Callable[["Trial"], None]]:
        """Make a function the way a case is tried."""

        def keep(run: Callable[["Trial"], None]) -> Callable[["Trial"], None]:
            self.cases.append(Case(number, source, run, certified, elsewhere))
            return run

        return keep


@cache
def sections() -> Mapping[str, Mapping[str, str]]:
    """Every row's sentence by its number, by the title of its section, in order."""
    read = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return {one["title"]: one["rows"] for one in read["section"]}


@cache
def sentences() -> Mapping[str, str]:
    """Every row's sentence by its number."""
    return {number: words for rows in sections().values() for number, words in rows.items()}
