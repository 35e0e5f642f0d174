"""The recipes of docs/cookbook.md: each is read as an administrator would have it read, and does what it says."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from riskwatch.core.calendar import Calendar
from riskwatch.core.durations import parse_duration
from riskwatch.core.facts import History
from riskwatch.core.mandate import Mandate
from riskwatch.settings.load import load
from riskwatch.settings.shipped import shipped
from tests.builders import assessed, at, checked, local
from tests.scenarios.world import case, lines, told
from tests.settings.toml_text import toml_text

COOKBOOK = Path(__file__).parents[2] / "docs/cookbook.md"
SNIPPET = re.compile(r"```toml\n# (?P<file>\w+\.toml)\n(?P<text>.*?)```", re.DOTALL)
TODAY = date(2026, 12, 1)
OFFICER = "chris.lowe@example.police.uk"
SERGEANT = "alex.morgan@example.police.uk"
DESK = "duty.desk@example.police.uk"


def _recipes() -> dict[str, dict[str, Any]]:
    """Return what each recipe writes, by its heading and then by file."""
    chapters = COOKBOOK.read_text(encoding="utf-8").split("\n### ")[1:]
    return {
        chapter.partition("\n")[0]: {found["file"]: tomllib.loads(found["text"]) for found in SNIPPET.finditer(chapter)}
        for chapter in chapters
    }


RECIPES = _recipes()


def _put_in(document: dict[str, Any], change: dict[str, Any]) -> None:
    """Change a file as the cookbook says: a table of the same name is replaced, anything else added."""
    for key, value in change.items():
        if isinstance(value, list) and key in ("rules", "absences"):
            names = {table.get("name") for table in value}
            document[key] = [old for old in document.get(key, []) if old.get("name") not in names] + value
        elif isinstance(value, dict) and key in ("ladders", "units"):
            document.setdefault(key, {}).update(value)
        else:
            document[key] = value


def cooked(folder: Path, recipe: str) -> Mandate:
    """Return what the shipped config is after a recipe; it must not have a problem of any kind."""
    for name in ("policy.toml", "directory.toml", "riskwatch.toml"):
        document = tomllib.loads(shipped(f"config/{name}").read_text(encoding="utf-8"))
        _put_in(document, RECIPES[recipe].get(name, {}))
        (folder / name).write_text(toml_text(document), encoding="utf-8")
    loaded = load(folder, today=TODAY)
    assert loaded.problems == ()
    assert loaded.settings is not None
    return Mandate.of(loaded.settings.policy, loaded.settings.directory)


def of_harbour(*records: Any) -> History:
    """Return the case of a child of the unit harbour."""
    return case("C1", *records, unit="harbour", officer=OFFICER)


def first_told(history: History, until: str, under: Mandate, what: str) -> list[str]:
    """Return the lines of the replay that hold a word."""
    return [line for line in told(history, until=until, under=under) if what in line]


def test_a_tier_checked_weekly(tmp_path: Path) -> None:
    """A visit on a Tuesday makes the next one due on the Tuesday after."""
    story = of_harbour(assessed("standard", "2027-02-01 10:00"), checked("seen", "2027-02-02 15:00"))
    mandate = cooked(tmp_path, "A tier checked weekly")
    expected = """
        Mon 2027-02-08 15:00 chris.lowe@example.police.uk C1 seen-standard reminder, due 2027-02-09 15:00
        Tue 2027-02-09 15:00 chris.lowe@example.police.uk C1 seen-standard overdue (officer), due 2027-02-09 15:00
        """
    assert lines(expected) == told(story, until="2027-02-10 00:00", under=mandate)


def test_a_backstop(tmp_path: Path) -> None:
    """Seen by a school, a child of the mildest tier is due again in three weeks, at any hour."""
    story = of_harbour(assessed("standard", "2027-02-01 23:00"), checked("seen_by_agency", "2027-02-02 23:00"))
    mandate = cooked(tmp_path, "A backstop")
    expected = [f"Tue 2027-02-23 23:00 {OFFICER} C1 three-week-backstop overdue (officer), due 2027-02-23 23:00"]
    assert expected == first_told(story, "2027-02-24 00:00", mandate, "backstop overdue")


def test_an_out_of_hours_inspector(tmp_path: Path) -> None:
    """Two hours after an urgent deadline in the night the inspector on duty hears, and the sergeant after that."""
    story = of_harbour(assessed("very_high", "2027-02-06 01:00"))
    mandate = cooked(tmp_path, "An out-of-hours inspector")
    expected = f"""
        Sun 2027-02-07 01:00 {OFFICER} C1 seen-very-high overdue (officer), due 2027-02-07 01:00
        Sun 2027-02-07 03:00 {DESK} C1 seen-very-high overdue (duty-inspector), due 2027-02-07 01:00
        Sun 2027-02-07 05:00 {SERGEANT} C1 seen-very-high overdue (supervisor), due 2027-02-07 01:00
        """
    assert lines(expected) == first_told(story, "2027-02-07 06:00", mandate, "overdue")


def test_a_new_unit(tmp_path: Path) -> None:
    """The unit's own sergeant hears, no longer the referral desk."""
    story = case("C1", assessed("high", "2027-02-01 10:00"), unit="riverside", officer=OFFICER)
    mandate = cooked(tmp_path, "A new unit")
    expected = [
        "Tue 2027-02-02 14:00 lee.barton@example.police.uk C1 seen-high overdue (supervisor), due 2027-02-02 10:00"
    ]
    assert expected == first_told(story, "2027-02-03 00:00", mandate, "supervisor")


def test_an_officer_goes_on_leave(tmp_path: Path) -> None:
    """The cover reads from the first day to the last; the day after, the officer does again."""
    mandate = cooked(tmp_path, "An officer goes on leave")
    readers = {
        day: mandate.directory.present(OFFICER, date.fromisoformat(day))
        for day in ("2027-01-31", "2027-02-01", "2027-02-12", "2027-02-13")
    }
    cover = "dana.reyes@example.police.uk"
    assert {"2027-01-31": OFFICER, "2027-02-01": cover, "2027-02-12": cover, "2027-02-13": OFFICER} == readers
    story = of_harbour(assessed("very_high", "2027-02-01 10:00"))
    expected = [f"Tue 2027-02-02 10:00 {cover} C1 seen-very-high overdue (officer), due 2027-02-02 10:00"]
    assert expected == first_told(story, "2027-02-02 12:00", mandate, "overdue")


def test_scotland(tmp_path: Path) -> None:
    """After New Year's Eve the next working day is the fifth of January 2027, in England the fourth."""
    scotland = cooked(tmp_path, "Scotland").policy
    england = cooked(tmp_path, "A new unit").policy
    assert ["2027-01-05 10:00", "2027-01-04 10:00"] == [_next_working_day(p.calendar) for p in (scotland, england)]


def _next_working_day(calendar: Calendar) -> str:
    return local(calendar.add(at("2026-12-31 10:00"), parse_duration("1 working day")))


def test_every_recipe_is_tried() -> None:
    """A recipe without a test here would be a promise."""
    tried = {re.sub(r"\W", "_", recipe.lower()) for recipe in RECIPES}
    assert tried == {name.removeprefix("test_") for name in globals() if name.startswith("test_")} - {
        "every_recipe_is_tried",
        "every_snippet_is_found",
    }


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_snippet_is_found(recipe: str) -> None:
    """No snippet is passed over because its first line does not name its file."""
    chapter = COOKBOOK.read_text(encoding="utf-8").partition(f"\n### {recipe}\n")[2].partition("\n### ")[0]
    assert chapter.count("```toml") == len(SNIPPET.findall(chapter)) > 0
