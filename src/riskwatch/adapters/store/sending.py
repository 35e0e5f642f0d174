"""What goes out: letters, their claims and their outcomes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, text, update

from riskwatch.adapters.store.rows import Rows, batches, keys_of
from riskwatch.adapters.store.telling import NOTICE
from riskwatch.adapters.tables import LetterRow, table
from riskwatch.core.notices import Fate, Letter, LetterState, Outcome, Verdict

LETTER = table(LetterRow)
READ_LETTER = select(*(LETTER.c[name] for name in Letter._fields))
UNDER_WAY = text("state IN ('pending', 'sending')")
"""In these words, without parameters: only so does the planner see that the partial index will do."""

REWRITE = (
    update(LETTER)
    .where(LETTER.c.letter_id == bindparam("its_id"), LETTER.c.state == LetterState.PENDING)
    .values(subject=bindparam("its_subject"), message=bindparam("its_message"), state=bindparam("its_state"))
)
_OUTCOME: dict[str, Any] = {
    "attempts": bindparam("tried"),
    "last_response": bindparam("response"),
    "next_attempt_at": bindparam("again_at"),
    "lease_until": None,
}
_ITS_ID = LETTER.c.letter_id == bindparam("its_id")


def _letters_end(state: LetterState, *among: LetterState) -> Any:
    # Not an IN list: one statement serves many rows only where none of its parameters expands.
    still = or_(*(LETTER.c.state == before for before in among))
    return update(LETTER).where(_ITS_ID, still).values(state=state, **_OUTCOME)


# What a server accepted is sent, whatever was noted before; what nobody is sending now is not taken back.
_SETTLE = {
    LetterState.SENT: _letters_end(LetterState.SENT, LetterState.PENDING, LetterState.SENDING, LetterState.REFUSED),
    LetterState.REFUSED: _letters_end(LetterState.REFUSED, LetterState.PENDING, LetterState.SENDING),
    LetterState.PENDING: _letters_end(LetterState.PENDING, LetterState.SENDING),
}
_FATES = {LetterState.SENT: Fate.SENT, LetterState.REFUSED: Fate.REFUSED, LetterState.PENDING: Fate.PENDING}
_STATES = {Verdict.SENT: LetterState.SENT, Verdict.REFUSED: LetterState.REFUSED}


def may_go(now: datetime) -> ColumnElement[bool]:
    """Return the condition of a letter that is to go now; one whose lease has run out is pending again."""
    rested = or_(LETTER.c.next_attempt_at.is_(None), LETTER.c.next_attempt_at <= now)
    pending = and_(LETTER.c.state == LetterState.PENDING, rested)
    abandoned = and_(LETTER.c.state == LetterState.SENDING, LETTER.c.lease_until <= now)
    return and_(UNDER_WAY, or_(pending, abandoned))


class LetterRows(Rows):
    """The outbox."""

    def letters_made(self, recipients: Sequence[str], since: datetime) -> Mapping[str, Sequence[datetime]]:
        made: dict[str, list[datetime]] = {person: [] for person in sorted(set(recipients))}
        for people in keys_of(recipients):
            recent = and_(LETTER.c.recipient.in_(people), LETTER.c.made_at >= since, LETTER.c.urgent.is_(False))
            for row in self._read(select(LETTER.c.recipient, LETTER.c.made_at).where(recent)):
                made[row.recipient].append(row.made_at)
        return {person: sorted(moments) for person, moments in made.items()}

    def add_letters(self, letters: Sequence[Letter]) -> None:
        moment = self._moment
        values = (
            (
                letter.letter_id,
                letter.recipient,
                letter.purpose,
                letter.subject,
                letter.message,
                letter.urgent,
                moment(letter.due_at),
                moment(letter.made_at),
                letter.state.value,
                letter.attempts,
                moment(letter.next_attempt_at),
                letter.last_response,
            )
            for letter in sorted(letters, key=lambda letter: letter.letter_id)
        )
        self._insert(LETTER, Letter._fields, values, replace=False)

    def letters(self, letter_ids: Sequence[str]) -> Sequence[Letter]:
        found: list[Letter] = []
        for ids in keys_of(letter_ids):
            found += map(Letter._make, self._read(READ_LETTER.where(LETTER.c.letter_id.in_(ids))))
        return sorted(found, key=lambda letter: letter.letter_id)

    def rewrite(self, letters: Sequence[Letter]) -> None:
        for batch in batches(sorted(letters, key=lambda letter: letter.letter_id)):
            values = [
                {
                    "its_id": letter.letter_id,
                    "its_subject": letter.subject,
                    "its_message": letter.message,
                    "its_state": letter.state,
                }
                for letter in batch
            ]
            self._connection.execute(REWRITE, values)

    def waiting(self, now: datetime, *, made_before: datetime, limit: int) -> Sequence[str]:
        children: set[str] = set()
        for ids in keys_of(key for key, made_at in self._next_to_go(now, limit, lock=False) if made_at < made_before):
            about = and_(NOTICE.c.letter_id.in_(ids), NOTICE.c.fate != Fate.STRUCK)
            children.update(row.child_ref for row in self._read(select(NOTICE.c.child_ref).where(about)))
        return sorted(children)

    def claim(self, now: datetime, *, lease_until: datetime, limit: int) -> Sequence[Letter]:
        claimed = [key for key, _ in self._next_to_go(now, limit, lock=True)]
        for ids in keys_of(claimed):
            taken = {"state": LetterState.SENDING, "lease_until": lease_until}
            self._connection.execute(update(LETTER).where(LETTER.c.letter_id.in_(ids)).values(taken))
            self._set_fates(ids, Fate.SENDING, (Fate.PENDING,))
        return sorted(self.letters(claimed), key=lambda letter: (not letter.urgent, letter.due_at, letter.letter_id))

    def release_claims(self) -> None:
        """Their notices stay SENDING: whether the letters arrived before their daemon stopped is not known."""
        if self._dialect == "sqlite":  # on PostgreSQL another daemon may be sending them at this moment
            under_way = update(LETTER).where(UNDER_WAY, LETTER.c.state == LetterState.SENDING)
            self._connection.execute(under_way.values(state=LetterState.PENDING, lease_until=None))

    def settle(self, outcomes: Sequence[tuple[Letter, Outcome]], *, now: datetime) -> None:
        settled: dict[LetterState, list[dict[str, Any]]] = {}
        for letter, outcome in sorted(outcomes, key=lambda pair: pair[0].letter_id):
            state = _STATES.get(outcome.verdict, LetterState.PENDING)
            again_at = letter.next_attempt_at if state is LetterState.PENDING else None
            values = {
                "its_id": letter.letter_id,
                "tried": letter.attempts + 1,
                "response": outcome.response,
                "again_at": again_at,
            }
            settled.setdefault(state, []).append(values)
        for state, rows in settled.items():
            for batch in batches(rows):
                self._connection.execute(_SETTLE[state], batch)
            self._follow((row["its_id"] for row in rows), state)

    def _follow(self, letter_ids: Iterable[str], state: LetterState) -> None:
        """Give the notices of those letters that did reach this state the fate that goes with it."""
        among = (Fate.SENDING,) if state is LetterState.PENDING else (Fate.PENDING, Fate.SENDING, Fate.REFUSED)
        for ids in keys_of(letter_ids):
            reached = and_(LETTER.c.letter_id.in_(ids), LETTER.c.state == state)
            self._set_fates(select(LETTER.c.letter_id).where(reached), _FATES[state], among)

    def _set_fates(self, letter_ids: Any, fate: Fate, among: Sequence[Fate]) -> None:
        theirs = and_(NOTICE.c.letter_id.in_(letter_ids), NOTICE.c.fate.in_(among))
        self._connection.execute(update(NOTICE).where(theirs).values(fate=fate))

    def _next_to_go(self, now: datetime, limit: int, *, lock: bool) -> list[tuple[str, datetime]]:
        """Return the ids of the next letters to go, and when each was made."""
        ready = select(LETTER.c.letter_id, LETTER.c.made_at).where(may_go(now))
        first = ready.order_by(LETTER.c.urgent.desc(), LETTER.c.due_at, LETTER.c.letter_id).limit(limit)
        rows = self._read(first.with_for_update(skip_locked=True) if lock else first)
        return [(row.letter_id, row.made_at) for row in rows]
