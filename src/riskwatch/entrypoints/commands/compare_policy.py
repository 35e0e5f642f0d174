"""`riskwatch compare-policy`: what a new policy would have changed, or would change now."""

from argparse import Namespace
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from riskwatch import logs
from riskwatch.adapters.source.csv_files import CsvShapeError
from riskwatch.bootstrap.comparison import Case, Part, compare_facts, compare_source, count_letters
from riskwatch.bootstrap.service import open_source
from riskwatch.core.comparing import Span, Tally
from riskwatch.core.facts import Rejected
from riskwatch.core.workload import LONGEST, Workload
from riskwatch.entrypoints.comparison_now import STAGES, compare_now
from riskwatch.entrypoints.comparison_records import Compared, records
from riskwatch.entrypoints.comparison_text import summary_of, tables_of
from riskwatch.entrypoints.configured import moment_of, replay_settings_of, rival_settings_of, settings_of
from riskwatch.entrypoints.console import Console, Refused
from riskwatch.settings.model import ReplaySettings

SORTED_FILES = 3


def run(arguments: Namespace, console: Console) -> int:
    """Print what is different; exit 1 where rows could not be read, or children not be reckoned."""
    logs.configure("warning", human=True)
    _check(arguments)
    old, new = replay_settings_of(arguments), rival_settings_of(arguments)
    if arguments.html is not None:
        from riskwatch.entrypoints.comparison_page import check_plots  # noqa: PLC0415  a heavy library

        check_plots()
    if arguments.now:
        with console.progress("Reading", STAGES) as advance:
            compared, bad = compare_now(settings_of(arguments), new.policy, advance), 0
    else:
        compared, bad = _over_a_span(arguments, console, old, new)
    if arguments.html is not None:
        from riskwatch.entrypoints.comparison_page import write_page  # noqa: PLC0415  a heavy library

        write_page(compared, new.policy.calendar, arguments.html)
    _show(compared, new, console, as_json=arguments.json)
    return 1 if bad or compared.tally.failures else 0


def _check(arguments: Namespace) -> None:
    """Refuse options that do not go together, before anything is read."""
    if arguments.now and (arguments.start or arguments.end):
        raise Refused(["riskwatch: --now is compared as it is: leave out --from and --to"])
    if not arguments.now and not (arguments.start and arguments.end):
        raise Refused(["riskwatch: --facts and --source need a span: add --from T --to T"])


def _over_a_span(
    arguments: Namespace, console: Console, old: ReplaySettings, new: ReplaySettings
) -> tuple[Compared, int]:
    """Return what came of a span, and how many rows could not be read."""
    settings = settings_of(arguments) if arguments.source else None
    span = Span(moment_of(arguments.start, old.timezone, "--from"), moment_of(arguments.end, old.timezone, "--to"))
    if not timedelta(0) <= span.end - span.start < LONGEST:
        raise Refused([f"riskwatch: --to {arguments.end} is before --from {arguments.start}, or too long after it"])
    with TemporaryDirectory(prefix="riskwatch-") as folder:
        case = Case(old.policy, new.policy, old.directory, span, old.timezone, Path(folder))
        if settings is not None:
            with closing(open_source(settings)) as source:
                tally, bad = _through(compare_source(case, source), console, "source")
        else:
            tally, bad = _facts(case, arguments.facts, console)
        workload = Workload()
        for part in count_letters(case):
            workload.merge(part)
    return Compared(old.policy.version, new.policy.version, span, tally, workload), bad


def _facts(case: Case, facts: Path, console: Console) -> tuple[Tally, int]:
    try:
        with console.progress("Sorting", SORTED_FILES) as sorted_so_far:
            parts = compare_facts(case, facts, sorted_so_far)
            first = next(parts)
        return _through(_chained(first, parts), console, facts)
    except CsvShapeError as error:
        raise Refused(f"{facts / problem}" for problem in error.problems) from None


def _chained(first: Part, parts: Iterable[Part]) -> Iterable[Part]:
    yield first
    yield from parts


def _through(parts: Iterable[Part], console: Console, where: object) -> tuple[Tally, int]:
    """Add the parts up; tell of every row that could not be read, and return how many did not count."""
    tally, bad, total = Tally(), 0, 1.0
    with console.progress("Comparing", 1.0) as advance:
        for part in parts:
            tally.merge(part.tally)
            for rejected in part.rejected:
                console.err(_told(rejected, where))
                bad += not rejected.counted
            total = max(part.total, 1)
            advance(part.done / total)
    return tally, bad


def _told(rejected: Rejected, where: object) -> str:
    place = f"{where / rejected.where}" if isinstance(where, Path) else f"{where}: {rejected.where}"
    return f"{place}: {rejected.column}: {rejected.reason}"


def _show(compared: Compared, settings: ReplaySettings, console: Console, *, as_json: bool) -> None:
    if as_json:
        for record in records(compared):
            console.json(record)
        return
    calendar = settings.policy.calendar
    for line in summary_of(compared, calendar):
        console.out(line)
    for table in tables_of(compared, calendar):
        console.out()
        console.out(f"{table.title}. {table.note}")
        console.table(table.head, table.rows)
