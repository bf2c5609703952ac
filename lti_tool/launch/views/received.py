"""The parameters of a login or launch, as far as they can be read and kept."""

from collections.abc import Mapping

from flask import request as http
from werkzeug.exceptions import RequestEntityTooLarge

from lti_tool.launch.claims import text
from lti_tool.launch.problems import MALFORMED, TOO_LARGE, Seen, refuse

LARGEST = 1_048_576
"""Bytes of a login or launch form (T-026)."""


def received() -> Mapping[str, str]:
    """What came in the query or in a form of sensible size. Raises `LaunchProblem`."""
    http.max_content_length = LARGEST
    http.max_form_memory_size = LARGEST
    try:
        sources = (http.args, http.form)
    except RequestEntityTooLarge as error:
        raise refuse(TOO_LARGE, ("size", http.content_length, f"{LARGEST} bytes")) from error
    parameters: dict[str, str] = {}
    for source in sources:
        for name, value in source.items(multi=True):
            # Which of two would count is for nobody to guess (RFC 6749, 3.1).
            if parameters.setdefault(name, value) != value:
                raise refuse(MALFORMED, (text(name, 80), "two different values", "one"))
    return keepable(parameters)


def keepable(parameters: Mapping[str, str]) -> Mapping[str, str]:
    """The same parameters, unless one holds what no database keeps (U+0000)."""
    for name, value in parameters.items():
        if "\0" in name + value:
            raise refuse(MALFORMED, (text(name, 80), "text with U+0000", "text without it"))
    return parameters


def asked(parameters: Mapping[str, str]) -> Seen:
    """What a login says of itself, which nobody has signed."""
    return Seen(
        issuer=text(parameters.get("iss"), 4096),
        client_id=text(parameters.get("client_id"), 255),
        deployment_id=text(parameters.get("lti_deployment_id"), 255),
    )
