"""Writes docs/configuration.md and config/schemas/ from the models that read the config files: run `make docs`.

What stands in docs/cookbook.md is written by hand, and taken in as it is.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from riskwatch.entrypoints.commands.schema import text_of
from riskwatch.settings.schema import FILES, schema_name, schema_of
from riskwatch.settings.written import UNIT

ROOT = Path(__file__).parents[1]
SCHEMAS = "config/schemas"
PAGE = "docs/configuration.md"
COOKBOOK = "docs/cookbook.md"
WITHOUT = "Without it: "
HEAD = """\
# Configuration

Every key of every file of `config/`: what it is, what it does, and what follows when it is left out. A key that
**must** be written has no default. `riskwatch check-config` says what is wrong in all files at once; the first line of
each file names its JSON Schema, by which an editor (such as VS Code with Even Better TOML) completes and checks as you
type.

This page is written by `make docs` from the models that read the files; the [cookbook](#cookbook) at its end is
written by hand, and each of its snippets is tried by a test.

A duration of the policy is `"N hours"` (elapsed, day and night), `"N days"`, `"N weeks"`, `"N months"` (the same time
of day by the local clock) or `"N working days"` (without weekends and the bank holidays of `nation`). A span of the
service is `"N seconds"`, `"N minutes"`, `"N hours"` or `"N days"`. Paths count from the config folder.
"""
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
NAMES = {"string": "text", "integer": "number", "boolean": "true or false", "object": "table"}


def written() -> dict[str, str]:
    """Return each file that is generated, by its path within the repository."""
    files = {f"{SCHEMAS}/{schema_name(file)}": f"{text_of(schema_of(file))}\n" for file in FILES}
    return {**files, PAGE: _page()}


def _page() -> str:
    parts = [HEAD]
    for file in FILES:
        schema = schema_of(file)
        parts.append(f"## {file}.toml\n")
        for place, table in _tables(schema, schema["definitions"], ""):
            parts.append(_table(place, table))
    parts.append((ROOT / COOKBOOK).read_text(encoding="utf-8"))
    return "\n".join(parts)


def _tables(table: dict[str, Any], definitions: dict[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each table and where it stands, the outer ones first."""
    yield place or "at the top of the file, before every [table]", table
    for key, value in table["properties"].items():
        inner = f"{place.strip('[]')}.{key}" if place else key
        (ref,) = value.get("allOf", [{}])
        for where, at in (
            (f"[{inner}]", ref),
            (f"[[{inner}]]", value.get("items", {})),
            (f"[{inner}.NAME]", value.get("additionalProperties", {})),
        ):
            if "$ref" in at:
                yield from _tables(definitions[at["$ref"].rpartition("/")[2]], definitions, where)


def _table(place: str, table: dict[str, Any]) -> str:
    heading = f"`{place}`" if place.startswith("[") else place[0].upper() + place[1:]
    lines = [
        f"### {heading}\n",
        "| key | what is written | default | what it does | without it |",
        "|---|---|---|---|---|",
    ]
    for key, value in table["properties"].items():
        does, _, without = value["description"].partition(WITHOUT)
        default = "**must** be written" if key in table.get("required", ()) else _default(value)
        cells = (f"`{key}`", _type(value), default, does.strip(), without or "the default")
        if not without and key in table.get("required", ()):
            raise SystemExit(f"{key}: says not what goes wrong without it")
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _default(value: dict[str, Any]) -> str:
    return f"`{_toml(value['default'])}`" if "default" in value else "none"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, str) and not _DATE.match(value):
        return f'"{value}"'
    return str(value)


def _type(value: dict[str, Any]) -> str:
    """Return what is written as the value of a key, in words, with its unit and bounds."""
    if "enum" in value:
        return "one of " + ", ".join(f'`"{word}"`' for word in value["enum"])
    if "anyOf" in value:
        return ", or ".join(_type(choice) for choice in value["anyOf"])
    if "allOf" in value or "$ref" in value:
        return "table"
    if value["type"] == "array":
        shown = "list of " + _type(value["items"])
    elif "additionalProperties" in value:
        shown = f"table: NAME = {_type(value['additionalProperties'])}"
    elif value.get("format") == "date":
        shown = "date without quotes"
    else:
        shown = NAMES[value["type"]]
    if UNIT in value:
        shown = value[UNIT] if value["type"] != "integer" else f"number: {value[UNIT]}"
    if "minimum" in value:
        shown += f", {value['minimum']} to {value['maximum']}"
    examples = ", ".join(f"`{_toml(example)}`" for example in value.get("examples", ())[:2])
    return f"{shown}, such as {examples}" if examples else shown


def main() -> int:
    """Write every file that is not as it should be."""
    for path, text in written().items():
        target = ROOT / path
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
