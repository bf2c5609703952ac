"""The canonical form as browsers find it on the exported verification page: by the vendored file.

One process of Node runs that very file for all questions of a run; nothing is installed for it.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lti_tool.sealing import contexts
from tools import node

PROCESS = Path(__file__).with_name("in_browsers.mjs")


class Refused(Exception):
    """It could not be brought into a canonical form; the message is the library's."""


@dataclass(frozen=True)
class InBrowsers:
    """The process that is asked."""

    process: subprocess.Popen[str]

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["InBrowsers"]:
        """Start it, give it the contexts that the site has, and stop it at the end."""
        command = [str(node.program()), "--no-warnings", str(PROCESS)]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        found = cls(process)
        try:
            found._say({url: contexts.load(url) for url in contexts.known()})
            yield found
        finally:
            process.communicate(timeout=20)

    def canonical(self, document: dict[str, Any]) -> str:
        """The canonical form of a document. Raises `Refused`."""
        self._say(document)
        assert self.process.stdout is not None
        answer = json.loads(self.process.stdout.readline() or '{"refused": "it ended"}')
        if "refused" in answer:
            raise Refused(answer["refused"])
        return str(answer["text"])

    def _say(self, message: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
