"""What a letter about several notices says, and in which order."""

import re

from riskwatch.core.notices import Kind
from tests.adapters.letters.drafts import (
    a_clearing,
    a_draft,
    a_line,
    a_mixed_draft,
    a_writer,
    page_words,
    preheader,
    text,
)

DIGEST = """\
1 CASE OVERDUE, LONGEST 24 H, 1 CLOSED UNCHECKED, 1 REMINDER, 1 CLEARED

WHAT TO DO
Begin at the top: the worst stands first. See to each case today, and have it recorded for that child.
Does not count: a phone call, a parent's word, a visit to a sibling, closing the record.
Done already? Have it recorded now, with the date and time at which it was done.

ACT NOW: SCARBOROUGH (2 cases)
Officer: nobody is allocated: name one now

1. C2 (high): CLOSED UNCHECKED
   Rule closing, due Sun 5 Sep 2021, 10:15.
   Closed without a check that counts, or without authority.
   Have what is still owed done, or the closure authorised (Closure authorised by a supervisor), and recorded.

Officer: you

2. C1 (high): OVERDUE by 1 day
   Rule first-seen-high, due Mon 6 Sep 2021, 10:15.
   Settled only by: Child seen; Child seen alone.
   If nothing is recorded by Tue 7 Sep 2021, 14:15, the supervisor is told.
   Told so far: Mon 6 Sep 2021, 10:15, officer, ds@north.police.uk; Mon 6 Sep 2021, 14:15, supervisor, you \
(letter on its way).
   Repeat 2.

DUE SOON: SCARBOROUGH (1 case)
Officer: you

3. C3 (high): due in 12 hours
   Rule first-seen-high, due Tue 7 Sep 2021, 22:15.
   Settled only by: Child seen; Child seen alone.
   If nothing is recorded by Tue 7 Sep 2021, 14:15, the supervisor is told.
   Passed up to you at the step "officer": nobody could be told there (an empty post, or its holder is away).

OVER: SCARBOROUGH (1 case)
Officer: you

4. C4 (high): cleared
   Rule first-seen-high, due Mon 6 Sep 2021, 10:15.
   No check: an authority to close the record was recorded on Tue 7 Sep 2021, 10:15.

Held back until now, because you had had your letters for the hour: 2 of these.

--
riskwatch, Tue 7 Sep 2021, 10:15, OFFICIAL-SENSITIVE. Do not reply: only what is recorded on the case counts.
"""


def test_digest() -> None:
    """Many notices are one letter: the longest late first, then what is due, then what is over."""
    rendered = a_writer().render(a_mixed_draft())
    assert (
        rendered.subject
        == "[OFFICIAL-SENSITIVE] 1 case overdue, longest 24 h, 1 closed unchecked, 1 reminder, 1 cleared"
    )
    assert text(rendered) == DIGEST


def test_a_digest_of_what_is_over_asks_for_nothing() -> None:
    """Whoever reads only of what is over is not told to see to each case today."""
    rendered = a_writer().render(a_draft(a_clearing(), a_clearing(child_ref="C2")))
    said = "You were told that these were overdue. Nothing more is asked of you about them."
    assert text(rendered).startswith(f"2 CLEARED\n\nNOTHING TO DO\n{said}\n\nOVER: ")
    assert preheader(rendered) == said
    assert "What to do" not in page_words(rendered)


def test_a_digest_of_reminders_asks_before_the_deadline() -> None:
    """What is not due yet need not be done today."""
    rendered = a_writer().render(a_draft(a_line(Kind.REMINDER), a_line(Kind.REMINDER, child_ref="C2")))
    assert "Begin at the top: see to each case before it is due, and have it recorded" in text(rendered)
    assert "today" not in text(rendered)


def test_digest_counts_a_case_once() -> None:
    """A case that breaches two rules is one overdue case in the subject, and two entries in the list."""
    lines = [a_line(rule="first-seen-high"), a_line(rule="backstop"), a_line(child_ref="C2")]
    rendered = a_writer(marking="").render(a_draft(*lines))
    assert rendered.subject == "2 cases overdue"
    assert "\n3. " in text(rendered)


def test_digest_of_a_thousand() -> None:
    """A backlog of a thousand is one letter that names every case."""
    rendered = a_writer().render(a_draft(*(a_line(child_ref=f"CASE{n:04}") for n in range(1023))))
    assert set(re.findall(r"CASE\d{4}", text(rendered))) == {f"CASE{n:04}" for n in range(1023)}
    assert "1023 cases overdue" in rendered.subject
