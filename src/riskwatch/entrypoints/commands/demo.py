"""`riskwatch demo`: the main job on invented data."""

import os
from argparse import Namespace

from riskwatch.entrypoints import demo
from riskwatch.entrypoints.commands.run import PRIVATE
from riskwatch.entrypoints.console import Console


def run(arguments: Namespace, console: Console) -> int:
    """Run it for some seconds, or until interrupted."""
    os.umask(PRIVATE)
    demo.run(arguments.dir, console, seconds=arguments.seconds)
    return 0
