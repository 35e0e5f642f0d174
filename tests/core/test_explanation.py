"""A policy laid out for the person who signs it off, with an example that the fold and the escalation work."""

from datetime import date
from typing import Any

import pytest

from riskwatch.core.calendar import Calendar
from riskwatch.core.explanation import Worked, explain, friday_before_a_holiday
from riskwatch.core.policy import Policy
from tests.builders import at, local, mandate
from tests.example_policy import LONDON, POLICY, SEEN, ladder, policy, rule, step

NOW = at("2023-02-06 09:00")
"""The first bank holiday behind a Friday that is no day off itself: 1 May 2023."""
FRIDAY = "2023-04-28 16:00"


def worked(of: Policy, name: str, tier: str = "high") -> Worked:
    """Return a rule of a tier, worked."""
    explanation = explain(of, NOW)
    [page] = [page for page in explanation.tiers if page.tier == tier]
    [found] = [one for one in (*page.worked, *explanation.events) if one.rule.name == name]
    return found


def rungs(of: Worked) -> list[tuple[str, str, str]]:
    """Return each step with when it falls due and when it is told."""
    return [(r.step.name, local(r.due_at), "-" if r.told_at is None else local(r.told_at)) for r in of.rungs]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        pytest.param("2022-12-20", (date(2022, 12, 23), date(2022, 12, 26)), id="the Friday before Christmas"),
        pytest.param("2022-12-23", (date(2022, 12, 23), date(2022, 12, 26)), id="on the day itself"),
        pytest.param("2022-12-24", (date(2022, 12, 30), date(2023, 1, 2)), id="the one after"),
        pytest.param("2023-01-03", (date(2023, 4, 28), date(2023, 5, 1)), id="Good Friday is no working day"),
        pytest.param("2023-05-01", (date(2023, 5, 5), None), id="the calendar knows no other"),
    ],
)
def test_the_friday(today: str, expected: tuple[date, date | None]) -> None:
    """A working Friday with a bank holiday on its Monday, the next there is."""
    assert expected == friday_before_a_holiday(POLICY.calendar, date.fromisoformat(today))
    assert (date(2023, 1, 6), None) == friday_before_a_holiday(Calendar(LONDON), date(2023, 1, 2))


def test_the_example_is_worked_by_the_service() -> None:
    """Elapsed hours run through the weekend, working days skip the bank holiday."""
    found = worked(policy(rule(first="24 hours", every="2 working days", tiers=["high"])), "seen-high")
    assert (FRIDAY, "2023-04-29 16:00") == (local(found.started_at), local(found.due_at))
    expected = [
        ("reminder", "2023-04-29 04:00", "2023-04-29 04:00"),
        ("officer", "2023-04-29 16:00", "2023-04-29 16:00"),
        ("supervisor", "2023-04-29 20:00", "2023-04-29 20:00"),
        ("manager", "2023-04-30 16:00", "2023-04-30 16:00"),
        ("head", "2023-05-02 16:00", "2023-05-02 16:00"),
    ]
    assert expected == rungs(found)
    assert found.repeat_at == at("2023-05-09 16:00")
    assert found.again_due_at == at("2023-05-03 16:00")


def test_a_window_delays_the_telling_alone() -> None:
    """What falls due at night is told in the morning; the first repeat that is told may be a later one."""
    steps = (step("officer", "0 hours", "officer"), step("supervisor", "9 hours", "supervisor"))
    office = ladder(*steps, repeat_every="1 hours", send_between=("07:00", "20:00"))
    found = worked(policy(rule(), ladders={"urgent": office}), "seen-high")
    expected = [("officer", "2023-04-29 16:00", "2023-04-29 16:00"), ("supervisor", "2023-04-30 01:00", "-")]
    assert expected == rungs(found)
    assert found.repeat_at == at("2023-04-30 07:00")


def test_what_is_told_to_nobody() -> None:
    """A reminder before the start, a second step for one who has heard, and no repeat of a ladder that ends."""
    steps = (
        step("early", "-30 hours", "officer"),
        step("officer", "0 hours", "officer"),
        step("again", "1 hours", "officer"),
        step("head", "2 hours", "head"),
    )
    found = worked(policy(rule(), ladders={"urgent": ladder(*steps, repeat_every=None)}), "seen-high")
    assert ["-", "2023-04-29 16:00", "-", "2023-04-29 18:00"] == [told for _, _, told in rungs(found)]
    assert found.repeat_at is None
    assert found.again_due_at is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, ["follow-up"], id="whatever the tier"),
        pytest.param({"tiers": ["medium"], "concerns": ["neglect"]}, ["follow-up"], id="of a tier and a concern only"),
        pytest.param({"every": "1 day"}, ["follow-up"], id="one that recurs"),
    ],
)
def test_rules_that_a_record_starts(changes: dict[str, Any], expected: list[str]) -> None:
    """Each is worked from its own record, beside the tiers."""
    event = rule("follow-up", starts_on=["no_access"], first="1 working day", satisfied_by=SEEN, **changes)
    explanation = explain(policy(rule(tiers=["very_high"]), event), NOW)
    assert expected == [one.rule.name for one in explanation.events]
    assert ["2023-05-02 16:00"] == [local(one.due_at) for one in explanation.events]
    assert [["seen-high"], [], [], []] == [[one.rule.name for one in page.worked] for page in explanation.tiers]


def test_rules_of_single_concerns_are_worked_too() -> None:
    """The example has every concern that a rule names; each rule stands once."""
    both = policy(rule("a", concerns=["neglect"]), rule("b", concerns=["neglect", "missing"]), rule("c"))
    [page, *_] = explain(both, NOW).tiers
    assert ["a", "b", "c"] == [one.rule.name for one in page.worked]


def test_it_names_what_is_signed() -> None:
    """The fingerprint is the one of the journal."""
    assert mandate().fingerprint == explain(POLICY, NOW).fingerprint
