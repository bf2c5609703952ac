"""The bytes of every download of one award: by themselves, and all together."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from lti_tool.badges import artwork, documents, open_badges_2
from lti_tool.badges.models import OVER, Badge, Rendering, StackBadge
from lti_tool.badges.published import Published
from lti_tool.people.models import Person
from lti_tool.sealing import baking
from lti_tool.sharing import archive, certificate, share_card, snippets
from lti_tool.sharing.pages import SharePage, picture

KINDS = {
    "json": "application/ld+json",
    "jwt": "text/plain",
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
"""Media types by ending."""


@dataclass(frozen=True)
class Downloads:
    """The files of one award, signed by `published`, as one page of it tells."""

    published: Published
    award: Badge
    host: str
    """Where it can be checked, for the picture of posts."""
    zone: ZoneInfo
    """In which days are told."""

    def plain(self, form: str) -> bytes:
        """The credential as `json`, `jwt`, `png` or `svg`. Raises `NotSigned`."""
        if form == "jwt":
            return self.published.signed(self.award, Rendering.OB3_JWT)
        signed = self.published.signed(self.award, Rendering.OB3_JSON)
        if form == "json":
            return signed
        drawn, text = picture(self.award), signed.decode("utf-8")
        if form == "png":
            return baking.bake_png(artwork.png(drawn), text)
        return baking.bake_svg(artwork.svg(drawn), text).encode("utf-8")

    def card(self) -> bytes:
        """The picture networks show when the page's address is posted."""
        shown = share_card.ShareCard(picture(self.award), self.award.recipient_name, self.host)
        return share_card.png(shown)

    def paper(self, page: SharePage, address: str) -> bytes:
        """The certificate of one page, whose address is given."""
        return certificate.pdf_of(page, address=address, zone=self.zone)

    def everything(self, page: SharePage, address: str, *, for_: Person | None = None) -> bytes:
        """All of them in one ZIP. Raises `NotSigned`."""
        return archive.as_zip(self.folder(page, address, for_=for_), dated=self.award.issued_at)

    def folder(
        self, page: SharePage, address: str, *, for_: Person | None = None
    ) -> dict[str, bytes]:
        """All of them by their names; a stack's record holds what `for_` may see of its parts.

        Raises `NotSigned`.
        """
        files = {f"badge.{form}": self.plain(form) for form in ("json", "jwt", "png", "svg")}
        files |= {
            "certificate.pdf": self.paper(page, address),
            "card.png": self.card(),
            "code.svg": snippets.qr_code(address).encode(),
            "read-me.txt": archive.READ_ME.format(
                name=page.name,
                who=self.award.recipient_name,
                issuer=page.issuer.name,
                address=address,
            ).encode(),
        }
        folder = {} if page.token or self.award.state in OVER else self._older()
        files |= {f"open-badges-2.0/{name}": body for name, body in folder.items()}
        if isinstance(self.award, StackBadge) and self.award.state not in OVER:
            files["record.clr.json"] = self.published.record(self.award, for_=for_)
        return files

    def _older(self) -> dict[str, bytes]:
        drawn = picture(self.award)
        hosted = documents.as_json(open_badges_2.assertion(self.award, self.published.addresses))
        signed = self.published.signed(self.award, Rendering.OB2_JWS)
        return {
            "hosted.json": hosted,
            "hosted.png": _baked_2(drawn, hosted),
            "signed.jws": signed,
            "signed.png": _baked_2(drawn, signed),
        }


def _baked_2(drawn: artwork.Artwork, text: bytes) -> bytes:
    return baking.bake_png(artwork.png(drawn), text.decode("utf-8"), baking.OPEN_BADGES_2)
