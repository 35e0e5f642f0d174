"""The daily letter: that the service is alive, who is watched and who is overdue. Silence is never good news."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta

from riskwatch.core.calendar import resolve_local
from riskwatch.core.figures import Tally
from riskwatch.core.heads import heads
from riskwatch.core.health import Limits, Problem
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import LetterState, ServiceLetter
from riskwatch.pipeline import reading
from riskwatch.pipeline.blindness import blind_since
from riskwatch.pipeline.confidence import loaded_at
from riskwatch.pipeline.day import HEAD_ROW, Case, Day, View
from riskwatch.pipeline.ports import Letters, Store
from riskwatch.pipeline.posting import identity, post
from riskwatch.pipeline.problems import problems_of
from riskwatch.pipeline.reports import Reports

PURPOSE = "daily"
WRITTEN_FOR = "daily-written-for"
OVERDUE_READ = 200
"""How many overdue obligations are read of a unit to find its worst cases."""
UNCLOCKED_READ = 500


class Daily:
    """Writes the daily letter to every head of a unit, and to the administrator."""

    def __init__(
        self, store: Store, reports: Reports, letters: Letters, mandate: Mandate, *, at: time, limits: Limits
    ) -> None:
        """`at` is on the policy's local clock."""
        self._store = store
        self._reports = reports
        self._letters = letters
        self._mandate = mandate
        self._at = at
        self._limits = limits

    def is_due(self, now: datetime) -> bool:
        """Whether the letter of this local day is still to be written, and its time has come."""
        local = self._mandate.policy.calendar.local(now)
        if local.time() < self._at:
            return False
        with self._store.begin() as tx:
            return tx.recall(WRITTEN_FOR) != str(local.date())

    def write(self, now: datetime) -> int:
        """Put the letters of this local day into the outbox, one a person; how many there are.

        A second call on the same day gives the same letters, which the outbox keeps once.
        """
        calendar, directory = self._mandate.policy.calendar, self._mandate.directory
        day = calendar.today(now)
        today = self._gather(now)
        held = dict(heads(directory, day))
        held.setdefault(directory.administrator, frozenset())
        with self._store.begin() as tx:
            for person, units in sorted(held.items()):
                view = View(today, self._mandate, None if person == directory.administrator else units)
                words = ServiceLetter(
                    letter_id=identity(PURPOSE, day, person),
                    recipient=person,
                    made_at=now,
                    purpose=PURPOSE,
                    subject=view.subject,
                    paragraphs=tuple(view.paragraphs()),
                    heads=tuple(view.heads()),
                    call=view.call,
                    table_head=HEAD_ROW,
                    table_rows=tuple(view.rows()),
                )
                post(tx, self._letters, words)
            tx.remember(WRITTEN_FOR, str(day))
        return len(held)

    def _gather(self, now: datetime) -> Day:
        calendar, reports = self._mandate.policy.calendar, self._reports
        midnight = datetime.combine(calendar.today(now), time(0))
        start, end = (resolve_local(midnight - timedelta(days=days), calendar.timezone) for days in (1, 0))
        counts = reports.counts(now)
        tallies = reports.tallies(now)
        unclocked = [child.child_ref for child in reports.unclocked(UNCLOCKED_READ)]
        oldest = counts.oldest_unsent_at
        worst, told, refused = self._worst(tallies, now), reports.told_between(start, end), reports.refused_since(start)
        journal = reports.journal_head()
        templates = [
            Problem("template-failed", f"{fault}; letters go in other words") for fault in self._letters.faults
        ]
        with self._store.begin() as tx:
            good, whole = tx.last_run(reading.STAGE), tx.last_run(reading.STAGE, full=True)
            return Day(
                now=now,
                tallies=tallies,
                worst=worst,
                told=told,
                yesterday=start,
                unsent=counts.letters[LetterState.PENDING] + counts.letters[LetterState.SENDING],
                oldest_unsent_at=oldest,
                refused=refused,
                rejected=counts.rejected,
                unclocked=unclocked,
                loaded_at=loaded_at(tx),
                read_at=None if good is None else good.finished_at,
                read_in_full_at=None if whole is None else whole.finished_at,
                sight=blind_since(tx),
                problems=[
                    *problems_of(tx, now, self._limits, oldest_unsent_at=oldest, unclocked=len(unclocked)),
                    *templates,
                ],
                journal=journal,
            )

    def _worst(self, tallies: Iterable[Tally], now: datetime) -> Mapping[str, Sequence[Case]]:
        """Return each unit's worst cases, by the unit's name in the records."""
        worst = {}
        for unit in sorted({tally.unit for tally in tallies if tally.overdue}):
            cases: dict[str, Case] = {}
            for row in self._reports.overdue(now, unit, OVERDUE_READ):
                ref, tier = row.tracked.child_ref, "" if row.watched is None else row.watched.tier
                cases.setdefault(ref, Case(row.tracked.due_at, ref, unit, tier))
            worst[unit] = list(cases.values())
        return worst
