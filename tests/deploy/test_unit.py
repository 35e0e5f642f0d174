"""What is shipped for systemd: the unit is sound, tight, and starts what there is."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskwatch.entrypoints.arguments import CONFIG_VARIABLE, parser

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "riskwatch.service"
EXPOSURE_LIMIT = 15
"""Tenths, of the 100 that systemd gives a service without any protection."""
NEWER = ("RestartSteps", "RestartMaxDelaySec")
"""Settings that systemd knows from 254 on, and passes over before."""


def settings() -> Iterator[tuple[str, str, str]]:
    """Yield section, name and value of each setting of the unit."""
    section = ""
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield section, name, value


def of_service(name: str) -> list[str]:
    """Return every value of a setting of the service."""
    return [value for section, key, value in settings() if (section, key) == ("Service", name)]


def analyze(*argv: str) -> "subprocess.CompletedProcess[str]":
    """Ask systemd-analyze, or skip where it is not installed."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")
    return subprocess.run([program, *argv], capture_output=True, text=True, timeout=60, check=False)


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """Every setting is known, and every value can be read."""
    unit = tmp_path / UNIT.name
    (start,) = of_service("ExecStart")
    program = start.split()[0]
    unit.write_text(UNIT.read_text(encoding="utf-8").replace(program, sys.executable), encoding="utf-8")
    said = analyze("verify", "--man=no", str(unit))
    problems = [line for line in said.stderr.splitlines() if UNIT.name in line]
    unknown = [line for line in problems if any(f"'{name}'" in line for name in NEWER)]
    assert [] == [line for line in problems if line not in unknown], said.stderr


def test_the_service_is_shut_in() -> None:
    """Systemd's own measure of what the service could do beyond its work."""
    said = analyze("security", "--offline=true", f"--threshold={EXPOSURE_LIMIT}", "--no-pager", str(UNIT))
    if "nrecognized option" in said.stderr:
        pytest.skip("this systemd-analyze is too old to judge a file")
    assert 0 == said.returncode, said.stdout + said.stderr


def test_it_starts_a_program_and_a_command_that_there_are() -> None:
    """The script of pyproject.toml, and a command of the command line, on the folder that the environment names."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    (start,) = of_service("ExecStart")
    program, *argv = start.split()
    assert Path(program).name in scripts
    assert "run" == parser().parse_args(argv).command
    assert any(value.startswith(f"{CONFIG_VARIABLE}=/") for value in of_service("Environment"))


def test_it_is_watched_and_started_again_for_ever() -> None:
    """The daemon says how it is, and no number of failures ends the watch."""
    assert ["notify"] == of_service("Type")
    assert ["always"] == of_service("Restart")
    assert of_service("WatchdogSec")
    assert ("Unit", "StartLimitIntervalSec", "0") in list(settings())


def test_a_wrong_configuration_does_not_end_the_watch() -> None:
    """No exit code keeps it down: a mend is taken up by itself. The page on installing says so, and how one is told."""
    ends = {"RestartPreventExitStatus", "SuccessExitStatus", "RestartMode"}
    assert set() == ends & {name for _, name, _ in settings()}
    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert "**A wrong configuration (exit code 2) is tried again for ever" in page
    alerts = (DEPLOY / "prometheus-alerts.yml").read_text(encoding="utf-8")
    assert "RiskwatchGone" in re.findall(r"`(\w+)` in `prometheus-alerts.yml`", page)
    assert "alert: RiskwatchGone" in alerts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("User", "riskwatch"),
        ("StateDirectory", "riskwatch"),
        ("StateDirectoryMode", "0700"),
        ("UMask", "0077"),
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("MemoryDenyWriteExecute", "yes"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("LimitCORE", "0"),
    ],
)
def test_what_keeps_it_shut_in_is_there(name: str, value: str) -> None:
    """Also where systemd-analyze is not installed."""
    assert [value] == of_service(name)


def test_no_password_stands_in_the_unit() -> None:
    """A unit is readable by everybody: passwords come as credentials."""
    assert of_service("LoadCredential")
    assert not [value for value in of_service("Environment") if "PASSWORD" in value]


def test_every_file_is_in_the_page_on_installing() -> None:
    """And each file that the page names is there."""
    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    shipped = {path.name for path in DEPLOY.iterdir()} - {"README.md"}
    assert shipped == set(re.findall(r"^\| `([^`]+)` \| ", page, re.MULTILINE)) & shipped
    assert all(f"`{name}`" in page for name in shipped)


def test_the_log_is_kept_for_a_time_of_its_own() -> None:
    """The unit logs to the namespace whose retention is shipped, and the user is the one that is made."""
    (namespace,) = of_service("LogNamespace")
    assert "MaxRetentionSec=" in (DEPLOY / f"journald@{namespace}.conf").read_text(encoding="utf-8")
    (user,) = of_service("User")
    assert f"u {user} " in (DEPLOY / "riskwatch.sysusers.conf").read_text(encoding="utf-8")
