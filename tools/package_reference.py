"""Write the field tables of `docs/program-packages.md` from the package schema.

`python -m tools.package_reference` rewrites the part between the markers; a test
compares both, so the page cannot fall behind the format.
"""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "lti_tool" / "programs" / "package.schema.json"
PAGE = ROOT / "docs" / "program-packages.md"
BEGIN = "<!-- fields: begin -->"
END = "<!-- fields: end -->"


def kind(field: dict[str, Any]) -> str:
    """Say in a few words what a field holds."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    for word, say in (("enum", _choices), ("const", _choices), ("anyOf", _either)):
        if word in field:
            return say(field[word])
    if field["type"] == "array":
        return f"list of {kind(field['items'])}"
    if field["type"] == "object":
        return f"{{{', '.join(f'`{name}`' for name in field['properties'])}}}"
    plain = {"boolean": "true/false", "integer": "whole number", "string": "text"}
    return plain.get(field["type"], str(field["type"]))


def _choices(words: list[str] | str) -> str:
    return " · ".join(f"`{word}`" for word in ([words] if isinstance(words, str) else words))


def _either(fields: list[dict[str, Any]]) -> str:
    return " or ".join(kind(field) for field in fields)


def rows(fields: dict[str, Any], required: list[str], prefix: str = "") -> list[str]:
    """One table row a field; the fields of an inline object follow it, indented by its name."""
    lines: list[str] = []
    for name, field in fields.items():
        if name in ("origin", "cairn_wrote"):  # explained once, before the tables
            continue
        star = "\\*" if name in required else ""
        lines.append(f"| `{prefix}{name}`{star} | {kind(field)} | {field.get('description', '')} |")
        inner = field.get("items", field) if field.get("type") == "array" else field
        if inner.get("type") == "object" and "properties" in inner:
            lines += rows(inner["properties"], inner.get("required", []), f"{prefix}{name}.")
    return lines


def reference() -> str:
    """The tables as Markdown: the package itself, then every named part of it."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    head = "| field | holds | meaning |\n|---|---|---|\n"
    sections = [
        "### package\n\n" + head + "\n".join(rows(schema["properties"], schema["required"]))
    ]
    for name, part in sorted(schema["$defs"].items()):
        text = f"### {name}\n\n{part['description']}"
        if part.get("type") == "object":
            text += "\n\n" + head + "\n".join(rows(part["properties"], part.get("required", [])))
        elif "enum" in part:
            text += f"\n\n{kind(part)}"
        sections.append(text)
    return "\n\n".join(sections)


def rewritten(page: str) -> str:
    """The page with the part between the markers replaced."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
