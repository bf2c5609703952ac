"""Whether the levels of a rubric can be told apart by what they describe.

Two assessors agree when each level says something else that one can see. Where a level only
turns a word of degree up or down ("some", "clearly", "a thorough"), they have to guess. So
what is compared here are content words: function words, numbers, and words of degree are
put aside first. The lists are English; a package in another language is compared by all its
words, which is more lenient.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from lti_tool.programs.interchange import rows
from lti_tool.programs.references import Document, Finding

FEWEST_TELLING = 2
"""Content words by which neighbouring levels must differ at least."""
MOST_ALIKE = 0.7
"""Share of their content words that neighbours may have in common before it is worth a look."""

_WORD = re.compile(r"[^\W\d_]+")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


NEGATIONS = _words("no not none nothing nobody never without neither nor cannot")
"""A *not* turns a description round, so it tells two levels apart by itself."""

FUNCTION_WORDS = _words(
    """
    a about above after again against along also although am among an and another any are as
    at be because been before being below between both but by can could did do does doing
    down during either else for from further had has have having he her here hers him his
    how i if in into is it its itself just let like may me might more most must my of off on
    once one ones only or other others our out over own per same shall she should since so
    such than that the their theirs them then there these they this those though through to
    too under until up upon us was we were what when where whether which while who whom
    whose why will with within would yet you your
    """
)

DEGREES = _words(
    """
    adequate advanced all almost always appropriate basic beginning better best broad brief
    clear close complete comprehensive considerable consistent constant convincing correct
    deep detailed developing effective emerging enough entire every each exceptional
    excellent exemplary extensive fair few fewer fewest first five four frequent full
    general good great half high higher highest inadequate inconsistent insufficient
    irregular largely least less limited little low lower lowest main major many minimal
    minor moderate much nearly occasional often outstanding partial part poor proficient
    quite rare rather reasonable regular relevant rich satisfactory second seldom several
    significant simple six slight small solid some sometimes somewhat sophisticated strong
    sufficient superficial ten thorough three twice two usual vague various very weak well
    """
)
"""Words that only say how much, how many or how well."""

VERDICTS = _words(
    """
    accomplish accomplished approaching area aspect attain criteria criterion demonstrate
    descriptor evidence exceed expectation expected expert fail given goal indicator level
    meet met mark mastery pass performance quality rating reach requirement rubric satisfy
    show standard target work
    """
)
"""Words of a judgement. A descriptor with no others only repeats the name of its level."""

NO_ADVERBS = _words("apply assembly early family imply italy july rely reply supply")


def content(text: str) -> frozenset[str]:
    """The stems of a text's content words; negations count as such."""
    return frozenset(
        _stem(word)
        for word in _WORD.findall(text.lower().replace("n't", " not"))
        if word in NEGATIONS or not (word in FUNCTION_WORDS or _is_degree(word) or len(word) < 2)
    )


def telling(lower: str, higher: str) -> frozenset[str]:
    """The stems of content words that only one of two descriptions has."""
    return content(lower) ^ content(higher)


def levels_differ(document: Document) -> Iterator[Finding]:
    """`levels-described`, `levels-differ`: each level says what one sees, and sees only there."""
    for way, part in rows(document, "credentials", "parts"):
        above: dict[str, str] = {}
        for at, criterion in rows(part["rubric"], "criteria", route=(*way, "rubric")):
            said = [_plain(level["descriptor"]) for level in criterion["levels"]]
            for place, (level, words) in enumerate(zip(criterion["levels"], said, strict=True)):
                route = (*at, "levels", place, "descriptor")
                if content(words) <= _of_verdicts():
                    text = "This only gives a verdict. Say what one sees in work at this level."
                    yield route, "levels-described", text
                elif words in above:
                    text = f"This already describes {above[words]}. Say what is different here."
                    yield route, "levels-differ", text
                elif place and _are_hardly_different(said[place - 1], words):
                    yield route, "levels-differ", _differ_in_degree(criterion, place)
                above.setdefault(words, f"“{level['name']}” of “{criterion['title']}”")


def levels_alike(document: Document) -> Iterator[Finding]:
    """Advice `levels-alike`: neighbours that share most of their words are easily confused."""
    for way, part in rows(document, "credentials", "parts"):
        for at, criterion in rows(part["rubric"], "criteria", route=(*way, "rubric")):
            for place in range(1, len(criterion["levels"])):
                lower, higher = (
                    content(criterion["levels"][at]["descriptor"]) for at in (place - 1, place)
                )
                share = len(lower & higher) / max(1, len(lower | higher))
                if share > MOST_ALIKE:
                    words = (
                        f"{_pair(criterion, place)} share {share:.0%} of their content words."
                        " Would two assessors choose the same?"
                    )
                    yield (*at, "levels", place, "descriptor"), "levels-alike", words


def _are_hardly_different(lower: str, higher: str) -> bool:
    words = telling(lower, higher)
    return not words & NEGATIONS and len(words) < FEWEST_TELLING


def _differ_in_degree(criterion: Document, place: int) -> str:
    lower, higher = (criterion["levels"][at]["descriptor"] for at in (place - 1, place))
    words = ", ".join(sorted(telling(lower, higher))) or "none"
    return (
        f"{_pair(criterion, place)} differ only in words of degree or number (content words that"
        f" differ: {words}). Say what one sees at the one and not at the other."
    )


def _pair(criterion: Document, place: int) -> str:
    lower, higher = (criterion["levels"][at]["name"] for at in (place - 1, place))
    return f"“{lower}” and “{higher}” of “{criterion['title']}”"


@lru_cache(maxsize=1)
def _of_verdicts() -> frozenset[str]:
    return content(" ".join(VERDICTS | NEGATIONS))


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _is_degree(word: str) -> bool:
    return word in DEGREES or (word.endswith("ly") and word not in NO_ADVERBS)


def _stem(word: str) -> str:
    """A word without its commonest endings, so that *names* and *named* are one."""
    if word in NEGATIONS:
        return word
    for ending in ("ies", "ing", "ied", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    return word.rstrip("ey") if len(word) > 4 else word
