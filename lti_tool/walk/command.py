"""`cairn walk`: the main job without a browser, in both LMS moods, with its times."""

import json
import sys
import tempfile
import time
from pathlib import Path

import click
import requests

from lti_tool.practice_lms.mood import MoodName
from lti_tool.walk.installation import (
    NotStarted,
    beside,
    end_politely,
    fresh_port,
    prepare,
    settings_for,
)
from lti_tool.walk.journey import Journey, Step
from lti_tool.walk.visitor import Lost


@click.command()
@click.option("--program", metavar="SLUG", help="The program to walk; the first startable one.")
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
def walk(program: str | None, lms: str, out: Path | None, as_json: bool) -> None:
    """Do the main job over real HTTP, from the LMS link to a verified badge."""
    end_politely()
    moods: tuple[MoodName, ...] = ("canvas", "moodle") if lms == "both" else (lms,)  # type: ignore[assignment]
    told: list[dict[str, object]] = []
    fault = _walk(moods, program, out, told, quiet=as_json)
    if as_json:
        click.echo(json.dumps({"ok": not fault, "fault": fault, "steps": told}, indent=2))
    elif fault:
        click.echo(fault, err=True)
    sys.exit(1 if fault else 0)


def _walk(
    moods: tuple[MoodName, ...],
    program: str | None,
    out: Path | None,
    told: list[dict[str, object]],
    *,
    quiet: bool,
) -> str:
    """Walk in one mood after the other, into one tool; answers what went wrong, or nothing."""

    def tell(place: str, step: Step) -> None:
        told.append({"lms": place, "step": step.name, "seconds": step.seconds, "saw": step.words})
        if not quiet:
            click.echo(f"{place:7} {step.name:10} {step.seconds:7.2f} s  {step.words}")

    with tempfile.TemporaryDirectory(prefix="cairn-walk-") as folder:
        began = time.perf_counter()
        settings = settings_for(Path(folder), fresh_port())
        host = prepare(settings, mood=moods[0])
        mood = "tool"
        try:
            host.start()
            tell("tool", Step("start", time.perf_counter() - began, settings.base_url))
            for mood in moods:
                installation = host if mood == moods[0] else beside(host, mood)
                for step in Journey(installation, program, out).steps():
                    tell(mood, step)
        except (Lost, NotStarted, requests.RequestException) as fault:
            return f"{mood}: {type(fault).__name__}: {fault}"
        finally:
            host.stop()
    return ""
