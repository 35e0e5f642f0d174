"""Wording: the letters of one transaction, from notices and whatever the store holds of them."""

from collections.abc import Container, Iterable, Sequence
from datetime import datetime

from riskwatch.core.lines import line
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Draft, Fate, Letter, LetterState, Line, Notice, Passing, Told
from riskwatch.core.passing import passing, refusals
from riskwatch.core.tracking import Decision, Entry, Tracked, Watched
from riskwatch.pipeline.ports import Letters, Transaction

_REASONS = {Decision.STRUCK: "ended-before-it-left"}


class Wording:
    """Words letters and what is journalled of their notices; each obligation and child is fetched once."""

    def __init__(self, tx: Transaction, letters: Letters, mandate: Mandate, now: datetime) -> None:
        self._tx = tx
        self._letters = letters
        self._mandate = mandate
        self._now = now
        self._tracked: dict[str, Tracked] = {}
        self._watched: dict[str, Watched] = {}
        self._told: dict[str, list[Told]] = {}
        self._due_at: dict[str, datetime] = {}

    def letter(
        self,
        person: str,
        notices: Sequence[Notice],
        identity: str,
        held_since: Sequence[datetime],
        *,
        paced: bool = False,
    ) -> Letter:
        """Return the worded letter on notices that are known (see `know`).

        `held_since` are the moments since which some of them were held back, by a relay's pace or by the hourly cap.
        """
        rendered = self._letters.render(
            Draft(
                letter_id=identity,
                recipient=person,
                made_at=self._now,
                lines=self._lines(notices),
                held_back=len(held_since),
                held_since=min(held_since, default=None),
                paced=paced,
                thread=self._thread(person, notices, identity),
            )
        )
        return Letter(
            letter_id=identity,
            recipient=person,
            purpose="notices",
            subject=rendered.subject,
            message=rendered.message,
            urgent=any(notice.urgent for notice in notices),
            due_at=min((self._due_at.get(notice.subject, self._now) for notice in notices), default=self._now),
            made_at=self._now,
            next_attempt_at=self._now,
        )

    def _lines(self, notices: Iterable[Notice]) -> Sequence[Line]:
        lines = [
            line(
                notice,
                self._tracked[notice.subject],
                self._watched[notice.child_ref],
                self._mandate,
                self._now,
                self._told.get(notice.subject, ()),
            )
            for notice in notices
        ]
        return [one._replace(passing=self._passing(one.notice)) if one.notice.passed_up else one for one in lines]

    def _passing(self, notice: Notice) -> Passing:
        """Return why a notice was passed up; where people were refused, with what the mail server said of each."""
        policy, told = self._mandate.policy, self._told.get(notice.subject, ())
        today = policy.calendar.today(self._now)
        found = passing(notice, self._watched[notice.child_ref], told, policy, self._mandate.directory, today)
        if not found.refused:
            return found
        letters = refusals(notice, told)
        said = {one.letter_id: one.last_response for one in self._tx.letters(sorted(set(letters.values())))}
        return found._replace(said=[said.get(letters[person], "") for person in found.refused])

    def _note(self, notices: Iterable[Notice], full: Container[str]) -> None:
        """Let each letter say who else is told of the same at this moment, in a letter of their own."""
        for notice in notices:
            fate = Fate.HELD if notice.person in full else Fate.PENDING
            self._told.setdefault(notice.subject, []).append(Told(notice, self._now, fate))

    def _thread(self, person: str, notices: Iterable[Notice], identity: str) -> tuple[str, ...]:
        """Return the letters in which this person was told of the same obligations, oldest first."""
        earlier = [
            (told.decided_at, told.letter_id)
            for subject in dict.fromkeys(notice.subject for notice in notices)
            for told in self._told.get(subject, ())
            if told.notice.person == person and told.letter_id not in ("", identity) and told.fate is not Fate.STRUCK
        ]
        return tuple(dict.fromkeys(letter for _, letter in sorted(earlier)))

    def reword(self, of: Iterable[str]) -> None:
        """Word letters anew from which something was struck; one with nothing in it any more is cancelled."""
        letter_ids = sorted(set(filter(None, of)))
        if not letter_ids:
            return
        remaining = self._tx.lines_of(letter_ids)
        self.know([told.notice for tolds in remaining.values() for told in tolds])
        rewritten = []
        for letter in self._tx.letters(letter_ids):
            left = remaining.get(letter.letter_id, ())
            if left:
                worded_at = letter.joined_at or letter.made_at
                held_since = [told.decided_at for told in left if told.decided_at < worded_at]
                paced, notices = letter.joined_at is not None, [told.notice for told in left]
                fresh = self.letter(letter.recipient, notices, letter.letter_id, held_since, paced=paced)
                rewritten.append(letter._replace(subject=fresh.subject, message=fresh.message))
            else:
                rewritten.append(letter._replace(state=LetterState.CANCELLED))
        self._tx.rewrite(rewritten)

    def know(self, notices: Sequence[Notice]) -> None:
        """Fetch what the lines of these notices need and this round has not met."""
        unknown = sorted({notice.child_ref for notice in notices if notice.subject not in self._tracked})
        if unknown:
            self._watched.update(self._tx.watched(unknown))
            for tracked in self._tx.tracked(unknown):
                self._tracked.setdefault(tracked.key, tracked)
        self._learn_told({notice.subject for notice in notices})

    def _learn_told(self, subjects: Iterable[str]) -> None:
        """Fetch all that was ever told of these, once each."""
        new = [subject for subject in subjects if subject not in self._told]
        if new:
            self._told.update((subject, []) for subject in new)
            for told in self._tx.told(sorted(new)):
                self._told[told.notice.subject].append(told)

    def entry(self, decision: Decision, notice: Notice, **more: str) -> Entry:
        """Return the journal's row on a notice."""
        detail = {
            "kind": str(notice.kind),
            "rule": notice.rule,
            "step": notice.step,
            "repeat": notice.repeat,
            "person": notice.person,
            "passed_up": notice.passed_up,
            "reason": _REASONS.get(decision) or ("passed-up" if notice.passed_up else str(notice.kind)),
            **more,
        }
        version = self._mandate.policy.version
        return Entry(self._now, decision, notice.child_ref, notice.subject, version, detail)
