"""How many examples a property is tried on: few on every run, many where there is time (RISKWATCH_FAULTS=long)."""

import os

LONG_TIMES = 20


def examples(few: int) -> int:
    """Return the number of examples of this run."""
    return few * LONG_TIMES if os.environ.get("RISKWATCH_FAULTS") == "long" else few
