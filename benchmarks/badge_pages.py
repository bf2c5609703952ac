"""Share page and status list beside an empty page, as awards become many; and a class signed.

Pages are asked for in this process, so that what is measured is the page: guard, queries, template.
The empty page is public too and has the same frame around nothing; a second one also asks the
database one small question, as every page must that can be withdrawn.
"""

import dataclasses
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import literal, select

from benchmarks.badge_rows import ISSUER, NOW, SIGNED, Awards
from lti_tool.app import create_app
from lti_tool.badges import artwork, documents, open_badges_3
from lti_tool.badges.models import Award, Rendering
from lti_tool.database import sessions
from lti_tool.keyring import Purpose
from lti_tool.sealing import baking, did_documents
from lti_tool.settings import Settings
from lti_tool.web.permissions import public
from lti_tool.web.session import reading
from tests.databases import migrate, postgresql_database, postgresql_server

EMPTY = "empty page"
ASKING = "empty page, 1 question"
SPARE = "{% extends 'base.html' %}{% block content %}<h1>Nothing</h1>{% endblock %}"
ASKED = 50
"""Different badges whose pages are asked for in turn."""
CLASS = 300


@public
def _empty() -> str:
    with reading():
        return render_template_string(SPARE)


@public
def _asking() -> str:
    with reading() as session:
        session.execute(select(literal(1))).all()
        return render_template_string(SPARE)


@contextmanager
def served(kind: str) -> Iterator[tuple[Flask, Awards]]:
    """The application on a fresh database of a kind, `sqlite` or `postgresql`, without an award."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="cairn-bench-")))
        url = f"sqlite:///{folder / 'cairn.sqlite3'}"
        if kind == "postgresql":
            server = stack.enter_context(postgresql_server(durable=True))
            url = stack.enter_context(postgresql_database(server))
        migrate(url)
        settings = Settings(
            base_url="http://localhost",
            data_dir=folder,
            keys_dir=folder / "keys",
            database_url=url,
        )
        app = create_app(settings)
        app.add_url_rule("/empty", "bench.empty", _empty)
        app.add_url_rule("/asking", "bench.asking", _asking)
        engine = app.extensions["cairn"].engine
        try:
            yield app, Awards(engine, settings)
        finally:
            engine.dispose()


def _ask(client: FlaskClient, address: str) -> float:
    began = time.perf_counter()
    answer = client.get(address)
    content = answer.get_data()
    took = time.perf_counter() - began
    assert answer.status_code == 200, (address, answer.status_code, content[:500])
    return took


def measure_pages(app: Flask, awards: Awards, rounds: int) -> dict[str, float]:
    """By page: milliseconds, everybody in turns.

    A quarter of the answers were quicker: other work on the machine moves the median, hardly this.
    """
    with sessions(awards.engine)() as session:
        wanted = awards.public(SIGNED)[:: SIGNED // ASKED]
        names = session.scalars(select(Award.public_id).where(Award.id.in_(wanted))).all()
    stranger = app.test_client()
    addresses = {
        EMPTY: cycle(["/empty"]),
        ASKING: cycle(["/asking"]),
        "share page": cycle([f"/badges/{name}" for name in names]),
        "badge as JSON": cycle([f"/badges/{name}.json" for name in names]),
        "badge as JWT": cycle([f"/badges/{name}.jwt" for name in names]),
        "status list": cycle(["/badges/status/1"]),
        "did document": cycle(["/issuers/bench/did.json"]),
    }
    for page, asked in addresses.items():
        for _ in range(1 if page in (EMPTY, ASKING) else len(names)):
            _ask(stranger, next(asked))  # warm up: templates, plans, what is kept in memory
    seconds: dict[str, list[float]] = {page: [] for page in addresses}
    for _ in range(rounds):
        for page, asked in addresses.items():
            seconds[page].append(_ask(stranger, next(asked)))
    return {page: statistics.quantiles(took, n=4)[0] * 1000 for page, took in seconds.items()}


@dataclasses.dataclass
class ClassCosts:
    """Seconds of processor time a class took; what the database's own server works is beside it."""

    proofs: float
    """Data Integrity signatures of credentials that were ready to be signed."""
    rendered: float
    """The same from the awards' rows, read from the database, which is how badges are made."""
    kept: float
    """Signed both ways and kept, all by the job of the first award."""
    others: float
    """The jobs of the other awards, which find nothing left to do."""
    baked: float
    """Its PNG files, spliced."""

    @property
    def whole(self) -> float:
        """Signed both ways, kept and baked."""
        return self.kept + self.baked


def measure_class(awards: Awards, rounds: int) -> ClassCosts:
    """A class signed both ways, stored and baked: the quickest of several, after a first."""
    found = [_a_class(awards) for _ in range(rounds + 1)][1:]
    return ClassCosts(
        *(
            min(getattr(costs, each.name) for costs in found)
            for each in dataclasses.fields(ClassCosts)
        )
    )


def _a_class(awards: Awards) -> ClassCosts:
    ids = awards.add_class(CLASS)
    with awards.context.read() as session:
        rows = session.scalars(select(Award).where(Award.id.in_(ids))).all()
        proofs = _proofs_alone(awards, rows)
    began = time.process_time()
    with awards.context.read() as session:
        press = documents.Press(awards.context.keyring, awards.addresses, NOW)
        for row in session.scalars(select(Award).where(Award.id.in_(ids))):
            press.render(row, [Rendering.OB3_JSON])
    rendered = time.process_time() - began
    began = time.process_time()
    awards.sign(ids[:1])
    kept = time.process_time() - began
    began = time.process_time()
    awards.sign(ids[1:])
    others = time.process_time() - began
    with awards.context.read() as session:
        rows = session.scalars(select(Award).where(Award.id.in_(ids))).all()
        texts = [documents.kept(session, row)[Rendering.OB3_JSON].decode() for row in rows]
        drawn = artwork.png(artwork.artwork_of_award(rows[0]))
        began = time.process_time()
        for text in texts:
            baking.bake_png(drawn, text)
        baked = time.process_time() - began
    return ClassCosts(proofs, rendered, kept, others, baked)


def _proofs_alone(awards: Awards, rows: Sequence[Award]) -> float:
    key = awards.context.keyring.key(Purpose.BADGE_PROOF, ISSUER)
    shared: dict[int, open_badges_3.Shared] = {}
    ready = []
    for row in rows:
        version = row.credential_version_id
        if version not in shared:
            shared[version] = open_badges_3.Shared.of(row, awards.addresses).in_parts()
        ready.append(open_badges_3.credential(row, awards.addresses, shared[version]))
    method = did_documents.method_id(awards.addresses.did(rows[0].issuer), key)
    began = time.process_time()
    for document in ready:
        documents.SIGNER.sign(document, key, method, created=NOW)
    return time.process_time() - began
