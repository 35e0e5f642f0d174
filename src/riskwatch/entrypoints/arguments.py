"""The command line: every command, its arguments, and the sentence that explains it."""

import math
import os
import sys
from argparse import SUPPRESS, Action, ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any, NoReturn, Protocol

CONFIG_FILES = ("policy", "directory", "riskwatch")
CONFIG_VARIABLE = "RISKWATCH_CONFIG"
DESCRIPTION = "Tells the right person when a child at risk has not been seen in time."
EXIT_CODES = """\
exit codes:
  0  done
  1  done, but something needs a person
  2  wrong usage or configuration
  3  a dependency failed (database, mail server)
"""


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line; the whole usage would bury it."""
        line = " ".join(message.split("\n"))
        sys.stderr.write(f"{self.prog}: {line}; `{self.prog} --help` shows the usage\n")
        sys.exit(2)


class _Version(Action):
    """Prints the version, which takes as long to find as the rest of the program takes to start."""

    def __call__(self, parser: ArgumentParser, *_: Any) -> NoReturn:
        from importlib.metadata import version  # noqa: PLC0415

        sys.stdout.write(f"riskwatch {version('riskwatch')}\n")
        parser.exit()


class _Adding(Protocol):
    def __call__(self, name: str, sentence: str) -> ArgumentParser:
        """Add a command by its name and the sentence that explains it."""
        ...


def parser() -> ArgumentParser:
    """Return the parser. The `command` that it finds names the module of `commands` that carries it out."""
    top = _Parser(
        prog="riskwatch", description=DESCRIPTION, epilog=EXIT_CODES, formatter_class=RawDescriptionHelpFormatter
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    top.add_argument(
        "--config",
        metavar="DIR",
        type=Path,
        default=Path(os.environ.get(CONFIG_VARIABLE) or "config"),
        help=f"the config folder (default: what {CONFIG_VARIABLE} says, else ./config)",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    def add(name: str, sentence: str) -> ArgumentParser:
        command = commands.add_parser(name, help=sentence, description=f"{sentence[0].upper()}{sentence[1:]}.")
        # Behind the command too, where half the people look for it.
        command.add_argument("--config", metavar="DIR", type=Path, default=SUPPRESS, help="the config folder")
        return command

    _add_setting_up(add)
    _add_running(add)
    _add_looking(add)
    _add_report(add)
    _add_checking(add)
    _add_trying(add)
    return top


def _add_setting_up(add: _Adding) -> None:
    init = add("init", "write a config folder and templates to start from")
    init.add_argument("dir", metavar="DIR", type=Path, help="where to; nothing that is there is overwritten")

    check = add("check-config", "list every problem of every file of the config folder, and try every template")
    check.add_argument("--strict", action="store_true", help="exit 1 where something needs a person, errors apart")
    _add_json(check)

    schema = add("schema", "print the JSON Schema of a config file, by which editors complete and check it")
    schema.add_argument(
        "file", metavar="policy|directory|riskwatch", nargs="?", choices=CONFIG_FILES, help="of one file only"
    )
    schema.add_argument("--out", metavar="DIR", type=Path, help="write FILE.schema.json there instead")

    load = add("import", "put children.csv, assessments.csv and checks.csv into the embedded tables, all or nothing")
    load.add_argument("dir", metavar="DIR", type=Path, help="the folder of the three files")
    load.add_argument(
        "--skip-bad", action="store_true", help="import the rest, and write the bad rows to FILE.rejected.csv"
    )

    test = add("send-test", "send one test letter through the configured mail server, and say what it answered")
    test.add_argument("address", metavar="ADDRESS", help="an address on an allowed domain")


def _add_running(add: _Adding) -> None:
    add("run", "run the daemon")

    rehearse = add("rehearse", "run the daemon on the real records, with every letter going to one place, marked")
    place = rehearse.add_mutually_exclusive_group(required=True)
    place.add_argument("--to", metavar="ADDRESS", help="send every letter to this address, on an allowed domain")
    place.add_argument("--folder", metavar="DIR", type=Path, help="write every letter as a file into this folder")
    rehearse.add_argument(
        "--database",
        metavar="FILE",
        type=Path,
        default=Path("rehearsal.db"),
        help="the rehearsal's own SQLite file; the service's own is not touched (default: ./rehearsal.db)",
    )

    reload = add("reload", "have the running daemon take up all of config/ and templates/, or nothing")
    reload.add_argument(
        "--wait", metavar="N", type=_seconds, default=60.0, help="wait so many seconds for its answer (default: 60)"
    )

    sweep = add("sweep", "read, decide and send once, then stop")
    sweep.add_argument("--dry-run", action="store_true", help="print the letters; write and send nothing")
    _add_json(sweep)

    demo = add("demo", "show the main job on invented data, with a clock turned fast")
    demo.add_argument(
        "--dir", metavar="DIR", type=Path, default=Path("riskwatch-demo"), help="its files (default: ./riskwatch-demo)"
    )
    demo.add_argument("--seconds", metavar="N", type=_seconds, help="stop after so long (default: when interrupted)")


def _add_looking(add: _Adding) -> None:
    status = add("status", "say how the service is: last runs, children watched, overdue, letters, unreadable rows")
    _add_json(status)

    overdue = add("overdue", "list who is overdue now, worst first")
    overdue.add_argument("--unit", metavar="UNIT", help='of one unit only; "" for children without one')
    _add_json(overdue)

    board = add("board", "write the page of who is overdue once, with a page for each case")
    board.add_argument("--out", metavar="DIR", type=Path, help="into this folder (default: what [board] folder says)")

    explain = add("explain", "tell a child's story: what was recorded, what is owed and why, who was told")
    explain.add_argument("child_ref", metavar="CHILD", help="the child's reference")
    explain.add_argument("--at", metavar="TIME", help="as known at a moment (ISO 8601; default: now)")
    _add_json(explain)


def _add_report(add: _Adding) -> None:
    report = add("report", "say for a period who was seen on time, who was told, and what adds up, for inspectors")
    report.add_argument("--from", metavar="T", dest="start", required=True, help="from this moment on (ISO 8601)")
    report.add_argument("--to", metavar="T", dest="end", required=True, help="up to this moment, excluded")
    report.add_argument("--unit", metavar="UNIT", help='of one unit only; "" for children without one')
    report.add_argument("--out", metavar="FILE", type=Path, help="write a page to be printed: FILE.html, or FILE.pdf")
    report.add_argument("--pdf", metavar="FILE", type=Path, help="write the page as a PDF, too")
    report.add_argument("--csv", metavar="DIR", type=Path, help="write each table as a CSV file into this folder")
    _add_json(report)


def _add_checking(add: _Adding) -> None:
    audit = add("audit", "reckon anew what is owed and who should have been told, and say where the books differ")
    _add_json(audit)

    journal = add("journal", "show the journal of decisions and letters, or verify that nobody has changed it")
    kinds = journal.add_subparsers(dest="what", metavar="verify|show", required=True, parser_class=_Parser)
    verify = kinds.add_parser("verify", help="check the chain of rows, and the heads kept outside the database")
    verify.add_argument(
        "--head",
        metavar="ROW:HASH",
        action="append",
        default=[],
        help="a head that a daily letter names; may be repeated",
    )
    show = kinds.add_parser("show", help="print the rows, oldest first")
    show.add_argument("--child", metavar="CHILD", help="of one child only")
    show.add_argument("--from", metavar="T", dest="start", help="from this moment on (ISO 8601)")
    show.add_argument("--to", metavar="T", dest="end", help="up to this moment, excluded")
    _add_json(show)


def _add_trying(add: _Adding) -> None:
    simulate = add("simulate", "replay recorded facts against a turned clock, and print every letter")
    simulate.add_argument("--facts", metavar="DIR", type=Path, required=True, help="the folder of the three CSV files")
    simulate.add_argument("--from", metavar="T", dest="start", required=True, help="print letters from here on")
    simulate.add_argument("--to", metavar="T", dest="end", required=True, help="print letters up to here, excluded")
    _add_json(simulate)

    words = add("explain-policy", "say in plain English what the policy asks for, for the person who signs it off")
    words.add_argument("--at", metavar="TIME", help="work the example from here on (ISO 8601; default: now)")
    words.add_argument("--html", metavar="FILE", type=Path, help="write a page that can be printed, in place of text")

    compare = add("compare-policy", "show what a new policy.toml would have changed, or would change now")
    compare.add_argument("policy", metavar="NEW.toml", type=Path, help="the new policy; the folder's is the old one")
    records = compare.add_mutually_exclusive_group(required=True)
    records.add_argument("--facts", metavar="DIR", type=Path, help="replay the three CSV files of a folder")
    records.add_argument("--source", action="store_true", help="replay the history that the configured source holds")
    records.add_argument("--now", action="store_true", help="what would change at once, from the state of today")
    compare.add_argument("--from", metavar="T", dest="start", help="compare from here on; the replay begins before")
    compare.add_argument("--to", metavar="T", dest="end", help="compare up to here, excluded")
    compare.add_argument("--html", metavar="FILE", type=Path, help="write a page with drawings, too")
    _add_json(compare)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def _add_json(command: ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print one JSON object a line, nothing else")
