"""What every worker process does first."""

import gc

from riskwatch import logs

GC_THRESHOLD = (200_000, 50, 50)
"""Children make many small tuples that hold no cycles: at the default the collector looks at them for nothing."""
LOG_LEVEL = "warning"


def begin() -> None:
    """Make a new process ready for records: without this the trace of a child that fails would quote them."""
    logs.configure(LOG_LEVEL, human=True)
    gc.set_threshold(*GC_THRESHOLD)
