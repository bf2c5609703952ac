"""`Imsx_StatusInfo`: how the Open Badges API says what went wrong."""

from typing import Any

from lti_tool.errors import Refused

UNAUTHORIZED = "unauthorizedrequest"
FORBIDDEN = "forbidden"
QUERY = "invalid_query_parameter"
DATA = "invalid_data"
NOT_FOUND = "not_found"
NOT_ACCEPTABLE = "not_acceptable"
BUSY = "server_busy"
BROKEN = "internal_server_error"
UNKNOWN = "unknownobject"

CODES = (
    "fullsuccess", FORBIDDEN, BROKEN, DATA, QUERY, "misdirected_request",
    NOT_ACCEPTABLE, NOT_FOUND, "not_modified", BUSY, UNAUTHORIZED, UNKNOWN,
)  # fmt: skip
MAJORS = ("success", "processing", "failure", "unsupported")
SEVERITIES = ("status", "warning", "error")


class ApiRefused(Refused):
    """The API refuses, in words for developers; `code` is one of `CODES`."""

    def __init__(self, status: int, code: str, words: str, *, challenge: str = "") -> None:
        super().__init__(words)
        self.status = status
        self.code = code
        self.challenge = challenge
        """What stands in `WWW-Authenticate`; empty for none."""


def body(code: str, words: str) -> dict[str, Any]:
    """A failure as the API tells it."""
    field = {
        "imsx_codeMinorFieldName": "TargetEndSystem",
        "imsx_codeMinorFieldValue": code,
    }
    return {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": words,
        "imsx_CodeMinor": {"imsx_codeMinorField": [field]},
    }
