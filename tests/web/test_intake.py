"""What comes in and is not believed."""

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/programs", "/programs/"),
        ("/programs?x=1", "/programs/?x=1"),
        ("/programs//", "/programs/"),
    ],
)
def test_a_corrected_address_stays_here_whatever_host_the_sender_names(
    client: FlaskClient, asked: str, led_to: str
) -> None:
    answer = client.get("/", environ_overrides=_as(asked), headers={"Host": "evil.example"})

    assert (answer.status_code, answer.headers["Location"]) == (308, led_to)


def _as(address: str) -> dict[str, str]:
    """The path and query as they stand in a request's first line."""
    path, _, query = address.partition("?")
    return {"PATH_INFO": path, "QUERY_STRING": query}
