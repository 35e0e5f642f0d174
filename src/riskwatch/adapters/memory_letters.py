"""The notices and letters of the store in memory."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from riskwatch.core.notices import Fate, Letter, LetterState, Outcome, Told, Verdict

K = TypeVar("K")
V = TypeVar("V")

_ENDS = {Verdict.SENT: (LetterState.SENT, Fate.SENT), Verdict.REFUSED: (LetterState.REFUSED, Fate.REFUSED)}
_UNSENT = (Fate.HELD, Fate.PENDING)
_UNDER_WAY = (LetterState.PENDING, LetterState.SENDING)


class Undoable:
    """Shelves whose changes are noted in an undo list, so that a failed transaction leaves nothing behind."""

    def __init__(self) -> None:
        super().__init__()
        self._undo: list[Callable[[], object]] = []

    def _put(self, shelf: dict[K, V], key: K, value: V) -> None:
        if key in shelf:
            before = shelf[key]
            self._undo.append(lambda: shelf.__setitem__(key, before))
        else:
            self._undo.append(lambda: shelf.__delitem__(key))
        shelf[key] = value

    def _drop(self, shelf: dict[K, V], key: K) -> None:
        if key in shelf:
            before = shelf.pop(key)
            self._undo.append(lambda: shelf.__setitem__(key, before))

    def _append(self, rows: list[V], more: Sequence[V]) -> None:
        length = len(rows)
        self._undo.append(lambda: rows.__delitem__(slice(length, None)))
        rows.extend(more)


class MemoryNotices(Undoable):
    """What was told."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, Told] = {}
        self._held_until: dict[str, datetime] = {}
        self._of_subject: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._of_letter: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def told(self, subjects: Sequence[str]) -> Sequence[Told]:
        keys = (key for name in set(subjects) if name in self._of_subject for key in self._of_subject[name])
        return sorted((self._told[key] for key in keys), key=lambda told: (told.decided_at, told.notice.key))

    def told_of_child(self, child_ref: str) -> Sequence[Told]:
        """Return every notice about a child, oldest first."""
        mine = (told for told in self._told.values() if told.notice.child_ref == child_ref)
        return sorted(mine, key=lambda told: (told.decided_at, told.notice.key))

    def held_back(self) -> Sequence[tuple[str, datetime]]:
        """Return the notices that are held back, by key, and until when."""
        return sorted(self._held_until.items())

    def held(self, now: datetime, recipients: Sequence[str], limit: int) -> Sequence[Told]:
        people = set(recipients)
        ready = (
            (self._told[key].decided_at, key)
            for key, until in self._held_until.items()
            if until <= now or self._told[key].notice.person in people
        )
        oldest = sorted(ready)[:limit]
        return [self._told[key] for key in sorted(key for _, key in oldest)]

    def add_told(self, rows: Sequence[Told], *, policy_version: str) -> None:
        for row in rows:
            key = row.notice.key
            if key not in self._told:
                self._put(self._of_subject[row.notice.subject], key, None)
                self._shelve(key, row)

    def place(self, told: Sequence[Told]) -> None:
        for row in told:
            key = row.notice.key
            if key in self._told:
                before = self._told[key]
                self._drop(self._of_letter[before.letter_id], key)
                self._shelve(key, before._replace(fate=row.fate, letter_id=row.letter_id))

    def hold(self, keys: Sequence[str], until: datetime) -> None:
        for key in keys:
            if key in self._held_until:
                self._put(self._held_until, key, until)

    def lines_of(self, letter_ids: Sequence[str]) -> Mapping[str, Sequence[Told]]:
        return {letter_id: self._lines(letter_id) for letter_id in sorted(set(letter_ids))}

    def _lines(self, letter_id: str) -> list[Told]:
        rows = (self._told[key] for key in sorted(self._of_letter.get(letter_id, ())))
        return [row for row in rows if row.fate is not Fate.STRUCK]

    def _shelve(self, key: str, row: Told) -> None:
        """Keep a notice in every index; one held without a wait of its own is looked at again at once."""
        self._put(self._told, key, row)
        if row.letter_id:
            self._put(self._of_letter[row.letter_id], key, None)
        if row.fate is not Fate.HELD:
            self._drop(self._held_until, key)
        elif key not in self._held_until:
            self._put(self._held_until, key, row.decided_at)

    def _set_fates(self, letter_id: str, fate: Fate, among: Sequence[Fate]) -> None:
        for row in self._lines(letter_id):
            if row.fate in among:
                self._put(self._told, row.notice.key, row._replace(fate=fate))

    def _next_held(self) -> datetime | None:
        return min(self._held_until.values(), default=None)


class MemoryLetters(MemoryNotices):
    """What goes out."""

    def __init__(self) -> None:
        super().__init__()
        self._letters: dict[str, Letter] = {}
        self._to: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
        self._leases: dict[str, datetime] = {}
        self._open: dict[str, None] = {}

    def letters_made(self, recipients: Sequence[str], since: datetime) -> Mapping[str, Sequence[datetime]]:
        made: dict[str, Sequence[datetime]] = {}
        for person in sorted(set(recipients)):
            standing = (key for key in self._to.get(person, {}) if not self._is_cancelled(key))
            moments = (self._to[person][key] for key in standing)
            made[person] = sorted(moment for moment in moments if moment >= since)
        return made

    def _is_cancelled(self, letter_id: str) -> bool:
        return self._letters[letter_id].state is LetterState.CANCELLED

    def add_letters(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            if letter.letter_id not in self._letters:
                self._keep(letter)
                if not letter.urgent:
                    self._put(self._to[letter.recipient], letter.letter_id, letter.joined_at or letter.made_at)

    def letters(self, letter_ids: Sequence[str]) -> Sequence[Letter]:
        return [self._letters[key] for key in sorted(set(letter_ids)) if key in self._letters]

    def letters_to_move(self) -> Sequence[tuple[Letter, datetime]]:
        """Return the letters that are under way, by id, and when each is to be sent, or sent again."""
        return [(self._letters[key], self._goes_at(self._letters[key])) for key in sorted(self._open)]

    def rewrite(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            before = self._letters.get(letter.letter_id)
            if before is not None and before.state is LetterState.PENDING:
                self._keep(before._replace(subject=letter.subject, message=letter.message, state=letter.state))

    def joinable(self, now: datetime, *, going: int, most: int) -> Sequence[Letter]:
        ready = self._to_go(now, len(self._open))
        if len(ready) <= going:
            return []
        people = {letter.recipient for letter in ready[:going]}
        found = [letter for letter in ready if letter.recipient in people and _is_untried(letter)]
        return sorted(found[:most], key=lambda letter: (letter.recipient, letter.made_at, letter.letter_id))

    def join(self, letter_ids: Sequence[str], into: str) -> None:
        for letter_id in letter_ids:
            self.place([row._replace(letter_id=into) for row in self._lines(letter_id) if row.fate is Fate.PENDING])
            letter = self._letters.get(letter_id)
            if letter is not None and letter.state is LetterState.PENDING:
                self._keep(letter._replace(state=LetterState.CANCELLED))

    def strike(self, keys: Sequence[str]) -> Sequence[str]:
        unsent = [key for key in sorted(set(keys)) if key in self._told and self._told[key].fate in _UNSENT]
        self.place([self._told[key]._replace(fate=Fate.STRUCK) for key in unsent])
        return unsent

    def waiting(self, now: datetime, *, made_before: datetime, limit: int) -> Sequence[str]:
        going = [letter for letter in self._to_go(now, limit) if letter.made_at < made_before]
        return sorted({told.notice.child_ref for letter in going for told in self._lines(letter.letter_id)})

    def claim(self, now: datetime, *, lease_until: datetime, limit: int) -> Sequence[Letter]:
        claimed = [
            letter._replace(state=LetterState.SENDING, in_doubt=letter.in_doubt or letter.state is LetterState.SENDING)
            for letter in self._to_go(now, limit)
        ]
        for letter in claimed:
            self._keep(letter)
            self._put(self._leases, letter.letter_id, lease_until)
            self._set_fates(letter.letter_id, Fate.SENDING, (Fate.PENDING,))
        return claimed

    def unsent(self) -> bool:
        return bool(self._open)

    def bring_forward(self, now: datetime, *, beyond: timedelta) -> None:
        for letter in [self._letters[key] for key in self._open]:
            waits_until = letter.next_attempt_at
            if letter.state is LetterState.PENDING and waits_until is not None and waits_until > now + beyond:
                self._keep(letter._replace(next_attempt_at=now))

    def release_claims(self) -> None:
        """Their notices stay SENDING: whether the letters arrived is not known."""
        for letter_id in list(self._leases):
            self._keep(self._letters[letter_id]._replace(state=LetterState.PENDING, in_doubt=True))
            self._drop(self._leases, letter_id)

    def settle(self, outcomes: Sequence[tuple[Letter, Outcome]], *, now: datetime) -> None:
        for given, outcome in outcomes:
            before = self._letters.get(given.letter_id)
            if before is None:
                continue
            after = before._replace(attempts=given.attempts + 1, last_response=outcome.response)
            if outcome.verdict in _ENDS:
                self._end(after, outcome.verdict)
            elif before.state is LetterState.SENDING:
                doubt = before.in_doubt or outcome.uncertain
                after = after._replace(state=LetterState.PENDING, next_attempt_at=given.next_attempt_at, in_doubt=doubt)
                self._keep(after)
                self._drop(self._leases, given.letter_id)
                if doubt:
                    continue
                self._set_fates(given.letter_id, Fate.PENDING, (Fate.SENDING,))

    def _end(self, letter: Letter, verdict: Verdict) -> None:
        """End a letter that is under way. What a server accepted is sent, whatever was noted before."""
        state, fate = _ENDS[verdict]
        if letter.state in _UNDER_WAY or (verdict is Verdict.SENT and letter.state is LetterState.REFUSED):
            self._keep(letter._replace(state=state, next_attempt_at=None))
            self._drop(self._leases, letter.letter_id)
            self._set_fates(letter.letter_id, fate, (Fate.PENDING, Fate.SENDING, Fate.REFUSED))

    def _keep(self, letter: Letter) -> None:
        self._put(self._letters, letter.letter_id, letter)
        if letter.state in _UNDER_WAY:
            self._put(self._open, letter.letter_id, None)
        else:
            self._drop(self._open, letter.letter_id)

    def _to_go(self, now: datetime, limit: int) -> list[Letter]:
        ready = [letter for key in self._open if self._may_go(letter := self._letters[key], now)]
        return sorted(ready, key=lambda letter: (not letter.urgent, letter.due_at, letter.letter_id))[:limit]

    def _may_go(self, letter: Letter, now: datetime) -> bool:
        untried = letter.state is LetterState.PENDING and letter.next_attempt_at is None
        return untried or self._goes_at(letter) <= now

    def _goes_at(self, letter: Letter) -> datetime:
        """Return when a letter that is under way is to be sent, or sent again."""
        if letter.state is LetterState.SENDING:
            return self._leases.get(letter.letter_id, letter.made_at)
        return letter.made_at if letter.next_attempt_at is None else letter.next_attempt_at

    def _next_letter(self) -> datetime | None:
        return min((self._goes_at(self._letters[key]) for key in self._open), default=None)


def _is_untried(letter: Letter) -> bool:
    """Whether it is a letter of notices that no server was ever offered."""
    untried = letter.state is LetterState.PENDING and letter.attempts == 0 and not letter.in_doubt
    return untried and letter.purpose == "notices"
