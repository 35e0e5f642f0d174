"""policy.toml: its keys, and the policy that they make."""

from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator

from riskwatch.core.calendar import Calendar
from riskwatch.core.durations import Duration, Unit
from riskwatch.core.policy import Closing, Ladder, Policy, Rule, Start, Step
from riskwatch.settings.problems import meant
from riskwatch.settings.toml_file import Part
from riskwatch.settings.written import AnyDuration, Line, PositiveDuration, Window, Word, Zone

NAME = "policy.toml"
_NOTHING = Duration(0, Unit.HOURS)
_STARTS = (Start.ENTRY.value, Start.ASSESSMENT.value)


def _starts_on(value: object) -> frozenset[str] | Start:
    """Return the word, or the check kinds, that start a rule."""
    if isinstance(value, str) and value in _STARTS:
        return Start(value)
    if isinstance(value, list) and value and all(isinstance(kind, str) for kind in value):
        return frozenset(value)
    hint = meant(value, _STARTS) if isinstance(value, str) else ""
    raise ValueError(f'must be "entry", "assessment", or a list of check kinds, such as ["no_access"]{hint}')


class RuleTable(Part):
    """A [[rules]] table."""

    needs: ClassVar[tuple[str, ...]] = ("name", "first", "satisfied_by", "ladder")
    name: str = ""
    tiers: list[str] = Field(default_factory=list)
    concerns: list[str] = Field(default_factory=list)
    starts_on: Annotated[frozenset[str] | Start, PlainValidator(_starts_on)] = Start.ENTRY
    first: PositiveDuration = _NOTHING
    every: PositiveDuration | None = None
    satisfied_by: list[str] = Field(default_factory=list)
    ladder: str = ""
    basis: Line = ""

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
    after: AnyDuration = _NOTHING
    to: str = ""


class LadderTable(Part):
    """A [ladders.NAME] table."""

    needs: ClassVar[tuple[str, ...]] = ("steps",)
    steps: list[StepTable] = Field(default_factory=list)
    repeat_every: PositiveDuration | None = None
    send_between: Window | None = None
    ends_quietly: bool = False

    def to_ladder(self, name: str) -> Ladder:
        """Return the ladder; the table has no error."""
        steps = tuple(Step(name=step.name, after=step.after, to=step.to) for step in self.steps)
        return Ladder(name=name, steps=steps, repeat_every=self.repeat_every, send_between=self.send_between)


class ClosingTable(Part):
    """The [closing] table."""

    authorised_by: list[str] = Field(default_factory=list)
    authority_needed_for: list[str] = Field(default_factory=list)
    tell: list[str] = Field(default_factory=lambda: list(Closing().tell))

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
    timezone: Zone = Field(default_factory=lambda: ZoneInfo("UTC"))
    nation: str = ""
    tiers: list[Word] = Field(default_factory=list)
    unknown_tier_runs_as: str = ""
    recent_check: PositiveDuration | None = None
    concerns: list[Word] | None = None
    no_further_action: list[Word] = Field(default_factory=list)
    check_kinds: dict[str, Line] = Field(default_factory=dict)
    closing: ClosingTable = Field(default_factory=ClosingTable)
    rules: list[RuleTable] = Field(default_factory=list)
    ladders: dict[str, LadderTable] = Field(default_factory=dict)

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
        )
