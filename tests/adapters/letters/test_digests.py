"""What a letter about several notices says, and in which order."""

import re

from tests.adapters.letters.drafts import a_draft, a_line, a_mixed_draft, a_writer, text

DIGEST = """\
1 CASE OVERDUE, 1 CLOSED UNCHECKED, 1 REMINDER, 1 CLEARED

1. C2 (high, scarborough): CLOSED UNCHECKED
   Rule closing, due Sun 5 Sep 2021, 10:15.
   Officer: nobody is allocated: name one now.
   Closed without a check that counts, or without authority.
   Have the check done, or the closure authorised, and recorded.
   Settled only by: Child seen; Child seen alone.

2. C1 (high, scarborough): OVERDUE by 1 day
   Rule first-seen-high, due Mon 6 Sep 2021, 10:15.
   Officer: you.
   Settled only by: Child seen; Child seen alone.
   Otherwise the supervisor is told on Tue 7 Sep 2021, 14:15.
   Repeat 2.

3. C3 (high, scarborough): due in 12 hours
   Rule first-seen-high, due Tue 7 Sep 2021, 22:15.
   Officer: you.
   Settled only by: Child seen; Child seen alone.
   Otherwise the supervisor is told on Tue 7 Sep 2021, 14:15.
   Passed up to you: nobody could be told at the step "officer".

4. C4 (high, scarborough): cleared
   Rule first-seen-high, due Mon 6 Sep 2021, 10:15.
   No check: an authority to close the record was recorded on Tue 7 Sep 2021, 10:15.

Held back until now, because you had had your letters for the hour: 2 of these.

WHAT TO DO
Begin at the top: the list is worst first. See to each case today, and have it recorded for that child.
A phone call, a parent's word, a visit to a sibling or closing the record does not count.
If something is done already, have it recorded now, with the date and time at which it was done.

--
riskwatch, Tue 7 Sep 2021, 10:15, OFFICIAL-SENSITIVE. Do not reply: only what is recorded on the case counts.
"""


def test_digest() -> None:
    """Many notices are one letter: the longest late first, then what is due, then what is over."""
    rendered = a_writer().render(a_mixed_draft())
    assert rendered.subject == "[OFFICIAL-SENSITIVE] 1 case overdue, 1 closed unchecked, 1 reminder, 1 cleared"
    assert text(rendered) == DIGEST


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
