"""What the administrator hears of an audit."""

from datetime import timedelta

from riskwatch.core.audit import Code, Finding
from riskwatch.pipeline import audit_letter
from riskwatch.pipeline.audit import Audited
from tests.builders import ADMINISTRATOR, MONDAY, at, mandate
from tests.pipeline.builders import Works

ONE = Finding(Code.ASLEEP, "C1", "C1|seen-high", "it is kept for never")
OTHER = Finding(Code.STUCK, "", "L1", "it is stuck")


def write(works: Works, done: Audited, *, hours: int = 0) -> bool:
    """Write of an audit, so long after Monday morning."""
    return audit_letter.write(works.store, works.letters, mandate(), done, at(MONDAY) + timedelta(hours=hours))


def letters(works: Works) -> int:
    """Return how many letters wait."""
    with works.store.begin() as tx:
        return len(tx.claim(at("2024-01-01"), lease_until=at("2024-01-02"), limit=100))


def test_each_set_of_findings_is_one_letter_a_day() -> None:
    """The same findings an hour later are no news; others are, and so are they on the next day."""
    works = Works()
    assert write(works, Audited(2, [ONE, OTHER]))
    assert write(works, Audited(2, [OTHER, ONE]), hours=1)
    assert write(works, Audited(2, [ONE]), hours=2)
    assert write(works, Audited(2, [ONE]), hours=24)
    assert letters(works) == 3


def test_the_letter_names_each_finding() -> None:
    """To the administrator, a row each, and how many more there are."""
    works = Works()
    write(works, Audited(2, [ONE, OTHER], beyond=7))
    [words] = works.letters.services
    assert (words.recipient, words.subject) == (ADMINISTRATOR, "Audit: riskwatch found 2 faults in its own books")
    assert words.table_rows == (
        ("next-look-missing", "C1", "it is kept for never"),
        ("letter-stuck", "", "it is stuck"),
    )
    assert "There are 7 more" in words.paragraphs[0]


def test_nothing_found_is_nothing_said() -> None:
    """Nor is a service that is blind: that has a letter of its own."""
    works = Works()
    assert not write(works, Audited(2, []))
    assert not write(works, Audited(2, [], problem="blind: the records were never read"))
    assert letters(works) == 0
