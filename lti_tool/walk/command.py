"""`cairn walk`: the main job, or a whole program, without a browser and with its times."""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
import requests

from lti_tool.practice_lms.mood import MoodName
from lti_tool.walk.expedition import Earned, Expedition
from lti_tool.walk.installation import (
    Installation,
    NotStarted,
    beside,
    end_politely,
    fresh_port,
    prepare,
    settings_for,
)
from lti_tool.walk.journey import Journey, Step
from lti_tool.walk.plans import plan_for
from lti_tool.walk.visitor import Lost

Tell = Callable[[str, Step], None]
"""Told of a step: where it was done, and what it was."""

FAULTS = (Lost, NotStarted, requests.RequestException)


@click.command()
@click.option(
    "--program",
    metavar="SLUG",
    help="Play this program for a team or cohort, to its first stack.",
)
@click.option("--whole", is_flag=True, help="With --program: every stack and tier of it.")
@click.option(
    "--lms",
    type=click.Choice(["canvas", "moodle", "both"]),
    default="both",
    show_default=True,
    help="How the practice LMS behaves.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for every rendering of every award.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def walk(program: str | None, whole: bool, lms: str, out: Path | None, as_json: bool) -> None:
    """Do the main job over real HTTP, from the LMS link to a verified badge.

    With --program a team or cohort of that program goes from enrolment to the stack, from both
    practice LMSs at once where the program spans districts.
    """
    if whole and program is None:
        raise click.UsageError("--whole needs --program.")
    end_politely()
    moods: tuple[MoodName, ...] = ("canvas", "moodle") if lms == "both" else (lms,)  # type: ignore[assignment]
    told: list[dict[str, object]] = []

    def tell(place: str, step: Step) -> None:
        told.append({"lms": place, "step": step.name, "seconds": step.seconds, "saw": step.words})
        if not as_json:
            click.echo(f"{place:7} {step.name:10} {step.seconds:7.2f} s  {step.words}")

    earned: list[Earned] = []
    if program is None:
        fault = _walk(moods, out, tell)
    else:
        fault = _walk_program(moods, program, out, tell, earned, whole=whole)
    if as_json:
        found = {"ok": not fault, "fault": fault, "steps": told}
        if program is not None:
            found["earned"] = [asdict(one) for one in earned]
        click.echo(json.dumps(found, indent=2))
    elif fault:
        click.echo(fault, err=True)
    else:
        click.echo("".join(_table(earned)), nl=False)
    sys.exit(1 if fault else 0)


@contextmanager
def _host(mood: MoodName, program: str = "") -> Iterator[Installation]:
    """A tool, not started yet, beside one practice LMS, in a folder that is gone afterwards.

    With a program it has only that one, and nobody who waits there with a cohort or a team.
    """
    with tempfile.TemporaryDirectory(prefix="cairn-walk-") as folder:
        settings = settings_for(Path(folder), fresh_port())
        host = prepare(settings, mood=mood, company=not program, program=program)
        try:
            yield host
        finally:
            host.stop()


def _start(host: Installation, began: float, tell: Tell) -> None:
    host.start()
    tell("tool", Step("start", time.perf_counter() - began, host.settings.base_url))


def _walk(moods: tuple[MoodName, ...], out: Path | None, tell: Tell) -> str:
    """Walk in one mood after the other, into one tool; answers what went wrong, or nothing."""
    mood, began = "tool", time.perf_counter()
    try:
        with _host(moods[0]) as host:
            _start(host, began, tell)
            for mood in moods:
                installation = host if mood == moods[0] else beside(host, mood)
                for step in Journey(installation, None, out).steps():
                    tell(mood, step)
    except FAULTS as fault:
        return f"{mood}: {type(fault).__name__}: {fault}"
    return ""


def _walk_program(
    moods: tuple[MoodName, ...],
    program: str,
    out: Path | None,
    tell: Tell,
    earned: list[Earned],
    *,
    whole: bool,
) -> str:
    """Play a program with people of all these LMSs at once; fills in what they earned."""
    began = time.perf_counter()
    try:
        with _host(moods[0], program) as host:
            plan = plan_for(host.engine, program, whole=whole)
            _start(host, began, tell)
            guests = [beside(host, mood, company=False) for mood in moods[1:]]
            party = Expedition([host, *guests], plan, out)
            for step in party.steps():
                tell(party.where, step)
            earned += party.earned()
    except FAULTS as fault:
        return f"{program}: {type(fault).__name__}: {fault}"
    return ""


def _table(earned: list[Earned]) -> Iterator[str]:
    """What each person earned, as lines of a table."""
    if not earned:
        return
    head = ("Person", "LMS", "Credentials", "Hours", "Credit", "Stack")
    rows = [
        (
            one.person,
            one.lms,
            f"{len(one.credentials)}",
            one.hours or "-",
            "; ".join(one.credit) or "-",
            "; ".join(one.stacks) or "-",
        )
        for one in earned
    ]
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    yield "\n"
    for row in (head, *rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"{line.rstrip()}\n"
