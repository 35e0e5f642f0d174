"""Letters as people see them: on a phone and on a desk, in the light and in the dark."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from riskwatch.core.notices import Rendered
from tests.adapters.letters.drafts import body, text
from tests.browser.conftest import Opener, overflow, violations
from tests.browser.letters import endless, letters

NAMES = (
    "overdue",
    "due-now",
    "unallocated",
    "reminder",
    "cleared",
    "closed-unchecked",
    "digest",
    "blind",
    "sees-again",
    "daily",
    "daily-well",
    "data-quality",
    "audit",
)
PHONE, DESK = 360, 900
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
KEPT = Path(__file__).parents[2] / "docs" / "letters"
PICTURES = {
    ("overdue", PHONE, "light"),
    ("overdue", PHONE, "dark"),
    ("overdue", DESK, "light"),
    ("digest", PHONE, "light"),
    ("digest", DESK, "dark"),
    ("reminder", PHONE, "light"),
    ("cleared", PHONE, "light"),
    ("blind", PHONE, "light"),
}
"""What stands in docs/letters; `make pictures` takes them anew."""
MAX_PICTURE_BYTES = 150_000
TALLEST = {PHONE: 1_100, DESK: 800}
HEIGHT = "document.documentElement.scrollHeight"
CONTRAST = ("color-contrast",)
"""All that the dark can spoil: it changes nothing but colours."""
SEEN = "node => getComputedStyle(node).backgroundColor"


@pytest.fixture(scope="module")
def worded() -> Mapping[str, Rendered]:
    """Give a letter of every kind."""
    return letters()


def look(page: Page, letter: str, width: int, scheme: Scheme) -> None:
    """Give the window a width and the reader a wish for light or dark; keep a picture of what docs/letters shows."""
    page.set_viewport_size({"width": width, "height": 500})
    page.emulate_media(color_scheme=scheme)
    if os.environ.get("RISKWATCH_KEEP_PICTURES") and (letter, width, scheme) in PICTURES:
        page.screenshot(
            path=kept(letter, width, scheme),
            full_page=True,
            clip={"x": 0, "y": 0, "width": width, "height": page.evaluate(f"Math.min({TALLEST[width]}, {HEIGHT})")},
        )


def kept(letter: str, width: int, scheme: str) -> Path:
    """Return where a picture is kept."""
    return KEPT / f"{letter}-{'phone' if width == PHONE else 'desk'}-{scheme}.png"


def test_every_kind_is_shown(worded: Mapping[str, Rendered]) -> None:
    """No kind of letter is left out below."""
    assert sorted(NAMES) == sorted(worded)


def test_pictures_are_kept() -> None:
    """The pictures of the README are there, all of them, none without use, and small."""
    assert {kept(*picture) for picture in PICTURES} == set(KEPT.glob("*"))
    assert max(path.stat().st_size for path in KEPT.glob("*")) < MAX_PICTURE_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_letter(name: str, open_page: Opener, worded: Mapping[str, Rendered]) -> None:
    """A letter fits its window, changes with the reader's wish for the dark, passes WCAG 2.2 AA, and hides nothing."""
    page = open_page(width=PHONE)
    page.set_content(body(worded[name], "html"))

    grounds = set()
    for scheme in SCHEMES:
        for width in (PHONE, DESK):
            look(page, name, width, scheme)
            assert overflow(page) == 0, (width, scheme)
        assert violations(page, *() if scheme == "light" else CONTRAST) == [], scheme
        grounds.add(page.eval_on_selector("body", SEEN))
    assert len(grounds) == 2
    assert page.eval_on_selector("h1", "node => node.closest('table').offsetWidth") == 600

    seen = " ".join([page.inner_text("body"), *page.eval_on_selector_all("a", "all => all.map(a => a.href)")])
    assert sorted(re.findall(r"\w+", text(worded[name]).upper())) == sorted(re.findall(r"\w+", seen.upper()))


def test_bar_of_lateness(open_page: Opener, worded: Mapping[str, Rendered]) -> None:
    """One day was allowed and three days and four hours are too much: so much of the bar is dark, in any window."""
    page = open_page(width=PHONE)
    page.set_content(body(worded["overdue"], "html"))

    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 500})
        allowed, late = (page.eval_on_selector(name, "node => node.offsetWidth") for name in (".k", ".l"))
        assert late / (allowed + late) == pytest.approx(76 / 100, abs=0.02)


def test_bars_of_a_digest(open_page: Opener, worded: Mapping[str, Rendered]) -> None:
    """The bars of a digest compare its cases: the worst is the longest, 42 days beside 11, 3 and 1."""
    page = open_page(width=DESK)
    page.set_content(body(worded["digest"], "html"))

    bars = page.eval_on_selector_all(".l", "all => all.map(bar => bar.offsetWidth / bar.closest('table').offsetWidth)")

    assert bars == pytest.approx([1, 11 / 42, 3 / 42, 1 / 42], abs=0.02)


def test_a_word_without_end(open_page: Opener) -> None:
    """A word without end in a record does not push what matters out of sight."""
    page = open_page(width=PHONE)
    for letter in endless():
        page.set_content(body(letter, "html"))
        assert overflow(page) == 0
