"""A comparison of two policies as programs read it: one JSON object a line, each named by its `what`."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from riskwatch.core.comparing import Gap, Heard, Move, Moved, Span, Stretch, Tally
from riskwatch.core.rivalry import Side
from riskwatch.core.workload import Workload
from riskwatch.entrypoints.console import stamp, stamp_or_none

SIDES = {"old": Side.OLD, "new": Side.NEW}
ASSUMPTION = (
    "Checks are taken to have been made when they were made: nobody can know who would have gone earlier for a letter. "
    "Each policy is taken to have been in force since the first record, with the directory of today."
)
ASSUMPTION_NOW = (
    "This is what the next reading and sweep would do with either policy: the letters that would go at once, and the "
    "deadlines that would stand. What the new policy no longer asks for counts as vanished, although a second full "
    "reading has to agree before it ends."
)
LETTERS_LEAVE_OUT = (
    "A letter is one recipient's notices of one moment. The hourly cap, which joins some of them into later ones, and "
    "letters about the service itself are left out."
)


class Compared(NamedTuple):
    """What was compared, and what came of it. `span` is None where it is what would change at once, now."""

    old_version: str
    new_version: str
    span: Span | None
    tally: Tally
    workload: Workload


def records(compared: Compared) -> Iterator[dict[str, Any]]:
    """Yield the comparison, record by record."""
    tally, span = compared.tally, compared.span
    yield {
        "what": "comparison",
        "old": compared.old_version,
        "new": compared.new_version,
        "from": None if span is None else stamp(span.start),
        "to": None if span is None else stamp(span.end),
        "children": tally.children,
        "affected": tally.affected,
        "not_reckoned": tally.failures,
        "assumption": assumption_of(compared),
    }
    for rule in rules_of(tally):
        yield {
            "what": "rule",
            "rule": rule,
            "owed": {name: tally.owed[side, rule] for name, side in SIDES.items()},
            "overdue": {name: tally.overdue[side, rule] for name, side in SIDES.items()},
            **{str(move): tally.moves[move, rule] for move in Move},
        }
    for move in Move:
        for moved in tally.examples[move]:
            yield {"what": "example", "move": str(move), **_moved(moved)}
    for gap in tally.gaps:
        yield {"what": "gap", **_gap(gap)}
    for measure, longest in (("overdue", tally.longest_overdue), ("unheard", tally.longest_unheard)):
        for name, side in SIDES.items():
            if side in longest:
                yield {"what": "longest", "measure": measure, "policy": name, **_stretch(longest[side])}
    yield from _workload(compared.workload)


def assumption_of(compared: Compared) -> str:
    """Return what the comparison takes for granted."""
    return ASSUMPTION_NOW if compared.span is None else ASSUMPTION


def rules_of(tally: Tally) -> list[str]:
    """Return every rule of which something was owed, by name."""
    return sorted({rule for _, rule in (*tally.owed, *tally.moves)})


def weeks_of(workload: Workload) -> list[date]:
    """Return the Monday of every week in which a letter would have left."""
    return sorted({week for _, week in workload.by_week})


def _workload(work: Workload) -> Iterator[dict[str, Any]]:
    letters = {name: work.letters[side] for name, side in SIDES.items()}
    yield {"what": "letters", **letters, "recipients": work.recipients, "leaves_out": LETTERS_LEAVE_OUT}
    for week in weeks_of(work):
        counts = {name: work.by_week[side, week] for name, side in SIDES.items()}
        yield {"what": "week", "week": week.isoformat(), **counts}
    for step, week in sorted({(step, week) for _, step, week in work.by_step}):
        counts = {name: work.by_step[side, step, week] for name, side in SIDES.items()}
        yield {"what": "step", "step": step, "week": week.isoformat(), **counts}
    for one in work.busiest:
        yield {
            "what": "recipient",
            "to": one.address,
            "old": one.old,
            "new": one.new,
            "worst_day": {"old": _worst(one.old_worst), "new": _worst(one.new_worst)},
        }
    for name, side in SIDES.items():
        if side in work.worst_day:
            count, day, address = work.worst_day[side]
            yield {"what": "worst_day", "policy": name, "to": address, "day": day.isoformat(), "letters": count}


def _worst(worst: tuple[int, date] | None) -> dict[str, Any] | None:
    return None if worst is None else {"day": worst[1].isoformat(), "letters": worst[0]}


def _moved(moved: Moved) -> dict[str, Any]:
    return {
        "child_ref": moved.child_ref,
        "rule": moved.rule,
        "started_at": stamp(moved.started_at),
        "due_at": {"old": stamp_or_none(moved.old_due_at), "new": stamp_or_none(moved.new_due_at)},
        "seconds": int(moved.weight.total_seconds()),
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "child_ref": gap.child_ref,
        "since": stamp(gap.since),
        "until": stamp(gap.until),
        "seconds": int(gap.length.total_seconds()),
        "old": _heard(gap.old),
        "new": _heard(gap.new),
    }


def _heard(heard: Heard) -> dict[str, Any]:
    return {"overdue_from": stamp_or_none(heard.overdue_from), "told_at": stamp_or_none(heard.told_at)}


def _stretch(stretch: Stretch) -> dict[str, Any]:
    return {
        "child_ref": stretch.child_ref,
        "rule": stretch.rule,
        "since": stamp(stretch.since),
        "until": stamp(stretch.until),
        "seconds": int(stretch.length.total_seconds()),
    }
