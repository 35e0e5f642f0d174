"""What was told: notices, and where each stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, bindparam, case, func, select, update

from riskwatch.adapters.store.rows import KEYS, Rows, batches, keys_of
from riskwatch.adapters.tables import NoticeRow, table
from riskwatch.core.notices import Fate, Notice, Told

NOTICE = table(NoticeRow)
NOTICE_COLUMNS = ("key", *Notice._fields, "decided_at", "fate", "letter_id", "held_until", "policy_version")
READ_TOLD = select(*(NOTICE.c[name] for name in (*Notice._fields, "decided_at", "fate", "letter_id")))
TOLD_OF = READ_TOLD.where(NOTICE.c.subject.in_(KEYS))
LINES_OF = READ_TOLD.where(NOTICE.c.letter_id.in_(KEYS), NOTICE.c.fate != Fate.STRUCK)


def _oldest_held(*conditions: ColumnElement[bool]) -> Select[Any]:
    oldest = READ_TOLD.where(*conditions).order_by(NOTICE.c.decided_at, NOTICE.c.key).limit(bindparam("limit"))
    return oldest.with_for_update(skip_locked=True)


WAITED = _oldest_held(NOTICE.c.held_until <= bindparam("now"))
HELD_FOR = _oldest_held(NOTICE.c.held_until.is_not(None), NOTICE.c.person.in_(KEYS))
_WIDTH = len(Notice._fields)

PLACE = (
    update(NOTICE)
    .where(NOTICE.c.key == bindparam("its_key"))
    .values(
        fate=bindparam("its_fate"),
        letter_id=bindparam("its_letter"),
        # One held without a wait of its own is looked at again at once.
        held_until=case((bindparam("is_held", type_=Boolean), func.coalesce(NOTICE.c.held_until, NOTICE.c.decided_at))),
    )
)


def told_of(row: Sequence[Any]) -> Told:
    """Return the notice that a row of READ_TOLD holds."""
    notice = Notice._make(row[:_WIDTH])
    decided_at, fate, letter_id = row[_WIDTH:]
    return Told(notice, decided_at, fate, letter_id or "")


class NoticeRows(Rows):
    """Notices."""

    def told(self, subjects: Sequence[str]) -> Sequence[Told]:
        return self._told(TOLD_OF, subjects)

    def held(self, now: datetime, recipients: Sequence[str], limit: int) -> Sequence[Told]:
        rows = list(self._read(WAITED, now=now, limit=limit))
        for people in keys_of(recipients):
            rows += self._read(HELD_FOR, keys=people, limit=limit)
        found = {told.notice.key: told for told in map(told_of, rows)}
        chosen = sorted(found.values(), key=lambda told: (told.decided_at, told.notice.key))[:limit]
        return sorted(chosen, key=lambda told: told.notice.key)

    def add_told(self, rows: Sequence[Told], *, policy_version: str) -> None:
        moment = self._moment

        def values(told: Told) -> tuple[Any, ...]:
            notice = told.notice
            decided_at = moment(told.decided_at)
            return (
                notice.key,
                notice.subject,
                notice.generation,
                notice.kind.value,
                notice.child_ref,
                notice.rule,
                notice.step,
                notice.repeat,
                moment(notice.due_at),
                notice.person,
                notice.passed_up,
                notice.urgent,
                decided_at,
                told.fate.value,
                told.letter_id or None,
                decided_at if told.fate is Fate.HELD else None,
                policy_version,
            )

        self._insert(NOTICE, NOTICE_COLUMNS, sorted(map(values, rows), key=itemgetter(0)), replace=False)

    def place(self, told: Sequence[Told]) -> None:
        for batch in batches(sorted(told, key=lambda row: row.notice.key)):
            values = [
                {
                    "its_key": row.notice.key,
                    "its_fate": row.fate,
                    "its_letter": row.letter_id or None,
                    "is_held": row.fate is Fate.HELD,
                }
                for row in batch
            ]
            self._connection.execute(PLACE, values)

    def hold(self, keys: Sequence[str], until: datetime) -> None:
        for batch in keys_of(keys):
            held = NOTICE.c.key.in_(batch) & (NOTICE.c.fate == Fate.HELD)
            self._connection.execute(update(NOTICE).where(held).values(held_until=until))

    def lines_of(self, letter_ids: Sequence[str]) -> Mapping[str, Sequence[Told]]:
        lines: dict[str, list[Told]] = {letter_id: [] for letter_id in sorted(set(letter_ids))}
        for told in self._told(LINES_OF, letter_ids):
            lines[told.letter_id].append(told)
        return {letter_id: sorted(told, key=lambda row: row.notice.key) for letter_id, told in lines.items()}

    def _told(self, statement: Select[Any], keys: Sequence[str]) -> list[Told]:
        found = [told_of(row) for some in keys_of(keys) for row in self._read(statement, keys=some)]
        return sorted(found, key=lambda told: (told.decided_at, told.notice.key))
