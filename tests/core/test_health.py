"""The judgement of how the service itself is."""

from datetime import UTC, datetime, timedelta

import pytest

from riskwatch.core.health import Figures, Limits, Work, problems, reading_problems

NOON = datetime(2023, 2, 6, 12, 0, tzinfo=UTC)
LIMITS = Limits.of(timedelta(minutes=5))
GOOD = Work(NOON, NOON)
WELL = Figures(NOON, refresh=GOOD, sweep=GOOD)


def ago(**span: float) -> datetime:
    """The moment so long before noon."""
    return NOON - timedelta(**span)


def codes(figures: Figures, limits: Limits = LIMITS) -> list[str]:
    """The codes of what is wrong."""
    return [problem.code for problem in problems(figures, limits)]


CASES: list[tuple[str, Figures, list[str]]] = [
    ("all is well, and no letter was ever due", WELL, []),
    ("a start from nothing is one problem", Figures(NOON), ["never-read"]),
    ("readings have failed from the first on", WELL._replace(refresh=Work(None, NOON, "no answer")),
     ["reading-failed", "never-read"]),
    ("the last reading failed, the one before did not", WELL._replace(refresh=Work(ago(minutes=5), NOON, "no answer")),
     ["reading-failed"]),
    ("a source that is not believed is said once", WELL._replace(
        refresh=Work(ago(minutes=5), NOON, "no rows"), blind_since=ago(minutes=2)), ["blind"]),
    ("a source that is not believed stays so until a full reading", WELL._replace(
        blind_since=ago(minutes=2), blind_reason="no rows"), ["blind"]),
    ("a reading of just an hour ago is no problem", WELL._replace(refresh=Work(ago(hours=1), ago(hours=1))), []),
    ("an older one is", WELL._replace(refresh=Work(ago(hours=1, seconds=1), ago(hours=1, seconds=1))),
     ["reading-overdue"]),
    ("files of the configuration were refused", WELL._replace(refused="1 problem"), ["configuration-refused"]),
    ("the board cannot be written", WELL._replace(board="the disk is full"), ["board-failed"]),
    ("read, but nothing was ever decided", WELL._replace(sweep=Work()), ["never-swept"]),
    ("nothing decided for long", WELL._replace(sweep=Work(ago(hours=2), ago(hours=2))), ["sweep-overdue"]),
    ("the last sweep failed", WELL._replace(sweep=Work(NOON, NOON, "too much")), ["sweep-failed"]),
    ("the last delivery failed", WELL._replace(delivery=Work(ago(days=1), NOON, "no TLS")), ["delivery-failed"]),
    ("a letter may wait an hour", WELL._replace(oldest_unsent_at=ago(hours=1)), []),
    ("and no longer", WELL._replace(oldest_unsent_at=ago(hours=1, seconds=1)), ["letters-waiting"]),
    ("an audit found something", WELL._replace(audit=Work(None, NOON, "2 findings")), ["audit-failed"]),
    ("children at risk that nobody watches", WELL._replace(unclocked=2), ["unclocked"]),
]  # fmt: skip


@pytest.mark.parametrize(("figures", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_wrong(figures: Figures, expected: list[str]) -> None:
    """Each state of the service has its problems, by code."""
    assert expected == codes(figures)


def test_a_service_that_reads_seldom_may_be_silent_for_longer() -> None:
    """A pass is missed when three should have come."""
    figures = WELL._replace(refresh=Work(ago(days=2), ago(days=2)), sweep=Work(ago(days=2), ago(days=2)))
    assert ["reading-overdue", "sweep-overdue"] == codes(figures)
    assert [] == codes(figures, Limits.of(timedelta(days=1)))


def test_a_problem_says_since_when_and_what_to_do() -> None:
    """The sentence is for whoever is called in the night."""
    late = ago(hours=3)
    (reading,) = reading_problems(WELL._replace(refresh=Work(late, late)), LIMITS)
    assert reading.message == (
        "the records were last read without a problem 2023-02-06T09:00:00Z (3 hours ago); is `riskwatch run` running?"
    )
    (blind,) = reading_problems(WELL._replace(blind_since=NOON, blind_reason="no rows"), LIMITS)
    assert blind.message == "the last reading of the records failed: no rows; blind since 2023-02-06T12:00:00Z"


def test_no_problem_names_a_child() -> None:
    """The page is read by machines that should know no case."""
    (problem,) = problems(WELL._replace(unclocked=3), LIMITS)
    assert "3" in problem.message
    assert "riskwatch status" in problem.message
