"""What the auditor reads of the store in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from riskwatch.adapters.columns import moment_text
from riskwatch.adapters.memory import MemoryStore
from riskwatch.core.audit import Kept, Posted
from riskwatch.core.facts import Sighting


class MemoryBooks:
    """The books of a store in memory."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def kept(self, child_refs: Sequence[str]) -> Mapping[str, Kept]:
        """Return everything kept of these children, as of one moment; every child asked for has an entry."""
        with self._store.begin() as tx:
            watched = tx.watched(child_refs)
            told = {ref: tx.told_of_child(ref) for ref in child_refs}
            letters = tx.letters([one.letter_id for notices in told.values() for one in notices])
            states = {letter.letter_id: letter.state for letter in letters}
            return {
                ref: Kept(
                    watched.get(ref),
                    tx.tracked([ref]),
                    [Posted(one, states.get(one.letter_id)) for one in told[ref]],
                )
                for ref in sorted(set(child_refs))
            }

    def sightings(self, child_refs: Sequence[str]) -> Mapping[str, Sequence[Sighting]]:
        """Return what is remembered of these children's records, oldest first; a child without any is left out."""
        with self._store.begin() as tx:
            found = {ref: tx.sightings([ref]) for ref in sorted(set(child_refs))}
        return {ref: seen for ref, seen in found.items() if seen}

    def children_owed(self, after: str, limit: int) -> Sequence[str]:
        """Return the next children of whom anything is open, in order of their reference; "" begins."""
        with self._store.begin() as tx:
            owed = {one.child_ref for one in tx.every_tracked() if one.ended_at is None and one.child_ref > after}
        return sorted(owed)[:limit]

    def stuck(self, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """Return letters, and notices held back, that should have moved before a moment, each with a sentence."""
        with self._store.begin() as tx:
            letters = [(letter, at) for letter, at in tx.letters_to_move() if at < before]
            held = [(key, until) for key, until in tx.held_back() if until < before]
        stuck = [
            (letter.letter_id, f"a letter ({letter.purpose}) is {letter.state}, and was to move {moment_text(at)}")
            for letter, at in letters
        ]
        stuck += [(key, f"a notice is held back, and was to go out {moment_text(until)}") for key, until in held]
        return stuck[:limit]
