"""Renders every template with invented data of every kind, so that a broken one is found before it is needed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from riskwatch.adapters.letters.sandbox import CompiledTemplate, TemplateFault, sandbox
from riskwatch.adapters.letters.wordsmith import Wordsmith
from riskwatch.adapters.letters.writer import TEMPLATES
from riskwatch.core.notices import Call, Draft, Fate, Kind, Line, Notice, Passing, ServiceLetter, Told

MAX_SAMPLE = 100_000
MAX_FILES = 200

_NOW = datetime(2021, 9, 7, 12, 30, tzinfo=UTC)
_DAY = timedelta(days=1)
_ENDINGS = ("discharged", "authorised", "closed", "relaxed", "retired", "withdrawn", "")


def check_templates(templates: Path) -> list[str]:
    """Return every problem of a folder of templates as `file:line: key: message`; none where they can be relied on.

    The key is "template" for what is wrong with the file, else the kind of letter that it could not word.
    """
    environment = sandbox()
    problems = []
    for name, names in TEMPLATES.items():
        path = templates / name
        try:
            template = CompiledTemplate(environment, path, names)
        except TemplateFault as fault:
            problems.append(f"{path}:{fault.line or 1}: template: {fault.reason}")
            continue
        problems += [f"{path}:{line}: {key}: {reason}" for key, line, reason in _trials(name, template)]
    for path in sorted(templates.glob("*.j2"))[:MAX_FILES]:
        if path.name not in TEMPLATES:
            problems.append(f"{path}:1: template: no letter uses this file; there are {', '.join(TEMPLATES)}")
    return problems


def _trials(name: str, template: CompiledTemplate) -> Iterator[tuple[str, int, str]]:
    """Yield what goes wrong (key, line, reason), once for each kind of letter."""
    seen = set()
    for key, words, needed in _samples(name.partition(".")[0]):
        try:
            text = template.render(words, limit=MAX_SAMPLE)
            problem = next(((1, f"does not say {fact!r}") for fact in needed if fact not in text), None)
        except TemplateFault as fault:
            problem = (fault.line or 1, fault.reason)
        if problem is not None and (key, problem) not in seen:
            seen.add((key, problem))
            yield key, *problem


def _samples(letter: str) -> Iterator[tuple[str, dict[str, object], tuple[str, ...]]]:
    """Yield for a template its trials: a key, the words, and what the text must hold."""
    smith = Wordsmith(
        marking="MARKING", case_link="https://records.example/{child_ref}", timezone=ZoneInfo("Europe/London")
    )
    lines = [*_sample_lines(full=True), *_sample_lines(full=False)]
    if letter == "service":
        for full in (True, False):
            yield "service", smith.service(_sample_service(full=full))._asdict(), ("A paragraph", "Another")
    elif letter == "digest":
        words = smith.letter(_draft(lines, held_back=3))
        yield "digest", words._asdict(), tuple(line.case for line in words.lines)
    else:
        for line in lines:
            words = smith.letter(_draft([line], held_back=0 if line.tier else 1))
            said = words.lines[0]
            yield line.notice.kind.value, {**words._asdict(), "line": said}, (said.case, said.due)


def _draft(lines: list[Line], *, held_back: int) -> Draft:
    since = _NOW - _DAY if held_back else None
    return Draft("sample", "pc1@police.example", _NOW, lines, held_back, since, paced=len(lines) > 1)


def _sample_lines(*, full: bool) -> Iterator[Line]:
    """Yield a line of every kind and ending, with all that a line can say, or with as little as one can."""
    for kind in Kind:
        for number, ending in enumerate(_ENDINGS if kind is Kind.CLEARED else ("",)):
            notice = Notice(
                subject="sample",
                generation=0,
                kind=kind,
                child_ref=f"CASE-{kind.value}-{number}-{'full' if full else 'bare'}",
                rule="first-seen-high",
                step="supervisor",
                repeat=2 if full else 0,
                due_at=_NOW + _DAY if kind is Kind.REMINDER else _NOW - 3 * _DAY,
                person="pc1@police.example",
                passed_up=full,
                urgent=full,
            )
            if not full:
                yield Line(notice, "", "", "", None, (), "", ending=ending, ended_at=_NOW)
                continue
            yield Line(
                notice,
                tier="high",
                unit="scarborough",
                officer="pc1@police.example",
                started_at=_NOW - 4 * _DAY,
                counts=("Child seen", "Child seen alone"),
                why="Example",
                next_role="manager",
                next_person="pc1@police.example",
                next_again=True,
                next_at=_NOW + _DAY,
                checked_at=_NOW - _DAY if kind is Kind.CLEARED else None,
                ended_at=_NOW if kind is Kind.CLEARED else None,
                ending=ending,
                told=[
                    Told(notice._replace(step="officer"), _NOW - 3 * _DAY, fate) for fate in (Fate.SENT, Fate.REFUSED)
                ],
                told_beside=1,
                passing=Passing(
                    ("pc1@police.example",), vacant=True, said=("550 no such user",), unusable=("officer",)
                ),
            )


def _sample_service(*, full: bool) -> ServiceLetter:
    letter = ServiceLetter(
        "sample", "admin@police.example", _NOW, "test", "A subject", ("A paragraph", "Another"), call=Call.NONE
    )
    if not full:
        return letter
    rows = (("cell", "cell"), ("cell", "cell"))
    return letter._replace(table_head=("Column", "Another"), table_rows=rows, heads=("A head", ""), call=Call.NOW)
