"""The journal and its heads, with several daemons that write at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import text

from riskwatch.adapters.journal_heads import JournalHeads
from riskwatch.adapters.store import SqlStore
from tests.adapters.store.examples import after, entry


def test_heads_kept_while_others_write_are_borne_out(address: str, tmp_path: Path) -> None:
    """Whenever a head is taken it is the end of the chain of that moment, and a tail cut off later shows."""
    key = tmp_path / "key"
    key.write_text("0123456789abcdef")
    heads = JournalHeads(tmp_path / "journal-heads.log", key)
    with SqlStore(address) as one, SqlStore(address) as other:

        def write(number: int) -> None:
            with (one, other)[number % 2].begin() as tx:
                tx.journal([entry(f"{number}", step=step) for step in ("a", "b")])

        with ThreadPoolExecutor(4) as threads:
            writing = threads.map(write, range(24))
            kept = [heads.record(after(hours=hours), *one.reports.journal_head()) for hours in range(6)]
            list(writing)
        kept.append(heads.record(after(hours=9), *other.reports.journal_head()))
        assert list(one.reports.verify_journal()) == []
        assert list(heads.check(one.reports.journal_hash)) == []
        with one.writing() as connection:
            connection.execute(text("DELETE FROM journal WHERE seq > 47"))
            connection.execute(
                text("UPDATE journal_head SET seq = 47, hash = (SELECT hash FROM journal WHERE seq = 47)")
            )
        assert list(one.reports.verify_journal()) == []
        sentences = list(heads.check(one.reports.journal_hash))
    # The writers may have been done before the last heads were taken: then several are of the end.
    assert [head.seq for head in kept].count(48) == len(sentences) >= 1
    assert [] == [one for one in sentences if not one.endswith("that row is gone: the tail was cut off")]
