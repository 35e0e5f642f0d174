"""Children's histories through two policies: what is counted, what is posted, and what cannot be reckoned."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from riskwatch.core import rivalry
from riskwatch.core.comparing import Span, Tally
from riskwatch.core.course import course
from riskwatch.core.facts import History
from riskwatch.core.rivalry import Rivals, Side
from riskwatch.pipeline.comparison import Comparer, steps_of
from tests.builders import DI, DS, PC, assessed, at, child, history, mandate
from tests.example_policy import POLICY, policy, rule, step

SPAN = Span(at("2023-02-07 09:00"), at("2023-02-07 13:00:01"))
QUICK = policy(rule("seen-high", tiers=["high"], first="1 hour"), version="quick")


class Kept:
    """A postbox in memory."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, int, int, Side]] = []

    def post(self, address: str, notices: Iterable[tuple[int, int]], side: Side) -> None:
        """Keep a recipient's notices."""
        self.posts += [(address, second, step, side) for second, step in notices]


def compare(*cases: History) -> tuple[Tally, Kept]:
    """Return what is counted and posted."""
    box = Kept()
    old = replace(POLICY, rules=tuple(rule for rule in POLICY.rules if rule.name == "seen-high"))
    return Comparer(Rivals(mandate(old), mandate(QUICK)), SPAN, box).compare(cases), box


def test_what_is_told_in_the_span_is_posted() -> None:
    """By recipient: the second since the start, the step, and under which policy; what was told before is not."""
    tally, box = compare(history(assessed()))
    steps = steps_of(POLICY, QUICK)

    assert 1 == tally.children
    assert [(PC, 0, steps.index("officer"), Side.OLD), (DS, 4 * 3600, steps.index("supervisor"), Side.OLD)] == [
        post for post in box.posts if post[3] is Side.OLD
    ]
    assert [(DI, 3600, steps.index("manager"), Side.NEW)] == [post for post in box.posts if post[3] is Side.NEW]


def test_steps_have_numbers_of_their_own() -> None:
    """Those of every ladder of both policies, and what is told when it is over, each once."""
    other = replace(POLICY, ladders={"x": replace(POLICY.ladders["urgent"], steps=(step("own", "1 day", "head"),))})
    steps = steps_of(POLICY, other)

    assert {"own", "officer", "cleared", "closed_unchecked"} <= set(steps)
    assert sorted(set(steps)) == steps


def test_a_child_that_cannot_be_reckoned_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is counted and named, for somebody to look into."""
    whole = course

    def broken(of: History, *rest: object) -> object:
        if of.child.child_ref == "C1":
            raise ArithmeticError
        return whole(of, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(rivalry, "course", broken)
    tally, _ = compare(history(assessed(), of=child("C1")), history(assessed(), of=child("C2")))

    assert (2, 1, ["C1"]) == (tally.children, tally.failures, tally.failed)
