"""Credentials put into pictures and taken out again: Open Badges and records, PNG and SVG.

Sources: Open Badges 3.0, section 5.3; Open Badges 2.0 baking. Pictures
are spliced, never drawn anew, so that everything else in them stays as it was.
"""

import io
import tempfile
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

import openbadges_bakery
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from lti_tool.sealing import png

SVG = "http://www.w3.org/2000/svg"

LARGEST_IMAGE = 8 * 1024 * 1024
"""Bytes of a picture that is looked into."""


MOST_TAGS = 100_000
"""Tags of an SVG: each becomes an object here."""


@dataclass(frozen=True)
class Format:
    """How one version of Open Badges is baked."""

    name: str
    keyword: str
    namespace: str
    prefix: str
    element: str


OPEN_BADGES_3 = Format(
    "Open Badges 3.0",
    "openbadgecredential",
    "https://purl.imsglobal.org/ob/v3p0",
    "openbadges",
    "credential",
)
OPEN_BADGES_2 = Format(
    "Open Badges 2.0", "openbadges", "http://openbadges.org", "openbadges", "assertion"
)
CLR_2 = Format(
    "a Comprehensive Learner Record 2.0",
    "clrcredential",
    "https://purl.imsglobal.org/clr/v2p0",
    "clr",
    "credential",
)
FORMATS = (OPEN_BADGES_3, CLR_2, OPEN_BADGES_2)


class NothingBaked(ValueError):
    """There is no credential in the picture, or it cannot be read; the message says which."""


@dataclass(frozen=True)
class Baked:
    """What was found in a picture."""

    format: Format
    text: str
    """JSON, a compact JWT, or, in old Open Badges 2.0 pictures, an address."""
    picture: str
    """`PNG` or `SVG`."""


def bake_png(image: bytes, text: str, form: Format = OPEN_BADGES_3) -> bytes:
    """The PNG with the credential in it; what stood there before under the keyword is gone."""
    if form is OPEN_BADGES_2:
        return _bake_png_2(image, text)
    return png.with_text(image, form.keyword, text)


def _bake_png_2(image: bytes, text: str) -> bytes:
    """The PNG baked by 1EdTech's own library, which knows Open Badges 2.0 only."""
    with tempfile.TemporaryFile() as baked:
        openbadges_bakery.bake(io.BytesIO(image), text, output_file=baked)
        baked.seek(0)
        return baked.read()


def bake_svg(image: str, text: str, form: Format = OPEN_BADGES_3) -> str:
    """The SVG with the credential as first child of its root.

    A compact JWT stands in the attribute `verify`; JSON stands as character data. A hosted Open
    Badges 2.0 assertion has no `verify`: validators take any such attribute for a JWT, or fail
    on it (1EdTech's validator 1.1.2).
    """
    image = _without(image, form)
    start, end, is_closed = _root_tag(image)
    body = image[end:] if not is_closed else f"</{_tag_name(image, start)}>"
    is_json = text.lstrip().startswith("{")
    # ]]> would end the section, so it is cut in two that meet again when read.
    inner = "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>" if is_json else ""
    verify = "" if is_json else f' verify="{text}"'
    name = f"{form.prefix}:{form.element}"
    tag = image[start:end].rstrip(">").rstrip("/").rstrip()
    declaration = f' xmlns:{form.prefix}="{form.namespace}"'
    if f"xmlns:{form.prefix}=" not in tag:
        tag += declaration
        declaration = ""
    # Where the root binds the prefix to the other format, the element binds it anew.
    return f"{image[:start]}{tag}><{name}{declaration}{verify}>{inner}</{name}>{body}"


def _tag_name(image: str, start: int) -> str:
    return image[start + 1 :].split(None, 1)[0].rstrip("/>")


def _root_tag(image: str) -> tuple[int, int, bool]:
    """Where the root's opening tag begins and ends, and whether it closes itself at once."""
    start = image.index("<svg")
    quote = ""
    for position in range(start, len(image)):
        letter = image[position]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == ">":
            return start, position + 1, image[position - 1] == "/"
    raise NothingBaked("the SVG has no root element")


def _without(image: str, form: Format) -> str:
    """The SVG without credentials baked there before; unchanged where there are none."""
    root = _parsed(image)
    old = f"{{{form.namespace}}}{form.element}"
    if root.find(f".//{old}") is None:
        return image
    for parent in [*root.iter()]:
        for child in parent.findall(old):
            parent.remove(child)
    register_namespace("", SVG)
    for other in FORMATS:
        # Both badge formats write the prefix `openbadges`; only the other one may still be inside.
        if other is not form:
            register_namespace(other.prefix, other.namespace)
    return tostring(root, encoding="unicode")


def _parsed(image: str) -> Element:
    if len(image) > LARGEST_IMAGE or image.count("<") > MOST_TAGS:
        raise NothingBaked("the picture is too large")
    try:
        root: Element = fromstring(image, forbid_dtd=True)
    except DefusedXmlException as error:
        raise NothingBaked(
            "the SVG holds a document type or entities, which are not read"
        ) from error
    except (ParseError, ValueError) as error:
        raise NothingBaked("the SVG cannot be read") from error
    if root.tag not in (f"{{{SVG}}}svg", "svg"):
        raise NothingBaked("the XML is no SVG")
    return root


def extract(image: bytes) -> Baked:
    """The credential in a PNG or SVG, the newest kind first. Raises `NothingBaked`."""
    if len(image) > LARGEST_IMAGE:
        raise NothingBaked("the picture is too large")
    if image.startswith(png.SIGNATURE):
        return _from_png(image)
    try:
        text = image.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NothingBaked("the file is neither a PNG nor an SVG") from error
    if "<svg" not in text:
        raise NothingBaked("the file is neither a PNG nor an SVG")
    return _from_svg(text)


def _from_png(image: bytes) -> Baked:
    for form in FORMATS:
        try:
            found = png.texts(image, form.keyword)
        except png.NotAPng as error:
            raise NothingBaked(f"the PNG cannot be read: {error}") from error
        if len(found) > 1:
            raise NothingBaked(
                f"the picture holds {len(found)} credentials of {form.name}, not one"
            )
        if found:
            return Baked(form, found[0].strip(), "PNG")
    raise NothingBaked("there is no credential in this PNG; saving it again may have removed it")


def _from_svg(text: str) -> Baked:
    root = _parsed(text)
    for form in FORMATS:
        found = [*root.iter(f"{{{form.namespace}}}{form.element}")]
        if len(found) > 1:
            raise NothingBaked(
                f"the picture holds {len(found)} credentials of {form.name}, not one"
            )
        if found:
            (element,) = found
            body = (element.text or "").strip()
            content = body or (element.get("verify") or "").strip()
            if not content:
                raise NothingBaked("the credential in this SVG is empty")
            return Baked(form, content, "SVG")
    raise NothingBaked("there is no credential in this SVG")
