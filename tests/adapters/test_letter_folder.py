"""The folder that stands in for a mail server: each letter a file that is whole, private and written once."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from riskwatch.adapters.letter_folder import LetterFolder
from riskwatch.core.faults import MailFault
from riskwatch.core.notices import Letter, Scope, Verdict

AT = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)


def _letter(**changes: object) -> Letter:
    letter = Letter("abc", "pc1@north.police.uk", "notices", "Late", b"Subject: Late\r\n\r\nlate\r\n", True, AT, AT)
    return letter._replace(**changes)  # type: ignore[arg-type]  # a test's words


def test_a_letter_becomes_a_file(tmp_path: Path) -> None:
    """Its name sorts by time, and it is for its owner alone."""
    folder = LetterFolder(tmp_path / "letters")
    outcome = asyncio.run(folder.send(_letter()))
    (file,) = (tmp_path / "letters").iterdir()
    assert ("20261123T091500Z-abc.eml", _letter().message) == (file.name, file.read_bytes())
    assert (Verdict.SENT, "250 written to 20261123T091500Z-abc.eml") == (outcome.verdict, outcome.response)
    assert (0o600, 0o700) == (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777)


def test_the_same_letter_again_is_the_same_file(tmp_path: Path) -> None:
    """A repeat after a crash does not look like a second letter."""
    folder = LetterFolder(tmp_path)
    for _ in range(2):
        asyncio.run(folder.send(_letter()))
    assert 1 == len([*tmp_path.iterdir()])


def test_an_id_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    """A name that is not plain is replaced by a digest of it."""
    asyncio.run(LetterFolder(tmp_path / "in").send(_letter(letter_id="../../out")))
    assert ["in"] == [path.name for path in tmp_path.iterdir()]


def test_a_letter_that_cannot_be_written_waits(tmp_path: Path) -> None:
    """A folder that has gone is a passing fault of the server, not of the letter."""
    folder = LetterFolder(tmp_path / "letters")
    (tmp_path / "letters").rmdir()
    outcome = asyncio.run(folder.send(_letter()))
    assert (Verdict.LATER, Scope.SERVER) == (outcome.verdict, outcome.scope)
    assert "No such file" in outcome.response


def test_a_folder_that_cannot_be_made_is_told_at_the_start(tmp_path: Path) -> None:
    """Not at the first letter, hours later."""
    (tmp_path / "file").write_text("")
    with pytest.raises(MailFault, match="cannot be used as a folder for letters"):
        LetterFolder(tmp_path / "file" / "letters")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_told_at_the_start(tmp_path: Path) -> None:
    """As above."""
    tmp_path.chmod(0o500)
    with pytest.raises(MailFault, match="cannot be written to"):
        LetterFolder(tmp_path)


def test_it_is_an_outbox_with_nothing_to_open(tmp_path: Path) -> None:
    """The daemon warms, looks and closes it as it does a mail server."""
    folder = LetterFolder(tmp_path)

    async def play() -> object:
        await folder.warm()
        await folder.close()
        return await folder.look()

    assert asyncio.run(play()) is None
    assert (1, None) == (folder.connections, folder.per_minute)
