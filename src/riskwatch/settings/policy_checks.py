"""What may be wrong with a policy although each of its values can be read."""

import re
from collections.abc import Iterable, Sequence

from riskwatch.core.durations import rough_seconds
from riskwatch.core.policy import OFFICER
from riskwatch.settings.directory_file import DirectoryTable
from riskwatch.settings.holidays import NATIONS
from riskwatch.settings.policy_file import LadderTable, PolicyTable, RuleTable
from riskwatch.settings.positions import Place
from riskwatch.settings.problems import instead, quoted
from riskwatch.settings.toml_file import TomlFile

CLOSING_RULE = "closing"
"""The rule that notices of a closure name; no rule of a policy may have it."""
_RULE_NAME = re.compile(r"[a-z0-9-]{1,80}")


def check_policy(file: TomlFile, table: PolicyTable) -> None:
    """Note what is wrong with the policy taken by itself."""
    _check_words(file, table)
    _check_closing(file, table)
    if table.given("rules") and not table.rules:
        file.error(("rules",), "must not be empty: nothing would ever be owed")
    _once(file, [(("rules", i, "name"), rule.name) for i, rule in enumerate(table.rules)], "a rule")
    for index, rule in enumerate(table.rules):
        _check_rule(file, table, ("rules", index), rule)
    _check_cover(file, table)
    for name, ladder in table.ladders.items():
        _check_ladder(file, ("ladders", name), ladder)


def check_roles(
    policy_file: TomlFile, policy: PolicyTable, directory_file: TomlFile, directory: DirectoryTable
) -> None:
    """Note roles that the policy tells and the directory lacks: everywhere (an error), or in some unit (a finding)."""
    written_roles = [directory_file.keys_at(*place) for place, _ in directory.all_units()]
    held = frozenset[str]().union(*written_roles)
    used: set[str] = set()
    for place, role in _told(policy):
        if role == OFFICER or not role:
            continue
        if role in held:
            used.add(role)
        elif directory_file.readable:
            known = instead(role, {OFFICER, *held})
            policy_file.error(place, f"{quoted(role)} is a role that no unit of {directory_file.shown} has{known}")
    for place, roles in directory.all_units() if directory_file.readable else ():
        written = directory_file.keys_at(*place)
        for role in sorted(used):
            if not roles.get(role) and (role in roles or role not in written):
                directory_file.finding(
                    (*place, role), "is nobody, although the policy tells this role: what is meant for it passes up"
                )


def _told(policy: PolicyTable) -> Iterable[tuple[Place, str]]:
    """Yield each place of the policy that names a role, and the role."""
    for name, ladder in policy.ladders.items():
        for index, step in enumerate(ladder.steps):
            yield ("ladders", name, "steps", index, "to"), step.to
    if policy.closing.given("tell"):
        for index, role in enumerate(policy.closing.tell):
            yield ("closing", "tell", index), role


def _check_words(file: TomlFile, table: PolicyTable) -> None:
    if table.nation and table.nation not in NATIONS:
        file.unknown(("nation",), table.nation, "a nation", NATIONS)
    if table.given("nation") and not table.nation:
        file.error(("nation",), f"must not be blank{instead('', NATIONS)}")
    if table.given("check_kinds") and not table.check_kinds:
        file.error(("check_kinds",), "must not be empty: nothing would ever count as a check")
    if not table.given("tiers"):
        return
    if not table.tiers:
        file.error(("tiers",), "must not be empty")
    _once(file, [(("tiers", i), tier) for i, tier in enumerate(table.tiers)], "a tier")
    for index, word in enumerate(table.no_further_action):
        if word in table.tiers:
            file.error(("no_further_action", index), f"{quoted(word)} is one of tiers too; it cannot also end the risk")
    strict = table.unknown_tier_runs_as
    if not table.given("unknown_tier_runs_as") or not table.tiers:
        return
    if strict not in table.tiers:
        file.unknown(("unknown_tier_runs_as",), strict, "one of tiers", table.tiers)
    elif strict != table.tiers[-1]:
        file.finding(
            ("unknown_tier_runs_as",), f"{quoted(strict)} is not the strictest tier, {quoted(table.tiers[-1])}"
        )


def _check_closing(file: TomlFile, table: PolicyTable) -> None:
    closing = table.closing
    _known_kinds(file, ("closing", "authorised_by"), closing.authorised_by)
    _known_tiers(file, table, ("closing", "authority_needed_for"), closing.authority_needed_for)
    if closing.authority_needed_for and not file.keys_at("closing") & {"authorised_by"}:
        file.finding(
            ("closing", "authority_needed_for"), "names tiers, but authorised_by no check kind: they never close"
        )


def _check_rule(file: TomlFile, table: PolicyTable, place: Place, rule: RuleTable) -> None:
    if rule.given("name") and not _RULE_NAME.fullmatch(rule.name):
        file.error((*place, "name"), f"{quoted(rule.name)} must be small letters, digits and hyphens")
    if rule.name == CLOSING_RULE:
        file.error((*place, "name"), f"{quoted(CLOSING_RULE)} is reserved for closures that are not honoured")
    _known_tiers(file, table, (*place, "tiers"), rule.tiers)
    if rule.given("tiers") and not rule.tiers:
        file.finding((*place, "tiers"), "names no tier, which means every tier; leave the key out to say so")
    _check_gap(file, table, place, rule)
    for index, concern in enumerate(rule.concerns):
        if table.concerns is not None and concern not in table.concerns:
            file.unknown((*place, "concerns", index), concern, "one of concerns", table.concerns)
    _known_kinds(file, (*place, "starts_on"), sorted(rule.start_kinds), whole=True)
    _known_kinds(file, (*place, "satisfied_by"), rule.satisfied_by)
    if rule.given("satisfied_by") and not rule.satisfied_by:
        file.error((*place, "satisfied_by"), "must not be empty: nothing could ever end what is owed")
    if rule.every is not None and rough_seconds(rule.first) > rough_seconds(rule.every):
        file.unsafe((*place, "first"), f'"{rule.first}" is longer than every, "{rule.every}"')
    if rule.given("ladder") and rule.ladder not in file.keys_at("ladders"):
        file.unknown((*place, "ladder"), rule.ladder, "one of ladders", file.keys_at("ladders"))
    if not rule.basis.strip() and (rule.given("basis") or "basis" not in file.keys_at(*place)):
        file.finding((*place, "basis"), "is missing: who signs the policy needs the source of the interval")


def _check_gap(file: TomlFile, table: PolicyTable, place: Place, rule: RuleTable) -> None:
    ranks = [rank for rank, tier in enumerate(table.tiers) if tier in rule.tiers]
    if not ranks:
        return
    passed = [tier for tier in table.tiers[ranks[0] : ranks[-1]] if tier not in rule.tiers]
    if passed:
        names = ", ".join(quoted(tier) for tier in passed)
        file.finding(
            (*place, "tiers"), f"leave out {names} in between: a child raised from there is asked for as if new"
        )


def _check_cover(file: TomlFile, table: PolicyTable) -> None:
    """Note each tier whose children nobody must see: rules that only a check starts do not count."""
    rules = [rule for rule in table.rules if not rule.start_kinds]
    for index, tier in enumerate(table.tiers if table.rules else ()):
        of_tier = [rule for rule in rules if not rule.tiers or tier in rule.tiers]
        concerns = {concern for rule in of_tier for concern in rule.concerns}
        if not of_tier:
            file.finding(("tiers", index), f"{quoted(tier)} is covered by no rule: nobody is asked to see such a child")
        elif all(rule.concerns for rule in of_tier) and not (table.concerns and concerns >= set(table.concerns)):
            file.finding(
                ("tiers", index),
                f"{quoted(tier)} is covered for some concerns only: with another, nobody is asked to see the child",
            )


def _check_ladder(file: TomlFile, place: Place, ladder: LadderTable) -> None:
    _check_steps(file, (*place, "steps"), ladder)
    if ladder.send_between is not None and ladder.send_between[0] > ladder.send_between[1]:
        file.finding((*place, "send_between"), "is open over midnight: what falls due by day waits for the evening")
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
    _once(file, [((*place, i, "name"), step.name) for i, step in enumerate(ladder.steps)], "a step")
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


def _once(file: TomlFile, named: Sequence[tuple[Place, str]], what: str) -> None:
    seen: set[str] = set()
    for place, name in named:
        if name in seen and name:
            file.error(place, f"{quoted(name)} is the name of {what} already")
        seen.add(name)


def _known_kinds(file: TomlFile, place: Place, kinds: Iterable[str], *, whole: bool = False) -> None:
    """Note kinds that check_kinds lacks: at their own lines, or at the line of the `whole` list."""
    known = file.keys_at("check_kinds")
    for index, kind in enumerate(kinds):
        if known and kind not in known:
            file.unknown(place if whole else (*place, index), kind, "one of check_kinds", known)


def _known_tiers(file: TomlFile, table: PolicyTable, place: Place, tiers: Iterable[str]) -> None:
    for index, tier in enumerate(tiers):
        if table.tiers and tier not in table.tiers:
            file.unknown((*place, index), tier, "one of tiers", table.tiers)
