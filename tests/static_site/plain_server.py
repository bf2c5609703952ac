"""A web server that knows nothing of badges, with the mapping of the site's README.txt."""

import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

JSON = re.compile(r"application/(ld\+json|json|vc)")
ASSERTION = re.compile(r"/badges/v2/assertions/\w+")


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012  as the class it comes from has it
        "": "application/octet-stream",
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/ld+json",
        ".jwt": "text/plain; charset=utf-8",
        ".jws": "text/plain; charset=utf-8",
        ".png": "image/png",
        ".svg": "image/svg+xml",
    }

    def translate_path(self, path: str) -> str:
        """The file of an address: itself, or with the ending that is wanted."""
        wanted = Path(super().translate_path(path))
        endings = [".html", ".json"]
        if JSON.search(self.headers.get("Accept", "")):
            endings.reverse()
        candidates = [wanted, *(wanted.with_name(wanted.name + one) for one in endings)]
        return str(next((one for one in candidates if one.is_file()), wanted))

    def do_GET(self) -> None:
        """410 for what was revoked, a file for the rest."""
        path = self.path.partition("?")[0]
        if ASSERTION.fullmatch(path) and Path(f"{self.directory}{path}.gone").is_file():
            body = Path(f"{self.directory}{path}.json").read_bytes()
            self.send_response(410)
            self.send_header("Content-Type", "application/ld+json")
            self.end_headers()
            self.wfile.write(body)
            return
        super().do_GET()

    def guess_type(self, path: Any) -> str:
        """The media type of a file; did documents have one of their own."""
        is_did = str(path).endswith("/did.json")
        return "application/did+json" if is_did else str(super().guess_type(path))

    def end_headers(self) -> None:
        """Any site may read, and a page loads nothing from elsewhere."""
        self.send_header("Access-Control-Allow-Origin", "*")
        policy = "default-src 'self'; object-src 'none'; base-uri 'none'"
        self.send_header("Content-Security-Policy", policy)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class PlainServer:
    """Serves a folder on a port of loopback until it is stopped."""

    def __init__(self, folder: Path, port: int) -> None:
        handler = partial(_Handler, directory=str(folder))
        self._server = ThreadingHTTPServer(("localhost", port), handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> "PlainServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
