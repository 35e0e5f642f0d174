"""Sweep: tell of what is due, in one letter a person, and take out of unsent letters what has ended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from riskwatch.core.escalation import Case, Telling, escalate
from riskwatch.core.lines import line
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Draft, Fate, Letter, LetterState, Line, Notice, Told, letter_id
from riskwatch.core.tracking import Decision, Entry, Run, Tracked, Watched
from riskwatch.pipeline.ports import Letters, Store, Transaction

STAGE = "sweep"
LIMIT = 20_000
"""Obligations looked at in one transaction; the next round takes the rest."""
KEEP_EVERY = timedelta(minutes=5)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
SET_ASIDE = timedelta(minutes=15)
"""How long an obligation that cannot be reckoned waits before it is tried again."""
_REASONS = {Decision.STRUCK: "ended-before-it-left"}
ROUNDS = 1000
"""A bound on rounds in one sweep; what is left is due still, and the next sweep takes it."""

log = structlog.get_logger()


class Swept(NamedTuple):
    """What a sweep did."""

    due: int = 0
    notices: int = 0
    letters: int = 0
    struck: int = 0
    held: int = 0
    failed: int = 0

    def plus(self, other: "Swept") -> "Swept":
        """Return the counts of both."""
        return Swept(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


@dataclass
class Claim:
    """A wish to send at once what a sweep makes; `taken` is what may be sent, for the length of the lease."""

    limit: int
    lease: timedelta
    begin_until: datetime
    taken: list[Letter] = field(default_factory=list)


class Sweep:
    """The stage that turns obligations into letters. `cap_per_hour` 0: no cap."""

    def __init__(self, store: Store, letters: Letters, mandate: Mandate, *, cap_per_hour: int = 0) -> None:
        self._store = store
        self._letters = letters
        self._cap_per_hour = cap_per_hour
        self._kept_at: datetime | None = None
        self.mandate = mandate

    def run(self, now: datetime, *, claim: Claim | None = None) -> Swept:
        """Tell of everything that is due at `now`.

        With a `claim`, the letters are taken for sending in the transaction that made them, where they are few and none
        waits before them: a deadline is told a commit sooner.
        """
        swept = Swept()
        for _ in range(ROUNDS):
            with self._store.begin() as tx:
                work = _Round(tx, self._letters, self.mandate, now, self._cap_per_hour)
                done = work.run()
                swept = swept.plus(done)
                if claim is not None and 0 < done.letters <= claim.limit and not _anything_before(tx, now):
                    claim.taken += tx.claim(now, lease_until=now + claim.lease, limit=done.letters)
                if done.due < LIMIT and self._is_to_be_kept(swept, now):
                    tx.save_run(Run(STAGE, now, now, False, swept._asdict()))
            if done.due < LIMIT:
                return swept
        log.warning("sweep-bound-reached", rounds=ROUNDS)
        return swept

    def _is_to_be_kept(self, swept: Swept, now: datetime) -> bool:
        """Whether a run is worth a row: one with nothing to do, now and then only, so that idling writes nothing."""
        if swept.due or self._kept_at is None or abs(now - self._kept_at) >= KEEP_EVERY:
            self._kept_at = now
            return True
        return False


def _anything_before(tx: Transaction, now: datetime) -> bool:
    """Whether a letter made earlier waits, whose children are to be looked up before it leaves."""
    return bool(tx.waiting(now, made_before=now, limit=1))


class _Round:
    """One transaction of a sweep."""

    def __init__(self, tx: Transaction, letters: Letters, mandate: Mandate, now: datetime, cap_per_hour: int) -> None:
        self._tx = tx
        self._letters = letters
        self._mandate = mandate
        self._now = now
        self._cap_per_hour = cap_per_hour
        self._tracked: dict[str, Tracked] = {}
        self._watched: dict[str, Watched] = {}
        self._told: dict[str, list[Told]] = {}
        self._due_at: dict[str, datetime] = {}
        self._failed = 0

    def run(self) -> Swept:
        """Decide, word and keep, all in this transaction."""
        due = self._tx.due(self._now, LIMIT)
        tellings = self._decide(due)
        notices = self._new(tellings)
        struck = [told for telling in tellings for told in telling.struck]
        waited = self._tx.held(self._now, sorted({notice.person for notice in notices}), LIMIT)
        gone = {told.notice.key for told in struck}
        waited = [told for told in waited if told.notice.key not in gone]
        self._know([told.notice for told in waited])
        letters, held = self._bundle(notices, waited)
        self._tx.save_tracked([telling.tracked for telling in tellings])
        self._strike(struck)
        journal = [self._entry(Decision.TELL, notice) for notice in notices]
        self._tx.journal(journal + [self._entry(Decision.STRUCK, told.notice) for told in struck])
        return Swept(len(due), len(notices), letters, len(struck), held, self._failed)

    def _decide(self, due: Sequence[Tracked]) -> Sequence[Telling]:
        self._watched.update(self._tx.watched(sorted({tracked.child_ref for tracked in due})))
        self._learn_told([tracked.key for tracked in due])
        tellings = []
        for tracked in due:
            self._due_at[tracked.key] = tracked.next_notice_at or self._now
            case = Case(tracked, self._watched[tracked.child_ref], self._told.get(tracked.key, ()))
            try:
                telling = escalate(case, self._mandate.policy, self._mandate.directory, self._now)
            except Exception as error:  # one obligation must not stop the others; it is tried again, and counted
                log.exception("obligation-set-aside", subject=tracked.key, error=type(error).__name__)
                self._failed += 1
                telling = Telling(tracked._replace(next_notice_at=self._now + SET_ASIDE), ())
            self._tracked[tracked.key] = telling.tracked
            tellings.append(telling)
        return tellings

    def _new(self, tellings: Iterable[Telling]) -> Sequence[Notice]:
        """Return the notices to be told, less any whose key was told before."""
        known = {told.notice.key for tolds in self._told.values() for told in tolds}
        return [notice for telling in tellings for notice in telling.notices if notice.key not in known]

    # --- letters -----------------------------------------------------------------------------------------------------
    def _bundle(self, notices: Sequence[Notice], waited: Sequence[Told]) -> tuple[int, int]:
        """Put each person's notices into one letter, or hold them back; how many letters, how many held notices."""
        by_person: dict[str, list[Notice]] = {}
        for notice in [*(told.notice for told in waited), *notices]:
            by_person.setdefault(notice.person, []).append(notice)
        capped = [person for person, mine in by_person.items() if not any(notice.urgent for notice in mine)]
        made: Mapping[str, Sequence[datetime]] = {}
        if self._cap_per_hour and capped:
            made = self._tx.letters_made(sorted(capped), self._now - HOUR + SECOND)
        placed_before = {told.notice.key for told in waited}
        letters: list[Letter] = []
        told: list[Told] = []
        held: dict[datetime, list[str]] = {}
        for person, mine in sorted(by_person.items()):
            earlier = made.get(person, ())
            if self._cap_per_hour and len(earlier) >= self._cap_per_hour:
                told += [Told(notice, self._now, Fate.HELD) for notice in mine]
                held.setdefault(earlier[-self._cap_per_hour] + HOUR, []).extend(notice.key for notice in mine)
                continue
            held_back = sum(notice.key in placed_before for notice in mine)
            letter = self._letter(person, mine, letter_id(person, mine), held_back)
            letters.append(letter)
            told += [Told(notice, self._now, Fate.PENDING, letter.letter_id) for notice in mine]
        self._tx.add_letters(letters)
        self._tx.add_told(
            [one for one in told if one.notice.key not in placed_before],
            policy_version=self._mandate.policy.version,
        )
        self._tx.place([one for one in told if one.notice.key in placed_before and one.fate is not Fate.HELD])
        for until, keys in held.items():
            self._tx.hold(keys, until)
        return len(letters), sum(map(len, held.values()))

    def _letter(self, person: str, notices: Sequence[Notice], identity: str, held_back: int) -> Letter:
        rendered = self._letters.render(
            Draft(
                letter_id=identity,
                recipient=person,
                made_at=self._now,
                lines=self._lines(notices),
                held_back=held_back,
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
        return [
            line(
                notice,
                self._tracked[notice.subject],
                self._watched[notice.child_ref],
                self._mandate.policy,
                self._now,
            )
            for notice in notices
        ]

    def _thread(self, person: str, notices: Iterable[Notice], identity: str) -> tuple[str, ...]:
        """Return the letters in which this person was told of the same obligations, oldest first."""
        earlier = [
            (told.decided_at, told.letter_id)
            for subject in dict.fromkeys(notice.subject for notice in notices)
            for told in self._told.get(subject, ())
            if told.notice.person == person and told.letter_id not in ("", identity) and told.fate is not Fate.STRUCK
        ]
        return tuple(dict.fromkeys(letter for _, letter in sorted(earlier)))

    # --- what has ended before it left -------------------------------------------------------------------------------
    def _strike(self, struck: Sequence[Told]) -> None:
        """Take notices out of letters that have not left; a letter with nothing in it any more is cancelled."""
        if not struck:
            return
        self._tx.place([told._replace(fate=Fate.STRUCK) for told in struck])
        letter_ids = sorted({told.letter_id for told in struck if told.letter_id})
        remaining = self._tx.lines_of(letter_ids)
        self._know([told.notice for tolds in remaining.values() for told in tolds])
        rewritten = []
        for letter in self._tx.letters(letter_ids):
            left = remaining.get(letter.letter_id, ())
            if left:
                held_back = sum(told.decided_at < letter.made_at for told in left)
                notices = [told.notice for told in left]
                fresh = self._letter(letter.recipient, notices, letter.letter_id, held_back)
                rewritten.append(letter._replace(subject=fresh.subject, message=fresh.message))
            else:
                rewritten.append(letter._replace(state=LetterState.CANCELLED))
        self._tx.rewrite(rewritten)

    def _know(self, notices: Sequence[Notice]) -> None:
        """Fetch what the lines of these notices need and this round has not met."""
        unknown = sorted({notice.child_ref for notice in notices if notice.subject not in self._tracked})
        if not unknown:
            return
        self._watched.update(self._tx.watched(unknown))
        for tracked in self._tx.tracked(unknown):
            self._tracked.setdefault(tracked.key, tracked)
        self._learn_told([notice.subject for notice in notices if notice.subject not in self._told])

    def _learn_told(self, subjects: Sequence[str]) -> None:
        for told in self._tx.told(subjects):
            self._told.setdefault(told.notice.subject, []).append(told)

    def _entry(self, decision: Decision, notice: Notice) -> Entry:
        detail = {
            "kind": str(notice.kind),
            "rule": notice.rule,
            "step": notice.step,
            "repeat": notice.repeat,
            "person": notice.person,
            "passed_up": notice.passed_up,
            "reason": _REASONS.get(decision) or ("passed-up" if notice.passed_up else str(notice.kind)),
        }
        version = self._mandate.policy.version
        return Entry(self._now, decision, notice.child_ref, notice.subject, version, detail)
