"""Who would have been told when, kept on disk by several processes until letters are counted."""

from pathlib import Path

import pytest

from riskwatch.adapters import postings
from riskwatch.adapters.postings import PARTS, Postings, TooManyRecipients, part_of, read_part
from riskwatch.core.rivalry import Side
from riskwatch.core.workload import SIDE_BITS, STEP_BITS, packed


def everything(folder: Path) -> dict[str, list[int]]:
    """Return all that was posted, by recipient."""
    found: dict[str, list[int]] = {}
    for part in range(PARTS):
        for address, notices in read_part(folder, part):
            found.setdefault(address, []).extend(notices)
    return {address: sorted(notices) for address, notices in found.items()}


def test_a_recipient_has_one_pile_whoever_posted(tmp_path: Path) -> None:
    """Two processes number their recipients each in its own way; what was posted after a flush is there too."""
    one, other = Postings(tmp_path, "of-1"), Postings(tmp_path, "of-2")
    one.post("ds@north.police.uk", [(5, 1), (6, 1)], Side.OLD)
    one.post("di@north.police.uk", [(7, 2)], Side.BOTH)
    one.flush()
    one.post("ds@north.police.uk", [(8, 1)], Side.NEW)
    one.flush()
    other.post("di@north.police.uk", [(9, 3)], Side.NEW)
    other.post("ds@north.police.uk", [(1, 1)], Side.OLD)
    other.flush()

    assert {
        "ds@north.police.uk": sorted(
            [packed(0, 1, 1, Side.OLD), packed(0, 5, 1, Side.OLD), packed(0, 6, 1, Side.OLD), packed(0, 8, 1, Side.NEW)]
        ),
        "di@north.police.uk": sorted([packed(0, 7, 2, Side.BOTH), packed(0, 9, 3, Side.NEW)]),
    } == everything(tmp_path)


def test_a_part_holds_the_whole_recipient(tmp_path: Path) -> None:
    """So that one part after another can be counted."""
    box = Postings(tmp_path, "of-1")
    addresses = [f"pc{n}@north.police.uk" for n in range(500)] + ["odd\udcff\n@x"]
    for address in addresses:
        box.post(address, [(1, 1)], Side.OLD)
    box.flush()

    for part in range(PARTS):
        assert all(part_of(address) == part for address, _ in read_part(tmp_path, part))
    assert sorted(addresses) == sorted(everything(tmp_path))


def test_what_belongs_to_one_moment_comes_together(tmp_path: Path) -> None:
    """A letter is one recipient's notices of one moment: they are never in two slices, however long the span."""
    one, other = Postings(tmp_path, "of-1"), Postings(tmp_path, "of-2")
    for second in range(0, 40 * 86_400, 40_000):
        one.post("ds@north.police.uk", [(second, 1)], Side.OLD)
        other.post("ds@north.police.uk", [(second, 2)], Side.OLD)
    one.flush()
    other.flush()

    slices = [notices for _, notices in read_part(tmp_path, part_of("ds@north.police.uk"))]
    assert len(slices) > 1
    for notices in slices:
        seconds = [notice >> (SIDE_BITS + STEP_BITS) for notice in notices]
        assert all(seconds.count(second) == 2 for second in seconds)


def test_too_many_recipients_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reached bound is told, not passed over."""
    monkeypatch.setattr(postings, "RECIPIENTS_LIMIT", 1)
    box = Postings(tmp_path, "of-1")
    box.post("ds@north.police.uk", [], Side.OLD)
    with pytest.raises(TooManyRecipients, match="more than 1 recipients"):
        box.post("di@north.police.uk", [], Side.OLD)
