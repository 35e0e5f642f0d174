"""The outbox of a rehearsal: one place takes every letter, and what it says is never put down to the recipient."""

import asyncio

import pytest

from riskwatch.core.notices import Letter, Outcome, Scope, Verdict
from riskwatch.pipeline.rehearsal import Redirected
from tests.builders import at
from tests.pipeline.fakes import FakeOutbox

TO = "trial@north.police.uk"
DUE = at("2021-09-07 09:15")
LETTER = Letter("abc", "pc1@north.police.uk", "notices", "Late", b"late", True, DUE, DUE)


def _redirected(outbox: FakeOutbox) -> Redirected:
    return Redirected(outbox, TO, lambda letter: b"for " + letter.recipient.encode() + b": " + letter.message)


def test_every_letter_goes_to_the_one_address_marked() -> None:
    """The recipient is named in the letter, and is not in the envelope."""
    outbox = FakeOutbox(connections=3)
    outcome = asyncio.run(_redirected(outbox).send(LETTER))
    assert Verdict.SENT == outcome.verdict
    assert [LETTER._replace(recipient=TO, message=b"for pc1@north.police.uk: late")] == outbox.sent


def test_a_refusal_is_a_fault_to_be_mended_not_an_empty_rung() -> None:
    """Else every notice of the rehearsal would be passed up at once, to people who are all the same address."""
    outbox = FakeOutbox()
    outbox.answer(TO, Outcome(Verdict.REFUSED, "550 no such user"))
    outcome = asyncio.run(_redirected(outbox).send(LETTER))
    said = "the rehearsal's address was refused: 550 no such user"
    assert Outcome(Verdict.MISCONFIGURED, said, Scope.SERVER) == outcome


@pytest.mark.parametrize(
    "answer",
    [Outcome(Verdict.LATER, "451 later"), Outcome(Verdict.REFUSED, "554 too long", Scope.CONTENT)],
    ids=["later", "content refused"],
)
def test_any_other_answer_is_the_servers(answer: Outcome) -> None:
    """A letter that no server would take is a finding of the rehearsal too."""
    outbox = FakeOutbox()
    outbox.answer(TO, answer)
    assert answer == asyncio.run(_redirected(outbox).send(LETTER))


def test_to_everything_else_it_is_the_outbox_that_it_wraps() -> None:
    """Its connections, its pace and its looks."""
    outbox = FakeOutbox(connections=3)
    outbox.per_minute = 30
    outbox.found = Outcome(Verdict.LATER, "no answer")
    redirected = _redirected(outbox)

    async def play() -> Outcome | None:
        await redirected.warm()
        await redirected.close()
        return await redirected.look()

    assert (3, 30, outbox.found) == (redirected.connections, redirected.per_minute, asyncio.run(play()))
