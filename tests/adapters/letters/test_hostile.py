"""Hostile text in a record, and a harmful template, end harmless: the letter goes, and says what it must."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from riskwatch.adapters.letters import LetterWriter, check_templates
from riskwatch.adapters.letters.samples import MAX_SAMPLE
from riskwatch.core.notices import Kind, ServiceLetter
from tests.adapters.letters.drafts import (
    DUE,
    LONDON,
    OFFICER,
    TEMPLATES,
    a_draft,
    a_line,
    a_writer,
    body,
    page_words,
    parsed,
    text,
)

HOSTILE = {
    "header": "C1\r\nBcc: victim@evil.example\r\n\r\nbody",
    "bare line ends": "C1\nX-Evil: 1\rY-Evil: 2",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'>&amp;",
    "template": "{{ ''.__class__.__mro__ }}{% for x in range(10) %}{{ 7*7 }}{% endfor %}",
    "control": "C1\x00\x07\x1b[31m\x7f\x85\u2028\u2029",
    "direction": "C1\u202egnp.exe\u2066\u200f\u200b\ufeff",
    "surrogate": "C1\ud800",
    "end of data": "C1\r\n.\r\nMAIL FROM:<x@evil.example>",
    "boundary": "--=_0123456789abcdef--",
    "encoded word": "=?utf-8?q?=0D=0ABcc:_x?=",
    "ten megabytes": "x" * 10_000_000,
    "blank": "   ",
    "empty": "",
}
FIELDS = ("child_ref", "rule", "step", "tier", "unit", "officer", "why", "next_role", "ending")


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("templates", [TEMPLATES, None], ids=["shipped", "built-in"])
def test_hostile_text(hostile: str, kind: Kind, templates: Path | None) -> None:
    """Whatever a field holds, the letter has its own headers, two parts, no markup and no control characters."""
    writer = a_writer(templates=templates, case_link="https://records.example/{child_ref}")
    line = a_line(kind, counts=(hostile,) * 50, checked_at=DUE, ended_at=DUE, **dict.fromkeys(FIELDS, hostile))
    for draft in (a_draft(line), a_draft(line, line)):
        rendered = writer.render(draft)
        message = parsed(rendered)
        assert message.keys().count("Bcc") == message.keys().count("X-Evil") == 0
        assert [message["To"], message["From"]] == [OFFICER, "riskwatch@north.police.uk"]
        assert message["Subject"] == rendered.subject
        assert rendered.subject.isprintable()
        assert len(rendered.subject) < 400
        assert len(list(message.iter_parts())) == 2
        assert rendered.message.count(b"\r") == rendered.message.count(b"\n") == rendered.message.count(b"\r\n")
        assert b"\r\n.\r\n" not in rendered.message
        assert text(rendered).replace("\n", "").isprintable()
        assert "<script" not in body(rendered, "html")
        assert "<img" not in body(rendered, "html")
        assert len(rendered.message) < 100_000
    assert writer.faults == []


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("templates", [TEMPLATES, None], ids=["shipped", "built-in"])
def test_hostile_service_letter(hostile: str, templates: Path | None) -> None:
    """A letter about bad rows may quote them: it stays one letter, and harmless."""
    letter = ServiceLetter(hostile, OFFICER, DUE, hostile, hostile, (hostile,), (hostile,), ((hostile, "b"), ("a",)))
    rendered = a_writer(templates=templates).render_service(letter)
    assert parsed(rendered)["Subject"] == rendered.subject
    assert text(rendered).replace("\n", "").isprintable()
    assert "<script" not in body(rendered, "html")


def test_service_letter_is_bounded() -> None:
    """A table of a million rows is cut, and the letter says how many there were."""
    letter = ServiceLetter("id", OFFICER, DUE, "data-quality", "Rows", ("p",) * 500, (), (("a", "b"),) * 1_000_000)
    said = text(a_writer().render_service(letter))
    assert "The table shows the first 2000 of 1000000 rows." in said
    assert "400 paragraphs left out." in said
    assert said.count("\na  b") == 2000


def test_link_holds_no_surprises() -> None:
    """A case reference cannot change where the link to the record leads."""
    writer = a_writer(case_link="https://records.example/case/{child_ref}")
    said = text(writer.render(a_draft(a_line(child_ref="../../?next=//evil.example#"))))
    assert "https://records.example/case/..%2F..%2F%3Fnext%3D%2F%2Fevil.example%23" in said


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc", "{child_ref}"])
def test_link_must_be_a_web_address(link: str) -> None:
    """A case link that is no web address is refused."""
    with pytest.raises(ValueError, match="case_link"):
        a_writer(case_link=link)


def test_case_reference_outside_ascii() -> None:
    """A reference with accents is readable in the subject and in the letter."""
    rendered = a_writer().render(a_draft(a_line(child_ref="Łódź-7"), made_at=DUE + timedelta(days=3)))
    assert parsed(rendered)["Subject"] == "[OFFICIAL-SENSITIVE] Overdue 3 d: case Łódź-7 (high), Scarborough"
    assert "Case Łódź-7" in page_words(rendered)


HARMFUL = {
    "class": "{{ ''.__class__ }}",
    "attr": "{{ line|attr('__class__') }}",
    "item": "{{ line['__class__'] }}",
    "private": "{{ line._replace }}",
    "method": "{{ line.case.format(line) }}",
    "range": "{% for x in range(1000000000) %}x{% endfor %}",
    "multiply": "{{ 'x' * 1000000000 }}",
    "power": "{{ 9 ** 99999999 }}",
    "percent": "{{ '%999999999d' % 1 }}",
    "filter": "{{ 'x'|center(999999999) }}",
    "chained": "{{ 'x'|upper|indent(999999999) }}",
    "lipsum": "{{ lipsum(n=99999999) }}",
    "cycler": "{% set c = cycler('a') %}{% for x in lines %}{{ c.next() }}{% endfor %}",
    "namespace": "{% set ns = namespace(x='x') %}{% for l in lines %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "doubling": "{% set a = 'xx' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
    "block set": "{% set a %}xx{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 60 + "{{ a }}",
    "macro": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "recursion": "{% for x in lines recursive %}{{ loop(lines) }}{% endfor %}",
    "self": "{% block b %}{{ self.b() }}{% endblock %}",
    "include": "{% include 'letter.txt.j2' %}",
    "import": "{% import 'letter.txt.j2' as l %}",
    "extends": "{% extends 'letter.txt.j2' %}",
    "nested": "{% for a in lines %}" * 5 + "x" + "{% endfor %}" * 5,
    "literal list": "{% for a in [1, 2] %}{{ a }}{% endfor %}",
    "deep": "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}",
    "not a template": "{% if %}",
    "missing name": "{{ nobody }}",
    "missing field": "{{ line.birthday }}",
    "missing branch": "{% if line.urgent %}{% else %}{{ line.birthday }}{% endif %}",
    "nothing": "{# nothing #}",
    "huge": "x" * 200_000,
}


def broken(tmp_path: Path, name: str, source: str) -> LetterWriter:
    """Return a writer whose templates are good, but for one."""
    for template in TEMPLATES.iterdir():
        (tmp_path / template.name).write_bytes(template.read_bytes())
    (tmp_path / name).write_text(source)
    return a_writer(templates=tmp_path)


@pytest.mark.parametrize("source", HARMFUL.values(), ids=HARMFUL.keys())
@pytest.mark.parametrize("name", ["letter.txt.j2", "letter.html.j2"])
def test_harmful_template(tmp_path: Path, name: str, source: str) -> None:
    """A template that escapes, hangs, floods or fails is found at once; the letter goes in the built-in wording."""
    began = time.monotonic()
    writer = broken(tmp_path, name, source)
    rendered = writer.render(a_draft(made_at=DUE + timedelta(days=3)))
    assert time.monotonic() - began < 2
    assert "OVERDUE by 3 days" in text(rendered).replace("BY", "by")
    assert "case C1" in text(rendered)
    assert "case C1" in page_words(rendered).replace("Case", "case")
    assert len(writer.faults) == 1
    assert writer.faults[0].startswith(f"{tmp_path / name}:1: template: ")
    assert any(problem.startswith(f"{tmp_path / name}:") for problem in check_templates(tmp_path))


def test_fault_names_its_line(tmp_path: Path) -> None:
    """The administrator is told where in the template the fault stands."""
    writer = broken(tmp_path, "letter.txt.j2", "one\ntwo\n{{ line.case }} {{ line.nothing }}\n")
    assert writer.faults == [f"{tmp_path / 'letter.txt.j2'}:3: template: there is no 'nothing'"]


def test_template_that_fails_while_it_is_filled_in(tmp_path: Path) -> None:
    """A fault that only shows with data is told once, with its line, and the letter goes."""
    writer = broken(tmp_path, "letter.txt.j2", "one\n{% if line.late < 3 %}x{% endif %}\n")
    assert writer.faults == []
    for _ in range(200):
        assert "case C1" in text(writer.render(a_draft()))
    assert len(writer.faults) == 1
    assert writer.faults[0].startswith(f"{tmp_path / 'letter.txt.j2'}:2: template: '<' not supported")


def test_endless_text_is_cut_short(tmp_path: Path) -> None:
    """A template that makes far too much of a long digest is left, not cut: the built-in wording names every case."""
    source = "{% for a in lines %}" + "x" * 90_000 + "{% endfor %}"
    writer = broken(tmp_path, "digest.txt.j2", source)
    rendered = writer.render(a_draft(*(a_line(child_ref=f"C{n}") for n in range(100))))
    assert "case C99" in text(rendered)
    assert "longer than" in writer.faults[0]


def test_no_templates_at_all(tmp_path: Path) -> None:
    """An empty folder costs the wording, never the letter."""
    writer = a_writer(templates=tmp_path)
    assert len(writer.faults) == 6
    rendered = writer.render(a_draft(made_at=DUE + timedelta(hours=2)))
    assert text(rendered).startswith("OVERDUE BY 2 hours: case C1 (high, Scarborough)\n")
    assert rendered.subject.endswith("Overdue 2 h: case C1 (high), Scarborough")


def test_template_that_is_not_utf8(tmp_path: Path) -> None:
    """A file of other bytes is a fault like any other."""
    broken(tmp_path, "letter.txt.j2", "x")
    (tmp_path / "letter.txt.j2").write_bytes(b"\xff\xfe")
    assert "cannot be read" in a_writer(templates=tmp_path).faults[0]


def test_built_in_wording() -> None:
    """The wording of last resort has every fact that somebody needs to act, for each kind."""
    late = a_line(passed_up=True)
    cleared = a_line(Kind.CLEARED, ending="discharged", checked_at=DUE + timedelta(days=1), ended_at=DUE)
    said = text(a_writer(templates=None).render(a_draft(late, cleared, a_line(Kind.CLOSED_UNCHECKED), held_back=1)))
    assert "Rule first-seen-high, due Tue 7 Sep 2021, 10:15. Officer: pc1@north.police.uk." in said
    assert "settles it: Child seen; Child seen alone." in said
    assert "If nothing is recorded by Tue 7 Sep 2021, 14:15, the supervisor is told." in said
    assert "Passed up to you" in said
    assert "The check was made on Wed 8 Sep 2021, 10:15, 1 day late." in said
    assert "CLOSED WITHOUT A CHECK OR AUTHORITY" in said
    assert "A phone call, a parent's word or closing the record is no check." in said


def test_shipped_templates_are_good() -> None:
    """The templates that come with the service have no problem."""
    assert check_templates(TEMPLATES) == []


def test_check_finds_what_is_amiss(tmp_path: Path) -> None:
    """A template that leaves the case out, one that is missing, and a file that no letter uses are each named."""
    broken(tmp_path, "letter.txt.j2", "Somebody is late: {{ line.due }}\n")
    (tmp_path / "service.html.j2").unlink()
    (tmp_path / "leter.html.j2").write_text("x")
    (tmp_path / "digest.txt.j2").write_text("x" * (MAX_SAMPLE // 2) + "{{ summary }}" * 2)
    problems = check_templates(tmp_path)
    assert f"{tmp_path / 'letter.txt.j2'}:1: overdue: does not say 'CASE-overdue-0-full'" in problems
    assert any(p.startswith(f"{tmp_path / 'service.html.j2'}:1: template: the file cannot be read") for p in problems)
    assert any(p.startswith(f"{tmp_path / 'leter.html.j2'}:1: template: no letter uses this file") for p in problems)
    assert any(p.startswith(f"{tmp_path / 'digest.txt.j2'}:1: digest: ") for p in problems)


def test_times_are_local() -> None:
    """Times are those of the policy's zone, in summer and in winter, and no moment is beyond words."""
    writer = LetterWriter(templates=None, marking="", case_link="", sender="r@n.police.uk", timezone=LONDON)
    winter = DUE.replace(month=1)
    assert "due Thu 7 Jan 2021, 09:15" in text(writer.render(a_draft(a_line(due_at=winter))))
    far = DUE.replace(year=9999, month=12, day=31, hour=23)
    assert "due Fri 31 Dec 9999, 23:15" in text(writer.render(a_draft(a_line(due_at=far))))
