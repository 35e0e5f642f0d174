"""Sweep: tell of what is due, in one letter a person, and take out of unsent letters what has ended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from riskwatch.core.climb import Case
from riskwatch.core.escalation import Telling, escalate
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Fate, Letter, Notice, Told, letter_id
from riskwatch.core.tracking import Decision, Run, Tracked
from riskwatch.pipeline.ports import Letters, Store, Transaction
from riskwatch.pipeline.wording import Wording

STAGE = "sweep"
LIMIT = 20_000
"""Obligations looked at in one transaction; the next round takes the rest."""
AT_HAND = 500
"""Letters that are worded before they are put down: a backlog's would fill the memory, a few kilobytes each."""
KEEP_EVERY = timedelta(minutes=5)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
SET_ASIDE = timedelta(minutes=15)
"""How long an obligation that cannot be reckoned waits before it is tried again."""
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


class _Round(Wording):
    """One transaction of a sweep."""

    def __init__(self, tx: Transaction, letters: Letters, mandate: Mandate, now: datetime, cap_per_hour: int) -> None:
        super().__init__(tx, letters, mandate, now)
        self._cap_per_hour = cap_per_hour
        self._failed = 0

    def run(self) -> Swept:
        """Decide, word and keep, all in this transaction."""
        due = self._tx.due(self._now, LIMIT)
        tellings = self._decide(due)
        struck = self._take_out(tellings)
        tellings = [self._seen_through(telling, struck) for telling in tellings]
        notices = self._new(tellings)
        waited = self._tx.held(self._now, sorted({notice.person for notice in notices}), LIMIT)
        self.know([told.notice for told in waited])
        letters, held = self._bundle(notices, waited)
        self._tx.save_tracked([telling.tracked for telling in tellings])
        self.reword(told.letter_id for told in struck)
        journal = [self.entry(Decision.TELL, notice) for notice in notices]
        self._tx.journal(journal + [self.entry(Decision.STRUCK, told.notice) for told in struck])
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

    def _bundle(self, notices: Sequence[Notice], waited: Sequence[Told]) -> tuple[int, int]:
        """Put each person's notices into one letter, or hold them back; how many letters, how many held notices."""
        by_person: dict[str, list[Notice]] = {}
        for notice in [*(told.notice for told in waited), *notices]:
            by_person.setdefault(notice.person, []).append(notice)
        capped = [person for person, mine in by_person.items() if not any(notice.urgent for notice in mine)]
        made: Mapping[str, Sequence[datetime]] = {}
        if self._cap_per_hour and capped:
            made = self._tx.letters_made(sorted(capped), self._now - HOUR + SECOND)
        since = {told.notice.key: told.decided_at for told in waited}
        letters: list[Letter] = []
        told: list[Told] = []
        held: dict[datetime, list[str]] = {}
        full = {person for person, times in made.items() if len(times) >= self._cap_per_hour}
        self._note(notices, full)
        for person, mine in sorted(by_person.items()):
            if person in full:
                earlier = made[person]
                told += [Told(notice, self._now, Fate.HELD) for notice in mine]
                held.setdefault(earlier[-self._cap_per_hour] + HOUR, []).extend(notice.key for notice in mine)
                continue
            letter = self.letter(person, mine, letter_id(person, mine), [since[n.key] for n in mine if n.key in since])
            letters.append(letter)
            told += [Told(notice, self._now, Fate.PENDING, letter.letter_id) for notice in mine]
            if len(letters) == AT_HAND:
                self._tx.add_letters(letters)
                letters = []
        self._tx.add_letters(letters)
        self._tx.add_told(
            [one for one in told if one.notice.key not in since],
            policy_version=self._mandate.policy.version,
        )
        self._tx.place([one for one in told if one.notice.key in since and one.fate is not Fate.HELD])
        for until, keys in held.items():
            self._tx.hold(keys, until)
        return len(by_person) - len(full), sum(map(len, held.values()))

    def _take_out(self, tellings: Iterable[Telling]) -> Sequence[Told]:
        """Strike out what is not to be told any more; return what was, as it stands now."""
        wished = {told.notice.key: told.notice.subject for telling in tellings for told in telling.struck}
        if not wished:
            return []
        keys = set(self._tx.strike(sorted(wished)))
        # Another daemon may have put it into another letter meanwhile.
        return [told for told in self._tx.told(sorted({wished[key] for key in keys})) if told.notice.key in keys]

    def _seen_through(self, telling: Telling, struck: Sequence[Told]) -> Telling:
        """Have an obligation looked at again at once, of which a letter has left that was to be kept back."""
        gone = {told.notice.key for told in struck}
        if all(told.notice.key in gone for told in telling.struck):
            return telling
        again = telling._replace(tracked=telling.tracked._replace(next_notice_at=self._now))
        self._tracked[again.tracked.key] = again.tracked
        return again
