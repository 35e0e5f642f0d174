"""What an administrator may do to the folder of a running daemon: templates spoilt, a directory with nobody in it."""

import shutil
import signal
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from riskwatch.settings.shipped import shipped
from tests.entrypoints.conftest import edit
from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import until
from tests.faults.conftest import Scored
from tests.faults.surroundings import ADMINISTRATOR, steps, surroundings

pytestmark = pytest.mark.timeout(400)

FALLBACK = "duty@hq.police.uk"
HQ_ADMINISTRATOR = "admin@hq.police.uk"
NOBODY = f"""\
fallback = "{FALLBACK}"
administrator = "{HQ_ADMINISTRATOR}"
allowed_domains = ["hq.police.uk"]

[units.harbour]
supervisor = ""
head = ""

[default_unit]
supervisor = ""
head = ""
"""


@pytest.mark.faults_long
def test_templates_deleted_and_broken(tmp_path: Path, scored: Scored) -> None:
    """A letter goes in whatever words there are: the old ones, or the built-in ones; the administrator is told."""
    with MailServer() as mail, surroundings(tmp_path, mail) as world:
        shutil.copytree(shipped("templates"), tmp_path / "templates")
        edit(world.config / "riskwatch.toml", "[service]", '[letters]\ntemplates = "../templates"\n\n[service]')
        world.record(steps(40), name="C")
        with world.daemon() as running:
            world.wait_for_more_steps()
            (tmp_path / "templates" / "letter.txt.j2").unlink()
            (tmp_path / "templates" / "digest.txt.j2").write_text("{% for line in lines %}{{ line.no_such_thing.at_all")
            world.wait_for_more_steps()
            running.send(signal.SIGHUP)
            assert "letter.txt.j2" in running.wait_for("configuration-refused")["problem"]
            world.wait_for_more_steps(2)
        just_now = (datetime.now(ZoneInfo("Europe/London")) - timedelta(minutes=1)).strftime("%H:%M")
        edit(world.config / "riskwatch.toml", 'daily_letter_at = "23:59"', f'daily_letter_at = "{just_now}"')
        with world.daemon() as running:
            running.wait_for("template-failed")
            world.wait_for_more_steps(2)
            until(lambda: b"letter.txt.j2" in b"".join(world.mail_to(ADMINISTRATOR)), "word of it to the administrator")
            owed_until = world.wait_until_all_came()
        scored(**world.judge("templates deleted and broken", 2, owed_until=owed_until))


@pytest.mark.faults_long
def test_a_directory_with_nobody_left(tmp_path: Path, scored: Scored) -> None:
    """Everything comes to the fallback; a directory that cannot be read, or is blank, leaves the old one in force."""
    with MailServer() as mail, surroundings(tmp_path, mail) as world:
        directory = world.config / "directory.toml"
        directory.write_text(NOBODY)
        world.record([world.now(-6 * 3600)] * 10, name="L")
        world.record(steps(40, after=timedelta(0)), name="C")
        with world.daemon() as running:
            world.wait_for_more_steps(person=FALLBACK)
            for is_blank in (True, False):
                directory.unlink()
                if is_blank:
                    directory.touch()
                before = len(running.events("configuration-refused"))
                running.send(signal.SIGHUP)
                problem = running.wait_for("configuration-refused", times=before + 1)["problem"]
                assert "directory.toml" in problem
                world.wait_for_more_steps(2, person=FALLBACK)
                directory.write_text(NOBODY)
            running.send(signal.SIGHUP)
            running.wait_for("configured")
            world.wait_for_more_steps(person=FALLBACK)
            running.stop()
        with world.daemon():
            world.wait_for_more_steps(person=FALLBACK)
            owed_until = world.wait_until_all_came()
        assert {FALLBACK} == {letter.to for letter in mail.letters} - {HQ_ADMINISTRATOR}
        scored(**world.judge("a directory with nobody left", 3, owed_until=owed_until))
