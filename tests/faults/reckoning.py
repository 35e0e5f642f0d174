"""What arrived, against what was owed: the core reckons it anew from the facts, and no book of the daemon is believed.

A letter says what it holds in two ways: by its Message-ID, under which the store keeps its notices, and in its own
words. They must agree with each other, and each with the core.
"""

import asyncio
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import NamedTuple

from riskwatch.adapters.source.csv_files import histories, read_folder
from riskwatch.adapters.store import SqlStore
from riskwatch.bootstrap.simulation import simulation
from riskwatch.core.facts import History
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Kind, Notice
from riskwatch.entrypoints.commands.simulate import Unworded
from riskwatch.pipeline.simulation import simulate
from riskwatch.settings.load import load
from riskwatch.settings.model import Settings
from tests.entrypoints.mail_server import Arrived

_WORDS = {
    "OVERDUE": Kind.OVERDUE,
    "DUE": Kind.REMINDER,
    "CLEARED": Kind.CLEARED,
    "CLOSED UNCHECKED": Kind.CLOSED_UNCHECKED,
}
_ALONE = re.compile(r"^(OVERDUE|DUE|CLEARED|CLOSED UNCHECKED)\b[^:\n]*: case (\S+)", re.MULTILINE)
_LISTED = re.compile(r"^\d+\. (\S+)(?: \([^)]*\))?: (OVERDUE|due|cleared|CLOSED UNCHECKED)\b", re.MULTILINE)


class Said(NamedTuple):
    """What a letter says in its own words: to whom, why, and of which case."""

    to: str
    kind: Kind
    case: str


class Outcome(NamedTuple):
    """What came of it all. Keys are those of notices; `said` stands for what the letters say in words."""

    owed: frozenset[str]
    received: Mapping[str, int]
    not_owed: frozenset[str]
    lost_by_words: frozenset[Said]
    not_owed_by_words: frozenset[Said]
    repeats: Sequence[Arrived]  # each copy of a letter that had come before
    contradictions: Sequence[str]

    @property
    def lost(self) -> frozenset[str]:
        """The notices that are owed and never came."""
        return self.owed - frozenset(self.received)


def settings_of(config: Path) -> Settings:
    """Return the settings of a config folder."""
    loaded = load(config, today=datetime.now().astimezone().date())
    assert loaded.settings is not None, loaded.problems
    return loaded.settings


def owed_by(config: Path, folders: Sequence[Path], until: datetime) -> Mapping[str, Notice]:
    """Return every notice that the facts of these folders make owed before a moment, by key; the core reckons it."""
    settings = settings_of(config)
    facts: dict[str, History] = {}
    for folder in folders:
        for ref, history in histories(read_folder(folder, settings.source.timezone)).items():
            before = facts.get(ref)
            facts[ref] = history if before is None else before._replace(checks=(*before.checks, *history.checks))
    machine = simulation(facts, Mandate.of(settings.policy, settings.directory), Unworded())

    async def replay() -> dict[str, Notice]:
        posted = simulate(machine, until=until)
        return {told.notice.key: told.notice async for one in posted for told in one.told}

    return asyncio.run(replay())


def said_in(letter: Arrived) -> Iterator[Said]:
    """Yield what a letter says in its own words; nothing for one about the service itself."""
    body = message_from_bytes(letter.content, policy=policy.default).get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    for word, case in _ALONE.findall(text):
        yield Said(letter.to, _WORDS[word], case)
    for case, word in _LISTED.findall(text):
        yield Said(letter.to, _WORDS[word.upper()], case)


def words_of(notices: Collection[Notice]) -> frozenset[Said]:
    """Return what letters must say of these notices; no two may be said alike, or the check by words would be weak."""
    said = frozenset(Said(one.person, one.kind, one.child_ref) for one in notices)
    assert len(said) == len(notices)
    return said


def reckon(store: SqlStore, owed: Mapping[str, Notice], mail: Sequence[Arrived]) -> Outcome:
    """Compare what arrived with what was owed."""
    received: Counter[str] = Counter()
    said: set[Said] = set()
    contradictions: list[str] = []
    letters_by_key: dict[str, set[str]] = {}
    with store.begin() as tx:
        lines = tx.lines_of([_letter_id(letter) for letter in mail])
        kept = {letter.letter_id: letter for letter in tx.letters(list(lines))}
    for letter in mail:
        identity = _letter_id(letter)
        words = set(said_in(letter))
        keys = [told.notice.key for told in lines[identity]]
        booked = {Said(told.notice.person, told.notice.kind, told.notice.child_ref) for told in lines[identity]}
        if identity not in kept or kept[identity].recipient != letter.to or kept[identity].message != letter.content:
            contradictions.append(f"{identity} to {letter.to} is not a letter of the store as it is kept there")
        if words != booked:
            contradictions.append(f"{identity} to {letter.to} says {words ^ booked} otherwise than the store")
        said |= words
        received.update(keys)
        for key in keys:
            letters_by_key.setdefault(key, set()).add(identity)
    contradictions += [f"{key} came in {ids}" for key, ids in letters_by_key.items() if len(ids) > 1]
    wanted = words_of(owed.values())
    repeats = _repeats(mail)
    return Outcome(
        owed=frozenset(owed),
        received=dict(received),
        not_owed=frozenset(received) - frozenset(owed),
        lost_by_words=wanted - said,
        not_owed_by_words=frozenset(said - wanted),
        repeats=repeats,
        contradictions=contradictions,
    )


def repeats_by_life(mail: Sequence[Arrived], ends: Sequence[int]) -> Mapping[int, int]:
    """Return how many letters of each life of the daemon came again, by the number of the life; none is left out.

    `ends` are how many letters had come when each life was over; the last life has no end. A letter that came three
    times counts for the lives of both earlier copies.
    """
    again: Counter[int] = Counter()
    place_of: dict[str, int] = {}
    for place, letter in enumerate(mail):
        if letter.message_id in place_of:
            again[bisect_right(ends, place_of[letter.message_id])] += 1
        place_of[letter.message_id] = place
    return again


def _letter_id(letter: Arrived) -> str:
    return letter.message_id.strip("<>").partition("@")[0]


def _repeats(mail: Sequence[Arrived]) -> list[Arrived]:
    seen: set[str] = set()
    again = []
    for letter in mail:
        if letter.message_id in seen:
            again.append(letter)
        seen.add(letter.message_id)
    return again
