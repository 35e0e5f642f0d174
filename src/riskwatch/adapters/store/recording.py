"""The record: journal, runs, named values."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from riskwatch.adapters.store.chain import Link, linked
from riskwatch.adapters.store.rows import Rows
from riskwatch.adapters.tables import JournalHeadRow, JournalRow, KeepsakeRow, RunRow, table
from riskwatch.core.tracking import Entry, Run

JOURNAL = table(JournalRow)
HEAD = table(JournalHeadRow)
RUN = table(RunRow)
KEEPSAKE = table(KeepsakeRow)
RUNS_KEPT = timedelta(days=90)
READ_RUN = select(*(RUN.c[name] for name in Run._fields))
READ_HEAD = select(HEAD.c.seq, HEAD.c.hash).with_for_update()
MOVE_HEAD = update(HEAD).values(seq=bindparam("its_seq"), hash=bindparam("its_hash"))
ADD_RUN = insert(RUN)
RECALL = select(KEEPSAKE.c.value).where(KEEPSAKE.c.name == bindparam("its_name"))


class Record(Rows):
    """What the service did."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._entries: list[Entry] = []

    def journal(self, entries: Sequence[Entry]) -> None:
        """The rows are written by `write_journal`, last of all: the chain's head is the lock that everybody wants."""
        self._entries += entries

    def write_journal(self) -> None:
        """Write what `journal` was given, behind what any other writer has committed."""
        if not self._entries:
            return
        seq, prev_hash = self._connection.execute(READ_HEAD).one()
        moment = self._moment
        links = list(linked(self._entries, seq, prev_hash))
        values = ((link.seq, moment(link.at), link.decision.value, *link[3:]) for link in links)
        self._insert(JOURNAL, Link._fields, values, replace=False)
        self._connection.execute(MOVE_HEAD, {"its_seq": links[-1].seq, "its_hash": links[-1].hash})
        self._entries.clear()

    def save_run(self, run: Run) -> None:
        values = {**run._asdict(), "counts": json.dumps(run.counts, sort_keys=True)}
        self._connection.execute(ADD_RUN, values)
        if run.full and run.stage == "refresh":
            self._forget_runs(run.finished_at - RUNS_KEPT)

    def _forget_runs(self, before: datetime) -> None:
        """Delete old runs; the latest of each stage stays, full and not, good and not, however old."""
        latest = select(func.max(RUN.c.id)).group_by(RUN.c.stage, RUN.c.full, RUN.c.problem == "")
        self._connection.execute(delete(RUN).where(RUN.c.finished_at < before, RUN.c.id.not_in(latest)))

    def last_run(self, stage: str, *, full: bool | None = None, good: bool = True) -> Run | None:
        runs = READ_RUN.where(RUN.c.stage == stage)
        if full is not None:
            runs = runs.where(RUN.c.full.is_(full))
        if good:
            runs = runs.where(RUN.c.problem == "")
        row = self._connection.execute(runs.order_by(RUN.c.finished_at.desc(), RUN.c.id.desc()).limit(1)).first()
        return None if row is None else Run._make(row)._replace(counts=json.loads(row.counts))

    def remember(self, name: str, value: str) -> None:
        self._insert(KEEPSAKE, ("name", "value"), [(name, value)], replace=True)

    def recall(self, name: str) -> str | None:
        value: str | None = self._connection.execute(RECALL, {"its_name": name}).scalar_one_or_none()
        return value
