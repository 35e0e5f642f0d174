"""What may be wrong with a policy although each of its values can be read."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from riskwatch.core.durations import rough_seconds
from riskwatch.settings.holidays import NATIONS
from riskwatch.settings.ladder_checks import check_ladders, check_once
from riskwatch.settings.policy_file import RULE_NAME, PolicyTable, RuleTable
from riskwatch.settings.positions import Place
from riskwatch.settings.problems import instead, nearest, quoted
from riskwatch.settings.toml_file import TomlFile

_LONDON = ZoneInfo("Europe/London")
CLOSING_RULE = "closing"
"""The rule that notices of a closure name; no rule of a policy may have it."""


def check_policy(file: TomlFile, table: PolicyTable) -> None:
    """Note what is wrong with the policy taken by itself."""
    _check_words(file, table)
    _check_closing(file, table)
    if table.given("rules") and not table.rules:
        file.error(("rules",), "must not be empty: nothing would ever be owed")
    check_once(file, [(("rules", i, "name"), rule.name) for i, rule in enumerate(table.rules)], "a rule")
    for index, rule in enumerate(table.rules):
        _check_rule(file, table, ("rules", index), rule)
    _check_retired(file, table)
    _check_cover(file, table)
    check_ladders(file, table)


def _check_retired(file: TomlFile, table: PolicyTable) -> None:
    rules = {rule.name for rule in table.rules}
    check_once(file, [(("retires", i), rule) for i, rule in enumerate(table.retires)], "a rule")
    for index, rule in enumerate(table.retires):
        if rule in rules:
            file.error(("retires", index), f"{quoted(rule)} is one of rules; it cannot also be taken out")


def _check_words(file: TomlFile, table: PolicyTable) -> None:
    if table.nation and table.nation not in NATIONS:
        file.unknown(("nation",), table.nation, "a nation", NATIONS)
    if table.given("nation") and not table.nation:
        file.error(("nation",), f"must not be blank{instead('', NATIONS)}")
    if table.given("timezone") and not _keeps_london_time(table.timezone):
        text = f"{quoted(table.timezone.key)} does not keep the time of the United Kingdom all year"
        file.finding(("timezone",), f'{text}; "Europe/London" does')
    if table.given("check_kinds") and not table.check_kinds:
        file.error(("check_kinds",), "must not be empty: nothing would ever count as a check")
    if not table.given("tiers"):
        return
    if not table.tiers:
        file.error(("tiers",), "must not be empty")
    check_once(file, [(("tiers", i), tier) for i, tier in enumerate(table.tiers)], "a tier")
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


def _keeps_london_time(zone: ZoneInfo) -> bool:
    months = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 13)]
    return all(moment.astimezone(zone).utcoffset() == moment.astimezone(_LONDON).utcoffset() for moment in months)


def _check_closing(file: TomlFile, table: PolicyTable) -> None:
    closing = table.closing
    _known_kinds(file, ("closing", "authorised_by"), closing.authorised_by)
    _known_tiers(file, table, ("closing", "authority_needed_for"), closing.authority_needed_for)
    if closing.authority_needed_for and not file.keys_at("closing") & {"authorised_by"}:
        file.finding(
            ("closing", "authority_needed_for"), "names tiers, but authorised_by no check kind: they never close"
        )
    if closing.given("tell") and not closing.tell:
        file.finding(("closing", "tell"), "names nobody: a closure that is not honoured is told to the fallback alone")


def _check_rule(file: TomlFile, table: PolicyTable, place: Place, rule: RuleTable) -> None:
    if rule.given("name") and not RULE_NAME.fullmatch(rule.name):
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
    recurring = {rule.name for i, rule in enumerate(table.rules) if "every" in file.keys_at("rules", i)}
    slips = {tier for rule in rules for tier in rule.tiers if tier not in table.tiers}
    misspelt = {nearest(slip, table.tiers) for slip in slips}
    for index, tier in enumerate(table.tiers if table.rules else ()):
        of_tier = [rule for rule in rules if not rule.tiers or tier in rule.tiers]
        concerns = {concern for rule in of_tier for concern in rule.concerns}
        if tier in misspelt:
            continue  # told already
        if not of_tier:
            file.finding(("tiers", index), f"{quoted(tier)} is covered by no rule: nobody is asked to see such a child")
        elif all(rule.concerns for rule in of_tier) and not (table.concerns and concerns >= set(table.concerns)):
            file.finding(
                ("tiers", index),
                f"{quoted(tier)} is covered for some concerns only: with another, nobody is asked to see the child",
            )
        elif not any(rule.name in recurring for rule in of_tier):
            text = f"{quoted(tier)} has no rule with every: once seen, nobody is asked to see such a child again"
            file.finding(("tiers", index), text)


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
