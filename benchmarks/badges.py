"""Badges beside other libraries: signing, verifying, a class of 300, and pages with many awards.

`make bench` (or `python -m benchmarks.badges --awards 1000 1000000`; a million rows take minutes).
Everything that is compared is measured in this one run and stands beside its limit, and what misses
a limit is said. Limits are ratios, so a slow machine moves none of them.
"""

import argparse
import logging
import sys
from collections.abc import Mapping, Sequence

from benchmarks import badge_pages as pages
from benchmarks import badge_signing as signing
from benchmarks.badge_signing import DIGITAL_BAZAAR, GENERAL, PLAN, RAW, SECOND, Contender

SIGNED = "Data Integrity, signed"
CHECKED = "Data Integrity, proof verified"
WHOLE = "Data Integrity, everything verified"
JWT_SIGNED = "ES256, signed"
JWT_CHECKED = "ES256, verified"

NOISE = 0.9
"""What two measurements of the same thing may differ by."""

Groups = Mapping[str, Sequence[Contender]]


def _limit(what: str, ratio: float, at_least: float) -> None:
    verdict = "met   " if ratio >= at_least else "MISSED"
    print(f"  {verdict} {what}: {ratio:,.2f} times (limit: at least {at_least:.2f})")


def measure_signing(rounds: int, seconds: float) -> Groups:
    """Everybody who signs or verifies, in turns, on one core."""
    with signing.one_core():
        bench = signing.Bench.set_up()
        with signing.Node.running(bench) as outside:
            groups = {
                SIGNED: signing.signers(bench, outside),
                CHECKED: signing.verifiers(bench, outside),
                WHOLE: signing.whole_verifiers(bench, outside),
                JWT_SIGNED: signing.jwt_signers(bench, outside),
                JWT_CHECKED: signing.jwt_verifiers(bench, outside),
            }
            everybody = [each for group in groups.values() for each in group]
            signing.take_turns(everybody, rounds=rounds, seconds=seconds)
    return groups


def tell_signing(groups: Groups) -> None:
    """Who did it how often, and how that stands to the limits."""
    for title, group in groups.items():
        first = group[0]
        print(f"\n{title}: times in a second of one core (of {first.name})")
        for each in group:
            print(f"  {each.name:24}{each.rate:12,.0f}{each.rate / first.rate:12.4f}")
    rates = {title: {each.name: each.rate for each in group} for title, group in groups.items()}

    def best(title: str) -> float:
        return max(rate for name, rate in rates[title].items() if name in (GENERAL, PLAN))

    print("\nLimits")
    _limit(f"signing, of {DIGITAL_BAZAAR}", best(SIGNED) / rates[SIGNED][DIGITAL_BAZAAR], 50)
    for title in (CHECKED, WHOLE):
        _limit(f"{title}, of {DIGITAL_BAZAAR}", best(title) / rates[title][DIGITAL_BAZAAR], 1)
    beside = rates[JWT_SIGNED][SECOND] / rates[JWT_SIGNED][RAW]
    _limit("ES256 beside a proof, of the raw signature and hash", beside, 2 / 3)
    _limit(
        "ES256 alone, of the raw signature and hash",
        best(JWT_SIGNED) / rates[JWT_SIGNED][RAW],
        2 / 3,
    )


def tell_pages(kind: str, sizes: Sequence[int], rounds: int) -> None:
    """A class, then the pages at each size, on one kind of database."""
    with pages.served(kind) as (app, awards):
        costs = pages.measure_class(awards, 3)
        times = []
        for size in sizes:
            awards.grow(size)
            times.append(pages.measure_pages(app, awards, rounds))
    print(f"\n{kind}: a class of {pages.CLASS}, in milliseconds of processor time")
    for what, took in (
        ("Data Integrity signatures alone", costs.proofs),
        ("the same, from the awards' rows", costs.rendered),
        ("signed both ways and kept", costs.kept),
        ("baked into PNG", costs.baked),
        ("jobs that find nothing to do", costs.others),
    ):
        print(f"  {what:34}{took * 1000:10.0f}")
    print(f"\n{kind}: milliseconds (of the empty page of the same run)")
    print(f"  {'awards':22}" + "".join(f"{size:>22,}" for size in sizes))
    for page in times[0]:
        cells = (f"{took[page]:.2f} ({took[page] / took[pages.EMPTY]:.2f})" for took in times)
        print(f"  {page:22}" + "".join(f"{cell:>22}" for cell in cells))
    print("\nLimits")
    for name, cost in (("alone", costs.proofs), ("from the rows", costs.rendered)):
        _limit(f"a class, of its Data Integrity signatures {name}", cost / costs.whole, 0.5)
    for page in ("share page", "status list"):
        for other in (pages.EMPTY, pages.ASKING):
            worst = min(took[other] / took[page] for took in times)
            _limit(f"{page}, of the {other}", worst, 0.5)
        relative = [took[page] / took[pages.EMPTY] for took in times]
        _limit(
            f"{page} with {sizes[-1]:,} awards, of {sizes[0]:,}", relative[0] / relative[-1], NOISE
        )


def main() -> int:
    """Measure and print; the exit code says nothing of the limits."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="turns of everybody who signs")
    parser.add_argument("--seconds", type=float, default=0.4, help="of one turn")
    parser.add_argument("--awards", type=int, nargs="+", default=[1000, 100_000])
    parser.add_argument("--asked", type=int, default=100, help="times each page is asked for")
    parser.add_argument("--only", choices=("signing", "sqlite", "postgresql"))
    given = parser.parse_args()
    logging.disable(logging.INFO)  # a line for each request would stand between the figures
    if given.only in (None, "signing"):
        tell_signing(measure_signing(given.rounds, given.seconds))
    for kind in ("sqlite", "postgresql"):
        if given.only in (None, kind):
            tell_pages(kind, sorted(given.awards), given.asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
