"""The evidence report over a year: every child's records folded anew, held against what the books say was told."""

import resource
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from benchmarks.agency import ASSESSMENTS, CHECKS, fetch, fill
from benchmarks.measuring import Took, in_a_child, middle, peak_mb, took
from benchmarks.report import Figure, Options, Report, shares, span, times
from benchmarks.stages import Ledger, all_of
from benchmarks.worlds import NOW, configure, workplace
from riskwatch.adapters.pages import evidence as pages
from riskwatch.adapters.source.replay import as_recorded
from riskwatch.adapters.source.sql import SqlSource
from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.store.evidence import SqlEvidence
from riskwatch.bootstrap import evidence as bootstrap
from riskwatch.bootstrap.service import open_source, open_store
from riskwatch.core import examining
from riskwatch.core.adding_up import sums_of
from riskwatch.core.evidence import Evidence, Period
from riskwatch.core.facts import History
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Fate, Kind, Letter, LetterState, Notice, Told
from riskwatch.core.obligations import ChildFold, fold
from riskwatch.core.tracking import Decision, Entry
from riskwatch.pipeline import evidence as stage
from riskwatch.pipeline.evidence import Inquiry
from riskwatch.settings.model import Settings

TARGET_S, TARGET_MB, TARGET_CHILDREN = 60, 400, 100_000
STAGED_CHILDREN = 2_000
"""At most so many are reported on once more, in one process, to see which stage takes how long."""
BATCH = 500
PERIOD = Period(NOW - timedelta(days=365), NOW)


def run(options: Options) -> Report:
    """Measure each report on a database of its own and in a process of its own, with a floor before and after."""
    count = options.children
    reports, floors, memory_mb = [], [], []
    for _ in range(options.rounds):
        with workplace() as folder:
            in_a_child(_prepare, folder, count)
            floors.append(in_a_child(_fetch, folder, count))
            took_it, peak = in_a_child(_report, folder, count)
            reports.append(took_it)
            memory_mb.append(peak)
            floors.append(in_a_child(_fetch, folder, count))
    mine, floor = middle(reports), middle(floors)
    staged = min(count, STAGED_CHILDREN)
    with workplace() as folder:
        in_a_child(_prepare, folder, staged)
        spent_s = in_a_child(_staged, folder)
    target_s = TARGET_S * count / TARGET_CHILDREN
    rows = f"{count * (1 + ASSESSMENTS + CHECKS):,} rows, bare driver"
    by_floor, ratio = f"{span(floor.wall_s)} ({rows})", times(mine.wall_s, floor.wall_s)
    figures = [
        Figure(
            f"{count:,} children",
            span(mine.wall_s),
            f"{span(mine.cpu_s)}, all",
            by_floor,
            ratio,
            f"under {target_s:g} s on two cores",
        ),
        Figure("peak of memory, a process", f"{max(memory_mb):,.0f} MB", "", "", "", f"under {TARGET_MB} MB"),
    ]
    return Report(figures, [f"CPU time by stage, of {staged:,} children: {shares(spent_s)}"])


def _prepare(folder: Path, count: int) -> None:
    settings = configure(folder)
    with open_store(settings) as store:
        fill(_database(folder), count, NOW)
        source = open_source(settings)
        refs, _ = source.list_all()
        for start in range(0, len(refs), BATCH):
            _tell(store, settings, source.read(refs[start : start + BATCH]).histories)
        source.close()


def _tell(store: SqlStore, settings: Settings, histories: Iterable[History]) -> None:
    """Keep what the officer was told of these children: of whatever was overdue, in a letter of its own, at once."""
    mandate = Mandate.of(settings.policy, settings.directory)
    version = settings.policy.version
    told = [one for history in histories for one in _told(as_recorded(history), mandate)]
    with store.begin() as tx:
        tx.add_letters([_letter(one) for one in told])
        tx.add_told(told, policy_version=version)
        tx.journal(
            [Entry(one.decided_at, Decision.SENT, one.notice.child_ref, one.letter_id, version, {}) for one in told]
        )


def _told(history: History, mandate: Mandate) -> Iterator[Told]:
    account = fold(history, mandate.rulebook, NOW)
    for owed in (*account.ended, *account.outstanding):
        at = max(owed.due_at, owed.owed_from)
        if at < (owed.ended_at or NOW):
            step = mandate.policy.ladder_of(owed.rule.name).steps[1].name
            person = history.child.officer
            notice = Notice(
                owed.key, 0, Kind.OVERDUE, owed.child_ref, owed.rule.name, step, 0, owed.due_at, person, False, True
            )
            yield Told(notice, at, Fate.SENT, owed.key)


def _letter(told: Told) -> Letter:
    return Letter(
        letter_id=told.letter_id,
        recipient=told.notice.person,
        purpose="notices",
        subject="",
        message=b"",
        urgent=True,
        due_at=told.decided_at,
        made_at=told.decided_at,
        state=LetterState.SENT,
    )


def _fetch(folder: Path, count: int) -> Took:
    return took(lambda: _expect(fetch(_database(folder)), count * (1 + ASSESSMENTS + CHECKS)))


def _report(folder: Path, count: int) -> tuple[Took, float]:
    settings = configure(folder)
    with open_store(settings) as store:
        source = open_source(settings)
        before_s = _children_cpu_s()
        mine = took(lambda: _expect(_made(settings, store, source), count))
        source.close()
    return mine._replace(cpu_s=mine.cpu_s + _children_cpu_s() - before_s), peak_mb()


def _children_cpu_s() -> float:
    """Return the CPU time of the processes that shared the work and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _made(settings: Settings, store: SqlStore, source: SqlSource) -> int:
    """Make the whole report, page and all; return the children that were reckoned."""
    found = Evidence()
    inquiry = Inquiry(PERIOD, None, NOW, store.evidence.begin_at(), first_reading=True)
    for part in bootstrap.gather(settings, store, source, inquiry):
        found.merge(part.evidence)
    letters = store.evidence.letters(PERIOD)
    _expect(sum(not one.holds for one in sums_of(found, letters)), 0)
    report = pages.Report(
        period=PERIOD,
        known_at=NOW,
        unit=None,
        made_at=NOW,
        policy=settings.policy,
        fingerprint=Mandate.of(settings.policy, settings.directory).fingerprint,
        marking="OFFICIAL-SENSITIVE",
        evidence=found,
        letters=letters,
        policies=store.evidence.policies(NOW),
        books_begin_at=inquiry.books_begin_at,
        read_at=None,
        loaded_at=None,
        doubts=(),
    )
    pages.render(report)
    return found.reckoned


def _staged(folder: Path) -> dict[str, float]:
    """Return the CPU time of each stage of a report."""
    ledger = Ledger()
    counted = (
        ledger.calls(SqlSource, "read_beside", "read"),
        ledger.calls(SqlEvidence, "told", "books"),
        ledger.calls(SqlEvidence, "letters", "books"),
        ledger.calls(stage, "settle", "fold"),
        ledger.calls(ChildFold, "feed", "fold"),
        ledger.calls(examining.Examination, "add", "examine"),
        ledger.calls(Evidence, "merge", "add up"),
        ledger.calls(pages, "render", "page"),
    )
    settings = configure(folder)
    with open_store(settings) as store, all_of(counted):
        source = open_source(settings)
        with ledger.stage("other"):
            _made(settings, store, source)
        source.close()
    return dict(ledger.spent_s)


def _database(folder: Path) -> Path:
    return folder / "riskwatch.db"


def _expect(given: int, wanted: int) -> None:
    if given != wanted:
        raise RuntimeError(f"{given} where {wanted} were wanted")
