"""The journal's heads outside its database: what they find when the chain, or they themselves, were tampered with."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from riskwatch.adapters.journal_heads import HeadsFault, JournalHeads
from tests.adapters.store.examples import NOON, after

KEY = "a key of more than sixteen bytes\n"
CHAIN = {1: "1" * 64, 2: "2" * 64, 3: "3" * 64}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A file with a key."""
    path = tmp_path / "journal.key"
    path.write_text(KEY)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the heads are kept."""
    return tmp_path / "journal-heads.log"


def kept(heads: JournalHeads, *seqs: int) -> JournalHeads:
    """Keep the head of these rows, a day apart."""
    for day, seq in enumerate(seqs):
        heads.record(after(days=day), seq, CHAIN.get(seq, "0" * 64))
    return heads


def test_heads_that_the_chain_bears_out(path: Path, key: Path) -> None:
    """Signed or not, from an empty journal on; the file is for its owner alone."""
    for key_file in (None, key):
        heads = kept(JournalHeads(path, key_file), 0, 1, 1, 3)
        assert list(heads.check(CHAIN.get)) == []
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text().count("\n") == 4
        path.unlink()
    assert not JournalHeads(path, None).are_there


@pytest.mark.parametrize(
    ("chain", "finding"),
    [
        ({1: "1" * 64}, "that row is gone: the tail was cut off"),
        ({**CHAIN, 3: "f" * 64}, "it was written anew"),
    ],
)
def test_a_chain_that_was_cut_or_forged(path: Path, key: Path, chain: dict[int, str], finding: str) -> None:
    """The chain itself may be whole: what it was on that day is written elsewhere."""
    [sentence] = kept(JournalHeads(path, key), 1, 3).check(chain.get)
    assert sentence.startswith("journal-heads.log:2: ")
    assert sentence.endswith(finding)


@pytest.mark.parametrize(
    ("forge", "finding"),
    [
        (lambda text: text.replace("3" * 64, "f" * 64), "the head of 2023-02-07T12:00:00Z is not signed with this key"),
        (lambda text: text.replace(" 3 ", " 2 "), "the head of 2023-02-07T12:00:00Z is not signed with this key"),
        (lambda text: text[: text.rindex("hmac")] + "unsigned\n", "the head of 2023-02-07T12:00:00Z is not signed"),
        (lambda text: text + "2023-02-08T12:00:00Z 3\n", "is no journal head"),
    ],
)
def test_heads_that_were_forged(path: Path, key: Path, forge: Callable[[str], str], finding: str) -> None:
    """Without the key nobody can write a head that passes."""
    heads = kept(JournalHeads(path, key), 1, 3)
    path.write_text(forge(path.read_text()))
    [sentence] = heads.check(CHAIN.get)
    assert sentence.endswith(finding)


def test_a_key_that_was_replaced(path: Path, key: Path) -> None:
    """Whoever signs a forged head with a key of their own in its place is given away by each head before."""
    kept(JournalHeads(path, key), 1, 2)
    key.write_text("another key of more than sixteen bytes\n")
    kept(JournalHeads(path, key), 3)
    assert list(JournalHeads(path, key).check(CHAIN.get)) == [
        "journal-heads.log:1: the head of 2023-02-06T12:00:00Z is not signed with this key",
        "journal-heads.log:2: the head of 2023-02-07T12:00:00Z is not signed with this key",
    ]


def test_heads_that_go_back(path: Path) -> None:
    """A journal that grew shorter from one day to the next was cut, whatever it holds now."""
    [sentence] = kept(JournalHeads(path, None), 3, 2).check(CHAIN.get)
    assert sentence == "journal-heads.log:2: the head of 2023-02-07T12:00:00Z goes back from row 3 to row 2"


def test_what_cannot_be_used_is_a_fault(path: Path, tmp_path: Path) -> None:
    """A key that is missing or short, a place that is a folder: said in words, and no head is left unsigned."""
    with pytest.raises(HeadsFault, match="cannot be read"):
        JournalHeads(path, tmp_path / "nowhere").record(NOON, 1, CHAIN[1])
    (tmp_path / "short").write_text("short")
    with pytest.raises(HeadsFault, match="no key"):
        JournalHeads(path, tmp_path / "short").record(NOON, 1, CHAIN[1])
    assert not path.exists()
    with pytest.raises(HeadsFault, match="cannot be written"):
        JournalHeads(tmp_path, None).record(NOON, 1, CHAIN[1])
    with pytest.raises(HeadsFault, match="cannot be read"):
        list(JournalHeads(tmp_path, None).check(CHAIN.get))


def test_a_file_that_never_ends_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a bound on the lines read."""
    monkeypatch.setattr("riskwatch.adapters.journal_heads.MAX_HEADS", 2)
    with pytest.raises(HeadsFault, match="more than 2 lines"):
        list(kept(JournalHeads(path, None), 1, 2, 3).check(CHAIN.get))


def test_daemons_that_share_the_file_mix_no_lines(path: Path, key: Path) -> None:
    """Each head is appended whole, whoever writes at the same time."""
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: kept(JournalHeads(path, key), 3), range(40)))
    assert list(JournalHeads(path, key).check(CHAIN.get)) == []
    assert len(path.read_text().splitlines()) == 40
