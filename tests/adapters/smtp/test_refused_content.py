"""A content that is refused is the letter's fault, until several different ones in a row are."""

import asyncio
from collections.abc import Sequence

from riskwatch.adapters.smtp.verdicts import SEVERAL
from riskwatch.core.notices import Scope, Verdict
from tests.adapters.smtp.rude import RudeServer
from tests.adapters.smtp.servers import a_letter, an_outbox


def verdicts(*letters: tuple[str, str, str]) -> Sequence[Verdict]:
    """Send letters (id, purpose, the server's word at the final dot), and return what came of each."""

    async def scenario() -> Sequence[Verdict]:
        async with RudeServer() as server:
            outbox = an_outbox(server.port)
            outcomes = []
            for letter_id, purpose, said in letters:
                server.mood = {".": said}
                letter = a_letter()._replace(letter_id=letter_id, purpose=purpose)
                outcomes.append(await outbox.send(letter))
            await outbox.close()
        return [outcome.verdict for outcome in outcomes]

    return asyncio.run(scenario())


def test_one_letter_that_is_refused_again_and_again() -> None:
    """However often one letter is refused, it is that letter."""
    assert verdicts(*[("A", "notices", "554 spam")] * 5) == [Verdict.REFUSED] * 5


def test_several_different_letters_in_a_row() -> None:
    """The third different one says that it is the server, and so it stays for those before."""
    names = [("A", "notices"), ("B", "notices"), ("C", "refused"), ("A", "notices")]
    assert SEVERAL == 3
    assert verdicts(*[(name, purpose, "554 5.7.1 spam") for name, purpose in names]) == [
        Verdict.REFUSED,
        Verdict.REFUSED,
        Verdict.MISCONFIGURED,
        Verdict.MISCONFIGURED,
    ]


def test_a_letter_that_is_taken_ends_the_row() -> None:
    """A server that takes one letter on a case takes letters on cases."""
    row = [("A", "554 spam"), ("B", "554 spam"), ("C", "250 ok"), ("D", "554 spam")]
    assert verdicts(*[(name, "notices", said) for name, said in row])[-1] is Verdict.REFUSED


def test_a_letter_about_the_service_ends_no_row_of_notices() -> None:
    """A filter that dislikes the link of every notice takes letters that hold none."""
    row = [("A", "notices", "554"), ("B", "notices", "554"), ("S", "refused", "250 ok"), ("C", "notices", "554")]
    assert verdicts(*row)[-1] is Verdict.MISCONFIGURED


def test_a_look_keeps_its_connection_for_the_next_letter() -> None:
    """Whether a server is back is found out without a letter, which then uses what was found."""

    async def scenario() -> tuple[int, Scope | None, Scope | None]:
        async with RudeServer({}, {"greeting": "421 busy"}, {"greeting": "silence"}) as server:
            outbox = an_outbox(server.port, timeout_s=0.3)
            assert await outbox.look() is None
            await outbox.send(a_letter())
            used = server.connections
            busy, silent = await outbox.look(), await outbox.look()
            await outbox.close()
        return used, busy and busy.scope, silent and silent.scope

    assert asyncio.run(scenario()) == (1, Scope.SERVER, Scope.SERVER)
