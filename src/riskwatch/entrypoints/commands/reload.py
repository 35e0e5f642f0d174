"""`riskwatch reload`: has the running daemon take up the configuration, and says whether it did."""

import os
import signal
import time
from argparse import Namespace
from secrets import token_hex

from riskwatch.adapters.letters import check_templates
from riskwatch.adapters.store import SqlStore
from riskwatch.bootstrap import service
from riskwatch.bootstrap.configuration import choose
from riskwatch.clock import SystemClock
from riskwatch.core.faults import Fault
from riskwatch.entrypoints.configured import settings_of
from riskwatch.entrypoints.console import Console, Refused
from riskwatch.entrypoints.reloading import Answer, Request, answer_to, ask, user

LOOK_S = 0.2


def run(arguments: Namespace, console: Console) -> int:
    """Check the files, ask the daemon, and wait for its answer; exit 2 where the files are refused.

    Raises Fault where no daemon can be asked, or none answers in time.
    """
    settings = settings_of(arguments)
    if problems := check_templates(settings.letters.templates):
        raise Refused(problems)
    with service.open_store(settings) as store:
        chosen = choose(settings, store, SystemClock().now())
        if chosen.problems or (chosen.hold is not None and chosen.hold.until is None):
            reasons = chosen.problems or [chosen.hold.reason] if chosen.hold is not None else []
            raise Refused([f"{arguments.config}/policy.toml: {reason}" for reason in reasons])
        answer = _ask(store, _daemon(store), arguments.wait)
    for line in answer.lines:
        (console.out if answer.taken else console.err)(line if answer.taken else f"riskwatch: {line}")
    return 0 if answer.taken else 2


def _daemon(store: SqlStore) -> int:
    """Return the process to signal."""
    if store.is_shared:
        text = "the files are in order, but several daemons may run on PostgreSQL, and none is known to this command"
        raise Fault(f"{text}; send each of them SIGHUP (`systemctl reload riskwatch`)")
    pid = store.daemon()
    if pid is None:
        raise Fault("the files are in order, but no daemon runs on this database; `riskwatch run` takes them up")
    return pid


def _ask(store: SqlStore, pid: int, wait_s: float) -> Answer:
    request = Request(token_hex(8), user(), SystemClock().now())
    with store.begin() as tx:
        ask(tx, request)
    try:
        os.kill(pid, signal.SIGHUP)
    except OSError as error:
        raise Fault(f"the daemon (process {pid}) cannot be sent a signal ({error.strerror}); ask as its user") from None
    until_s = time.monotonic() + wait_s
    while time.monotonic() < until_s:
        with store.begin() as tx:
            answer = answer_to(tx, request.key)
        if answer is not None:
            return answer
        time.sleep(LOOK_S)
    text = f"the daemon (process {pid}) has not answered within {wait_s:.0f} s: it may be in the middle of a reading"
    raise Fault(f"{text}; `riskwatch status` and its log say whether it takes the files up")
