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
    for baked in (
        baking.bake_png(artwork.png(drawn), "{}"),
        baking.bake_svg(artwork.svg(drawn), "{}"),
    ):
        assert baked


def test_a_png_is_written_anew_with_nothing_but_the_picture() -> None:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Author", "somebody")

    taken = base64.b64decode(pictures.taken(a_png(pnginfo=told)).partition(",")[2])

    assert b"somebody" not in taken
    assert Image.open(BytesIO(taken)).size == (200, 200)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (SVG.format("<script>alert(1)</script>"), "<script>"),
        (SVG.format('<path d="M0 0" onload="x()"/>'), "onload"),
        (SVG.format('<image href="https://x.example/a.png"/>'), "<image>"),
        (SVG.format('<path fill="url(https://x.example)"/>'), "leads out"),
        (SVG.format("<foreignObject/>"), "<foreignObject>"),
        (SVG.format("<style>*{}</style>"), "<style>"),
        (SVG.format("<text>Hi</text>"), "outlines"),
        (SVG.format("<g/>" * 2_001), "2000 elements"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;"), "entities"),
        (SVG.replace("0 0 10 10", "0 0 10 20").format(""), "square"),
        ("<html/>", "neither"),
        ("not a picture", "neither"),
        (bombed(200), "not the size it says"),
        (a_png()[:-20], "ends in the middle"),
        (a_png().replace(b"IDAT", b"IDAX", 1), "checksum"),
        (a_png(64), "64 x 64"),
        (b" " * 200_000, "kB fit"),
    ],
)
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
