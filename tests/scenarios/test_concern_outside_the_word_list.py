"""A concern outside the word list.

A force has one rule for sexual abuse, 24 hours, and one for neglect, three days, and a list of these two words. C1 is
at risk of neglect, and the rule for neglect alone looks at it. C2's concern was typed as "Sexual Abuse", which is not
on the list. Nobody can know which of the two was meant, and so every rule looks at it: the strictest one first.
"""

from tests.builders import assessed, checked
from tests.example_policy import rule
from tests.scenarios.world import case, example_with, lines, told

RULES = (
    rule("seen-abuse", concerns=["sexual_abuse"], first="24 hours"),
    rule("seen-neglect", concerns=["neglect"], first="3 days"),
)


def test_a_concern_outside_the_word_list() -> None:
    """A misspelt concern hides a child from no rule."""
    listed = case("C1", assessed("high", "2023-02-06 09:00", concern="neglect"))
    misspelt = case(
        "C2", assessed("high", "2023-02-06 09:00", concern="Sexual Abuse"), checked("seen", "2023-02-09 10:00")
    )
    policy = example_with(rules=RULES, concerns=frozenset({"neglect", "sexual_abuse"}))

    expected = """
        Mon 2023-02-06 21:00  pc.one   C2 seen-abuse reminder, due 2023-02-07 09:00
        Tue 2023-02-07 09:00  pc.one   C2 seen-abuse overdue (officer), due 2023-02-07 09:00
        Tue 2023-02-07 13:00  ds.york  C2 seen-abuse overdue (supervisor), due 2023-02-07 09:00
        Wed 2023-02-08 09:00  di.york  C2 seen-abuse overdue (manager), due 2023-02-07 09:00
        Wed 2023-02-08 21:00  pc.one   C1 seen-neglect reminder, due 2023-02-09 09:00
                              and      C2 seen-neglect reminder, due 2023-02-09 09:00
        Thu 2023-02-09 09:00  pc.one   C1 seen-neglect overdue (officer), due 2023-02-09 09:00
                              and      C2 seen-neglect overdue (officer), due 2023-02-09 09:00
        Thu 2023-02-09 10:00  di.york  C2 seen-abuse cleared, due 2023-02-07 09:00
        Thu 2023-02-09 10:00  ds.york  C2 seen-abuse cleared, due 2023-02-07 09:00
        Thu 2023-02-09 10:00  pc.one   C2 seen-abuse cleared, due 2023-02-07 09:00
                              and      C2 seen-neglect cleared, due 2023-02-09 09:00
        Thu 2023-02-09 13:00  ds.york  C1 seen-neglect overdue (supervisor), due 2023-02-09 09:00
        """
    assert lines(expected) == told(listed, misspelt, until="2023-02-10", under=policy)
