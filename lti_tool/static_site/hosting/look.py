"""Look at this site on your own machine: `python3 hosting/look.py [PORT]`.

Needs Python 3.8 or newer and nothing else. It serves the folder as the configurations beside it
do, at http://localhost:PORT, to this machine alone. It is no server for the world.
"""

import re
import sys
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent
PROGRAM = re.compile(r"application/(ld\+json|json|vc)", re.IGNORECASE)
TWO = re.compile(r"/badges/v2/(assertions|endorsements)/\w+")
TYPES = {
    "": "application/octet-stream",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".jwt": "text/plain; charset=utf-8",
    ".jws": "text/plain; charset=utf-8",
    ".json": "application/ld+json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'",
    "Cache-Control": "public, max-age=300",
    "Vary": "Accept",
}


class Handler(SimpleHTTPRequestHandler):
    """Answers an address with the file of that name, or of that name and an ending."""

    extensions_map = TYPES

    def do_GET(self) -> None:
        """410 for what was taken back in Open Badges 2.0, a file for the rest."""
        path = self.path.partition("?")[0]
        if TWO.fullmatch(path) and (SITE / (path[1:] + ".gone")).is_file():
            body = (SITE / (path[1:] + ".json")).read_bytes()
            self.send_response(410)
            self.send_header("Content-Type", TYPES[".json"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        elif Path(self.translate_path(path)).is_dir():
            self.send_error(404)
        else:
            super().do_GET()

    def translate_path(self, path: str) -> str:
        """The file of an address; what is not there answers 404."""
        wanted = Path(super().translate_path(path))
        if wanted.name.startswith(".ht"):
            return str(SITE / "nothing")
        endings = [".html", ".json"]
        if PROGRAM.search(self.headers.get("Accept", "")):
            endings.reverse()
        names = [wanted, *(wanted.with_name(wanted.name + one) for one in endings)]
        return str(next((one for one in [*names, wanted / "index.html"] if one.is_file()), wanted))

    def guess_type(self, path: object) -> str:
        """The media type of a file; did documents have one of their own."""
        return (
            "application/did+json"
            if str(path).endswith("/did.json")
            else super().guess_type(str(path))
        )

    def end_headers(self) -> None:
        """What every answer carries."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if re.search(r"\.(json|jwt|jws|png|svg)$", self.path.partition("?")[0]):
            self.send_header("X-Robots-Tag", "noindex")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


def main() -> None:
    """Serve until Ctrl-C."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    server = ThreadingHTTPServer(("localhost", port), partial(Handler, directory=str(SITE)))
    sys.stdout.write(f"Open http://localhost:{port} and end it with Ctrl-C.\n")
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
