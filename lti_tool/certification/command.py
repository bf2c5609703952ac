"""`cairn certify`: try the cases of LTI 1.3 on a throwaway tool with our settings."""

import json
import sys
import tempfile
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from lti_tool.admin.certification import Result, Run, Tried, write
from lti_tool.certification.case import Case, Outcome
from lti_tool.certification.cases import NoSuchCase, chosen
from lti_tool.certification.stage import Stage, our_stage
from lti_tool.walk.installation import NotStarted, end_politely

MOST_SECONDS = 900.0
"""After so long no further case is begun."""


@click.command()
@click.option("--case", "numbers", multiple=True, metavar="T-041", help="Only this; may repeat.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file that is kept up to date while the run goes on.",
)
def certify(numbers: tuple[str, ...], as_json: bool, out: Path | None) -> None:
    """Try the cases of LTI 1.3 on a throwaway tool with this installation's settings.

    Nothing of the installation's own data is touched, and no platform is registered in it.
    """
    end_politely()
    try:
        cases = chosen(numbers)
    except NoSuchCase as unknown:
        raise click.ClickException(str(unknown)) from None
    began = datetime.now(UTC)
    run = _run(cases, Run(began, version("cairn-lti"), total=len(cases)), out, quiet=as_json)
    if as_json:
        kept = asdict(run) | {"began_at": run.began_at.isoformat(), "passed": run.passed}
        kept["ended_at"] = run.ended_at.isoformat() if run.ended_at else None
        del kept["is_running"]
        click.echo(json.dumps(kept, indent=2, ensure_ascii=False))
    else:
        click.echo(run.fault or f"{run.passed} of {run.total} cases met")
    sys.exit(0 if run.passed == run.total and not run.fault else 1)


def _run(cases: list[Case], run: Run, out: Path | None, *, quiet: bool) -> Run:
    """Try one case after the other; each result is written as soon as it is there."""

    def keep(run: Run) -> Run:
        if out is not None:
            write(out, run)
        return run

    keep(run)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="cairn-certify-") as folder,
            our_stage(Path(folder)) as stage,
        ):
            deadline = time.monotonic() + MOST_SECONDS
            for case in cases:
                if time.monotonic() > deadline:
                    run = replace(run, fault=f"Broken off after {MOST_SECONDS:.0f} seconds")
                    break
                result = tried(stage, case)
                run = keep(run.with_result(result))
                if not quiet:
                    _tell(result)
    except (NotStarted, OSError) as fault:
        run = replace(run, fault=f"{type(fault).__name__}: {fault}")
    return keep(replace(run, ended_at=datetime.now(UTC)))


def tried(stage: Stage, case: Case) -> Result:
    """Try one case; what came of it as it is kept."""
    began = time.perf_counter()
    outcome: Outcome = stage.run(case)
    return Result(
        number=case.number,
        words=case.words,
        source=case.source,
        is_of_certification=case.is_of_certification,
        passed=outcome.passed,
        seen=outcome.seen,
        reference=outcome.reference,
        steps=tuple(
            Tried(step.words, step.seen, step.is_met, step.reference) for step in outcome.steps
        ),
        log=outcome.log,
        seconds=round(time.perf_counter() - began, 3),
    )


def _tell(result: Result) -> None:
    mark = "passed " if result.passed else "NOT MET"
    click.echo(f"{result.number} {mark} {result.seconds:6.2f} s  {result.words}")
    if not result.passed:
        click.echo(f"      {result.seen}")
