"""The lines of keys in TOML files."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskwatch.settings.positions import MAX_DEPTH, Place, Positions, TooDeep
from tests.settings.toml_text import toml_text

TEXT = '''\
# a comment with [brackets] = and "quotes"
title = "x" # ] }
"quoted key" = 'y'
a.b.c = 1

[table]
text = """
[not.a.table]
key = "no"
"""
raw = \'\'\'
x = 1 \'\'\'
list = [1, 2, # three
  3,
  "]",
]

[[rules]]
name = "first"

[[rules]]
name = "second"
inner = { x = 1, y = [
  { z = 2 },
] }

[[rules.steps]]
to = "a"

[[rules.steps]]
to = "b"

[ladders.urgent]
steps = [
  { name = "one", after = "0 hours" },

  { name = "two", after = "1 hours" },
]

[late]
[late.child]
k = 1
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 1),
        (("title",), 2),
        (("quoted key",), 3),
        (("a", "b", "c"), 4),
        (("a", "b"), 4),
        (("table",), 6),
        (("table", "text"), 7),
        (("table", "raw"), 11),
        (("table", "list", 1), 13),
        (("table", "list", 2), 14),
        (("table", "list", 3), 15),
        (("rules", 0), 18),
        (("rules", 0, "name"), 19),
        (("rules", 1, "name"), 22),
        (("rules", 1, "inner", "x"), 23),
        (("rules", 1, "inner", "y", 0, "z"), 24),
        (("rules", 1, "steps", 0, "to"), 28),
        (("rules", 1, "steps", 1, "to"), 31),
        (("ladders", "urgent"), 33),
        (("ladders", "urgent", "steps", 0, "after"), 35),
        (("ladders", "urgent", "steps", 1, "after"), 37),
        (("late", "child", "k"), 42),
    ],
)
def test_each_key_has_its_line(place: Place, line: int) -> None:
    """A key stands where a person sees it, whatever the notation."""
    assert line == Positions(TEXT).line(place)


def test_the_tables_of_the_test_are_toml() -> None:
    """The text above is read by the standard library too."""
    assert tomllib.loads(TEXT)["rules"][1]["steps"][1] == {"to": "b"}


def test_a_key_that_is_not_written_has_the_line_around_it() -> None:
    """A missing key is reported at its table."""
    assert Positions(TEXT).line(("rules", 1, "basis")) == 21


def test_windows_line_ends_count_once() -> None:
    """A file saved on Windows has the same lines."""
    positions = Positions(TEXT.replace("\n", "\r\n"))
    assert positions.line(("ladders", "urgent", "steps", 1, "after")) == 37


def test_nesting_has_a_limit() -> None:
    """A document deeper than any config file is refused, not walked."""
    with pytest.raises(TooDeep):
        Positions("x = " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


KEYS = st.text("ab-_1", min_size=1, max_size=3) | st.text('é ".#\\', min_size=1, max_size=3)
SCALARS = st.integers() | st.booleans() | st.text("ab\"'#[]{}=,\\\n", max_size=6)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_every_place_of_any_document_is_found(document: dict[str, object]) -> None:
    """Written with each top-level key on a line of its own, every place within has that line."""
    text = toml_text(document)
    assert tomllib.loads(text) == document
    positions = Positions(text)
    for line, (key, value) in enumerate(document.items(), start=1):
        for place in _places((key,), value):
            assert line == positions.line(place)


def _places(place: Place, value: object) -> list[Place]:
    inner = list(value.items()) if isinstance(value, dict) else []
    inner += list(enumerate(value)) if isinstance(value, list) else []
    return [place, *(found for step, part in inner for found in _places((*place, step), part))]
