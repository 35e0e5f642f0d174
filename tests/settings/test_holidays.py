"""The bank holidays: the shipped file against a second opinion, the force's corrections, and what is refused."""

import json
from datetime import date
from pathlib import Path

import holidays
import pytest

from riskwatch.settings.holidays import NATIONS, SOURCE, HolidayFileError, load_holidays
from riskwatch.settings.shipped import shipped

SUBDIVISIONS = [
    ("england-and-wales", "ENG"),
    ("england-and-wales", "WLS"),
    ("scotland", "SCT"),
    ("northern-ireland", "NIR"),
]
FIRST_YEAR = 2015

EXPLAINED: dict[str, dict[date, str]] = {"england-and-wales": {}, "scotland": {}, "northern-ireland": {}}
"""Weekdays on which the file and the `holidays` package disagree, each with why the file is right. None are known.

At weekends they disagree by design: the package lists 25 December 2027, a Saturday, beside its substitute day; gov.uk
publishes the substitute alone.
"""


def write(folder: Path, name: str, content: object) -> Path:
    """Write a JSON file into a config folder, one key or event a line."""
    path = folder / name
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    return path


def published(*dates: str, nation: str = "scotland") -> dict[str, object]:
    """A file in the format of gov.uk with these dates for one nation."""
    events = [{"title": "A day", "date": day, "notes": "", "bunting": True} for day in dates]
    return {nation: {"division": nation, "events": events}}


def problems(folder: Path, nation: str = "scotland") -> list[str]:
    """Return what is wrong with the files of a folder, each file by its name alone."""
    with pytest.raises(HolidayFileError) as refusal:
        load_holidays(folder, nation)
    assert str(refusal.value) == "\n".join(refusal.value.problems)
    return [problem.removeprefix(f"{folder}/") for problem in refusal.value.problems]


@pytest.mark.parametrize(("nation", "subdivision"), SUBDIVISIONS)
def test_the_shipped_file_agrees_with_a_second_opinion(tmp_path: Path, nation: str, subdivision: str) -> None:
    """From 2015 to its end the file has each weekday off that the `holidays` package computes, and no other."""
    loaded = load_holidays(tmp_path, nation)
    years = range(FIRST_YEAR, loaded.until.year + 1)
    computed = {day for day in holidays.country_holidays("GB", subdiv=subdivision, years=years) if day.weekday() < 5}
    assert computed ^ loaded.dates == set(EXPLAINED[nation])


@pytest.mark.parametrize("nation", NATIONS)
def test_the_shipped_file_covers_a_whole_span_of_years(tmp_path: Path, nation: str) -> None:
    """The file has every year from 2015 to 2028 and no day at a weekend, for substitute days stand for those."""
    loaded = load_holidays(tmp_path, nation)
    assert loaded.until == date(2028, 12, 31)
    assert {day.year for day in loaded.dates} == set(range(FIRST_YEAR, 2029))
    assert [day for day in loaded.dates if day.weekday() >= 5] == []


@pytest.mark.parametrize(
    ("day", "nations"),
    [
        (date(2020, 5, 4), set()),  # moved to the Friday, for VE day
        (date(2020, 5, 8), set(NATIONS)),
        (date(2022, 5, 30), set()),  # moved to the Thursday, for the jubilee
        (date(2022, 6, 2), set(NATIONS)),
        (date(2022, 6, 3), set(NATIONS)),
        (date(2022, 9, 19), set(NATIONS)),
        (date(2023, 5, 8), set(NATIONS)),
        (date(2026, 6, 15), {"scotland"}),
        (date(2026, 1, 2), {"scotland"}),
        (date(2026, 4, 6), {"england-and-wales", "northern-ireland"}),
        (date(2026, 8, 3), {"scotland"}),
        (date(2026, 8, 31), {"england-and-wales", "northern-ireland"}),
        (date(2026, 11, 30), {"scotland"}),
        (date(2026, 3, 17), {"northern-ireland"}),
        (date(2026, 7, 13), {"northern-ireland"}),
        (date(2027, 12, 28), set(NATIONS)),
    ],
)
def test_the_nations_differ(tmp_path: Path, day: date, nations: set[str]) -> None:
    """Days that one nation has and another lacks, that were moved, or that were proclaimed late."""
    assert {nation for nation in NATIONS if day in load_holidays(tmp_path, nation).dates} == nations


def test_the_shipped_override_changes_nothing(tmp_path: Path) -> None:
    """The example of an override names every nation and leaves the dates as they are."""
    example = shipped("config/bank-holidays-override.json").read_text(encoding="utf-8")
    (tmp_path / "bank-holidays-override.json").write_text(example, encoding="utf-8")
    assert json.loads(example) == {action: {nation: [] for nation in NATIONS} for action in ("add", "remove")}
    assert load_holidays(tmp_path, "scotland") == load_holidays(tmp_path / "absent", "scotland")


def test_the_shipped_files_are_found_in_an_installed_package_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed package reads its own `defaults`; a source checkout the folder at its top."""
    package = tmp_path / "src" / "riskwatch"
    monkeypatch.setattr("riskwatch.settings.shipped.files", lambda _: package)
    assert shipped("config/policy.toml") == tmp_path / "config/policy.toml"
    (package / "defaults/config").mkdir(parents=True)
    (package / "defaults/config/policy.toml").touch()
    assert shipped("config/policy.toml") == package / "defaults/config/policy.toml"


def test_the_folder_s_own_file_is_read_instead_of_the_shipped_one(tmp_path: Path) -> None:
    """A file downloaded anew replaces the shipped one; it is known to the end of its last year."""
    write(tmp_path, "bank-holidays.json", published("2029-01-01", "2030-01-01"))
    loaded = load_holidays(tmp_path, "scotland")
    assert loaded.dates == {date(2029, 1, 1), date(2030, 1, 1)}
    assert loaded.until == date(2030, 12, 31)


def test_a_file_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """Windows editors put a mark before the text; it is no part of it."""
    path = write(tmp_path, "bank-holidays.json", published("2029-01-01"))
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert load_holidays(tmp_path, "scotland").dates == {date(2029, 1, 1)}


def test_an_override_adds_and_removes(tmp_path: Path) -> None:
    """A day proclaimed late is added and one that was moved removed, for the nation that it names alone."""
    write(tmp_path, "bank-holidays.json", published("2029-01-01", "2029-05-07"))
    override = {
        "add": {"scotland": [{"date": "2029-06-15", "title": "One-off"}], "northern-ireland": [{"date": "2029-03-19"}]},
        "remove": {"scotland": [{"date": "2029-05-07", "title": "Moved"}]},
    }
    write(tmp_path, "bank-holidays-override.json", override)
    assert load_holidays(tmp_path, "scotland").dates == {date(2029, 1, 1), date(2029, 6, 15)}


def test_an_added_day_does_not_stretch_what_the_file_covers(tmp_path: Path) -> None:
    """One day added in a far year does not make that year known."""
    write(tmp_path, "bank-holidays.json", published("2029-01-01"))
    write(tmp_path, "bank-holidays-override.json", {"add": {"scotland": [{"date": "2031-06-02"}]}})
    assert load_holidays(tmp_path, "scotland").until == date(2029, 12, 31)


def test_an_override_that_the_file_has_caught_up_with_is_no_problem(tmp_path: Path) -> None:
    """An added day that the file has and a removed one that it lacks change nothing."""
    write(tmp_path, "bank-holidays.json", published("2029-01-01"))
    override = {"add": {"scotland": [{"date": "2029-01-01"}]}, "remove": {"scotland": [{"date": "2029-05-07"}]}}
    write(tmp_path, "bank-holidays-override.json", override)
    assert load_holidays(tmp_path, "scotland").dates == {date(2029, 1, 1)}


def test_refuses_an_unknown_nation(tmp_path: Path) -> None:
    """A nation without a list of bank holidays is refused with those that have one."""
    write(tmp_path, "bank-holidays.json", published("2029-01-01"))
    assert problems(tmp_path, "england") == [
        "bank-holidays.json: england: unknown nation; write one of england-and-wales, scotland, northern-ireland"
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([], "bank-holidays.json: the file: is not an object; write {...}"),
        (None, "bank-holidays.json: the file: is not an object; write {...}"),
        ({}, f"bank-holidays.json: scotland.events: has no bank holidays; download the file anew from {SOURCE}"),
        ({"scotland": []}, "bank-holidays.json:2: scotland: is not an object; write {...}"),
        ({"scotland": {"events": {}}}, "bank-holidays.json:2: scotland.events: is not a list; write [...]"),
        (
            published(),
            f"bank-holidays.json:2: scotland.events: has no bank holidays; download the file anew from {SOURCE}",
        ),
        (
            {"scotland": {"events": ["2029-01-01"]}},
            'bank-holidays.json:2: scotland.events[0]: has no date; write {"date": "2027-05-31", "title": "..."}',
        ),
        (
            published("2029-01-01", "2029-02-30"),
            "bank-holidays.json:13: scotland.events[1].date: '2029-02-30' is not a date; write it as \"2027-05-31\"",
        ),
        (
            published("2028-01-03", "2209-01-01"),
            "bank-holidays.json:2: scotland.events: has none in 2029, but later ones; "
            "correct the year, or add those of 2029",
        ),
    ],
)
def test_refuses_a_file_of_another_shape(tmp_path: Path, content: object, expected: str) -> None:
    """What is not in the format of gov.uk is refused with the line and the mend."""
    write(tmp_path, "bank-holidays.json", content)
    assert problems(tmp_path) == [expected]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([], "bank-holidays-override.json: the file: is not an object; write {...}"),
        ({"ad": {}}, 'bank-holidays-override.json:2: ad: is unknown; write "add" or "remove"'),
        ({"add": []}, "bank-holidays-override.json:2: add: is not an object; write {...}"),
        ({"add": {"scotland": {}}}, "bank-holidays-override.json:3: add.scotland: is not a list; write [...]"),
        (
            {"add": {"wales": []}},
            "bank-holidays-override.json:3: add.wales: is unknown; "
            "write one of england-and-wales, scotland, northern-ireland",
        ),
        (
            {"add": {"scotland": []}, "remove": {"scotland": [{"date": "1 May 2029"}]}},
            "bank-holidays-override.json:8: remove.scotland[0].date: '1 May 2029' is not a date; "
            'write it as "2027-05-31"',
        ),
        (
            {"add": {"scotland": [{"date": "2029-05-07"}]}, "remove": {"scotland": [{"date": "2029-05-07"}]}},
            "bank-holidays-override.json:12: remove.scotland: 2029-05-07 is also added; keep one of the two",
        ),
    ],
)
def test_refuses_an_override_that_it_cannot_follow(tmp_path: Path, content: object, expected: str) -> None:
    """A correction that would be lost in silence is refused with the line and the mend."""
    write(tmp_path, "bank-holidays.json", published("2029-01-01"))
    write(tmp_path, "bank-holidays-override.json", content)
    assert problems(tmp_path) == [expected]


def test_shows_every_problem_of_both_files(tmp_path: Path) -> None:
    """One run shows all there is to mend."""
    write(tmp_path, "bank-holidays.json", published("2029-13-01", "soon"))
    write(tmp_path, "bank-holidays-override.json", {"add": {"scotland": [{"date": "then"}]}, "drop": {}})
    keys = [problem.split(": ")[1] for problem in problems(tmp_path)]
    assert keys == ["scotland.events[0].date", "scotland.events[1].date", "add.scotland[0].date", "drop"]


def test_refuses_what_is_no_json(tmp_path: Path) -> None:
    """A slip in the JSON is shown with its line and column."""
    (tmp_path / "bank-holidays.json").write_text('{\n "scotland": {,}\n}\n', encoding="utf-8")
    [problem] = problems(tmp_path)
    assert problem.startswith("bank-holidays.json:2: column 15: no valid JSON: ")


def test_refuses_what_is_no_text(tmp_path: Path) -> None:
    """A file in another encoding is refused with the mend."""
    (tmp_path / "bank-holidays.json").write_bytes(b'{"title": "New Year\x92s Day"}')
    assert problems(tmp_path) == ["bank-holidays.json: the file is not UTF-8 text; save it as UTF-8"]


def test_refuses_what_cannot_be_read(tmp_path: Path) -> None:
    """A file that cannot be opened is refused with the system's reason."""
    (tmp_path / "bank-holidays.json").mkdir()
    assert problems(tmp_path) == ["bank-holidays.json: the file cannot be read: Is a directory"]
