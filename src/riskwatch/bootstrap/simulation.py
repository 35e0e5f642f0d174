"""A simulation: the same stages, joined to recorded facts, a turned clock and a mailbag."""

from collections.abc import Mapping

from riskwatch.adapters.memory import MemoryStore
from riskwatch.adapters.source.replay import ReplaySource
from riskwatch.clock import START_OF_TIME
from riskwatch.core.facts import History
from riskwatch.core.mandate import Mandate
from riskwatch.pipeline.delivery import Delivery, Stages, on_the_spot
from riskwatch.pipeline.ports import Letters
from riskwatch.pipeline.refresh import Refresh
from riskwatch.pipeline.simulation import Machine, Mailbag, TurnedClock
from riskwatch.pipeline.sweep import Sweep


def simulation(histories: Mapping[str, History], mandate: Mandate, letters: Letters) -> Machine:
    """Return the stages joined to recorded facts, a turned clock and a mailbag: no database, no mail."""
    clock = TurnedClock(START_OF_TIME)
    replay = ReplaySource(histories)
    store = MemoryStore()
    mailbag = Mailbag()
    refresh = Refresh(replay, store, mandate)
    sweep = Sweep(store, letters, mandate)
    delivery = Delivery(store, mailbag, letters, Stages(refresh, sweep), clock=clock, blocking=on_the_spot)
    return Machine(replay, clock, store, mailbag, refresh, sweep, delivery)
