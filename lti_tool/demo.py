"""`cairn demo`: the tool and a practice LMS with every part cast, in one process tree."""

import threading

import click

from lti_tool.database import read_session
from lti_tool.people.roles import Seat
from lti_tool.practice_lms.mood import MoodName
from lti_tool.practice_lms.school import School
from lti_tool.programs.catalogue import offers
from lti_tool.settings import Settings
from lti_tool.walk.installation import LOOPBACK, Installation, end_politely, prepare
from lti_tool.walk.visitor import Visitor

COURSE = "1"
CAST = (("ben", Seat.ASSESSOR), ("cleo", Seat.APPROVER))
"""Who judges in the demonstration; everybody else is what the LMS says they are."""


@click.command()
@click.option("--port", default=8000, show_default=True, help="The tool's port.")
@click.option("--lms-port", default=8001, show_default=True, help="The practice LMS's port.")
@click.option(
    "--lms",
    "mood",
    type=click.Choice(["canvas", "moodle"]),
    default="canvas",
    show_default=True,
    help="How the practice LMS behaves.",
)
def demo(port: int, lms_port: int, mood: MoodName) -> None:
    """Start the tool and a practice LMS, with every part cast."""
    end_politely()
    environment = Settings.load()
    settings = Settings.load(
        base_url=f"http://localhost:{port}",
        lti_http_allow=tuple(dict.fromkeys((*environment.lti_http_allow, *LOOPBACK))),
    )
    click.echo("Setting up: migrations, programs, a school. This takes a few seconds.")
    installation = prepare(
        settings,
        mood=mood,
        lms_port=lms_port,
        state_file=settings.data_dir / f"practice-lms-{mood}.json",
    )
    try:
        installation.start()
        furnish(installation)
        click.echo(_invitation(installation))
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        click.echo("Stopping.")
        installation.stop()


def furnish(installation: Installation) -> None:
    """Place what can be begun in the school's course, let the judges arrive, and appoint them."""
    school = installation.school
    with read_session(installation.engine) as session:
        startable = [
            (offer.slug, [(c.slug, c.title) for c in offer.credentials if c.can_begin])
            for offer in offers(session)
        ]
    placed = {
        (link.custom.get("program"), link.custom.get("credential"))
        for link in school.school.links.values()
    }
    for program, credentials in startable:
        for slug, title in credentials:
            if (program, slug) not in placed:
                school.add_link(COURSE, title, custom={"program": program, "credential": slug})
    _put_last_what_is_not_set_up(school.school)
    first = next(link.id for link in school.school.links.values() if link.custom.get("credential"))
    for key, seat in CAST:
        Visitor().launch(installation.launch_url(key, COURSE, first))
        for program, credentials in startable:
            if credentials:
                installation.appoint(key, installation.program(program), seat)


def _put_last_what_is_not_set_up(school: School) -> None:
    """Whoever comes to see begins with the first activity, so that one opens something."""
    with school.change():
        for link in [link for link in school.links.values() if not link.custom]:
            school.links[link.id] = school.links.pop(link.id)


def _invitation(installation: Installation) -> str:
    return f"""
Open the practice LMS:   {installation.lms.url}/

  1. Choose who you are: Ada (participant), Ben (assessor), Cleo (approver), Dora (instructor).
  2. As Ada, open an activity, begin, and submit.
  3. As Ben, open the same activity: the work waits for you. Assess and recommend.
  4. As Cleo, approve. The score reaches the gradebook, the badge is Ada's.
  5. As Dora, look into the gradebook and at the deliveries.

The tool itself:         {installation.settings.base_url}/programs/
Verify any badge:        {installation.settings.base_url}/verify
Everything is kept in    {installation.settings.data_dir}

Press Ctrl+C to stop."""
