"""`riskwatch sweep`: reads, decides and sends once."""

from argparse import Namespace

from riskwatch import logs
from riskwatch.clock import SystemClock
from riskwatch.entrypoints import once
from riskwatch.entrypoints.configured import mailing_settings_of, settings_of
from riskwatch.entrypoints.console import Console
from riskwatch.entrypoints.once import Pass
from riskwatch.entrypoints.posted import letter_record, letter_text

SHOWN = 10
"""Children named in a complaint; how many there are is said."""


def run(arguments: Namespace, console: Console) -> int:
    """Make one pass; exit 3 where the records or the mail server failed, 1 where something needs a person."""
    logs.configure("warning", human=True)
    settings = settings_of(arguments) if arguments.dry_run else mailing_settings_of(arguments)[0]
    done = once.dry_sweep(settings) if arguments.dry_run else once.sweep(settings)
    if arguments.dry_run:
        _show_letters(done, console, as_json=arguments.json)
    elif arguments.json:
        console.json({name: part._asdict() for name, part in done._asdict().items() if name != "letters"})
    if not arguments.json:
        console.out(_summary(done, dry=arguments.dry_run))
    return _complain(done, console)


def _show_letters(done: Pass, console: Console, *, as_json: bool) -> None:
    now = SystemClock().now()
    for letter, told in done.letters:
        if as_json:
            console.json(letter_record(now, letter, told))
        else:
            console.out(letter_text(now, letter))


def _summary(done: Pass, *, dry: bool) -> str:
    read = f"{done.refreshed.children} children read, {done.refreshed.changed} of them new or changed"
    sent = f"{done.delivered.sent} {'to be sent, nothing was written or sent' if dry else 'sent'}"
    return f"{read}; {done.swept.notices} notices in {done.swept.letters} letters; {sent}"


def _complain(done: Pass, console: Console) -> int:
    """Say what went wrong, a line each, and return the exit code."""
    refreshed, delivered = done.refreshed, done.delivered
    faults = [problem for problem in (refreshed.problem, delivered.problem) if problem]
    # Where nothing at all left, the fault says why.
    said = f"; the mail server said: {delivered.put_off}" if delivered.put_off and not delivered.problem else ""
    matters = {
        "rows that could not be read in full (`riskwatch status` lists them)": refreshed.rejected,
        f"children that could not be reckoned ({', '.join(refreshed.failed[:SHOWN])})": len(refreshed.failed),
        "obligations that could not be reckoned (they are tried again)": done.swept.failed,
        "letters refused for good (the next sweep tells the next person up)": delivered.refused,
        f"letters not delivered yet (they are tried again{said})": delivered.later,
    }
    complaints = [f"{text}: {number}" for text, number in matters.items() if number]
    complaints += [delivered.note] if delivered.note and delivered.note != delivered.problem else []
    for line in [*faults, *complaints]:
        console.err(f"riskwatch: {line}")
    if faults:
        return 3
    return 1 if complaints else 0
