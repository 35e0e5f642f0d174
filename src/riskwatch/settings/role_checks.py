"""Whether the people whom the policy tells are in the directory."""

from collections.abc import Iterator, Mapping

from riskwatch.core.policy import OFFICER
from riskwatch.settings.directory_file import DirectoryTable
from riskwatch.settings.policy_file import PolicyTable
from riskwatch.settings.positions import Place
from riskwatch.settings.problems import Severity, instead, nearest, quoted
from riskwatch.settings.toml_file import TomlFile


def check_roles(
    policy_file: TomlFile, policy: PolicyTable, directory_file: TomlFile, directory: DirectoryTable
) -> None:
    """Note roles that the policy tells and the directory lacks: everywhere (an error), or in some unit (a finding)."""
    if not directory_file.readable:
        return
    written_roles = [directory_file.keys_at(*place) for place, _ in directory.all_units()]
    held = frozenset[str]().union(*written_roles)
    used: dict[str, Place] = {}
    for place, role in _told(policy):
        if role == OFFICER or not role:
            continue
        if role in held:
            used.setdefault(role, place)
        else:
            known = instead(role, {OFFICER, *held})
            text = f"{quoted(role)} is a role that no unit of {directory_file.shown} has{known}"
            policy_file.error_once(place, text)
    policy_whole = all(problem.severity is not Severity.ERROR for problem in policy_file.problems)
    empty = set[tuple[str | int, str]]()
    for place, roles in directory.all_units():
        if directory_file.keys_at(*place) - roles.keys():
            continue  # a unit that could not be read whole is not judged: the slip is told already
        slips = _check_untold(directory_file, place, used, policy) if policy_whole else frozenset[str]()
        empty |= {(place[-1], role) for role in _check_rungs(directory_file, place, roles, used, slips)}
    for role, place in used.items():
        lacking = sum((unit, role) in empty for unit in directory.units)
        if place[0] == "ladders" and lacking > 1 and 2 * lacking >= len(directory.units):
            text = f"{quoted(role)} is nobody in {lacking} of {len(directory.units)} units: there the step passes up"
            policy_file.finding(place, f"{text}; name them in {directory_file.shown}, or tell another role")


def _told(policy: PolicyTable) -> Iterator[tuple[Place, str]]:
    """Yield each place of the policy that names a role, and the role."""
    for name, ladder in policy.ladders.items():
        for index, step in enumerate(ladder.steps):
            yield ("ladders", name, "steps", index, "to"), step.to
    if policy.closing.given("tell"):
        for index, role in enumerate(policy.closing.tell):
            yield ("closing", "tell", index), role


def _check_untold(file: TomlFile, place: Place, used: Mapping[str, Place], policy: PolicyTable) -> frozenset[str]:
    """Note the unit's roles that nothing tells. Return the roles that were meant by those that are only misspelt."""
    slips = set()
    written = file.keys_at(*place)
    for role in sorted(written - {OFFICER, *used, *policy.closing.tell}):
        near = nearest(role, used.keys() - written)
        slips |= {near} if near else set()
        hint = f"; did you mean {quoted(near)}?" if near else "; take it out, or give it a step in a ladder"
        file.finding((*place, role), f"is a role that the policy never tells{hint}")
    return frozenset(slips)


def _check_rungs(
    file: TomlFile, place: Place, roles: Mapping[str, str], used: Mapping[str, Place], slips: frozenset[str]
) -> list[str]:
    """Note the unit's roles that are nobody, and a unit whose roles are all the same person's. Return the former."""
    written = file.keys_at(*place)
    empty = [
        role
        for role in sorted(used)
        if not roles.get(role) and (role in roles or role not in written) and role not in slips
    ]
    for role in empty:
        text = "is nobody, although the policy tells this role: what is meant for it passes up"
        file.finding((*place, role), text)
    holders = [roles[role] for role in used if roles.get(role)]
    if len(holders) > 1 and len(set(holders)) == 1:
        text = f"{quoted(holders[0])} holds every role that the policy tells: nobody stands above; name a second person"
        file.finding(place, text)
    return empty
