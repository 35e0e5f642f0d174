"""`riskwatch run`: the daemon."""

import os
from argparse import Namespace

from riskwatch import logs
from riskwatch.entrypoints import serve
from riskwatch.entrypoints.configured import mailing_settings_of
from riskwatch.entrypoints.console import Console

PRIVATE = 0o077
"""Whatever the daemon writes is for its own user alone, whoever started it."""


def run(arguments: Namespace, console: Console) -> int:
    """Run until told to stop."""
    os.umask(PRIVATE)
    settings, _ = mailing_settings_of(arguments)
    logs.configure(settings.service.log_level)
    serve.run(settings)
    return 0
