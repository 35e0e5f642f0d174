"""`riskwatch report`: over a period, who was seen on time, who was told and when, for managers and inspectors."""

from argparse import Namespace
from contextlib import closing
from datetime import datetime

from riskwatch import logs
from riskwatch.adapters.pages.evidence import Report
from riskwatch.adapters.pages.evidence.contents import facts_of, warnings_of
from riskwatch.adapters.source.sql import SqlSource
from riskwatch.adapters.store import SqlStore
from riskwatch.bootstrap.evidence import gather
from riskwatch.bootstrap.service import open_source, open_store
from riskwatch.clock import SystemClock
from riskwatch.core.adding_up import sums_of
from riskwatch.core.evidence import OVERDUE, Evidence, Heard, Outcome, Period
from riskwatch.core.mandate import Mandate
from riskwatch.entrypoints.configured import moment_of, settings_of
from riskwatch.entrypoints.console import Console, Refused
from riskwatch.entrypoints.freshness import doubts
from riskwatch.entrypoints.report_files import PDF_SUFFIX, check_pdf, records, write_csv, write_page
from riskwatch.pipeline import refresh
from riskwatch.pipeline.evidence import Inquiry
from riskwatch.settings.model import Settings


def run(arguments: Namespace, console: Console) -> int:
    """Make the report; exit 1 where it does not add up, where records are missing from it, or may be out of date."""
    logs.configure("warning", human=True)
    page, pdf = arguments.out, arguments.pdf
    if page is not None and page.suffix.lower() == PDF_SUFFIX:
        if pdf is not None:
            raise Refused([f"riskwatch: --out {page} is a PDF already: leave out --pdf, or name a page FILE.html"])
        page, pdf = None, page
    if page is None and pdf is None and arguments.csv is None and not arguments.json:
        raise Refused(["riskwatch: nowhere to put the report: add --out FILE.html, --pdf FILE, --csv DIR or --json"])
    if pdf is not None:
        check_pdf()
    report = _report(arguments, console)
    if page is not None or pdf is not None:
        write_page(report, page, pdf)
    if arguments.csv is not None:
        write_csv(report, arguments.csv)
    for sentence in warnings_of(report):
        console.err(f"riskwatch: {sentence}")
    if arguments.json:
        for record in records(report):
            console.json(record)
    else:
        _summarise(report, console)
    return 0 if _is_whole(report) else 1


def _report(arguments: Namespace, console: Console) -> Report:
    settings = settings_of(arguments)
    zone = settings.source.timezone
    period = Period(moment_of(arguments.start, zone, "--from"), moment_of(arguments.end, zone, "--to"))
    now = SystemClock().now()
    if period.start >= period.end:
        raise Refused([f"riskwatch: --to {arguments.end} is not after --from {arguments.start}"])
    if period.start >= now:
        raise Refused([f"riskwatch: --from {arguments.start} is still to come: there is nothing to report"])
    counted = period._replace(end=min(period.end, now))
    with open_store(settings) as store, closing(open_source(settings)) as source:
        units = _known_units(store, settings, now)
        if arguments.unit is not None and arguments.unit not in units:
            known = ", ".join(sorted(units - {""}))
            raise Refused([f"riskwatch: --unit: no unit {arguments.unit!r}; known: {known}"])
        with store.begin() as tx:
            last = tx.last_run(refresh.STAGE)
            first_reading = tx.last_run(refresh.STAGE, full=True) is None
        inquiry = Inquiry(counted, arguments.unit, now, store.evidence.begin_at(), first_reading)
        return Report(
            period=period,
            known_at=counted.end,
            unit=arguments.unit,
            made_at=now,
            policy=settings.policy,
            fingerprint=Mandate.of(settings.policy, settings.directory).fingerprint,
            marking=settings.letters.marking,
            evidence=_gathered(settings, store, source, inquiry, console),
            letters=store.evidence.letters(counted, arguments.unit),
            policies=store.evidence.policies(counted.end),
            books_begin_at=inquiry.books_begin_at,
            read_at=None if last is None else last.finished_at,
            loaded_at=source.freshness(),
            doubts=doubts(store, settings, now),
        )


def _known_units(store: SqlStore, settings: Settings, now: datetime) -> set[str]:
    return {*store.reports.counts(now).by_unit, *settings.directory.units, ""}


def _gathered(settings: Settings, store: SqlStore, source: SqlSource, inquiry: Inquiry, console: Console) -> Evidence:
    evidence = Evidence()
    with console.progress("Examining", 1.0) as advance:
        for part in gather(settings, store, source, inquiry):
            evidence.merge(part.evidence)
            advance(part.done / max(part.total, 1))
    return evidence


def _summarise(report: Report, console: Console) -> None:
    """Print the report in a few lines."""
    found = report.evidence
    outcomes = dict.fromkeys(Outcome, 0)
    for (_, outcome), number in found.met.items():
        outcomes[outcome] += number
    for name, words in facts_of(report):
        console.entry(f"{name}: ", words)
    late = sum(outcomes[outcome] for outcome in OVERDUE)
    console.out(f"{outcomes[Outcome.ON_TIME]} of {found.deadlines} deadlines met on time, {late} overdue for a time.")
    told, untold = found.heard[Heard.TOLD], found.fell - found.heard[Heard.TOLD]
    console.out(f"Of {told} somebody was told, of {untold} nobody by the end of the period.")
    console.out(f"{found.over.number} times unchecked went beyond the backstop.")
    sums = sums_of(found, report.letters)
    console.out(f"{sum(one.holds for one in sums)} of {len(sums)} counts add up.")


def _is_whole(report: Report) -> bool:
    """Whether the counts add up, nothing is missing from them, and the records are as they should be."""
    found = report.evidence
    unread = any(not counted for (_, _, counted), number in found.rejected.items() if number)
    adds_up = all(one.holds for one in sums_of(found, report.letters))
    return adds_up and not found.failures and not unread and not report.doubts
