"""The schemas by which editors complete and check config/, and the reference that is made from the same models."""

import tempfile
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from docs.reference import ROOT, written
from hypothesis import given, settings
from jsonschema import Draft7Validator

from riskwatch.settings.load import load
from riskwatch.settings.schema import FILES, schema_name, schema_of
from riskwatch.settings.shipped import shipped
from tests.effort import examples
from tests.settings.folders import TEXTS, TODAY, write_folder
from tests.settings.test_any_text import FOLDERS as FOLDERS_WITH_SLIPS

FOLDERS = [shipped("config"), ROOT / "tests/scenarios/config"]
CONFIGS = [path for folder in FOLDERS for path in sorted(folder.glob("*.toml"))]


def _refused(file: str, text: str) -> list[str]:
    """Return where an editor would mark a text."""
    document = _as_json(tomllib.loads(text))
    return sorted({error.json_path for error in _validator(file).iter_errors(document)})


@cache
def _validator(file: str) -> Draft7Validator:
    return Draft7Validator(schema_of(file))


def _as_json(value: Any) -> Any:
    """Return what TOML holds as editors hand it to a schema: dates and times as text."""
    if isinstance(value, dict):
        return {key: _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("path", written())
def test_what_is_generated_is_as_the_models_give_it(path: str) -> None:
    """Neither the shipped schemas nor the reference can drift; `make docs` writes them anew."""
    assert written()[path] == (ROOT / path).read_text(encoding="utf-8"), "run `make docs`"


@pytest.mark.parametrize("file", FILES)
def test_each_schema_is_one(file: str) -> None:
    """What an editor is given is valid by the draft that it names."""
    Draft7Validator.check_schema(schema_of(file))


@pytest.mark.parametrize("path", CONFIGS, ids=[f"{path.parts[-3]}-{path.name}" for path in CONFIGS])
def test_no_editor_marks_a_file_that_is_right(path: Path) -> None:
    """What `init` writes, and the config of the stories, has nothing marked."""
    assert _refused(path.stem, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", TEXTS)
def test_no_editor_marks_the_small_folder(name: str) -> None:
    """Nor has the folder from which the other tests start."""
    assert _refused(name.removesuffix(".toml"), TEXTS[name]) == []


@pytest.mark.parametrize("file", FILES)
def test_a_shipped_file_names_its_schema(file: str) -> None:
    """The first line leads an editor to the schema that lies beside."""
    path = shipped(f"config/{file}.toml")
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert f"#:schema ./schemas/{schema_name(file)}" == first
    assert (path.parent / "schemas" / schema_name(file)).is_file()


@settings(max_examples=examples(40), deadline=None)
@given(FOLDERS_WITH_SLIPS)
def test_no_editor_marks_what_the_reader_takes(texts: dict[str, str]) -> None:
    """Whatever was typed, a file without an error has nothing marked: the schema is never stricter than the reader."""
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder), **texts)
        errors = {problem.file for problem in load(Path(folder), today=TODAY, shown_as="config").errors}
    for file, text in texts.items():
        if f"config/{file}.toml" not in errors:
            assert _refused(file, text) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        pytest.param("policy.toml", "tiers =", "tier =", ["$"], id="a misspelt key"),
        pytest.param("policy.toml", '"england-and-wales"', '"England"', ["$.nation"], id="an unknown nation"),
        pytest.param("policy.toml", '"24 hours"', '"24 hrs"', ["$.rules[0].first"], id="no duration"),
        pytest.param("policy.toml", '"24 hours"', '"0 hours"', ["$.rules[0].first"], id="no time at all"),
        pytest.param("policy.toml", '"entry"', '"entrance"', ["$.rules[1].starts_on"], id="an unknown start"),
        pytest.param("policy.toml", 'name = "seen-high"', 'name = "Seen"', ["$.rules[0].name"], id="a rule's name"),
        pytest.param("policy.toml", '["07:00", ', "[", ["$.ladders.routine.send_between"], id="half a window"),
        pytest.param("policy.toml", ', to = "officer" },', " },", ["$.ladders.urgent.steps[0]"], id="a step to nobody"),
        pytest.param("directory.toml", 'fallback = "duty@north.police.uk"', "", ["$"], id="no fallback"),
        pytest.param("directory.toml", '["north.police.uk"]', "[]", ["$.allowed_domains"], id="no domain"),
        pytest.param("directory.toml", "from = 2026-11-01", "from = 1", ["$.absences[0].from"], id="no date"),
        pytest.param("riskwatch.toml", "= 10", "= 101", ["$.source.shrink_limit_percent"], id="more than all"),
        pytest.param("riskwatch.toml", '"starttls"', '"ssl"', ["$.smtp.security"], id="an unknown protection"),
        pytest.param("riskwatch.toml", '"07:30"', '"7:30"', ["$.service.daily_letter_at"], id="no time of day"),
        pytest.param("riskwatch.toml", '"info"', '"INFO"', ["$.service.log_level"], id="a level in capitals"),
    ],
)
def test_an_editor_marks_what_is_wrong(name: str, old: str, new: str, expected: list[str]) -> None:
    """A slip is marked at its own place while it is typed."""
    assert old in TEXTS[name]
    assert expected == _refused(name.removesuffix(".toml"), TEXTS[name].replace(old, new, 1))


def _properties(schema: dict[str, Any]) -> Iterator[tuple[str, bool, dict[str, Any]]]:
    """Yield each key of each table, whether it must be written, and its schema."""
    for name, table in {"": schema, **schema["definitions"]}.items():
        for key, value in table["properties"].items():
            yield f"{name}.{key}", key in table.get("required", ()), value


KEYS = [pytest.param(*row, id=row[0]) for file in FILES for row in _properties(schema_of(file))]


@pytest.mark.parametrize(("key", "needed", "value"), KEYS)
def test_every_key_says_what_it_does(key: str, needed: bool, value: dict[str, Any]) -> None:
    """A key without words leaves its administrator guessing: write them below the field, as for its neighbours."""
    assert value["description"].endswith("."), key
    assert "Without it: " in value["description"] or not needed or "default" in value


@pytest.mark.parametrize(("key", "needed", "value"), KEYS)
def test_every_default_may_be_written(key: str, needed: bool, value: dict[str, Any]) -> None:
    """What the reference names as the default is what one could type."""
    if "default" in value:
        assert not needed, key
        assert list(Draft7Validator(value).iter_errors(value["default"])) == []
    for example in value.get("examples", ()):
        assert list(Draft7Validator(value).iter_errors(example)) == []
