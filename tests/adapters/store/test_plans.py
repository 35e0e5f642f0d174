"""What is asked often touches what is due, not what exists."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from riskwatch.adapters.store import SqlStore
from tests.adapters.store.examples import NOON, after

QUESTIONS: list[tuple[str, Callable[[SqlStore, Any], object]]] = [
    ("ix_obligation_next_notice_at", lambda _, tx: tx.due(NOON, 10)),
    ("ix_obligation_child_ref", lambda _, tx: tx.tracked(["C1"])),
    ("ix_obligation_open_due_at", lambda store, _: store.reports.overdue(NOON)),
    ("ix_watched_next_known_at", lambda _, tx: tx.due_to_read(NOON)),
    ("ix_notice_subject", lambda _, tx: tx.told(["C1|seen"])),
    ("ix_notice_held_until", lambda _, tx: tx.held(NOON, [], 10)),
    ("ix_notice_held_until", lambda _, tx: tx.held(NOON, ["pc@north.police.uk"], 10)),
    ("ix_notice_letter_id", lambda _, tx: tx.lines_of(["L1"])),
    ("ix_letter_to_go", lambda _, tx: tx.waiting(NOON, made_before=NOON, limit=10)),
    ("ix_letter_to_go", lambda _, tx: tx.claim(NOON, lease_until=after(minutes=5), limit=10)),
    ("ix_letter_recipient_made_at", lambda _, tx: tx.letters_made(["pc@north.police.uk"], NOON)),
    ("ix_obligation_next_notice_at", lambda store, _: store.next_wake()),
    ("ix_letter_to_go", lambda store, _: store.next_wake()),
    ("ix_journal_child_ref", lambda store, _: store.reports.of_child("C1")),
    ("ix_notice_child_ref", lambda store, _: store.reports.of_child("C1")),
]


@pytest.mark.parametrize(("index", "ask"), QUESTIONS)
def test_a_question_uses_its_index(tmp_path: Path, index: str, ask: Callable[[SqlStore, Any], object]) -> None:
    """SQLite's own plan names the index, and reads no table from end to end."""
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        asked.append((statement, parameters))

    with SqlStore(f"sqlite:///{tmp_path / 'plans.db'}") as store:
        event.listen(store._engine, "before_cursor_execute", note)
        with store.begin() as tx:
            ask(store, tx)
        event.remove(store._engine, "before_cursor_execute", note)
        selects = [(words, values) for words, values in asked if words.startswith("SELECT")]
        with store.reading() as connection:
            plans = [
                " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values))
                for words, values in selects
            ]
    assert any(index in plan for plan in plans), plans
    assert not [plan for plan in plans if "SCAN" in plan and "USING" not in plan], plans
