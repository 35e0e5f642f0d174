"""Whether anything of a child's rows has changed."""

import pytest

from riskwatch.core.digest import digest
from riskwatch.core.facts import History
from tests.builders import assessed, checked, child, closed, history

ROWS = (assessed("high", assessment_id="A1"), checked("seen", check_id="K1"), closed("2023-02-07 09:00"))
HISTORY = history(*ROWS)


def test_the_same_rows_in_another_order_have_the_same_digest() -> None:
    """Rows have no order of their own."""
    more = (assessed("medium", assessment_id="A2"), checked("no_access", check_id="K2"))
    assert digest(history(*ROWS, *more), "p") == digest(history(*more, *ROWS), "p")


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(history(*ROWS, of=child(officer="")), id="the officer"),
        pytest.param(history(*ROWS, of=child(closed="2023-02-07")), id="the closing date"),
        pytest.param(history(*ROWS, of=child(closed_recorded="2023-02-07")), id="when it was recorded"),
        pytest.param(history(*ROWS[1:]), id="an assessment less"),
        pytest.param(history(ROWS[0], ROWS[2]), id="a check less"),
        pytest.param(history(*ROWS[:2]), id="a closure less"),
        pytest.param(
            history(assessed("high", assessment_id="A1", recorded="2023-02-07"), *ROWS[1:]), id="recorded since"
        ),
        pytest.param(history(*ROWS[:2], closed("2023-02-07 09:00", gone="2023-02-08")), id="a closing date gone"),
    ],
)
def test_a_change_of_the_rows_changes_the_digest(changed: History) -> None:
    """Whatever the agency changes makes the child be reckoned anew."""
    assert digest(changed, "p") != digest(HISTORY, "p")


def test_another_policy_changes_the_digest() -> None:
    """The same rows under another policy are reckoned anew."""
    assert digest(HISTORY, "p") != digest(HISTORY, "q")
