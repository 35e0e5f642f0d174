"""No message of check-config without a golden test: the producers are found in the source, not listed by hand."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import riskwatch.settings
from riskwatch.settings import plain_words

SOURCE = Path(riskwatch.settings.__file__).parent
TESTS = Path(__file__).parent
MESSAGE_AT = {"error": 1, "finding": 1, "unsafe": 1, "error_once": 1, "unsafe_once": 1, "problem": 1, "_file_error": 2}
"""Which argument of which method is the message."""
UNKNOWN_AT = 2
ENDS = r"(?:, or blank)?(?:; did you mean .*|; known: .*)?(?:[;?]? [Aa]lso on .*)?(?: \(finding\))?"


def _pattern(node: ast.expr, names: dict[str, list[ast.expr]]) -> str:
    """Return what the text of an expression may be; a name stands for everything that the function gives it."""
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(_pattern(part, {}) if isinstance(part, ast.Constant) else ".*" for part in node.values)
    if isinstance(node, ast.Name) and node.id in names:
        return "".join(_pattern(value, {}) for value in names[node.id])
    return ".*"


def _assigned(scope: ast.AST, line: int) -> dict[str, list[ast.expr]]:
    """Return what each name of a function, or of a module, holds at a line: its last value, and what was added."""
    names: dict[str, list[ast.expr]] = {}
    statements = sorted(
        (n for n in ast.walk(scope) if isinstance(n, ast.Assign | ast.AugAssign)), key=lambda n: n.lineno
    )
    for node in statements:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not isinstance(target, ast.Name) or node.lineno > line:
            continue
        if isinstance(node, ast.Assign):
            names[target.id] = [node.value]
        else:
            names[target.id].append(node.value)
    return names


def _message(node: ast.AST) -> tuple[str, ast.expr] | None:
    """Return the message of a node that produces one, and what stands before it."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        call = node.exc
        return ("", call.args[0]) if isinstance(call.func, ast.Name) and call.func.id == "ValueError" else None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    name = node.func.attr
    if name in MESSAGE_AT and len(node.args) > MESSAGE_AT[name]:
        return "", node.args[MESSAGE_AT[name]]
    if name == "unknown":
        return ".* is not ", node.args[UNKNOWN_AT]
    return ("", node.args[0]) if name == "append" and "problems" in ast.unparse(node.func) else None


def _messages(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the pattern of each message that a module produces."""
    top = ast.Module(body=[s for s in module.body if isinstance(s, ast.Assign)], type_ignores=[])
    for scope in ast.walk(module):
        for node in ast.walk(scope) if isinstance(scope, ast.FunctionDef) else ():
            found = _message(node)
            if found is not None:
                before, message = found
                names = _assigned(top, message.lineno) | _assigned(scope, message.lineno)
                yield message.lineno, before + _pattern(message, names)


PRODUCED = [
    pytest.param(pattern, id=f"{path.name}:{line}")
    for path in sorted(SOURCE.glob("*.py"))
    for line, pattern in _messages(ast.parse(path.read_text(encoding="utf-8")))
    if re.sub(r"\.\*|\W", "", pattern)
]
ALONE = {"NO_TABLE": plain_words.NO_TABLE, "CURLY_QUOTES": plain_words.CURLY_QUOTES}
TABLES = [
    pytest.param(re.sub(r"\\\{\w+\\\}", ".*", re.escape(words)), id=f"plain_words.py:{kind}")
    for kind, words in (plain_words.VALUES | plain_words.SYNTAX | ALONE).items()
]


def _golden() -> list[str]:
    """Return every text that a test of this room writes, with what is filled in as a word."""
    texts = []
    for path in TESTS.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                texts.append("".join(str(p.value) if isinstance(p, ast.Constant) else "X" for p in node.values))
    return texts


GOLDEN = "\n".join(text.replace("\n", " ") for text in _golden())


@pytest.mark.parametrize("pattern", PRODUCED + TABLES)
def test_each_message_has_a_golden_test(pattern: str) -> None:
    """A message that nobody has seen is a message that nobody has read: some test must show it to the letter."""
    whole = re.compile(rf"(?:^|: ){pattern}{ENDS}$", re.MULTILINE)
    assert whole.search(GOLDEN), f"no golden test shows: {pattern}"


def test_the_producers_are_found() -> None:
    """The search sees calls, raised errors and tables; were it blind, the test above would pass for nothing."""
    produced = {str(param.id).partition(":")[0] for param in PRODUCED}
    rooms = {"policy_checks.py", "ladder_checks.py", "role_checks.py", "directory_checks.py", "service_checks.py"}
    assert produced >= rooms | {"holidays.py", "urls.py", "written.py", "toml_file.py", "policy_file.py", "load.py"}
    assert len(PRODUCED) > 100
