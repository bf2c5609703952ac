"""An archive is taken apart within bounds, and each badge in it is looked at once."""

import io
import json
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lti_tool.badges import artwork
from lti_tool.badges.models import Rendering
from lti_tool.holdings import archives
from lti_tool.holdings.looking import NotHeld
from lti_tool.sealing import baking
from tests.badges.conftest import workshop
from tests.badges.workshop import NOON, Workshop, an_award
from tests.builders import a_credential_version
from tests.cast import ada, ivan
from tests.verification.test_records import record

__all__ = ["workshop"]

HERE = "http://localhost:8000"


def packed(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


SMALL = packed(a_json=b'{"id": "urn:a"}', b__c_json=b'{"id": "urn:b"}')


def test_one_badge_in_many_files_is_one_and_its_picture_is_kept(workshop: Workshop) -> None:
    """The formats of one award, an older standard, and a record that holds it (B3-061)."""
    award = an_award(a_credential_version(title="Tides"), ada())
    document = json.dumps(workshop.signed(award))
    drawn = artwork.artwork_of_award(award)

    inside = archives.badges_in(
        packed(
            one__badge_json=document.encode(),
            one__badge_jwt=workshop.token(award).encode(),
            one__badge_png=baking.bake_png(artwork.png(drawn), document),
            one__card_png=artwork.png(drawn),
            one__old__signed_jws=workshop.render(award, Rendering.OB2_JWS),
            everything_clr_json=json.dumps(record(workshop, json.loads(document))).encode(),
            index_html=b"<p>Read me",
            inner_zip=packed(badge_json=document.encode()),
        )
    )

    (only,) = inside
    assert (only.name, only.title) == ("one/badge.png", "Tides (demonstration)")


def test_each_badge_is_looked_at_as_if_it_came_alone(workshop: Workshop) -> None:
    mine, others = (an_award(a_credential_version(), one) for one in (ada(), ivan()))
    data = packed(
        a_json=json.dumps(workshop.signed(mine)).encode(),
        b_json=json.dumps(workshop.signed(others)).encode(),
    )

    tried = list(
        archives.look_at_all(
            archives.badges_in(data), workshop.shelf(), person=ada(), own=HERE, now=NOON
        )
    )

    assert [one.seen is not None for one in tried] == [True, False]
    assert tried[0].seen is not None
    assert tried[0].seen.came_by == "archive"
    assert "not earned by" in str(tried[1].refusal)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04 and then nothing", "cannot be read"),
        (packed(readme_txt=b"hello"), "no badge"),
        (packed(**{f"f{number}_txt": b"" for number in range(2001)}), "2000 files"),
        (packed(**{f"b{number}_json": b" " * 8_000_000 for number in range(13)}), "too much"),
        (
            packed(
                **{
                    f"b{number}_json": json.dumps({"id": f"urn:{number}", "a": 1}).encode()
                    for number in range(61)
                }
            ),
            "at most 60",
        ),
    ],
    ids=["broken", "empty", "many", "bomb", "crowded"],
)
def test_what_is_too_much_or_nothing_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(NotHeld, match=words):
        archives.badges_in(data)


def hollow(number: int, kinds: str, size: int) -> bytes:
    """A document of this many thousand empty objects, three bytes each."""
    start = b'{"type": ["VerifiableCredential", "%s"], "n": %d, "x": [' % (kinds.encode(), number)
    return start + b"{}," * (1000 * size) + b"{}]}"


def full_of_relatives(number: int) -> bytes:
    """An Open Badges 2.0 assertion that names thousands of other renderings."""
    others = b",".join(b'{"id": "%d"}' % one for one in range(10_000))
    return b'{"type": "Assertion", "n": %d, "related": [%s]}' % (number, others)


HEAVY = {
    "too long": [hollow(1, "OpenBadgeCredential", 330)],
    "hollow": [hollow(number, "OpenBadgeCredential", 80) for number in range(5)],
    "records": [hollow(number, "ClrCredential", 110) for number in range(3)],
    "relatives": [full_of_relatives(number) for number in range(10)],
}


@pytest.mark.parametrize("kind", HEAVY)
def test_a_small_archive_takes_little_memory(kind: str) -> None:
    """Parsed JSON is up to thirty times as large as its file, and one document is there at once."""
    data = packed(**{f"b{number}_json": one for number, one in enumerate(HEAVY[kind])})

    tracemalloc.start()
    try:
        with suppress(NotHeld):
            archives.badges_in(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 16 * 1024 * 1024


def test_reading_ends_where_there_are_too_many() -> None:
    """What lies behind is not unpacked: here it could not be."""
    data = packed(**{f"b{number:02}_json": b'{"id": "urn:%d"}' % number for number in range(80)})
    broken = data.replace(b"b79.json", b"b79.jsoX", 1)  # its own header disagrees with the list

    with pytest.raises(NotHeld, match="at most 60"):
        archives.badges_in(broken)


@given(st.dictionaries(st.integers(0, len(SMALL) - 1), st.integers(0, 255), min_size=1, max_size=6))
@example({SMALL.index(b"\x01\x02") + 5: 99})  # a version of the format that nobody knows
@example({SMALL.index(b"\x01\x02") + 28: 0})  # a name without a letter
def test_an_archive_with_altered_bytes_is_read_or_refused(altered: dict[int, int]) -> None:
    data = bytearray(SMALL)
    for place, value in altered.items():
        data[place] = value

    with suppress(NotHeld):
        assert len(archives.badges_in(bytes(data))) <= 2
