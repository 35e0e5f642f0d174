"""What check-config says of what is legal and unwise."""

from pathlib import Path

import pytest

from riskwatch.settings.load import load
from tests.settings.folders import DIRECTORY as DIRECTORY_TEXT
from tests.settings.folders import POLICY as POLICY_TEXT
from tests.settings.folders import ROUTINE_STEPS, TODAY, problems_after, shown, write_folder

POLICY, DIRECTORY = "policy.toml", "directory.toml"
ABSENCE = """\
[[absences]]
person = "pc@north.police.uk"
from = 2026-11-01
until = 2026-12-01
cover = "pc2@north.police.uk"
"""
MORE_UNITS = """\
[units.york]
supervisor = "ds@north.police.uk"
[units.leeds]
[units.selby]
[units.goole]
supervisor = "ds4@north.police.uk"
"""

Row = tuple[str, str, str, str, list[str]]
"""What is written, in which file, in place of what, as what, and every problem after it."""

LADDERS: list[Row] = [
    (
        "a high tier that waits for the morning",
        POLICY,
        'repeat_every = "7 days"\nsteps = [\n',
        'send_between = ["07:00", "20:00"]\nrepeat_every = "7 days"\nsteps = [\n',
        [
            'config/policy.toml:49: ladders.urgent.send_between: makes rule "seen-high" wait for office hours, which '
            'serves the tier "high"; give it a ladder without this key (finding)'
        ],
    ),
    (
        "a rule without tiers that waits for the morning",
        POLICY,
        'tiers = ["standard", "medium"]\n',
        "",
        [
            'config/policy.toml:56: ladders.routine.send_between: makes rule "seen" wait for office hours, which '
            'serves the tier "high"; give it a ladder without this key (finding)'
        ],
    ),
    (
        "a short deadline that waits for the morning",
        POLICY,
        'first = "5 working days"',
        'first = "48 hours"',
        [
            'config/policy.toml:57: ladders.routine.send_between: makes rule "follow-up" wait for office hours, whose '
            'deadline is "48 hours"; give it a ladder without this key (finding)'
        ],
    ),
    ("a deadline that may wait for the morning", POLICY, 'first = "5 working days"', 'first = "49 hours"', []),
    (
        "a repeat under a day",
        POLICY,
        'repeat_every = "7 days"',
        'repeat_every = "23 hours"',
        [
            'config/policy.toml:49: ladders.urgent.repeat_every: "23 hours" is under a day: letters that come so often '
            'are read no more; "7 days" is usual (finding)'
        ],
    ),
    ("a repeat each day", POLICY, 'repeat_every = "7 days"', 'repeat_every = "24 hours"', []),
    (
        "a repeat after more than a month",
        POLICY,
        'repeat_every = "7 days"',
        'repeat_every = "5 weeks"',
        [
            'config/policy.toml:49: ladders.urgent.repeat_every: "5 weeks" is over 31 days: in between a child may be '
            'forgotten; "7 days" is usual (finding)'
        ],
    ),
    (
        "a reminder before the clock starts",
        POLICY,
        'after = "-12 hours"',
        'after = "-1 day"',
        [
            'config/policy.toml:51: ladders.urgent.steps[reminder].after: "-1 day" is no later than the start of rule '
            '"seen-high", whose first is "24 hours": such a reminder is never told; make it shorter (finding)'
        ],
    ),
    (
        "a ladder of the officer alone",
        POLICY,
        ROUTINE_STEPS,
        'steps = [{ name = "pc", after = "0 hours", to = "officer" }]',
        [
            'config/policy.toml:59: ladders.routine.steps: tell "officer" alone: nobody stands above; add a step for '
            "somebody who does (finding)"
        ],
    ),
    (
        "a ladder that serves no rule",
        POLICY,
        "[ladders.routine]",
        f'[ladders.night]\nrepeat_every = "7 days"\n{ROUTINE_STEPS}\n\n[ladders.routine]',
        ["config/policy.toml:56: ladders.night: serves no rule; name it in a rule, or take it out (finding)"],
    ),
    (
        "closures of which nobody hears",
        POLICY,
        'tell = ["supervisor"]',
        "tell = []",
        [
            "config/policy.toml:18: closing.tell: names nobody: a closure that is not honoured is told to the fallback "
            "alone (finding)"
        ],
    ),
    (
        "a child who is seen once and never again",
        POLICY,
        'every = "10 working days"\n',
        "",
        [
            'config/policy.toml:4: tiers[3]: "high" has no rule with every: once seen, nobody is asked to see such a '
            "child again (finding)"
        ],
    ),
]

PEOPLE: list[Row] = [
    (
        "a role that half the units lack",
        DIRECTORY,
        '[units.york]\nsupervisor = "ds@north.police.uk"\n',
        MORE_UNITS,
        [
            'config/policy.toml:53: ladders.urgent.steps[supervisor].to: "supervisor" is nobody in 2 of 4 units: there '
            "the step passes up; name them in config/directory.toml, or tell another role (finding)",
            "config/directory.toml:7: units.leeds.supervisor: is nobody, although the policy tells this role: what is "
            "meant for it passes up (finding)",
            "config/directory.toml:8: units.selby.supervisor: is nobody, although the policy tells this role: what is "
            "meant for it passes up (finding)",
        ],
    ),
    (
        "a role that nothing tells",
        DIRECTORY,
        'supervisor = "ds@north.police.uk"',
        'supervisor = "ds@north.police.uk"\nchief = "chief@north.police.uk"',
        [
            "config/directory.toml:7: units.york.chief: is a role that the policy never tells; take it out, or give it "
            "a step in a ladder (finding)"
        ],
    ),
    (
        "units that differ in capitals",
        DIRECTORY,
        "[default_unit]",
        '[units." YO RK"]\nsupervisor = "ds2@north.police.uk"\n\n[default_unit]',
        [
            'config/directory.toml:8: units." YO RK": differs from "york" in capitals or spaces alone: keep the one '
            "that the records write (finding)"
        ],
    ),
    (
        "a fallback who goes on leave",
        DIRECTORY,
        'person = "pc@north.police.uk"',
        'person = "duty@north.police.uk"',
        [
            "config/directory.toml:12: absences[1].person: is the fallback too, whose letters go there all the same; "
            "make that a mailbox that is always read (finding)"
        ],
    ),
    (
        "a cover for oneself",
        DIRECTORY,
        'cover = "pc2@north.police.uk"',
        'cover = "pc@north.police.uk"',
        [
            "config/directory.toml:15: absences[1].cover: is the one who is away; name somebody else, or leave it out "
            "to pass up (finding)"
        ],
    ),
    (
        "a cover who is away too",
        DIRECTORY,
        ABSENCE,
        f'{ABSENCE}[[absences]]\nperson = "pc2@north.police.uk"\nfrom = 2026-12-01\n',
        [
            "config/directory.toml:15: absences[1].cover: is away too, from 2026-12-01 for good: name somebody else, "
            "or what is meant for both passes up (finding)"
        ],
    ),
    (
        "a cover who is back in time",
        DIRECTORY,
        ABSENCE,
        f'{ABSENCE}[[absences]]\nperson = "pc2@north.police.uk"\nfrom = 2026-12-02\n',
        [],
    ),
    (
        "a post whose holder has left",
        DIRECTORY,
        ABSENCE,
        '[[absences]]\nperson = "ds@north.police.uk"\nfrom = 2026-11-01\n',
        [
            "config/directory.toml:6: units.york.supervisor: has left on 2026-11-01, without cover: name who holds the "
            "post now (finding)"
        ],
    ),
]

ROWS = [*LADDERS, *PEOPLE]


@pytest.mark.parametrize(("name", "old", "new", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_is_told_in_one_line(tmp_path: Path, name: str, old: str, new: str, expected: list[str]) -> None:
    """What is unwise gives a finding with its mend, and nothing else is said."""
    assert expected == problems_after(tmp_path, name, old, new)


def test_one_person_on_every_rung_is_told(tmp_path: Path) -> None:
    """A unit whose every role is one person's has nobody who would hear that this person does not act."""
    policy = POLICY_TEXT.replace('after = "8 hours", to = "supervisor"', 'after = "8 hours", to = "manager"')
    same = 'supervisor = "ds@north.police.uk"\nmanager = "ds@north.police.uk"'
    desk = 'supervisor = "desk@north.police.uk"\nmanager = "di@north.police.uk"'
    directory = DIRECTORY_TEXT.replace('supervisor = "ds@north.police.uk"', same)
    directory = directory.replace('supervisor = "desk@north.police.uk"', desk)
    folder = write_folder(tmp_path, policy=policy, directory=directory)
    assert [
        'config/directory.toml:5: units.york: "ds@north.police.uk" holds every role that the policy tells: nobody '
        "stands above; name a second person (finding)"
    ] == [shown(problem) for problem in load(folder, today=TODAY, shown_as="config").problems]
