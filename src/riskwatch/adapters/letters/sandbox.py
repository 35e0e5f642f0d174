"""Templates that can say what they are given, and nothing else.

A template is an administrator's file: a mistake in it must not stop, hang or flood the service. So the language is cut
down to output, `if` and `for` over given lists, before anything is compiled: without calls, assignments, arithmetic and
recursion there is no endless loop to write, and no way to a Python object. Jinja's sandbox stands behind that. What
time a template takes is bounded all the same, and so is where its file may lie.
"""

import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import TracebackType

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from riskwatch.adapters.letters.words import LetterWords, LineWords, ParagraphWords, RungWords, ServiceWords

MAX_TEMPLATE_BYTES = 100_000
MAX_LOOP_DEPTH = 2
MAX_REASON = 200
RENDER_S = 2.0
"""Processor time that one text may take; the longest digests take a tenth of it."""
_PIECES_BETWEEN_LOOKS = 100

_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
)
_FILTERS = frozenset({"upper", "lower", "capitalize", "length", "e", "escape"})  # none makes much out of little
_TESTS = frozenset({"defined", "none"})
_LOOP = frozenset({"index", "first", "last", "length"})

LETTER_NAMES = frozenset({*LetterWords._fields, "line"})
SERVICE_NAMES = frozenset(ServiceWords._fields)
_FIELDS: dict[type, frozenset[str]] = {
    words: frozenset(words._fields) for words in (LineWords, RungWords, ParagraphWords)
}
_ATTRIBUTES = _LOOP.union(*_FIELDS.values())


class TemplateFault(Exception):
    """A template that cannot be used. `line` is 0 where it is not known."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason if len(reason) <= MAX_REASON else f"{reason[: MAX_REASON - 3]}..."
        self.line = line


class EndlessTemplate(TemplateFault):
    """A template that takes too long: it would do so for every letter, and is not to be tried again."""


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(
        ImmutableSandboxedEnvironment.default_binop_table
    )  # so that none is worked out early

    def getattr(self, obj: object, attribute: str) -> object:
        # Nothing else has attributes for a template: even a harmless method of a text or a list is a Python object.
        if attribute in _FIELDS.get(type(obj), ()):
            return getattr(obj, attribute)
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)


@lru_cache(maxsize=2_048, typed=True)
def _escaped(value: object) -> str:
    return str(escape(value))


def _escapes(name: str | None) -> bool:
    return name is None or not name.endswith(".txt.j2")


def sandbox() -> ImmutableSandboxedEnvironment:
    """Return an environment for letters' templates: strict about names, without globals, escaping HTML."""
    environment = _Sandbox(
        undefined=StrictUndefined,
        autoescape=_escapes,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.clear()
    return environment


class CompiledTemplate:
    """A template that has been found harmless."""

    def __init__(self, environment: ImmutableSandboxedEnvironment, path: Path, names: frozenset[str]) -> None:
        """Read and compile the file. Raises TemplateFault where it cannot be used; `names` are what it may speak of."""
        self._file = str(path)
        try:
            tree = environment.parse(_read(path), path.name, self._file)
            _inspect(tree, names, around=())
            _mark_rounds(tree)
            code = environment.compile(tree, path.name, self._file)
            self._template = Template.from_code(environment, code, {})
            # The same escaping, remembered: most of what letters say was said in the letter before.
            self._template.root_render_func.__globals__["escape"] = _escaped
        except TemplateFault:
            raise
        except TemplateSyntaxError as error:
            raise TemplateFault(error.message or "the template cannot be read", error.lineno) from None
        except OSError as error:
            raise TemplateFault(f"the file cannot be read ({error.strerror})") from None
        except Exception as error:
            raise TemplateFault(f"the template cannot be read ({type(error).__name__})") from error

    def render(self, words: Mapping[str, object], *, limit: int) -> str:
        """Return the text.

        Raises TemplateFault where it fails, says nothing, or says more than `limit` characters, and EndlessTemplate
        where it takes longer than RENDER_S.
        """
        context = self._template.new_context(dict(words), shared=True)
        try:
            text = _gather(self._template.root_render_func(context), limit)
        except TemplateFault:
            raise
        except Exception as error:
            raise TemplateFault(str(error) or type(error).__name__, self._line(error.__traceback__)) from error
        if not text.strip():
            raise TemplateFault("the template says nothing")
        return text

    def _line(self, trace: TracebackType | None) -> int:
        """Return the template's line at which the rendering failed."""
        line = 0
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self._file:
                line = self._template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return line


def _read(path: Path) -> str:
    real = path.resolve()
    if not real.is_relative_to(path.parent.resolve()):  # it would be sent out as a letter, be it a password file
        raise TemplateFault("leads out of its folder")
    # A named pipe is not waited for, whoever may write into it one day.
    handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise TemplateFault("is no regular file")
        raw = file.read(MAX_TEMPLATE_BYTES + 1)
    if len(raw) > MAX_TEMPLATE_BYTES:
        raise TemplateFault(f"the template is longer than {MAX_TEMPLATE_BYTES} bytes")
    return raw.decode("utf-8-sig")


def require(text: str, facts: Iterable[str]) -> None:
    """Raise TemplateFault where a text does not say all of the facts; it is quick where they stand in their order."""
    at = 0
    for fact in facts:
        found = text.find(fact, at)
        if found < 0:
            found = text.find(fact)
        if found < 0:
            raise TemplateFault(f"does not say {fact!r}")
        at = found


def _gather(pieces: Iterator[str], limit: int) -> str:
    gathered: list[str] = []
    length, began_s = 0, time.thread_time()
    while some := list(islice(pieces, _PIECES_BETWEEN_LOOKS)):
        length += sum(map(len, some))
        if length > limit:
            raise TemplateFault(f"the text is longer than {limit} characters")
        if time.thread_time() - began_s > RENDER_S:
            raise EndlessTemplate(f"takes longer than {RENDER_S:g} s")
        gathered += some
    return "".join(gathered)


def _mark_rounds(tree: nodes.Template) -> None:
    """Have every round of every loop give a piece, if an empty one: whoever gathers them looks at the time."""
    for loop in tree.find_all(nodes.For):
        loop.body.insert(0, nodes.Output([nodes.TemplateData("")], lineno=loop.lineno))


def _inspect(node: nodes.Node, names: frozenset[str], *, around: tuple[str, ...]) -> None:
    """Raise TemplateFault at the first thing that a letter's template may not hold.

    `around` are the targets of the loops in which the node stands, the innermost last.
    """
    if not isinstance(node, _NODES):
        raise TemplateFault(f"{type(node).__name__.lower()} is not allowed in a template", node.lineno)
    if isinstance(node, nodes.Getattr) and node.attr not in _ATTRIBUTES:
        raise TemplateFault(f"there is no {node.attr!r}", node.lineno)
    if isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in names:
        raise TemplateFault(f"there is no {node.name!r}", node.lineno)
    if isinstance(node, nodes.Filter) and (node.name not in _FILTERS or node.args or node.kwargs):
        raise TemplateFault(f"the filter {node.name!r} is not allowed in a template", node.lineno)
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        raise TemplateFault(f"the test {node.name!r} is not allowed in a template", node.lineno)
    if isinstance(node, nodes.For):
        _inspect_loop(node, names, around=around)
        return
    for child in node.iter_child_nodes():
        _inspect(child, names, around=around)


def _inspect_loop(node: nodes.For, names: frozenset[str], *, around: tuple[str, ...]) -> None:
    if len(around) >= MAX_LOOP_DEPTH:
        raise TemplateFault(f"loops are nested more than {MAX_LOOP_DEPTH} deep", node.lineno)
    if not isinstance(node.target, nodes.Name) or not isinstance(node.iter, nodes.Name) or node.recursive:
        raise TemplateFault("a loop must be `for NAME in LIST`", node.lineno)
    if around and node.iter.name != around[-1]:
        raise TemplateFault(f"a loop inside another must go over that one's {around[-1]!r}", node.lineno)
    _inspect(node.iter, names, around=around)
    inside = names | {node.target.name, "loop"}
    for child in (*node.body, *([node.test] if node.test is not None else [])):
        _inspect(child, inside, around=(*around, node.target.name))
    for child in node.else_:
        _inspect(child, names, around=around)
