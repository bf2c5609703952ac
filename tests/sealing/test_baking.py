"""Credentials in pictures: put in whole, taken out whole, never twice."""

import json
import struct
import zlib
from io import BytesIO

import openbadges_bakery
import pytest
from PIL import Image

from lti_tool.badges import artwork
from lti_tool.sealing import baking, png
from lti_tool.sealing.baking import OPEN_BADGES_2, OPEN_BADGES_3, NothingBaked
from lti_tool.verification.reading import NotReadable, read

DRAWN = artwork.Artwork("Keeping a field journal", "An issuer", "2026")
TEXTS = [
    '{"name": "Diseñar, ñandú, 👩🏽\u200d🏫, שלום, مرحبا"}',
    '{"name": "ends ]]> a section, & has <tags>, \\"quotes\\""}',
    "eyJhbGciOiJFUzI1NiJ9.eyJpZCI6IjEifQ.c2lnbmF0dXJl",
]


@pytest.mark.row("B3-002")
@pytest.mark.row("B3-003")
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("form", baking.FORMATS, ids=lambda form: form.name)
def test_what_goes_in_comes_out(text: str, form: baking.Format) -> None:
    in_png = baking.bake_png(artwork.png(DRAWN), text, form)
    in_svg = baking.bake_svg(artwork.svg(DRAWN), text, form)

    assert baking.extract(in_png) == baking.Baked(form, text, "PNG")
    assert baking.extract(in_svg.encode()) == baking.Baked(form, text, "SVG")


@pytest.mark.parametrize("form", baking.FORMATS, ids=lambda form: form.name)
def test_baking_again_replaces_what_was_there(form: baking.Format) -> None:
    in_png = baking.bake_png(artwork.png(DRAWN), TEXTS[0], form)
    in_svg = baking.bake_svg(artwork.svg(DRAWN), TEXTS[1], form)

    for text in TEXTS[::-1]:
        in_png = baking.bake_png(in_png, text, form)
        in_svg = baking.bake_svg(in_svg, text, form)
        assert baking.extract(in_png).text == text
        assert baking.extract(in_svg.encode()).text == text


def test_old_chunks_of_every_kind_are_removed() -> None:
    image = artwork.png(DRAWN)
    old = png.Chunk(b"tEXt", b"openbadgecredential\0https://example.org/old").written()
    packed = b"openbadgecredential\0\0" + zlib.compress(b"old")
    end = len(image) - 12
    image = image[:end] + old + png.Chunk(b"zTXt", packed).written() + image[end:]

    baked = baking.bake_png(image, TEXTS[0])

    assert png.texts(baked, OPEN_BADGES_3.keyword) == [TEXTS[0]]


def test_the_picture_stays_the_same_picture() -> None:
    image = artwork.png(DRAWN)

    baked = baking.bake_png(image, TEXTS[0])

    before, after = Image.open(BytesIO(image)), Image.open(BytesIO(baked))
    assert before.tobytes() == after.tobytes()
    assert [chunk for chunk in png.chunks(baked) if chunk.kind != b"iTXt"] == list(
        png.chunks(image)
    )


@pytest.mark.row("B3-002")
def test_the_text_chunk_is_written_as_the_standard_says() -> None:
    baked = baking.bake_png(artwork.png(DRAWN), TEXTS[0])
    kinds = [chunk.kind for chunk in png.chunks(baked)]
    (chunk,) = (one for one in png.chunks(baked) if one.kind == b"iTXt")

    assert chunk.data.startswith(b"openbadgecredential\0\0\0\0\0{")
    assert kinds.index(b"iTXt") < kinds.index(b"IDAT")
    assert Image.open(BytesIO(baked)).info == {"openbadgecredential": TEXTS[0]}


@pytest.mark.row("B2-004")
def test_the_older_format_is_read_by_its_own_library() -> None:
    baked = baking.bake_png(artwork.png(DRAWN), TEXTS[1], OPEN_BADGES_2)

    assert openbadges_bakery.unbake(BytesIO(baked)) == TEXTS[1]


def test_one_picture_may_carry_both_formats() -> None:
    image = baking.bake_png(artwork.png(DRAWN), '{"ob": 2}', OPEN_BADGES_2)
    image = baking.bake_png(image, '{"ob": 3}', OPEN_BADGES_3)
    svg = baking.bake_svg(artwork.svg(DRAWN), '{"ob": 2}', OPEN_BADGES_2)
    svg = baking.bake_svg(svg, '{"ob": 3}', OPEN_BADGES_3)

    assert png.texts(image, "openbadges") == ['{"ob": 2}']
    assert baking.extract(image).text == '{"ob": 3}'
    assert baking.extract(svg.encode()).text == '{"ob": 3}'
    assert svg.count("<openbadges:") == 2


@pytest.mark.row("B2-004")
def test_a_hosted_assertion_in_an_svg_has_no_verify_attribute() -> None:
    svg = baking.bake_svg(artwork.svg(DRAWN), '{"type": "Assertion"}', OPEN_BADGES_2)

    assert "verify=" not in svg
    assert "<![CDATA[{" in svg


@pytest.mark.row("B3-003")
def test_a_jwt_in_an_svg_stands_in_the_attribute() -> None:
    svg = baking.bake_svg(artwork.svg(DRAWN), TEXTS[2])

    assert f'<openbadges:credential verify="{TEXTS[2]}"></openbadges:credential>' in svg
    assert 'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"' in svg.split(">")[0]


@pytest.mark.parametrize(
    ("root", "words"),
    [
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "no credential"),
        ('<svg xmlns="http://www.w3.org/2000/svg" data-a="x>y"><g/></svg>', "no credential"),
    ],
)
def test_small_and_odd_roots_are_baked_too(root: str, words: str) -> None:
    with pytest.raises(NothingBaked, match=words):
        baking.extract(root.encode())

    assert baking.extract(baking.bake_svg(root, TEXTS[0]).encode()).text == TEXTS[0]


BOMB = (
    '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<svg xmlns="http://www.w3.org/2000/svg">&b;</svg>'
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BOMB.encode(), "entities"),
        (b'<!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg/>', "document type"),
        (b"<svg><g></svg>", "cannot be read"),
        (b"<other><svg/></other>", "no SVG"),
        (png.SIGNATURE + b"\0\0\0\5IHDR", "middle"),
        (b"GIF89a", "neither"),
        (b"\xff\xfe\xfd", "neither"),
    ],
)
def test_hostile_pictures_are_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(NothingBaked, match=words):
        baking.extract(data)


def test_a_wrong_checksum_is_noticed() -> None:
    baked = bytearray(baking.bake_png(artwork.png(DRAWN), TEXTS[0]))
    place = baked.index(b"openbadgecredential") + 30
    baked[place] ^= 1

    with pytest.raises(NothingBaked, match="checksum"):
        baking.extract(bytes(baked))


def test_a_text_that_unfolds_without_end_is_refused() -> None:
    packed = zlib.compress(b"a" * (4 * png.LONGEST_TEXT), 9)
    chunk = png.Chunk(b"iTXt", b"openbadgecredential\0\1\0\0\0" + packed).written()
    image = artwork.png(DRAWN)

    with pytest.raises(NothingBaked, match="too large"):
        baking.extract(image[:-12] + chunk + image[-12:])


def test_two_credentials_in_one_picture_are_refused() -> None:
    image = artwork.png(DRAWN)
    chunk = png.Chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0{}").written()

    with pytest.raises(NothingBaked, match="2 credentials"):
        baking.extract(image[:-12] + chunk + chunk + image[-12:])


def test_a_length_beyond_the_file_is_refused() -> None:
    image = png.SIGNATURE + struct.pack(">I", 0xFFFFFFFF) + b"IDAT" + b"\0" * 40

    with pytest.raises(NothingBaked, match="middle"):
        baking.extract(image)


@pytest.mark.row("B3-004")
def test_an_older_picture_that_holds_an_address_only_leads_there() -> None:
    address = "https://example.org/assertions/1"
    presented = read(baking.bake_png(artwork.png(DRAWN), address, OPEN_BADGES_2))
    assert presented.document == {"id": address, "type": "Assertion"}
    assert presented.is_open_badges_2

    with pytest.raises(NotReadable):
        read(baking.bake_png(artwork.png(DRAWN), address, OPEN_BADGES_3))


def test_scripts_in_a_picture_are_not_our_business_and_never_run() -> None:
    hostile = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

    assert json.loads(baking.extract(baking.bake_svg(hostile, '{"a": 1}').encode()).text)
