"""Serving a practice LMS over real HTTP, in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from lti_tool.practice_lms.lms import PracticeLms

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["PracticeLms", "RunningLms", "closing", "free_port", "serve"]


class QuietHandler(WSGIRequestHandler):
    """Says nothing for each request: the LMS keeps its own journal."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: object) -> None:
        """Leave the terminal to the demonstration."""


def closing(app: WSGIApplication) -> WSGIApplication:
    """The same application, whose files are closed also when a browser goes away half-way.

    Werkzeug's server then reads what the browser may still have sent, and where that fails in
    turn it never closes the answer.
    """

    def answered(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        body = app(environ, start_response)

        def parts() -> Iterator[bytes]:
            try:
                yield from body
            finally:
                if hasattr(body, "close"):
                    body.close()

        return parts()

    return answered


@dataclass
class RunningLms:
    """A practice LMS that is being served."""

    lms: PracticeLms
    url: str
    port: int
    _server: BaseWSGIServer
    _thread: threading.Thread

    def stop(self) -> None:
        """Stop serving; requests under way may end."""
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def serve(lms: PracticeLms, *, host: str = "127.0.0.1", port: int = 0) -> RunningLms:
    """Serve an LMS in a thread of this process.

    With port 0 the system chooses one, and the LMS's `base_url` becomes the address it is served
    at. With a fixed port an empty `base_url` is filled in too; one that was given stays.
    """
    server = make_server(host, port, closing(lms.app), threaded=True, request_handler=QuietHandler)
    bound = server.server_port
    if port == 0 or not lms.base_url:
        lms.base_url = f"http://{host}:{bound}"
    thread = threading.Thread(
        target=server.serve_forever, args=(0.05,), name=f"lms-{bound}", daemon=True
    )
    thread.start()
    return RunningLms(lms, lms.base_url, bound, server, thread)
