"""The board as people see it: in a browser, with and without scripts, by keyboard, on a phone and in the dark."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from riskwatch.adapters.pages.board import BoardPages, case_file
from tests.adapters.pages.boards import NOW, STALE_S, a_board, a_case, a_row, an_age, due_soon, overdue
from tests.browser.conftest import Opener, overflow, violations

PHONE, DESK = 360, 1280
KEPT = Path(__file__).parents[2] / "docs" / "board"
PICTURES = {"board-desk-light": ("index.html", DESK, "light", 760), "case-desk-light": ("CASE", DESK, "light", 1180)}
"""What stands in docs/board: the page, the window's width, light or dark, and how much of its height."""
MAX_PICTURE_BYTES = 150_000
PATIENCE_MS = 3_000
"""How long filtering or sorting 5,000 rows may take on a machine that is busy; on a quiet one it is a tenth of that."""
CASE = case_file("NY/2026/00001")
COLUMNS = ("Late", "Case", "Tier", "Unit", "Officer", "Rule", "Due", "Told next")
CELLS = "rows => rows.filter(row => !row.hidden).map(row => row.cells[{column}].innerText)"
LATE_ROWS = "table.sortable >> nth=0 >> tbody tr"


class Folder:
    """A board in a folder, as a browser opens it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.pages = BoardPages()
        self.write(10)
        (folder / CASE).write_text(self.pages.case(a_case()), encoding="utf-8")

    def write(self, number: int, *, made: datetime = NOW, renewed_every_s: int = 300) -> None:
        """Write the board of so many missed deadlines, as of a moment."""
        age = an_age(at=made, made=made, renewed_every_s=renewed_every_s)
        board = a_board(*overdue(number), soon=due_soon(max(1, number // 5)), age=age)
        (self.folder / "index.html").write_text(self.pages.index(board), encoding="utf-8")

    def url(self, name: str = "index.html") -> str:
        """Return the address of a page."""
        return (self.folder / name).as_uri()


@pytest.fixture
def board(tmp_path: Path) -> Folder:
    """A board of ten missed deadlines."""
    return Folder(tmp_path / "board")


@pytest.fixture
def open_board(board: Folder, open_page: Opener) -> Iterator[Opener]:
    """Open a page of the board at a time of the reader's clock; no error, and no breach of its policy, may be told."""
    told: list[str] = []

    def opened(name: str = "index.html", *, at: datetime = NOW, width: int = DESK, scripts: bool = True) -> Page:
        page = open_page(width=width, scripts=scripts)
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: told.append(request.url) if not request.url.startswith("file:") else None)
        page.clock.install(time=at)
        page.goto(board.url(name))
        return page

    yield opened
    assert [] == [line for line in told if not line.startswith("data:,")]


def cells(page: Page, column: int, table: int = 0) -> list[str]:
    """Return what stands in a column of the rows that are shown."""
    rows = f"table.sortable >> nth={table} >> tbody tr"
    found: list[str] = page.locator(rows).evaluate_all(CELLS.format(column=column))
    return found


def choose(page: Page, name: str, word: str) -> None:
    """Choose a word of a filter."""
    page.select_option(f"#filter-{name}", label=word)


# --- looking ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["index.html", CASE])
def test_it_fits_every_window_and_everybody_can_read_it(open_board: Opener, name: str) -> None:
    """No page wider than its window on a phone or a desk, WCAG 2.2 AA, in the light and in the dark."""
    page = open_board(name)
    if name == "index.html":
        page.click("summary")
    grounds = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width in (PHONE, DESK):
            page.set_viewport_size({"width": width, "height": 900})
            assert 0 == overflow(page), (scheme, width)
        assert [] == violations(page, *() if scheme == "light" else ("color-contrast",)), scheme
        grounds.add(page.eval_on_selector("body", "node => getComputedStyle(node).backgroundColor"))
    assert 2 == len(grounds)


def test_on_a_phone_the_tables_scroll_in_their_own_place(open_board: Opener) -> None:
    """All columns are there, beside a page that stays where it is; the keyboard reaches the place that scrolls."""
    page = open_board(width=PHONE)
    place = page.locator("[role=region][aria-label='Overdue now']")
    assert place.evaluate("node => node.scrollWidth > node.clientWidth")
    place.focus()
    assert place.evaluate("node => node === document.activeElement")


def test_pictures(open_board: Opener) -> None:
    """The pictures of the README are there, none without use, and small; `make pictures` takes them anew."""
    for name, (file, width, _, height) in PICTURES.items():
        if os.environ.get("RISKWATCH_KEEP_PICTURES"):
            page = open_board(CASE if file == "CASE" else file, at=NOW + timedelta(minutes=3), width=width)
            page.screenshot(
                path=KEPT / f"{name}.png",
                full_page=True,
                clip={"x": 0, "y": 0, "width": width, "height": height},
            )
    assert {f"{name}.png" for name in PICTURES} == {path.name for path in KEPT.iterdir()}
    assert max(path.stat().st_size for path in KEPT.iterdir()) < MAX_PICTURE_BYTES


# --- the age ----------------------------------------------------------------------------------------------------------
def look_of(page: Page) -> tuple[str, bool, str]:
    """Return the age, whether it is red, and the window's title."""
    red: bool = page.eval_on_selector("#age", "node => node.classList.contains('stale')")
    return page.inner_text("#age"), red, page.title()


@pytest.mark.parametrize(
    ("name", "title"), [("index.html", "10 overdue - riskwatch"), (CASE, "Case NY/2026/00001 - riskwatch")]
)
def test_the_age_grows_and_turns_red(open_board: Opener, board: Folder, name: str, title: str) -> None:
    """In words, in large type, with the word STALE for whoever sees no red, and in the window's title."""
    board.write(10, renewed_every_s=86_400)  # else it would renew itself while it is looked at
    case = a_case(age=an_age(renewed_every_s=86_400))
    (board.folder / CASE).write_text(board.pages.case(case), encoding="utf-8")
    page = open_board(name, at=NOW + timedelta(minutes=3))
    assert ("The data is 3 minutes old", False, title) == look_of(page)
    plain = page.eval_on_selector("#age", "node => getComputedStyle(node).color")
    page.clock.fast_forward((STALE_S - 3 * 60 + 15) * 1000)
    assert ("STALE: the data is 20 minutes old", True, f"STALE: {title}") == look_of(page)
    assert plain != page.eval_on_selector("#age", "node => getComputedStyle(node).color")
    assert [] == violations(page, "color-contrast")


@pytest.mark.parametrize(
    ("later", "words", "red"),
    [
        (timedelta(seconds=59), "The data is less than a minute old", False),
        (timedelta(minutes=1), "The data is 1 minute old", False),
        (timedelta(hours=2), "STALE: the data is 2 hours 0 minutes old", True),
        (timedelta(days=3, hours=1), "STALE: the data is 3 days 1 hour old", True),
        (timedelta(seconds=-90), "The data is less than a minute old", False),
        (timedelta(minutes=-3), "This computer's clock is behind: compare the time below", True),
    ],
)
def test_the_age_in_words(open_board: Opener, later: timedelta, words: str, red: bool) -> None:
    """A reader's clock that is behind would hide that the data is old: that is said in place of an age."""
    assert (words, red) == look_of(open_board(at=NOW + later))[:2]


def test_it_renews_itself_and_keeps_what_was_chosen(open_board: Opener, board: Folder) -> None:
    """When a new one should be there and nobody has touched it for a minute; filters and order stay."""
    page = open_board(at=NOW + timedelta(minutes=1))
    choose(page, "unit", "whitby")
    page.fill("#filter-text", "backstop")
    page.get_by_role("button", name="Case").first.click()
    chosen = cells(page, 1)
    board.write(12, made=NOW + timedelta(minutes=5))
    page.clock.fast_forward(30_000)
    assert "10 overdue - riskwatch" == page.title()
    page.clock.fast_forward(5 * 60_000)
    page.wait_for_function("document.title.startsWith('12 overdue')")
    assert chosen == [ref for ref in cells(page, 1) if ref in chosen] != []
    assert "whitby" == page.locator("#filter-unit option:checked").inner_text()
    assert "ascending" == page.locator("th", has_text="Case").first.get_attribute("aria-sort")


# --- filters and sorting ----------------------------------------------------------------------------------------------
def test_filters_join(open_board: Opener) -> None:
    """Unit, tier, officer and text together; how many rows are shown is told; one button shows all again."""
    page = open_board()
    assert "All 12 rows are shown." == page.inner_text("#shown")
    choose(page, "unit", "moorside")
    assert {"moorside"} == {*cells(page, 3), *cells(page, 3, table=1)}
    choose(page, "officer", "nobody")
    assert ["NY/2026/00009"] == cells(page, 1)
    assert "Filtered: 1 of 12 rows are shown." == page.inner_text("#shown")
    page.click("text=Show all")
    assert "All 12 rows are shown." == page.inner_text("#shown")
    page.fill("#filter-text", "  0000")
    assert 10 == len(cells(page, 1))
    page.fill("#filter-text", "no such word")
    page.keyboard.press("Enter")
    assert ([], "Filtered: 0 of 12 rows are shown.") == (cells(page, 1), page.inner_text("#shown"))


def test_every_column_sorts_both_ways(open_board: Opener) -> None:
    """By what it means: lengths of time by length, tiers by rank, moments by time, words as people sort them."""
    page = open_board()
    late = cells(page, 0)
    assert late == [row.late for row in overdue(10)]
    for column, name in enumerate(COLUMNS):
        head = page.locator("table.sortable >> nth=0 >> th[scope=col]").nth(column)
        for direction in ("ascending", "descending"):
            head.get_by_role("button").click()
            assert direction == head.get_attribute("aria-sort")
            keys = {
                "Late": [row.late_s for row in overdue(10)],
                "Tier": [row.tier_rank for row in overdue(10)],
                "Due": [-row.late_s for row in overdue(10)],
                "Told next": [int(row.next_s) for row in overdue(10)],
            }.get(name)
            seen = page.locator(LATE_ROWS).evaluate_all(
                f"rows => rows.map(row => row.cells[{column}].dataset.sort || row.cells[{column}].innerText)"
            )
            found: list[object] = seen if keys is None else [int(key) for key in seen]
            expected: list[object] = [*sorted(seen if keys is None else keys)]
            assert (expected if direction == "ascending" else expected[::-1]) == found, name
        assert 1 == page.locator("table.sortable >> nth=0 >> th[aria-sort]").count()
    caption = page.inner_text("table.sortable >> nth=0 >> caption")
    assert "Sorted by told next, downwards." == caption


def test_everything_can_be_done_by_keyboard(open_board: Opener) -> None:
    """Tab leads to each control in the order of the page, Enter sorts, and a link leads to the case and back."""
    page = open_board()
    names: list[str] = []
    for _ in range(30):
        page.keyboard.press("Tab")
        names.append(page.evaluate("(document.activeElement.innerText || document.activeElement.id).split('\\n')[0]"))
        if names[-1] == "Case":
            break
    assert names[-2] == "Late ▼" or names[-2].startswith("Late"), names
    page.keyboard.press("Enter")
    assert sorted(cells(page, 1)) == cells(page, 1)
    page.focus(f"a[href='{CASE}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{CASE}")
    page.get_by_text("Back to the board").click()
    page.wait_for_url("**/index.html")


def test_without_scripts_it_is_a_plain_whole_table(open_board: Opener) -> None:
    """Every row of both lists is there, no control that does nothing, and the time of the data in words."""
    page = open_board(scripts=False)
    text = page.locator("body").inner_text()
    assert [] == [row.child_ref for row in (*overdue(10), *due_soon(2)) if row.child_ref not in text]
    assert "Data of Mon 23 Nov 2026, 09:00" in text
    assert "neither renews itself nor says when it is stale" in text
    assert page.locator("#filters").is_hidden()
    assert 0 == page.locator("button:visible").count()


def test_five_thousand_rows_feel_instant(open_page: Opener, board: Folder) -> None:
    """Filtering and sorting take a moment, not a wait. What they took is printed (`-s`)."""
    board.write(5000)
    page = open_page(width=DESK)
    page.goto(board.url())
    assert 5000 == page.locator(LATE_ROWS).count()
    assert 0 == overflow(page)
    steps = {
        "filter by text": "text.value = 'backstop'; text.dispatchEvent(new Event('input'))",
        "show all": "document.getElementById('filter-none').click()",
        "filter by unit": "unit.selectedIndex = 2; unit.dispatchEvent(new Event('change'))",
        "sort by officer": "heads[4].click()",
        "sort by due": "heads[6].click()",
    }
    took_ms = {
        name: page.evaluate(
            f"""() => {{
                const text = document.getElementById('filter-text'), unit = document.getElementById('filter-unit');
                const heads = document.querySelectorAll('table.sortable th button');
                const began = performance.now();
                {step};
                document.body.offsetHeight;
                return performance.now() - began;
            }}"""
        )
        for name, step in steps.items()
    }
    print(took_ms)  # noqa: T201
    assert max(took_ms.values()) < PATIENCE_MS, took_ms


def test_a_word_without_end_hides_nothing(board: Folder, open_board: Opener) -> None:
    """Whatever a record says, the page stays as wide as its window."""
    word = "W" * 200
    row = a_row(child_ref=word, unit=word, officer=word, rule=word)
    page = BoardPages().index(a_board(row, problems=[word], notes=[word]))
    (board.folder / "index.html").write_text(page, encoding="utf-8")
    case = a_case(child_ref=word, facts=[(word, word)], notes=[word])
    (board.folder / CASE).write_text(BoardPages().case(case), encoding="utf-8")
    for name in ("index.html", CASE):
        opened = open_board(name, width=PHONE)
        if name == "index.html":
            opened.click("summary")
        assert 0 == overflow(opened)
