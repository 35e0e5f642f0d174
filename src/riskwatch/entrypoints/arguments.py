"""The command line: every command, its arguments, and the sentence that explains it."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

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
        sys.stderr.write(f"{self.prog}: {message}; `{self.prog} --help` shows the usage\n")
        sys.exit(2)


def parser() -> ArgumentParser:
    """Return the parser. `command` names the module in `commands` that carries a command out."""
    top = _Parser(
        prog="riskwatch", description=DESCRIPTION, epilog=EXIT_CODES, formatter_class=RawDescriptionHelpFormatter
    )
    top.add_argument("--version", action="version", version=f"riskwatch {version('riskwatch')}")
    top.add_argument(
        "--config",
        metavar="DIR",
        type=Path,
        default=Path(os.environ.get(CONFIG_VARIABLE) or "config"),
        help=f"the config folder (default: ${CONFIG_VARIABLE}, else ./config)",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    def command(name: str, sentence: str) -> ArgumentParser:
        return commands.add_parser(name, help=sentence, description=f"{sentence[0].upper()}{sentence[1:]}.")

    _add_setting_up(command)
    _add_looking(command)
    _add_trying(command)
    _add_running(command)
    return top


class _Adds:
    """What `command` in `parser` is: adds a command by name and sentence."""

    def __call__(self, name: str, sentence: str) -> ArgumentParser: ...
