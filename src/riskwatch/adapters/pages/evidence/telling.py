"""The tables of the report on what was told, from the books, and on records that came late or cannot be read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from riskwatch.adapters.pages.evidence.deadlines import NO_UNIT, missed_sheet
from riskwatch.adapters.pages.evidence.sheets import Column, Form, Origin, Sheet, distribution, percentiles
from riskwatch.core.adding_up import Sum
from riskwatch.core.evidence import Evidence, Heard, InForce, Led, Letters
from riskwatch.core.lengths import Lengths
from riskwatch.core.notices import LetterState
from riskwatch.core.policy import Policy

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DELAY_LIMITS = [MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, DAY, 3 * DAY, 7 * DAY, 28 * DAY]
HEARD = {
    Heard.TOLD: "Somebody was told: an overdue notice was sent",
    Heard.WAITING: "A notice was decided, and had not left by the end of the period",
    Heard.UNDELIVERED: "A notice was decided, and refused by the mail server, or struck out as it was over",
    Heard.BEFORE_BOOKS: "Fell due before the books begin",
    Heard.NOBODY: "Nothing in the books: nobody was told",
}
_PARTS_SHOWN = 12
LED = {
    Led.CHECKED: "Led to a check",
    Led.SEEN_BEFORE: "Seen already, recorded after",
    Led.LIFTED: "Lifted without a check",
    Led.STANDING: "Overdue still",
    Led.OVER: "Over before it left",
}


def told_sheets(found: Evidence, policy: Policy) -> Iterator[Sheet]:
    """Yield the tables on who was told how soon, and what came of it."""
    yield Sheet(
        "told",
        "Whether anybody was told",
        Origin.BOTH,
        "Of the deadlines of the period that were missed, by the records, what the books say of overdue notices about "
        "them. A check that was recorded minutes after the deadline, or within the hours in which a ladder does not "
        "write, may have come before anybody was to be told.",
        (Column("heard", "What the books say"), Column("deadlines", "Deadlines", Form.COUNT)),
        [(words, found.heard[heard]) for heard, words in HEARD.items()],
    )
    yield Sheet(
        "first_told",
        "How soon the first was told",
        Origin.BOTH,
        "From the deadline to the moment at which the mail server took the first overdue notice; and the same from "
        "when the deadline had come and was known: a record that came late could be told of no earlier.",
        (
            Column("delay", "Told within"),
            Column("from_deadline", "From the deadline", Form.COUNT),
            Column("from_known", "From when it was known", Form.COUNT),
        ),
        distribution(DELAY_LIMITS, found.from_deadline, found.from_known),
    )
    yield Sheet(
        "first_told_shares",
        "Delays of the first telling that so many did not exceed",
        Origin.BOTH,
        "Of a hundred deadlines of which somebody was told so many were told of within this time.",
        (
            Column("share", "Of the deadlines"),
            Column("from_deadline", "From the deadline", Form.SPAN),
            Column("from_known", "From when it was known", Form.SPAN),
        ),
        percentiles(found.from_deadline, found.from_known),
    )
    yield missed_sheet(
        "untold",
        "Missed deadlines of which nobody was told by the end of the period",
        Origin.BOTH,
        "Every one that fell due since the books begin, the longest overdue first; the last column says what the books "
        "hold of it.",
        found.unheard.kept,
        found.unheard.beyond,
    )
    yield _rungs(found, policy)


def _rungs(found: Evidence, policy: Policy) -> Sheet:
    steps = dict.fromkeys(step.name for ladder in policy.ladders.values() for step in ladder.steps)
    known = [step for step in steps if step in found.rungs]
    rows = []
    for step in [*known, *sorted(found.rungs.keys() - steps.keys())]:
        rung = found.rungs[step]
        checks, records = rung.to_check.percentiles(50, 90), rung.to_record.percentiles(50, 90)
        rows.append((step, rung.told, *(rung.led[led] for led in LED), rung.last, *checks, *records))
    columns = (
        Column("step", "Rung"),
        Column("told", "Told", Form.COUNT),
        *(Column(str(led), words, Form.COUNT) for led, words in LED.items()),
        Column("last", "Was the last rung", Form.COUNT),
        Column("to_check_50", "To the check: half within", Form.SPAN),
        Column("to_check_90", "To the check: 90% within", Form.SPAN),
        Column("to_record_50", "To its recording: half within", Form.SPAN),
        Column("to_record_90", "To its recording: 90% within", Form.SPAN),
    )
    definition = (
        "Of the missed deadlines of the period of which somebody was told: those told of at each rung, counted from "
        "the first notice of that rung that was sent, to the date of the check that discharged the deadline, and to "
        "its recording. When notices were sent is from the books, the check from the records. A deadline told of at "
        "several rungs counts at each; the last rung is the one told last before its end was known."
    )
    return Sheet("rungs", "How long each rung took to lead to a check", Origin.BOTH, definition, columns, rows)


def letter_sheets(letters: Letters) -> Iterator[Sheet]:
    """Yield the tables on letters."""
    people: dict[str, Counter[str]] = {}
    purposes: dict[str, Counter[str]] = {}
    for person, purpose, state, number in letters.groups:
        people.setdefault(person, Counter())[state] += number
        purposes.setdefault(purpose, Counter())[state] += number
    text = "Letters made in the period, one recipient each, by how they stand now."
    for name, heading, groups in (("recipient", "Recipient", people), ("purpose", "Purpose", purposes)):
        states = [str(state) for state in LetterState]
        yield Sheet(
            f"letters_by_{name}",
            f"Letters by {name} and state",
            Origin.BOOKS,
            text,
            (
                Column(name, heading),
                *(Column(state, state.capitalize(), Form.COUNT) for state in states),
                Column("letters", "All", Form.COUNT),
            ),
            [
                (one, *(counts[state] for state in states), counts.total())
                for one, counts in sorted(groups.items(), key=lambda item: (-item[1].total(), item[0]))
            ],
        )


def record_sheets(found: Evidence) -> Iterator[Sheet]:
    """Yield the tables on records: late, unreadable, and closures that were not honoured."""
    everything = Lengths()
    for lengths in found.delays.values():
        everything.merge(lengths)
    yield Sheet(
        "late_records",
        "How late checks were recorded",
        Origin.RECORDS,
        "Checks of kinds that satisfy a rule and became known in the period: from when they were made to when they "
        f"were recorded. Of {found.untimed:,} the records hold no time of recording; they are left out.",
        (Column("delay", "Recorded within"), Column("checks", "Checks", Form.COUNT)),
        distribution(DELAY_LIMITS, everything),
    )
    yield Sheet(
        "late_records_by_unit",
        "How late checks were recorded, by unit",
        Origin.RECORDS,
        "As above, by the unit that the child's record names now.",
        (
            Column("unit", "Unit"),
            Column("checks", "Checks", Form.COUNT),
            Column("half", "Half within", Form.SPAN),
            Column("most", "90% within", Form.SPAN),
            Column("longest", "The latest", Form.SPAN),
        ),
        [
            (unit or NO_UNIT, len(lengths), *lengths.percentiles(50, 90, 100))
            for unit, lengths in sorted(found.delays.items())
        ],
    )
    yield Sheet(
        "latest_records",
        "The checks recorded latest",
        Origin.RECORDS,
        "By reference, the longest delay first.",
        (
            Column("child_ref", "Case"),
            Column("unit", "Unit"),
            Column("kind", "Kind"),
            Column("checked_at", "Made", Form.MOMENT),
            Column("known_at", "Recorded", Form.MOMENT),
            Column("delay", "Later by", Form.SPAN),
        ),
        [
            (one.child_ref, one.unit or NO_UNIT, one.kind, one.checked_at, one.known_at, one.delay)
            for one in found.latest.kept
            if one.delay > timedelta(0)
        ],
    )
    yield _closures(found)
    yield from _rejected(found)


def _closures(found: Evidence) -> Sheet:
    return Sheet(
        "closures",
        "Closures that were not honoured",
        Origin.BOTH,
        "A record was closed although the child was owed a check, or without the authority that its tier needs, and "
        "this became known in the period. When somebody was told is from the books.",
        (
            Column("child_ref", "Case"),
            Column("unit", "Unit"),
            Column("known_at", "Closed", Form.MOMENT),
            Column("why", "Not honoured for"),
            Column("settled_at", "Authority recorded", Form.MOMENT),
            Column("told_at", "Somebody told", Form.MOMENT),
        ),
        [
            (
                one.child_ref,
                one.unit or NO_UNIT,
                one.known_at,
                "want of authority" if one.authority_needed else "a check still owed",
                one.settled_at,
                one.told_at,
            )
            for one in reversed(found.closings.kept)
        ],
        found.closings.beyond,
    )


def _rejected(found: Evidence) -> Iterator[Sheet]:
    yield Sheet(
        "rejected",
        "Rows that cannot be read",
        Origin.RECORDS,
        "Rows of the source, as it is now, that could not be read. What they would have said is in no figure of this "
        "report; an assessment that counts all the same is dated by its recording.",
        (
            Column("table", "Table"),
            Column("column", "Column"),
            Column("counted", "Counts all the same"),
            Column("rows", "Rows", Form.COUNT),
        ),
        [
            (table, column, "yes" if counted else "no", number)
            for (table, column, counted), number in sorted(found.rejected.items())
        ],
    )
    yield Sheet(
        "rejected_rows",
        "The rows themselves",
        Origin.RECORDS,
        "Where each stands, and why it could not be read.",
        (
            Column("where", "Where"),
            Column("row_id", "Id"),
            Column("child_ref", "Case"),
            Column("column", "Column"),
            Column("reason", "Reason"),
        ),
        [(one.where, one.row_id, one.child_ref, one.column, one.reason) for one in reversed(found.rejected_list.kept)],
        found.rejected_list.beyond,
    )


def policy_sheet(policies: Sequence[InForce]) -> Sheet:
    """Return the table of the configurations in force."""
    return Sheet(
        "policies",
        "Policies in force in the period",
        Origin.BOOKS,
        "Each configuration that was taken up, from the journal; the first may have been taken up before the period "
        "began. The figures from the records are under the one policy that this report names at its top, throughout.",
        (
            Column("since", "Since", Form.MOMENT),
            Column("version", "Version"),
            Column("fingerprint", "Fingerprint"),
            Column("by", "Taken up by"),
            Column("approved_by", "Approved by"),
        ),
        policies,
    )


def sum_sheet(sums: Sequence[Sum]) -> Sheet:
    """Return the table of the counts that must add up."""
    return Sheet(
        "sums",
        "These add up",
        Origin.BOTH,
        "Each whole is counted by itself, and held against the sum of its parts when the report is made.",
        (
            Column("count", "Count"),
            Column("whole", "Whole", Form.COUNT),
            Column("parts", "Parts"),
            Column("sum", "Their sum", Form.COUNT),
            Column("holds", "Adds up"),
        ),
        [
            (
                one.what,
                one.whole,
                _parts(dict(one.parts)),
                sum(number for _, number in one.parts),
                "yes" if one.holds else "NO",
            )
            for one in sums
        ],
    )


def _parts(parts: Mapping[str, int]) -> str:
    named = [f"{name} {number:,}" for name, number in parts.items() if number]
    shown = ", ".join(named[:_PARTS_SHOWN])
    return shown if len(named) <= _PARTS_SHOWN else f"{shown} and {len(named) - _PARTS_SHOWN} more"
