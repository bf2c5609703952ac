"""Where somebody can take a badge, with what each place asks for."""

from dataclasses import dataclass

from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Badge
from lti_tool.sharing import earned, snippets
from lti_tool.sharing.pages import linked_in
from lti_tool.sharing.snippets import Signature


@dataclass(frozen=True)
class Outlets:
    """Everything to copy or follow, for one award."""

    linked_in: str
    embed_code: str
    signature: Signature
    wallet: str
    """Opens Learner Credential Wallet, which fetches the badge within half an hour."""
    assertion: str
    """The Open Badges 2.0 address, as Canvas Credentials and Moodle's backpacks ask for it."""


def outlets(award: Badge, addresses: Addresses, *, exchange: str) -> Outlets:
    """What can be done with an award elsewhere; `exchange` is where a wallet fetches it."""
    address, name = addresses.award(award), earned.of(award, addresses).name
    return Outlets(
        linked_in=linked_in(award, addresses),
        embed_code=snippets.embed_code(address, name),
        signature=snippets.mail_signature(address, name, award.issuer.name),
        wallet=snippets.wallet_link(exchange),
        assertion=addresses.assertion(award),
    )
