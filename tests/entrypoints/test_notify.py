"""What the service manager hears, over a real socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskwatch.entrypoints.life import HUNG_S, Life
from riskwatch.entrypoints.notify import MAX_STATUS, Notifier


class Manager:
    """A service manager: it hears what is sent to its socket."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.setblocking(False)

    def heard(self) -> list[dict[str, str]]:
        """Return what has come since the last call, each message by its keys."""
        messages: list[dict[str, str]] = []
        while True:
            try:
                message = self._socket.recv(4096).decode()
            except BlockingIOError:
                return messages
            messages.append(dict(line.split("=", 1) for line in message.split("\n")))

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()


class Steady:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(params=["file", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """A service manager of either kind of socket."""
    address = str(tmp_path / "notify") if request.param == "file" else f"@riskwatch-test-{os.getpid()}"
    manager = Manager(address)
    yield manager
    manager.close()


def environment(manager: Manager, **more: str) -> dict[str, str]:
    """What the service manager gives the daemon."""
    return {"NOTIFY_SOCKET": manager.address, **more}


def test_each_event_in_the_manager_s_own_words(manager: Manager) -> None:
    """READY, RELOADING with its time, WATCHDOG, STATUS, more time, STOPPING."""
    notifier = Notifier.of(environment(manager))
    notifier.ready()
    notifier.status("watching 2 children;\n0 overdue")
    notifier.alive()
    notifier.wait_longer(1.5)
    notifier.reloading()
    notifier.stopping()
    ready, status, alive, longer, reloading, stopping = manager.heard()
    assert {"READY": "1"} == ready
    assert {"STATUS": "watching 2 children; 0 overdue"} == status
    assert {"WATCHDOG": "1"} == alive
    assert {"EXTEND_TIMEOUT_USEC": "1500000"} == longer
    assert "1" == reloading["RELOADING"]
    assert int(reloading["MONOTONIC_USEC"]) > 0
    assert "1" == stopping["STOPPING"]


def test_a_status_is_one_bounded_line(manager: Manager) -> None:
    """A text cannot put words into another's mouth, nor flood the manager."""
    notifier = Notifier.of(environment(manager))
    notifier.status("x\nREADY=1" + "y" * 1000)
    (heard,) = manager.heard()
    assert ["STATUS"] == list(heard)
    assert MAX_STATUS == len(heard["STATUS"])


@pytest.mark.parametrize("address", ["", "@", "vsock:2:1", "relative"])
def test_without_a_manager_nothing_is_said(address: str) -> None:
    """Started by hand, the daemon needs none."""
    notifier = Notifier.of({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"})
    assert not notifier.listens
    assert notifier.watchdog_s is None
    notifier.ready()


@pytest.mark.parametrize(
    ("given", "watchdog_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "3000000"}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_ours_where_it_says_so(given: dict[str, str], watchdog_s: float | None) -> None:
    """A watchdog of another process, or none, asks for nothing."""
    assert watchdog_s == Notifier.of({"NOTIFY_SOCKET": "/run/notify", **given}).watchdog_s


def test_a_manager_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    """What cannot be said is left unsaid, and heard again once it can be."""
    address = str(tmp_path / "notify")
    notifier = Notifier.of({"NOTIFY_SOCKET": address})
    notifier.ready()
    notifier.ready()
    manager = Manager(address)
    notifier.alive()
    assert [{"WATCHDOG": "1"}] == manager.heard()
    manager.close()


def a_life(manager: Manager, clock: Steady) -> Life:
    """A daemon under a watchdog of four seconds."""
    return Life(Notifier.of(environment(manager, WATCHDOG_USEC="4000000")), steady=clock)


def test_the_watchdog_is_fed_at_half_its_time(manager: Manager) -> None:
    """While the start lasts, more time is asked for as well."""
    clock = Steady()
    life = a_life(manager, clock)
    life.beat()
    assert [{"EXTEND_TIMEOUT_USEC": "6000000"}, {"WATCHDOG": "1"}] == manager.heard()
    life.ready()
    life.ready()
    assert [{"READY": "1"}] == manager.heard()
    for _ in range(8):
        clock.now_s += 0.5
        life.beat()
    assert [{"WATCHDOG": "1"}] * 2 == manager.heard()


def test_the_watchdog_is_not_fed_while_the_deciding_thread_hangs(manager: Manager) -> None:
    """The loop alone is not the watch; when the thread comes back, so does the sign."""
    clock = Steady()
    life = a_life(manager, clock)
    life.ready()
    manager.heard()

    def hang() -> str:
        clock.now_s += 100
        life.beat()
        assert [{"WATCHDOG": "1"}] == manager.heard()
        clock.now_s += 1
        life.beat()
        clock.now_s += 9
        life.beat()
        assert [] == manager.heard()
        assert ["deciding-stuck"] == [problem.code for problem in life.problems()]
        return "done"

    assert "done" == life.deciding(100, hang)
    assert [] == life.problems()
    life.beat()
    assert [{"WATCHDOG": "1"}] == manager.heard()


def test_a_loop_that_does_not_come_round_is_seen_from_another_thread() -> None:
    """Ten seconds without a beat are too many."""
    clock = Steady()
    life = Life(steady=clock)
    life.beat()
    clock.now_s += HUNG_S
    assert [] == life.problems()
    clock.now_s += 1
    (problem,) = life.problems()
    assert ("loop-hung", "the daemon's event loop has not come round for 11 s") == problem


def test_a_reload_is_told_only_of_a_daemon_that_is_up(manager: Manager) -> None:
    """READY of a reload must not end a start that is not over."""
    life = a_life(manager, Steady())
    life.reloading()
    life.reloaded()
    assert [] == manager.heard()
    life.ready()
    life.reloading()
    life.reloaded()
    life.stopping()
    heard = manager.heard()
    assert ["READY", "RELOADING", "READY", "STOPPING"] == [next(iter(message)) for message in heard]
