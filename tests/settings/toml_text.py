"""Writes documents as TOML, each top-level key on a line of its own."""

from collections.abc import Mapping


def toml_text(document: Mapping[str, object]) -> str:
    """Return the document as TOML; tables within are written inline."""
    return "".join(f"{_text(key)} = {_value(value)}\n" for key, value in document.items())


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)} = {_value(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _text(value) if isinstance(value, str) else str(value).lower()
