"""The evidence report in a real browser: accessible, and whole without a network and without scripts."""

from datetime import timedelta

import pytest

from riskwatch.adapters.pages.evidence import Report, render
from riskwatch.core.evidence import Letters, Period
from riskwatch.core.examining import Examination
from tests.browser.conftest import WCAG, Opener
from tests.builders import assessed, at, checked, child, history, mandate


@pytest.fixture
def html() -> str:
    """The page of three children over four months."""
    period = Period(at("2023-02-01 00:00"), at("2023-06-01 00:00"))
    under = mandate()
    examination = Examination(under, period, books_begin_at=period.start)
    for number, tier in enumerate(("standard", "high", "very_high")):
        rows = (assessed(tier, "2023-02-06 09:00"), checked("seen", "2023-02-08 09:00", recorded="2023-02-09 09:00"))
        examination.add(history(*rows, of=child(f"C{number}")), ())
    return render(
        Report(
            period=period,
            known_at=period.end,
            unit=None,
            made_at=period.end + timedelta(days=1),
            policy=under.policy,
            fingerprint=under.fingerprint,
            marking='OFFICIAL"-</style><b>SENSITIVE',
            evidence=examination.evidence,
            letters=Letters((("ds.york@north.police.uk", "notices", "sent", 3),), 3),
            policies=(),
            books_begin_at=period.start,
            read_at=None,
            loaded_at=None,
            doubts=("the records were never read",),
        )
    )


def test_the_report_is_accessible(open_page: Opener, html: str) -> None:
    """By the rules of WCAG A and AA that a machine can hold it to; a marking ends no style and opens no tag."""
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(width=1200)
    page.set_content(html)
    assert page.locator("table").count() > 20
    assert page.locator("figure svg[role=img]").count() >= 5
    assert page.locator("b").count() == 0
    found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
    assert [] == [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found]


def test_a_phone_scrolls_tables_and_not_the_page(open_page: Opener, html: str) -> None:
    """A wide table scrolls in itself."""
    page = open_page(width=360)
    page.set_content(html)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
