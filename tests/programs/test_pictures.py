"""A package may bring its badges' pictures: harmless ones are taken, others refused by name."""

import base64
import struct
import zlib
from io import BytesIO
from pathlib import Path
from shutil import copytree

import pytest
from PIL import Image

from lti_tool.badges import artwork
from lti_tool.badges.artwork import Artwork
from lti_tool.programs import packages, pictures
from lti_tool.programs.interchange import Fault
from lti_tool.programs.pictures import NotTaken
from lti_tool.programs.shipped import shipped_packages
from lti_tool.sealing import baking, png
from lti_tool.sharing import share_card

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    '<rect width="10" height="10" fill="#123456"/>{}</svg>'
)


def a_png(side: int = 200, **more: object) -> bytes:
    """A square PNG of one colour."""
    file = BytesIO()
    Image.new("RGB", (side, side), "#123456").save(file, "PNG", **more)
    return file.getvalue()


def bombed(side: int) -> bytes:
    """A PNG of one size whose picture unfolds to another."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 50_000_000, 9)
    chunks = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return png.SIGNATURE + b"".join(png.Chunk(kind, data).written() for kind, data in chunks)


@pytest.mark.parametrize("given", [a_png(), SVG.format("").encode()], ids=["png", "svg"])
def test_a_supplied_picture_is_the_badge_in_both_forms_and_takes_a_credential(given: bytes) -> None:
    drawn = Artwork("Title", "Issuer", picture=pictures.taken(given), is_demonstration=True)

    shown = Image.open(BytesIO(artwork.png(drawn))).convert("RGB")

    assert (shown.size, shown.getpixel((300, 300))) == ((600, 600), (0x12, 0x34, 0x56))
    for form in baking.FORMATS:
        for baked in (
            baking.bake_png(artwork.png(drawn), "{}", form),
            baking.bake_svg(artwork.svg(drawn), "{}", form).encode(),
        ):
            assert baking.extract(baked).text == "{}"
    card = Image.open(BytesIO(share_card.png(share_card.ShareCard(drawn, "Ada", "cairn.example"))))
    assert card.convert("RGB").getpixel((334, 315)) == (0x12, 0x34, 0x56)


def test_a_png_is_written_anew_with_nothing_but_the_picture() -> None:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Author", "somebody")

    taken = base64.b64decode(pictures.taken(a_png(pnginfo=told)).partition(",")[2])

    assert b"somebody" not in taken
    assert Image.open(BytesIO(taken)).size == (200, 200)


def a_raw_png(
    head: tuple[int, ...] = (200, 200, 8, 2, 0, 0, 0),
    body: bytes | None = None,
    *more: tuple[bytes, bytes],
) -> bytes:
    """A PNG made by hand, whatever sense it makes."""
    packed = zlib.compress(b"\0" * (200 * 601) if body is None else body, 9)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", *head)),
        *more,
        (b"IDAT", packed),
        (b"IEND", b""),
    )
    return png.SIGNATURE + b"".join(png.Chunk(kind, data).written() for kind, data in chunks)


GRADIENT = '<radialGradient id="g"><stop offset="0"/><stop offset="1"/></radialGradient>'
CLIPPED = '<clipPath id="{0}"><rect width="5" height="5" clip-path="url(#{1})"/></clipPath>'
STYLED = '<?xml-stylesheet href="https://x.example/a.css"?>'

HOSTILE: list[tuple[str | bytes, str]] = [
    # What runs, loads or leads elsewhere
    (SVG.format("<script>alert(1)</script>"), "<script>.* Keep shapes only"),
    (SVG.format('<path d="M0 0" onload="x()"/>'), "onload.*take it out"),
    (SVG.format('<path d="M0 0" style="fill:url(//x)"/>'), "style.*take it out"),
    (SVG.format('<image href="https://x.example/a.png"/>'), "<image>"),
    (SVG.format('<use href="#a"/>'), "<use>"),
    (SVG.format('<path fill="url(https://x.example)"/>'), "leads out.*Take it out"),
    (SVG.format("<foreignObject/>"), "<foreignObject>"),
    (SVG.format("<style>*{}</style>"), "<style>"),
    (SVG.format("<animate/>"), "<animate>"),
    (SVG.format("<text>Hi</text>"), "outlines"),
    (STYLED + SVG.format(""), "instruction.*take it out"),
    ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;"), "entities.*take them out"),
    # What never ends
    (SVG.format("<g/>" * 2_001), "2000 elements.*simpler"),
    (SVG.format("<g>" * 30 + "</g>" * 30), "deep.*Ungroup"),
    (SVG.format('<g opacity=".5"/>' * 41), "40 elements.*groups"),
    (SVG.format(CLIPPED.format("a", "b") + CLIPPED.format("b", "a")), "clip-path out"),
    (SVG.format('<path d="M0 5H9" stroke-dasharray="0.0001"/>'), "stroke-dasharray"),
    (SVG.format(GRADIENT + '<rect width="9" height="9" fill="url(#g)"/>' * 1_900), "too long"),
    (bombed(200), "not the size it says"),
    (a_raw_png((60_000, 60_000, 8, 2, 0, 0, 0)), "60000 x 60000 pixels; it must be square"),
    (b" " * 200_000, "195 kB; at most 100 kB fit. Save it smaller"),
    # What cannot be shown everywhere
    (SVG.replace("0 0 10 10", "0 0 10 20").format(""), "square, such as"),
    (SVG.replace("0 0 10 10", "0 0 0 0").format(""), "square, such as"),
    (SVG.replace("0 0 10 10", "0 0 1e30 1e30").format(""), "square, such as"),
    (SVG.format("").encode("utf-16"), "in UTF-8"),
    (a_png(64), "64 x 64"),
    (a_raw_png((200, 200, 16, 2, 0, 0, 0)), "at most 8 bits"),
    (a_raw_png((200, 200, 8, 2, 0, 0, 1)), "not interlaced"),
    (a_raw_png((200, 200, 8, 2, 0, 0, 0), None, (b"acTL", b"\0\0\0\2" * 2)), "animated. Save"),
    # What is something else too, or damaged
    ("<html/>", "neither"),
    ("not a picture", "neither"),
    (b"GIF89a<svg/>", "neither"),
    (a_png() + b"PK\3\4 an archive as well", "follows the end.*save it again"),
    (a_png()[:-20], "ends in the middle. Save it again"),
    (a_png().replace(b"IDAT", b"IDAX", 1), "checksum.*Save it again"),
    (a_raw_png((200, 200, 8, 2, 0, 0, 0), None, (b"IHDR", b"\0" * 13)), "begin with its size"),
    (a_raw_png((200, 200, 8, 3, 0, 0, 0), b"\0" * 200 * 201), "Nothing of it can be seen"),
    (a_raw_png((200, 200, 8, 2, 0, 0, 0), b"\x09" * 200 * 601), "Nothing of it can be seen"),
    ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>', "Nothing of it can be seen"),
]


@pytest.mark.parametrize(("data", "words"), HOSTILE, ids=[words for _, words in HOSTILE])
def test_what_could_do_harm_or_looks_bad_is_refused_with_its_reason(
    data: str | bytes, words: str
) -> None:
    with pytest.raises(NotTaken, match=words):
        pictures.taken(data if isinstance(data, bytes) else data.encode())


PACKAGE = next(one for one in shipped_packages() if one.name == "dupage-leadership-hub")


def test_a_package_names_a_file_beside_it_and_is_told_what_is_wrong_with_one(
    tmp_path: Path,
) -> None:
    def given(name: str, content: bytes | None) -> list[Fault]:
        text = (PACKAGE / "program.yaml").read_text("utf-8")
        at = text.index("\nstacks:\n") + len("\nstacks:\n")
        line = text[at:].split("\n", 1)[0]
        indent = " " * (line.index("-") + 2)
        head, rest = text[: at + len(line)], text[at + len(line) :]
        (tmp_path / "program.yaml").write_text(f"{head}\n{indent}picture: {name}{rest}", "utf-8")
        if content is not None:
            (tmp_path / name).write_bytes(content)
        return packages.check(tmp_path)

    copytree(PACKAGE, tmp_path, dirs_exist_ok=True)
    assert [one.words for one in given("one.svg", b"<svg/>")] == [
        "“one.svg”: It is neither a PNG nor an SVG."
    ]
    assert [one.rule for one in given("../x.svg", None)] == ["picture"]
    assert given("two.svg", SVG.format("").encode()) == []
    (stack, *_) = packages.read(tmp_path).document["stacks"]
    assert stack["picture"].startswith(pictures.SVG)
