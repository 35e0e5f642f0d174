"""`riskwatch run`: the daemon."""

from argparse import Namespace

from riskwatch import logs
from riskwatch.entrypoints import serve
from riskwatch.entrypoints.configured import settings_of
from riskwatch.entrypoints.console import Console


def run(arguments: Namespace, console: Console) -> int:
    """Run until told to stop."""
    settings = settings_of(arguments)
    logs.configure(settings.service.log_level)
    serve.run(settings)
    return 0
