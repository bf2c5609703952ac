"""All my badges as one archive to take away."""

import tempfile
from collections.abc import Iterator
from typing import IO

from flask import render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.badges import awards
from lti_tool.badges.models import OVER
from lti_tool.badges.views.answering import ONLY_THE_EARNER, Page, own_documents
from lti_tool.errors import NotFound
from lti_tool.holdings import keeping
from lti_tool.sharing import everything, files
from lti_tool.sharing.views.blueprint import bp
from lti_tool.web.permissions import signed_in
from lti_tool.web.restraint import one_turn
from lti_tool.web.session import clock, here, reading, settings

ZIP = "application/zip"

LOOK = """\
* { box-sizing: border-box; overflow-wrap: anywhere; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
ul { list-style: none; padding: 0; }
li { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; margin: 0 0 1.5rem; }
li > div { flex: 1 1 14rem; min-width: 0; }
img { width: 8rem; height: auto; }
a { display: inline-block; padding: .25rem 0; margin-right: .75rem; }
"""
"""How the archive's page looks; it is read from a folder, with nobody to ask for more."""

FRONT = "index"
"""The page to read, as everybody opens it first."""
CHUNK = 64 * 1024
IN_MEMORY = 8 * 1024 * 1024
"""Bytes of an archive that are not written to a file of its own."""


@bp.get("/badges/everything.zip")
@signed_in
def collected() -> Page:
    """Everything I earned, and what I brought from elsewhere, in one file."""
    if request.method == "HEAD":
        return Response(mimetype=ZIP)  # the same headers without the work
    with one_turn(), reading() as session:
        made = _archive(session)
    made.headers["Cache-Control"] = ONLY_THE_EARNER
    return made


def _archive(session: Session) -> Response:
    published = own_documents(session)
    mine = [one for one in awards.badges_of(session, here()) if one.state not in OVER]
    held = keeping.held_by(session, here())
    if not mine and not held:
        raise NotFound("You have no badge yet, so there is nothing to save.")
    dates = [one.issued_at for one in mine] + [one.held_at for one in held]
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  sent, then closed
    writer = everything.Writer(target, dated=max(dates))
    wanted = mine[: everything.MOST]
    downloads = [
        files.Downloads(published, one, settings().host, settings().zone) for one in wanted
    ]
    badges, elsewhere = [], []
    for entry, folder in everything.folders(published, downloads, now=clock()):
        badges.append(entry)
        for name in sorted(folder):
            writer.add(f"{entry.folder}/{name}", folder[name])
    for entry, content in everything.from_elsewhere(held):
        elsewhere.append(entry)
        writer.add(entry.folder, content)
    records = everything.records_of(published, wanted)
    for name, content in records.items():
        writer.add(name, content)
    contents = everything.Contents(
        here(), badges, elsewhere, list(records), left_out=len(mine) - len(badges)
    )
    page = render_template("sharing/archive.html", contents=contents, host=settings().host)
    writer.add(f"{FRONT}.html", page.encode())
    writer.add("look.css", LOOK.encode())
    writer.close()
    size = target.tell()
    target.seek(0)
    response = Response(_chunks(target), mimetype=ZIP)
    response.call_on_close(target.close)  # also where nobody came to read the first chunk
    response.headers.set("Content-Disposition", "attachment", filename="my-badges.zip")
    response.headers["Content-Length"] = str(size)
    return response


def _chunks(target: IO[bytes]) -> Iterator[bytes]:
    with target:
        while chunk := target.read(CHUNK):
            yield chunk
