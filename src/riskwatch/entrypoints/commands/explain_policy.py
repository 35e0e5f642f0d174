"""`riskwatch explain-policy`: the policy in plain English, for the person who signs it off."""

from argparse import Namespace
from pathlib import Path

from riskwatch.adapters.pages.document import as_html, as_text
from riskwatch.adapters.pages.policy_words import document_of
from riskwatch.clock import SystemClock
from riskwatch.core.explanation import explain
from riskwatch.entrypoints.configured import moment_of, replay_settings_of
from riskwatch.entrypoints.console import Console, Refused


def run(arguments: Namespace, console: Console) -> int:
    """Print the policy in words, or write it as a page that can be printed."""
    settings = replay_settings_of(arguments)
    zone = settings.policy.calendar.timezone
    now = SystemClock().now() if arguments.at is None else moment_of(arguments.at, zone, "--at")
    document = document_of(explain(settings.policy, now))
    if arguments.html is None:
        console.out(as_text(document).rstrip("\n"))
        return 0
    _write(arguments.html, as_html(document))
    console.out(f"{arguments.html}: policy {settings.policy.version}, to be read, printed and signed")
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused([f"riskwatch: --html {path}: cannot be written ({error.strerror})"]) from None
