"""The first start on a backlog: one digest a person that hides nothing, and from there on together."""

from dataclasses import replace
from datetime import timedelta

from riskwatch.core.mandate import Mandate
from tests.builders import assessed, at, directory, local
from tests.example_policy import POLICY
from tests.pipeline.builders import Works, recorded

BASELINE = "2023-03-01 08:00"
STARTED = "2023-03-01 08:20"
NUMBER = 60


def _works() -> Works:
    """Sixty children, each overdue since another hour of February, under a policy that names the baseline."""
    under = Mandate.of(replace(POLICY, baseline=at(BASELINE)), directory())
    overdue = [
        recorded(f"C{n:02}", assessed(when=local(at("2023-02-01 09:00") + n * timedelta(hours=7))))
        for n in range(NUMBER)
    ]
    return Works(*overdue, under=under)


def _children_by_person(works: Works, when: str) -> dict[str, list[int]]:
    """Return how many notices were in each letter sent at a moment, by person."""
    before = len(works.outbox.sent)
    works.round(when)
    sent: dict[str, list[int]] = {}
    for letter in works.outbox.sent[before:]:
        sent.setdefault(letter.recipient.partition("@")[0], []).append(len(letter.message.decode().splitlines()))
    return sent


def test_everybody_gets_one_digest_with_every_case() -> None:
    """Each rung that has passed hears of each child, in one letter a person."""
    assert {name: [NUMBER] for name in ("pc.one", "ds.york", "di.york", "head")} == _children_by_person(
        _works(), STARTED
    )


def test_a_week_later_it_is_one_digest_again() -> None:
    """Without a baseline the head would have had a letter every seven hours of that week."""
    works = _works()
    works.round(STARTED)
    quiet = at(STARTED)
    while (quiet := quiet + timedelta(hours=7)) < at("2023-03-08 08:00"):
        assert {} == _children_by_person(works, local(quiet))
    assert {"head": [NUMBER]} == _children_by_person(works, "2023-03-08 08:00")
