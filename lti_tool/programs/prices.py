"""What a stated price means for a team and for each person in it: computed, never charged (S3-40).

A program states one figure and two ranges; what a person pays depends on how many share it and on
how many micro-credentials it covers. The page shows the smallest and the largest team.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.numbers import format_currency

from lti_tool.programs.stacks import Stack, stacks_in
from lti_tool.programs.wording import plural

Document = dict[str, Any]


@dataclass(frozen=True)
class Share:
    """What one person of a team of this size pays."""

    team: int
    covers: str
    """What the price is for, such as the title of a stack."""
    credentials: int
    """How many micro-credentials it covers."""
    per_team: Decimal
    per_person: Decimal
    per_credential: Decimal
    """Per person and micro-credential."""
    currency: str

    @property
    def words(self) -> str:
        """The figures in a sentence."""
        each = money(self.per_credential, self.currency)
        return (
            f"{money(self.per_person, self.currency)} a person in a team of {self.team};"
            f" {each} for each of {plural(self.credentials, 'micro-credential')}."
            if self.credentials > 1
            else f"{money(self.per_person, self.currency)} a person in a team of {self.team}."
        )


def money(amount: Decimal, currency: str) -> str:
    """`$1,250`, `$104.17`; half a cent is a cent, as on bills."""
    rounded = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return format_currency(rounded, currency, locale="en_US").removesuffix(".00")


def shares(document: Document) -> list[Share]:
    """What each person pays where a team pays together, for every size of what it covers."""
    found: list[Share] = []
    members = document.get("team", {}).get("members", {})
    sizes = sorted({members[end] for end in ("min", "max") if end in members})
    for price in document.get("price", []):
        if price["per"] != "team":
            continue
        for covers, credentials in _covered(document, price["covers"]):
            found += [
                Share(
                    team=size,
                    covers=covers,
                    credentials=credentials,
                    per_team=Decimal(str(price["amount"])),
                    per_person=Decimal(str(price["amount"])) / size,
                    per_credential=Decimal(str(price["amount"])) / size / credentials,
                    currency=price["currency"],
                )
                for size in sizes
            ]
    return found


def _covered(document: Document, covers: str) -> Iterable[tuple[str, int]]:
    """What a price is for and how many credentials that is; equal ones once."""
    if covers == "credential":
        return [("micro-credential", 1)]
    if covers == "program":
        return [("program", len(document["credentials"]))]
    by_size: dict[int, list[str]] = {}
    for stack in stacks_in(document):
        if _size(stack):
            by_size.setdefault(_size(stack), []).append(stack.title)
    return [(", ".join(titles), size) for size, titles in by_size.items()]


def _size(stack: Stack) -> int:
    return stack.needed if stack.members and not stack.member_stacks else 0
