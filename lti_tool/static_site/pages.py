"""The site's pages: plain HTML made of what the signed documents say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lti_tool.badges.models import OVER, Badge, Issuer
from lti_tool.badges.wording import number
from lti_tool.settings import Settings, templates
from lti_tool.verification.facts import facts_of

Listed = tuple[str, int, str]
"""Something that can be earned: its name, its version, the path of its page."""


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
        self._environment.globals["host"] = settings.host

    def index(self, issuers: Sequence[tuple[Issuer, str]], achievements: Sequence[Listed]) -> bytes:
        """What is here. No badge is listed: who shares one gives its address to whom they like."""
        return self._render(
            "static_site/index.html", issuers=issuers, achievements=sorted(achievements)
        )

    def verify(self) -> bytes:
        """Is this badge genuine? Checked by the reader's browser."""
        return self._render("static_site/verify.html")

    def achievement(
        self,
        document: Mapping[str, Any],
        issuer: str,
        version: int,
        path: str,
        *,
        parts: Sequence[tuple[str, str]],
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
        )

    def badge(
        self, badge: Badge, document: Mapping[str, Any], *, is_stack: bool, has_record: bool
    ) -> bytes:
        """One shared badge, as far as its signed document says it; the name is its earner's."""
        address = str(document["id"])
        path = urlsplit(address).path
        achievement = str(document["credentialSubject"]["achievement"]["id"])
        return self._render(
            "static_site/badge.html",
            badge=badge,
            facts=facts_of(document),
            is_over=badge.state in OVER,
            has_record=has_record,
            kind="Stack of micro-credentials" if is_stack else "Micro-credential",
            address=address,
            path=path,
            achievement=urlsplit(achievement).path,
            assertion=path.replace("/badges/", "/badges/v2/assertions/", 1),
        )

    def _render(self, template: str, /, **values: Any) -> bytes:
        return self._environment.get_template(template).render(**values).encode("utf-8")

    def _day(self, moment: datetime) -> Markup:
        found = moment.astimezone(self._zone).date()
        words = format_date(found, "d MMMM y", locale="en_US")
        return Markup('<time datetime="{}">{}</time>').format(found.isoformat(), words)


def _number(value: Decimal | None) -> str:
    return "" if value is None else number(value)
