"""Make the one vendored file of the exported verification page: `python -m tools.bundle`.

What comes from npm is bundled by esbuild into `canonical.js`; beside it lie the licences of all
that is in it and a list with names, versions and SHA-256. The same lock gives the same bytes, which
a test compares. docs/decisions/0045 says why these packages.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools import node

ENTRY = node.ROOT / "tools" / "canonical.mjs"
VENDOR = node.ROOT / "lti_tool" / "static_site" / "browser" / "vendor"
BUNDLE, LICENCES, LIST = "canonical.js", "LICENCES.txt", "vendor.json"
OPTIONS = (
    "--bundle",
    "--format=esm",
    "--platform=browser",
    "--target=es2022",
    "--minify",
    "--charset=utf8",
    "--legal-comments=none",
)


def bundle() -> dict[str, bytes]:
    """The files, by name, as they are made of what is installed. Raises `node.NotInstalled`."""
    node.install()
    with tempfile.TemporaryDirectory() as folder:
        made, inputs = Path(folder) / BUNDLE, Path(folder) / "inputs.json"
        subprocess.run(
            [
                node.program(),
                node.PACKAGES / "esbuild" / "bin" / "esbuild",
                str(ENTRY.relative_to(node.ROOT)),
                *OPTIONS,
                "--log-level=error",
                f"--outfile={made}",
                f"--metafile={inputs}",
            ],
            cwd=node.ROOT,
            check=True,
        )
        script = made.read_bytes()
        (used,) = json.loads(inputs.read_text())["outputs"].values()
    packages = _packages(used["inputs"])
    licences = "".join(
        f"{known['name']} {known['version']}\n\n{_licence(folder)}\n\n{'-' * 72}\n\n"
        for folder, known in packages.items()
    ).encode("utf-8")
    listed = {
        "made": "python -m tools.bundle",
        "packages": [
            {name: known[name] for name in ("name", "version", "license")}
            for known in packages.values()
        ],
        "sha256": {BUNDLE: _sum(script), LICENCES: _sum(licences)},
    }
    return {
        BUNDLE: script,
        LICENCES: licences,
        LIST: (json.dumps(listed, indent=2) + "\n").encode("utf-8"),
    }


def _packages(inputs: dict[str, Any]) -> dict[Path, dict[str, Any]]:
    """The packages that left something in the bundle, by their folders."""
    folders = set()
    for name, known in inputs.items():
        before, inside, path = name.rpartition("node_modules/")
        if inside and known["bytesInOutput"]:
            steps = path.split("/")
            folders.add(before + inside + "/".join(steps[: 2 if path.startswith("@") else 1]))
    return {
        node.ROOT / folder: json.loads((node.ROOT / folder / "package.json").read_text())
        for folder in sorted(folders)
    }


def _licence(folder: Path) -> str:
    (found, *_) = sorted(folder.glob("[Ll][Ii][Cc][Ee][Nn][CcSs][Ee]*"))
    return found.read_text("utf-8").strip()


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main() -> int:
    """Write the files."""
    try:
        made = bundle()
    except node.NotInstalled as missing:
        print(missing, file=sys.stderr)
        return 1
    for name, content in made.items():
        (VENDOR / name).write_bytes(content)
        print(f"{_sum(content)}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
