"""What the server of a practice LMS leaves open: nothing."""

import io
from collections.abc import Iterable

from werkzeug.test import create_environ
from werkzeug.wrappers import Response

from lti_tool.practice_lms.server import closing


def answer_with(picture: io.BytesIO) -> Iterable[bytes]:
    answer = Response(picture, direct_passthrough=True)
    return closing(answer)(create_environ(), lambda *_: lambda _: None)


def test_a_file_is_closed_when_the_browser_goes_away_half_way():
    picture = io.BytesIO(b"a\n" * 64)
    parts = iter(answer_with(picture))
    next(parts)

    # The server drops the answer without closing it.
    del parts

    assert picture.closed


def test_a_file_is_closed_when_all_of_it_was_sent():
    picture = io.BytesIO(b"a\n" * 64)

    sent = b"".join(answer_with(picture))

    assert (sent, picture.closed) == (b"a\n" * 64, True)
