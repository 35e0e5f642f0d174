"""The board and its cases as HTML: nothing a record says becomes markup, and nothing runs that is not ours."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest

from riskwatch.adapters.pages.board import CASE_FILES, BoardPages, Moment, Owed, Tally, case_file
from tests.adapters.pages.boards import a_board, a_case, a_part, a_row, an_age

PAGES = BoardPages()
HOSTILE = """</td><script>alert("1")</script><img src=x onerror='alert(2)'>&"'`{{7*7}}<!--"""


class Read(HTMLParser):
    """What a browser makes of a page: its elements, their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._open = tag

    def handle_data(self, data: str) -> None:
        """Note a text, under the element that was opened last."""
        self.texts.setdefault(self._open, []).append(data)

    def values(self, tag: str, name: str) -> list[str]:
        """Return the values of an attribute."""
        return [value for one, other, value in self.attributes if (one, other) == (tag, name)]


def hostile_board() -> str:
    """Return a board whose every word is hostile."""
    words = dict.fromkeys(("child_ref", "unit", "tier", "officer", "rule", "due", "late", "next_told"), HOSTILE)
    row = a_row()._replace(**words)  # type: ignore[arg-type]  # all of them are words
    board = a_board(
        row,
        soon=(row._replace(has_page=False),),
        marking=HOSTILE,
        title=HOSTILE,
        age=an_age(at=None)._replace(made=HOSTILE),
        problems=[HOSTILE],
        notes=[HOSTILE],
        tallies=[("unit", [Tally(HOSTILE, 1, 1)])],
    )
    parts = [part._replace(title=HOSTILE, words=HOSTILE, missing=HOSTILE) for part in board.parts]
    return PAGES.index(board._replace(parts=parts))


def hostile_case() -> str:
    """Return a case whose every word is hostile; the drawing has a test of its own."""
    return PAGES.case(
        a_case(
            marking=HOSTILE,
            child_ref=HOSTILE,
            facts=[(HOSTILE, HOSTILE)],
            owed=[Owed(HOSTILE, HOSTILE, True, [(HOSTILE, HOSTILE)])],
            moments=[Moment(HOSTILE, HOSTILE, HOSTILE, "late")],
            notes=[HOSTILE],
            age=an_age()._replace(at=HOSTILE, made=HOSTILE),
        )
    )


@pytest.mark.parametrize(
    ("hostile", "tame"),
    [
        (hostile_board(), PAGES.index(a_board(a_row(), soon=(a_row(has_page=False),), problems=["-"], notes=["-"]))),
        (hostile_case(), PAGES.case(a_case())),
    ],
    ids=["board", "case"],
)
def test_no_word_of_a_record_becomes_markup(hostile: str, tame: str) -> None:
    """The hostile words make no element and no attribute that a tame page does not have, and are all there to read."""
    read, plain = Read(hostile), Read(tame)
    assert set(plain.tags) >= set(read.tags)
    assert read.tags.count("script") == 1
    names = {name for _, name, _ in read.attributes}
    assert names <= {name for _, name, _ in plain.attributes}
    assert [] == [name for name in names if name.startswith("on") or name == "style"]
    assert HOSTILE in "".join(read.texts["title"])
    assert sum(text.count(HOSTILE) for texts in read.texts.values() for text in texts) >= 10


@pytest.mark.parametrize("page", [PAGES.index(a_board(a_row())), PAGES.case(a_case())], ids=["board", "case"])
def test_the_browsers_policy_fits_what_stands_in_the_page(page: str) -> None:
    """Script and style run by their digests; nothing else is let in, and nothing is asked of anybody else."""
    (policy,) = [value for value in Read(page).values("meta", "content") if value.startswith("default-src")]
    for tag in ("script", "style"):
        (body,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = b64encode(sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("; img-src data:; base-uri 'none'; form-action 'none'")
    assert "unsafe" not in policy
    read = Read(page)
    assert [] == read.values("script", "src")
    links = {*read.values("a", "href"), *read.values("link", "href")}
    assert [] == [
        link for link in links if not re.fullmatch(r"#part-\d|index\.html|data:,|" + CASE_FILES.pattern, link)
    ]
    assert "style=" not in page
    assert "://" not in page


def test_the_name_of_a_page_does_not_hold_the_reference() -> None:
    """A name of letters and figures, the same for the same child, another for any other."""
    refs = ["C1", "c1", "C1 ", "../../etc/passwd", "C\udcff", "C" * 5000, ""]
    names = [case_file(ref) for ref in refs]
    assert len(refs) == len(set(names))
    assert all(CASE_FILES.fullmatch(name) for name in names)
    assert names == [case_file(ref) for ref in refs]
    assert "c1" not in case_file("C1-NY-2026")


def rows_of(page: str) -> list[str]:
    """Return the rows of a board's lists, as text."""
    rows = re.findall(r"<tr[^>]* data-unit=.*?</tr>", page)
    return [" | ".join(re.sub(r"<[^>]+>", "", cell) for cell in re.split(r"</t[dh]>", row)) for row in rows]


def test_without_scripts_it_is_a_whole_table() -> None:
    """Everything of each deadline stands in a row; what is blank is said; what cannot be used is not shown."""
    page = PAGES.index(
        a_board(
            a_row(1, child_ref="C1"),
            a_row(2, child_ref="C2", unit="", tier="", officer="", has_page=False, next_told="nobody", next_s=""),
        )
    )
    assert [
        "1 hour | C1 | medium | moorside | pc1@north.police.uk | six-week-backstop | Mon 23 Nov 2026, 08:00 "
        "| head, Mon 23 Nov 2026, 11:00 | ",
        "1 hour | C2 | none | none | nobody | seen-very-high | Mon 23 Nov 2026, 08:00 | nobody | ",
    ] == rows_of(page)
    assert [case_file("C1")] == [link for link in Read(page).values("a", "href") if link.startswith("case-")]
    assert 'id="filters" role="search" aria-label="Rows of both lists" hidden' in page


@pytest.mark.parametrize(
    ("board", "words"),
    [
        ({"age": an_age(at=None)}, ["The records were never read", 'class="age stale"']),
        ({"age": an_age()}, ["Data of Mon 23 Nov 2026, 09:00", "Page written Mon 23 Nov 2026, 09:00"]),
        ({"problems": ["the disk is full"]}, ['<p class="problem">Problem: the disk is full</p>']),
        ({"parts": [a_part()]}, ["<p>None.</p>"]),
        ({"parts": [a_part(missing="More than fits.")]}, ['<p class="problem">More than fits.</p>']),
    ],
)
def test_what_is_said_without_rows(board: dict[str, Any], words: list[str]) -> None:
    """Never read, problems, none, and none because there is no room: four different things."""
    page = PAGES.index(a_board(**board))
    assert [] == [word for word in words if word not in page]
    assert ("<p>None.</p>" in page) == (board.get("parts") != [a_part(missing="More than fits.")])


def test_a_case_that_is_owed_nothing_says_so() -> None:
    """A page that lists nothing under a heading would look unfinished."""
    page = PAGES.case(a_case(owed=[]))
    assert "<h2>Owed now</h2>\n<p>Nothing.</p>" in page
