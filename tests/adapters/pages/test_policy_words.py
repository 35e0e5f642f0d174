"""The policy in plain English: golden for the shipped one, and nothing of a policy is left out."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from riskwatch.adapters.pages.document import as_html, as_text
from riskwatch.adapters.pages.policy_words import document_of
from riskwatch.core.durations import parse_duration
from riskwatch.core.explanation import explain
from riskwatch.core.policy import Apply, Closing, Policy
from riskwatch.settings.load import load_for_simulation
from riskwatch.settings.shipped import shipped
from tests.example_policy import ladder, policy, rule, step

NOW = datetime(2026, 11, 23, tzinfo=UTC)
GOLDEN = Path(__file__).parent / "shipped_policy.txt"


def shipped_policy() -> Policy:
    """The policy that riskwatch ships."""
    settings = load_for_simulation(shipped("config"), today=date(2026, 11, 23)).settings
    assert settings is not None
    return settings.policy


def text_of(of: Policy) -> str:
    """Return a policy in words, on one line."""
    return " ".join(as_text(document_of(explain(of, NOW))).split())


def test_the_shipped_policy_in_words() -> None:
    """To the letter: who signs it off reads this. Where the policy changes, so does the file, on purpose."""
    assert GOLDEN.read_text(encoding="utf-8") == as_text(document_of(explain(shipped_policy(), NOW)))


class _Seen(HTMLParser):
    """The words and the tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_nothing_of_the_shipped_policy_is_left_out() -> None:
    """Every tier, rule, basis, interval, step, kind, word and ladder, on paper and on the page."""
    of = shipped_policy()
    page = " ".join(" ".join(_Seen(as_html(document_of(explain(of, NOW)))).words).split())
    names = [*of.tiers, *of.check_kinds, *of.check_kinds.values(), *of.no_further_action, of.version, of.nation[:7]]
    for one in of.rules:
        names += [one.name, one.basis, str(one.first), *([] if one.every is None else [str(one.every)])]
    for name, rungs in of.ladders.items():
        names += [f"Ladder {name}.", *(rung.name for rung in rungs.steps)]
    for text in (text_of(of), page):
        missing = [name for name in names if name.casefold() not in text.casefold()]
        assert [] == missing


def test_the_page_asks_for_nothing_and_can_be_printed() -> None:
    """No script, no link, a language, a title, a heading for each chapter, and a page for each on paper."""
    page = as_html(document_of(explain(shipped_policy(), NOW)))
    seen = _Seen(page)
    tags = [tag for tag, _ in seen.tags]
    assert {"script", "link", "img", "iframe"}.isdisjoint(tags)
    assert [] == [attributes for _, attributes in seen.tags if {"src", "href", "style"} & attributes.keys()]
    assert ("html", {"lang": "en-GB"}) == seen.tags[0]
    assert 1 == tags.count("h1")
    assert tags.count("section") == tags.count("h2") == 9
    assert re.search(r"@media print \{[^@]*break-before: page", page)


def test_words_of_a_policy_are_never_markup() -> None:
    """A basis is text, whatever it holds."""
    evil = policy(replace(rule(), basis='<script>alert("x")</script>'))
    assert "<script" not in as_html(document_of(explain(evil, NOW)))


CASES: list[tuple[str, Policy, list[str]]] = [
    (
        "who approved it, and from when",
        policy(approved_by="Det Supt Example", valid_from=datetime(2026, 12, 1, tzinfo=UTC), apply=Apply.FROM_NOW),
        ["Valid from Tue 1 Dec 2026, 00:00", "Approved by Det Supt Example", 'apply = "from-now": each keeps'],
    ),
    (
        "a ladder that ends quietly, in office hours",
        policy(
            rule(),
            ladders={
                "urgent": ladder(step("a", "9 hours", "head"), repeat_every=None, send_between=("07:00", "20:00"))
            },
        ),
        [
            "After its last step nobody is told again. It tells from 07:00 to 20:00 only",
            "(falls due Sun 29 Nov 2026, 01:00)",
        ],
    ),
    (
        "a step that tells nobody anew",
        policy(rule(), ladders={"urgent": ladder(step("a", "-30 hours", "officer"), step("b", "0 hours", "head"))}),
        ["nobody anew: it would fall before the start"],
    ),
    (
        "a repeat each day",
        policy(rule(), ladders={"urgent": ladder(step("a", "0 hours", "head"), repeat_every="1 day")}),
        ["the head of the unit is told again every day (in the example first on"],
    ),
    (
        "each assessment, of some concerns, without a basis",
        policy(replace(rule(tiers=["medium", "high"], concerns=["neglect"], starts_on="assessment"), basis="")),
        [
            "of each assessment that puts or keeps the child on the tier medium or high.",
            "Concerns: neglect only.",
            "Basis: none is given.",
            "No rule asks anything for a child on this tier.",
        ],
    ),
    (
        "a record that starts a rule of a tier",
        policy(rule(), rule("follow-up", starts_on=["no_access"], tiers=["high"])),
        ['each record of "Visit attempted, child not seen", for a child on the tier high.'],
    ),
    (
        "no authority, no lowering, a word list, another nation",
        policy(
            rule(),
            closing=Closing(tell=()),
            recent_check=None,
            concerns=frozenset({"neglect"}),
            no_further_action=frozenset[str](),
            nation="scotland",
        ),
        [
            "Authority is: no kind of record.",
            "the fallback mailbox. The clocks go on.",
            "A lowered tier never gives more time.",
            "The concerns are: neglect.",
            "What ends the risk of a concern: no word.",
            "Scotland, known until",
        ],
    ),
    (
        "a recent check, and kinds of every sort",
        policy(rule(), recent_check=parse_duration("5 working days"), check_kinds={"seen": "", "seen_alone": "Alone"}),
        ["within 5 working days before it became known", "What counts: seen; Alone."],
    ),
]


@pytest.mark.parametrize(("of", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_each_word_of_a_policy(of: Any, expected: list[str]) -> None:
    """What the shipped policy does not say is said, too."""
    text = text_of(of)
    assert [] == [sentence for sentence in expected if sentence not in text], text


def test_an_example_without_a_holiday() -> None:
    """Where the calendar knows no bank holiday behind a Friday, it says so."""
    assert "no bank holiday is known to follow one" in text_of(policy(rule()))
