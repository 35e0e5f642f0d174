"""What a daemon shows of itself: to monitoring by its health page, to the service manager by its notices."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from riskwatch.bootstrap.service import Service, open_outbox
from riskwatch.core.health import Problem
from riskwatch.entrypoints.health import Answers, HealthServer
from riskwatch.entrypoints.life import Life
from riskwatch.entrypoints.metrics import CountedOutbox, Metrics
from riskwatch.entrypoints.notify import Notifier
from riskwatch.entrypoints.snapshot import Snapshot, Snapshots, take
from riskwatch.pipeline.ports import Clock, Outbox
from riskwatch.settings.model import Settings


class Showing:
    """The daemon as it is seen from outside."""

    def __init__(self, notifier: Notifier, clock: Clock, *, way: Callable[[Settings], Outbox] = open_outbox) -> None:
        """`way` opens the way that letters take."""
        self.life = Life(notifier)
        self._way = way
        self._notifier = notifier
        self._clock = clock
        self._service: Callable[[], Service] | None = None
        self._snapshots = Snapshots(self._take, after=self._say)
        self._metrics = Metrics(self._snapshots, self.problems)
        self._said = ""

    def outbox(self, settings: Settings) -> Outbox:
        """Return the way that letters take, counted."""
        return CountedOutbox(self._way(settings), self._metrics.count)

    def problems(self) -> list[Problem]:
        """Return what is wrong with the daemon, its database and its work."""
        return [*self.life.problems(), *self._snapshots.problems()]

    @contextmanager
    def of(self, service: Callable[[], Service], listen: str) -> Iterator[None]:
        """Show a daemon's service, which a reload may replace, while the block runs.

        `listen` is host:port of the health page; "" for none. Raises Fault where the port cannot be had.
        """
        self._service = service
        answers = Answers(self._clock.now, lambda: self._snapshots.last, self.problems, self._metrics.page)
        with ExitStack() as stack:
            if listen:
                server = HealthServer(listen, answers)
                server.start()
                stack.callback(server.stop)
            if listen or self._notifier.listens:
                self._snapshots.start()
                stack.callback(self._snapshots.stop)
            yield

    def _take(self) -> Snapshot:
        assert self._service is not None  # noqa: S101  nobody looks before there is something to look at
        service = self._service()
        return take(service.store, service.settings, self._clock.now())

    def _say(self) -> None:
        """Tell the service manager in a line, where it has changed; everybody on the machine may read it."""
        problems, snapshot = self.problems(), self._snapshots.last
        if problems:
            text = f"{len(problems)} problem(s), the first: {problems[0].message}"
        elif snapshot is not None:
            watched, overdue = sum(snapshot.vitals.watched.values()), sum(snapshot.vitals.overdue.values())
            text = f"watching {watched} children; {overdue} overdue; {snapshot.vitals.unsent} letters unsent"
        else:
            return
        if text != self._said:
            self._said = text
            self._notifier.status(text)
