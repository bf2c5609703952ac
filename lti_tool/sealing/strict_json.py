"""JSON that strangers hand in: read only where it is JSON, not where Python merely takes it."""

import json
from collections.abc import Callable
from typing import Any

Pairs = Callable[[list[tuple[str, Any]]], Any]


def read(data: bytes | str, *, pairs: Pairs | None = None) -> Any:
    """The value, all of which can be written again as JSON and as UTF-8.

    `Infinity` and `NaN`, numbers without end such as `1e999`, figures too long to count, half
    characters (lone surrogates) and nesting beyond what can be walked are refused.

    Args:
        data: UTF-8 bytes, or text.
        pairs: looks at the members of each object, and answers the object.

    Raises:
        ValueError: it is no JSON. `UnicodeDecodeError` and `JSONDecodeError` are of this kind.
    """
    try:
        value = json.loads(data, object_pairs_hook=pairs)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error
    return value


def write(value: Any) -> bytes:
    """A value as it is kept and sent: UTF-8, no spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
