"""`riskwatch audit`: reckons anew what is owed and who should have been told, and compares the books with it."""

from argparse import Namespace

from riskwatch import logs
from riskwatch.bootstrap import service
from riskwatch.entrypoints.configured import settings_of
from riskwatch.entrypoints.console import Console
from riskwatch.pipeline.audit import Audited
from riskwatch.pipeline.simulation import Mailbag

HEAD = ("FINDING", "CASE", "WHAT IS WRONG")


def run(arguments: Namespace, console: Console) -> int:
    """Print what is wrong, and keep the run; exit 1 where there is something, 3 where the records cannot be judged by.

    Nobody is written to: whoever asked is looking.
    """
    logs.configure("critical", human=True)
    settings = settings_of(arguments)
    with service.open_service(settings, outbox=lambda _: Mailbag()) as joined:
        done = joined.auditor.run(joined.clock.now(), joined.clock.now)
    _show(done, console, as_json=arguments.json)
    if done.problem:
        console.err(f"riskwatch: {done.problem}; the books could not be judged")
        return 3
    return 1 if done.findings else 0


def _show(done: Audited, console: Console, *, as_json: bool) -> None:
    if as_json:
        for one in done.findings:
            record = {"code": one.code, "child_ref": one.child_ref, "subject": one.subject, "sentence": one.sentence}
            console.json(record)
    elif done.findings:
        console.table(HEAD, [(one.code, one.child_ref or "-", one.sentence) for one in done.findings])
    elif not done.problem:
        console.out(f"{done.children} children audited: nothing is wrong.")
    if done.beyond:
        console.err(f"riskwatch: {done.beyond} more findings are not listed")
    if done.waiting:
        text = "may only wait for the next reading or sweep; they count if they last to the next audit"
        console.err(f"riskwatch: {done.waiting} differences {text}")
