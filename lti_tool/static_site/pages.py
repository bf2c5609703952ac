"""The site's pages: plain HTML made of what the signed documents say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import OVER, AwardState, Badge, Endorsement, Issuer
from lti_tool.badges.wording import number
from lti_tool.settings import Settings, templates
from lti_tool.sharing.earned import Earned, Part
from lti_tool.sharing.said import Said
from lti_tool.static_site.furniture import sums
from lti_tool.verification.facts import facts_of

Listed = tuple[str, int, str]
"""Something that can be earned: its name, its version, the path of its page."""


@dataclass(frozen=True)
class Around:
    """What stands around a badge and is not part of its signed document."""

    what: Earned
    said: Sequence[Said]
    """What others say of it."""
    rests_on: Sequence[Part]
    """The badges a stack was awarded for, as strangers may see them."""
    replaced_by: str
    """Address of the badge that stands in its place, where that is shared; else empty."""
    has_record: bool


class Pages:
    """Makes the pages of one site."""

    def __init__(self, settings: Settings) -> None:
        """Read templates; nothing in a page depends on when it is made."""
        self._zone = settings.zone
        self._environment = Environment(
            loader=FileSystemLoader(templates()),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"day": self._day, "number": _number}
        self._environment.globals |= {
            "host": settings.host,
            "addresses": Addresses(settings.base_url),
            **sums(),
        }

    def index(self, issuers: Sequence[Issuer], achievements: Sequence[Listed]) -> bytes:
        """What is here. No badge is listed: who shares one gives its address to whom they like."""
        return self._render(
            "static_site/index.html", issuers=issuers, achievements=sorted(achievements)
        )

    def issuer(self, issuer: Issuer, says: Sequence[Endorsement]) -> bytes:
        """Who it is, where its keys are, and what it says of badges that others award."""
        return self._render("static_site/issuer.html", issuer=issuer, says=says)

    def verify(self) -> bytes:
        """Is this badge genuine? Checked by the reader's browser."""
        return self._render("static_site/verify.html", is_checking=True)

    def achievement(
        self,
        document: Mapping[str, Any],
        issuer: Issuer,
        version: int,
        path: str,
        *,
        parts: Sequence[tuple[str, str]],
        says: Sequence[Endorsement],
    ) -> bytes:
        """What can be earned, as its own document says it; `parts` are titles and addresses."""
        facts = facts_of({"id": document["id"], "credentialSubject": {"achievement": document}})
        return self._render(
            "static_site/achievement.html",
            name=document["name"],
            facts=facts,
            issuer=issuer,
            version=version,
            path=path,
            parts=[(title, urlsplit(address).path) for title, address in parts],
            says=says,
        )

    def badge(self, badge: Badge, document: Mapping[str, Any], around: Around) -> bytes:
        """One shared badge, as far as its signed document says it; the name is its earner's."""
        address = str(document["id"])
        path = urlsplit(address).path
        return self._render(
            "static_site/badge.html",
            badge=badge,
            facts=facts_of(document),
            is_over=badge.state in OVER,
            is_replaced=badge.state is AwardState.SUPERSEDED,
            is_findable=badge.is_findable,
            is_checking=True,
            around=around,
            address=address,
            path=path,
            assertion=path.replace("/badges/", "/badges/v2/assertions/", 1),
        )

    def embed(self, badge: Badge, around: Around) -> bytes:
        """The small page that stands in a frame of other people's pages."""
        return self._render(
            "static_site/embed.html",
            badge=badge,
            name=around.what.name,
            is_over=badge.state in OVER,
            path=f"/badges/{badge.public_id}",
        )

    def _render(self, template: str, /, **values: Any) -> bytes:
        known = {"is_checking": False, "is_findable": False} | values
        return self._environment.get_template(template).render(**known).encode("utf-8")

    def _day(self, moment: datetime) -> Markup:
        found = moment.astimezone(self._zone).date()
        words = format_date(found, "d MMMM y", locale="en_US")
        return Markup('<time datetime="{}">{}</time>').format(found.isoformat(), words)


def _number(value: Decimal | None) -> str:
    return "" if value is None else number(value)
