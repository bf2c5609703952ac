"""A process that asks an LMS for tokens, one after the other, until a file tells it to stop.

`python -m tests.admin.signer '{"database_url": …, "data_dir": …, "lms": …, "client_id": …,
"stop": …}'` says by a file that it has begun, and prints with which keys it
signed how often, and what the LMS said where it gave no token.
"""

import json
import os
import secrets
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import requests

from lti_tool.database import connect
from lti_tool.keyring import Keyring
from lti_tool.launch.connector import SCORES
from lti_tool.launch.service_tokens import ASSERTION_TYPE, sign
from tests.conftest import some_settings


def main() -> None:
    """Sign until told to stop."""
    told = json.loads(sys.argv[1])
    settings = some_settings(told["database_url"], Path(told["data_dir"]))
    ring = Keyring.open(settings, connect(told["database_url"]), datetime.now(UTC), look_again=0.1)
    kids: dict[str, int] = {}
    refused: list[str] = []
    while not Path(told["stop"]).exists():
        key, now = ring.lti_key(), int(time.time())
        message = {
            "iss": told["client_id"], "sub": told["client_id"], "aud": told["lms"],
            "iat": now - 5, "exp": now + 60, "jti": secrets.token_urlsafe(16),
        }  # fmt: skip
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": sign(message, key),
            "scope": SCORES,
        }
        answer = requests.post(told["lms"], data=form, timeout=10)
        if not answer.ok:
            refused.append(answer.text)
        if not kids:
            Path(f"{told['stop']}.begun.{os.getpid()}").touch()
        kids[key.kid] = kids.get(key.kid, 0) + 1
        time.sleep(0.02)
    print(json.dumps({"kids": kids, "refused": refused}))  # noqa: T201


if __name__ == "__main__":
    main()
