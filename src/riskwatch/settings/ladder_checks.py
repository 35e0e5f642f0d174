"""What may be wrong with a policy's ladders: by themselves, and for the rules that they serve."""

from collections.abc import Iterable, Sequence

from riskwatch.core.durations import Duration, Unit, rough_seconds
from riskwatch.settings.policy_file import LadderTable, PolicyTable, RuleTable
from riskwatch.settings.positions import Place
from riskwatch.settings.problems import quoted
from riskwatch.settings.toml_file import TomlFile

OFTEN = Duration(1, Unit.DAYS)
"""A repeat that comes sooner than this is read less with each that comes."""
SELDOM = Duration(31, Unit.DAYS)
"""Between repeats that come later than this, a child is forgotten."""
SHORT = Duration(2, Unit.DAYS)
"""A deadline of up to this long leaves no night to wait for."""


def check_ladders(file: TomlFile, table: PolicyTable) -> None:
    """Note what is wrong with each ladder."""
    for name, ladder in table.ladders.items():
        place = ("ladders", name)
        serving = [index for index, rule in enumerate(table.rules) if rule.ladder == name]
        # A rule that could not be read whole is not judged: the slip is told already.
        served = [r for i in serving if file.keys_at("rules", i) <= (r := table.rules[i]).model_fields_set]
        _check_steps(file, (*place, "steps"), ladder)
        _check_end(file, place, ladder)
        _check_repeat(file, place, ladder)
        _check_window(file, table, place, ladder, served)
        _check_reminders(file, place, ladder, served)
        told = {step.to for step in ladder.steps}
        if len(told) == 1 and told != {""}:
            text = f"tell {quoted(told.pop())} alone: nobody stands above; add a step for somebody who does"
            file.finding((*place, "steps"), text)
        if not serving and table.rules and all(rule.ladder in table.ladders for rule in table.rules):
            file.finding(place, "serves no rule; name it in a rule, or take it out")


def _check_window(
    file: TomlFile, table: PolicyTable, place: Place, ladder: LadderTable, served: Iterable[RuleTable]
) -> None:
    """Note a window that never opens by day, and one for which a high tier or a short deadline has to wait."""
    if ladder.send_between is None:
        return
    here = (*place, "send_between")
    if ladder.send_between[0] > ladder.send_between[1]:
        file.finding(here, "is open over midnight: what falls due by day waits for the evening")
    for rule in served:
        reason = _urgency(table, rule)
        if reason:
            text = f"makes rule {quoted(rule.name)} wait for office hours, {reason}; give it a ladder without this key"
            file.finding(here, text)
            return


def _urgency(table: PolicyTable, rule: RuleTable) -> str:
    """Return why the rule's letters should wait for no office hours, or ""."""
    # The two highest tiers of four or more; of fewer, no more than the upper half.
    urgent = table.tiers[len(table.tiers) - min(2, len(table.tiers) // 2) :]
    watched = rule.tiers or ([] if rule.start_kinds else table.tiers)
    high = [tier for tier in urgent if tier in watched]
    if high:
        return f"which serves the tier {quoted(high[-1])}"
    shortest = min((d for d in (rule.first, rule.every) if d is not None), key=rough_seconds)
    return f'whose deadline is "{shortest}"' if 0 < rough_seconds(shortest) <= rough_seconds(SHORT) else ""


def _check_repeat(file: TomlFile, place: Place, ladder: LadderTable) -> None:
    repeat, here = ladder.repeat_every, (*place, "repeat_every")
    if repeat is None:
        return
    if rough_seconds(repeat) < rough_seconds(OFTEN):
        text = f'"{repeat}" is under a day: letters that come so often are read no more; "7 days" is usual'
        file.finding(here, text)
    elif rough_seconds(repeat) > rough_seconds(SELDOM):
        file.finding(here, f'"{repeat}" is over {SELDOM}: in between a child may be forgotten; "7 days" is usual')


def _check_reminders(file: TomlFile, place: Place, ladder: LadderTable, served: Iterable[RuleTable]) -> None:
    """Note a reminder that falls before the clock of a rule starts: it is never told."""
    rules = [rule for rule in served if rule.given("first")]
    if not rules:
        return
    shortest = min(rules, key=lambda rule: rough_seconds(rule.first))
    for index, step in enumerate(ladder.steps):
        if -rough_seconds(step.after) >= rough_seconds(shortest.first):
            text = f'"{step.after}" is no later than the start of rule {quoted(shortest.name)}, whose first is '
            text += f'"{shortest.first}": such a reminder is never told; make it shorter'
            file.finding((*place, "steps", index, "after"), text)


def _check_end(file: TomlFile, place: Place, ladder: LadderTable) -> None:
    written = file.keys_at(*place)
    if ladder.ends_quietly and "repeat_every" not in written:
        file.finding(
            (*place, "ends_quietly"), "is true: after the last step nobody is told again, and a child may be forgotten"
        )
    elif ladder.ends_quietly:
        file.finding((*place, "ends_quietly"), "is true, but repeat_every is given: the ladder does repeat")
    elif "repeat_every" not in written and (ladder.given("ends_quietly") or "ends_quietly" not in written):
        file.error((*place, "repeat_every"), "is missing: the ladder would end quietly, and a child could be forgotten")


def _check_steps(file: TomlFile, place: Place, ladder: LadderTable) -> None:
    if ladder.given("steps") and not ladder.steps:
        file.error(place, "must not be empty: nobody would ever be told")
    check_once(file, [((*place, i, "name"), step.name) for i, step in enumerate(ladder.steps)], "a step")
    previous = None
    for index, step in enumerate(ladder.steps):
        if not step.given("after"):
            continue
        if previous is not None and rough_seconds(step.after) < rough_seconds(previous):
            file.error((*place, index, "after"), f'"{step.after}" is before the step above it, "{previous}"')
        previous = step.after
    if ladder.steps and ladder.steps[-1].after.amount < 0:
        last = (*place, len(ladder.steps) - 1, "after")
        file.error(last, "is before the deadline: the last step must not be a reminder")


def check_once(file: TomlFile, named: Sequence[tuple[Place, str]], what: str) -> None:
    """Note each name that something before it has."""
    seen: set[str] = set()
    for place, name in named:
        if name in seen and name:
            file.error(place, f"{quoted(name)} is the name of {what} already")
        seen.add(name)
