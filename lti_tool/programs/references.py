"""What a package refers to is there: criteria, scales, items, phases, partners, members.

Each function looks at a document whose shape is right and yields what it finds amiss.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lti_tool.programs.interchange import Route, rows

Finding = tuple[Route, str, str]
"""Where, the rule's name, and the words."""

Document = dict[str, Any]


def _slugs(entries: Iterable[dict[str, Any]]) -> set[str]:
    return {entry["slug"] for entry in entries}


def _absent(
    route: Route, slugs: Iterable[str], known: set[str], rule: str, kind: str
) -> Iterator[Finding]:
    """A finding for each slug that is not known; `kind` says what it should be."""
    for slug in slugs:
        if slug not in known:
            there = ", ".join(sorted(known)) or "none"
            yield route, rule, f"There is no {kind} “{slug}”. There are: {there}."


def criteria(document: Document) -> Iterator[Finding]:
    """`criteria-exist`: an artifact is evidence for criteria of its own part's rubric."""
    for way, part in rows(document, "credentials", "parts"):
        known = _slugs(part["rubric"]["criteria"])
        for at, artifact in rows(part, "phases", "tasks", "artifacts", route=way):
            yield from _absent(
                (*at, "criteria"),
                artifact.get("criteria", ()),
                known,
                "criteria-exist",
                "criterion",
            )


def scales_of(document: Document, credential: dict[str, Any]) -> dict[str, list[str]]:
    """The steps of every scale a credential may use; its own hides the program's of that slug."""
    return {
        scale["slug"]: scale["steps"]
        for scale in [*document.get("scales", []), *credential.get("scales", [])]
    }


def self_assessments(document: Document) -> Iterator[Finding]:
    """`scales-exist`, `items-exist`: items use scales, and resources refer to items and steps."""
    for way, credential in rows(document, "credentials"):
        scales = scales_of(document, credential)
        items = {item["slug"]: item for item in credential.get("self_assessment", [])}
        for at, item in rows(credential, "self_assessment", route=way):
            yield from _absent(
                (*at, "scales"), item["scales"], set(scales), "scales-exist", "scale"
            )
        for at, rule in rows(credential, "resources", "recommend", route=way):
            yield from _absent(
                (*at, "item"),
                [rule["item"]],
                set(items),
                "items-exist",
                "self-assessment item",
            )
            rated = items.get(rule["item"], {}).get("scales", [])
            used = [rule["scale"]] if "scale" in rule else rated
            if rated:
                yield from _absent(at, used, set(rated), "scales-exist", "scale of this item")
            steps = [len(scales[scale]) for scale in used if scale in scales]
            if steps and rule["at_most"] >= max(steps):
                words = "A recommendation at the highest step would be for everybody."
                yield (*at, "at_most"), "items-exist", words


def phases(document: Document) -> Iterator[Finding]:
    """`phases-exist`: a resource helps in a phase of its credential."""
    for way, credential in rows(document, "credentials"):
        known = _slugs(phase for _, phase in rows(credential, "parts", "phases"))
        for at, resource in rows(credential, "resources", route=way):
            if "phase" in resource and known:
                yield from _absent(
                    (*at, "phase"), [resource["phase"]], known, "phases-exist", "phase"
                )


def frameworks(document: Document) -> Iterator[Finding]:
    """`frameworks-exist`: an alignment points into a framework of the program."""
    known = _slugs(document.get("frameworks", []))
    places = [
        *rows(document, "credentials", "alignments"),
        *(
            found
            for way, part in rows(document, "credentials", "parts")
            for found in rows(part["rubric"], "criteria", "alignments", route=(*way, "rubric"))
        ),
        *(
            found
            for way, part in rows(document, "credentials", "parts")
            for found in rows(
                part["rubric"], "criteria", "levels", "alignments", route=(*way, "rubric")
            )
        ),
    ]
    for at, alignment in places:
        yield from _absent(
            (*at, "framework"),
            [alignment["framework"]],
            known,
            "frameworks-exist",
            "framework",
        )


def partners(document: Document) -> Iterator[Finding]:
    """`partners-exist`: parents, creators, staff, funders and granters are partners."""
    known = _slugs(document.get("partners", []))
    named: list[tuple[Route, list[str]]] = []
    for way, partner in rows(document, "partners"):
        named.append(((*way, "parent"), [partner["parent"]] if "parent" in partner else []))
    for way, creator in [
        *rows(document, "creators"),
        *rows(document, "credentials", "creators"),
    ]:
        named.append(((*way, "partner"), [creator["partner"]] if "partner" in creator else []))
    for way, seat in rows(document.get("cohort", {}), "staff", route=("cohort",)):
        named.append(((*way, "from"), seat["from"]))
    for way, option in rows(document.get("credit", {}), "options", route=("credit",)):
        named.append(
            (
                (*way, "granted_by"),
                [option["granted_by"]] if "granted_by" in option else [],
            )
        )
    for way, money in rows(document, "funding"):
        named.append(((*way, "partner"), [money["partner"]] if "partner" in money else []))
    for route, slugs in named:
        yield from _absent(route, slugs, known, "partners-exist", "partner")


def roles(document: Document) -> Iterator[Finding]:
    """`roles-exist`: credit, licence and stacks name roles of the audience."""
    audiences = [document["audience"]]
    audiences += [credential.get("audience", {}) for credential in document["credentials"]]
    known = _slugs(role for audience in audiences for role in audience.get("roles", []))
    for way, option in rows(document.get("credit", {}), "options", route=("credit",)):
        yield from _absent((*way, "roles"), option.get("roles", ()), known, "roles-exist", "role")
    for name in ("cycles", "yearly"):
        for way, one in rows(document.get("licence", {}), name, route=("licence",)):
            yield from _absent((*way, "roles"), one.get("roles", ()), known, "roles-exist", "role")
    for way, stack in rows(document, "stacks"):
        yield from _absent(
            (*way, "audience_roles"),
            stack.get("audience_roles", ()),
            known,
            "roles-exist",
            "role",
        )


def members(document: Document) -> Iterator[Finding]:
    """`members-exist`: stacks and prerequisites name credentials and stacks that are there."""
    credentials = _slugs(document["credentials"])
    stacks = _slugs(document.get("stacks", []))
    for way, stack in rows(document, "stacks"):
        for name, known, kind in (
            ("members", credentials, "credential"),
            ("member_stacks", stacks, "stack"),
            ("requires", stacks, "stack"),
        ):
            yield from _absent((*way, name), stack.get(name, ()), known, "members-exist", kind)
    for way, credential in rows(document, "credentials"):
        yield from _absent(
            (*way, "prerequisites"),
            credential.get("prerequisites", ()),
            credentials,
            "members-exist",
            "credential",
        )


def parts(document: Document) -> Iterator[Finding]:
    """`parts-exist`: a part takes up parts that come before it, no more than there are."""
    for way, credential in rows(document, "credentials"):
        before: set[str] = set()
        for at, part in rows(credential, "parts", route=way):
            taken = part.get("builds_on", {"parts": [], "choose": 0})
            yield from _absent(
                (*at, "builds_on"),
                taken["parts"],
                before,
                "parts-exist",
                "part before this one",
            )
            if taken["choose"] > len(taken["parts"]):
                words = "It cannot take up more parts than are listed."
                yield (*at, "builds_on"), "parts-exist", words
            before.add(part["slug"])
        planned = _slugs(credential.get("planned", []))
        for at, work in rows(credential, "planned", route=way):
            if "builds_on" in work:
                yield from _absent(
                    (*at, "builds_on"),
                    [work["builds_on"]],
                    planned,
                    "parts-exist",
                    "planned work",
                )


def modules(document: Document) -> Iterator[Finding]:
    """`modules-exist`: a part rests on modules of its credential's courses."""
    for way, credential in rows(document, "credentials"):
        known = {
            f"{course['slug']}/{module['slug']}"
            for course in credential.get("courses", [])
            for module in course.get("modules", [])
        }
        for at, named in rows(credential, "parts", "modules", route=way):
            slug = f"{named['course']}/{named['module']}"
            yield from _absent(at, [slug], known, "modules-exist", "module")


def taxonomies(document: Document) -> Iterator[Finding]:
    """`taxonomies-exist`: exemplars are filed under taxonomies of the program."""
    exemplars = document.get("exemplars", {})
    yield from _absent(
        ("exemplars", "taxonomies"),
        exemplars.get("taxonomies", ()),
        _slugs(document.get("taxonomies", [])),
        "taxonomies-exist",
        "taxonomy",
    )


RULES: tuple[Callable[[Document], Iterator[Finding]], ...] = (
    criteria,
    self_assessments,
    phases,
    frameworks,
    partners,
    roles,
    members,
    parts,
    modules,
    taxonomies,
)
