"""`riskwatch demo`: the main job on invented data."""

from argparse import Namespace

from riskwatch.entrypoints import demo
from riskwatch.entrypoints.console import Console


def run(arguments: Namespace, console: Console) -> int:
    """Run it for some seconds, or until interrupted."""
    demo.run(arguments.dir, console, seconds=arguments.seconds)
    return 0
