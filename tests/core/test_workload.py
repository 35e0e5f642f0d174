"""Letters are counted recipient by recipient: a letter is one recipient's notices of one moment."""

from datetime import date

from riskwatch.core.rivalry import Side
from riskwatch.core.workload import (
    MOST_RECIPIENTS,
    Counting,
    Recipient,
    Workload,
    by_recipient,
    packed,
)
from tests.builders import at
from tests.example_policy import CALENDAR

START = at("2023-03-25 00:00")
STEPS = ["cleared", "officer", "supervisor"]


def count(*notices: tuple[str, str, str, Side]) -> Workload:
    """Count notices that are written (recipient, local time, step, side)."""
    counting = Counting(CALENDAR, START, STEPS)
    by_address: dict[str, list[int]] = {}
    for address, when, step, side in notices:
        second = int((at(when) - START).total_seconds())
        by_address.setdefault(address, []).append(packed(0, second, STEPS.index(step), side))
    for address, own in by_address.items():
        counting.add(address, own)
    return counting.workload()


def test_notices_of_one_moment_are_one_letter() -> None:
    """Under each step that it speaks of it counts once."""
    work = count(
        ("ds", "2023-03-27 09:00", "officer", Side.OLD),
        ("ds", "2023-03-27 09:00", "officer", Side.OLD),
        ("ds", "2023-03-27 09:00", "cleared", Side.OLD),
        ("ds", "2023-03-27 09:00:01", "cleared", Side.OLD),
        ("di", "2023-03-27 09:00", "cleared", Side.OLD),
    )

    assert {Side.OLD: 3} == work.letters
    week = date(2023, 3, 27)
    assert {(Side.OLD, week): 3} == work.by_week
    assert {(Side.OLD, "officer", week): 1, (Side.OLD, "cleared", week): 3} == work.by_step


def test_what_both_policies_say_counts_for_both() -> None:
    """At one moment it joins what one of them says alone."""
    work = count(
        ("ds", "2023-03-27 09:00", "officer", Side.BOTH),
        ("ds", "2023-03-27 09:00", "cleared", Side.NEW),
        ("ds", "2023-03-28 09:00", "cleared", Side.NEW),
    )

    assert {Side.OLD: 1, Side.NEW: 2} == work.letters
    assert [Recipient("ds", 1, 2, (1, date(2023, 3, 27)), (1, date(2023, 3, 28)))] == work.busiest


def test_days_and_weeks_are_local() -> None:
    """The clocks go forward on Sunday 26 March: what leaves at 00:30 of the Monday is Monday's."""
    work = count(
        ("ds", "2023-03-26 23:59", "officer", Side.OLD),
        ("ds", "2023-03-27 00:30", "officer", Side.OLD),
        ("ds", "2023-03-27 23:30", "officer", Side.OLD),
    )

    assert {(Side.OLD, date(2023, 3, 20)): 1, (Side.OLD, date(2023, 3, 27)): 2} == work.by_week
    assert {Side.OLD: (2, date(2023, 3, 27), "ds")} == work.worst_day


def test_parts_add_up() -> None:
    """The busiest of all are kept, the busiest first, and the worst day of them all."""
    whole, parts = Workload(), Workload()
    notices = [
        (f"pc{n:02}", f"2023-03-{27 + day} 09:00", "officer", Side.NEW)
        for n in range(MOST_RECIPIENTS + 5)
        for day in range(1 + n % 3)
    ]
    whole = count(*notices)
    for rest in range(4):
        parts.merge(count(*(notice for notice in notices if int(notice[0][2:]) % 4 == rest)))

    assert vars(whole) == vars(parts)
    assert (MOST_RECIPIENTS + 5, MOST_RECIPIENTS) == (whole.recipients, len(whole.busiest))
    assert [3, 3] == [one.most for one in whole.busiest[:2]]


def test_a_packed_notice_is_found_by_its_recipient() -> None:
    """Whatever its second, step and side: 136 years in, at the last step, for the last recipient."""
    most = (1 << 32) - 1
    records = [packed(7, most, 1023, Side.BOTH), packed(0, 0, 0, Side.OLD), packed((1 << 19) - 1, 5, 1, Side.NEW)]
    found = dict(by_recipient(records))

    assert {7, 0, (1 << 19) - 1} == found.keys()
    assert [packed(0, most, 1023, Side.BOTH)] == found[7]
    assert max(records) < 1 << 63


def test_a_packed_notice_is_a_plain_number() -> None:
    """What is joined to a flag would become a flag of its own, and every flag is kept for ever: millions of them."""
    assert int is type(packed(1, 2, 3, Side.NEW))
