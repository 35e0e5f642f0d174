"""The identity of notices and letters."""

import pytest

from riskwatch.core.notices import Kind, Notice, letter_id
from tests.builders import DS, PC, notice, tracked


def test_a_notice_is_known_by_its_obligation_step_and_person() -> None:
    """The key names all that makes a notice a different one."""
    assert notice().key == f"{tracked().key}|g0|overdue|officer|0|{PC}"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(notice(tracked(started="2023-02-06 10:00")), id="another obligation"),
        pytest.param(notice(tracked(generation=1)), id="another telling of it"),
        pytest.param(notice(kind=Kind.CLEARED), id="another kind"),
        pytest.param(notice(step="supervisor"), id="another step"),
        pytest.param(notice(repeat=1), id="a repeat"),
        pytest.param(notice(person=DS), id="another person"),
    ],
)
def test_what_is_told_for_itself_has_a_key_of_its_own(other: Notice) -> None:
    """Each of these is told beside the officer's first notice."""
    assert other.key != notice().key


def test_passing_up_does_not_make_a_notice_another() -> None:
    """A step that reaches a person directly is not told again because it once was passed up to the same person."""
    assert notice(passed_up=True).key == notice().key


def test_the_notices_of_a_letter_have_an_order() -> None:
    """They are sorted by child, rule, kind, step, repeat and deadline."""
    of_other_child = notice(tracked(child_ref="C0"))
    cleared, second = notice(kind=Kind.CLEARED), notice(repeat=1)
    later = notice(tracked(started="2023-02-06 10:00"))
    shuffled = [second, later, cleared, notice(), of_other_child]
    assert sorted(shuffled, key=lambda one: one.order) == [of_other_child, cleared, notice(), later, second]


def test_the_same_notices_make_the_same_letter() -> None:
    """A letter decided again after a crash, in whatever order, is the same letter."""
    assert letter_id(PC, [notice(), notice(repeat=1)]) == letter_id(PC, [notice(repeat=1), notice()])


@pytest.mark.parametrize(
    ("recipient", "notices"),
    [
        pytest.param(DS, [notice()], id="another recipient"),
        pytest.param(PC, [notice(repeat=1)], id="another notice"),
        pytest.param(PC, [notice(), notice(repeat=1)], id="one notice more"),
        pytest.param(PC, [], id="none"),
    ],
)
def test_other_notices_make_another_letter(recipient: str, notices: list[Notice]) -> None:
    """Letters that say other things, or to somebody else, are told apart."""
    assert letter_id(recipient, notices) != letter_id(PC, [notice()])
