"""What somebody takes from here to put a badge elsewhere: codes, signatures, addresses."""

import io
import json
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import segno
from markupsafe import Markup

WALLET = "https://lcw.app/request.html"
"""The universal link of Learner Credential Wallet."""
EMBED_SIZE = (300, 420)
"""Pixels of the frame in other people's pages."""


def qr_code(address: str) -> str:
    """An address as a QR code in SVG, black on white, to be printed or shown."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=4, xmldecl=False, light="#ffffff", unit="", omitsize=True
    )
    return out.getvalue().decode()


def qr_picture(address: str) -> str:
    """The same as an address that holds the picture itself, for a page of ours."""
    return f"data:image/svg+xml,{quote(qr_code(address))}"


def embed_code(address: str, name: str) -> str:
    """HTML that shows the badge in somebody else's page."""
    width, height = EMBED_SIZE
    return str(
        Markup(
            '<iframe src="{}/embed" title="{}" width="{}" height="{}" loading="lazy"></iframe>'
        ).format(address, f"Badge: {name}", width, height)
    )


@dataclass(frozen=True)
class Signature:
    """A badge below an e-mail."""

    html: str
    plain: str


def mail_signature(address: str, name: str, issuer: str) -> Signature:
    """The badge below an e-mail, as HTML for programs that take it and in plain words."""
    html = Markup(
        '<a href="{0}"><img src="{0}.png" width="72" height="72" alt="Badge: {1}"></a><br>'
        '<a href="{0}">{1}</a><br>{2}'
    ).format(address, name, issuer)
    return Signature(str(html), f"{name}, {issuer}\n{address}")


def wallet_link(exchange: str) -> str:
    """The address that opens Learner Credential Wallet and lets it fetch a badge."""
    asked = json.dumps({"protocols": {"vcapi": exchange}}, separators=(",", ":"))
    return f"{WALLET}?" + urlencode({"request": asked})
