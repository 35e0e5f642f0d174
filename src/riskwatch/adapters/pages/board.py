"""The board: one page of who is overdue and who soon will be, and a page for each of their cases.

The pages are files that a web server hands out as they are. Their policy for the browser lets nothing run but the one
script and the one style that stand in them, by their digests; without scripts the board is a plain table.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b, sha256
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment
from markupsafe import Markup

from riskwatch.adapters.pages.environment import page_environment

INDEX = "index.html"
CASE_FILES = re.compile(r"case-[0-9a-f]{24}\.html")
_HERE = Path(__file__).parent


class Age(NamedTuple):
    """How old what a page shows is. `at` is local time in words, blank where nothing was ever read.

    `at_s` and `made_s` (when the page was written) are seconds since 1970, 0 for never; the data is stale when it is
    older than `stale_after_s`, and the page is written anew every `renewed_every_s`.
    """

    at: str
    at_s: int
    made: str
    made_s: int
    stale_after_s: int
    renewed_every_s: int


class Row(NamedTuple):
    """One deadline on the board, in words. What ends in `_s` or `rank` is sorted by: seconds, and the tier's place.

    `late_s` is below 0 before the deadline; `next_s` is since 1970, blank where nobody is told next.
    """

    child_ref: str
    unit: str
    tier: str
    tier_rank: int
    officer: str
    rule: str
    due: str
    late: str
    late_s: int
    next_told: str
    next_s: int | str
    has_page: bool


class Part(NamedTuple):
    """One list of the board. `words` are for large type; `missing` says why rows are not there, blank if all are."""

    title: str
    words: str
    rows: Sequence[Row]
    is_late: bool
    missing: str


class Tally(NamedTuple):
    """How many deadlines are missed, and how many come soon, for one word: a unit, a tier, an officer."""

    word: str
    overdue: int
    soon: int


class Board(NamedTuple):
    """The whole page. `title` is the window's."""

    marking: str
    title: str
    age: Age
    problems: Sequence[str]
    parts: Sequence[Part]
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
    """The page of one case. `drawing` is what `drawn` made."""

    marking: str
    child_ref: str
    facts: Sequence[tuple[str, str]]
    age: Age
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
        return self._render("board.html.j2", self._age_script + self._list_script, board=board, age=board.age)

    def case(self, case: Case) -> str:
        """Return a case's page."""
        drawing = Markup(case.drawing)  # noqa: S704  made by `drawn`, which escapes
        return self._render("case.html.j2", self._age_script, case=case, age=case.age, drawing=drawing)

    def _render(self, template: str, script: str, **values: object) -> str:
        policy = (
            f"default-src 'none'; style-src '{_digest(self._style)}'; script-src '{_digest(script)}'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        )
        own = {"style": Markup(self._style), "script": Markup(script)}  # noqa: S704  our own files
        return self._environment.get_template(template).render(policy=policy, index=INDEX, **own, **values)

    @cached_property
    def _environment(self) -> Environment:
        environment = page_environment(_HERE)
        environment.filters["case_file"] = case_file
        return environment

    @cached_property
    def _style(self) -> str:
        return (_HERE / "board.css").read_text(encoding="utf-8")

    @cached_property
    def _age_script(self) -> str:
        return (_HERE / "age.js").read_text(encoding="utf-8")

    @cached_property
    def _list_script(self) -> str:
        return (_HERE / "board.js").read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
