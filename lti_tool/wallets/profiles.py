"""What a connected service is told of a person, and what it may tell us."""

import re
from collections.abc import Mapping
from typing import Any

from lti_tool.people.models import Person
from lti_tool.wallets import status_info
from lti_tool.wallets.models import Connection
from lti_tool.wallets.status_info import ApiRefused

CONTEXT = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
ADDRESS, WORDS = 500, 2000
"""Characters of the address and the words of somebody's page."""


def profile(connection: Connection) -> dict[str, Any]:
    """The person as this service knows them: the id is another for each service."""
    person: Person = connection.person
    told = {
        "name": person.name,
        "email": person.email,
        "url": connection.profile_url,
        "description": connection.profile_words,
    }
    return {
        "@context": list(CONTEXT),
        "id": connection.subject,
        "type": ["Profile"],
        **{name: value for name, value in told.items() if value},
    }


def update(connection: Connection, given: Any) -> None:
    """Keep the address and the words of the person's page there; what is left out goes.

    Name and address come from the school, so they may be repeated and not changed. Raises
    `ApiRefused`.
    """
    if not isinstance(given, Mapping):
        raise _refused("The body must be a Profile as a JSON object.")
    mine = profile(connection)
    for name, value in given.items():
        if name in ("url", "description", "@context", "type") or not value:
            continue
        if name not in mine:
            raise _refused(f"{_plain(name)} is not kept here.")
        if value != mine[name]:
            raise _refused(f"{_plain(name)} comes from the school and cannot be changed here.")
    connection.profile_url = _address(given.get("url") or "")
    connection.profile_words = _words(given.get("description") or "")


def _plain(name: str) -> str:
    return name if re.fullmatch(r"@?\w{1,40}", name, re.ASCII) else "A member"


def _address(given: Any) -> str:
    is_one = isinstance(given, str) and len(given) <= ADDRESS
    if not is_one or not (given == "" or re.fullmatch(r"https?://[\x21-\x7e]+", given)):
        raise _refused(f"url must be a web address of at most {ADDRESS} characters.")
    return str(given)


def _words(given: Any) -> str:
    if not isinstance(given, str) or len(given) > WORDS or "\0" in given:
        raise _refused(f"description must be a text of at most {WORDS} characters.")
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise _refused("description holds half a character.") from error
    return given


def _refused(words: str) -> ApiRefused:
    return ApiRefused(400, status_info.DATA, words)
