"""What goes out: letters, their claims and their outcomes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, and_, bindparam, exists, func, or_, select, text, update

from riskwatch.adapters.columns import UTCDateTime
from riskwatch.adapters.store.rows import KEYS, Rows, batches, keys_of
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
    LetterState.PENDING: _letters_end(LetterState.PENDING, LetterState.SENDING).values(
        in_doubt=or_(LETTER.c.in_doubt, bindparam("doubt", type_=Boolean))
    ),
}
LETTERS_OF = READ_LETTER.where(LETTER.c.letter_id.in_(KEYS))
CHILDREN_IN = select(NOTICE.c.child_ref).where(NOTICE.c.letter_id.in_(KEYS), NOTICE.c.fate != Fate.STRUCK)
CLAIM = (
    update(LETTER)
    .where(LETTER.c.letter_id.in_(KEYS))
    .values(
        state=LetterState.SENDING,
        lease_until=bindparam("its_lease"),
        # Whoever claimed it before, and let the lease run out, may have handed it over.
        in_doubt=or_(LETTER.c.in_doubt, LETTER.c.state == LetterState.SENDING),
    )
)
CLAIM_NOTICES = (
    update(NOTICE).where(NOTICE.c.letter_id.in_(KEYS), NOTICE.c.fate == Fate.PENDING).values(fate=Fate.SENDING)
)


def _notices_follow(fate: Fate, where: LetterState, *among: Fate) -> Any:
    """Return what gives the notices of a letter a fate where the letter itself is in this state."""
    there = exists().where(_ITS_ID, LETTER.c.state == where)
    still = or_(*(NOTICE.c.fate == before for before in among))
    return update(NOTICE).where(NOTICE.c.letter_id == bindparam("its_id"), still, there).values(fate=fate)


_FOLLOW = {
    LetterState.SENT: _notices_follow(Fate.SENT, LetterState.SENT, Fate.PENDING, Fate.SENDING, Fate.REFUSED),
    LetterState.REFUSED: _notices_follow(Fate.REFUSED, LetterState.REFUSED, Fate.PENDING, Fate.SENDING, Fate.REFUSED),
    # A letter that may have arrived keeps them SENDING: whoever has it must hear when it is over.
    LetterState.PENDING: _notices_follow(Fate.PENDING, LetterState.SENDING, Fate.SENDING).where(
        ~exists().where(_ITS_ID, LETTER.c.in_doubt), ~bindparam("doubt", type_=Boolean)
    ),
}
_STATES = {Verdict.SENT: LetterState.SENT, Verdict.REFUSED: LetterState.REFUSED}


def may_go(now: Any) -> ColumnElement[bool]:
    """Return the condition of a letter that is to go now; one whose lease has run out is pending again."""
    rested = or_(LETTER.c.next_attempt_at.is_(None), LETTER.c.next_attempt_at <= now)
    pending = and_(LETTER.c.state == LetterState.PENDING, rested)
    abandoned = and_(LETTER.c.state == LetterState.SENDING, LETTER.c.lease_until <= now)
    return and_(UNDER_WAY, or_(pending, abandoned))


def _next_of(*, urgent: bool) -> Select[Any]:
    """Return the letters of one urgency that are to go, in the order of the index: nothing is sorted."""
    condition = and_(may_go(bindparam("now", type_=UTCDateTime)), LETTER.c.urgent.is_(urgent))
    letters = select(LETTER.c.letter_id, LETTER.c.made_at).where(condition)
    return letters.order_by(LETTER.c.due_at, LETTER.c.letter_id).limit(bindparam("limit"))


_NEXT = (_next_of(urgent=True), _next_of(urgent=False))
_NEXT_LOCKED = tuple(letters.with_for_update(skip_locked=True) for letters in _NEXT)
MAX_MOVES = 10
"""How often a notice is followed from letter to letter while they are locked."""
_THEIRS = select(LETTER.c.recipient).where(LETTER.c.letter_id.in_(KEYS))
JOINABLE = (
    READ_LETTER.where(
        may_go(bindparam("now", type_=UTCDateTime)),
        LETTER.c.state == LetterState.PENDING,
        LETTER.c.recipient.in_(_THEIRS),
        LETTER.c.purpose == "notices",
        LETTER.c.attempts == 0,
        LETTER.c.in_doubt.is_(False),
    )
    .order_by(LETTER.c.urgent.desc(), LETTER.c.due_at, LETTER.c.letter_id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
"""Letters never handed to a server, to those to whom the next ones go."""


class LetterRows(Rows):
    """The outbox."""

    def letters_made(self, recipients: Sequence[str], since: datetime) -> Mapping[str, Sequence[datetime]]:
        made: dict[str, list[datetime]] = {person: [] for person in sorted(set(recipients))}
        for people in keys_of(recipients):
            recent = or_(LETTER.c.made_at >= since, LETTER.c.joined_at >= since)
            counted = and_(LETTER.c.urgent.is_(False), LETTER.c.state != LetterState.CANCELLED)
            at = func.coalesce(LETTER.c.joined_at, LETTER.c.made_at, type_=UTCDateTime).label("at")
            rows = select(LETTER.c.recipient, at).where(LETTER.c.recipient.in_(people), recent, counted)
            for row in self._read(rows):
                made[row.recipient].append(row.at)
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
                letter.in_doubt,
                moment(letter.joined_at),
            )
            for letter in sorted(letters, key=lambda letter: letter.letter_id)
        )
        self._insert(LETTER, Letter._fields, values, replace=False)

    def letters(self, letter_ids: Sequence[str]) -> Sequence[Letter]:
        found: list[Letter] = []
        for ids in keys_of(letter_ids):
            found += map(Letter._make, self._read(LETTERS_OF, keys=ids))
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

    def joinable(self, now: datetime, *, going: int, most: int) -> Sequence[Letter]:
        following = self._next_to_go(now, going + 1, lock=False)
        if len(following) <= going:
            return []
        found = self._read(JOINABLE, now=now, keys=[key for key, _ in following[:going]], limit=most)
        letters = map(Letter._make, found)
        return sorted(letters, key=lambda letter: (letter.recipient, letter.made_at, letter.letter_id))

    def join(self, letter_ids: Sequence[str], into: str) -> None:
        for ids in keys_of(letter_ids):
            standing = NOTICE.c.letter_id.in_(ids) & (NOTICE.c.fate == Fate.PENDING)
            self._connection.execute(update(NOTICE).where(standing).values(letter_id=into))
            untried = LETTER.c.letter_id.in_(ids) & (LETTER.c.state == LetterState.PENDING)
            self._connection.execute(update(LETTER).where(untried).values(state=LetterState.CANCELLED))

    def strike(self, keys: Sequence[str]) -> Sequence[str]:
        taken_out: list[str] = []
        for some in keys_of(keys):
            unsent = and_(NOTICE.c.key.in_(some), NOTICE.c.fate.in_((Fate.HELD, Fate.PENDING)))
            self._lock_letters_of(unsent)
            struck = update(NOTICE).where(unsent).values(fate=Fate.STRUCK, held_until=None)
            taken_out += self._connection.execute(struck.returning(NOTICE.c.key)).scalars()
        return sorted(taken_out)

    def _lock_letters_of(self, notices: ColumnElement[bool]) -> None:
        """Lock the letters in which notices stand, as a claim does before it touches the notices: never in a circle.

        A notice may be put into another letter while we wait for the first.
        """
        locked: set[str] = set()
        for _ in range(MAX_MOVES):
            there = select(NOTICE.c.letter_id).where(notices, NOTICE.c.letter_id.is_not(None)).distinct()
            ids = {row.letter_id for row in self._read(there)} - locked
            if not ids:
                return
            for some in keys_of(ids):
                rows = select(LETTER.c.letter_id).where(LETTER.c.letter_id.in_(some)).order_by(LETTER.c.letter_id)
                self._read(rows.with_for_update())
            locked |= ids

    def waiting(self, now: datetime, *, made_before: datetime, limit: int) -> Sequence[str]:
        children: set[str] = set()
        for ids in keys_of(key for key, made_at in self._next_to_go(now, limit, lock=False) if made_at < made_before):
            children.update(row.child_ref for row in self._read(CHILDREN_IN, keys=ids))
        return sorted(children)

    def claim(self, now: datetime, *, lease_until: datetime, limit: int) -> Sequence[Letter]:
        claimed = [key for key, _ in self._next_to_go(now, limit, lock=True)]
        for ids in keys_of(claimed):
            self._connection.execute(CLAIM, {"keys": ids, "its_lease": lease_until})
            self._connection.execute(CLAIM_NOTICES, {"keys": ids})
        return sorted(self.letters(claimed), key=lambda letter: (not letter.urgent, letter.due_at, letter.letter_id))

    def unsent(self) -> bool:
        return bool(self._read(select(LETTER.c.letter_id).where(UNDER_WAY).limit(1)))

    def bring_forward(self, now: datetime, *, beyond: timedelta) -> None:
        waits = and_(UNDER_WAY, LETTER.c.state == LetterState.PENDING, LETTER.c.next_attempt_at > now + beyond)
        self._connection.execute(update(LETTER).where(waits).values(next_attempt_at=now))

    def release_claims(self) -> None:
        """Their notices stay SENDING: whether the letters arrived before their daemon stopped is not known."""
        if self._dialect == "sqlite":  # on PostgreSQL another daemon may be sending them at this moment
            under_way = update(LETTER).where(UNDER_WAY, LETTER.c.state == LetterState.SENDING)
            self._connection.execute(under_way.values(state=LetterState.PENDING, lease_until=None, in_doubt=True))

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
                "doubt": outcome.uncertain,
            }
            settled.setdefault(state, []).append(values)
        for state, rows in settled.items():
            for batch in batches(rows):
                # Notices follow a letter that has ended; those of one that is put back go before it, while it still
                # shows that it was on its way: what was pending already is left as it is.
                steps = [_SETTLE[state], _FOLLOW[state]]
                for statement in reversed(steps) if state is LetterState.PENDING else steps:
                    self._connection.execute(statement, batch)

    def _next_to_go(self, now: datetime, limit: int, *, lock: bool) -> list[tuple[str, datetime]]:
        """Return the ids of the next letters to go, and when each was made."""
        found: list[tuple[str, datetime]] = []
        for letters in _NEXT_LOCKED if lock else _NEXT:
            if limit > len(found):
                rows = self._read(letters, now=now, limit=limit - len(found))
                found += [(row.letter_id, row.made_at) for row in rows]
        return found
