"""What verification found: small named checks, each saying what it saw, and one outcome."""

import enum
from dataclasses import dataclass, field
from typing import Any

from lti_tool.verification.facts import Facts

LONGEST = 600
"""Characters of what one check saw: a hostile badge shall not write the page."""


class Verdict(enum.StrEnum):
    """How one check ended."""

    PASSED = "passed"
    NOTED = "noted"
    """Worth knowing, but no reason to doubt."""
    UNKNOWN = "unknown"
    """It could not be checked: something did not answer, or is of a kind not known here."""
    FAILED = "failed"


class Outcome(enum.StrEnum):
    """How it all ended."""

    VALID = "valid"
    NOT_VALID = "not-valid"
    UNCHECKED = "could-not-be-checked"


class Standing(enum.StrEnum):
    """Who vouches for the key that signed: the second of two levels of trust."""

    UNKNOWN = "unknown"
    """It was not found out."""
    NOBODY = "nobody"
    """The key came with the badge, or is itself what calls itself the issuer."""
    KNOWN = "known"
    """The issuer's own address vouches for it."""


class Rung(enum.StrEnum):
    """How far one level of trust was reached."""

    REACHED = "yes"
    OPEN = "unknown"
    MISSED = "no"


@dataclass(frozen=True)
class Check:
    """One check: its name, how it ended, and what was seen."""

    name: str
    verdict: Verdict
    saw: str


@dataclass
class Report:
    """Everything that was found about one badge, in the order it was looked at."""

    form: str = "unknown"
    """What it is in words: `Open Badges 3.0 with a Data Integrity proof, in a PNG`."""
    checks: list[Check] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    thing: str = "badge"
    """What it is called in the sentence."""
    is_intact: bool | None = None
    """Whether the signature fits every word; `None` where that was not found out."""
    is_hosted: bool = False
    """Whether its issuer's address vouches for it, and no signature does."""
    standing: Standing = Standing.UNKNOWN
    parts: list["Part"] = field(default_factory=list)
    """What it holds that was verified by itself: credentials of a record, endorsements."""

    def add(self, name: str, verdict: Verdict, saw: str) -> Verdict:
        """Write down one check."""
        shown = saw if len(saw) <= LONGEST else f"{saw[:LONGEST]}…"
        self.checks.append(Check(name, verdict, shown))
        return verdict

    def passed(self, name: str, saw: str) -> None:
        """Write down a check that passed."""
        self.add(name, Verdict.PASSED, saw)

    def failed(self, name: str, saw: str) -> None:
        """Write down a check that failed."""
        self.add(name, Verdict.FAILED, saw)

    def unknown(self, name: str, saw: str) -> None:
        """Write down what could not be checked."""
        self.add(name, Verdict.UNKNOWN, saw)

    def noted(self, name: str, saw: str) -> None:
        """Write down something worth knowing."""
        self.add(name, Verdict.NOTED, saw)

    @property
    def outcome(self) -> Outcome:
        """Valid only where nothing failed and everything could be checked."""
        verdicts = {check.verdict for check in self.checks}
        if Verdict.FAILED in verdicts:
            return Outcome.NOT_VALID
        if Verdict.UNKNOWN in verdicts or not verdicts:
            return Outcome.UNCHECKED
        return Outcome.VALID

    @property
    def intact(self) -> Rung:
        """The first level of trust: nobody changed it since it was made."""
        if self.is_intact is None:
            return Rung.OPEN
        return Rung.REACHED if self.is_intact else Rung.MISSED

    @property
    def issuer_known(self) -> Rung:
        """The second level: who made it is who it says."""
        if self.intact is not Rung.REACHED:
            return Rung.OPEN
        if self.standing is Standing.KNOWN:
            return Rung.REACHED
        return Rung.MISSED if self.standing is Standing.NOBODY else Rung.OPEN

    @property
    def sentence(self) -> str:
        """The outcome in one sentence, with the first reason."""
        this = f"This {self.thing}"
        match self.outcome:
            case Outcome.VALID if self.standing is Standing.NOBODY:
                return f"{this} is intact and still holds, but nobody vouches for its issuer."
            case Outcome.VALID:
                return f"{this} is genuine and still holds."
            case Outcome.NOT_VALID:
                return f"{this} is not valid: {self._first(Verdict.FAILED)}"
            case _ if self.is_intact and self.standing is not Standing.KNOWN:
                return f"{this} is intact, but its issuer is not proven."
            case _:
                return f"{this} could not be checked: {self._first(Verdict.UNKNOWN)}"

    def _first(self, verdict: Verdict) -> str:
        found = (one.saw for one in self.checks if one.verdict is verdict)
        return next(found, "nothing was found in it.")

    def as_json(self) -> dict[str, Any]:
        """The report for programs that read it."""
        return {
            "outcome": self.outcome.value,
            "sentence": self.sentence,
            "form": self.form,
            "trust": {"intact": self.intact.value, "issuer_known": self.issuer_known.value},
            "checks": [
                {"name": check.name, "verdict": check.verdict.value, "saw": check.saw}
                for check in self.checks
            ],
            "name": self.facts.name,
            "issuer": {"id": self.facts.issuer_id, "name": self.facts.issuer_name},
            "issued": self.facts.issued,
            "expires": self.facts.expires or None,
            "levels": [
                {
                    "criterion": criterion.title,
                    "achieved": next(
                        (one.name for one in criterion.levels if one.id == criterion.achieved),
                        None,
                    ),
                }
                for criterion in self.facts.criteria
            ],
            "associations": [list(one) for one in self.facts.associations],
            "parts": [{"kind": part.kind, **part.report.as_json()} for part in self.parts],
        }


@dataclass(frozen=True)
class Part:
    """Something inside that was verified by itself."""

    kind: str
    """`Badge`, `Endorsement`."""
    report: Report
