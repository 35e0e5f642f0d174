"""Attacks by whoever may edit templates: on Python, on files, on time and memory, and on what a letter says."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from riskwatch.adapters.letters import check_templates, sandbox
from riskwatch.core.notices import Kind, ServiceLetter
from tests.adapters.letters.drafts import DUE, OFFICER, TEMPLATES, a_draft, a_line, a_writer, body, text
from tests.adapters.letters.test_hostile import broken

SIZE = 99_000
SECRET = "canary-of-a-password-file"


def filled(unit: str, *, head: str = "", tail: str = "") -> str:
    """Return as many of a unit as a template may hold."""
    return head + unit * ((SIZE - len(head) - len(tail)) // len(unit)) + tail


ESCAPES = {
    "format": "{{ '{0.__class__}'.format(line) }}",
    "format_map": "{{ '{a.__class__}'.format_map({'a': line}) }}",
    "format filter": "{{ '%s'|format(line) }}",
    "attr filter": "{{ line|attr('__class__') }}",
    "attr filter, hex": r"{{ line|attr('\x5f\x5fclass\x5f\x5f') }}",
    "map attribute": "{{ lines|map(attribute='__class__')|list }}",
    "select": "{{ lines|selectattr('__class__')|list }}",
    "groupby": "{{ lines|groupby('__class__') }}",
    "sort": "{{ lines|sort(attribute='__class__') }}",
    "globals": "{{ self.__init__.__globals__ }}",
    "context": "{{ self._TemplateReference__context }}",
    "lipsum": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "cycler": "{{ cycler.__init__.__globals__.os }}",
    "joiner": "{{ joiner('x') }}",
    "namespace": "{{ namespace(a=1) }}",
    "dict": "{{ dict(a=1) }}",
    "item": "{{ line[0] }}",
    "slice": "{{ line.case[0:1] }}",
    "namedtuple": "{{ line._asdict }}",
    "module": "{{ line.__module__ }}",
    "undefined": "{{ nothing.__init__ }}",
    "undefined's class": "{{ (line.nothing).__class__ }}",
    "include": "{% include '/etc/passwd' %}",
    "include list": "{% include ['letter.txt.j2', '/etc/passwd'] ignore missing %}",
    "import": "{% import '/etc/passwd' as p %}{{ p }}",
    "from import": "{% from '/etc/passwd' import root %}",
    "extends": "{% extends '/etc/passwd' %}",
    "set": "{% set x = line %}{{ x }}",
    "with": "{% with x = line %}{{ x }}{% endwith %}",
    "call": "{% call line() %}{% endcall %}",
    "filter block": "{% filter upper %}x{% endfilter %}",
    "autoescape off": "{% autoescape false %}{{ line.case }}{% endautoescape %}",
    "safe": "{{ line.case|safe }}",
    "do": "{% do 1 %}",
    "unpacking": "{% for a, b in lines %}{{ a }}{% endfor %}",
    "loop's cycle": "{% for a in lines %}{{ loop.cycle('a') }}{% endfor %}",
    "loop's own": "{% for a in lines %}{{ loop._iterator }}{% endfor %}",
}
FLOODS = {
    "multiply": "{{ 'a' * 10 ** 9 }}",
    "power": "{{ 10 ** 10 ** 10 }}",
    "concat": "{{ line.case ~ line.case }}",
    "join": "{{ lines|join(line) }}",
    "replace": "{{ line.case|replace('', 'x') }}",
    "wordwrap": "{{ line.case|wordwrap(1) }}",
    "urlize": "{{ line.case|urlize }}",
    "striptags": "{{ line.case|striptags }}",
    "pprint": "{{ line|pprint }}",
    "batch": "{{ lines|batch(999999999, 'x')|list }}",
    "macro": "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}",
    "elif": filled("{% elif line %}x", head="{% if line %}x", tail="{% endif %}"),
    "if": "{% if line %}" * 3_000 + "x" + "{% endif %}" * 3_000,
    "or": filled("line or ", head="{{ ", tail="line }}"),
    "not": filled("not ", head="{{ ", tail="line }}"),
    "attributes": filled(".case", head="{{ line", tail=" }}"),
    "filters": filled("|e", head="{{ line.case", tail=" }}"),
    "conditions": filled("1 if line else ", head="{{ ", tail="1 }}"),
    "parentheses": filled("(", head="{{ "),
    "comments": filled("{#"),
    "raw": filled("{% raw %}"),
    "backslashes": filled("\\", head="{{ '"),
    "digits": filled("9", head="{{ ", tail=" }}"),
    "underscores": filled("1_", head="{{ ", tail="1 }}"),
    "a long name": filled("a", head="{{ ", tail=" }}"),
    "output": filled("{{ line.counts }}{{ line.why }}"),
}


@pytest.mark.parametrize("source", [*ESCAPES.values(), *FLOODS.values()], ids=[*ESCAPES, *FLOODS])
def test_attack(tmp_path: Path, source: str) -> None:
    """It is over at once; the letter goes in the built-in wording, and check-config has a short finding."""
    path = tmp_path / "letter.txt.j2"
    began = time.thread_time()
    writer = broken(tmp_path, path.name, source)
    said = text(writer.render(a_draft(made_at=DUE + timedelta(days=3))))
    assert time.thread_time() - began < 3
    assert said.startswith("OVERDUE BY 3 days: case C1")
    found = [problem for problem in check_templates(tmp_path) if problem.startswith(f"{path}:")]
    assert [] != found
    assert max(map(len, [*found, *writer.faults])) < len(str(path)) + 300


@pytest.mark.parametrize("name", ["lines.index", "line.case.index", "line.index", "line.first", "summary.index"])
def test_no_method_is_reached(tmp_path: Path, name: str) -> None:
    """What is an attribute of a loop is none of a text or a list: no object of Python's is printed."""
    writer = broken(tmp_path, "letter.txt.j2", f"{{{{ {name} }}}} {{{{ line.case }}}} {{{{ line.due }}}}")
    assert "built-in method" not in text(writer.render(a_draft()))
    [fault] = writer.faults
    assert "index" in fault or "first" in fault


def test_loops_that_only_burn_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops that print nothing are stopped by the time they take; the template is not tried for the next letter."""
    monkeypatch.setattr(sandbox, "RENDER_S", 0.2)
    idle = filled("{% for p in lines %}{% for q in p %}{% if q == p %}{% endif %}{% endfor %}{% endfor %}")
    writer = broken(tmp_path, "digest.txt.j2", idle)
    draft = a_draft(*(a_line(child_ref=f"C{n}") for n in range(500)))
    began = time.thread_time()
    for _ in range(5):
        assert "case C499" in text(writer.render(draft))
    assert time.thread_time() - began < 2
    assert ["takes longer than 0.2 s"] == [fault[-23:] for fault in writer.faults]


def test_a_loop_over_all_within_a_loop_over_all(tmp_path: Path) -> None:
    """A loop stands inside another only to go through what that one is at: else its time would be squared."""
    writer = broken(tmp_path, "digest.txt.j2", "{% for a in lines %}{% for b in lines %}{% endfor %}{% endfor %}")
    assert writer.faults == [
        f"{tmp_path / 'digest.txt.j2'}:1: template: a loop inside another must go over that one's 'a'"
    ]


def test_pipe_in_place_of_a_template(tmp_path: Path) -> None:
    """A named pipe, which would be waited for until somebody writes into it, is no template."""
    broken(tmp_path, "letter.txt.j2", "x")
    (tmp_path / "letter.txt.j2").unlink()
    os.mkfifo(tmp_path / "letter.txt.j2")
    [problem] = check_templates(tmp_path)
    assert problem.endswith(": template: is no regular file")


@pytest.mark.parametrize("how", ["file", "folder", "device"])
def test_link_out_of_the_folder(tmp_path: Path, how: str) -> None:
    """A link that leads out of the folder would send a letter with any file that riskwatch may read."""
    folder, outside = tmp_path / "templates", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "letter.txt.j2").write_text(SECRET)
    broken(folder, "letter.txt.j2", "x")
    (folder / "letter.txt.j2").unlink()
    targets = {"file": str(outside / "letter.txt.j2"), "folder": "../outside/letter.txt.j2", "device": "/dev/zero"}
    (folder / "letter.txt.j2").symlink_to(targets[how])
    writer = a_writer(templates=folder)
    assert SECRET not in text(writer.render(a_draft()))
    assert [f"{folder / 'letter.txt.j2'}:1: template: leads out of its folder"] == writer.faults
    assert any("leads out of its folder" in problem for problem in check_templates(folder))


def test_link_within_the_folder(tmp_path: Path) -> None:
    """A link to a file of the folder is how some tools roll out files: the folder itself may be one, too."""
    real = tmp_path / "2026"
    real.mkdir()
    broken(real, "other.j2", "x")
    (real / "letter.txt.j2").rename(real / "v1")
    (real / "letter.txt.j2").symlink_to("v1")
    (tmp_path / "templates").symlink_to(real)
    assert [] == a_writer(templates=tmp_path / "templates").faults


LEAVING_OUT = {
    "letter.txt.j2": "Due {{ line.due }}{% if line.tier != 'high' %} {{ line.case }}{% endif %}",
    "digest.txt.j2": "{% for line in lines if line.tier != 'high' %}{{ line.case }} {% endfor %}.",
    "digest.html.j2": "{% for line in lines if line.tier != 'high' %}<p>{{ line.case }}</p> {% endfor %}.",
}


@pytest.mark.parametrize(("name", "source"), LEAVING_OUT.items(), ids=LEAVING_OUT)
def test_a_child_that_a_template_leaves_out(tmp_path: Path, name: str, source: str) -> None:
    """A template that does not name each case of a letter is not used for it: no child is hidden by wording."""
    writer = broken(tmp_path, name, source)
    lines = [a_line(tier="standard"), a_line(child_ref="C<2>")][-1 if name.startswith("letter") else 0 :]
    rendered = writer.render(a_draft(*lines))
    assert "C<2>" in text(rendered)
    assert "C&lt;2&gt;" in body(rendered, "html")
    [fault] = writer.faults
    assert fault.startswith(f"{tmp_path / name}:1: template: does not say 'C")


def test_news_that_a_template_leaves_out(tmp_path: Path) -> None:
    """A letter about the service says each of its paragraphs, or goes in the built-in wording."""
    writer = broken(tmp_path, "service.txt.j2", "All is well. {% if not paragraphs %}{{ subject }}{% endif %}")
    letter = ServiceLetter("id", OFFICER, DUE, "blind", "Blind", ("riskwatch is blind since noon.",), (), ())
    assert "riskwatch is blind since noon." in text(writer.render_service(letter))


@pytest.mark.parametrize("kind", Kind)
def test_shipped_templates_say_everything(kind: Kind) -> None:
    """The shipped wording is never refused, however many lines there are and whatever the case is called."""
    writer = a_writer(templates=TEMPLATES)
    for number in (1, 40):
        lines = [a_line(kind, child_ref=f"A&B <{n}> 'x' \"y\"") for n in range(number)]
        writer.render(a_draft(*lines))
    assert [] == writer.faults
