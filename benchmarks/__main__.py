"""Runs all benchmarks, or those named: `python -m benchmarks sweep letters`."""

import sys
from argparse import ArgumentParser

from benchmarks import board, compare, full_read, latency, letters, report_year, sweep_due, sweep_idle, wording
from benchmarks.report import Benchmark, Options, in_text

MAX_DEADLINES = 500
"""The mail server's notes of more would fill the pipe that nobody reads until the end."""
BENCHMARKS: dict[str, Benchmark] = {
    "sweep_idle": sweep_idle.run,
    "sweep_due": sweep_due.run,
    "full_read": full_read.run,
    "report_year": report_year.run,
    "compare": compare.run,
    "wording": wording.run,
    "board": board.run,
    "letters": letters.run,
    "latency": latency.run,
}


def main() -> None:
    """Print a table for each benchmark. A name stands for every benchmark that begins with it."""
    parser = ArgumentParser(prog="python -m benchmarks", description="Figures, each beside a floor of the same run.")
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"of {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument(
        "--children", type=int, default=100_000, help="children read, compared, watched (default: 100000)"
    )
    parser.add_argument("--letters", type=int, default=5_000, help="letters sent (default: 5000)")
    parser.add_argument("--deadlines", type=int, default=60, help="deadlines, one a second (default: 60)")
    parser.add_argument("--rounds", type=int, default=1, help="so many times as many rounds (default: 1)")
    arguments = parser.parse_args()
    chosen = {name for name in BENCHMARKS for start in arguments.names or [""] if name.startswith(start)}
    unknown = [start for start in arguments.names if not any(name.startswith(start) for name in BENCHMARKS)]
    if unknown:
        parser.error(f"{unknown[0]} is none of {', '.join(BENCHMARKS)}")
    if min(arguments.children, arguments.letters, arguments.deadlines, arguments.rounds) < 1:
        parser.error("there must be one at least of everything")
    if arguments.deadlines > MAX_DEADLINES:
        parser.error(f"--deadlines: {MAX_DEADLINES} at most")
    options = Options(arguments.children, arguments.letters, arguments.deadlines, arguments.rounds)
    for name, benchmark in BENCHMARKS.items():
        if name in chosen:
            sys.stdout.write(in_text(name, benchmark(options)))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
