"""What is different between two policies: deadlines, time unchecked, who heard when."""

from dataclasses import replace
from datetime import timedelta

from riskwatch.core.comparing import MOST, MOST_FAILED, Comparison, Gap, Heard, Move, Moved, Span, Stretch, Tally
from riskwatch.core.facts import Assessment, Check, Closure, History
from riskwatch.core.policy import Policy
from riskwatch.core.rivalry import Rivals, Side
from tests.builders import assessed, at, checked, child, closed, history, local, mandate
from tests.example_policy import POLICY, policy, rule

SPAN = Span(at("2023-02-06"), at("2023-03-06"))
DAY = timedelta(days=1)


def under(*rules: str, tiers: str = "high", ladder: str = "urgent") -> Policy:
    """A policy of rules that are written "name first", or "name first/every"."""
    made = []
    for text in rules:
        name, _, interval = text.partition(" ")
        first, _, every = interval.partition("/")
        made.append(rule(name, tiers=[tiers], first=first, every=every or None, ladder=ladder))
    return policy(*made)


def tally(old: Policy, new: Policy, *cases: History, span: Span = SPAN) -> Tally:
    """Return what is different of some children."""
    rivals = Rivals(mandate(old), mandate(new))
    comparison = Comparison(rivals, span)
    for one in cases:
        comparison.add(rivals.over(one, span.end))
    return comparison.tally


def case(*records: Assessment | Check | Closure, child_ref: str = "C1") -> History:
    """One child's records."""
    return history(*records, of=child(child_ref))


def test_the_same_policy_changes_nothing() -> None:
    """Every count stands, and nobody is affected."""
    found = tally(POLICY, replace(POLICY, version="a copy"), case(assessed(), checked("seen", "2023-02-20")))

    assert (1, 0) == (found.children, found.affected)
    assert not found.moves
    assert found.owed[Side.OLD, "seen-high"] == found.owed[Side.NEW, "seen-high"] > 0


def test_deadlines_move_by_rule() -> None:
    """A shorter interval makes an obligation fall due earlier, a longer one later, by so much."""
    old, new = under("a 3 days", "b 3 days"), under("a 1 day", "b 5 days")
    found = tally(old, new, case(assessed()))

    assert {(Move.EARLIER, "a"): 1, (Move.LATER, "b"): 1} == found.moves
    [earlier] = found.examples[Move.EARLIER]
    assert Moved(2 * DAY, "C1", "a", at("2023-02-06 09:00"), at("2023-02-09 09:00"), at("2023-02-07 09:00")) == earlier
    assert 1 == found.affected


def test_obligations_appear_and_vanish() -> None:
    """A rule that one policy lacks is owed under the other only; its weight is how long it was overdue."""
    found = tally(under("a 1 day"), under("b 2 days"), case(assessed(), checked("seen", "2023-02-10 09:00")))

    assert {(Move.VANISHES, "a"): 1, (Move.APPEARS, "b"): 1} == found.moves
    assert [(3 * DAY, "a", None)] == [(one.weight, one.rule, one.new_due_at) for one in found.examples[Move.VANISHES]]
    assert [(2 * DAY, "b", None)] == [(one.weight, one.rule, one.old_due_at) for one in found.examples[Move.APPEARS]]


def test_what_ended_before_the_span_is_not_compared() -> None:
    """The replay begins with the records, the comparison with the span."""
    early = case(assessed(when="2023-01-02 09:00"), checked("seen", "2023-01-02 12:00"))

    assert not tally(under("a 1 day"), under("a 2 days"), early).moves


def test_a_ladder_alone_affects_a_child() -> None:
    """Where every deadline is the same and somebody else is told, the child counts as affected."""
    found = tally(under("a 1 day"), under("a 1 day", ladder="routine"), case(assessed()))

    assert not found.moves
    assert 1 == found.affected


def test_overdue_is_counted_by_rule() -> None:
    """Under each policy: how many obligations were not met in time, and the longest of them."""
    found = tally(under("a 1 day"), under("a 5 days"), case(assessed(), checked("seen", "2023-02-09 09:00")))

    assert {(Side.OLD, "a"): 1} == found.overdue
    assert {Side.OLD: Stretch(2 * DAY, "C1", at("2023-02-07 09:00"), at("2023-02-09 09:00"), "a")} == (
        found.longest_overdue
    )


def test_what_is_met_at_the_deadline_is_not_overdue() -> None:
    """What becomes known at the very moment of the deadline comes before it."""
    found = tally(under("a 1 day"), under("a 1 day"), case(assessed(), checked("seen", "2023-02-07 09:00")))

    assert not found.overdue


def test_a_gap_says_when_the_first_person_heard_under_each() -> None:
    """The time unchecked is the same; the deadline and the first overdue notice are each policy's own."""
    found = tally(under("a 1 day"), under("a 5 days"), case(assessed(), checked("seen", "2023-02-20 09:00")))

    assert found.gaps[0] == Gap(
        14 * DAY,
        "C1",
        at("2023-02-06 09:00"),
        at("2023-02-20 09:00"),
        Heard(at("2023-02-07 09:00"), at("2023-02-07 09:00")),
        Heard(at("2023-02-11 09:00"), at("2023-02-11 09:00")),
    )
    assert [DAY, 5 * DAY] == [found.longest_unheard[side].length for side in (Side.OLD, Side.NEW)]


def test_a_visit_recorded_late_ends_the_gap_when_it_was_made() -> None:
    """The child had been seen; that nobody knew is what overdue counts."""
    seen = checked("seen", "2023-02-08 09:00", recorded="2023-02-12 09:00")
    gaps = tally(under("a 1 day"), under("a 1 day"), case(assessed(), seen)).gaps

    assert [2 * DAY] == [gap.length for gap in gaps if gap.since == at("2023-02-06 09:00")]


def test_a_call_ends_no_gap() -> None:
    """Only a kind that satisfies a rule of either policy is a visit."""
    [gap] = tally(under("a 1 day"), under("a 1 day"), case(assessed(), checked("phone_call", "2023-02-08"))).gaps

    assert SPAN.end == gap.until


def test_a_closed_child_is_not_unchecked() -> None:
    """The gap ends where nothing is owed any longer under either policy."""
    seen = checked("seen", "2023-02-06 12:00")
    gaps = tally(under("a 1 day/30 days"), under("a 1 day/30 days"), case(assessed(), seen, closed("2023-02-10"))).gaps

    assert ["2023-02-10 00:00", "2023-02-06 12:00"] == [local(gap.until) for gap in gaps]


def test_a_child_without_an_assessment_has_no_gap() -> None:
    """Nobody asked for a visit."""
    assert [] == tally(under("a 1 day"), under("a 2 days"), case(checked())).gaps


def test_a_gap_in_which_nothing_was_owed_is_none() -> None:
    """A tier that no rule names asks for nothing; nor does the time before the span."""
    old = case(assessed(when="2023-01-02"), checked("seen", "2023-01-03"), checked("seen", "2023-02-20"))

    assert [] == tally(under("a 1 day"), under("a 2 days"), case(assessed("standard"))).gaps
    assert [] == tally(under("a 1 day"), under("a 2 days"), old).gaps


def test_a_gap_that_begins_at_the_end_is_none() -> None:
    """An assessment that becomes known late and is dated after the span has no time in it."""
    found = tally(under("a 1 day"), under("a 1 day"), case(assessed(), checked("seen", SPAN.end)))

    assert ["2023-03-06 00:00"] == [local(gap.until) for gap in found.gaps]
    late = case(assessed(when=SPAN.end - DAY), checked("seen", SPAN.end - DAY + timedelta(hours=1)))
    assert [timedelta(hours=1)] == [gap.length for gap in tally(under("a 1 day"), under("a 1 day"), late).gaps]


def test_examples_are_bounded_and_the_worst_are_kept() -> None:
    """Every obligation is counted; of the examples stay those that matter most, in whatever order they come."""
    cases = [
        case(assessed(child_ref=f"C{n}"), checked("seen", at("2023-02-08") + n * DAY), child_ref=f"C{n:02}")
        for n in (*range(MOST), *reversed(range(MOST, 2 * MOST)))
    ]
    found = tally(under("a 1 day"), under("b 1 day"), *cases)

    assert 2 * MOST == found.moves[Move.APPEARS, "b"]
    assert [f"C{n:02}" for n in reversed(range(MOST, 2 * MOST))] == [
        one.child_ref for one in found.examples[Move.APPEARS]
    ]
    assert [f"C{n:02}" for n in reversed(range(MOST, 2 * MOST))] == [gap.child_ref for gap in found.gaps]


def test_tallies_of_parts_add_up_to_that_of_the_whole() -> None:
    """However the children are dealt out, the sum is the same."""
    cases = [
        case(
            assessed(),
            checked("seen", at("2023-02-07") + n * DAY),
            *([closed("2023-02-25")] if n % 3 else []),
            child_ref=f"C{n:02}",
        )
        for n in range(25)
    ]
    old, new = under("a 1 day", "b 3 days/10 days"), under("a 2 days", "c 1 day", ladder="routine")
    whole = tally(old, new, *cases)
    parts = Tally()
    for start in range(0, 25, 7):
        parts.merge(tally(old, new, *cases[start : start + 7]))

    assert vars(whole) == vars(parts)


def test_a_child_that_could_not_be_reckoned_is_named_and_counted() -> None:
    """At most so many are named."""
    found = Tally()
    for n in range(MOST_FAILED + 1):
        found.fail(f"C{n}")
    both = Tally()
    both.merge(found)
    both.merge(found)

    assert (MOST_FAILED + 1, MOST_FAILED, "C0") == (found.failures, len(found.failed), found.failed[0])
    assert (2 * MOST_FAILED + 2, MOST_FAILED, 2 * MOST_FAILED + 2) == (both.failures, len(both.failed), both.children)


def test_a_notice_before_the_gap_is_not_of_it() -> None:
    """Somebody who heard of an earlier time unchecked was not told of this one; a reminder tells nobody."""
    records = (assessed(), checked("seen", "2023-02-10 09:00"))
    found = tally(under("a 1 day/60 days"), under("a 1 day/60 days"), case(*records))

    [first] = [gap for gap in found.gaps if gap.since == at("2023-02-10 09:00")]
    assert Heard(None, None) == first.old == first.new
