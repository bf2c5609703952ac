"""What verification found: small named checks, each saying what it saw, and one outcome."""

import enum
from dataclasses import dataclass, field
from typing import Any

from lti_tool.verification.facts import Facts


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

    def add(self, name: str, verdict: Verdict, saw: str) -> Verdict:
        """Write down one check."""
        self.checks.append(Check(name, verdict, saw))
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
    def sentence(self) -> str:
        """The outcome in one sentence, with the first reason."""
        match self.outcome:
            case Outcome.VALID:
                return "This badge is genuine and still holds."
            case Outcome.NOT_VALID:
                reason = next(one for one in self.checks if one.verdict is Verdict.FAILED)
                return f"This badge is not valid: {reason.saw}"
            case _:
                reason = next(
                    (one for one in self.checks if one.verdict is Verdict.UNKNOWN),
                    Check("", Verdict.UNKNOWN, "nothing was found in it."),
                )
                return f"This badge could not be checked: {reason.saw}"

    def as_json(self) -> dict[str, Any]:
        """The report for programs that read it."""
        return {
            "outcome": self.outcome.value,
            "sentence": self.sentence,
            "form": self.form,
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
        }
