"""The program `riskwatch`: finds the command, carries it out, and answers for whatever goes wrong."""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module

from riskwatch.core.faults import Fault
from riskwatch.entrypoints.arguments import parser
from riskwatch.entrypoints.console import Console, Refused

DEBUG_VARIABLE = "RISKWATCH_DEBUG"
FAILED = 3
INTERRUPTED = 130
READER_GONE = 141
"""What a shell shows for a program that wrote into a pipe nobody reads any more, as of any other program."""


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command line and return its exit code. Wrong usage raises SystemExit, as argparse does."""
    arguments = parser().parse_args(argv)
    console = Console()
    try:
        return _carry_out(arguments, console)
    except Refused as refused:
        for problem in refused.problems:
            console.err(problem)
        return refused.code
    except Fault as fault:
        console.err(f"riskwatch: {fault}")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _forget_reader()
        return READER_GONE
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE) == "1":
            raise
        return _own_up(error, arguments, console)


def _carry_out(arguments: Namespace, console: Console) -> int:
    """Run the command's module, loaded only now: the others, and what they need, would slow every start."""
    name = arguments.command.replace("-", "_")
    module = import_module(f"riskwatch.entrypoints.commands.{'load' if name == 'import' else name}")
    code: int = module.run(arguments, console)
    return code


def _own_up(error: Exception, arguments: Namespace, console: Console) -> int:
    """Say that riskwatch itself is wrong, by class and place: the error's text may quote a record."""
    from riskwatch.logs import places  # noqa: PLC0415  only a failure is worth the time it takes to load

    where = places(error)[-1:] or ["an unknown place"]
    console.err(
        f"riskwatch: {arguments.command} failed with {type(error).__name__} at {where[0]}: this is a fault of "
        f"riskwatch; report this line to its maintainers ({DEBUG_VARIABLE}=1 shows more, personal data perhaps)"
    )
    return FAILED


def _forget_reader() -> None:
    """Give standard output a sink, so that Python does not complain of the closed pipe when it exits."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # standard output is no file: nothing complains of it
        return
