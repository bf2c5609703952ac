"""What a service may ask to be allowed, and what that means to whoever is asked."""

from collections.abc import Iterable, Mapping

_SPEC = "https://purl.imsglobal.org/spec/ob/v3p0/scope/"

READ = _SPEC + "credential.readonly"
DEPOSIT = _SPEC + "credential.upsert"
READ_PROFILE = _SPEC + "profile.readonly"
UPDATE_PROFILE = _SPEC + "profile.update"
STAY = "offline_access"

WORDS: Mapping[str, tuple[str, str]] = {
    READ: (
        "See and copy your badges",
        "Those you choose below, private ones too, with your name and what each says of results.",
    ),
    DEPOSIT: (
        "Put badges into My badges",
        "Badges of others that are made out to you. Each is checked, and you can remove it.",
    ),
    READ_PROFILE: ("See who you are", "Your name, and your e-mail address if Cairn knows it."),
    UPDATE_PROFILE: (
        "Tell Cairn about your page there",
        "Its address and your words about yourself. Your name stays what your school says it is.",
    ),
    STAY: (
        "Do so while you are away",
        "Until you disconnect it. Without this, it has to ask you again after an hour.",
    ),
}
"""Title and explanation for the page that asks for consent, in its order."""

ALL = tuple(WORDS)

DESCRIPTIONS: Mapping[str, str] = {
    READ: "Read the badges that their holder chose for this service.",
    DEPOSIT: "Deposit badges that are made out to the holder, or replace them by newer ones.",
    READ_PROFILE: "Read the holder's name and e-mail address.",
    UPDATE_PROFILE: "Tell the address and description of the holder's page.",
    STAY: "Receive a refresh token.",
}
"""For the service description, in English for developers."""


def in_order(given: Iterable[str]) -> list[str]:
    """Known scopes of these, each once, in our order."""
    wanted = set(given)
    return [one for one in ALL if one in wanted]
