"""Reading a whole config folder."""

from datetime import date, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from riskwatch.core.durations import Duration, Unit
from riskwatch.core.policy import Start
from riskwatch.settings.load import load, load_for_simulation
from riskwatch.settings.model import Security
from riskwatch.settings.problems import Loaded
from riskwatch.settings.shipped import shipped
from tests.settings.folders import DIRECTORY, POLICY, SERVICE, TODAY, changed, shown, write_folder


def test_the_shipped_config_is_clean() -> None:
    """What `init` writes needs no mend before the first start."""
    loaded = load(shipped("config"), today=TODAY)
    assert loaded.problems == ()
    assert loaded.settings is not None


def test_the_shipped_policy_has_every_default_rule() -> None:
    """No rule of the example policy is lost, and each says where its interval comes from."""
    loaded = load_for_simulation(shipped("config"), today=TODAY)
    assert loaded.settings is not None
    policy = loaded.settings.policy
    assert {rule.name: (str(rule.first), rule.every and str(rule.every)) for rule in policy.rules} == {
        "seen-very-high": ("24 hours", "7 days"),
        "seen-high": ("24 hours", "10 working days"),
        "seen-medium": ("3 days", "4 weeks"),
        "seen-standard": ("5 working days", "3 months"),
        "six-week-backstop": ("42 days", "42 days"),
        "no-access-follow-up": ("5 working days", None),
        "police-protection": ("72 hours", None),
        "return-interview": ("72 hours", None),
        "child-protection-conference": ("15 working days", None),
        "core-group": ("10 working days", None),
        "looked-after-first-visit": ("1 week", None),
        "looked-after-next-visit": ("6 weeks", None),
    }
    assert all(rule.basis for rule in policy.rules)


def test_what_does_not_show_that_a_child_was_seen_satisfies_no_rule() -> None:
    """A phone call, a note or a mark in the shipped policy is known, and ends nothing."""
    loaded = load_for_simulation(shipped("config"), today=TODAY)
    assert loaded.settings is not None
    paper = {"phone_call", "parent_word", "supervisor_note", "marked_complete", "no_access"}
    assert paper <= set(loaded.settings.policy.check_kinds)
    assert not any(paper & rule.satisfied_by for rule in loaded.settings.policy.rules)


def test_a_folder_becomes_settings(tmp_path: Path) -> None:
    """Every section arrives where the program looks for it."""
    loaded = load(write_folder(tmp_path), today=TODAY)
    assert loaded.problems == ()
    settings = loaded.settings
    assert settings is not None
    assert settings.folder == tmp_path
    assert settings.database.url == f"sqlite:///{tmp_path / 'store.db'}"
    assert settings.source.url == "postgresql+psycopg://reader@records/copy"
    assert settings.source.timezone == ZoneInfo("Europe/Dublin")
    assert settings.source.checks == "SELECT 3"
    assert settings.source.stale_after == timedelta(hours=26)
    assert settings.smtp is not None
    assert (settings.smtp.security, settings.smtp.port) == (Security.STARTTLS, 587)
    assert settings.letters.templates == shipped("templates")
    assert settings.letters.cap_per_hour == 12
    assert settings.service.daily_letter_at == time(7, 30)
    assert settings.service.unsent_limit == timedelta(minutes=30)


def test_relays_that_stand_in_become_settings(tmp_path: Path) -> None:
    """Each has the defaults of the first, and keeps the order of the file; none is in use where none is written."""
    fallback = """
[[smtp.fallback]]
host = "two.north.police.uk"
security = "tls"
per_minute = 30

[[smtp.fallback]]
host = "three.north.police.uk"
username = "riskwatch"
password_file = "/etc/hostname"

[letters]
"""
    service = changed("riskwatch.toml", "[letters]\n", fallback)
    plain = load(write_folder(tmp_path), today=TODAY).settings
    settings = load(write_folder(tmp_path, riskwatch=service), today=TODAY).settings
    assert plain is not None
    assert plain.smtp is not None
    assert (plain.smtp.fallback, plain.smtp.per_minute) == ((), None)
    assert settings is not None
    assert settings.smtp is not None
    assert [(relay.host, relay.port, relay.per_minute) for relay in settings.smtp.relays] == [
        ("relay.north.police.uk", 587, None),
        ("two.north.police.uk", 465, 30),
        ("three.north.police.uk", 587, None),
    ]
    assert settings.smtp.fallback_after == timedelta(minutes=2)


def test_a_policy_becomes_the_core_policy(tmp_path: Path) -> None:
    """Words, durations, steps and windows are those of the file."""
    loaded = load(write_folder(tmp_path), today=TODAY)
    assert loaded.settings is not None
    policy = loaded.settings.policy
    follow_up = policy.rule_by_name["follow-up"]
    assert (follow_up.start, follow_up.start_kinds) == (Start.CHECKS, frozenset({"no_access"}))
    assert policy.rule_by_name["seen"].start is Start.ENTRY
    assert policy.rule_by_name["seen-high"].every == Duration(10, Unit.WORKING_DAYS)
    assert policy.ladders["urgent"].urgent
    assert policy.ladders["urgent"].steps[0].is_reminder
    assert policy.ladders["routine"].send_between == (time(7), time(20))
    assert policy.closing.tell == ("supervisor",)
    assert policy.concerns == frozenset({"neglect", "missing"})
    assert date(2026, 12, 25) in policy.calendar.holidays


def test_a_directory_becomes_the_core_directory(tmp_path: Path) -> None:
    """Addresses are lower-cased and units trimmed, as records are."""
    directory = DIRECTORY.replace("[units.york]", '[units." york "]').replace('"ds@', '" DS@')
    loaded = load(write_folder(tmp_path, directory=directory), today=TODAY)
    assert loaded.settings is not None
    people = loaded.settings.directory
    assert people.holder("supervisor", "york") == "ds@north.police.uk"
    assert people.holder("supervisor", "") == "desk@north.police.uk"
    assert people.present("pc@north.police.uk", TODAY) == "pc2@north.police.uk"


def test_every_problem_of_every_file_is_told_in_one_run(tmp_path: Path) -> None:
    """One wrong value hides no other, in its own file or in another."""
    policy = POLICY.replace("24 hours", "a day").replace('ladder = "routine"', 'ladder = "rutine"', 1)
    policy = policy.replace('to = "supervisor"', 'to = "superviser"').replace("7 days", "7 dayz", 1)
    directory = DIRECTORY.replace("duty@north", "duty@south").replace("2026-11-01", '"soon"')
    service = SERVICE.replace("sqlite", "sqlight").replace("= 10", "= 0")
    folder = write_folder(tmp_path, policy=policy, directory=directory, riskwatch=service)
    loaded = load(folder, today=TODAY, shown_as="config")
    assert loaded.settings is None
    assert [(problem.file, problem.line, problem.key) for problem in loaded.problems] == [
        ("config/policy.toml", 23, "rules[seen-high].first"),
        ("config/policy.toml", 37, "rules[seen].ladder"),
        ("config/policy.toml", 49, "ladders.urgent.repeat_every"),
        ("config/policy.toml", 53, "ladders.urgent.steps[supervisor].to"),
        ("config/directory.toml", 1, "fallback"),
        ("config/directory.toml", 13, "absences[1].from"),
        ("config/riskwatch.toml", 2, "database.url"),
        ("config/riskwatch.toml", 12, "source.shrink_limit_percent"),
    ]


@pytest.mark.parametrize("stem", ["policy", "directory", "riskwatch"])
def test_a_missing_file_is_an_error(tmp_path: Path, stem: str) -> None:
    """No file of the three has a default that would hide its absence."""
    loaded = load(write_folder(tmp_path, **{stem: None}), today=TODAY, shown_as="config")
    assert loaded.settings is None
    expected = f"config/{stem}.toml:1: file: is missing; `riskwatch init` writes one to start from"
    assert _shown(loaded) == [expected]


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    """A wrong --config is told, not raised."""
    (tmp_path / "config").write_text("")
    loaded = load(tmp_path / "config", today=TODAY, shown_as="config")
    assert "config/policy.toml:1: file: cannot be read: Not a directory" in _shown(loaded)


def test_a_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    """A file saved in another encoding is told by the line of its first wrong byte."""
    write_folder(tmp_path)
    (tmp_path / "directory.toml").write_bytes(b"# one\n# caf\xe9\n")
    loaded = load(tmp_path, today=TODAY, shown_as="config")
    assert _shown(loaded) == ["config/directory.toml:2: file: is not UTF-8 text; save it as UTF-8"]


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    """An editor on Windows may write one."""
    write_folder(tmp_path)
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8-sig")
    assert load(tmp_path, today=TODAY).problems == ()


def test_a_file_nested_without_end_is_an_error(tmp_path: Path) -> None:
    """No file makes the reader run out of its stack."""
    folder = write_folder(tmp_path, riskwatch="x = " + "[" * 5_000 + "]" * 5_000)
    loaded = load(folder, today=TODAY, shown_as="config")
    assert _shown(loaded) == ["config/riskwatch.toml:1: toml: is nested too deeply"]


def test_holidays_that_run_out_are_a_finding(tmp_path: Path) -> None:
    """Six months before the file of bank holidays ends, somebody is asked to replace it."""
    write_folder(tmp_path)
    settings = load(tmp_path, today=TODAY).settings
    assert settings is not None
    last_year = max(settings.policy.calendar.holidays).year
    in_time = load(tmp_path, today=date(last_year, 6, 30), shown_as="config")
    late = load(tmp_path, today=date(last_year, 7, 1), shown_as="config")
    expected = (
        f"config/policy.toml:3: nation: the bank holidays are known until {last_year}-12-31 only; "
        "replace bank-holidays.json by a newer one (finding)"
    )
    assert expected not in _shown(in_time)
    assert expected in _shown(late)


def test_a_broken_holiday_file_is_an_error_of_that_file(tmp_path: Path) -> None:
    """The force's own corrections are told with their file and line."""
    write_folder(tmp_path)
    (tmp_path / "bank-holidays-override.json").write_text('{\n  "ad": {}\n}')
    loaded = load(tmp_path, today=TODAY, shown_as="config")
    assert _shown(loaded) == ['config/bank-holidays-override.json:2: ad: is unknown; write "add" or "remove"']


def test_a_simulation_needs_no_riskwatch_toml(tmp_path: Path) -> None:
    """Without the file, times are local to the policy's time zone."""
    loaded = load_for_simulation(write_folder(tmp_path, riskwatch=None), today=TODAY)
    assert loaded.problems == ()
    assert loaded.settings is not None
    assert loaded.settings.timezone == ZoneInfo("Europe/London")


def test_a_simulation_looks_at_the_time_zone_alone(tmp_path: Path) -> None:
    """Other sections may be wrong or missing; source.timezone may not."""
    folder = write_folder(tmp_path, riskwatch='smtp = 1\n[source]\nurl = 2\ntimezone = "Europe/Dublin"\n')
    loaded = load_for_simulation(folder, today=TODAY)
    assert loaded.settings is not None
    assert loaded.settings.timezone == ZoneInfo("Europe/Dublin")
    write_folder(tmp_path, riskwatch=changed("riskwatch.toml", "Europe/Dublin", "Dublin"))
    assert [problem.line for problem in load_for_simulation(folder, today=TODAY).errors] == [5]


def test_a_simulation_can_try_another_policy(tmp_path: Path) -> None:
    """A new policy is read with the folder's directory, and its problems name its own file."""
    folder = write_folder(tmp_path)
    other = tmp_path / "new.toml"
    other.write_text(POLICY.replace("2026-11", "2027-01").replace('"24 hours"', '"12 hours"'))
    loaded = load_for_simulation(folder, today=TODAY, policy=other)
    assert loaded.settings is not None
    assert loaded.settings.policy.version == "2027-01"
    other.write_text("version = 1")
    assert {problem.file for problem in load_for_simulation(folder, today=TODAY, policy=other).errors} == {str(other)}


def test_a_url_never_appears_in_a_message(tmp_path: Path) -> None:
    """A password written by mistake does not go on to a log."""
    for url in ("postgresql://u:hunter2@db/x", "postgresql://u:hun/ter2@db/x", "foo://u:hunter2@db", "u:hunter2@db"):
        service = changed("riskwatch.toml", "sqlite:///store.db", url)
        loaded = load(write_folder(tmp_path, riskwatch=service), today=TODAY)
        assert [problem.key for problem in loaded.errors] == ["database.url"]
        assert "ter2" not in "".join(_shown(loaded))


def test_secrets_are_not_asked_of_the_file(tmp_path: Path) -> None:
    """A user's name with an @ encoded, or an ipv6 host with a port, is no password."""
    for url in ("postgresql://user%40force@db/x", "postgresql://[::1]:5432/x", "postgresql://db:5432/x"):
        service = changed("riskwatch.toml", "sqlite:///store.db", url)
        loaded = load(write_folder(tmp_path, riskwatch=service), today=TODAY)
        assert loaded.settings is not None
        assert loaded.settings.database.url == url.replace("postgresql", "postgresql+psycopg")


def _shown(loaded: Loaded[object]) -> list[str]:
    return [shown(problem) for problem in loaded.problems]
