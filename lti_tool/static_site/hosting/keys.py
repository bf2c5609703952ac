"""For object stores (S3 and the like): `python3 hosting/keys.py` prints what to upload as what.

A line has a key, the file to put there and its media type, separated by tabs. Such a store answers
an address with the object of that very key and knows no rules, so a page and a document are there
twice: under their file's name and under their address. Needs Python 3.8 or newer and nothing else.
"""

import sys
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent
TYPES = {
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
OF_SERVERS = ("hosting/", ".htaccess")
"""What only servers with rules can use."""


def main() -> None:
    """Print the table."""
    lines = (SITE / "SHA256SUMS").read_text("utf-8").splitlines()
    names = [line.partition("  ")[2] for line in lines]
    there = set(names)
    for name in [*names, "SHA256SUMS"]:
        path = Path(name)
        if name.startswith(OF_SERVERS) or path.suffix == ".gone":
            continue
        is_did = path.name == "did.json"
        media_type = "application/did+json" if is_did else TYPES.get(path.suffix, TYPES[".txt"])
        keys = [name]
        address = name[: -len(path.suffix)]
        if path.suffix == ".html" or (
            path.suffix == ".json"
            and name.startswith("badges/")
            and not name.endswith(".clr.json")
            and address + ".html" not in there
        ):
            keys.append(address)
        for key in keys:
            sys.stdout.write(f"{key}\t{name}\t{media_type}\n")


if __name__ == "__main__":
    main()
