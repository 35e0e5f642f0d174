"""What letters say, kind by kind."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from riskwatch.core.notices import Call, Draft, Fate, Kind, Line, Passing, ServiceLetter
from riskwatch.pipeline.ports import Letters
from tests.adapters.letters.drafts import (
    DAY,
    DUE,
    OFFICER,
    SERGEANT,
    a_clearing,
    a_closure,
    a_draft,
    a_line,
    a_mixed_draft,
    a_telling,
    a_writer,
    body,
    page_words,
    parsed,
    preheader,
    text,
)

OVERDUE = """\
OVERDUE by 3 days 4 hours: case C1 (high, Scarborough)
Time allowed: 1 day. Time gone: 4 days 4 hours.

WHAT TO DO
Ask the officer today what stands in the way, and send somebody else if need be.
Only this, done and recorded for this child, settles it: Child seen; Child seen alone.
Does not count: a phone call, a parent's word, a visit to a sibling, closing the record.
Done already? Have it recorded now, with the date and time at which it was done.
Open the record: https://records.example/case/C1

WHAT HAPPENS NEXT
If nothing is recorded by Fri 10 Sep 2021, 15:15, the manager is told.

TOLD SO FAR
Mon 6 Sep 2021, 22:15: reminder, pc1@north.police.uk: letter sent
Tue 7 Sep 2021, 10:15: officer, pc1@north.police.uk: not told: the mail server refused the letter
Now: you, at the step "officer"; passed up to you: the mail server refused the letter to pc1@north.police.uk for good \
(550 no such user).

THE DEADLINE
Due:        Tue 7 Sep 2021, 10:15
Clock from: Mon 6 Sep 2021, 10:15
Rule:       first-seen-high (Knowsley local procedure)
Officer:    pc1@north.police.uk

--
riskwatch, Fri 10 Sep 2021, 14:15, OFFICIAL-SENSITIVE. Do not reply: only what is recorded on the case counts.
"""

REMINDER = """\
DUE in 12 hours: case C1 (high, Scarborough)
Time allowed: 1 day. Time gone: 12 hours.

WHAT TO DO
Do one of these before Tue 7 Sep 2021, 10:15, and record it for this child: Child seen; Child seen alone.
Does not count: a phone call, a parent's word, a visit to a sibling, closing the record.

WHAT HAPPENS NEXT
If nothing is recorded by Tue 7 Sep 2021, 14:15, the supervisor is told.

TOLD SO FAR
Now: you, at the step "reminder".

THE DEADLINE
Due:        Tue 7 Sep 2021, 10:15
Clock from: Mon 6 Sep 2021, 10:15
Rule:       first-seen-high (Knowsley local procedure)
Officer:    you

--
riskwatch, Mon 6 Sep 2021, 22:15, OFFICIAL-SENSITIVE. Do not reply: only what is recorded on the case counts.
"""

CLEARED = """\
CLEARED: case C1 (high, Scarborough)

WHAT ENDED IT
The check was made on Wed 8 Sep 2021, 10:15, 1 day after the deadline.
It was recorded late, 2 days after it was made, on Fri 10 Sep 2021, 10:15.
You were told that this was overdue. Nothing more is asked of you about it.

THE DEADLINE
Due:        Tue 7 Sep 2021, 10:15
Clock from: Mon 6 Sep 2021, 10:15
Rule:       first-seen-high (Knowsley local procedure)
Officer:    you

--
riskwatch, Fri 10 Sep 2021, 10:15, OFFICIAL-SENSITIVE. Do not reply: only what is recorded on the case counts.
"""

CLOSED = """\
CLOSED UNCHECKED: case C1 (high, Scarborough)

WHAT IS WRONG
The record was closed without a check that counts, or without authority. Closing a record does not end what is owed.

WHAT TO DO
1. Have what is still owed done, and recorded for this child.
2. Or have the closure authorised, and record the authority: Closure authorised by a supervisor.
3. Until then open the record again, and name an officer for it.
Does not count: a phone call, a parent's word, another closing.

WHAT HAPPENS NEXT
What is owed stays open, and is told step by step, until one of these is recorded.

TOLD SO FAR
Now: you; nobody else is told of the closure.

THE DEADLINE
Due:        Tue 7 Sep 2021, 10:15
Rule:       closing
Officer:    nobody is allocated

--
riskwatch, Tue 7 Sep 2021, 10:15, OFFICIAL-SENSITIVE. Do not reply: only what is recorded on the case counts.
"""


def test_overdue() -> None:
    """A manager reads who is late, since when, by which rule, what counts, and what happens next."""
    told = (
        a_telling("reminder", -12, OFFICER, kind=Kind.REMINDER),
        a_telling("officer", 0, OFFICER, Fate.REFUSED),
    )
    why = Passing([OFFICER], vacant=False, said=["550 no such user"])
    next_at = DUE + 3 * DAY + timedelta(hours=5)
    line = a_line(passed_up=True, next_role="manager", next_at=next_at, told=told, passing=why)
    draft = a_draft(line, recipient=SERGEANT, made_at=DUE + 3 * DAY + timedelta(hours=4))
    rendered = a_writer(case_link="https://records.example/case/{child_ref}").render(draft)
    assert rendered.subject == "[OFFICIAL-SENSITIVE] Overdue 3 d: case C1 (high), Scarborough"
    assert text(rendered) == OVERDUE


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (Passing(), "nobody could be told there (an empty post, or its holder is away)"),
        (
            Passing([OFFICER], vacant=False, said=["550 no such\r\nuser"]),
            f"the mail server refused the letter to {OFFICER} for good (550 no such user)",
        ),
        (Passing([OFFICER], vacant=False), f"the mail server refused the letter to {OFFICER} for good"),
        (
            Passing([OFFICER], vacant=True, said=["550 no"]),
            "nobody could be told there (an empty post, or its holder is away), and the mail server refused the letter "
            f"to {OFFICER} for good (550 no)",
        ),
        (
            Passing(vacant=False, unusable=["officer"]),
            "the address recorded for the officer is not one plain address on an allowed domain",
        ),
        (
            Passing([OFFICER], vacant=True, said=["550 no"], unusable=["supervisor\r\n"]),
            "nobody could be told there (an empty post, or its holder is away), and the address recorded for the "
            "supervisor is not one plain address on an allowed domain, and the mail server refused the letter "
            f"to {OFFICER} for good (550 no)",
        ),
    ],
)
def test_whoever_it_is_passed_up_to_reads_why(why: Passing, words: str) -> None:
    """An empty post and a person who was refused are told apart, in a letter on one case, in a digest, without
    templates, and in HTML."""
    line, other = a_line(passed_up=True, passing=why), a_line(child_ref="C2")
    letter, digest = a_draft(line, recipient=SERGEANT), a_draft(line, other, recipient=SERGEANT)
    writer, bare = a_writer(), a_writer(templates=None)
    assert f"passed up to you: {words}." in text(writer.render(letter))
    assert f"passed up to you: {words}" in page_words(writer.render(letter))
    for said in (text(writer.render(digest)), page_words(writer.render(digest))):
        assert f'Passed up to you at the step "officer": {words}.' in said
    for draft in (letter, digest):
        assert f"Passed up to you at the step officer: {words}." in text(bare.render(draft))


def test_reminder() -> None:
    """A reminder says what is due, and in how long."""
    rendered = a_writer().render(a_draft(a_line(Kind.REMINDER, step="reminder"), made_at=DUE - timedelta(hours=12)))
    assert rendered.subject == "[OFFICIAL-SENSITIVE] Due in 12 h: case C1 (high), Scarborough"
    assert text(rendered) == REMINDER


@pytest.mark.parametrize(
    ("hours", "allowed", "gone"),
    [
        (10 * 24 + 1, "10 days", "10 days 2 hours"),
        (10 * 24, "10 days", "10 days 2 hours"),
        (72, "3 days", "3 days 2 hours"),
    ],
)
def test_a_clock_change_lengthens_no_day(hours: int, allowed: str, gone: str) -> None:
    """Ten days end at the same time of day; elapsed hours are what they are; both are said as the rule says them."""
    due = datetime(2021, 11, 1, 10, 0, tzinfo=UTC)  # on the day after the clocks went back
    line = a_line(due_at=due, started_at=due - timedelta(hours=hours))
    said = text(a_writer().render(a_draft(line, made_at=due + timedelta(hours=2))))
    assert f"Time allowed: {allowed}. Time gone: {gone}." in said


def test_cleared() -> None:
    """A clearing notice tells a late check from a late record."""
    rendered = a_writer().render(
        a_draft(a_clearing(checked_at=DUE + DAY, ended_at=DUE + 3 * DAY), made_at=DUE + 3 * DAY)
    )
    assert rendered.subject == "[OFFICIAL-SENSITIVE] Cleared: case C1 (high), Scarborough"
    assert text(rendered) == CLEARED


def test_checked_in_time_but_recorded_late() -> None:
    """A child seen in time whose visit was typed in late was not unseen, and the letter says so."""
    line = a_clearing(checked_at=DUE - timedelta(hours=1), ended_at=DUE + timedelta(hours=9))
    said = text(a_writer().render(a_draft(line, made_at=DUE + timedelta(hours=9))))
    assert "The check was made on Tue 7 Sep 2021, 09:15, in time." in said
    assert "It was recorded late, 10 hours after it was made, on Tue 7 Sep 2021, 19:15." in said


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("authorised", "No check: an authority to close the record was recorded on"),
        ("closed", "No check: the record was closed, and the closure is honoured"),
        ("relaxed", "No new check: the risk was lowered on the strength of a recent visit"),
        ("withdrawn", "No check: the records were corrected, or the policy changed, and no longer ask for it"),
        ("retired", "No check: the policy no longer has this rule"),
    ],
)
def test_no_ending_passes_for_a_check(ending: str, said: str) -> None:
    """An obligation that ended without a check is never said to have been checked, in a letter or in a digest."""
    line = a_clearing(ending=ending, ended_at=DUE)
    for draft in (a_draft(line), a_draft(line, line)):
        rendered = a_writer().render(draft)
        assert said in text(rendered)
        assert said in page_words(rendered)
        assert "in time" not in text(rendered)


def test_closed_unchecked() -> None:
    """A closure that is not honoured says that it ended nothing, and what would."""
    rendered = a_writer().render(a_draft(a_closure()))
    assert rendered.subject == "[OFFICIAL-SENSITIVE] Closed unchecked: case C1 (high), Scarborough"
    assert text(rendered) == CLOSED


@pytest.mark.parametrize(
    "draft",
    [
        a_draft(made_at=DUE + 3 * DAY),
        a_draft(a_line(passed_up=True, repeat=3, officer=""), recipient=SERGEANT, held_back=1),
        a_draft(a_line(Kind.REMINDER), made_at=DUE - DAY),
        a_draft(a_clearing(checked_at=DUE, ended_at=DUE + DAY)),
        a_draft(a_clearing(checked_at=DUE + DAY, ended_at=DUE + DAY)),
        a_draft(a_clearing(ended_at=DUE)),
        a_draft(a_closure()),
        a_mixed_draft(),
        a_draft(*(a_line(child_ref=f"C{n}", next_role="") for n in range(5))),
        a_draft(a_clearing(ending="retired"), a_clearing(ending="withdrawn")),
        a_draft(a_line(Kind.REMINDER), a_line(Kind.REMINDER, child_ref="C2")),
    ],
)
def test_the_twins_say_the_same(draft: Draft) -> None:
    """Whoever reads the page reads what whoever reads the text reads, but for marks of layout."""
    rendered = a_writer(case_link="https://records.example/{child_ref}").render(draft)

    assert re.findall(r"\w+", page_words(rendered).upper()) == re.findall(r"\w+", text(rendered).upper())


def test_page_is_fit_for_mail_programs() -> None:
    """The page fetches nothing from anywhere, runs nothing, says its language, and asks for no sheet of styles.

    The one style element holds what may be dropped without harm: the colours of the dark, and Word's own typeface.
    """
    page = body(a_writer(case_link="https://records.example/{child_ref}").render(a_mixed_draft()), "html")
    assert '<html lang="en-GB">' in page
    assert not re.search(r"(?i)<(img|link|script|iframe|svg|v:)|src=|url\(|@import|position:|float:|display:flex", page)
    assert "@media (prefers-color-scheme:dark)" in page
    assert '<meta name="color-scheme" content="light dark">' in page
    layout = re.findall(r"<table(?![^>]*role=\"presentation\")[^>]*>(?!(?s:.)*?<th)", page)
    assert layout == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (a_line(), "If nothing is recorded by Tue 7 Sep 2021, 14:15, the supervisor is told."),
        (
            a_line(next_person=OFFICER, next_again=True),
            "If nothing is recorded by Tue 7 Sep 2021, 14:15, you are told again.",
        ),
        (
            a_line(next_person=SERGEANT, next_again=True),
            "If nothing is recorded by Tue 7 Sep 2021, 14:15, the supervisor is told again.",
        ),
        (
            a_line(next_person=SERGEANT, next_passed_up=True),
            "If nothing is recorded by Tue 7 Sep 2021, 14:15, ds@north.police.uk is told, in place of the supervisor.",
        ),
        (a_line(next_role="", next_at=None), "Nobody else will be told of this deadline: it rests with you."),
        (a_clearing(), "Nothing more is asked of you about it."),
        (a_closure(), "Closing a record does not end what is owed."),
    ],
)
def test_preheader(line: Line, said: str) -> None:
    """Beside the subject, which says what is wrong, a list of letters shows what happens next."""
    rendered = a_writer().render(a_draft(line))
    assert preheader(rendered) == said
    assert said in text(rendered)


@pytest.mark.parametrize(
    ("made", "bar"),
    [
        (DUE, ["100"]),
        (DUE + timedelta(minutes=1), ["98", "rest"]),
        (DUE + DAY, ["50", "rest"]),
        (DUE + 400 * DAY, ["2", "rest"]),
    ],
)
def test_bar_of_lateness(made: datetime, bar: list[str]) -> None:
    """The bar shows the time allowed beside the time that is too much; neither ever vanishes."""
    page = body(a_writer().render(a_draft(made_at=made)), "html")
    cells = re.findall(r'<td class="[kl]"(?: width="(\d+)%")?', page)
    assert [cell or "rest" for cell in cells] == bar


def test_no_clock_no_bar() -> None:
    """A closure has no clock of its own, and no bar."""
    page = body(a_writer().render(a_draft(a_closure())), "html")
    assert 'aria-hidden="true"' not in page


def test_a_long_story_is_told_in_short() -> None:
    """Where more were told than a letter lists, it says how many more."""
    told = (a_telling("officer", 0, OFFICER), a_telling("head", 72, SERGEANT, repeat=31))
    line = a_line(told=told, told_beside=7)
    rendered = a_writer().render(a_draft(line))
    assert "In between: 7 more\nFri 10 Sep 2021, 10:15: head (repeat 31), ds@north.police.uk: letter sent" in text(
        rendered
    )
    digest = text(a_writer().render(a_draft(line, line)))
    assert "In between, 7 more; Fri 10 Sep 2021, 10:15, head (repeat 31), ds@north.police.uk." in digest


def test_a_reminder_is_said_to_be_one() -> None:
    """A step before the deadline is told apart from those after it, whatever its name."""
    line = a_line(told=(a_telling("two-days", -12, OFFICER, kind=Kind.REMINDER),))
    assert "22:15: two-days (reminder), you: letter sent" in text(a_writer().render(a_draft(line)))


def test_headers() -> None:
    """A letter has one recipient, a stable id, its thread, and asks machines not to answer."""
    message = parsed(a_writer().render(a_draft(thread=("first", "second"))))
    assert message["From"] == "riskwatch@north.police.uk"
    assert message["To"] == OFFICER
    assert message["Message-ID"] == "<0123456789abcdef@north.police.uk>"
    assert message["In-Reply-To"] == "<second@north.police.uk>"
    assert message["References"].split() == ["<first@north.police.uk>", "<second@north.police.uk>"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Sensitivity"] == "Company-Confidential"
    assert message["Date"].datetime == DUE
    assert not message["Cc"]
    assert not message["Bcc"]


def test_without_a_marking() -> None:
    """Where no marking is configured, none stands anywhere."""
    rendered = a_writer(marking="").render(a_draft())
    assert rendered.subject == "Overdue now: case C1 (high), Scarborough"
    assert parsed(rendered)["Sensitivity"] is None


def test_same_draft_same_bytes() -> None:
    """A letter worded again after a crash is the same letter, byte for byte."""
    assert a_writer().render(a_mixed_draft()) == a_writer().render(a_mixed_draft())


def test_service_letter() -> None:
    """A letter about the service has its paragraphs, and its table in both twins."""
    letters: Letters = a_writer()
    letter = ServiceLetter(
        "id:1", OFFICER, DUE, "daily", "Alive", ("One.", "Two <b>."), ("Unit", "Overdue"), (("scarborough", "3"),)
    )
    rendered = letters.render_service(letter)
    assert rendered.subject == "[OFFICIAL-SENSITIVE] Alive"
    assert text(rendered) == (
        "Somebody has to see to this\n\nAlive\n\nOne.\n\nTwo <b>.\n\nUnit         Overdue\nscarborough  3\n\n--\n"
        "riskwatch, Tue 7 Sep 2021, 10:15, OFFICIAL-SENSITIVE.\n"
    )
    assert "<td>scarborough</td><td>3</td>" in body(rendered, "html")
    assert page_words(rendered).startswith(
        "Somebody has to see to this Alive One. Two <b>. Unit Overdue scarborough 3 riskwatch"
    )


@pytest.mark.parametrize(
    ("call", "said"),
    [(Call.NOW, "Act now"), (Call.SOON, "Somebody has to see to this"), (Call.NONE, "For information")],
)
def test_service_letter_says_what_it_asks(call: Call, said: str) -> None:
    """In words, not by its colour alone; each head stands over its paragraphs, in both twins."""
    heads, paragraphs = ("What is wrong", "", "What to do"), ("One.", "Two.", "Three.")
    letter = ServiceLetter("id:1", OFFICER, DUE, "blind", "Blind", paragraphs, heads=heads, call=call)
    rendered = a_writer().render_service(letter)
    expected = f"{said}\n\nBlind\n\nWHAT IS WRONG\nOne.\n\nTwo.\n\nWHAT TO DO\nThree.\n"
    assert text(rendered).startswith(expected)
    assert re.findall(r"\w+", page_words(rendered).upper()) == re.findall(r"\w+", text(rendered).upper())
    assert preheader(rendered) == said
