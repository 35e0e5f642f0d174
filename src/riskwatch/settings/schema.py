"""A JSON Schema for each config file, from the models that read it: editors complete and check by it."""

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import WithDefaultSchema

from riskwatch.core.durations import Duration
from riskwatch.settings.directory_file import DirectoryTable
from riskwatch.settings.policy_file import PolicyTable
from riskwatch.settings.service_file import ServiceTable
from riskwatch.settings.toml_file import Part

FILES: Mapping[str, type[Part]] = {"policy": PolicyTable, "directory": DirectoryTable, "riskwatch": ServiceTable}
"""The model of each config file, by the file's name without its ending."""
DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft that editors of TOML know."""
_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def schema_name(file: str) -> str:
    """Return the name of the file that holds the schema of a config file."""
    return f"{file}.schema.json"


def schema_of(file: str) -> dict[str, Any]:
    """Return the JSON Schema of a config file: every key with its type, unit, default, bounds and what it does.

    It says what can be said of a key by itself. What only the whole folder shows, `check-config` says.
    """
    model = FILES[file]
    whole = model.model_json_schema(schema_generator=_WithoutDefaults, ref_template="#/definitions/{model}")
    definitions = whole.pop("$defs", {})
    by_name = {part.__name__: part for part in _parts()}
    for name, definition in definitions.items():
        _describe(definition, by_name[name])
    _describe(whole, model)
    return {
        "$schema": DRAFT,
        **whole,
        "title": f"{file}.toml of riskwatch",
        "definitions": definitions,
    }


def keys_of(part: type[Part]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield each key of a table as it is written, in the order of the model."""
    for name, field in part.model_fields.items():
        yield field.alias or name, field


@cache
def words_of(part: type[Part]) -> dict[str, str]:
    """Return what the model says of each key, by the key as written: the text that stands below its field."""
    said: dict[str, str] = {}
    for cls in (cls for cls in reversed(part.__mro__) if issubclass(cls, Part) and cls is not Part):
        (body,) = ast.parse(inspect.getsource(cls)).body
        assert isinstance(body, ast.ClassDef)  # noqa: S101  the source of a class is a class
        for field, text in zip(body.body, body.body[1:], strict=False):
            if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
                continue
            if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                said[field.target.id] = " ".join(str(text.value.value).split())
    return {key: said.get(name, "") for name, (key, _) in zip(part.model_fields, keys_of(part), strict=True)}


def default_of(part: type[Part], key: str, field: FieldInfo) -> object:
    """Return what a key that is left out is taken for, as one would write it; None where that is nothing."""
    if key in part.needs:
        return None
    value = field.get_default(call_default_factory=True)
    return None if value in ("", [], {}) or isinstance(value, Part) else _written(value)


class _WithoutDefaults(GenerateJsonSchema):
    """Leaves defaults out: the models' own are values of the program, and some are only harmless stand-ins."""

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def _parts(cls: type[Part] = Part) -> Iterator[type[Part]]:
    for part in cls.__subclasses__():
        yield part
        yield from _parts(part)


def _describe(definition: dict[str, Any], part: type[Part]) -> None:
    """Say of a table's keys what they do, which must be written, and what the others are when left out."""
    definition.pop("title", None)
    definition["description"] = " ".join((part.__doc__ or "").split())
    properties = definition["properties"]
    for key, field in keys_of(part):
        value = _without_null(properties[key])
        value.pop("title", None)
        if "$ref" in value:  # beside a reference a reader of this draft passes over everything
            value = {"allOf": [{"$ref": value.pop("$ref")}], **value}
        value["description"] = words_of(part)[key]
        default = default_of(part, key, field)
        if default is not None:
            value["default"] = default
        properties[key] = value
    if part.needs:
        definition["required"] = list(part.needs)


def _without_null(value: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without the null that TOML cannot write."""
    choices = [choice for choice in value.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return value
    return {**choices[0], **{key: inner for key, inner in value.items() if key != "anyOf"}}


def _written(value: object) -> object:
    """Return a value of the program as a config file writes it."""
    for kind, write in _WRITTEN.items():
        if isinstance(value, kind):
            return write(value)
    return value


def _span(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    # A day and a bit is said in hours, and "1 minute" rather than "60 seconds".
    size, unit = next((size, unit) for size, unit in _SPANS if seconds % size == 0)
    count = seconds // size
    return f"{count} {unit if count == 1 else f'{unit}s'}"


_WRITTEN: dict[type, Callable[[Any], object]] = {
    timedelta: _span,
    time: lambda value: value.strftime("%H:%M"),
    ZoneInfo: lambda value: value.key,
    Duration: str,
    str: str,
}
