"""Write the lock files: exact versions with hashes, for every platform, without any address.

`requirements.lock` is what an installation needs, `requirements-test.lock` what a developer needs,
`package-lock.json` what the tests and benchmarks ask of Node.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tools import node

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "requirements.lock": ("build",),
    "requirements-test.lock": ("build", "test", "check"),
}


def main() -> int:
    """Resolve all sets; the smaller one keeps to the versions of the larger one."""
    uv = shutil.which("uv")
    if uv is None:
        print("uv is needed for this one command: python3 -m pip install uv", file=sys.stderr)
        return 1
    larger = ROOT / "requirements-test.lock"
    for name in ("requirements-test.lock", "requirements.lock"):
        extras = [word for extra in LOCKS[name] for word in ("--extra", extra)]
        kept = ["--constraint", str(larger)] if name != larger.name else ["--upgrade"]
        subprocess.run(
            [
                uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes",
                "--no-header", "--no-annotate", "--no-emit-index-url", *extras, *kept,
                "pyproject.toml", "--output-file", name,
            ],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        print(name, sum(1 for line in (ROOT / name).open() if "==" in line), "packages")
    try:
        print("package-lock.json", node.lock(), "packages")
    except node.NotInstalled as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
