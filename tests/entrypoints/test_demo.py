"""`riskwatch demo`, as a process."""

import signal
from email import message_from_bytes
from pathlib import Path

from tests.entrypoints.processes import PATIENCE_S, Running, until


def demo(folder: Path, *options: str) -> Running:
    """Start the demo in a folder."""
    return Running(["demo", "--dir", str(folder), *options], folder.parent / "demo.err")


def letters(folder: Path) -> list[Path]:
    """Return the letters that have come."""
    return sorted((folder / "mailbox").glob("*.eml"))


def test_the_demo_ends_by_itself_with_letters_to_read(tmp_path: Path) -> None:
    """Real letters in a local mailbox, one recipient each, and a clean end."""
    folder = tmp_path / "demo"
    with demo(folder, "--seconds", "4") as running:
        assert (0, []) == (running.ended(), running.lines())
    read = [message_from_bytes(path.read_bytes()) for path in letters(folder)]
    assert len(read) >= 5
    assert all(letter["Subject"] and letter["To"].count("@") == 1 for letter in read)
    assert '"stopped"' in (folder / "riskwatch.log").read_text()
    assert "Overdue now: " in (folder / "board" / "index.html").read_text()


def test_the_demo_is_stopped_with_ctrl_c_and_begun_again(tmp_path: Path) -> None:
    """An interrupt is the usual end, not a fault; the folder of an earlier demo is emptied first."""
    folder = tmp_path / "demo"
    earlier = folder / "mailbox" / "earlier.eml"
    for _ in range(2):
        with demo(folder) as running:
            until(lambda: letters(folder) and not earlier.exists(), "a letter")
            earlier.touch()
            running.send(signal.SIGINT)
            assert (0, []) == (running.ended(), running.lines())


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path: Path) -> None:
    """The demo empties only what a demo made."""
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "thesis.txt").write_text("ten years of work")
    with demo(folder, "--seconds", "1") as running:
        assert 3 == running.process.wait(PATIENCE_S)
        (line,) = running.lines()
    assert "thesis.txt" in line
    assert ["thesis.txt"] == [path.name for path in folder.iterdir()]
