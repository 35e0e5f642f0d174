"""policy.toml: its keys, and the policy that they make."""

import re
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field, JsonValue, PlainValidator, WithJsonSchema

from riskwatch.core.calendar import Calendar, resolve_local
from riskwatch.core.durations import Duration, Unit
from riskwatch.core.policy import Apply, Closing, Ladder, Policy, Rule, Start, Step
from riskwatch.settings.holidays import NATIONS
from riskwatch.settings.problems import meant
from riskwatch.settings.toml_file import Part
from riskwatch.settings.written import AnyDuration, Line, LocalMoment, PositiveDuration, Window, Word, Zone

NAME = "policy.toml"
RULE_NAME = re.compile(r"[a-z0-9-]{1,80}")
_NOTHING = Duration(0, Unit.HOURS)
_STARTS = (Start.ENTRY.value, Start.ASSESSMENT.value)
_STARTS_ON_SCHEMA = {
    "anyOf": [{"enum": list(_STARTS)}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
    "examples": ["assessment", ["no_access"]],
}
_NOT_EMPTY: dict[str, JsonValue] = {"minItems": 1}


def _starts_on(value: object) -> frozenset[str] | Start:
    """Return the word, or the check kinds, that start a rule."""
    if isinstance(value, str) and value in _STARTS:
        return Start(value)
    if isinstance(value, list) and value and all(isinstance(kind, str) for kind in value):
        return frozenset(value)
    hint = meant(value, _STARTS) if isinstance(value, str) else ""
    raise ValueError(f'must be "entry", "assessment", or a list of check kinds, such as ["no_access"]{hint}')


def _apply(value: object) -> Apply:
    """Return what the policy does to deadlines that are running."""
    words = [str(one) for one in Apply]
    if isinstance(value, str) and value in words:
        return Apply(value)
    hint = meant(value, words) if isinstance(value, str) else ""
    raise ValueError(f'must be "earlier" or "from-now"{hint}')


class RuleTable(Part):
    """A [[rules]] table."""

    needs: ClassVar[tuple[str, ...]] = ("name", "first", "satisfied_by", "ladder")
    name: Annotated[str, Field(json_schema_extra={"pattern": f"^{RULE_NAME.pattern}$"})] = ""
    """What the rule is called in letters, lists and the journal. Without it: nobody could be told what is owed;
    changed, what is owed under the old name is withdrawn.
    """
    tiers: list[str] = Field(default_factory=list)
    """The tiers whose children the rule is for. Without it: it is for every tier."""
    concerns: list[str] = Field(default_factory=list)
    """The concerns that the rule looks at. Without it: it looks at every concern."""
    starts_on: Annotated[frozenset[str] | Start, PlainValidator(_starts_on), WithJsonSchema(_STARTS_ON_SCHEMA)] = (
        Start.ENTRY
    )
    """What starts the clock: "entry" (a child comes onto the tier, or a new danger does), "assessment" (each risk
    assessment), or the check kinds that start it. Without it: "entry".
    """
    first: PositiveDuration = _NOTHING
    """How soon a satisfying check must follow the start. Without it: nothing could fall due."""
    every: PositiveDuration | None = None
    """How soon the next must follow the last satisfying check. Without it: the child is seen once, and the rule never
    asks again.
    """
    satisfied_by: list[str] = Field(default_factory=list, json_schema_extra=_NOT_EMPTY)
    """The check kinds that end what is owed. Without it: nothing could end it."""
    ladder: str = ""
    """The ladder that tells while nothing is recorded. Without it: nobody would hear."""
    basis: Line = ""
    """The source of the interval, for whoever signs the policy; it stands in letters. Without it: nobody can say why
    the child is to be seen so soon, or so late.
    """

    @property
    def start_kinds(self) -> frozenset[str]:
        """The check kinds that start the rule; none where an assessment does."""
        return self.starts_on if isinstance(self.starts_on, frozenset) else frozenset()

    def to_rule(self) -> Rule:
        """Return the rule; the table has no error."""
        return Rule(
            name=self.name,
            first=self.first,
            satisfied_by=frozenset(self.satisfied_by),
            ladder=self.ladder,
            tiers=frozenset(self.tiers),
            concerns=frozenset(self.concerns),
            start=self.starts_on if isinstance(self.starts_on, Start) else Start.CHECKS,
            start_kinds=self.start_kinds,
            every=self.every,
            basis=self.basis.strip(),
        )


class StepTable(Part):
    """One of a ladder's steps."""

    needs: ClassVar[tuple[str, ...]] = ("name", "after", "to")
    name: Word = ""
    """What the step is called in letters and the journal; once in a ladder. Without it: nobody could say at which step
    it stands.
    """
    after: AnyDuration = _NOTHING
    """When the step is told, counted from the deadline; with a minus a reminder before it. Without it: nobody could
    say when.
    """
    to: str = ""
    """Who is told: "officer", the child's own, or a role of the unit in directory.toml. Without it: nobody could be
    told.
    """


class LadderTable(Part):
    """A [ladders.NAME] table."""

    needs: ClassVar[tuple[str, ...]] = ("steps",)
    steps: list[StepTable] = Field(default_factory=list, json_schema_extra=_NOT_EMPTY)
    """Who is told when, in order of time. Without it: nobody would hear."""
    repeat_every: PositiveDuration | None = None
    """How often the last step is told again, until a check is recorded. Without it: the file is refused unless
    ends_quietly is true: a child could be forgotten.
    """
    send_between: Window | None = None
    """The hours in which the ladder tells, by the policy's clock, the end excluded; the deadline does not move.
    Without it: it tells at any hour and is not held back by letters.cap_per_hour: an urgent ladder.
    """
    ends_quietly: bool = False
    """That the last step shall not repeat. Without it: it must repeat."""

    def to_ladder(self, name: str) -> Ladder:
        """Return the ladder; the table has no error."""
        steps = tuple(Step(name=step.name, after=step.after, to=step.to) for step in self.steps)
        return Ladder(name=name, steps=steps, repeat_every=self.repeat_every, send_between=self.send_between)


class ClosingTable(Part):
    """The [closing] table."""

    authorised_by: list[str] = Field(default_factory=list)
    """The check kinds that are authority to close a record. Without it: no authority can be recorded, and a closure
    that is not honoured is ended by checks alone.
    """
    authority_needed_for: list[str] = Field(default_factory=list)
    """The tiers whose children are never closed without authority, even with nothing owed. Without it: a record is
    closed as soon as nothing is owed.
    """
    tell: list[str] = Field(default_factory=lambda: list(Closing().tell))
    """The roles told of a closure that is not honoured: the first who can be reached."""

    def to_closing(self) -> Closing:
        """Return the rules of closing; the table has no error."""
        return Closing(
            authorised_by=frozenset(self.authorised_by),
            authority_needed_for=frozenset(self.authority_needed_for),
            tell=tuple(self.tell),
        )


class PolicyTable(Part):
    """The whole file."""

    needs: ClassVar[tuple[str, ...]] = (
        "version",
        "timezone",
        "nation",
        "tiers",
        "unknown_tier_runs_as",
        "check_kinds",
        "rules",
        "ladders",
    )
    version: Word = ""
    """What this policy is called on every notice and in the journal; change it with every change of the file. Without
    it: nobody could say under which policy somebody was told.
    """
    timezone: Zone = Field(default_factory=lambda: ZoneInfo("UTC"))
    """The clock of days, working days and office hours. Without it: a day would begin at the wrong hour."""
    nation: Annotated[str, Field(json_schema_extra={"enum": [*NATIONS]})] = ""
    """Whose bank holidays are no working days. Without it: a working day would be anybody's guess."""
    tiers: list[Word] = Field(default_factory=list, json_schema_extra=_NOT_EMPTY)
    """The words for tiers as the records write them, the lowest risk first. Without it: no tier could be told from
    another.
    """
    unknown_tier_runs_as: str = ""
    """The tier as which a blank or unknown word runs; it is reported each time. It should be the strictest. Without
    it: a slip of the pen would hide a child.
    """
    recent_check: PositiveDuration | None = None
    """How recent a visit must be for a lowered tier to give more time. Without it: a lowering never gives more time."""
    concerns: list[Word] | None = None
    """The words for concerns. A word that is not here is reported, and every rule looks at it. Without it: any word
    passes.
    """
    no_further_action: list[Word] = Field(default_factory=list)
    """The words, in place of a tier, that end the risk of a concern. Without it: only closing the record ends it."""
    check_kinds: dict[str, Line] = Field(default_factory=dict)
    """Each kind of record that the source may give, and its label in letters. A kind satisfies only the rules that
    name it. Without it: nothing would count as a check.
    """
    closing: ClosingTable = Field(default_factory=ClosingTable)
    """When a closed record ends what is owed. Without it: what is owed outlives a closure, and the supervisor is told.
    """
    valid_from: LocalMoment | None = None
    """The day, or the moment, from which this policy is in force; until then the one before it stays. Without it: it
    is in force as soon as it is read.
    """
    approved_by: Word = ""
    """Who signed this version off; it stands in the journal and in the letter on a change. Without it: nobody can say
    who answers for it.
    """
    apply: Annotated[Apply, PlainValidator(_apply), WithJsonSchema({"enum": [str(one) for one in Apply]})] = (
        Apply.EARLIER
    )
    """What the policy does to deadlines that run when it comes into force: "earlier" lets each keep its own unless the
    new one is earlier; "from-now" lets each keep its own. Without it: "earlier".
    """
    retires: list[str] = Field(default_factory=list)
    """The rules of the policy before this that it takes out on purpose. Without it: a rule that is gone may have been
    lost by a slip.
    """
    baseline: LocalMoment | None = None
    """The moment at which the watch began on a backlog: what was long overdue by then is told again from here on
    together, in one digest a person. Without it: each case is told again on its own days.
    """
    rules: list[RuleTable] = Field(default_factory=list, json_schema_extra=_NOT_EMPTY)
    """Who must be seen, how soon, and how often; one [[rules]] table each. Without it: nothing would ever be owed."""
    ladders: dict[str, LadderTable] = Field(default_factory=dict)
    """Who hears when nobody was seen in time; one [ladders.NAME] table each. Without it: nobody would hear."""

    def to_policy(self, calendar: Calendar) -> Policy:
        """Return the policy; the file has no error."""
        return Policy(
            version=self.version,
            calendar=calendar,
            tiers=tuple(self.tiers),
            unknown_tier_runs_as=self.unknown_tier_runs_as,
            check_kinds=self.check_kinds,
            rules=tuple(rule.to_rule() for rule in self.rules),
            ladders={name: ladder.to_ladder(name) for name, ladder in self.ladders.items()},
            nation=self.nation,
            no_further_action=frozenset(self.no_further_action),
            recent_check=self.recent_check,
            concerns=None if self.concerns is None else frozenset(self.concerns),
            closing=self.closing.to_closing(),
            valid_from=None if self.valid_from is None else resolve_local(self.valid_from, calendar.timezone),
            approved_by=self.approved_by,
            apply=self.apply,
            retires=frozenset(self.retires),
            baseline=None if self.baseline is None else resolve_local(self.baseline, calendar.timezone),
        )
