"""Two policies over the same child: a rule that both have is run once, and nobody can tell."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from riskwatch.core.course import Course, course, moments_before
from riskwatch.core.facts import History
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Told
from riskwatch.core.policy import Policy
from riskwatch.core.rivalry import Courses, Rivals, Side
from tests.builders import assessed, at, checked, closed, directory, history, mandate
from tests.core.strategies import grid, histories, policies
from tests.example_policy import POLICY, policy, rule

PEOPLE = directory()
UNTIL = at("2023-05-01")


def told_under(side: Side, courses: Courses) -> list[Told]:
    """Return what would have been told under one policy, of the parts that the courses give."""
    return [one for part, told in courses.told if part & side for one in told]


def whole(of: History, under: Policy) -> Course:
    """Return the course under one policy alone, in an order that means nothing."""
    alone = course(of, moments_before(of, UNTIL), Mandate.of(under, PEOPLE), UNTIL)
    return Course(sorted(alone.lives), sorted(alone.told, key=_order))


def _order(told: Told) -> tuple[str, str]:
    return (told.notice.key, told.decided_at.isoformat())


@settings(deadline=None)
@given(histories(grid), policies(), policies(), st.integers(0, 3))
def test_the_courses_are_those_of_each_policy_alone(of: History, one: Policy, other: Policy, shared: int) -> None:
    """Whatever two policies have in common, each course is what it would be without the other."""
    names = {rule.name for rule in one.rules[:shared]}
    rules = (*one.rules[:shared], *(rule for rule in other.rules if rule.name not in names))
    new = replace(one, rules=rules, version="other") if rules else other
    courses = Rivals(Mandate.of(one, PEOPLE), Mandate.of(new, PEOPLE)).over(of, UNTIL)

    for side, given_course, under in ((Side.OLD, courses.old, one), (Side.NEW, courses.new, new)):
        expected = whole(of, under)
        assert expected.lives == sorted(given_course.lives)
        assert expected.told == sorted(given_course.told, key=_order)
        assert expected.told == sorted(told_under(side, courses), key=_order)


def test_a_rule_in_common_is_told_of_once_for_both() -> None:
    """What both policies say alike stands once, so that its letters are counted in one go."""
    new = replace(POLICY, rules=(*POLICY.rules[:-1], rule("another", first="1 day")), version="other")
    courses = Rivals(mandate(), mandate(new)).over(history(assessed()), UNTIL)

    assert {Side.BOTH, Side.OLD, Side.NEW} == {side for side, _ in courses.told}
    assert any(one.notice.rule == "seen-high" for one in dict(courses.told)[Side.BOTH])


def test_where_a_record_was_closed_rules_may_meet() -> None:
    """Whether a closure is honoured depends on every rule: such a child is run through both policies in full."""
    courses = Rivals(mandate(), mandate(policy())).over(history(assessed(), closed("2023-02-09")), UNTIL)

    assert {Side.OLD, Side.NEW} == {side for side, _ in courses.told}


def test_policies_that_read_a_tier_otherwise_have_nothing_in_common() -> None:
    """The same rule over another frame asks something else."""
    new = replace(POLICY, unknown_tier_runs_as="standard")
    courses = Rivals(mandate(), mandate(new)).over(history(assessed("who knows"), checked()), UNTIL)

    assert {Side.OLD, Side.NEW} == {side for side, _ in courses.told}
