"""Advice to the authors of a package: worth a look, and never a reason to refuse it."""

from collections.abc import Callable, Iterator

from lti_tool.programs import badge_design, design, levels
from lti_tool.programs.interchange import Fault, Route, Source, walk
from lti_tool.programs.reading import Count, measure
from lti_tool.programs.references import Document, Finding

READ_BY_LEARNERS = frozenset(
    {"summary", "goal", "competency", "guiding_question", "make", "statement", "text"}
    | {"description", "purpose", "prompt", "instructions", "checklist", "descriptor"}
)
"""Fields of a credential whose texts a learner reads in sentences."""

LONG_ENOUGH = 60
"""Words from which a single text is measured by itself; a sentence alone says little."""
WELL_ABOVE = 3
"""Grades above the bound at which a single text is named."""


def advice(source: Source) -> list[Fault]:
    """Everything worth a look in a package without faults, in the order of its lines."""
    return sorted(
        {
            source.fault(route, rule, words)
            for look in LOOKS
            for route, rule, words in look(source.document)
        }
    )


def reading_level(document: Document) -> Iterator[Finding]:
    """Advice `reading-level`: the grade of every credential, and the texts far above the bound.

    The bound is the program's own (`reading_level`). The formula is for English only.
    """
    if not document["language"].startswith("en"):
        return
    bound = document.get("reading_level", {}).get("at_most")
    for way, credential in design.complete(document):
        counts = [(route, measure(text)) for route, text in _read(credential, way)]
        whole = sum((count for _, count in counts), Count(0, 0, 0))
        figure = f"“{credential['title']}” reads at grade {whole.grade:.1f} ({whole.words:,} words"
        if bound is None:
            yield way, "reading-level", f"{figure}; the program sets no bound)."
            continue
        relation = "within" if whole.grade <= bound else "above"
        yield way, "reading-level", f"{figure}), {relation} the program's {bound:g}."
        for route, count in counts:
            if count.words >= LONG_ENOUGH and count.grade > bound + WELL_ABOVE:
                words = (
                    f"This text reads at grade {count.grade:.1f}, with"
                    f" {count.words / count.sentences:.0f} words to a sentence."
                )
                yield route, "reading-level", words


def _read(credential: Document, way: Route) -> Iterator[tuple[Route, str]]:
    """The texts of a credential that are read in sentences."""
    for route, value in walk(credential, way):
        names = [step for step in route[len(way) :] if isinstance(step, str)]
        if isinstance(value, str) and names and names[-1] in READ_BY_LEARNERS:
            yield route, value


LOOKS: tuple[Callable[[Document], Iterator[Finding]], ...] = (
    reading_level,
    levels.levels_alike,
    design.practice_is_dated,
    design.practices_lead_on,
    badge_design.letters_differ,
    badge_design.titles_fit,
    badge_design.tiers_differ,
    badge_design.art_is_seen,
)
