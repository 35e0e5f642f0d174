"""Config files that nobody would write: reading them reports, and never raises."""

import tempfile
import tomllib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from riskwatch.settings.load import load, load_for_simulation
from tests.effort import examples
from tests.settings.folders import TEXTS, TODAY, write_folder
from tests.settings.toml_text import toml_text

TOKENS = ["", "0", "-1", "1.5", "nan", "true", "[", "]", '"', "'''", "#", "=", ",", "\n", "\r\n", "[x]", "x = 1"]
WORDS = ['""', '"officer"', '"high"', '"0 working days"', '"99999999999 weeks"', '"Europe"', '"\\u0000"']
SPLINTERS = st.sampled_from([*TOKENS, *WORDS, "[]", "{}", "[[1]]", "2026-11-23", "07:00:00"])


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """Draw the text with up to three places overwritten, whole values as well as any characters."""
    for _ in range(draw(st.integers(0, 3))):
        if draw(st.booleans()):
            lines = text.split("\n")
            number = draw(st.integers(0, len(lines) - 1))
            key, equals, _rest = lines[number].partition(" = ")
            lines[number] = f"{key} = {draw(SPLINTERS)}" if equals else draw(SPLINTERS)
            text = "\n".join(lines)
        else:
            start = draw(st.integers(0, len(text)))
            end = draw(st.integers(start, min(len(text), start + 20)))
            text = text[:start] + draw(SPLINTERS | st.text(max_size=4)) + text[end:]
    return text


FOLDERS = st.fixed_dictionaries({name.removesuffix(".toml"): damaged(text) for name, text in TEXTS.items()})


@settings(max_examples=examples(40), deadline=None)
@given(FOLDERS)
def test_damage_is_reported_and_never_raised(texts: dict[str, str]) -> None:
    """Whatever was typed, there are settings or errors, and each problem is one line within its file."""
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder), **texts)
        loaded = load(Path(folder), today=TODAY, shown_as="config")
        replay = load_for_simulation(Path(folder), today=TODAY, shown_as="config")
    assert (loaded.settings is None) == bool(loaded.errors)
    assert (replay.settings is None) == bool(replay.errors)
    for problem in loaded.problems:
        stem = problem.file.removeprefix("config/").removesuffix(".toml")
        assert 1 <= problem.line <= texts[stem].count("\n") + 1
        assert str(problem).isprintable()


@settings(max_examples=examples(30), deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_reported(content: bytes) -> None:
    """A file that was never TOML is told as such, or read as one."""
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder))
        (Path(folder) / "policy.toml").write_bytes(content)
        loaded = load(Path(folder), today=TODAY)
    assert loaded.errors


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set().union(*map(_keys, value)) if isinstance(value, list) else set()


KEYS = st.sampled_from(sorted(_keys([tomllib.loads(text) for text in TEXTS.values()])))
VALUES = st.recursive(
    st.integers() | st.booleans() | st.sampled_from(["", "high", "seen", "4 hours", "-1 days", "07:00", "a@b.uk"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=8)


@settings(max_examples=examples(40), deadline=None)
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_any_value_under_any_key_is_reported(
    policy: dict[str, object], directory: dict[str, object], riskwatch: dict[str, object]
) -> None:
    """A known key that holds a table, a list or a number where none belongs is an error, never a traceback."""
    documents = {"policy": policy, "directory": directory, "riskwatch": riskwatch}
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder), **{stem: toml_text(document) for stem, document in documents.items()})
        loaded = load(Path(folder), today=TODAY)
        assert loaded.errors
        assert load_for_simulation(Path(folder), today=TODAY).errors
    assert not [problem for problem in loaded.problems if "input" in problem.message], "words of the library's own"


def test_the_texts_are_whole_before_they_are_damaged() -> None:
    """The damage starts from files that can be read."""
    assert all(tomllib.loads(text) for text in TEXTS.values())
