"""How much a run of the fault suite does, and what it found: one line a fault, for the table at the end."""

import json
import os
from typing import Any, NamedTuple, Self

LONG_VARIABLE = "RISKWATCH_FAULTS"
"""Set to "long" for the long form; `make faults` does."""
SEED_VARIABLE = "RISKWATCH_FAULTS_SEED"


class Effort(NamedTuple):
    """How much is done. `rounds` is how often a fault other than a kill is brought about."""

    long: bool
    kills: int
    letters: int
    rounds: int
    seed: int


SHORT = Effort(long=False, kills=3, letters=60, rounds=1, seed=1)
LONG = Effort(long=True, kills=200, letters=4_000, rounds=8, seed=1)


def effort_wanted() -> Effort:
    """Return the effort that the environment asks for. A seed may be given, to see a failed run again."""
    effort = LONG if os.environ.get(LONG_VARIABLE) == "long" else SHORT
    return effort._replace(seed=int(os.environ.get(SEED_VARIABLE, effort.seed)))


class Score(NamedTuple):
    """What one fault did, counted at the receiving end: notices owed and lost, letters that came again.

    `times` is how often the fault was brought about.
    """

    fault: str
    times: int
    owed: int
    lost: int
    repeated: int
    not_owed: int = 0

    def as_property(self) -> str:
        """Return it as the value of a test report's property."""
        return json.dumps(self._asdict())

    @classmethod
    def from_property(cls, value: Any) -> Self:
        """Return what `as_property` wrote."""
        return cls(**json.loads(value))
