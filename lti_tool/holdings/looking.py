"""A badge somebody hands in, looked at from every side before anything is kept.

It may ask addresses of others and takes as long as they do; nothing is written here.
"""

from dataclasses import dataclass
from datetime import datetime

from lti_tool.errors import Refused
from lti_tool.holdings.models import CameBy, HeldState
from lti_tool.people.models import Person
from lti_tool.verification import checking, credential_rules
from lti_tool.verification.report import Outcome, Report, Verdict
from lti_tool.verification.sources import Source, Unavailable

LONGEST_ADDRESS = 2_000
"""Characters of an address of somebody's that is compared, or of a badge's that is kept."""


class NotHeld(Refused):
    """It is not valid, was awarded here, or is no badge at all; `report` tells every check."""

    status = 422

    def __init__(self, words: str, report: Report | None = None) -> None:
        """Say why in words, with what was seen where there was something to see."""
        super().__init__(words)
        self.report = report


class AwardedHere(NotHeld):
    """It is one of ours, so it stands where our badges stand."""


@dataclass(frozen=True)
class Seen:
    """A badge that may be held, and what looking at it found."""

    content: bytes
    """The file, the words that were pasted, or what the address answered."""
    report: Report
    state: HeldState
    came_by: CameBy
    came_from: str = ""
    made_out_to: str = ""
    """The address its earner named, where it is none that we know of."""


def state_of(report: Report, now: datetime) -> HeldState:
    """What a report means for a badge that is held."""
    if report.outcome is Outcome.VALID:
        return HeldState.VALID
    failed = [check.name for check in report.checks if check.verdict is Verdict.FAILED]
    if not failed:
        return HeldState.UNCHECKED
    # A signature that fits and a date that is over: what was earned stays earned.
    is_only_late = set(failed) == {"Dates"} and report.is_intact is not False
    return HeldState.EXPIRED if is_only_late and _is_past(report, now) else HeldState.OVER


def _is_past(report: Report, now: datetime) -> bool:
    try:
        end = credential_rules.moment(report.facts.expires)
    except ValueError:
        return False
    return end is not None and end <= now


def look_at(
    data: bytes,
    words: str,
    source: Source,
    *,
    person: Person,
    own: str,
    now: datetime,
    made_out_to: str = "",
    came_by: CameBy | None = None,
    came_from: str = "",
) -> Seen:
    """Verify a file, or an address or text. Raises `NotHeld` where it cannot be kept.

    `own` is the address of this installation. `made_out_to` is an e-mail address that the person
    says is theirs; without it the badge has to be made out to the one their LMS told us; where it
    told none, whose it is counts as not checked. `came_by` and `came_from` say how it came, where
    that cannot be seen from the rest.
    """
    if not data and not words.strip():
        raise NotHeld("Choose the badge's file, give its address, or paste it.")
    made_out_to = made_out_to.strip()
    if len(made_out_to) > 254 or (made_out_to and "@" not in made_out_to):
        raise NotHeld("The address the badge is made out to is not an e-mail address.")
    if (person.email or "").lower() == made_out_to.lower():
        made_out_to = ""
    recipient = made_out_to or person.email or None
    if data:
        report = checking.check_file(data, source, now=now, recipient=recipient)
        content, usual = data, CameBy.FILE
    else:
        report = checking.check_words(words, source, now=now, recipient=recipient)
        content, usual, came_from = _given(words, source, came_from)
    _is_keepable(report, own, now)
    if recipient is None:
        report.unknown(
            credential_rules.RECIPIENT,
            "the LMS tells no address of its holder, so whose it is cannot be told.",
        )
    return Seen(
        content=content,
        report=report,
        state=state_of(report, now),
        came_by=came_by or usual,
        came_from=came_from[:LONGEST_ADDRESS],
        made_out_to=made_out_to,
    )


def _given(words: str, source: Source, came_from: str) -> tuple[bytes, CameBy, str]:
    """What there is to keep of words: themselves, or what their address answered a moment ago."""
    tidy = checking.tidy(words)
    if not tidy.startswith(checking.ADDRESS):
        return tidy.encode("utf-8", "replace"), CameBy.PASTED, came_from
    try:
        answered = source.get(tidy, accept=checking.ACCEPT)
    except Unavailable:
        return b"", CameBy.ADDRESS, tidy
    return (answered.body if answered.status == 200 else b""), CameBy.ADDRESS, tidy


def _is_keepable(report: Report, own: str, now: datetime) -> None:
    """Whether a badge may be kept. Raises `NotHeld`."""
    facts = report.facts
    if is_ours(facts.address, own) or is_ours(facts.issuer_id, own):
        raise AwardedHere(
            "This badge was awarded here, so it stands among your badges by itself. If you earned "
            "it in another account, join your accounts.",
            report,
        )
    if state_of(report, now) is HeldState.OVER:
        raise NotHeld(report.sentence, report)
    if not facts.name:
        words = report.sentence if report.outcome is not Outcome.VALID else "No badge was found."
        raise NotHeld(words, report)
    if report.thing == "endorsement":
        raise NotHeld("This is what somebody says of a badge, and no badge by itself.", report)


def is_ours(address: str, own: str) -> bool:
    """Whether an address, or a did, is of this installation."""
    did = f"did:web:{own.split('://', 1)[-1].replace(':', '%3A')}"
    return address.startswith((f"{own}/", f"{did}:")) or address in (own, did)
