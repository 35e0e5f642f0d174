"""The board: one page of who is overdue and who soon will be, and a page for each of their cases.

The pages are files that a web server hands out as they are. Their policy for the browser lets nothing run but the one
script and the one style that stand in them, by their digests; without scripts the board is a plain table.
"""

from base64 import b64encode
from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b, sha256
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

INDEX = "index.html"
CASE_FILES = "case-*.html"
_HERE = Path(__file__).parent


class Row(NamedTuple):
    """One deadline on the board, in words. `late_s` sorts: seconds past the deadline, below 0 before it."""

    child_ref: str
    unit: str
    tier: str
    officer: str
    rule: str
    due: str
    late: str
    late_s: int
    next_told: str
    has_page: bool


class Tally(NamedTuple):
    """How many deadlines are missed, and how many come soon, for one word: a unit, a tier, an officer."""

    word: str
    overdue: int
    soon: int


class Board(NamedTuple):
    """The whole page. `read_at_s` (since 1970) and `stale_after_s` are for the age that it shows, in seconds."""

    marking: str
    made: str
    read: str
    read_at_s: int
    stale_after_s: int
    problems: Sequence[str]
    overdue: Sequence[Row]
    soon: Sequence[Row]
    soon_span: str
    tallies: Sequence[tuple[str, Sequence[Tally]]]
    notes: Sequence[str]


class Moment(NamedTuple):
    """A line of a case's timeline, in words; `tone` names a class of the style."""

    day: str
    time: str
    text: str
    tone: str


class Owed(NamedTuple):
    """What is owed to the child, in words."""

    rule: str
    state: str
    overdue: bool
    facts: Sequence[tuple[str, str]]


class Case(NamedTuple):
    """The page of one case. `drawing` is SVG that `drawn` made."""

    marking: str
    child_ref: str
    facts: str
    made: str
    owed: Sequence[Owed]
    drawing: str
    moments: Sequence[Moment]
    notes: Sequence[str]


def case_file(child_ref: str) -> str:
    """Return the file name of a case's page: a digest, so that no directory listing shows a reference."""
    return f"case-{blake2b(child_ref.encode('utf-8', 'surrogatepass'), digest_size=12).hexdigest()}.html"


class BoardPages:
    """Puts boards and cases into HTML. Every word of them is escaped."""

    def index(self, board: Board) -> str:
        """Return the board's page."""
        return self._render("board.html.j2", board=board, script=Markup(self._script))  # noqa: S704  our own file

    def case(self, case: Case) -> str:
        """Return a case's page."""
        return self._render("case.html.j2", case=case, drawing=Markup(case.drawing))  # noqa: S704  made by `drawn`

    def _render(self, template: str, **values: object) -> str:
        style = Markup(self._style)  # noqa: S704  our own file
        return self._environment.get_template(template).render(style=style, policy=self._policy, index=INDEX, **values)

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(_HERE),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["case_file"] = case_file
        return environment

    @cached_property
    def _style(self) -> str:
        return (_HERE / "board.css").read_text(encoding="utf-8")

    @cached_property
    def _script(self) -> str:
        return (_HERE / "board.js").read_text(encoding="utf-8")

    @cached_property
    def _policy(self) -> str:
        return (
            f"default-src 'none'; style-src '{_digest(self._style)}'; script-src '{_digest(self._script)}'; "
            "base-uri 'none'; form-action 'none'"
        )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
