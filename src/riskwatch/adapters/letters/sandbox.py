"""Templates that can say what they are given, and nothing else.

A template is an administrator's file: a mistake in it must not stop, hang or flood the service. So the language is cut
down to output, `if` and `for` over given lists, before anything is compiled: without calls, assignments, arithmetic and
recursion there is no endless loop to write, and no way to a Python object. Jinja's sandbox stands behind that.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from riskwatch.adapters.letters.words import LetterWords, LineWords, ServiceWords

MAX_TEMPLATE_BYTES = 100_000
MAX_LOOP_DEPTH = 2

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
_ATTRIBUTES = _LOOP | set(LineWords._fields)


class TemplateFault(Exception):
    """A template that cannot be used. `line` is 0 where it is not known."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(
        ImmutableSandboxedEnvironment.default_binop_table
    )  # so that none is worked out early

    def getattr(self, obj: object, attribute: str) -> object:
        # The one kind of object that templates are given: the general way asks six questions of every attribute.
        if type(obj) is LineWords and attribute in _ATTRIBUTES:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


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
            _inspect(tree, names, depth=0)
            code = environment.compile(tree, path.name, self._file)
            self._template = Template.from_code(environment, code, {})
        except TemplateFault:
            raise
        except TemplateSyntaxError as error:
            raise TemplateFault(error.message or "the template cannot be read", error.lineno) from None
        except OSError as error:
            raise TemplateFault(f"the file cannot be read ({error.strerror})") from None
        except Exception as error:
            raise TemplateFault(f"the template cannot be read ({type(error).__name__})") from error

    def render(self, words: Mapping[str, object], *, limit: int) -> str:
        """Return the text. Raises TemplateFault where it fails, says nothing, or says more than `limit` characters."""
        context = self._template.new_context(dict(words), shared=True)
        try:
            text = _gather(self._template.root_render_func(context), limit)
        except TemplateFault:
            raise
        except Exception as error:
            raise TemplateFault(str(error)[:200] or type(error).__name__, self._line(error.__traceback__)) from error
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
    with path.open("rb") as file:
        raw = file.read(MAX_TEMPLATE_BYTES + 1)
    if len(raw) > MAX_TEMPLATE_BYTES:
        raise TemplateFault(f"the template is longer than {MAX_TEMPLATE_BYTES} bytes")
    return raw.decode("utf-8-sig")


def _gather(pieces: Iterator[str], limit: int) -> str:
    gathered: list[str] = []
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > limit:
            raise TemplateFault(f"the text is longer than {limit} characters")
        gathered.append(piece)
    return "".join(gathered)


def _inspect(node: nodes.Node, names: frozenset[str], *, depth: int) -> None:
    """Raise TemplateFault at the first thing that a letter's template may not hold."""
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
        _inspect_loop(node, names, depth=depth + 1)
        return
    for child in node.iter_child_nodes():
        _inspect(child, names, depth=depth)


def _inspect_loop(node: nodes.For, names: frozenset[str], *, depth: int) -> None:
    if depth > MAX_LOOP_DEPTH:
        raise TemplateFault(f"loops are nested more than {MAX_LOOP_DEPTH} deep", node.lineno)
    if not isinstance(node.target, nodes.Name) or not isinstance(node.iter, nodes.Name) or node.recursive:
        raise TemplateFault("a loop must be `for NAME in LIST`", node.lineno)
    _inspect(node.iter, names, depth=depth)
    inside = names | {node.target.name, "loop"}
    for child in (*node.body, *([node.test] if node.test is not None else [])):
        _inspect(child, inside, depth=depth)
    for child in node.else_:
        _inspect(child, names, depth=depth)
