"""A policy in plain English, for the person who signs it off: a chapter a tier, each with a worked example."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from riskwatch.adapters.pages.document import Chapter, Document, Facts, Grid, Passage
from riskwatch.core.calendar import Calendar
from riskwatch.core.durations import Duration, Unit
from riskwatch.core.explanation import Explanation, Rung, Worked
from riskwatch.core.policy import OFFICER, Apply, Ladder, Policy, Rule, Start
from riskwatch.core.spelling import wall_clock

NATIONS = {
    "england-and-wales": "England and Wales",
    "scotland": "Scotland",
    "northern-ireland": "Northern Ireland",
}
_LINE = "_" * 40


def document_of(explanation: Explanation) -> Document:
    """Return the policy in words."""
    policy = explanation.policy
    words = _Words(explanation)
    tiers = [Chapter(f"Tier: {page.tier}", list(words.tier(page.worked))) for page in explanation.tiers]
    chapters = [
        words.about(),
        *tiers,
        *([words.events()] if explanation.events else []),
        words.closing(),
        words.vocabulary(),
        words.sign_off(),
    ]
    return Document(f"Policy {policy.version}: who must be seen, how soon, and who is told when nobody was", chapters)


def span(duration: Duration) -> str:
    """Return a length of time, with how it is counted where that is not plain: "24 hours, day and night,"."""
    return f"{duration}, day and night," if duration.unit is Unit.HOURS else str(duration)


def listed(words: Iterable[str], nothing: str = "nothing") -> str:
    """Return words in a row: "a, b or c"."""
    names = list(words)
    if not names:
        return nothing
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


class _Words:
    """One policy on its way into words."""

    def __init__(self, explanation: Explanation) -> None:
        self._explanation = explanation
        self._policy: Policy = explanation.policy
        self._calendar: Calendar = explanation.policy.calendar

    # --- chapters ----------------------------------------------------------------------------------------------------
    def about(self) -> Chapter:
        """Say what the policy is, how it is read, and when the example begins."""
        policy = self._policy
        nation = NATIONS.get(policy.nation, policy.nation)
        rows = [
            ("Version", policy.version),
            *self._standing(),
            ("Local time", policy.calendar.timezone.key),
            ("Bank holidays", f"{nation}, known until {max(policy.calendar.holidays, default=None) or 'no date'}"),
        ]
        example = self._clock(self._explanation.example_at)
        holiday = self._explanation.holiday
        behind = f"the bank holiday of {_day(holiday)} follows" if holiday else "no bank holiday is known to follow one"
        return Chapter(
            "About this policy",
            [
                Passage("", [Facts(rows)]),
                Passage(
                    "How to read it",
                    [
                        "Each tier has a chapter: when the child must be seen, what counts as a check, who is told "
                        "when nobody was, and until when. A deadline is missed when no check that counts is recorded "
                        "for that very child; only such a record, or authority, ends it. A letter goes to one person.",
                        f"The example in every chapter begins on {example}, a Friday: {behind}. Everybody is at work, "
                        "and nothing is ever recorded. Its times are reckoned by the service itself.",
                        "Hours are counted day and night. Days, weeks, months and working days end at the same time of "
                        "day. A working day skips Saturdays, Sundays and bank holidays; from a day off, the first "
                        "working day after it is number 1.",
                        "Where a person's post is empty, or its holder is away without cover, the letter goes to the "
                        "next one up at once.",
                    ],
                ),
                Passage(
                    "What happens to deadlines that are running when this policy comes into force", [self._apply()]
                ),
            ],
        )

    def tier(self, worked: Sequence[Worked]) -> Iterator[Passage]:
        """Say what a tier asks for, rule by rule."""
        if not worked:
            yield Passage("", ["No rule asks anything for a child on this tier."])
        for one in worked:
            yield self._rule(one)

    def events(self) -> Chapter:
        """Say what the rules ask for that a record starts, whatever the tier."""
        said = "These clocks are started by a record of their own, beside those of the tiers."
        return Chapter(
            "When something else is recorded", [Passage("", [said]), *map(self._rule, self._explanation.events)]
        )

    def closing(self) -> Chapter:
        """Say when a closed record ends what is owed."""
        closing = self._policy.closing
        authority = listed((self._label(kind) for kind in self._kinds(closing.authorised_by)), "no kind of record")
        strict = [tier for tier in self._policy.tiers if tier in closing.authority_needed_for]
        needed = f"A child that was ever on the tier {listed(strict)} is closed with authority only." if strict else ""
        recent = self._policy.recent_check
        relaxed = (
            f"A lowered tier gives more time only if the child was seen within {recent} before it became known."
            if recent is not None
            else "A lowered tier never gives more time."
        )
        paragraphs = [
            "Closing the record does not stop the clock by itself: it ends what is owed only when every first check is "
            "recorded and nothing is overdue, or with authority.",
            f"Authority is: {authority}. It is void once a new risk assessment becomes known.",
            needed,
            "A record that is closed all the same is told at once, to the first of these who can be reached: "
            f"{', '.join(self._role(role) for role in closing.tell) or 'the fallback mailbox'}. The clocks go on.",
            relaxed,
        ]
        return Chapter("Closing a record, and lowering a tier", [Passage("", [text for text in paragraphs if text])])

    def vocabulary(self) -> Chapter:
        """Say what each word does, and what becomes of one that is not known."""
        policy = self._policy
        rows = [(kind, label, self._meaning(kind)) for kind, label in policy.check_kinds.items()]
        concerns = (
            f"The concerns are: {', '.join(sorted(policy.concerns))}. Any other word is looked at by every rule."
            if policy.concerns is not None
            else "Any word may name a concern."
        )
        ends = ", ".join(sorted(policy.no_further_action)) or "no word"
        unknown = [
            f"The tiers, lowest first: {', '.join(policy.tiers)}. A blank or unknown tier runs as "
            f"{policy.unknown_tier_runs_as}: it never hides a child. What ends the risk of a concern: {ends}.",
            f"{concerns} A kind of record that is not listed here satisfies nothing.",
            "Every unknown word, and every record that cannot be read, is reported to the administrator each day.",
        ]
        kinds = Grid(("Recorded as", "What it is", "What it does"), rows)
        return Chapter(
            "Words and kinds of record", [Passage("", [kinds]), Passage("Words that are not known", unknown)]
        )

    def sign_off(self) -> Chapter:
        """Leave room for a signature beside what is signed."""
        rows = [
            ("Version", self._policy.version),
            *self._standing(),
            ("Fingerprint", self._explanation.fingerprint),
            ("Name and rank", _LINE),
            ("Signature", _LINE),
            ("Date", _LINE),
        ]
        said = "The fingerprint changes with every rule, ladder, word and bank holiday; the journal names it."
        return Chapter("Sign-off", [Passage("", [Facts(rows), said])])

    # --- a rule ------------------------------------------------------------------------------------------------------
    def _rule(self, worked: Worked) -> Passage:
        rule = worked.rule
        ladder = self._policy.ladder_of(rule.name)
        counts = "; ".join(self._label(kind) for kind in self._kinds(rule.satisfied_by))
        again = [f"Again: within {span(rule.every)} of each such check."] if rule.every is not None else []
        basis = f'"{rule.basis}"' if rule.basis else "none is given"
        return Passage(
            f"Rule: {rule.name}",
            [
                f"By when: within {span(rule.first)} of {self._start(rule)}.",
                *again,
                f"What counts: {counts}. Nothing else does.",
                *([f"Concerns: {listed(sorted(rule.concerns))} only."] if rule.concerns else []),
                f"Basis: {basis}.",
                self._example(worked),
                Grid(("Step", "When", "Who is told", "In the example"), [self._rung(one) for one in worked.rungs]),
                self._until(ladder, worked),
            ],
        )

    def _start(self, rule: Rule) -> str:
        if rule.start is Start.CHECKS:
            kinds = listed(f'"{self._label(kind)}"' for kind in self._kinds(rule.start_kinds))
            tiers = [tier for tier in self._policy.tiers if tier in rule.tiers]
            return f"each record of {kinds}" + (f", for a child on the tier {listed(tiers)}" if tiers else "")
        tiers = [tier for tier in self._policy.tiers if tier in rule.tiers]
        place = f"the tier {listed(tiers)}" if tiers else "any tier"
        if rule.start is Start.ASSESSMENT:
            return f"each assessment that puts or keeps the child on {place}"
        return f"the assessment that brings the child onto {place}, or shows a new danger there"

    def _example(self, worked: Worked) -> str:
        text = f"Example: from {self._clock(worked.started_at)}, the deadline is {self._clock(worked.due_at)}."
        if worked.again_due_at is None:
            return text
        return f"{text} If the child is seen at that moment, the next deadline is {self._clock(worked.again_due_at)}."

    def _rung(self, rung: Rung) -> tuple[str, str, str, str]:
        step = rung.step
        if rung.told_at is None:
            told = "nobody anew: it would fall before the start, or to somebody who has heard"
        elif rung.told_at == rung.due_at:
            told = self._clock(rung.told_at)
        else:
            told = f"{self._clock(rung.told_at)} (falls due {self._clock(rung.due_at)})"
        kind = " (a reminder)" if step.is_reminder else ""
        return (step.name, _offset(step.after), f"{self._role(step.to)}{kind}", told)

    def _until(self, ladder: Ladder, worked: Worked) -> str:
        hours = "It tells at any hour."
        if ladder.send_between is not None:
            opens, closes = (f"{at:%H:%M}" for at in ladder.send_between)
            hours = (
                f"It tells from {opens} to {closes} only: what falls due outside waits, and the deadline does not move."
            )
        last = self._role(ladder.steps[-1].to)
        if ladder.repeat_every is None:
            return f"Ladder {ladder.name}. After its last step nobody is told again. {hours}"
        first = f" (in the example first on {self._clock(worked.repeat_at)})" if worked.repeat_at is not None else ""
        return (
            f"Ladder {ladder.name}. Until when: {last} is told again every {_once_every(ladder.repeat_every)}{first}, "
            f"until a check that counts is recorded; then everyone who was told hears that it is over. {hours}"
        )

    # --- words -------------------------------------------------------------------------------------------------------
    def _standing(self) -> list[tuple[str, str]]:
        policy = self._policy
        start = "as soon as it is taken up" if policy.valid_from is None else self._clock(policy.valid_from)
        return [("Valid from", start), ("Approved by", policy.approved_by or "nobody is named")]

    def _apply(self) -> str:
        if self._policy.apply is Apply.FROM_NOW:
            return (
                'apply = "from-now": each keeps the deadline that it was given, be the new one earlier or later. What '
                "was never owed before follows this policy at once, and so do ladders and what counts as a check."
            )
        return (
            "Each keeps the deadline that it was given, unless the one of this policy is earlier: then it takes that. "
            "Ladders, and what counts as a check, are those of this policy at once."
        )

    def _meaning(self, kind: str) -> str:
        rules = self._policy.rules
        met = [rule.name for rule in rules if kind in rule.satisfied_by]
        starts = [rule.name for rule in rules if kind in rule.start_kinds]
        said = [f"meets {', '.join(met)}"] if met else []
        said += [f"starts {', '.join(starts)}"] if starts else []
        said += ["is authority to close"] if kind in self._policy.closing.authorised_by else []
        return "; ".join(said) or "satisfies nothing"

    def _kinds(self, among: frozenset[str]) -> list[str]:
        return [kind for kind in self._policy.check_kinds if kind in among]

    def _label(self, kind: str) -> str:
        return self._policy.check_kinds[kind] or kind

    def _role(self, role: str) -> str:
        return "the child's officer" if role == OFFICER else f"the {role} of the unit"

    def _clock(self, moment: datetime) -> str:
        return wall_clock(moment, self._calendar.timezone)


def _offset(after: Duration) -> str:
    if after.amount == 0:
        return "at the deadline"
    length = Duration(abs(after.amount), after.unit)
    return f"{length} {'before' if after.amount < 0 else 'after'} the deadline"


def _once_every(every: Duration) -> str:
    return str(every).removeprefix("1 ") if every.amount == 1 else str(every)


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"
