"""`riskwatch journal`: prints the journal, or checks that nobody has changed it."""

import json
import re
from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice

from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.store.chain import GENESIS, Link
from riskwatch.bootstrap import service
from riskwatch.core.calendar import Calendar
from riskwatch.entrypoints.configured import moment_of, settings_of
from riskwatch.entrypoints.console import Console, Refused, stamp, wall_clock
from riskwatch.settings.model import Settings

LISTED = 100
"""Breaks that are listed; that there are more is said."""
PAGE = 1000
_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


def run(arguments: Namespace, console: Console) -> int:
    """Carry out `journal verify` or `journal show`; `verify` exits 1 where the journal is broken."""
    settings = settings_of(arguments)
    with service.open_store(settings) as store:
        if arguments.what == "verify":
            return _verify(store, settings, _heads_of(arguments.head), console)
        return _show(store, settings, arguments, console)


def _heads_of(written: Sequence[str]) -> list[tuple[int, str]]:
    """Return the heads named on the command line. Raises Refused where one is none."""
    found = [(text, _HEAD.fullmatch(text)) for text in written]
    refused = [
        f"riskwatch: --head: {text!r} is no head: copy ROW:HASH from a daily letter"
        for text, match in found
        if not match
    ]
    if refused:
        raise Refused(refused)
    return [(int(match[1]), match[2]) for _, match in found if match]


def _verify(store: SqlStore, settings: Settings, named: Sequence[tuple[int, str]], console: Console) -> int:
    """Check the chain row by row, then against the heads that were kept outside the database, and those named."""
    rows, _ = store.reports.journal_head()
    found = list(islice(chain(_breaks(store, settings, rows), _unborne(store, named)), LISTED + 1))
    for sentence in found[:LISTED]:
        console.err(f"riskwatch: {sentence}")
    if len(found) > LISTED:
        console.err(f"riskwatch: and more; only the first {LISTED} are listed")
    heads = service.journal_heads(settings)
    if not found:
        if heads is None:
            outside = "nothing outside the database bears it out: set service.journal_heads"
        elif settings.service.journal_key_file is None:
            outside = f"{heads.path} bears it out; its heads are not signed"
        else:
            outside = f"the signed heads of {heads.path} bear it out"
        console.out(f"{rows} rows, an unbroken chain; {outside}")
    return 1 if found else 0


def _breaks(store: SqlStore, settings: Settings, rows: int) -> Iterator[str]:
    yield from store.reports.verify_journal()
    heads = service.journal_heads(settings)
    if heads is None:
        return
    if rows and not heads.are_there:
        yield f"{heads.path} holds no head: whether the journal's tail was cut off cannot be told"
    yield from heads.check(store.reports.journal_hash)


def _unborne(store: SqlStore, named: Sequence[tuple[int, str]]) -> Iterator[str]:
    for row, chain_hash in named:
        kept = store.reports.journal_hash(row) if row else GENESIS
        if kept is None:
            yield f"journal row {row}: is gone, although the head given names it: the tail was cut off"
        elif kept != chain_hash:
            yield f"journal row {row}: is not the one that the head given names: it was written anew"


def _show(store: SqlStore, settings: Settings, arguments: Namespace, console: Console) -> int:
    zone = settings.source.timezone
    start = None if arguments.start is None else moment_of(arguments.start, zone, "--from")
    end = None if arguments.end is None else moment_of(arguments.end, zone, "--to")
    for link in _links(store, arguments.child, start, end):
        if arguments.json:
            console.json(_record(link))
        else:
            console.out(_line(link, settings.policy.calendar))
    return 0


def _links(store: SqlStore, child_ref: str | None, start: datetime | None, end: datetime | None) -> Iterator[Link]:
    after = 0
    while page := store.reports.journal(after, PAGE, child_ref=child_ref, start=start, end=end):
        yield from page
        after = page[-1].seq


def _record(link: Link) -> dict[str, object]:
    return {
        "seq": link.seq,
        "at": stamp(link.at),
        "decision": link.decision,
        "child_ref": link.child_ref,
        "subject": link.subject,
        "policy_version": link.policy_version,
        "detail": json.loads(link.detail),
        "hash": link.hash,
    }


def _line(link: Link, calendar: Calendar) -> str:
    detail = ", ".join(f"{name} {value}" for name, value in json.loads(link.detail).items() if value not in ("", None))
    about = link.child_ref or "-"
    return f"{link.seq}  {wall_clock(link.at, calendar)}  {link.decision}  {about}  {link.subject}  {detail}".rstrip()
