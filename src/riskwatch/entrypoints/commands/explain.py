"""`riskwatch explain`: one child's story."""

from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime

from riskwatch.adapters.source.words import UnreadableIdentifier, identifier
from riskwatch.bootstrap import service
from riskwatch.clock import SystemClock
from riskwatch.core.calendar import Calendar
from riskwatch.core.mandate import Mandate
from riskwatch.core.obligations import fold
from riskwatch.core.sightings import settle
from riskwatch.entrypoints.configured import moment_of, settings_of
from riskwatch.entrypoints.console import Console, Refused, wall_clock
from riskwatch.entrypoints.story import Record, Story
from riskwatch.pipeline import refresh
from riskwatch.settings.model import Settings


def run(arguments: Namespace, console: Console) -> int:
    """Tell the story; exit 1 where the agency's records know no such child."""
    settings = settings_of(arguments)
    now = SystemClock().now()
    at = now if arguments.at is None else moment_of(arguments.at, settings.source.timezone, "--at")
    try:
        story = _story(identifier(arguments.child_ref), settings, now, at)
    except UnreadableIdentifier as error:
        raise Refused([f"riskwatch: CHILD {error}"]) from None
    if story is None:
        console.err(f"riskwatch: no child {arguments.child_ref!r} in the agency's records")
        return 1
    records = list(story.records())
    if arguments.json:
        for record in records:
            console.json(record)
    else:
        _tell(records, settings.policy.calendar, console)
    return 0


def _story(child_ref: str, settings: Settings, now: datetime, at: datetime) -> Story | None:
    """Read the child as it is recorded now, and fold what was known of it at the moment asked for."""
    with service.open_store(settings) as store:
        with closing(service.open_source(settings)) as source:
            reading = source.read([child_ref])
        history = next((one for one in reading.histories if one.child.child_ref == child_ref), None)
        if history is None:
            return None
        with store.begin() as tx:
            first_reading = tx.last_run(refresh.STAGE, full=True) is None
            sightings = tx.sightings([child_ref])
        told = store.reports.of_child(child_ref).told
    settled = settle(history, sightings, now, first_reading=first_reading).history
    mandate = Mandate.of(settings.policy, settings.directory)
    return Story(at, settled, fold(settled, mandate.rulebook, at), reading.rejected, told, settings.policy)


def _tell(records: Sequence[Record], calendar: Calendar, console: Console) -> None:
    def local(moment: str) -> str:
        return wall_clock(datetime.fromisoformat(moment), calendar)

    def of(kind: str) -> list[Record]:
        return [record for record in records if record["type"] == kind]

    child = records[0]
    facts = [child["standing"], f"tier {child['tier'] or 'none'}", f"unit {child['unit'] or 'none'}"]
    console.out(f"{child['child_ref']}: {', '.join(facts)}, officer {child['officer'] or 'none'}")
    console.out(f"as known {local(child['at'])} ({calendar.timezone})")
    console.out("\nRECORDED")
    rows = [(local(row["at"]), local(row["known_at"]), _what(row), row["id"]) for row in of("event")]
    console.table(("WHEN", "KNOWN", "WHAT", "ID"), rows)
    for row in of("unreadable"):
        console.out(f"{row['where']}: {row['column']}: {row['reason']}")
    console.out("\nOWED")
    for row in of("obligation"):
        console.out(f"{row['rule']}: {row['state']}")
        console.out(f"  from {local(row['started_at'])}, due {local(row['due_at'])}: {row['why']}")
        if row["rule_basis"]:
            console.out(f"  basis: {row['rule_basis']}")
        if row["ended_at"] is None:
            console.out(f"  settled by: {'; '.join(row['satisfied_by'])}")
        if row["next_at"] is not None:
            console.out(f"  next told: {row['next_role']}, {local(row['next_at'])}")
    for row in of("closure_not_honoured"):
        console.out(f"closing the record, known {local(row['known_at'])}, ended nothing: {row['why']}")
    if not of("obligation"):
        console.out("nothing")
    console.out("\nTOLD")
    told = [
        (local(row["decided_at"]), row["kind"], row["rule"], _step(row), row["to"], _fate(row)) for row in of("notice")
    ]
    if told:
        console.table(("WHEN", "KIND", "RULE", "STEP", "TO", "FATE"), told)
    else:
        console.out("nobody")


def _what(row: Record) -> str:
    what: str = row["what"]
    return what if row["counts_yet"] else f"{what} (not known yet)"


def _step(row: Record) -> str:
    repeat = f" (repeat {row['repeat']})" if row["repeat"] else ""
    return f"{row['step']}{repeat}{', passed up' if row['passed_up'] else ''}"


def _fate(row: Record) -> str:
    return f"{row['fate_in_words']}: {row['server_said']}" if row["server_said"] else str(row["fate_in_words"])
