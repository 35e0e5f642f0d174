"""A real browser for whatever people look at: letters and pages.

Playwright drives the machine's own Chromium (Debian's `chromium`); where there is none these tests skip, and say so.
"""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_FLAGS = ["--disable-gpu", "--hide-scrollbars", "--font-render-hinting=none", "--force-color-profile=srgb"]

Opener = Callable[..., Page]


def _chromium() -> str | None:
    named = os.environ.get("RISKWATCH_TEST_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a browser for the tests of one module.

    No longer than that: Playwright's event loop stands in the way of any other loop that runs in this thread.
    """
    path = _chromium()
    if path is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium, or name one in RISKWATCH_TEST_CHROMIUM)")
    flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else _FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """Give a way to open a page: `open_page(width=360, scheme="dark", scripts=False)`. The network is out of reach."""
    contexts = []

    def opened(*, width: int, height: int = 900, scheme: str = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
            offline=True,
            locale="en-GB",
        )
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def violations(page: Page, *rules: str) -> list[str]:
    """Return what axe-core finds, one line for each element: by WCAG 2.2, levels A and AA, or by these rules alone."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(Axe().axe_script)
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": WCAG}
    found = page.evaluate(
        "only => axe.run({runOnly: only, resultTypes: ['violations']}).then(result => result.violations)", only
    )
    return [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider
