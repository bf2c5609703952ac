"""What a package decides of how its badges look: read here, drawn in the room `badges`.

At 64 pixels nobody reads a title. What is seen is a colour, a shape, and the letters above the
title, so these are what advice is given on.
"""

from collections.abc import Iterator
from itertools import combinations

from lti_tool.programs.references import Document, Finding

LITTLE = 3
"""Letters of a word that is passed over in initials, where it begins small."""
MOST_LETTERS = 100
"""Letters of a title up to which a badge has room for all of it."""
ALIKE = 48
"""Two colours are hard to tell apart below this distance, of 442 between black and white."""


def initials(title: str) -> str:
    """Up to three first letters of the words that matter: those that begin large.

    Where fewer than two do, all words count but the little ones (`of`, `for`, `de`, `und`); a
    single word gives its beginning.
    """
    words = [word for word in title.split() if word[0].isalnum()]
    large = [word[0] for word in words if word[0].isupper()]
    if len(large) > 1:
        return "".join(large[:3])
    told = [word for word in words if len(word) > LITTLE or not word.islower()]
    if len(told) > 1:
        return "".join(word[0].upper() for word in told[:3])
    return words[0][:2] if words else ""


def letters_differ(document: Document) -> Iterator[Finding]:
    """Advice `badge-initials`: two drawn badges that read alike where they are small."""
    known: dict[str, str] = {}
    for part in ("credentials", "stacks"):
        for at, entry in enumerate(document.get(part, ())):
            if "picture" in entry:
                continue
            read = entry.get("initials") or initials(entry["title"])
            if read in known:
                words = (
                    f"The badges of “{known[read]}” and “{entry['title']}” both read “{read}” "
                    "where they are small. Give one of them `initials`."
                )
                yield (part, at, "title"), "badge-initials", words
            known.setdefault(read, entry["title"])


def titles_fit(document: Document) -> Iterator[Finding]:
    """Advice `badge-title`: a title that a badge has no room for."""
    for part in ("credentials", "stacks"):
        for at, entry in enumerate(document.get(part, ())):
            count = len(entry["title"])
            if count > MOST_LETTERS and "picture" not in entry:
                words = (
                    f"This title has {count} letters; a badge has room for about {MOST_LETTERS} "
                    "and ends in “…”. Shorten it, or bring a `picture`."
                )
                yield (part, at, "title"), "badge-title", words


def tiers_differ(document: Document) -> Iterator[Finding]:
    """Advice `badge-colour`: tiers whose badges cannot be told apart by their colour (S4-44)."""
    accent = document["accent"]
    tiers = [(at, entry) for at, entry in enumerate(document.get("stacks", ())) if "tier" in entry]
    for (_, one), (at, other) in combinations(tiers, 2):
        colours = [entry.get("colour", accent) for entry in (one, other)]
        if one["tier"] != other["tier"] and distance(*colours) < ALIKE:
            words = (
                f"“{one['title']}” and “{other['title']}” stand on different tiers, and their "
                f"colours {colours[0]} and {colours[1]} look alike. Choose another `colour`."
            )
            yield ("stacks", at), "badge-colour", words


def distance(one: str, other: str) -> float:
    """How far two colours are apart, 0 to 442."""
    pairs = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


def art_is_seen(document: Document) -> Iterator[Finding]:
    """Advice `badge-unused`: what is written for a badge and never drawn."""
    for part in ("credentials", "stacks"):
        for at, entry in enumerate(document.get(part, ())):
            if "picture" in entry and "initials" in entry:
                words = "A badge with a `picture` of its own shows no `initials`. Take one out."
                yield (part, at, "initials"), "badge-unused", words
    for at, partner in enumerate(document.get("partners", ())):
        if "mark" in partner and "issuer" not in partner["roles"]:
            words = (
                f"The mark of “{partner['name']}” is never drawn: only badges of a partner with "
                "the role `issuer` bear its mark."
            )
            yield ("partners", at, "mark"), "badge-unused", words
