"""Pages of a program as it grows: learner home, task page, overview, beside an empty page.

`make bench` stops at 10,000; `make bench PAGES=--large` goes on to 100,000 and takes some minutes
more.
A program of the catalogue is filled with generated learners, on SQLite and on PostgreSQL, and each
page is asked for in this process, so that what is measured is the page: guard, queries, template.
The empty page has the same guard, one transaction, and the same frame of a page around nothing.
All pages take turns in one run, so that a machine that is busy for a while is busy for all of them.
"""

import argparse
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session

from benchmarks.crowd import Crowd
from lti_tool.app import create_app
from lti_tool.cohorts.models import Cohort, Organisation, OrganisationKind
from lti_tool.database import sessions
from lti_tool.people.models import Course, Person
from lti_tool.people.roles import Role
from lti_tool.portfolio.models import Enrolment, Submission, SubmissionState
from lti_tool.programs.models import Phase, Task
from lti_tool.settings import Settings
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import VISIT_COOKIE, begin_visit, clock, here, reading, transaction
from tests.databases import migrate, postgresql_database, postgresql_server

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "catalogue" / "dupage-leadership-hub"
SIZES = (100, 1000, 10_000)
LARGE = (1000, 10_000, 100_000)
EMPTY = "empty page"
SPARE = "{% extends 'base.html' %}{% block content %}<h1>Nothing</h1>{% endblock %}"

Pages = dict[str, tuple[FlaskClient, str]]


@signed_in
def _empty() -> str:
    with reading():
        here()
        return render_template_string(SPARE)


def _served(url: str, folder: Path) -> Flask:
    """The application on a migrated database, with an empty page beside its own."""
    migrate(url)
    app = create_app(
        Settings(
            base_url="http://localhost",
            data_dir=folder,
            keys_dir=folder / "keys",
            database_url=url,
        )
    )
    app.add_url_rule("/empty", "bench.empty", _empty)
    return app


def _come(app: Flask, person_id: int, role: Role, course_id: int) -> FlaskClient:
    with app.test_request_context(), transaction() as session:
        _, token = begin_visit(
            session,
            person=session.get_one(Person, person_id),
            role=role,
            course=session.get_one(Course, course_id),
            now=clock(),
        )
    client = app.test_client()
    client.set_cookie(VISIT_COOKIE, token)
    return client


def _pages(app: Flask, crowd: Crowd) -> Pages:
    """Each page with whoever asks for it; the learner is one in the middle, with a draft."""
    with sessions(crowd.engine)() as session:
        learner, task = _somebody_drafting(session)
        cohort = session.scalars(select(Cohort.public_id).order_by(Cohort.id)).first()
        district = session.scalars(
            select(Organisation.public_id)
            .where(Organisation.kind == OrganisationKind.DISTRICT)
            .order_by(Organisation.id)
        ).first()
    ada = _come(app, learner, Role.LEARNER, crowd.course.id)
    pia = _come(app, crowd.admin.id, Role.INSTRUCTOR, crowd.course.id)
    ben = _come(app, crowd.judge.id, Role.INSTRUCTOR, crowd.course.id)
    program = f"/oversight/of/{crowd.slug}"
    return {
        EMPTY: (ada, "/empty"),
        "learner home": (ada, "/"),
        "task page": (ada, f"/portfolio/tasks/{task}"),
        "review queue": (ben, "/review/"),
        "overview, first page": (pia, program),
        "overview, last page": (pia, f"{program}?page=999999"),
        "overview, by state": (pia, f"{program}?standing=with-assessor"),
        "overview, by name": (pia, f"{program}?name=ada+m"),
        "overview, a district": (pia, f"{program}?organisation={district}"),
        "a cohort of 100": (pia, f"/oversight/cohorts/{cohort}"),
        "stalled work": (pia, f"{program}/stalled"),
        "report": (pia, f"{program}/reports"),
    }


def _somebody_drafting(session: Session) -> tuple[int, int]:
    drafts = session.execute(
        select(Enrolment.person_id, Submission.part_id)
        .join(Submission, Submission.enrolment_id == Enrolment.id)
        .where(Submission.state == SubmissionState.DRAFT, Submission.attempt == 1)
        .order_by(Enrolment.id)
    ).all()
    person_id, part_id = drafts[len(drafts) // 2]
    task = session.scalars(
        select(Task.id).join(Task.phase).where(Phase.part_id == part_id).order_by(Phase.position)
    ).first()
    return person_id, task or 0


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _ask(client: FlaskClient, address: str) -> float:
    """Seconds one page took."""
    began = time.perf_counter()
    answer = client.get(address)
    page = answer.get_data()
    took = time.perf_counter() - began
    assert answer.status_code == 200, (address, answer.status_code, page[:500])
    return took


def measure(app: Flask, crowd: Crowd, rounds: int) -> tuple[dict[str, float], dict[str, int]]:
    """By page: the median in milliseconds, and how many queries it makes."""
    pages = _pages(app, crowd)
    engine = app.extensions["cairn"].engine
    queries = {}
    for name, (client, address) in pages.items():
        _ask(client, address)  # warm up: templates, plans, the file system's memory
        with _counted(engine) as said:
            _ask(client, address)
        queries[name] = len(said)
    seconds: dict[str, list[float]] = {name: [] for name in pages}
    for _round in range(rounds):
        for name, (client, address) in pages.items():
            seconds[name].append(_ask(client, address))
    return {name: statistics.median(took) * 1000 for name, took in seconds.items()}, queries


def _weight(engine: Engine) -> int:
    """Bytes of the database."""
    with engine.connect() as line:
        if engine.dialect.name == "postgresql":
            return int(
                line.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
            )
        pages = line.execute(text("PRAGMA page_count")).scalar_one()
        return int(pages) * int(line.execute(text("PRAGMA page_size")).scalar_one())


def _tell(
    name: str,
    sizes: list[int],
    times: list[dict[str, float]],
    queries: list[dict[str, int]],
    weights: list[int],
) -> None:
    print(f"\n{name}: median milliseconds (times the empty page of the same run; queries)")
    print(f"{'learners':24}" + "".join(f"{size:>24,}" for size in sizes) + f"{'us a learner':>15}")
    for page in times[0]:
        cells = "".join(
            f"{f'{took[page]:.1f} ({took[page] / took[EMPTY]:.1f}x; {asked[page]})':>24}"
            for took, asked in zip(times, queries, strict=True)
        )
        grown = (times[-1][page] - times[0][page]) / max(1, sizes[-1] - sizes[0]) * 1000
        print(f"{page:24}{cells}{grown:15.2f}")
    if len(sizes) > 1:
        each = (weights[-1] - weights[0]) / (sizes[-1] - sizes[0])
        print(f"database: {weights[-1] / 1e6:.1f} MB, {each:,.0f} bytes a learner")


def main() -> int:
    """Measure on both engines and print a table for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", help="learners, instead of 100 to 10,000")
    parser.add_argument("--large", action="store_true", help="1,000 to 100,000; some minutes more")
    parser.add_argument("--rounds", type=int, help="15, or 5 with --large")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one engine only")
    given = parser.parse_args()
    sizes = sorted(given.sizes or (LARGE if given.large else SIZES))
    rounds = given.rounds or (5 if given.large else 15)
    logging.disable(logging.INFO)  # a line for each request would stand between the figures
    for engine_name in ("sqlite", "postgresql"):
        if given.only not in (None, engine_name):
            continue
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cairn-bench-")))
            url = f"sqlite:///{folder / 'cairn.sqlite3'}"
            if engine_name == "postgresql":
                server = stack.enter_context(postgresql_server(durable=True))
                url = stack.enter_context(postgresql_database(server))
            app = _served(url, folder)
            engine = app.extensions["cairn"].engine
            crowd = Crowd.founded(engine, PACKAGE)
            times, queries, weights = [], [], []
            for size in sizes:
                crowd.grow(size)
                took, asked = measure(app, crowd, rounds)
                times.append(took)
                queries.append(asked)
                weights.append(_weight(engine))
                print(f"{engine_name}: {size:,} learners measured", file=sys.stderr)
            _tell(engine_name, sizes, times, queries, weights)
            engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
