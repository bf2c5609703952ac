"""Endorsements inside a credential: what others say of a badge, each with a signature of its own.

An endorsement that is forged makes the badge that carries it not valid; one that has merely ended,
or whose issuer does not answer, takes nothing from it (B3-059, B3-060; decision 0043).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lti_tool.verification.reading import (
    NotReadable,
    Presented,
    as_list,
    has_type,
    id_of,
    objects,
    read_token,
    text,
)
from lti_tool.verification.report import Outcome, Part, Report, Standing, Verdict

MOST = 8
"""Endorsements that are looked into; a badge may carry any number."""
ENDS = frozenset({"Dates", "Status", "Hosted copy"})
"""Checks by which something true comes to an end."""
_NOT_ITS_OWN = frozenset({"verifiableCredential", "proof"})


def check(
    document: Mapping[str, Any], verify: Callable[[Presented], Report], report: Report
) -> None:
    """Verify each endorsement and write one check for each."""
    found = list(_inside(document))
    for place, (of, one) in enumerate(found[:MOST], start=1):
        name = "Endorsement" if len(found) == 1 else f"Endorsement {place}"
        _check_one(name, of, one, verify, report)
    if len(found) > MOST:
        report.noted("Endorsements", f"{len(found) - MOST} more inside, not looked into.")


def _check_one(
    name: str, of: str, value: Any, verify: Callable[[Presented], Report], report: Report
) -> None:
    try:
        presented = _presented(value)
    except NotReadable as error:
        report.failed(name, f"it cannot be read: {error}.")
        return
    inner = verify(presented)
    report.parts.append(Part("Endorsement", inner))
    about = id_of(next(iter(objects(presented.document.get("credentialSubject"))), {}))
    say(name, inner, report, is_about=not of or about == of)


def say(name: str, inner: Report, report: Report, *, is_about: bool) -> None:
    """Write the check of one endorsement; `is_about` where it speaks of what carries it."""
    by = inner.facts.issuer_name or inner.facts.issuer_id or "nobody who is named"
    verdict, word = _judged(inner)
    if verdict is Verdict.PASSED and not is_about:
        verdict, word = Verdict.NOTED, "it is genuine, but speaks of something else."
    report.add(name, verdict, f"by {by}: {word}")


def _judged(inner: Report) -> tuple[Verdict, str]:
    match inner.outcome:
        case Outcome.VALID if inner.standing is Standing.KNOWN:
            return Verdict.PASSED, f"genuine. {inner.facts.description}".strip()
        case Outcome.VALID:
            return Verdict.NOTED, "intact, but nobody vouches for who wrote it."
        case Outcome.NOT_VALID:
            failed = [one for one in inner.checks if one.verdict is Verdict.FAILED]
            has_ended = inner.is_intact is not False and {one.name for one in failed} <= ENDS
            word = "it no longer holds" if has_ended else "it is not valid"
            return Verdict.NOTED if has_ended else Verdict.FAILED, f"{word}: {failed[0].saw}"
        case _:
            return Verdict.NOTED, inner.sentence


def _presented(value: Any) -> Presented:
    if isinstance(value, str):
        return read_token(value)
    if not isinstance(value, dict) or not has_type(value, "EndorsementCredential"):
        raise NotReadable("it is no endorsement")
    return Presented(value)


def _inside(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The id of what is endorsed and each endorsement, but none of credentials inside."""
    waiting: list[Any] = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, Mapping):
            for name, value in node.items():
                if name in ("endorsement", "endorsementJwt"):
                    yield from ((text(node.get("id")), one) for one in as_list(value))
                elif name not in _NOT_ITS_OWN:
                    waiting.append(value)
