"""The package schema, and its refusals in words a teacher educator understands."""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from lti_tool.programs.interchange import Fault, Source

SCHEMA = Path(__file__).with_name("package.schema.json")

Worded = tuple[str, str]
"""The name of a rule, and the words."""


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The JSON Schema of `cairn-program/1`."""
    loaded: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def faults(source: Source) -> list[Fault]:
    """Every place where the document is not shaped as the schema says."""
    found: list[Fault] = []
    for error in _validator().iter_errors(source.document):
        found += [_fault(source, inner) for inner in _innermost(error)]
    return found


def _innermost(error: ValidationError) -> Iterator[ValidationError]:
    """The errors a person can mend: of the choices of an `anyOf`, those of the likeliest."""
    if error.validator != "anyOf" or not error.context:
        yield error
        return
    # The one `anyOf` of the format is "a credential, or a file to include": whatever is
    # still there after the includes were followed is meant to be a credential.
    for inner in error.context:
        if inner.schema_path[0] == 1:
            yield from _innermost(inner)


def _fault(source: Source, error: ValidationError) -> Fault:
    place: Any = error.schema
    route = list(error.absolute_path)
    if error.validator == "additionalProperties":
        known = place.get("properties", {})
        unknown = next(name for name in _given(error) if name not in known)
        return source.fault([*route, unknown], *_unknown(unknown, list(known)))
    rule, words = _WORDS.get(str(error.validator), _other)(error)
    return source.fault(route, rule, f"{_name(route)}: {words}" if route else words)


def _given(error: ValidationError) -> Any:
    """What stands in the document where the error is."""
    return error.instance


def _wanted(error: ValidationError) -> Any:
    """What the schema asks for there."""
    return error.validator_value


def _name(route: list[str | int]) -> str:
    names = [step for step in route if isinstance(step, str)]
    if isinstance(route[-1], int):
        return f"Number {route[-1] + 1} of “{names[-1]}”"
    return f"“{names[-1]}”"


def _unknown(name: str, known: list[str]) -> Worded:
    near = [other for other in known if _alike(name, other)]
    hint = f" Did you mean “{near[0]}”?" if near else f" Known here: {', '.join(known)}."
    return "unknown-field", f"“{name}” is not a field of this place.{hint}"


def _alike(one: str, other: str) -> bool:
    """Whether a name looks like a slip for another: equal letters but one or two."""
    if abs(len(one) - len(other)) > 2:
        return False
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, against in enumerate(other, start=1):
            current.append(
                min(
                    previous[column] + 1,
                    current[column - 1] + 1,
                    previous[column - 1] + (letter != against),
                )
            )
        previous = current
    return previous[-1] <= 2


def _missing(error: ValidationError) -> Worded:
    names = [name for name in _wanted(error) if name not in _given(error)]
    # jsonschema reports each missing name apart; its message starts with the one it means.
    meant = next((name for name in names if error.message.startswith(repr(name))), names[0])
    return "missing-field", f"“{meant}” is missing here."


_KINDS = {
    "object": "fields with values",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def _type(error: ValidationError) -> Worded:
    wanted = _KINDS.get(str(error.validator_value), str(error.validator_value))
    return "wrong-kind", f"this must be {wanted}."


def _choice(error: ValidationError) -> Worded:
    choices = ", ".join(str(choice) for choice in _wanted(error))
    return "not-a-choice", f"“{error.instance}” is not one of: {choices}."


def _pattern(error: ValidationError) -> Worded:
    place: Any = error.schema
    meaning = str(place.get("description", "")).split(".")[0]
    shown = str(error.instance)[:80]
    return "wrong-form", f"“{shown}” does not have the right form. {meaning}."


def _text_size(error: ValidationError) -> Worded:
    if error.validator == "minLength":
        return "text-size", "this must not be empty."
    length = len(_given(error))
    return (
        "text-size",
        f"this text has {length} characters; at most {error.validator_value} fit.",
    )


def _bounds(error: ValidationError) -> Worded:
    words = "at least" if error.validator == "minimum" else "at most"
    return "out-of-range", f"{error.instance} must be {words} {error.validator_value}."


def _amount(error: ValidationError) -> Worded:
    words = "at least" if error.validator == "minItems" else "at most"
    return "list-size", f"this list needs {words} {error.validator_value}."


def _unique(_error: ValidationError) -> Worded:
    return "listed-twice", "something stands in this list twice."


def _constant(error: ValidationError) -> Worded:
    return "format", f"this version of Cairn reads “{error.validator_value}” only."


def _other(error: ValidationError) -> Worded:
    return "shape", f"this is not as the format says ({error.validator})."


_WORDS: dict[str, Callable[[ValidationError], Worded]] = {
    "required": _missing,
    "type": _type,
    "enum": _choice,
    "pattern": _pattern,
    "minLength": _text_size,
    "maxLength": _text_size,
    "minimum": _bounds,
    "maximum": _bounds,
    "minItems": _amount,
    "maxItems": _amount,
    "uniqueItems": _unique,
    "const": _constant,
}
